//! The desks as pages: what the rules would say is there before anybody signs, and only for those whose office it is.

use std::net::SocketAddr;

use civbank::bank::Refusal;
use civbank::bank::command::{Appoint, Body};
use civbank::bank::ids::Digest;
use civbank::bank::policy::Policy;
use civbank::bank::words::*;
use civbank::documents::DocumentKind;
use civbank::engine::SubmitError;

use serde_json::{Value, json};

use super::api::{cookie, session, signed};
use super::http::{Answer, ask, get, post, serve};
use super::village::{Village, branch, home, item, key, liaison, link, passbook, staff};

/// The smallest picture there is: one grey dot.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000001000000010800000000\
                   3a7e9b550000000a49444154789c6368000000820081770cc8b60000000049454e44ae426082";

async fn seen(address: SocketAddr, who: &str, path: &str) -> Answer {
    let session = session(address, &key(who)).await;
    ask(address, "GET", path, &cookie(&session)).await
}

fn put(village: &Village, kind: DocumentKind, content: &[u8]) -> Digest {
    Digest(*village.engine.documents().put(kind, content).expect("a document").as_bytes())
}

#[tokio::test]
async fn the_meeting_sees_what_waits_and_what_stands_in_its_way() {
    let village = Village::open().await;
    let kin = Body::DeclareKin {
        person: staff(2),
        other: home(3).member(1).expect("a person"),
        relation: KinRelation::Sibling,
    };
    village.try_officer(kin).await.expect("kin");
    let mut range = item("G02", Pillar::Service, ItemKind::Deed, "照看老人", 5);
    range.points_max = 10;
    let items = vec![
        range,
        item("R01", Pillar::Living, ItemKind::Deed, "门前三包", 20),
        item("D01", Pillar::Living, ItemKind::Deduction, "乱堆乱放", 5),
        item("J05", Pillar::Family, ItemKind::Deed, "家风家训", 30),
    ];
    let valid_from = village.engine.now().day();
    village.try_officer(Body::PublishCatalogue { branch: None, valid_from, items }).await.expect("items");
    let photo = put(&village, DocumentKind::Photo, &hex::decode(PNG.replace(' ', "")).expect("hex"));
    let own = village.declare_with(1, "G02", 2, vec![photo]).await;
    let kins = village.declare(3, "R01", 1).await;
    for number in [own, kins] {
        village.review(number, Verdict::Endorse, None).await;
    }
    village.assess(&[(2, "D01"), (3, "J05")]).await;

    let address = serve(&village.engine).await;
    let list = seen(address, "seat2", "/desk/committee").await;
    assert_eq!(list.status, 200);
    for says in [
        "前进村 等您表决的 2 项。预算还剩 100000 分。",
        "评委 3 人，2 票同意就通过。",
        "00001 号户 照看老人",
        "每次 5～10 分，共 10～20 分",
        "联户党员审核：通过（00009 号户 1 号成员）。",
        "已投 0 票（同意 0，要 2）",
        "还没投：支行 2 号工作人员、支行 3 号工作人员、支行 4 号工作人员",
        "每份给几分（5～10）",
        // The kin's own declaration: nobody has to try.
        "还没投：支行 2 号工作人员（亲属，回避）、支行 3 号工作人员、支行 4 号工作人员",
        "亲属",
        // The sheet goes on without them for that household.
        "检查表 乱堆乱放 人居环境美 00002 号户 · 1 次",
        "00003 号户：亲属，您的票在这一户不算数。",
        "扣文明评价分 5 分",
    ] {
        assert!(list.says(says), "{says}: {}", list.text());
    }
    assert!(list.body.contains(&format!("/desk/document/{photo}")), "{}", list.body);
    // Who is no kin may vote on all three.
    let other = seen(address, "seat3", "/desk/committee?by=item").await;
    assert!(other.says("等您表决的 3 项"), "{}", other.text());
    assert!(other.body.contains("<h3>照看老人</h3>") && other.body.contains("<h3>检查表</h3>"));

    // A vote is seen by the next.
    village.vote("seat3", &[kins], Vote::Approve, None).await;
    let next = seen(address, "seat4", "/desk/committee").await;
    assert!(next.says("已投 1 票（同意 1，要 2） 支行 3 号工作人员：同意"), "{}", next.text());
    let voter = seen(address, "seat3", "/desk/committee").await;
    assert!(voter.says("等您表决的 2 项"), "{}", voter.text());
}

