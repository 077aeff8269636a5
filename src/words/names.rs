//! Names of the closed sets of words: short enough for a table's cell or a button.

use crate::bank::authority::Act;
use crate::bank::command::{Holder, Kind};
use crate::bank::effects::Account;
use crate::bank::ids::{Digest, HouseholdId, PersonId, PublicKey, TerminalId};
use crate::bank::words::*;

use super::lang::{Lang, Named};

/// Sets with a name in both languages for each word: a word without its English does not compile.
macro_rules! names {
    ($($(#[$doc:meta])* $function:ident($set:ident) {
        $($variant:ident => $zh:literal / $en:literal),* $(,)?
    })*) => {$(
        $(#[$doc])*
        pub fn $function(word: $set) -> &'static str {
            word.named(Lang::Zh)
        }

        impl Named for $set {
            fn named(self, lang: Lang) -> &'static str {
                match self { $($set::$variant => lang.t($zh, $en)),* }
            }
        }
    )*};
}

/// Sets whose names stand in Chinese sentences only: English refusals name acts as the wire does.
macro_rules! chinese {
    ($($(#[$doc:meta])* $function:ident($set:ident) { $($variant:ident => $name:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        pub fn $function(word: $set) -> &'static str {
            match word { $($set::$variant => $name),* }
        }
    )*};
}

names! {
    /// What an amount counts.
    unit(Unit) {
        Points => "可兑积分" / "points to spend",
        Score => "文明评价分" / "civility score",
        Minutes => "志愿时长" / "volunteer time",
        Fen => "资金" / "money",
    }
    /// The five beauties.
    pillar(Pillar) {
        Living => "人居环境美" / "Clean surroundings",
        Family => "家庭和睦美" / "Harmonious families",
        Development => "乡村发展美" / "Growing the village",
        Service => "公益奉献美" / "Service to others",
        Governance => "自治守法美" / "Self-rule and law",
    }
    /// Offices.
    role(Role) {
        Proxy => "代办员" / "proxy",
        Liaison => "联户党员" / "liaison",
        Committee => "评价委员" / "committee member",
        Supervisor => "村务监督" / "supervisor",
        Clerk => "支行文书" / "branch clerk",
        Officer => "镇总行" / "head bank officer",
        Cashier => "超市收银" / "cashier",
        Auditor => "审计" / "auditor",
    }
    /// What an item does.
    item_kind(ItemKind) {
        Deed => "加分" / "points",
        Bonus => "奖励" / "bonus",
        Deduction => "扣分" / "deduction",
        Veto => "一票否决" / "veto",
    }
    /// Whose deed an item counts.
    item_subject(ItemSubject) {
        Household => "按户" / "per household",
        Person => "按人" / "per person",
    }
    /// The window of a cap.
    cap_window(CapWindow) {
        Event => "按次" / "per event",
        Month => "每月" / "a month",
        Quarter => "每季度" / "a quarter",
        Year => "每年" / "a year",
        Once => "只限一次" / "only once",
    }
    /// Kinds of evidence.
    evidence(EvidenceKind) {
        Photo => "照片" / "photograph",
        Attendance => "签到记录" / "sign-in list",
        Certificate => "证书或证明" / "certificate",
        ServedPerson => "受助人确认" / "word of the person served",
        Record => "检查或会议记录" / "record of an inspection or meeting",
        System => "系统记录" / "record of a system",
    }
    /// Where a declaration stands.
    state(State) {
        Submitted => "待审核" / "waiting for review",
        Returned => "待补充" / "sent back",
        Endorsed => "待评审" / "waiting for the vote",
        OnNotice => "公示中" / "on notice",
        Objected => "有异议" / "objected to",
        Credited => "已入账" / "credited",
        Refused => "未通过" / "refused",
        Withdrawn => "已撤回" / "withdrawn",
        Voided => "已作废" / "void",
        Disputed => "有争议" / "disputed",
        Reversed => "已收回" / "taken back",
    }
    /// Why something is returned, refused or voided.
    ground(Ground) {
        EvidenceUnclear => "凭证看不清" / "the evidence is unclear",
        EvidenceMissing => "缺少凭证" / "evidence is missing",
        NotDone => "没有做这件事" / "it was not done",
        WrongItem => "项目选错了" / "the wrong item was chosen",
        WrongPerson => "不是本人做的" / "somebody else did it",
        WrongDate => "日期不对" / "the day is wrong",
        Duplicate => "以前报过" / "it was declared before",
        OfficialDuty => "属于本职工作" / "it is part of the job",
        False => "虚假申报" / "the declaration is false",
        NoQuorum => "同意票不够" / "there were too few votes in favour",
        TimedOut => "超过办理期限" / "the time ran out",
        ObjectionUpheld => "异议成立" / "the objection was upheld",
        CapReached => "到封顶了" / "the cap is reached",
    }
    /// Why somebody objects.
    objection_ground(ObjectionGround) {
        NotDone => "没有做这件事" / "it was not done",
        Exaggerated => "报多了" / "too much was declared",
        WrongPerson => "是别人做的" / "somebody else did it",
        Favouritism => "优亲厚友" / "favours to family and friends",
        Duplicate => "以前报过" / "it was declared before",
        Forged => "凭证造假" / "the evidence is forged",
        UnjustDeduction => "扣分不当或已改正" / "the deduction is unjust or mended",
    }
    /// A ruling on an objection.
    ruling(Ruling) {
        Dismiss => "异议不成立" / "the objection is dismissed",
        Partial => "异议部分成立" / "the objection is upheld in part",
        Uphold => "异议成立" / "the objection is upheld",
    }
    /// A liaison's verdict.
    verdict(Verdict) {
        Endorse => "通过" / "endorsed",
        Return => "退回补充" / "sent back to be completed",
        Refuse => "不通过" / "refused",
    }
    /// A vote.
    vote(Vote) {
        Approve => "同意" / "in favour",
        Refuse => "不同意" / "against",
    }
    /// How a declaration came.
    channel(Channel) {
        App => "手机" / "by phone",
        Terminal => "终端" / "at a terminal",
        Paper => "纸质单" / "on paper",
    }
    /// Who pays.
    fund_source(FundSource) {
        County => "县级拨款" / "county grant",
        Town => "镇级拨款" / "town grant",
        Donation => "社会捐赠" / "donations",
        Collective => "村集体" / "village collective",
    }
    /// How two people are kin.
    kin(KinRelation) {
        Spouse => "夫妻" / "spouses",
        ParentChild => "父母子女" / "parent and child",
        Sibling => "兄弟姐妹" / "siblings",
        Collateral => "三代以内旁系亲属" / "blood relatives within three generations",
        InLaw => "姻亲" / "in-laws",
    }
    /// Why a key is revoked.
    revocation_ground(RevocationGround) {
        Lost => "丢失" / "lost",
        Stolen => "被盗" / "stolen",
        Left => "离任" / "left the office",
    }
    /// What became of an invitation.
    invitation_state(InvitationState) {
        Open => "待接受" / "open",
        Accepted => "已接受" / "accepted",
        Cancelled => "已取消" / "cancelled",
        Expired => "已过期" / "expired",
    }
    /// Why a document is erased.
    erasure_ground(ErasureGround) {
        Requested => "本人要求" / "asked for by the person",
        Retention => "保存期满" / "kept long enough",
        Mistake => "误传" / "sent by mistake",
    }
}

