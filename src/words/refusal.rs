//! Every answer "no" as a sentence in plain Chinese: what is wrong, with the numbers, and what to do next.
//!
//! One arm a refusal, by name: a new refusal does not compile until it has its sentence. Numbers that follow
//! from others (what is short, what is left) are worked out here without overflow. Keys are shown by their
//! first eight digits, people by number: names are not known here.

use super::date::{day, time};
use super::names::{household as home, key as key_head, person as who};
use super::titles::{self, NoTitles, Titles};
use super::{Lang, names, phrase};
use crate::bank::ids::{Branch, Sku};
use crate::bank::refusal::Refusal;
use crate::bank::time::Time;

/// The sentence, with codes for items and goods.
pub fn refusal(refusal: &Refusal) -> String {
    refusal_at(refusal, None, &NoTitles)
}

/// The same in either language.
pub fn refusal_in(lang: Lang, of: &Refusal) -> String {
    match lang {
        Lang::Zh => refusal(of),
        Lang::En => super::english(of),
    }
}

/// The sentence, with titles of items, and of goods at `shop`, the branch whose shop the command is about.
pub fn refusal_at(refusal: &Refusal, shop: Option<Branch>, titles: &dyn Titles) -> String {
    use Refusal::*;
    let named = |code| titles::item(titles, code);
    let goods = |sku: Sku| match shop {
        Some(shop) => titles::goods(titles, shop, sku),
        None => sku.to_string(),
    };
    match refusal {
        BankNotOpen {} => "银行还没有开业。请镇总行先办好开业，再来办理。".to_owned(),
        BankAlreadyOpen {} => "银行已经开业，不用再办一次。请直接办后面的事。".to_owned(),
        WrongOrigin { origin } => {
            format!("银行对不上（{origin}），这份单子不能在这里办。请核对是哪家银行，再重新签名提交。")
        }
        CommandExpired { not_after_ms, now_ms } => format!(
            "这份单子{}就过期了，现在是{}。请看看手机时间准不准，再重新填一份。",
            time(Time(*not_after_ms)),
            time(Time(*now_ms))
        ),
        NotAfterTooFar { not_after_ms, now_ms } => format!(
            "这份单子的有效期写到{}，太远了，现在是{}。请改成 7 天以内再提交。",
            time(Time(*not_after_ms)),
            time(Time(*now_ms))
        ),
        RequestIdReused { index } => {
            format!("这个单号在第 {index} 号账目用过了，内容不一样。请换新单号，重新签名提交。")
        }
        KeyUnknown { key } => format!("银行不认得这把密钥（{}…）。请先找支行文书登记。", key_head(key)),
        KeyRevoked { key } => {
            format!("这把密钥（{}…）已经作废。请换用新密钥，或找支行文书重新登记。", key_head(key))
        }
        KeyExpired { key, last_day } => format!(
            "这把密钥（{}…）只能用到{}，已经到期。请找支行文书换一把。",
            key_head(key),
            day(*last_day)
        ),
        PassbookReplaced { household } => format!(
            "{}已经换了新存折，这本旧的不能用了。请用新存折；不是您家换的，请马上告诉支行文书。",
            home(*household)
        ),
        InvitationUnknown { key } => {
            format!("没有找到这个邀请（{}…）。请核对链接是不是完整，或请对方重新邀请。", key_head(key))
        }
        InvitationAccepted { key } => {
            format!(
                "这个邀请（{}…）已经用过，一个邀请只能用一次。要再加一部手机，请对方重新邀请。",
                key_head(key)
            )
        }
        InvitationCancelled { key } => {
            format!(
                "这个邀请（{}…）已经取消，不能再用。请问一问邀请您的人，或请对方重新邀请。",
                key_head(key)
            )
        }
        InvitationExpired { key, expire_ms } => format!(
            "这个邀请（{}…）{}就过期了，不能再用。请对方重新邀请。",
            key_head(key),
            time(Time(*expire_ms))
        ),
        SuggestionNotOpen { suggestion } => {
            format!("没有等着答复的 {suggestion} 号建议。可能已经有人答复过了，请刷新再看。")
        }
        SuggestionsReached { household, max } => {
            format!(
                "{}这个月已经提了 {max} 条建议，到数了。请下个月再提，急事请到村委会说。",
                home(*household)
            )
        }
        SuggestionsFull { branch, open, max } => format!(
            "支行 {branch} 已经有 {open} 条建议等着答复（最多 {max} 条），暂时收不下。请过几天再提，急事请到村委会说。"
        ),
        BranchUnknown { branch } => format!("本行没有代码是 {branch} 的支行。请核对这 12 位代码。"),
        HouseholdUnknown { household } => {
            format!("没有找到 {household} 这一户。请核对户号；还没开户的，请找支行文书。")
        }
        HouseholdClosed { household } => {
            format!("{}已经销户，不能再办业务。有疑问请找支行文书。", home(*household))
        }
        MemberUnknown { household, member } => {
            format!("{}没有 {member} 号成员。请核对存折上的成员号，有疑问请找支行文书。", home(*household))
        }
        DeclarationNotOpen { declaration } => {
            format!("没有正在办的 {declaration} 号申报：可能已经办完，也可能号写错了。请先查一查它的进度。")
        }
        RowUnknown { declaration } => {
            format!("{declaration} 号单子里没有这一户。请核对单号和户号。")
        }
        CitationWrong { index } => {
            format!("第 {index} 号账目不是您要办的那一笔。请核对小票上的编号。")
        }
        NotAuthorised { command, needs: _ } => {
            let doing = phrase::doing(command);
            match phrase::signers(command) {
                Some(who) => format!("您的签名办不了“{doing}”：要由{who}签名。请找他们来办。"),
                None => format!("您的签名办不了“{doing}”。请问一问支行文书，该由谁来办。"),
            }
        }
        SignatureMissing { command, needs: _ } => {
            let doing = phrase::doing(command);
            match phrase::signers(command) {
                Some(who) => format!("办理“{doing}”的签名不齐：要由{who}签名。请补签后再提交。"),
                None => format!("办理“{doing}”的签名不齐。请问一问支行文书，补签后再提交。"),
            }
        }
        ConflictOfInterest { person, why } => {
            format!("{}要回避：{}。请换一位没有关系的人来办。", who(*person), phrase::partial(why))
        }
        ReciprocalReview { household, until } => format!(
            "{}的人刚审核过您家，30 天内不能互相审核。请换一位联户党员，或等{}以后再审。",
            home(*household),
            day(*until)
        ),
        BranchExists { branch } => format!("代码 {branch} 的支行已经有了，不用再开。请核对代码。"),
        PolicyOutOfBounds { setting, asked, min, max } => format!(
            "“{}”不能设成 {asked}，只能在 {min} 到 {max} 之间。请改好再提交。",
            names::setting(setting).unwrap_or("这项规则")
        ),
        BoundsCrossed { setting } => format!(
            "“{}”的下限比上限还大。请把上下限改好再提交。",
            names::setting(setting).unwrap_or("这项规则")
        ),
        KeyWeak { key } => format!("这把密钥（{}…）不安全，不能登记。请重新生成一把。", key_head(key)),
        KeyInUse { key } => format!("这把密钥（{}…）登记过了，不能再登。请生成一把新的。", key_head(key)),
        DatePast { date, today } => {
            format!("{}已经过去，今天是{}。请填今天或以后的日期。", day(*date), day(*today))
        }
        DateTooFar { date, today } => {
            format!("{}太远了，今天是{}。请填近一些的日期。", day(*date), day(*today))
        }
        ExpireTimePast { expire_ms, now_ms } => format!(
            "邀请写的截止时间是{}，已经过去，现在是{}。请改成以后的时间。",
            time(Time(*expire_ms)),
            time(Time(*now_ms))
        ),
        ExpireTimeTooFar { expire_ms, now_ms } => format!(
            "邀请的截止时间写到{}，太远了，现在是{}。请改成 30 天以内。",
            time(Time(*expire_ms)),
            time(Time(*now_ms))
        ),
        InvitationsFull { whose, open, max } => format!(
            "{}已有 {open} 个没用的邀请，最多 {max} 个。请先取消不要的，或等用掉、过期以后再邀请。",
            phrase::invited(whose)
        ),
        PersonElsewhere { person, branch } => {
            format!("{person} 不是 {branch} 支行的人。请核对人员编号和支行代码。")
        }
        OfficeHeld { person } => format!("{}已经担任这个职务，不用再任命。", who(*person)),
        OfficeNotHeld { person } => format!("{}没有担任这个职务。请核对人员和职务。", who(*person)),
        OfficesClash { person, held } => format!(
            "{}已经担任{}，这两个职务不能一人兼。请换一个人，或先免去原来的职务。",
            who(*person),
            phrase::office(held)
        ),
        ChairTaken { chair } => {
            format!("评价委员会已有主任（{}），只能有一位。请先免去原来的主任。", who(*chair))
        }
        OfficeMisplaced { branch } => {
            format!("这个职务不能设在 {branch}：总行的职务设在总行，村里的职务设在支行。请核对代码。")
        }
        ProxyFull { person, households } => {
            format!("{}已经代办 {households} 户，一人最多代办 5 户。请另找一位代办员。", who(*person))
        }
        LastOfficer { person } => {
            format!("{}是最后一位能签名的镇总行人员，免了就没人管银行了。请先任命一位新的。", who(*person))
        }
        ItemNotAtHead { item } => {
            format!("总行目录里没有“{}”，支行不能自己加。请先报镇总行加上。", named(*item))
        }
        OverrideOutOfBounds { item, min, max } => format!(
            "“{}”在支行只能定 {min} 到 {max} 分（总行分值的一半到一倍半）。请改好再提交。",
            named(*item)
        ),
        CatalogueOutOfOrder { valid_from, newest } => format!(
            "已有一版目录从{}起用，这一版从{}起用，排在它前面了。请把起用日期往后改。",
            day(*newest),
            day(*valid_from)
        ),
        AmountOverflow {} => "数额太大，账上记不下。请核对数字，改小后再提交。".to_owned(),
        HouseholdExists { household } => {
            format!("{household} 这一户已经开过户。请核对户号，换一个没用过的。")
        }
        HouseholdBusy { household, open } => {
            format!("{}还有 {open} 件申报或异议没办完，现在不能销户。请等办完再来。", home(*household))
        }
        SameHousehold { household } => {
            format!("两个人都是{}的，本来就是一家，不用登记亲属。", home(*household))
        }
        KinDeclared { person, other } => {
            format!("{}和{}的亲属关系登记过了，不用再登。", who(*person), who(*other))
        }
        ViewTokenInUse {} => "这个存折二维码已经有人用了。请重新印一本存折。".to_owned(),
        ItemUnknown { item } => {
            format!("积分目录里没有“{}”这一项。请对照目录重新选。", named(*item))
        }
        ItemNotInForce { item, date } => {
            format!("“{}”在{}不能用。请核对日期，或换一项当时能用的。", named(*item), day(*date))
        }
        ItemNotDeclarable { item } => {
            format!("“{}”不能自己申报，扣分和一票否决由检查登记。请另选一项。", named(*item))
        }
        ItemSubjectMismatch { item, wants } => match phrase::counts_household(wants) {
            Some(true) => format!("“{}”是按户算的，不用填成员。请去掉成员再提交。", named(*item)),
            Some(false) => {
                format!("“{}”是按人算的，要写明是家里哪一位做的。请补上，或由本人申报。", named(*item))
            }
            None => format!("“{}”按户算还是按人算，填得不对。请对照目录改好。", named(*item)),
        },
        DeedInFuture { date, today } => {
            format!("您填的是{}做的事，今天才{}，还没到。请做完再来申报。", day(*date), day(*today))
        }
        DeedTooOld { date, days } => {
            format!("{}的事过得太久，做完 {days} 天内才能申报。请核对日期，下次早些来报。", day(*date))
        }
        EvidenceWanted { item } => {
            format!("申报“{}”要有凭证，比如照片、签到表或证书。请补上再提交。", named(*item))
        }
        EvidenceReused { evidence } => {
            format!("这份凭证（{}…）以前用过，一份只能用一次。请换一份新的。", names::digest(evidence))
        }
        EvidenceTooMuch { has, asked, max } => {
            format!("一次申报最多附 {max} 份凭证，已经有 {has} 份，这次又加 {asked} 份。请挑要紧的附上。")
        }
        CapReached { household, item, cap, used, asked } => format!(
            "{}的“{}”这一期最多报 {cap}，已经报了 {used}，这次又报 {asked}，超过了。{}",
            home(*household),
            named(*item),
            match cap.saturating_sub(*used) {
                0 => "这一期已报满，请等下一期。".to_owned(),
                left => format!("这一期还能报 {left}，请改少一些。"),
            }
        ),
        MonthPointsReached { household, whose, cap, used, asked } => format!(
            "{}到封顶了：{}每月最多得 {cap} 分，那个月已有 {used} 分，这次要加 {asked} 分。{}",
            home(*household),
            phrase::each(whose),
            match cap.saturating_sub(*used) {
                0 => "这次不能再加，换个月做的事还能得分。".to_owned(),
                left => format!("那个月还能加 {left} 分，请改少一些。"),
            }
        ),
        WrongState { declaration, state } => {
            format!("{declaration} 号申报现在是“{}”，不能这样办。请先看看它的进度。", names::state(state.0))
        }
        AlreadyVoted { declaration, person } => {
            format!("{}给 {declaration} 号申报投过票了，一人一票。请等其他评委投票。", who(*person))
        }
        PointsWanted { item, min, max } => {
            format!("“{}”可以给 {min} 到 {max} 分，要由评委定。请填好给多少分再投票。", named(*item))
        }
        PointsOutOfRange { item, asked, min, max } => {
            format!("“{}”只能给 {min} 到 {max} 分，您填的是 {asked} 分。请改好再投票。", named(*item))
        }
        TooManyRows { rows, max } => {
            format!("一次最多办 {max} 行，这次有 {rows} 行。请分几次提交。")
        }
        BudgetExhausted { has, asked } => format!(
            "支行的积分预算不够：还有 {has} 分，这次要 {asked} 分，差 {} 分。申报不作废，请报镇总行追加预算后再评。",
            short(*has, *asked)
        ),
        DisputeTooLate { last_day } => {
            format!("入账两年内才能提异议，这一笔最晚到{}。发现违法的事，仍可向镇里举报。", day(*last_day))
        }
        PartOutOfRange { points, approved } => format!(
            "认定一部分，要多于 0 分、少于原来的 {} 分，您填的是 {points} 分。请改好再提交。",
            approved.unsigned_abs()
        ),
        GoodsUnknown { sku } => {
            format!("这个超市没有“{}”，或者还没定价。请换一样，或请支行文书定价。", goods(*sku))
        }
        PriceChanged { sku, points, price_version } => format!(
            "“{}”的价变了，现在每件 {points} 分（第 {price_version} 版价）。请看清新价再确认。",
            goods(*sku)
        ),
        TotalWrong { total, lines } => {
            format!("合计不对：单子上写 {total} 分，加起来是 {lines} 分。请收银员重算一遍。")
        }
        CashierHousehold { household } => format!(
            "{}有人在这里收银，自家人不能给自家人兑换。请去别的超市，或请村务监督签名。",
            home(*household)
        ),
        OutOfStock { sku, has, asked } => {
            format!("“{}”不够了：还有 {has} 件，您要 {asked} 件。请少要一些，或换一样。", goods(*sku))
        }
        MonthLimitReached { sku, limit, used, asked } => format!(
            "“{}”每户每月限 {limit} 件，这个月已兑 {used} 件，这次要 {asked} 件，超过了。{}",
            goods(*sku),
            match limit.saturating_sub(*used) {
                0 => "请下个月再来，或换一样。".to_owned(),
                left => format!("这个月还能兑 {left} 件。"),
            }
        ),
        InsufficientPoints { has, asked } => format!(
            "积分不够：存折里有 {has} 分，这次要 {asked} 分，还差 {} 分。请少兑一些，或攒够再来。",
            short(*has, *asked)
        ),
        PinNotSet { free, asked } => {
            format!("今天免密还能用 {free} 分，这次要 {asked} 分，存折还没设密码。请带存折找支行文书设密码。")
        }
        PinLocked { household } => {
            format!("{}的密码错了太多次，已经锁住。请带存折找支行文书重设。", home(*household))
        }
        PinRequired { free, asked } => {
            format!("今天免密还能用 {free} 分，这次要 {asked} 分。请输入存折密码。")
        }
        PinWrong { misses_left: 0 } => "密码不对，还能试 0 次，已经锁住。请带存折找支行文书重设。".to_owned(),
        PinWrong { misses_left } => {
            format!("密码不对，还能试 {misses_left} 次。请再输一遍；想不起来，请找支行文书重设。")
        }
        RefundTooLate { last_day } => {
            format!("这一笔最晚{}退货，已经过期。东西有质量问题，请找支行文书。", day(*last_day))
        }
        RefundTooMuch { sku, bought, returned, asked } => format!(
            "“{}”买了 {bought} 件，退过 {returned} 件，现在要退 {asked} 件，多了。最多还能退 {} 件，请改好数量。",
            goods(*sku),
            bought.saturating_sub(*returned)
        ),
        EntryTooLarge { bytes, max } => {
            format!("这份单子太大：有 {bytes} 字节，最多 {max} 字节。请分成几份提交。")
        }
    }
}

/// How much is missing; 0 where nothing is.
fn short(has: i64, asked: i64) -> i64 {
    asked.saturating_sub(has).max(0)
}
