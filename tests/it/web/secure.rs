//! What holds on every page and every path of scripts: nobody's browser is led here from another site, a desk is for
//! whoever is signed in now, one village shows nothing to another's people, no text becomes markup, and the headers
//! are those of `docs/pages.md`.

use std::net::SocketAddr;

use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::{Branch, PersonId, PublicKey};
use civbank::bank::words::{RevocationGround, Role};

use super::api::{cookie, session};
use super::busy::{Busy, HOSTILE, Page, Runs, TURNED, appointed, pages};
use super::http::{Answer, ask, get, post, serve};
use super::log::Log;
use super::routes::{Method, routes};
use super::village::{Village, branch, home, key, link};

const JSON: &str = "Content-Type: application/json\r\n";
const READ: &str = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
                    frame-ancestors 'none'";
const SIGN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
                    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A route with something in its places.
fn filled(route: &str) -> String {
    let parts = route.split('/').map(|part| if part.starts_with('{') { "0" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The page, signed in as whoever sees it.
async fn seen(address: SocketAddr, page: &Page) -> Answer {
    let who = match page.who {
        Some(who) => cookie(&session(address, &key(who)).await),
        None => String::new(),
    };
    let answer = ask(address, "GET", &page.address, &who).await;
    assert_eq!(answer.status, page.status, "{} as {:?}: {answer:?}", page.address, page.who);
    answer
}

#[tokio::test]
async fn no_other_site_sends_anything_anywhere() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let signed_in = cookie(&session(address, &key("officer")).await);
    let size = village.engine.published().size;
    for (method, route) in routes() {
        let path = filled(&route);
        for foreign in [
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n",
            "Origin: https://other.example\r\n",
            "Origin: null\r\n",
            "Sec-Fetch-Site: cross-site\r\nOrigin: https://bank.example\r\n",
        ] {
            let answer = post(address, &path, &format!("{JSON}{signed_in}{foreign}"), b"{}").await;
            assert_eq!(answer.status, 403, "{foreign} {path}: {answer:?}");
            assert!(
                answer.body.contains("\"CROSS_SITE\"") && answer.header("set-cookie").is_none(),
                "{path}"
            );
        }
        // The same from our own page gets further, or is told that there is nothing to send.
        let own = "Sec-Fetch-Site: same-origin\r\nOrigin: https://bank.example\r\n";
        let answer = post(address, &path, &format!("{JSON}{own}"), b"{}").await;
        assert_ne!(answer.status, 403, "{path}: {answer:?}");
        let is_read_only = method == Method::Get && !routes().contains(&(Method::Post, route.clone()));
        assert_eq!(answer.status == 405, is_read_only, "{path}: {answer:?}");
        // No path may be asked by another site's script either, however it asks.
        let asked = "Origin: https://other.example\r\nAccess-Control-Request-Method: POST\r\n";
        let answer = ask(address, "OPTIONS", &path, asked).await;
        assert!(answer.header("access-control-allow-origin").is_none(), "{path}: {answer:?}");
    }
    assert_eq!(village.engine.published().size, size, "nothing was written");
}

#[tokio::test]
async fn a_form_of_another_kind_is_no_question() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let posts =
        routes().into_iter().filter(|(method, path)| *method == Method::Post && path.starts_with("/api/"));
    // These take bytes, or nothing at all.
    let bytes = ["/api/document", "/api/sheet", "/api/sign-out", "/api/challenge"];
    let mut tried = 0;
    for (_, path) in posts.filter(|(_, path)| !bytes.contains(&path.as_str())) {
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let answer = post(address, &path, &format!("Content-Type: {kind}\r\n"), b"{}").await;
            assert!((400..500).contains(&answer.status), "{path} {kind}: {answer:?}");
            let no = answer.body.contains("\"NOT_JSON\"") || answer.body.contains("\"SESSION_MISSING\"");
            assert!(no, "{path} {kind}: {answer:?}");
        }
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}

/// Routes behind the sign-in, and what nobody who is not signed in gets from scripts.
fn behind() -> Vec<(Method, String)> {
    let desk = |route: &str| route.starts_with("/desk") || route == "/till";
    let asks = ["/api/sheet", "/api/document", "/api/notice", "/api/passbook"];
    routes().into_iter().filter(|(_, route)| desk(route) || asks.contains(&route.as_str())).collect()
}

/// Every desk and every question, with these headers: sent to `away`, or 401.
async fn all_closed(address: SocketAddr, headers: &str, away: &str) {
    let mut closed = 0;
    for (method, route) in behind() {
        let path = filled(&route);
        if method == Method::Get {
            let answer = ask(address, "GET", &path, headers).await;
            assert_eq!((answer.status, answer.header("location")), (303, Some(away)), "{path}: {answer:?}");
            assert!(answer.body.is_empty(), "{path}: {answer:?}");
        } else {
            let body = br#"{"declaration":1,"text":"x"}"#;
            let path = if path == "/api/sheet" { format!("{path}?branch={}", branch()) } else { path };
            let path = if path == "/api/document" { format!("{path}?kind=photo") } else { path };
            let answer = post(address, &path, &format!("{JSON}{headers}"), body).await;
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
        }
        closed += 1;
    }
    assert!(closed >= 18, "{closed}");
}

#[tokio::test]
async fn every_desk_is_for_whoever_is_signed_in_now() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    all_closed(address, "", "/sign-in").await;
    all_closed(address, &cookie("civbank=AAAA"), "/sign-in?ended").await;

    // Whose key was revoked is out at once, whatever the office.
    for who in ["officer 2", "clerk", "seat2", "supervisor", "liaison", "till"] {
        if who == "officer 2" {
            let officer = super::busy::officer();
            appointed(&village, who, officer, Role::Officer, super::village::head(), &[]).await;
        }
        let signed_in = cookie(&session(address, &key(who)).await);
        assert_eq!(ask(address, "GET", "/desk", &signed_in).await.status, 200, "{who}");
        let key = PublicKey(key(who).verifying_key().to_bytes());
        let revoked = Body::RevokeKey { key, ground: RevocationGround::Stolen };
        village.try_officer(revoked).await.expect("revoked");
        all_closed(address, &signed_in, "/sign-in?ended").await;
    }
    // Twelve hours later.
    let signed_in = cookie(&session(address, &key("seat3")).await);
    village.at("2026-11-03").await;
    all_closed(address, &signed_in, "/sign-in?ended").await;
}

