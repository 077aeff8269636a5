//! A village in which every page has something to show, and a table of all pages: who sees each, and what its headers
//! promise. Every free text of it ends in words of the test's choice.

use civbank::bank::command::*;
use civbank::bank::ids::*;
use civbank::bank::words::*;
use civbank::documents::{DocumentKind, seal};
use civbank::journal::MemoryJournal;

use super::village::{Village, branch, head, home, item, key, link, staff};

/// Markup in all the ways in which it might get out of a text or an attribute.
pub const HOSTILE: &str = "\"'><i hit><script>x</script>&";
/// The same for a measure, which is 10 characters at most.
const HOSTILE_MEASURE: &str = "\"'><i hit>";
/// What turns the writing around; refused in the ledger's own texts, possible in sealed ones.
pub const TURNED: char = '\u{202E}';

/// The smallest picture there is: one grey dot.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000001000000010800000000\
                   3a7e9b550000000a49444154789c6368000000820081770cc8b60000000049454e44ae426082";

/// The village, and the numbers by which its pages are opened.
pub struct Busy {
    pub village: Village,
    /// A declaration on notice.
    pub notice: u64,
    /// A sheet on notice.
    pub sheet: u64,
    /// Waits for the liaison.
    pub declared: u64,
    /// Waits for the committee.
    pub endorsed: u64,
    /// A line of the first household's book.
    pub line: u64,
    pub photo: Digest,
}

/// A text that everybody who may read it reads on a page.
fn text(village: &Village, words: &str) -> Digest {
    let sealed = seal(words.as_bytes()).expect("a salt");
    let address = village.engine.documents().put(DocumentKind::Text, &sealed.bytes).expect("kept");
    Digest(*address.as_bytes())
}

/// Who rules and signs in besides the village's own people: a second officer of the head bank.
pub fn officer() -> PersonId {
    head().staff(2).expect("a person")
}

/// The holder of each name that [`pages`] uses.
pub fn holder(who: &str) -> Holder {
    match who {
        "clerk" => Holder::Person(staff(1)),
        "seat2" => Holder::Person(staff(2)),
        "seat3" => Holder::Person(staff(3)),
        "supervisor" => Holder::Person(staff(5)),
        "cashier" => Holder::Person(staff(7)),
        "liaison" => Holder::Person(super::village::liaison()),
        "till" => Holder::Terminal(branch().terminal(1).expect("a terminal")),
        "officer" => Holder::Person(officer()),
        _ => panic!("{who} is nobody"),
    }
}

/// Somebody with a key and an office.
pub async fn appointed(
    village: &Village,
    name: &str,
    person: PersonId,
    role: Role,
    of: Branch,
    homes: &[HouseholdId],
) {
    let public = PublicKey(key(name).verifying_key().to_bytes());
    let holder = Holder::Person(person);
    village.try_officer(Body::EnrolKey { key: public, holder, valid_until: None }).await.expect("enrolled");
    let households = homes.to_vec();
    let asked = Appoint { person, role, branch: of, chair: false, households, valid_until: None };
    village.try_officer(Body::Appoint(asked)).await.expect("appointed");
}

fn measured(words: &str) -> String {
    if words.is_empty() { "次".to_owned() } else { HOSTILE_MEASURE.to_owned() }
}

fn catalogue(words: &str) -> Vec<Item> {
    use ItemKind::*;
    let titled = |code, pillar, kind, title: &str, points| Item {
        measure: measured(words),
        ..item(code, pillar, kind, &format!("{title}{words}"), points)
    };
    let care = titled("G02", Pillar::Service, Deed, "照看孤寡老人", 5);
    let capped = titled("J05", Pillar::Family, Deed, "家风家训", 30);
    vec![
        Item { points_max: 10, evidence: vec![EvidenceKind::Photo], ..care },
        Item { cap_window: CapWindow::Month, cap_count: 3, ..capped },
        titled("R01", Pillar::Living, Deed, "门前三包", 20),
        titled("F07", Pillar::Development, Deed, "合理化建议", 50),
        titled("D01", Pillar::Living, Deduction, "乱堆乱放", 5),
        titled("V07", Pillar::Governance, Veto, "积分造假", 0),
    ]
}

fn goods(words: &str) -> Vec<Price> {
    let price = |sku: &str, title: &str, points, month_limit| Price {
        sku: sku.parse().expect("a sku"),
        title: format!("{title}{words}"),
        measure: measured(words),
        points,
        month_limit,
    };
    vec![price("egg", "鸡蛋", 5, 30), price("soap", "香皂", 25, 0), price("oil", "菜籽油", 190, 0)]
}

