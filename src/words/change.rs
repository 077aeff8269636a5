//! One change of the log as one line, for a declaration's timeline or a statement's detail.
//!
//! The line is fit for everybody who may see the entry: it names offices and numbers, never people's names,
//! and never who objected. Facts that are of no use to a reader (lots) have no line.

use super::lang::{Lang, sentence};
use super::names;
use super::titles::{self, Titles};
use crate::bank::command::{Appoint, Price};
use crate::bank::effects::{Change, DisputedCredit};
use crate::bank::ids::PersonId;
use crate::bank::time::Day;
use crate::bank::words::{Ground, Role, State};

/// The line; none for changes that only keep the books in order.
pub fn change(change: &Change, titles: &dyn Titles) -> Option<String> {
    change_in(Lang::Zh, change, titles)
}

/// The same in either language. Titles stay as people wrote them.
pub fn change_in(lang: Lang, change: &Change, titles: &dyn Titles) -> Option<String> {
    let t = |zh, en| Some(lang.t(zh, en).to_owned());
    Some(match change {
        Change::BankOpened { head, .. } => {
            lang.with("银行开业：{}", "The bank opens: {}", titles::branch(titles, *head))
        }
        Change::BranchOpened { title, .. } => lang.with("支行开业：{}", "A branch opens: {}", title),
        Change::PolicySet { branch, bounds, .. } => {
            let all = || lang.t("全行", "the whole bank").to_owned();
            let of = branch.map_or_else(all, |branch| titles::branch(titles, branch));
            let bounds = if bounds.is_some() {
                lang.t("和支行可调范围", " and what branches may choose")
            } else {
                ""
            };
            lang.with_two("调整{}规则{}", "The rules of {} are changed{}", of, bounds)
        }
        Change::KeyEnrolled { holder, valid_until, .. } => lang.with_two(
            "登记密钥：{}{}",
            "A key is enrolled: {}{}",
            lang.holder(*holder),
            term(lang, *valid_until),
        ),
        Change::KeyRevoked { key } => lang.with("密钥作废（{}…）", "A key is revoked ({}…)", names::key(key)),
        Change::Appointed(appoint) => appointed(lang, appoint),
        Change::Dismissed { person, role, household, .. } => match household {
            Some(home) => lang.with_two(
                "{}不再由{}代办",
                "For {}, this proxy ends: {}",
                lang.household(*home),
                lang.person(*person),
            ),
            None => {
                lang.with_two("免去{}：{}", "Dismissed as {}: {}", lang.name(*role), lang.person(*person))
            }
        },
        Change::CataloguePublished { branch, version, valid_from, items } => {
            let of = branch
                .map_or(String::new(), |branch| lang.with("{}", " of {}", titles::branch(titles, branch)));
            let which = lang.with_two("发布{}积分目录第 {} 版", "The catalogue{}, version {}", of, version);
            let rest = lang.with_two(
                "，共 {} 项，{}起用",
                ", is published: {} items, in force from {}",
                items.len(),
                lang.day(*valid_from),
            );
            which + &rest
        }
        Change::BudgetFunded { branch, source, fen, points } => {
            let of = titles::branch(titles, *branch);
            let points = lang.points(*points);
            let paid = lang.with_two("（{} {}）", " ({}, {})", lang.name(*source), lang.yuan(*fen));
            lang.with_two("拨付{}积分预算 {}", "The budget of {} is funded with {}", of, points) + &paid
        }
        Change::HouseholdOpened { members, .. } => {
            lang.with("设立账户，登记 {} 人", "The book is opened, members: {}", members)
        }
        Change::HouseholdClosed { successor: Some(home), .. } => {
            lang.with("销户，积分转给{}", "The book is closed, its points go to {}", lang.household(*home))
        }
        Change::HouseholdClosed { successor: None, .. } => {
            return t("销户，剩余积分作废", "The book is closed, what is left lapses");
        }
        Change::KinDeclared { person, other } => {
            lang.with_two("登记亲属：{}与{}", "Kin: {} and {}", lang.person(*person), lang.person(*other))
        }
        Change::PassbookIssued { card: 0 | 1, .. } => return t("发放存折", "The passbook is issued"),
        Change::PassbookIssued { card, .. } => {
            lang.with("换发第 {} 本存折，旧存折作废", "Passbook {} is issued, the old one is void", card)
        }
        Change::PinSet { .. } => return t("设置存折密码", "The passbook's PIN is set"),
        Change::PinLocked { .. } => {
            return t("密码错误太多，存折密码锁住", "Too many wrong PINs: the passbook's PIN is locked");
        }
        Change::DeclarationFiled { member, item, quantity, deed_date, evidence, channel, proxy, .. } => {
            let what = format!("{} ×{quantity}", titles::item(titles, *item));
            let member = match member {
                0 => String::new(),
                member => lang.with("（{} 号成员）", " (member {})", member),
            };
            let how = lang.with_two(
                "，{}做的，{}申报",
                ", done on {}, {}",
                lang.day(*deed_date),
                lang.name(*channel),
            );
            let filed = lang.with_two("申报：{}{}", "Declared: {}{}", what, member);
            filed + &how + by_proxy(lang, *proxy) + &with_evidence(lang, evidence.len())
        }
        Change::DeclarationResubmitted { quantity, deed_date, evidence, proxy, .. } => {
            let again = lang.with_two(
                "补充后再报：×{}，{}做的",
                "Completed and declared again: ×{}, done on {}",
                quantity,
                lang.day(*deed_date),
            );
            again + by_proxy(lang, *proxy) + &with_evidence(lang, evidence.len())
        }
        Change::SheetFiled { date: on, rows, .. } => lang.with_two(
            "录入检查表：{}检查，共 {} 户",
            "Inspection of {}, households: {}",
            lang.day(*on),
            rows.len(),
        ),
        Change::Reviewed { verdict, ground, .. } => lang.with_two(
            "联户党员审核：{}{}",
            "Review by the liaison: {}{}",
            lang.name(*verdict),
            because(lang, *ground),
        ),
        Change::Voted { vote, points, .. } => {
            let each = points
                .map_or(String::new(), |points| lang.with("，每份 {} 分", ", {} points for each", points));
            lang.with_two("评委投票：{}{}", "Vote: {}{}", lang.name(*vote), each)
        }
        Change::StateChanged { state, points, until, ground, .. } => {
            let points = match points {
                0 => String::new(),
                points => lang.with("，{}", ", {}", lang.signed_points(*points)),
            };
            let until = match (state, until.map(|until| lang.last_before(until))) {
                (State::OnNotice, Some(until)) => lang.with("，公示到{}", ", until {}", until),
                (State::Submitted | State::Endorsed, Some(until)) => {
                    lang.with("，最晚{}办", ", by {} at the latest", until)
                }
                _ => String::new(),
            };
            format!("{}{points}{until}{}", sentence(lang.name(*state)), because(lang, *ground))
        }
        Change::Objected { ground, credit, .. } => {
            let credit =
                credit.as_ref().map_or(String::new(), |DisputedCredit { credited_by, points, .. }| {
                    lang.with_two(
                        "，涉及第 {} 号账目的 {}",
                        ", about entry {}, {}",
                        credited_by,
                        lang.points(*points),
                    )
                });
            lang.with_two("有人提出异议：{}{}", "An objection: {}{}", lang.name(*ground), credit)
        }
        Change::Ruled { ruling, points, .. } => lang.with_two(
            "总行裁定：{}，认定 {}",
            "Ruling of the head bank: {}, what stands: {}",
            lang.name(*ruling),
            lang.points(*points),
        ),
        Change::Escalated { level, .. } => lang.with("超过期限，第 {} 次催办", "Overdue, reminder {}", level),
        Change::LotMoved { .. } => return None,
        Change::DebtSet { debt: ..=0, .. } => return t("欠分已还清", "The debt is paid"),
        Change::DebtSet { debt, .. } => {
            lang.with("还欠 {} 分，以后得分时抵扣", "Still owed: {} points, taken from later ones", debt)
        }
        Change::Vetoed { year, item, .. } => lang.with_two(
            "一票否决：{}，取消 {} 年评星评优",
            "Veto: {}, no stars and honours of {}",
            titles::item(titles, *item),
            year,
        ),
        Change::PriceSet { price, version, .. } => priced(lang, price, *version),
        Change::StockMoved { branch, sku, amount, stock_after } => {
            stock(lang, &titles::goods(titles, *branch, *sku), *amount, *stock_after)
        }
        Change::Redeemed { household, terminal, lines, total, .. } => {
            let shop = titles::shop(lang, titles, terminal.branch(), household.branch());
            let goods = titles::goods_list(
                lang,
                titles,
                terminal.branch(),
                lines.iter().map(|line| (line.sku, line.quantity)),
            );
            lang.with_two("兑换 {}，共 {} 分", "Spent on {}, {} points", goods, total)
                + &lang.with("（{}）", " ({})", shop)
        }
        Change::Refunded { redemption, household, lines, total } => {
            let lines = lines.iter().map(|line| (line.sku, line.quantity));
            let goods = titles::goods_list(lang, titles, household.branch(), lines);
            lang.with_two("退货 {}，退回 {} 分", "Brought back {}, {} points returned", goods, total)
                + &lang.with("（兑换 {} 号）", " (bought in entry {})", redemption)
        }
        Change::Invited { holder, key_valid_until, expires, .. } => {
            let who = lang.with_two(
                "邀请登记密钥：{}{}",
                "Invited to enrol a key: {}{}",
                lang.holder(*holder),
                term(lang, *key_valid_until),
            );
            who + &lang.with("，邀请{}截止", ", open until {}", lang.time(*expires))
        }
        Change::InvitationAccepted { key } => {
            lang.with("接受邀请（{}…）", "An invitation is accepted ({}…)", names::key(key))
        }
        Change::InvitationCancelled { key } => {
            lang.with("取消邀请（{}…）", "An invitation is cancelled ({}…)", names::key(key))
        }
        Change::PublicitySet { standings: true, .. } => {
            return t("同意积分上公开栏的光荣榜", "The points may stand on the board's standings");
        }
        Change::PublicitySet { standings: false, .. } => {
            return t("积分不上公开栏的光荣榜", "The points are not to stand on the board's standings");
        }
        Change::Suggested { .. } => return t("向村里提了一条建议", "A suggestion to the village"),
        Change::SuggestionAnswered { suggestion, .. } => {
            lang.with("答复 {} 号建议", "An answer to suggestion {}", suggestion)
        }
        Change::DocumentErased { ground, .. } => {
            lang.with("删除资料（{}）", "A document is erased ({})", lang.name(*ground))
        }
    })
}