/// Another village under the same bank, with people of its own by name.
async fn neighbours(village: &Village) -> (Branch, [&'static str; 6]) {
    let other: Branch = "370829199202".parse().expect("a branch");
    let title = "后门村".to_owned();
    village.try_officer(Body::OpenBranch { branch: other, title }).await.expect("opened");
    let staff = |number| -> PersonId { other.staff(number).expect("a person") };
    for (name, number, role) in [
        ("their clerk", 1, Role::Clerk),
        ("their seat", 2, Role::Committee),
        ("their cashier", 3, Role::Cashier),
        ("their supervisor", 5, Role::Supervisor),
    ] {
        appointed(village, name, staff(number), role, other, &[]).await;
    }
    let household = other.household(77).expect("a household");
    let digest = |name: &str| civbank::bank::ids::Digest(*blake3::hash(name.as_bytes()).as_bytes());
    let (members, consent) = (vec![digest("a"), digest("b")], digest("yes"));
    let open = Body::OpenHousehold { household, members, consent };
    village.try_as("their clerk", open).await.expect("opened");
    let liaison = household.member(1).expect("a person");
    appointed(village, "their liaison", liaison, Role::Liaison, other, &[household]).await;
    let terminal = Holder::Terminal(other.terminal(1).expect("a terminal"));
    let public = PublicKey(key("their till").verifying_key().to_bytes());
    village
        .try_officer(Body::EnrolKey { key: public, holder: terminal, valid_until: None })
        .await
        .expect("enrolled");
    let people =
        ["their clerk", "their seat", "their cashier", "their supervisor", "their liaison", "their till"];
    (other, people)
}

#[tokio::test]
async fn an_office_in_one_village_shows_nothing_of_another() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let address = serve(&village.engine).await;
    let (other, people) = neighbours(village).await;
    let (mine, mut shown) = (branch().to_string(), 0);
    let gets = routes()
        .into_iter()
        .filter(|(method, route)| *method == Method::Get && (route.starts_with("/desk") || route == "/till"));
    // Evidence is found by its address, which nobody is shown who does not handle that case, and not read with it.
    let photo = busy.photo.to_string();
    let paths: Vec<String> = gets.map(|(_, route)| route).filter(|route| !route.contains('{')).collect();
    for who in people {
        let signed_in = cookie(&session(address, &key(who)).await);
        for path in &paths {
            let answer = ask(address, "GET", path, &signed_in).await;
            assert!(matches!(answer.status, 200 | 403), "{who} {path}: {answer:?}");
            for theirs in [
                "前进村",
                &mine,
                "门前三包",
                "照看孤寡老人",
                "村口路灯",
                "井盖",
                "鸡蛋",
                "00001 号户",
                "00002 号户",
                &photo,
            ] {
                assert!(!answer.body.contains(theirs), "{who} reads “{theirs}” at {path}: {}", answer.text());
            }
            shown += usize::from(answer.status == 200);
        }
        let picture = ask(address, "GET", &format!("/desk/document/{photo}"), &signed_in).await;
        assert!(picture.status == 403 && !picture.body.contains("PNG"), "{who}: {picture:?}");
        // What scripts ask.
        for (path, body) in [
            ("/api/notice".to_owned(), format!("{{\"declaration\":{}}}", busy.notice)),
            (format!("/api/sheet?branch={mine}"), "户号,成员\n00100,王明\n".to_owned()),
        ] {
            let kind = if path == "/api/notice" { JSON } else { "" };
            let answer = post(address, &path, &format!("{kind}{signed_in}"), body.as_bytes()).await;
            let refused = answer.status == 403 && answer.body.contains("reason");
            assert!(refused, "{who} {path}: {answer:?}");
            assert!(!answer.body.contains("前进村") && !answer.body.contains("00002"), "{who}: {answer:?}");
        }
        // The page on which a row of our board is objected to offers them nothing to sign with.
        let row = format!("/object?declaration={}", busy.notice);
        let answer = ask(address, "GET", &row, &signed_in).await;
        assert!(answer.status == 200 && !answer.body.contains("own-take"), "{who}: {answer:?}");
        // A page of their own says so, or nothing of it would have been tried.
        let desk = ask(address, "GET", "/desk", &signed_in).await;
        assert_eq!(desk.status, 200, "{who}");
    }
    assert!(shown >= 14, "{shown} desks opened");
    // Our own people see what was looked for above.
    let seen = |who| async move { session(address, &key(who)).await };
    for (who, path, says) in [
        ("seat3", "/desk/committee", "照看孤寡老人"),
        ("seat3", "/desk/committee", &photo),
        ("seat3", &format!("/desk/document/{photo}"), "PNG"),
        ("liaison", "/desk/liaison", "00001 号户"),
        ("supervisor", "/desk/suggestions", "村口路灯"),
        ("till", "/till", "鸡蛋"),
        ("clerk", "/desk/import", &mine),
    ] {
        let answer = ask(address, "GET", path, &cookie(&seen(who).await)).await;
        assert!(answer.body.contains(says), "{who} {path}: {}", answer.text());
    }
    assert_ne!(mine, other.to_string());
}

