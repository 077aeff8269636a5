//! A village whose bank runs: set up by signed commands through the engine, with a clock moved by hand.
//!
//! Head bank 370829199000, village 370829199201. The clerk is staff 1, the committee staff 2 to 4, the
//! supervisor staff 5; the liaison lives in household 9. Households 1 to 3 are hers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civbank::bank::command::*;
use civbank::bank::ids::*;
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::*;
use civbank::documents::{DocumentKind, Documents};
use civbank::engine::{Clock, Engine, Parts, SubmitError};
use civbank::journal::{Journal, MemoryJournal};
use civbank::tlog::Signer;
use civbank::wire::{PayloadType, encode_command, sign};
use ed25519_dalek::SigningKey;

const ORIGIN: &str = "bank.example/jiaxiang";

/// Stands where it is put.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Time {
        Time(self.0.load(Ordering::SeqCst))
    }
}

pub struct Village {
    pub engine: Engine,
    clock: Arc<HandClock>,
    requests: AtomicU64,
    _dir: tempfile::TempDir,
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

pub fn branch() -> Branch {
    "370829199201".parse().expect("a branch")
}

pub fn head() -> Branch {
    "370829199000".parse().expect("a branch")
}

pub fn home(serial: u32) -> HouseholdId {
    branch().household(serial).expect("a household")
}

pub fn staff(number: u8) -> PersonId {
    branch().staff(number).expect("a person")
}

/// Who lives in household 9 and looks after 1 to 3.
pub fn liaison() -> PersonId {
    home(9).member(1).expect("a person")
}

/// Whoever has this name has this key.
pub fn key(name: &str) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(name.as_bytes()).as_bytes())
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

fn digest(name: &str) -> Digest {
    Digest(*blake3::hash(name.as_bytes()).as_bytes())
}

/// Card number `card` of a household.
pub fn passbook(serial: u32, card: u32) -> SigningKey {
    key(&format!("card {serial} {card}"))
}

/// The path that the QR code of a card opens.
pub fn link(serial: u32, card: u32) -> String {
    format!("/p/{}", URL_SAFE_NO_PAD.encode(token(serial, card)))
}

fn token(serial: u32, card: u32) -> [u8; 32] {
    *blake3::hash(format!("token {serial} {card}").as_bytes()).as_bytes()
}

/// An item that counts households, without caps.
pub fn item(code: &str, pillar: Pillar, kind: ItemKind, title: &str, points: u32) -> Item {
    let unit = if kind == ItemKind::Deduction { Unit::Score } else { Unit::Points };
    Item {
        code: code.parse().expect("a code"),
        pillar,
        kind,
        title: title.to_owned(),
        points_min: points,
        points_max: points,
        unit,
        score_effect: if code == "Z01" { 2 } else { 0 },
        subject: ItemSubject::Household,
        measure: "次".to_owned(),
        cap_window: CapWindow::Event,
        cap_count: 0,
        evidence: Vec::new(),
        valid_from: None,
        valid_to: None,
    }
}

fn price(sku: &str, title: &str, points: u32) -> Price {
    let (sku, measure) = (sku.parse().expect("a sku"), "个".to_owned());
    Price { sku, title: title.to_owned(), measure, points, month_limit: 0 }
}

impl Village {
    /// An empty bank, before entry 0, at nine on 2 November 2026, a Monday.
    pub fn empty() -> Village {
        Village::empty_on(Box::new(MemoryJournal::new()))
    }

    fn empty_on(journal: Box<dyn Journal>) -> Village {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Arc::new(HandClock(AtomicI64::new(0)));
        let parts = Parts {
            journal,
            index_dir: dir.path().join("index"),
            documents: Documents::open(&dir.path().join("documents")).expect("documents"),
            signer: Signer::new(ORIGIN, key("log")).expect("a signer"),
            clock: clock.clone(),
        };
        let engine = Engine::start(parts, &mut |_, _, _| {}).expect("an engine");
        let village = Village { engine, clock, requests: AtomicU64::new(0), _dir: dir };
        village.put_clock("2026-11-02");
        village
    }

