//! The till and what it asks, over HTTP: who gets it, who does not, and what it says.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civbank::bank::command::{Appoint, Body, Holder};
use civbank::bank::ids::PublicKey;
use civbank::bank::words::Role;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::api::{cookie, session, signed};
use super::http::{Answer, ask, get, post, serve};
use super::village::{Village, branch, home, key, passbook, staff};

const JSON: &str = "Content-Type: application/json\r\n";

async fn seen(address: SocketAddr, who: &str, path: &str) -> Answer {
    let session = session(address, &key(who)).await;
    ask(address, "GET", path, &cookie(&session)).await
}

/// The header by which a key shows itself with one request.
pub async fn shown(address: SocketAddr, key: &SigningKey) -> String {
    let signed = signed(address, key).await;
    let part = |name: &str| signed[name].as_str().expect("text").to_owned();
    let (challenge, key, signature) = (part("challenge"), part("publicKey"), part("signature"));
    format!("{JSON}Authorization: Civbank {challenge}.{key}.{signature}\r\n")
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).expect("JSON")
}

async fn appoint(village: &Village, name: &str, number: u8, role: Role) {
    let person = staff(number);
    let holder = Holder::Person(person);
    let public = PublicKey(key(name).verifying_key().to_bytes());
    village.try_officer(Body::EnrolKey { key: public, holder, valid_until: None }).await.expect("enrolled");
    let households = Vec::new();
    let appoint = Appoint { person, role, branch: branch(), chair: false, households, valid_until: None };
    village.try_officer(Body::Appoint(appoint)).await.expect("appointed");
}