chinese! {
    /// What a command does.
    command(Kind) {
        OpenBank => "银行开业",
        OpenBranch => "开设支行",
        SetPolicy => "调整规则",
        EnrolKey => "登记密钥",
        RevokeKey => "作废密钥",
        RotateKey => "更换密钥",
        Appoint => "任命",
        Dismiss => "免职",
        PublishCatalogue => "发布积分目录",
        FundBudget => "拨付积分预算",
        OpenHousehold => "开户",
        CloseHousehold => "销户",
        DeclareKin => "登记亲属",
        IssuePassbook => "发放存折",
        SetPin => "设置密码",
        Declare => "申报",
        Review => "审核",
        Decide => "评审",
        Withdraw => "撤回申报",
        Resubmit => "补充申报",
        Object => "提出异议",
        Rule => "裁定",
        Assess => "录入检查表",
        StockIn => "进货",
        SetPrice => "定价",
        StockCount => "盘点",
        Redeem => "兑换",
        Refund => "退货",
        Erase => "删除资料",
        Invite => "邀请登记密钥",
        AcceptInvitation => "接受邀请",
        CancelInvitation => "取消邀请",
        SetPublicity => "设定上不上光荣榜",
        Suggest => "提建议",
        AnswerSuggestion => "答复建议",
    }
    /// A row of the authority table: finer than a command.
    act(Act) {
        OpenBranch => "开设支行",
        SetBankPolicy => "调整全行规则",
        SetBranchPolicy => "调整支行规则",
        EnrolOfficeKey => "登记任职人员密钥",
        EnrolVillagerKey => "登记村民密钥",
        EnrolTerminalKey => "登记终端密钥",
        InviteVillager => "邀请村民",
        InviteOffice => "邀请任职人员",
        InviteTerminal => "邀请终端",
        CancelInvitation => "取消邀请",
        RevokeOfficerKey => "作废镇总行密钥",
        RevokeKey => "作废密钥",
        AppointProxy => "委托或取消代办",
        AppointStaff => "任免职务",
        PublishCatalogue => "发布积分目录",
        FundBudget => "拨付积分预算",
        OpenHousehold => "开户",
        CloseHousehold => "销户",
        DeclareKin => "登记亲属",
        IssueFirstPassbook => "发放存折",
        ReplacePassbook => "换发存折",
        SetPin => "设置密码",
        Declare => "申报",
        Review => "审核",
        ReviewLate => "超期审核",
        ReviewOverdue => "再次超期审核",
        Decide => "评审",
        Object => "提出异议",
        Rule => "裁定",
        Assess => "录入检查表",
        StockIn => "进货",
        SetPrice => "定价",
        StockCount => "盘点",
        Redeem => "兑换",
        Refund => "退货",
        Erase => "删除资料",
        SetPublicity => "设定上不上光荣榜",
        Suggest => "提建议",
        AnswerSuggestion => "答复建议",
    }
    /// Who signs it, as the authority table has it.
    signers(Act) {
        OpenBranch => "镇总行",
        SetBankPolicy => "镇总行",
        SetBranchPolicy => "镇总行或评委会主任",
        EnrolOfficeKey => "镇总行或本人",
        EnrolVillagerKey => "镇总行、支行文书加这一户的存折，或本人",
        EnrolTerminalKey => "镇总行",
        InviteVillager => "镇总行、支行文书加这一户的存折，或本人",
        InviteOffice => "镇总行或本人",
        InviteTerminal => "镇总行",
        CancelInvitation => "镇总行、邀请人或本人",
        RevokeOfficerKey => "镇总行或本人",
        RevokeKey => "镇总行、支行文书或本人",
        AppointProxy => "本户或镇总行",
        AppointStaff => "镇总行",
        PublishCatalogue => "镇总行",
        FundBudget => "镇总行",
        OpenHousehold => "支行文书",
        CloseHousehold => "镇总行",
        DeclareKin => "两人中的一位、支行文书、村务监督或镇总行",
        IssueFirstPassbook => "支行文书",
        ReplacePassbook => "支行文书，加上本户、联户党员或村务监督",
        SetPin => "本户成员，或支行文书加存折",
        Declare => "本户成员、存折，或代办员加存折",
        Review => "这一户的联户党员",
        ReviewLate => "本支行的联户党员",
        ReviewOverdue => "本支行的联户党员或评价委员",
        Decide => "本支行的评价委员",
        Object => "本支行的住户或村务监督",
        Rule => "镇总行",
        Assess => "支行文书",
        StockIn => "超市终端、超市收银或支行文书",
        SetPrice => "支行文书或镇总行",
        StockCount => "超市终端或超市收银，加上支行文书或村务监督",
        Redeem => "超市终端和存折",
        Refund => "这家超市的终端和存折",
        Erase => "镇总行",
        SetPublicity => "本户成员或存折",
        Suggest => "本支行的住户",
        AnswerSuggestion => "支行文书、村务监督、评委会主任或镇总行",
    }
}