/// An office taken.
fn appointed(lang: Lang, appoint: &Appoint) -> String {
    let chair = if appoint.chair { lang.t("（主任）", " (chair)") } else { "" };
    let homes = match (appoint.households.len(), appoint.role) {
        (0, _) => String::new(),
        (count, Role::Proxy) => lang.with("，代办 {} 户", ", households served: {}", count),
        (count, _) => lang.with("，联系 {} 户", ", households looked after: {}", count),
    };
    let office = format!("{}{chair}", lang.name(appoint.role));
    lang.with_two("任命{}：{}", "Appointed as {}: {}", office, lang.person(appoint.person))
        + &homes
        + &term(lang, appoint.valid_until)
}

/// Until when something holds.
fn term(lang: Lang, valid_until: Option<Day>) -> String {
    valid_until.map_or(String::new(), |last| lang.with("，到{}为止", ", until {}", lang.day(last)))
}

fn by_proxy(lang: Lang, proxy: Option<PersonId>) -> &'static str {
    if proxy.is_some() { lang.t("（代办员代报）", " (filed by a proxy)") } else { "" }
}

fn with_evidence(lang: Lang, count: usize) -> String {
    if count == 0 { String::new() } else { lang.with("，凭证 {} 份", ", pieces of evidence: {}", count) }
}

fn because(lang: Lang, ground: Option<Ground>) -> String {
    ground.map_or(String::new(), |ground| lang.with("，因为{}", ", because {}", lang.name(ground)))
}

fn priced(lang: Lang, price: &Price, version: u32) -> String {
    let what = lang.with_two("{}（{}）", "{} ({})", &price.title, &price.measure);
    let limit = match price.month_limit {
        0 => String::new(),
        limit => lang.with("，每户每月限 {} 件", ", at most {} for a household in a month", limit),
    };
    lang.with_two("定价：{}每件 {} 分", "Price: {}, {} points each", what, price.points)
        + &limit
        + &lang.with("（第 {} 版）", " (version {})", version)
}

fn stock(lang: Lang, goods: &str, amount: i64, after: i64) -> String {
    let moved = match amount < 0 {
        true => lang.with("减少 {} 件", "{} fewer", amount.unsigned_abs()),
        false => lang.with("增加 {} 件", "{} more", amount.unsigned_abs()),
    };
    lang.with_two("库存：{} {}", "Stock: {}, {}", goods, moved)
        + &lang.with("，现有 {} 件", ", {} now", after)
}
