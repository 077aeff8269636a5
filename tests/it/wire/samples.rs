//! One good command of every kind, and one change of every kind, with as much in them as fits.

use civbank::bank::command::{
    AssessRow, Body, Command, Declare, GoodsCount, Holder, Item, Price, RedeemLine, StockInLine,
};
use civbank::bank::effects::{Account, CatalogueVersion, Change, DisputedCredit, Effects, Posting, SheetRow};
use civbank::bank::ids::{Branch, Digest, HouseholdId, ItemCode, PersonId, PublicKey, TerminalId};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::{Day, Month, Time};
use civbank::bank::words::*;

pub const ORIGIN: &str = "civbank.example/mapo";
/// A UUID of version 7.
pub const REQUEST_ID: [u8; 16] = [0x01, 0x9a, 0xa3, 0x10, 0x5c, 0x00, 0x70, 1, 0x80, 2, 3, 4, 5, 6, 7, 8];

/// Parses what the tests write down right.
pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub fn branch() -> Branch {
    id("370829199201")
}

pub fn household() -> HouseholdId {
    id("370829199201-00001")
}

fn other_household() -> HouseholdId {
    id("370829199201-00002")
}

pub fn person() -> PersonId {
    id("370829199201-00001-2")
}

fn clerk() -> PersonId {
    id("370829199201-00000-7")
}

pub fn terminal() -> TerminalId {
    id("370829199201-t1")
}

fn day() -> Day {
    id("2026-11-20")
}

fn item_code() -> ItemCode {
    id("G01")
}

pub fn hash(fill: u8) -> Digest {
    Digest([fill; 32])
}

pub fn key(fill: u8) -> PublicKey {
    PublicKey([fill; 32])
}

pub fn command(body: Body) -> Command {
    Command { origin: ORIGIN.to_owned(), request_id: REQUEST_ID, not_after: Time(1_795_190_400_123), body }
}

pub fn deed() -> Item {
    Item {
        code: item_code(),
        pillar: Pillar::Living,
        kind: ItemKind::Deed,
        title: "清理房前屋后".to_owned(),
        points_min: 2,
        points_max: 5,
        unit: Unit::Points,
        score_effect: -3,
        subject: ItemSubject::Household,
        measure: "次".to_owned(),
        cap_window: CapWindow::Month,
        cap_count: 4,
        evidence: vec![EvidenceKind::Photo, EvidenceKind::Record],
        valid_from: Some(day()),
        valid_to: Some(day().plus(365)),
    }
}

fn veto() -> Item {
    Item {
        code: id("V1"),
        pillar: Pillar::Governance,
        kind: ItemKind::Veto,
        title: "酒后驾车".to_owned(),
        points_min: 0,
        points_max: 0,
        unit: Unit::Score,
        score_effect: 0,
        cap_window: CapWindow::Event,
        cap_count: 0,
        evidence: Vec::new(),
        valid_from: None,
        valid_to: None,
        ..deed()
    }
}

fn price() -> Price {
    Price {
        sku: id("egg"), title: "鸡蛋".to_owned(), measure: "枚".to_owned(), points: 1, month_limit: 60
    }
}

pub fn redeem() -> Body {
    Body::Redeem { household: household(), lines: redeem_lines(), total: 35 }
}

pub fn invite() -> Body {
    Body::Invite {
        invitation: key(1),
        holder: Holder::Person(person()),
        key_valid_until: Some(day()),
        expires: Time(1_795_795_200_456),
    }
}

pub fn accept() -> Body {
    Body::AcceptInvitation { invitation: key(1), key: key(2) }
}

fn redeem_lines() -> Vec<RedeemLine> {
    vec![
        RedeemLine { sku: id("egg"), quantity: 30, price_version: 2, points: 1 },
        RedeemLine { sku: id("salt-400g"), quantity: 1, price_version: 1, points: 5 },
    ]
}

fn counts() -> Vec<GoodsCount> {
    vec![GoodsCount { sku: id("egg"), quantity: 10 }, GoodsCount { sku: id("salt-400g"), quantity: 1 }]
}

pub fn office(role: Role) -> civbank::bank::command::Appoint {
    civbank::bank::command::Appoint {
        person: person(),
        role,
        branch: branch(),
        chair: role == Role::Committee,
        households: match role {
            Role::Liaison => vec![household(), other_household()],
            Role::Proxy => vec![other_household()],
            _ => Vec::new(),
        },
        valid_until: Some(day()),
    }
}