#[tokio::test]
async fn caps_and_a_short_budget_are_told_before_the_vote() {
    let village = Village::open().await;
    let mut two = vec![village.declare(1, "F07", 1).await, village.declare(1, "J05", 1).await];
    let large = village.declare(2, "F07", 1_000).await;
    let larger = village.declare(2, "F07", 1_000).await;
    village.approve(&[two.remove(0)]).await;
    for number in [two[0], large, larger] {
        village.review(number, Verdict::Endorse, None).await;
    }
    // The month's points are capped after the first was approved: 50 of 60 are used.
    let policy = Policy { household_month_points: 60, person_month_points: 0, ..Policy::DEFAULT };
    village.try_officer(Body::SetPolicy { branch: Some(branch()), policy, bounds: None }).await.expect("set");
    let address = serve(&village.engine).await;
    let list = seen(address, "seat2", "/desk/committee").await;
    assert!(list.says("已到封顶，通过不了。"), "{}", list.text());
    assert!(list.says("60 分") && list.says("50 分"), "{}", list.text());

    let policy = Policy { household_month_points: 0, ..policy };
    village.try_officer(Body::SetPolicy { branch: Some(branch()), policy, bounds: None }).await.expect("set");
    village.vote("seat2", &[large], Vote::Approve, None).await;
    village.vote("seat3", &[large], Vote::Approve, None).await;
    let list = seen(address, "seat2", "/desk/committee").await;
    assert!(list.says("预算还剩 49950 分"), "{}", list.text());
    assert!(list.says("预算只剩 49950 分，通过至少要 50000 分"), "{}", list.text());
    assert!(!list.says("封顶"), "{}", list.text());
}

#[tokio::test]
async fn a_liaison_sees_their_own_households_and_days_left() {
    let village = Village::open().await;
    let first = village.declare(1, "G01", 2).await;
    let second = village.declare(2, "R01", 1).await;
    village.review(second, Verdict::Return, Some(Ground::EvidenceUnclear)).await;
    let address = serve(&village.engine).await;
    let list = seen(address, "liaison", "/desk/liaison").await;
    for says in [
        "您联系 3 户，等您审核的 1 项。3 个工作日内审核完。",
        &format!("申报 {first} 号"),
        // Filed on Monday the 2nd; three working days end with Thursday.
        "还有 3 天",
        "没有附凭证",
        "00003 号户 0 0",
    ] {
        assert!(list.says(says), "{says}: {}", list.text());
    }
    assert!(!list.says(&format!("申报 {second} 号")), "a returned one is the household's: {}", list.text());

    // Late: another liaison of the branch sees it too, and nobody else's desk.
    let appoint = Appoint {
        person: home(3).member(1).expect("a person"),
        role: Role::Liaison,
        branch: branch(),
        chair: false,
        households: vec![home(9)],
        valid_until: None,
    };
    village.try_officer(Body::Appoint(appoint)).await.expect("appointed");
    let holder = civbank::bank::command::Holder::Person(home(3).member(1).expect("a person"));
    let enrol = Body::EnrolKey {
        key: civbank::wire::signature::public_key(&key("second liaison")),
        holder,
        valid_until: None,
    };
    village.try_officer(enrol).await.expect("enrolled");
    let list = seen(address, "second liaison", "/desk/liaison").await;
    assert!(list.says("您联系 1 户，等您审核的 0 项"), "{}", list.text());
    village.at("2026-11-06").await;
    let list = seen(address, "second liaison", "/desk/liaison").await;
    assert!(list.says("别人的户，已超期") && list.says("等您审核的 1 项"), "{}", list.text());
}

