//! What scripts ask, over plain HTTP: sessions by cookie, commands, documents, and who is turned away.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use civbank::bank::command::{Body, Command, Holder};
use civbank::bank::ids::PublicKey;
use civbank::bank::words::RevocationGround;
use civbank::documents::Address;
use civbank::wire::{PayloadType, dsse, encode_command_json, envelope_to_json, sign, signature};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::http::{Answer, ask, get, post, serve};
use super::log::Log;
use super::village::{Village, branch, key, staff};

const JSON: &str = "Content-Type: application/json\r\n";

async fn post_json(address: SocketAddr, path: &str, body: &Value) -> Answer {
    post(address, path, JSON, body.to_string().as_bytes()).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

/// A "no" of this status and reason, with words for people.
fn check_no(answer: &Answer, status: u16, reason: &str) {
    let no = read(answer);
    assert_eq!((answer.status, no["reason"].as_str()), (status, Some(reason)), "{answer:?}");
    assert!(no["message"].as_str().is_some_and(|text| !text.is_ascii()), "{no}");
    assert!(no["metadata"].is_object(), "{no}");
}

/// Signs a new challenge.
pub async fn signed(address: SocketAddr, key: &SigningKey) -> Value {
    let challenge = read(&post_json(address, "/api/challenge", &json!({})).await);
    let challenge = challenge["challenge"].as_str().expect("a challenge").to_owned();
    let bytes = STANDARD.decode(&challenge).expect("base64");
    let signature = signature::sign_one(key, dsse::CHALLENGE, &bytes);
    json!({
        "challenge": challenge,
        "publicKey": STANDARD.encode(key.verifying_key().to_bytes()),
        "signature": STANDARD.encode(signature),
    })
}

/// The cookie's text as the browser sends it back.
pub async fn session(address: SocketAddr, key: &SigningKey) -> String {
    let answer = post_json(address, "/api/session", &signed(address, key).await).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().expect("a name and a value").to_owned()
}

pub fn cookie(session: &str) -> String {
    format!("Cookie: {session}\r\n")
}

/// A new village beside the others, which an officer may open.
pub fn command(village: &Village, number: u8) -> Value {
    let mut request_id = [number; 16];
    request_id[6] = 0x70;
    request_id[8] = 0x80;
    let title = "后门村".to_owned();
    let body = Body::OpenBranch { branch: "370829199202".parse().expect("a branch"), title };
    let not_after = village.engine.now().plus_minutes(60);
    let command = Command { origin: village.engine.origin().to_owned(), request_id, not_after, body };
    let payload = encode_command_json(&command).into_bytes();
    let envelope = envelope_to_json(&sign(payload, PayloadType::Json, &[&key("officer")]));
    json!({ "envelope": serde_json::from_str::<Value>(&envelope).expect("JSON") })
}

#[tokio::test]
async fn a_session_is_a_cookie_that_only_the_browser_sees() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let body = signed(address, &key("seat2")).await.to_string();
    for (origin, secure) in [("https://bank.example", true), ("http://127.0.0.1:80", false)] {
        let headers = format!("{JSON}Origin: {origin}\r\nSec-Fetch-Site: same-origin\r\n");
        let answer = post(address, "/api/session", &headers, body.as_bytes()).await;
        let cookie = answer.header("set-cookie").expect("a cookie");
        assert!(cookie.starts_with("civbank=") && cookie.contains("; HttpOnly"), "{cookie}");
        assert!(cookie.contains("; SameSite=Strict; Path=/; Max-Age=43200"), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(read(&answer), json!({ "expireUnixMs": village.engine.now().0 + 43_200_000 }));
    }
    let session = session(address, &key("seat2")).await;
    let desk = ask(address, "GET", "/desk", &cookie(&session)).await;
    assert_eq!(desk.status, 200);
    assert!(desk.says("前进村： 评价委员") || desk.says("前进村：评价委员"), "{}", desk.text());
    let out = post(address, "/api/sign-out", &cookie(&session), &[]).await;
    assert_eq!(out.status, 204);
    assert!(
        out.header("set-cookie")
            .is_some_and(|cookie| cookie.starts_with("civbank=; ") && cookie.ends_with("Max-Age=0"))
    );
}

#[tokio::test]
async fn a_session_ends_with_its_time_and_with_its_key() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let sent_away = |answer: Answer, to: &str| {
        assert_eq!((answer.status, answer.header("location")), (303, Some(to)), "{answer:?}");
    };
    sent_away(get(address, "/desk").await, "/sign-in");
    for wrong in ["civbank=", "civbank=AAAA", "civbank=!!!", "other=1"] {
        let to = if wrong == "other=1" { "/sign-in" } else { "/sign-in?ended" };
        sent_away(ask(address, "GET", "/desk", &cookie(wrong)).await, to);
    }

    let seat = session(address, &key("seat2")).await;
    let lost = Body::RevokeKey {
        key: PublicKey(key("seat2").verifying_key().to_bytes()),
        ground: RevocationGround::Lost,
    };
    village.try_officer(lost).await.expect("revoked");
    sent_away(ask(address, "GET", "/desk", &cookie(&seat)).await, "/sign-in?ended");
    check_no(
        &post_json(address, "/api/session", &signed(address, &key("seat2")).await).await,
        401,
        "KEY_REVOKED",
    );

    // A key's last day ends its sessions too, here fifteen hours from now: twelve are the most.
    let guest = key("guest");
    let holder = Holder::Person(staff(6));
    let today = village.engine.now().day();
    let enrol =
        Body::EnrolKey { key: PublicKey(guest.verifying_key().to_bytes()), holder, valid_until: Some(today) };
    village.try_officer(enrol).await.expect("enrolled");
    let seat = session(address, &guest).await;
    assert_eq!(ask(address, "GET", "/desk", &cookie(&seat)).await.status, 200);
    village.at("2026-11-03").await;
    sent_away(ask(address, "GET", "/desk", &cookie(&seat)).await, "/sign-in?ended");

    // Another server's tokens are worth nothing here.
    let elsewhere = serve(&village.engine).await;
    let foreign = session(elsewhere, &key("seat3")).await;
    sent_away(ask(address, "GET", "/desk", &cookie(&foreign)).await, "/sign-in?ended");
}