/// Every kind of command, in the order of the wire; a kind with parts that exclude each other comes more
/// than once.
#[rustfmt::skip]
pub fn bodies() -> Vec<Body> {
    let mut bodies = vec![
        Body::OpenBank { head: branch(), title: "马坡文明银行".to_owned(), policy: Policy::DEFAULT,
            bounds: Bounds::FORMAT },
        Body::OpenBranch { branch: branch(), title: "玉泉支行".to_owned() },
        Body::SetPolicy { branch: Some(branch()), policy: Policy::MOST, bounds: None },
        Body::SetPolicy { branch: None, policy: Policy::LEAST, bounds: Some(Bounds::FORMAT) },
        Body::EnrolKey { key: key(1), holder: Holder::Person(person()), valid_until: Some(day()) },
        Body::EnrolKey { key: key(1), holder: Holder::Terminal(terminal()), valid_until: None },
        Body::RevokeKey { key: key(1), ground: RevocationGround::Stolen },
        Body::RotateKey { old: key(1), new: key(2) },
        Body::Dismiss { person: person(), role: Role::Proxy, branch: branch(),
            household: Some(household()) },
        Body::Dismiss { person: clerk(), role: Role::Clerk, branch: branch(), household: None },
        Body::PublishCatalogue { branch: None, valid_from: day(), items: vec![deed(), veto()] },
        Body::PublishCatalogue { branch: Some(branch()), valid_from: day(), items: vec![deed()] },
        Body::FundBudget { branch: branch(), source: FundSource::Donation, fen: 1_000_000_000_000,
            points: 10_000_000_000, voucher: Some(hash(3)) },
        Body::OpenHousehold { household: household(), members: vec![hash(1), hash(2)], consent: hash(3) },
        Body::CloseHousehold { household: household(), successor: Some(other_household()) },
        Body::CloseHousehold { household: household(), successor: None },
        Body::DeclareKin { person: person(), other: clerk(), relation: KinRelation::InLaw },
        Body::IssuePassbook { household: household(), key: key(4), view_token_hash: hash(5) },
        Body::SetPin { household: household(), document: hash(6) },
        Body::Declare(Declare { household: household(), member: 2, item: item_code(), quantity: 1_000,
            deed_date: day(), evidence: (0..9).map(hash).collect(), note: Some(hash(9)),
            channel: Channel::Paper }),
        Body::Declare(Declare { household: household(), member: 0, item: item_code(), quantity: 1,
            deed_date: day(), evidence: Vec::new(), note: None, channel: Channel::App }),
        Body::Review { declaration: 7, verdict: Verdict::Endorse, ground: None, note: None },
        Body::Review { declaration: 7, verdict: Verdict::Return, ground: Some(Ground::EvidenceUnclear),
            note: Some(hash(1)) },
        Body::Decide { declarations: vec![9, 7, 8], vote: Vote::Approve, points: Some(0), ground: None },
        Body::Decide { declarations: vec![u64::MAX], vote: Vote::Refuse, points: None,
            ground: Some(Ground::False) },
        Body::Withdraw { declaration: 7 },
        Body::Resubmit { declaration: 7, quantity: 3, deed_date: day(), evidence: vec![hash(1)],
            note: Some(hash(2)) },
        Body::Object { declaration: 7, household: Some(household()),
            ground: ObjectionGround::Favouritism, statement: Some(hash(1)), credited_by: Some(12) },
        Body::Object { declaration: 7, household: None, ground: ObjectionGround::Forged,
            statement: None, credited_by: None },
        Body::Rule { declaration: 7, household: Some(household()), ruling: Ruling::Partial, points: 2,
            statement: Some(hash(1)) },
        Body::Rule { declaration: 7, household: None, ruling: Ruling::Uphold, points: 0,
            statement: None },
        Body::Assess { branch: branch(), date: day(), rows: vec![
            AssessRow { household: household(), item: item_code(), quantity: 1 },
            AssessRow { household: other_household(), item: item_code(), quantity: 1_000 },
        ], record: hash(8) },
        Body::StockIn { branch: branch(), lines: vec![
            StockInLine { sku: id("egg"), quantity: 1_000_000, cost_fen: 10_000_000_000,
                best_before: Some(day()) },
            StockInLine { sku: id("salt-400g"), quantity: 1, cost_fen: 0, best_before: None },
        ], source: FundSource::County, receipt: Some(hash(1)) },
        Body::SetPrice { branch: branch(), goods: vec![price()] },
        Body::StockCount { branch: branch(), lines: counts() },
        redeem(),
        Body::Refund { redemption: 40, lines: counts(), restock: true },
        Body::Erase { document: hash(1), ground: ErasureGround::Requested },
        invite(),
        Body::Invite { invitation: key(1), holder: Holder::Terminal(terminal()), key_valid_until: None,
            expires: Time(1) },
        accept(),
        Body::CancelInvitation { invitation: key(1) },
        publicity(),
        Body::SetPublicity { household: household(), standings: false },
        suggestion(),
        answer(),
    ];
    bodies.extend(Role::ALL.iter().map(|role| Body::Appoint(office(*role))));
    bodies
}