#[tokio::test]
async fn no_text_becomes_markup_on_any_page() {
    let busy = Busy::open(HOSTILE).await;
    let address = serve(&busy.village.engine).await;
    // As every page writes it, whatever way the template engine spells the characters.
    let written = |body: &str| body.contains("i hit&") && body.contains("script&");
    let mut told = Vec::new();
    for page in pages(&busy) {
        let answer = seen(address, &page).await;
        let (at, body) = (format!("{} as {:?}", page.address, page.who), &answer.body);
        for raw in [HOSTILE, "<i hit", "<script>x", "\"'>", "'><"] {
            assert!(!body.contains(raw), "{raw} comes out at {at}: {body}");
        }
        // Writing that is turned around ends with the paragraph in which it stands.
        for (_, after) in body.match_indices(TURNED).map(|(at, turned)| body.split_at(at + turned.len())) {
            let end = after.find('<').expect("an end");
            assert!(
                after[end..].starts_with("</p>"),
                "turned around beyond its paragraph at {at}: {after:.80}"
            );
        }
        if written(body) {
            told.push(page.address.clone());
        }
    }
    // Nearly all pages name the bank or the village; if they did not, nothing would have been tested.
    let silent: Vec<String> = pages(&busy)
        .into_iter()
        .filter(|page| page.status == 200 && !told.contains(&page.address))
        .map(|page| page.address)
        .collect();
    assert!(silent.is_empty(), "nothing of the words on {silent:?}");
    let board = get(address, &format!("/b/{}", branch())).await;
    assert!(board.body.contains(TURNED), "the answer is there");
}