/// What an account is for, without whose it is.
pub fn account(account: &Account) -> &'static str {
    match account {
        Account::Household(_) => "存折",
        Account::Budget(_) => "积分预算",
        Account::Notice(_) => "公示中",
        Account::Redeemed(_) => "已兑换",
        Account::Expired(_) => "已到期",
        Account::Recovered(_) => "已收回",
        Account::Issuance => "总发行",
    }
}

/// A setting of the policy, by its name on the wire; none where there is no such setting.
pub fn setting(name: &str) -> Option<&'static str> {
    Some(match name {
        "quorum_min" => "最少同意票数",
        "quorum_percent" => "同意票比例（%）",
        "notice_days" => "公示天数",
        "pin_free_points" => "每天免密积分",
        "person_month_points" => "每人每月封顶分",
        "household_month_points" => "每户每月封顶分",
        "deed_age_days" => "申报期限（天）",
        "review_days" => "审核期限（工作日）",
        "decide_days" => "评审期限（工作日）",
        "pending_days" => "最长办理天数",
        "lot_months" => "积分有效期（月）",
        "refund_days" => "退货期限（天）",
        _ => return None,
    })
}

/// A household by the number on its passbook: `00012 号户`. The branch goes without saying.
pub fn household(id: HouseholdId) -> String {
    format!("{:05} 号户", id.serial())
}

/// A person by number: `00012 号户 2 号成员`, `支行 3 号工作人员`. Never a name: names are documents.
pub fn person(id: PersonId) -> String {
    match id.household() {
        Some(home) => format!("{} {} 号成员", household(home), id.member()),
        None => format!("支行 {} 号工作人员", id.member()),
    }
}

/// A terminal by number: `1 号终端`.
pub fn terminal(id: TerminalId) -> String {
    let text = id.to_string();
    format!("{} 号终端", text.rsplit('t').next().unwrap_or(&text))
}

/// A key's holder.
pub fn holder(holder: Holder) -> String {
    match holder {
        Holder::Person(id) => person(id),
        Holder::Terminal(id) => terminal(id),
    }
}

/// The first eight hexadecimal digits of a key: enough for two people to see that they mean the same.
pub fn key(key: &PublicKey) -> String {
    format!("{:08x}", key.prefix() >> 32)
}

/// The first eight hexadecimal digits of a document's address, for the same use.
pub fn digest(document: &Digest) -> String {
    format!("{:08x}", document.prefix() >> 32)
}