/// A household agrees to stand on the board.
pub fn publicity() -> Body {
    Body::SetPublicity { household: household(), standings: true }
}

/// A suggestion.
pub fn suggestion() -> Body {
    Body::Suggest { branch: branch(), document: hash(4) }
}

/// Its answer.
pub fn answer() -> Body {
    Body::AnswerSuggestion { suggestion: 40, document: hash(5) }
}

/// Every kind of change.
#[rustfmt::skip]
pub fn changes() -> Vec<Change> {
    let own = CatalogueVersion { number: 3, of_branch: true };
    let head = CatalogueVersion { number: 1, of_branch: false };
    vec![
        Change::BankOpened { origin: ORIGIN.to_owned(), head: branch(), bounds: Box::new(Bounds::FORMAT) },
        Change::BranchOpened { branch: branch(), title: "玉泉支行".to_owned() },
        Change::PolicySet { branch: Some(branch()), policy: Policy::DEFAULT, bounds: None },
        Change::PolicySet { branch: None, policy: Policy::LEAST, bounds: Some(Box::new(Bounds::FORMAT)) },
        Change::KeyEnrolled { key: key(1), holder: Holder::Person(person()), valid_until: Some(day()) },
        Change::KeyEnrolled { key: key(1), holder: Holder::Terminal(terminal()), valid_until: None },
        Change::KeyRevoked { key: key(1) },
        Change::Appointed(office(Role::Committee)),
        Change::Appointed(office(Role::Liaison)),
        Change::Dismissed { person: person(), role: Role::Proxy, branch: branch(),
            household: Some(household()) },
        Change::CataloguePublished { branch: Some(branch()), version: 3, valid_from: day(),
            items: vec![deed(), veto()] },
        Change::BudgetFunded { branch: branch(), source: FundSource::Town, fen: 1, points: i64::MAX },
        Change::HouseholdOpened { household: household(), members: 30 },
        Change::HouseholdClosed { household: household(), successor: Some(other_household()) },
        Change::KinDeclared { person: person(), other: clerk() },
        Change::PassbookIssued { household: household(), key: key(1), view_token_hash: hash(2), card: 3 },
        Change::PinSet { household: household(), document: hash(1) },
        Change::PinLocked { household: household() },
        Change::DeclarationFiled { household: household(), member: 99, item: item_code(), quantity: 5,
            deed_date: day(), evidence: vec![hash(1), hash(2)], channel: Channel::Terminal,
            proxy: Some(clerk()), version: own },
        Change::DeclarationResubmitted { declaration: 7, quantity: 2, deed_date: day(),
            evidence: vec![hash(3)], proxy: None },
        Change::SheetFiled { branch: branch(), date: day(), clerk: clerk(), rows: vec![
            SheetRow { household: household(), item: item_code(), quantity: 1, version: head },
            SheetRow { household: other_household(), item: id("V1"), quantity: 2, version: own },
        ], record: hash(5) },
        Change::Reviewed { declaration: 7, person: person(), verdict: Verdict::Refuse,
            ground: Some(Ground::NotDone) },
        Change::Voted { declaration: 7, person: person(), vote: Vote::Approve, points: Some(0) },
        Change::Voted { declaration: 7, person: person(), vote: Vote::Refuse, points: None },
        Change::StateChanged { declaration: 7, household: household(), state: State::OnNotice,
            points: -20, until: Some(Time(1_795_190_400_000)), ground: None },
        Change::StateChanged { declaration: 0, household: household(), state: State::Voided,
            points: 0, until: None, ground: Some(Ground::CapReached) },
        Change::Objected { declaration: 7, household: household(), person: Some(person()),
            by_household: Some(other_household()), ground: ObjectionGround::Forged,
            credit: Some(DisputedCredit { points: -4, credited_by: 9 }) },
        Change::Objected { declaration: 7, household: household(), person: None, by_household: None,
            ground: ObjectionGround::NotDone, credit: None },
        Change::Ruled { declaration: 7, household: household(), person: clerk(),
            ruling: Ruling::Dismiss, points: 12 },
        Change::Escalated { declaration: 7, level: 2 },
        Change::LotMoved { household: household(), month: Month(2028 * 12 + 10), amount: -35 },
        Change::DebtSet { household: household(), debt: 12 },
        Change::Vetoed { household: household(), year: 2026, item: id("V1") },
        Change::PriceSet { branch: branch(), price: price(), version: 2 },
        Change::StockMoved { branch: branch(), sku: id("egg"), amount: -30, stock_after: 0 },
        Change::Redeemed { household: household(), terminal: terminal(), lines: redeem_lines(),
            total: 35, pin_verified: true },
        Change::Refunded { redemption: 40, household: household(), lines: counts(), total: 15 },
        Change::DocumentErased { document: hash(1), ground: ErasureGround::Mistake },
        Change::Invited { key: key(1), holder: Holder::Person(person()), key_valid_until: Some(day()),
            expires: Time(1_795_795_200_000), inviter: clerk() },
        Change::Invited { key: key(1), holder: Holder::Terminal(terminal()), key_valid_until: None,
            expires: Time(0), inviter: clerk() },
        Change::InvitationAccepted { key: key(1) },
        Change::InvitationCancelled { key: key(1) },
        Change::PublicitySet { household: household(), standings: true },
        Change::PublicitySet { household: household(), standings: false },
        Change::Suggested { branch: branch(), household: household(), document: hash(4) },
        Change::SuggestionAnswered { branch: branch(), suggestion: 40, person: clerk(), document: hash(5) },
    ]
}

