//! The till and what it asks, over HTTP: who gets it, who does not, and what it says.

use std::net::SocketAddr;

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
async fn shown(address: SocketAddr, key: &SigningKey) -> String {
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
async fn the_till_shows_its_day_and_not_the_day_before() {
    let village = Village::open().await;
    village.earn(1, 10).await;
    village.redeem(1, &[("egg", 1, 5)]).await;
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
async fn a_shelf_is_public_and_codes_are_drawn_for_those_who_are_signed_in() {
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
    for (body, status) in
        [(json!({ "branch": "x" }), 400), (json!({ "branch": "370829199299" }), 422), (json!({}), 400)]
    {
        let answer = post(address, "/api/shelf", JSON, body.to_string().as_bytes()).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
    }

    let signed_in = format!("{JSON}{}", cookie(&session(address, &key("till")).await));
    let code = |headers: String, text: String| async move {
        post(address, "/api/code", &headers, json!({ "text": text }).to_string().as_bytes()).await
    };
    let drawn = code(signed_in.clone(), "civbank receipt".to_owned()).await;
    assert!(drawn.status == 200 && json_of(&drawn)["svg"].as_str().expect("a picture").contains("<svg"));
    assert_eq!(code(signed_in.clone(), "x".repeat(2_900)).await.status, 200);
    assert_eq!(code(signed_in, "x".repeat(2_901)).await.status, 400);
    assert_eq!(code(JSON.to_owned(), "x".to_owned()).await.status, 401);
}