#[tokio::test]
async fn a_desk_is_for_its_office_and_a_picture_for_those_who_handle_evidence() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    for path in ["/desk/committee", "/desk/liaison", "/desk/document/00"] {
        let answer = get(address, path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")), "{path}");
    }
    for (who, path) in [
        ("clerk", "/desk/committee"),
        ("liaison", "/desk/committee"),
        ("seat2", "/desk/liaison"),
        ("officer", "/desk/liaison"),
        ("till", "/desk/committee"),
    ] {
        let answer = seen(address, who, path).await;
        assert!(answer.status == 403 && answer.says("这里不归您办"), "{who} {path}: {answer:?}");
    }
    for (who, path, shown) in [
        ("seat2", "/desk/committee", true),
        ("liaison", "/desk/liaison", true),
        ("seat2", "/desk/liaison", false),
        ("clerk", "/desk/committee", false),
    ] {
        let linked = seen(address, who, "/desk").await.body.contains(&format!("href=\"{path}\""));
        assert_eq!(linked, shown, "{who} {path}");
    }

    let photo = put(&village, DocumentKind::Photo, &hex::decode(PNG.replace(' ', "")).expect("hex"));
    let early = seen(address, "seat2", &format!("/desk/document/{photo}")).await;
    assert_eq!(early.status, 403, "no entry shows it yet: {early:?}");
    let paper = put(&village, DocumentKind::Record, b"%PDF-1.7 <script>alert(1)</script>");
    let text = put(&village, DocumentKind::Text, &[7; 64]);
    let bmp = [&b"BM"[..], &58_u32.to_le_bytes(), &[0; 52]].concat();
    let drawing = put(&village, DocumentKind::Photo, &bmp);
    let vector = put(&village, DocumentKind::Photo, b"<svg xmlns='http://www.w3.org/2000/svg'/>");
    village.declare_with(1, "G01", 1, vec![photo, paper, drawing, vector]).await;
    let path = |address: Digest| format!("/desk/document/{address}");
    let picture = seen(address, "seat2", &path(photo)).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    assert_eq!(
        picture.header("content-security-policy"),
        Some("default-src 'none'; sandbox; frame-ancestors 'none'")
    );
    assert_eq!(picture.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(picture.header("cache-control"), Some("no-store"));
    let drawn = seen(address, "seat2", &path(drawing)).await;
    assert_eq!((drawn.status, drawn.header("content-type")), (200, Some("image/bmp")));
    for (who, document, status) in [
        ("seat2", path(vector), 415),
        ("liaison", path(photo), 200),
        ("clerk", path(photo), 200),
        ("seat2", path(paper), 415),
        ("seat2", path(text), 403),
        ("officer", path(text), 404),
        ("till", path(photo), 403),
        ("seat2", path(Digest([9; 32])), 403),
        ("officer", path(Digest([9; 32])), 404),
        ("seat2", "/desk/document/xyz".to_owned(), 404),
    ] {
        let answer = seen(address, who, &document).await;
        assert_eq!(answer.status, status, "{who} {document}: {answer:?}");
        assert!(!answer.body.contains("<script>alert"), "{answer:?}");
    }
    // The card's page shows nobody's evidence.
    assert!(!get(address, &link(1, 1)).await.body.contains("/desk/document/"));
}

#[tokio::test]
async fn a_card_shows_its_key_with_each_request_and_gets_no_session() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let proof = |signed: &Value| {
        let part = |name: &str| signed[name].as_str().expect("text").to_owned();
        let (challenge, key, signature) = (part("challenge"), part("publicKey"), part("signature"));
        format!("Authorization: Civbank {challenge}.{key}.{signature}\r\n")
    };
    const JSON: &str = "Content-Type: application/json\r\n";
    let card = passbook(1, 1);
    let shown = proof(&signed(address, &card).await);
    let answer = post(address, "/api/passbook", &format!("{JSON}{shown}"), b"{}").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None), "{answer:?}");
    let book: Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!((&book["household"], &book["members"]), (&json!(home(1).to_string()), &json!(3)));
    assert_eq!((&book["today"], &book["oldest"]), (&json!("2026-11-02"), &json!("2026-10-03")));
    let codes: Vec<&str> = book["beauties"]
        .as_array()
        .expect("beauties")
        .iter()
        .flat_map(|beauty| beauty["items"].as_array().expect("items"))
        .filter_map(|item| item["code"].as_str())
        .collect();
    // Deductions and vetoes are nobody's to declare.
    assert_eq!(codes, ["R01", "X01", "J05", "F07", "G01", "Z01"]);

    let picture = hex::decode(PNG.replace(' ', "")).expect("hex");
    let path = "/api/document?kind=photo";
    assert_eq!(post(address, path, &shown, &picture).await.status, 200);
    // A session is as good; neither is not.
    let seat = cookie(&session(address, &key("seat2")).await);
    assert_eq!(post(address, path, &seat, &picture).await.status, 200);
    let reason = |answer: &Answer| {
        let no: Value = serde_json::from_str(&answer.body).expect("JSON");
        (answer.status, no["reason"].as_str().expect("a reason").to_owned())
    };
    let is = |status: u16, word: &str| (status, word.to_owned());
    assert_eq!(reason(&post(address, path, "", &picture).await), is(401, "SESSION_MISSING"));
    // A book is for its card and its household's members.
    assert_eq!(reason(&post(address, "/api/passbook", JSON, b"{}").await), is(401, "SESSION_MISSING"));
    assert_eq!(
        reason(&post(address, "/api/passbook", &format!("{JSON}{seat}"), b"{}").await),
        is(403, "READ_DENIED")
    );
    let other = proof(&signed(address, &key("seat2")).await);
    assert_eq!(reason(&post(address, "/api/passbook", &other, b"{}").await), is(403, "READ_DENIED"));
    let mut wrong = signed(address, &card).await;
    wrong["publicKey"] = signed(address, &passbook(2, 1)).await["publicKey"].clone();
    for (path, body) in [("/api/passbook", &b"{}"[..]), (path, &picture)] {
        assert_eq!(reason(&post(address, path, &proof(&wrong), body).await), is(401, "CHALLENGE_SIGNATURE"));
    }
    for broken in ["Civbank", "Civbank AAAA", "Civbank AAAA.AAAA", "Civbank a.b.c", "Bearer AAAA"] {
        let header = format!("Authorization: {broken}\r\n");
        let (status, _) = reason(&post(address, path, &header, &picture).await);
        assert!(matches!(status, 400 | 401), "{broken}: {status}");
    }
    village.replace_card(1, 2).await;
    assert_eq!(reason(&post(address, path, &shown, &picture).await), is(401, "PASSBOOK_REPLACED"));
}