    /// The village at work.
    pub async fn open() -> Village {
        Village::open_on(Box::new(MemoryJournal::new())).await
    }

    /// The village at work on a journal of the test's own.
    pub async fn open_on(journal: Box<dyn Journal>) -> Village {
        Village::open_titled(journal, "").await
    }

    /// The same; the names of bank and village end in these words.
    pub async fn open_titled(journal: Box<dyn Journal>, words: &str) -> Village {
        let village = Village::empty_on(journal);
        let policy = Policy { household_month_points: 0, person_month_points: 0, ..Policy::DEFAULT };
        let title = format!("明德镇文明银行总行{words}");
        let bounds = Bounds::FORMAT;
        village.officer(Body::OpenBank { head: head(), title, policy, bounds }).await;
        village.officer(Body::OpenBranch { branch: branch(), title: format!("前进村{words}") }).await;
        village.enrol(Holder::Person(staff(1)), "clerk").await;
        village.appoint(staff(1), Role::Clerk, &[]).await;
        for serial in [1, 2, 3, 9] {
            village.open_household(serial).await;
        }
        for (number, name) in [(2, "seat2"), (3, "seat3"), (4, "seat4"), (5, "supervisor")] {
            village.enrol(Holder::Person(staff(number)), name).await;
            let role = if number == 5 { Role::Supervisor } else { Role::Committee };
            village.appoint(staff(number), role, &[]).await;
        }
        village.enrol(Holder::Person(liaison()), "liaison").await;
        village.appoint(liaison(), Role::Liaison, &[home(1), home(2), home(3)]).await;
        village.enrol(Holder::Terminal(branch().terminal(1).expect("a terminal")), "till").await;
        village.publish().await;
        let (source, fen, points) = (FundSource::Town, 160_000, 100_000);
        village.officer(Body::FundBudget { branch: branch(), source, fen, points, voucher: None }).await;
        village.stock().await;
        village
    }

    async fn publish(&self) {
        use ItemKind::*;
        let items = vec![
            item("R01", Pillar::Living, Deed, "门前三包", 20),
            item("J05", Pillar::Family, Deed, "家风家训", 30),
            item("F07", Pillar::Development, Deed, "合理化建议", 50),
            item("G01", Pillar::Service, Deed, "志愿服务", 10),
            item("Z01", Pillar::Governance, Deed, "村民会议", 15),
            item("X01", Pillar::Living, Deed, "<b>清扫</b>&\"巷道\"", 5),
            item("D01", Pillar::Living, Deduction, "乱堆乱放", 5),
            item("V07", Pillar::Governance, Veto, "积分造假", 0),
        ];
        let valid_from = self.engine.now().day();
        self.officer(Body::PublishCatalogue { branch: None, valid_from, items }).await;
    }

    async fn stock(&self) {
        let goods = vec![
            price("egg", "鸡蛋", 5),
            price("soap", "<script>alert(1)</script>", 25),
            price("oil", "菜籽油", 190),
        ];
        self.clerk(Body::SetPrice { branch: branch(), goods }).await;
        let line = |sku: &str| StockInLine {
            sku: sku.parse().expect("a sku"),
            quantity: 10_000,
            cost_fen: 0,
            best_before: None,
        };
        let (source, receipt) = (FundSource::Town, None);
        let lines = vec![line("egg"), line("soap"), line("oil")];
        self.clerk(Body::StockIn { branch: branch(), lines, source, receipt }).await;
    }

    /// Nine in the morning of a day; what falls due till then is done.
    pub async fn at(&self, on: &str) {
        self.put_clock(on);
        self.engine.tick().await.expect("a running engine");
    }

    fn put_clock(&self, on: &str) {
        let morning = day(on).start().plus_minutes(9 * 60);
        self.clock.0.store(morning.0, Ordering::SeqCst);
    }