#[tokio::test]
async fn every_page_carries_the_headers_of_its_kind() {
    let busy = Busy::open("").await;
    let address = serve(&busy.village.engine).await;
    for page in pages(&busy) {
        let answer = seen(address, &page).await;
        let policy = if page.runs == Runs::Read { READ } else { SIGN };
        let camera = if page.runs == Runs::Scan { "camera=(self)" } else { "camera=()" };
        for (name, value) in [
            ("content-security-policy", policy),
            ("permissions-policy", &format!("{camera}, microphone=(), geolocation=()")),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-robots-tag", "noindex, nofollow, noarchive"),
            ("cache-control", "no-store"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{name} of {}", page.address);
        }
        let body = &answer.body;
        for forbidden in [" style=", "<style", "javascript:", " onclick", " onload", " onerror"] {
            assert!(!body.contains(forbidden), "{forbidden} in {}", page.address);
        }
        // Every script is a file of ours.
        for script in body.split("<script").skip(1) {
            let ours = script.starts_with(" type=\"module\" src=\"/js/") && script.contains("></script>");
            assert!(page.runs != Runs::Read && ours, "{}: {script:.80}", page.address);
        }
        assert!(body.contains("<html lang=\"zh-CN\">") && body.contains("<title>"), "{}", page.address);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_sent() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let signed_in = cookie(&session(address, &key("clerk")).await);
    let sheet = format!("/api/sheet?branch={}", branch());
    for (path, bytes) in [
        ("/api/document?kind=photo", 20 << 20),
        ("/api/document?kind=record", (4 << 20) + 1),
        (sheet.as_str(), (8 << 20) + 1),
        ("/api/submit", 20 << 20),
        ("/api/session", 1 << 20),
    ] {
        // The head says how long it will be; not one byte of it comes.
        let headers = format!("{JSON}{signed_in}Content-Length: {bytes}\r\n");
        let asked = ask(address, "POST", path, &headers);
        let answer = tokio::time::timeout(std::time::Duration::from_secs(20), asked).await;
        let answer = answer.unwrap_or_else(|_| panic!("{path} waits for the body"));
        let told =
            answer.body.contains("\"REQUEST_TOO_LARGE\"") || answer.body.contains("\"DOCUMENT_TOO_LARGE\"");
        assert!(answer.status == 413 && told, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn no_route_writes_a_view_token_into_the_log() {
    let log = Log::start();
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let declared = village.declare(1, "R01", 1).await;
    village.approve(&[declared]).await;
    village.at("2026-11-12").await;
    let line = village.engine.published().size - 1;
    let valid = link(1, 1);
    let token = valid.trim_start_matches("/p/").to_owned();
    // Every route that has a token in it, right and wrong, and whatever else somebody may put one into.
    let mut paths: Vec<String> = routes()
        .into_iter()
        .filter(|(_, route)| route.contains("{token}"))
        .map(|(_, route)| route.replace("{token}", &token).replace("{entry}", &line.to_string()))
        .collect();
    assert!(paths.len() >= 4, "{paths:?}");
    for query in [
        "?line=7",
        &format!("?line={line}"),
        "?month=2026-11",
        "?month=x",
        "?before=3",
        "/line/x/receipt.svg",
        "/nowhere",
    ] {
        paths.push(format!("{valid}{query}"));
    }
    for other in [
        "/declare?card=",
        "/object?declaration=",
        "/suggest?branch=",
        "/b/",
        "/js/",
        "/assets/",
        "/desk/document/",
    ] {
        paths.push(format!("{other}{token}"));
    }
    for path in &paths {
        get(address, path).await;
        post(address, path, JSON, b"{}").await;
        post(address, path, &format!("{JSON}Sec-Fetch-Site: cross-site\r\n"), b"{}").await;
    }
    for (method, route) in routes() {
        if method == Method::Post {
            let body = format!(
                "{{\"envelope\":{{\"payload\":\"{token}\"}},\"text\":\"{token}\",\"branch\":\"{token}\"}}"
            );
            post(address, &route, JSON, body.as_bytes()).await;
            get(address, &format!("{route}?{token}")).await;
        }
    }
    let log = log.text();
    assert!(!log.contains(&token), "{log}");
    assert_eq!(get(address, &valid).await.status, 200);
    assert!(village.engine.read(|view| view.bank.household(home(1)).is_ok()).await.expect("running"));
}