#[tokio::test]
async fn a_wrong_signature_opens_nothing() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let mut body = signed(address, &key("seat2")).await;
    body["publicKey"] = json!(STANDARD.encode(key("seat3").verifying_key().to_bytes()));
    check_no(&post_json(address, "/api/session", &body).await, 401, "CHALLENGE_SIGNATURE");
    check_no(
        &post_json(address, "/api/session", &signed(address, &key("nobody")).await).await,
        401,
        "KEY_UNKNOWN",
    );
    let mut body = signed(address, &key("seat2")).await;
    body["challenge"] = json!(STANDARD.encode([0; 56]));
    check_no(&post_json(address, "/api/session", &body).await, 401, "CHALLENGE_INVALID");
    body["signature"] = json!("short");
    check_no(&post_json(address, "/api/session", &body).await, 400, "BAD_FIELD");
    body["more"] = json!(1);
    check_no(&post_json(address, "/api/session", &body).await, 400, "BAD_FIELD");
    // Too many are not told why any more; whoever signs rightly still comes in.
    let wrong = signed(address, &key("nobody")).await;
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(post_json(address, "/api/session", &wrong).await.status);
    }
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 15, "{statuses:?}");
    session(address, &key("seat2")).await;
}

#[tokio::test]
async fn another_site_can_post_nothing() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let before = village.engine.published().size;
    let body = command(&village, 1).to_string();
    for path in [
        "/api/challenge",
        "/api/session",
        "/api/sign-out",
        "/api/submit",
        "/api/preview",
        "/api/document",
        "/nowhere",
    ] {
        for from in [
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n",
            "Origin: https://other.example\r\n",
            "Origin: null\r\n",
            "Sec-Fetch-Site: cross-site\r\nOrigin: http://bank.example\r\n",
        ] {
            let answer = post(address, path, &format!("{JSON}{from}"), body.as_bytes()).await;
            check_no(&answer, 403, "CROSS_SITE");
            assert_eq!(answer.header("set-cookie"), None, "{path} {from}");
        }
    }
    // What a form can send is not JSON, wherever it comes from.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let answer =
            post(address, "/api/submit", &format!("Content-Type: {kind}\r\n"), body.as_bytes()).await;
        check_no(&answer, 415, "NOT_JSON");
    }
    assert_eq!(village.engine.published().size, before);
    let ours = format!("{JSON}Origin: http://bank.example\r\nSec-Fetch-Site: same-origin\r\n");
    assert_eq!(post(address, "/api/submit", &ours, body.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_command_gets_its_receipt_and_a_retry_the_same() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let before = village.engine.published().size;
    let body = command(&village, 1);
    let looked = read(&post_json(address, "/api/preview", &body).await);
    assert_eq!(looked["told"], json!(["支行开业：后门村"]), "{looked}");
    assert_eq!(village.engine.published().size, before, "a preview writes nothing");

    let first = read(&post_json(address, "/api/submit", &body).await);
    assert_eq!((&first["index"], &first["repeated"]), (&json!(before), &json!(false)));
    let entry = STANDARD.decode(first["entry"].as_str().expect("bytes")).expect("base64");
    assert_eq!(Some(entry), village.engine.entry(before).expect("a log"));
    assert!(first["proof"].as_str().is_some_and(|proof| proof.starts_with("c2sp.org/tlog-proof@v1\n")));
    let again = read(&post_json(address, "/api/submit", &body).await);
    assert_eq!((&again["index"], &again["repeated"]), (&first["index"], &json!(true)));

    check_no(&post_json(address, "/api/submit", &command(&village, 2)).await, 422, "BRANCH_EXISTS");
    let mut forged = command(&village, 3);
    forged["envelope"]["signatures"][0]["keyid"] =
        json!(hex::encode(key("clerk").verifying_key().to_bytes()));
    check_no(&post_json(address, "/api/submit", &forged).await, 401, "BAD_SIGNATURE");
    for (body, status, reason) in [
        (json!({}), 400, "BAD_FIELD"),
        (json!({ "envelope": { "payload": "", "payloadType": "x", "signatures": [] } }), 400, "BAD_ENVELOPE"),
        (json!({ "envelope": {}, "more": 1 }), 400, "BAD_FIELD"),
    ] {
        check_no(&post_json(address, "/api/submit", &body).await, status, reason);
    }
    let mut with_pin = command(&village, 4);
    with_pin["pin"] = json!("1234");
    check_no(&post_json(address, "/api/preview", &with_pin).await, 400, "BAD_FIELD");
    let large = json!({ "envelope": "x".repeat(80 * 1024) });
    check_no(&post_json(address, "/api/submit", &large).await, 413, "REQUEST_TOO_LARGE");
    let large = json!({ "challenge": "x".repeat(5 * 1024) });
    check_no(&post_json(address, "/api/session", &large).await, 413, "REQUEST_TOO_LARGE");
}

/// The smallest JPEG that reads to its end, with what a camera writes beside it.
fn photograph(beside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(beside.len() + 2).expect("short").to_be_bytes();
    let beside = if beside.is_empty() { Vec::new() } else { [&[0xFF, 0xE1], &length[..], beside].concat() };
    let picture = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 7, 7, 0xFF, 0xD9];
    [&[0xFF, 0xD8], &beside[..], &picture].concat()
}