/// One posting in every kind of account.
pub fn postings() -> Vec<Posting> {
    let accounts = [
        Account::Household(household()),
        Account::Budget(branch()),
        Account::Notice(branch()),
        Account::Redeemed(branch()),
        Account::Expired(branch()),
        Account::Recovered(branch()),
        Account::Issuance,
    ];
    let posting = |(position, account): (usize, Account)| Posting {
        account,
        unit: Unit::ALL[position % Unit::ALL.len()],
        amount: if position == 0 { i64::MIN } else { position as i64 },
        balance_after: i64::MAX - position as i64,
        account_sequence: 1 + position as u64,
        account_previous_index: position.checked_sub(1).map(|before| before as u64),
    };
    accounts.into_iter().enumerate().map(posting).collect()
}

/// What a redemption of two kinds of goods does.
pub fn redemption_effects() -> Effects {
    let posting = |account, amount, balance_after, sequence| Posting {
        account,
        unit: Unit::Points,
        amount,
        balance_after,
        account_sequence: sequence,
        account_previous_index: Some(81_234),
    };
    Effects {
        postings: vec![
            posting(Account::Household(household()), -35, 290, 14),
            posting(Account::Redeemed(branch()), 35, 120_435, 2_310),
        ],
        changes: vec![
            Change::LotMoved { household: household(), month: Month(2027 * 12 + 10), amount: -35 },
            Change::StockMoved { branch: branch(), sku: id("egg"), amount: -30, stock_after: 870 },
            Change::StockMoved { branch: branch(), sku: id("salt-400g"), amount: -1, stock_after: 44 },
            Change::Redeemed {
                household: household(),
                terminal: terminal(),
                lines: redeem_lines(),
                total: 35,
                pin_verified: false,
            },
        ],
    }
}

/// A small generator of random bytes; the seed is on the first line of a failing test's output.
pub struct Dice(u64);

impl Dice {
    /// Seeded from the clock, or from `CIVBANK_SEED` to repeat a run.
    pub fn new(test: &str) -> Dice {
        let clock = || std::time::UNIX_EPOCH.elapsed().map_or(1, |t| t.as_nanos() as u64);
        let given = std::env::var("CIVBANK_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(clock);
        println!("{test}: CIVBANK_SEED={seed}");
        Dice(seed)
    }

    /// The next number below `end` (SplitMix64).
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    /// Bytes with a few of them changed, dropped, doubled or cut off.
    pub fn damage(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.insert(at, self.below(256) as u8),
                3 => bytes.extend_from_slice(&good[at.min(good.len())..]),
                _ if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                _ => bytes.push(self.below(256) as u8),
            }
        }
        bytes
    }
}