    /// Submits, answers the entry's number.
    async fn submit(&self, body: Body, keys: &[&SigningKey]) -> Result<u64, SubmitError> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst);
        let mut request_id = [0; 16];
        request_id[6] = 0x70;
        request_id[8] = 0x80;
        request_id[9..16].copy_from_slice(&request.to_be_bytes()[1..]);
        let not_after = self.engine.now().plus_minutes(60);
        let command = Command { origin: ORIGIN.to_owned(), request_id, not_after, body };
        let envelope = sign(encode_command(&command), PayloadType::Protobuf, keys);
        self.engine.submit(envelope, "").await.map(|submitted| submitted.index)
    }

    async fn must(&self, body: Body, keys: &[&SigningKey]) -> u64 {
        let kind = format!("{body:?}");
        self.submit(body, keys).await.unwrap_or_else(|error| panic!("{kind}: {error}"))
    }

    async fn officer(&self, body: Body) -> u64 {
        self.must(body, &[&key("officer")]).await
    }

    /// The same, where it may fail.
    pub async fn try_officer(&self, body: Body) -> Result<u64, SubmitError> {
        self.submit(body, &[&key("officer")]).await
    }

    async fn clerk(&self, body: Body) -> u64 {
        self.must(body, &[&key("clerk")]).await
    }

    async fn enrol(&self, holder: Holder, name: &str) {
        let key = public(&key(name));
        self.officer(Body::EnrolKey { key, holder, valid_until: None }).await;
    }

    async fn appoint(&self, person: PersonId, role: Role, households: &[HouseholdId]) {
        let (branch, households) = (branch(), households.to_vec());
        let asked = Appoint { person, role, branch, chair: false, households, valid_until: None };
        self.officer(Body::Appoint(asked)).await;
    }

    /// A household of three with its first card.
    async fn open_household(&self, serial: u32) {
        let members = (0..3).map(|n| digest(&format!("member {serial} {n}"))).collect();
        let consent = digest(&format!("consent {serial}"));
        self.clerk(Body::OpenHousehold { household: home(serial), members, consent }).await;
        self.clerk(issue(serial, 1)).await;
    }

    /// A household whose members' names lie among the documents, with its first card. Answers where they lie.
    pub async fn open_named(&self, serial: u32, names: &[&str]) -> Vec<civbank::documents::Address> {
        let (mut members, mut addresses) = (Vec::new(), Vec::new());
        for name in names {
            let identity = serde_json::json!({ "name": name, "phone": "00012345678" }).to_string();
            let sealed = civbank::documents::seal(identity.as_bytes()).expect("a salt");
            members.push(Digest(*sealed.commitment.as_bytes()));
            let put = self.engine.documents().put(DocumentKind::Identity, &sealed.bytes);
            addresses.push(put.expect("kept"));
        }
        let consent = digest(&format!("consent {serial}"));
        self.clerk(Body::OpenHousehold { household: home(serial), members, consent }).await;
        self.clerk(issue(serial, 1)).await;
        addresses
    }

    /// The next card of a household; the one before it dies.
    pub async fn replace_card(&self, serial: u32, card: u32) {
        self.must(issue(serial, card), &[&key("clerk"), &key("supervisor")]).await;
    }

    pub async fn declare(&self, serial: u32, code: &str, quantity: u32) -> u64 {
        self.declare_with(serial, code, quantity, Vec::new()).await
    }

    /// The same with evidence.
    pub async fn declare_with(&self, serial: u32, code: &str, quantity: u32, evidence: Vec<Digest>) -> u64 {
        let asked = Declare {
            household: home(serial),
            member: 0,
            item: code.parse().expect("a code"),
            quantity,
            deed_date: self.engine.now().day(),
            evidence,
            note: None,
            channel: Channel::App,
        };
        self.must(Body::Declare(asked), &[&passbook(serial, 1)]).await
    }

    pub async fn review(&self, declaration: u64, verdict: Verdict, ground: Option<Ground>) -> u64 {
        self.must(Body::Review { declaration, verdict, ground, note: None }, &[&key("liaison")]).await
    }

    /// One member's vote.
    pub async fn vote(&self, seat: &str, declarations: &[u64], vote: Vote, ground: Option<Ground>) -> u64 {
        let declarations = declarations.to_vec();
        self.must(Body::Decide { declarations, vote, points: None, ground }, &[&key(seat)]).await
    }

    /// A vote or verdict that may be refused.
    pub async fn try_as(&self, name: &str, body: Body) -> Result<u64, SubmitError> {
        self.submit(body, &[&key(name)]).await
    }

    /// Endorsed, and approved by two of three.
    pub async fn approve(&self, declarations: &[u64]) {
        for declaration in declarations {
            self.review(*declaration, Verdict::Endorse, None).await;
        }
        self.vote("seat2", declarations, Vote::Approve, None).await;
        self.vote("seat3", declarations, Vote::Approve, None).await;
    }

    pub async fn resubmit(&self, serial: u32, declaration: u64, quantity: u32) -> u64 {
        let (deed_date, evidence, note) = (self.engine.now().day(), Vec::new(), None);
        let body = Body::Resubmit { declaration, quantity, deed_date, evidence, note };
        self.must(body, &[&passbook(serial, 1)]).await
    }

    /// The supervisor objects; with `credited_by`, to what is in the book already.
    pub async fn object(&self, declaration: u64, row: Option<u32>, credited_by: Option<u64>) -> u64 {
        let (household, ground) = (row.map(home), ObjectionGround::Exaggerated);
        let body = Body::Object { declaration, household, ground, statement: None, credited_by };
        self.must(body, &[&key("supervisor")]).await
    }

    pub async fn rule(&self, declaration: u64, ruling: Ruling, points: u32) -> u64 {
        self.officer(Body::Rule { declaration, household: None, ruling, points, statement: None }).await
    }

    /// An inspection sheet: serial, item.
    pub async fn assess(&self, rows: &[(u32, &str)]) -> u64 {
        let documents = self.engine.documents();
        let content = format!("sheet {}", self.requests.load(Ordering::SeqCst));
        let record = documents.put(DocumentKind::Record, content.as_bytes()).expect("a document");
        let row = |(serial, code): &(u32, &str)| AssessRow {
            household: home(*serial),
            item: code.parse().expect("a code"),
            quantity: 1,
        };
        let (rows, date) = (rows.iter().map(row).collect(), self.engine.now().day());
        let record = Digest(*record.as_bytes());
        self.clerk(Body::Assess { branch: branch(), date, rows, record }).await
    }

    /// Goods for points, without a PIN: sku, pieces, points of one piece.
    pub async fn redeem(&self, serial: u32, lines: &[(&str, u32, u32)]) -> u64 {
        self.redeem_at(serial, lines, 1).await
    }

    /// The same at a later version of the prices.
    pub async fn redeem_at(&self, serial: u32, lines: &[(&str, u32, u32)], price_version: u32) -> u64 {
        let total = lines.iter().map(|(_, quantity, points)| quantity * points).sum();
        let line = |(sku, quantity, points): &(&str, u32, u32)| RedeemLine {
            sku: sku.parse().expect("a sku"),
            quantity: *quantity,
            price_version,
            points: *points,
        };
        let lines = lines.iter().map(line).collect();
        let body = Body::Redeem { household: home(serial), lines, total };
        self.must(body, &[&key("till"), &passbook(serial, 1)]).await
    }

    /// A household with points that may be spent: declared, approved, and past the notice, on 10 November.
    pub async fn earn(&self, serial: u32, fifties: u32) {
        let number = self.declare(serial, "F07", fifties).await;
        self.approve(&[number]).await;
        self.at("2026-11-10").await;
    }

    /// The first card's PIN.
    pub async fn set_pin(&self, serial: u32, pin: &str) {
        let hash = civbank::engine::hash_pin(pin).expect("randomness");
        let document = self.engine.documents().put(DocumentKind::PinHash, hash.as_bytes()).expect("kept");
        let body = Body::SetPin { household: home(serial), document: Digest(*document.as_bytes()) };
        self.must(body, &[&key("clerk"), &passbook(serial, 1)]).await;
    }

    pub async fn close(&self, serial: u32) -> u64 {
        self.officer(Body::CloseHousehold { household: home(serial), successor: None }).await
    }
}

fn issue(serial: u32, card: u32) -> Body {
    Body::IssuePassbook {
        household: home(serial),
        key: public(&passbook(serial, card)),
        view_token_hash: Digest(*blake3::hash(&token(serial, card)).as_bytes()),
    }
}