#[tokio::test]
async fn a_photograph_is_kept_without_what_the_camera_wrote() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let taken = photograph(b"Exif\0\0GPS");
    let path = "/api/document?kind=photo";
    check_no(&post(address, path, "", &taken).await, 401, "SESSION_MISSING");
    let seat = cookie(&session(address, &key("seat2")).await);
    let kept = post(address, path, &seat, &taken).await;
    assert_eq!(kept.status, 200, "{kept:?}");
    let kept = read(&kept);
    let clean = photograph(&[]);
    assert_eq!(kept["size"], clean.len());
    let at: [u8; 32] = STANDARD
        .decode(kept["address"].as_str().expect("bytes"))
        .expect("base64")
        .try_into()
        .expect("32 bytes");
    let (_, content) =
        village.engine.documents().get(Address::from_bytes(at)).expect("documents").expect("kept");
    assert_eq!(content, clean);

    check_no(&post(address, path, &seat, b"GIF89a").await, 415, "PICTURE_UNREADABLE");
    check_no(&post(address, path, &seat, &taken[..9]).await, 415, "PICTURE_UNREADABLE");
    check_no(&post(address, path, &seat, b"%PDF-1.7").await, 415, "PICTURE_UNREADABLE");
    assert_eq!(post(address, "/api/document?kind=record", &seat, b"%PDF-1.7").await.status, 200);
    check_no(&post(address, "/api/document?kind=video", &seat, &taken).await, 400, "BAD_FIELD");
    check_no(&post(address, "/api/document", &seat, &taken).await, 400, "BAD_FIELD");
    check_no(
        &post(address, "/api/document?kind=text", &seat, &[0; 17 * 1024]).await,
        413,
        "DOCUMENT_TOO_LARGE",
    );
    check_no(&post(address, path, &seat, &vec![0; (4 << 20) + 1]).await, 413, "REQUEST_TOO_LARGE");
}