/// What the rules say to a body, if they refuse it.
async fn refusal(village: &Village, who: &str, body: Body) -> Option<Refusal> {
    match village.try_as(who, body).await {
        Ok(_) => None,
        Err(SubmitError::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn what_a_desk_tells_before_is_what_the_bank_says_then() {
    let village = Village::open().await;
    let kin = |person, serial: u32| Body::DeclareKin {
        person,
        other: home(serial).member(1).expect("a person"),
        relation: KinRelation::Sibling,
    };
    village.try_officer(kin(staff(2), 3)).await.expect("kin");
    let mut numbers = Vec::new();
    for serial in [1, 2, 3] {
        numbers.push(village.declare(serial, "R01", 1).await);
    }
    village.try_officer(kin(liaison(), 2)).await.expect("kin");
    // The verdicts: the liaison's own kin she has to leave to another.
    let mut barred = 0;
    for number in &numbers {
        let told = village.engine.read(|view| view.bank.verdict_bar(*number, liaison(), view.now)).await;
        let (declaration, verdict, ground, note) = (*number, Verdict::Endorse, None, None);
        let said = refusal(&village, "liaison", Body::Review { declaration, verdict, ground, note }).await;
        assert_eq!(told.expect("running"), said, "{number}");
        barred += usize::from(said.is_some());
    }
    assert_eq!(barred, 1);
    numbers.remove(1);
    numbers.push(village.assess(&[(3, "D01")]).await);
    numbers.push(village.assess(&[(1, "J05"), (3, "J05")]).await);

    // The votes: the second to approve closes a case. One tries again at once, all of them later.
    let mut words = std::collections::BTreeSet::new();
    for _ in 0..2 {
        for seat in [2, 2, 3, 4] {
            for number in &numbers {
                let look =
                    village.engine.read(|view| Some(view.bank.outlook(*number, staff(seat)).ok()?.bar));
                let (declarations, vote, points, ground) = (vec![*number], Vote::Approve, None, None);
                // What has ended is on no list.
                let Some(told) = look.await.expect("running") else { continue };
                let body = Body::Decide { declarations, vote, points, ground };
                let said = refusal(&village, &format!("seat{seat}"), body).await;
                assert_eq!(told, said, "seat {seat}, {number}");
                words.insert(said.map_or("counted", |refusal| refusal.reason()));
            }
        }
    }
    let wanted = ["ALREADY_VOTED", "CONFLICT_OF_INTEREST", "WRONG_STATE", "counted"];
    assert_eq!(words.into_iter().collect::<Vec<_>>(), wanted);
}