#[tokio::test]
async fn the_till_is_for_terminals_and_cashiers_and_filing_for_those_who_may() {
    let village = Village::open().await;
    appoint(&village, "cashier", 6, Role::Cashier).await;
    let address = serve(&village.engine).await;
    for path in ["/till", "/desk/declare"] {
        let answer = get(address, path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")), "{path}");
    }
    for (who, path, status) in [
        ("till", "/till", 200),
        ("cashier", "/till", 200),
        ("clerk", "/till", 403),
        ("supervisor", "/till", 403),
        ("seat2", "/till", 403),
        ("officer", "/till", 403),
        ("liaison", "/desk/declare", 200),
        ("till", "/desk/declare", 403),
        ("cashier", "/desk/declare", 403),
        ("seat2", "/desk/declare", 403),
    ] {
        let answer = seen(address, who, path).await;
        assert_eq!(answer.status, status, "{who} {path}: {answer:?}");
    }
    // The camera is for pages that scan, and for no other.
    for (who, path, camera) in [
        ("till", "/till", true),
        ("cashier", "/till", false),
        ("liaison", "/desk/declare", true),
        ("liaison", "/desk/liaison", false),
        ("till", "/desk", false),
        ("till", "/declare", true),
        ("till", "/suggest?branch=370829199201", true),
        ("till", "/publicity", true),
        ("till", "/countersign", false),
    ] {
        let answer = seen(address, who, path).await;
        let allowed = answer.header("permissions-policy").expect("a header").contains("camera=(self)");
        assert_eq!(allowed, camera, "{who} {path}");
    }
    for (who, linked) in [("till", true), ("cashier", true), ("clerk", false)] {
        assert_eq!(seen(address, who, "/desk").await.body.contains("href=\"/till\""), linked, "{who}");
    }
    let own = seen(address, "cashier", "/till").await;
    assert!(
        own.says("收积分、退货要用终端的密钥登录") && !own.body.contains("id=\"sale\""),
        "{}",
        own.text()
    );
}

#[tokio::test]
async fn the_till_shows_its_day_apart_from_what_may_come_back_of_days_before() {
    let village = Village::open().await;
    village.earn(1, 10).await;
    let before = village.redeem(1, &[("egg", 1, 5)]).await;
    village.at("2026-11-11").await;
    let first = village.redeem(1, &[("egg", 4, 5), ("soap", 1, 25)]).await;
    let second = village.redeem(1, &[("egg", 2, 5)]).await;
    let address = serve(&village.engine).await;
    let page = seen(address, "till", "/till").await;
    for says in [
        "收 2 55",
        "退 0 0",
        "净收 55",
        &format!("{first} 号"),
        &format!("{second} 号"),
        "鸡蛋 4 个，&#60;script&#62;alert(1)&#60;/script&#62; 1 个",
        "剩 9993 个",
    ] {
        assert!(page.says(says), "{says}: {}", page.text());
    }
    assert!(!page.body.contains("<script>alert"), "a title is text");
    assert!(page.body.contains(&format!("id=\"back-{first}-egg\"")), "{}", page.body);
    assert!(page.body.contains(&format!("id=\"back-{before}-egg\"")), "{}", page.body);
    assert!(page.says("前几天的，还能退"), "{}", page.text());
    // Seven days after the sale it may still come back; a day later not.
    for (day, shown) in [("2026-11-17", true), ("2026-11-18", false)] {
        village.at(day).await;
        let page = seen(address, "till", "/till").await;
        assert_eq!(page.body.contains(&format!("id=\"back-{before}-egg\"")), shown, "{day}");
        assert!(page.says("净收 0"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_card_tells_its_purse_to_whoever_holds_it() {
    let village = Village::open().await;
    village.earn(1, 10).await;
    village.redeem(1, &[("egg", 4, 5)]).await;
    let address = serve(&village.engine).await;
    let path = "/api/till/card";
    let answer = post(address, path, &shown(address, &passbook(1, 1)).await, b"{}").await;
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None), "{answer:?}");
    let wanted = json!({
        "household": home(1).to_string(), "name": "00001 号户", "branch": "前进村", "points": 480,
        "pinFree": 80, "pinSet": false, "pinLocked": false, "taken": { "egg": 4 },
    });
    assert_eq!(json_of(&answer), wanted);
    village.set_pin(1, "2580").await;
    let answer = post(address, path, &shown(address, &passbook(1, 1)).await, b"{}").await;
    assert_eq!(json_of(&answer)["pinSet"], json!(true));
    // A month later nothing of it counts.
    village.at("2026-12-01").await;
    let answer = post(address, path, &shown(address, &passbook(1, 1)).await, b"{}").await;
    assert_eq!((&json_of(&answer)["taken"], &json_of(&answer)["pinFree"]), (&json!({}), &json!(100)));

    // The till itself, and nobody's session, opens a purse.
    let till = post(address, path, &shown(address, &key("till")).await, b"{}").await;
    assert_eq!((till.status, &json_of(&till)["reason"]), (403, &json!("READ_DENIED")));
    let signed_in = cookie(&session(address, &key("till")).await);
    let till = post(address, path, &format!("{JSON}{signed_in}"), b"{}").await;
    assert_eq!((till.status, &json_of(&till)["reason"]), (401, &json!("SESSION_MISSING")));
    let old = shown(address, &passbook(1, 1)).await;
    village.replace_card(1, 2).await;
    let answer = post(address, path, &old, b"{}").await;
    assert_eq!((answer.status, &json_of(&answer)["reason"]), (401, &json!("PASSBOOK_REPLACED")));
}

#[tokio::test]
async fn a_shelf_is_public() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let asked = json!({ "branch": branch().to_string() }).to_string();
    let shelf = post(address, "/api/shelf", JSON, asked.as_bytes()).await;
    let shelf = json_of(&shelf);
    assert_eq!((&shelf["branch"], shelf["goods"].as_array().map(Vec::len)), (&json!("前进村"), Some(3)));
    assert_eq!(
        shelf["goods"][0],
        json!({ "sku": "egg", "title": "鸡蛋", "measure": "个", "points": 5, "stock": 10_000 })
    );
    let named = |who: &str| json!({ "terminal": STANDARD.encode(key(who).verifying_key().to_bytes()) });
    let by_key = post(address, "/api/shelf", JSON, named("till").to_string().as_bytes()).await;
    assert_eq!(json_of(&by_key), shelf, "a terminal's key names its shop");
    for (body, status) in [
        (json!({ "branch": "x" }), 400),
        (json!({ "branch": "370829199299" }), 422),
        (json!({}), 400),
        (named("clerk"), 400),
        (json!({ "terminal": "x" }), 400),
    ] {
        let answer = post(address, "/api/shelf", JSON, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }
}