impl Busy {
    /// On 13 November 2026, with eleven days of life behind it. `words` end every text.
    pub async fn open(words: &str) -> Busy {
        let village = Village::open_titled(Box::new(MemoryJournal::new()), words).await;
        appointed(&village, "officer 2", officer(), Role::Officer, head(), &[]).await;
        appointed(&village, "cashier", staff(7), Role::Cashier, branch(), &[]).await;
        let other = home(3).member(1).expect("a person");
        let kin = Body::DeclareKin { person: staff(4), other, relation: KinRelation::Sibling };
        village.try_officer(kin).await.expect("kin");
        let publish =
            |valid_from| Body::PublishCatalogue { branch: None, valid_from, items: catalogue(words) };
        village.try_officer(publish(village.engine.now().day())).await.expect("published");

        let (deed, disputed) = (village.declare(1, "F07", 2).await, village.declare(2, "J05", 1).await);
        village.approve(&[deed, disputed]).await;
        let deduction = village.assess(&[(3, "D01")]).await;
        village.vote("seat2", &[deduction], Vote::Approve, None).await;
        village.vote("seat3", &[deduction], Vote::Approve, None).await;
        village.at("2026-11-10").await;
        village.redeem(1, &[("egg", 4, 5), ("soap", 1, 25)]).await;
        village
            .try_as("clerk", Body::SetPrice { branch: branch(), goods: goods(words) })
            .await
            .expect("priced");
        let line = village.redeem_at(1, &[("egg", 1, 5)], 2).await;

        let photo = hex::decode(PNG.replace(' ', "")).expect("hex");
        let photo = village.engine.documents().put(DocumentKind::Photo, &photo).expect("kept");
        let photo = Digest(*photo.as_bytes());
        let credited = credit_of(&village, disputed).await;
        village.object(disputed, None, Some(credited)).await;
        let declared = village.declare(1, "R01", 1).await;
        let endorsed = village.declare_with(2, "G02", 2, vec![photo]).await;
        let kins = village.declare(3, "R01", 1).await;
        for number in [endorsed, kins] {
            village.review(number, Verdict::Endorse, None).await;
        }
        let (notice, objected) = (village.declare(2, "R01", 1).await, village.declare(1, "J05", 1).await);
        village.approve(&[notice, objected]).await;
        village.object(objected, None, None).await;
        let sheet = village.assess(&[(1, "R01"), (2, "D01")]).await;
        village.vote("seat2", &[sheet], Vote::Approve, None).await;
        village.vote("seat3", &[sheet], Vote::Approve, None).await;
        let (refused, returned) = (village.declare(1, "F07", 1).await, village.declare(1, "F07", 3).await);
        village.review(refused, Verdict::Refuse, Some(Ground::NotDone)).await;
        village.review(returned, Verdict::Return, Some(Ground::EvidenceUnclear)).await;
        let busy = Busy { village, notice, sheet, declared, endorsed, line, photo };
        busy.speak(words).await;
        busy.village.at("2026-11-13").await;
        busy
    }

    /// Suggestions, one of them answered; a household on the board; an invitation.
    async fn speak(&self, words: &str) {
        let village = &self.village;
        for (card, said) in [("card 1 1", "村口路灯坏了"), ("card 2 1", "井盖松了")] {
            let document = text(village, &format!("{said}{TURNED}{words}"));
            village.try_as(card, Body::Suggest { branch: branch(), document }).await.expect("heard");
        }
        let suggestion = village.engine.published().size - 1;
        let document = text(village, &format!("月底修好{TURNED}{words}"));
        let answer = Body::AnswerSuggestion { suggestion, document };
        village.try_as("supervisor", answer).await.expect("answered");
        let public = Body::SetPublicity { household: home(1), standings: true };
        village.try_as("card 1 1", public).await.expect("agreed");
        let invite = Body::Invite {
            invitation: PublicKey(key("invitation").verifying_key().to_bytes()),
            holder: Holder::Person(staff(6)),
            key_valid_until: None,
            expires: village.engine.now().plus_days(20),
        };
        village.try_officer(invite).await.expect("invited");
    }
}