#[tokio::test]
async fn pages_that_sign_run_our_scripts_and_nobody_else_s() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let seat = cookie(&session(address, &key("seat2")).await);
    for path in ["/sign-in", "/join", "/desk"] {
        let page = ask(address, "GET", path, &seat).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            page.header("content-security-policy"),
            Some(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                 connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
            )
        );
        assert_eq!(page.header("permissions-policy"), Some("camera=(), microphone=(), geolocation=()"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        for forbidden in [" style=", "<style", "http://", "https://", " onclick=", "javascript:"] {
            assert!(!page.body.contains(forbidden), "{forbidden} in {path}");
        }
        assert!(
            page.body.contains("<html lang=\"zh-CN\">") && page.body.contains("href=\"#main\""),
            "{path}"
        );
        let script = page.body.split("src=\"/js/").nth(1).and_then(|rest| rest.split('"').next());
        let script = format!("/js/{}", script.expect("a script"));
        let plain = get(address, &script).await;
        assert_eq!(plain.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let name = script.rsplit('/').next().expect("a name");
        let old = script.replacen("/js/", "/js/0", 1);
        assert_eq!(get(address, &old).await.status, 404, "{old}");
        assert_eq!(get(address, &script.replace(name, "../mod.rs")).await.status, 404);
        let noble = script.replace(name, "vendor/noble-ed25519.js");
        let (plain, small) =
            (get(address, &noble).await, ask(address, "GET", &noble, "Accept-Encoding: gzip\r\n").await);
        assert_eq!(small.header("content-encoding"), Some("gzip"));
        assert!(small.bytes * 2 < plain.bytes, "{} of {}", small.bytes, plain.bytes);
    }
    let reading = get(address, &format!("/b/{}", branch())).await;
    assert!(reading.header("content-security-policy").is_some_and(|policy| !policy.contains("script-src")));
}

#[tokio::test]
async fn neither_tokens_nor_pins_are_logged() {
    let log = Log::start();
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let session = session(address, &key("seat2")).await;
    ask(address, "GET", "/desk", &cookie(&session)).await;
    let mut body = command(&village, 1);
    body["pin"] = json!("918273");
    post_json(address, "/api/submit", &body).await;
    body["envelope"]["payload"] = json!(7);
    post_json(address, "/api/submit", &body).await;
    let log = log.text();
    for secret in [session.trim_start_matches("civbank="), "918273"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}