/// The entry that credited a declaration.
async fn credit_of(village: &Village, declaration: u64) -> u64 {
    let size = village.engine.published().size;
    let credits = |index: &u64| {
        let entry = village.engine.entry(*index).expect("a log").expect("an entry");
        let entry = civbank::wire::Entry::decode(&entry).expect("an entry");
        match entry.cause {
            civbank::wire::Cause::System(SystemCommand::CloseNotice { declarations }) => {
                declarations.contains(&declaration)
            }
            _ => false,
        }
    };
    (0..size).rev().find(credits).expect("credited")
}

/// What a page may do, by its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// No scripts.
    Read,
    /// Scripts of our own.
    Sign,
    /// The same, and the camera.
    Scan,
}

/// One page as one person sees it.
pub struct Page {
    /// As the router has it; empty for pages of no route.
    pub route: &'static str,
    pub address: String,
    /// Who is signed in.
    pub who: Option<&'static str>,
    pub status: u16,
    pub runs: Runs,
}

/// Every page, some of them as several see them.
pub fn pages(busy: &Busy) -> Vec<Page> {
    use Runs::{Read, Scan, Sign};
    let (book, village) = (link(1, 1), branch());
    let page =
        |route, address: &str, who, runs| Page { route, address: address.to_owned(), who, status: 200, runs };
    let open = |route, address: &str, kind| page(route, address, None, kind);
    let desk = |route: &'static str, who, kind| page(route, route, Some(who), kind);
    let lost =
        |address: &str, who, status| Page { route: "", address: address.to_owned(), who, status, runs: Read };
    vec![
        open("/", "/", Read),
        open("/p/{token}", &book, Read),
        open("/p/{token}", &link(3, 1), Read),
        open("/p/{token}", &format!("{book}?before={}", busy.line), Read),
        open("/p/{token}", &format!("{book}?month=2026-11"), Read),
        open("/p/{token}", &format!("{book}?line={}", busy.line), Sign),
        open("/b/{branch}", &format!("/b/{village}"), Read),
        open("/b/{branch}/poster", &format!("/b/{village}/poster"), Read),
        open("/sign-in", "/sign-in", Sign),
        open("/sign-in", "/sign-in?ended", Sign),
        open("/join", "/join", Sign),
        open("/declare", "/declare", Scan),
        open("/object", &format!("/object?declaration={}", busy.notice), Scan),
        open("/object", &format!("/object?declaration={}&row=1", busy.sheet), Scan),
        page("/object", &format!("/object?declaration={}", busy.notice), Some("supervisor"), Scan),
        open("/suggest", &format!("/suggest?branch={village}"), Scan),
        page("/suggest", &format!("/suggest?branch={village}"), Some("liaison"), Scan),
        open("/publicity", "/publicity", Scan),
        open("/countersign", "/countersign", Sign),
        desk("/till", "till", Scan),
        desk("/till", "cashier", Sign),
        desk("/desk", "till", Sign),
        desk("/desk", "seat2", Sign),
        desk("/desk", "officer", Sign),
        desk("/desk/committee", "seat2", Sign),
        page("/desk/committee", "/desk/committee?by=item", Some("seat2"), Sign),
        desk("/desk/liaison", "liaison", Sign),
        desk("/desk/declare", "liaison", Scan),
        desk("/desk/supervisor", "supervisor", Sign),
        desk("/desk/suggestions", "supervisor", Sign),
        desk("/desk/suggestions", "officer", Sign),
        desk("/desk/officer", "officer", Sign),
        desk("/desk/roles", "officer", Sign),
        desk("/desk/catalogue", "officer", Sign),
        page("/desk/catalogue", &format!("/desk/catalogue?branch={village}"), Some("officer"), Sign),
        desk("/desk/budget", "officer", Sign),
        desk("/desk/rulings", "officer", Sign),
        desk("/desk/import", "clerk", Sign),
        desk("/desk/cards", "clerk", Sign),
        lost("/nowhere", None, 404),
        lost("/p/AAAA", None, 404),
        lost("/object?declaration=0", None, 404),
        lost("/desk/document/00", Some("seat2"), 404),
        lost("/desk/officer", Some("clerk"), 403),
    ]
}

/// Routes that are read and show no page: files, pictures, and what a load balancer asks.
pub const FILES: &[&str] = &[
    "/p/{token}/line/{entry}/receipt.tlog-proof",
    "/p/{token}/line/{entry}/receipt.leaf",
    "/p/{token}/line/{entry}/receipt.svg",
    "/tree/consistency",
    "/desk/document/{address}",
    "/healthz",
    "/js/{hash}/{*name}",
    "/assets/{name}",
];
