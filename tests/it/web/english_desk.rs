//! Pages that sign, and the paths of scripts, for those who prefer English: no Chinese but what people wrote, and for
//! all others what they were told before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::api::{command, cookie, session};
use super::busy::{Busy, Runs, pages};
use super::english::{CHINESE, ENGLISH, first_chinese, ours};
use super::http::{Answer, ask, post, serve};
use super::till::shown;
use super::village::{branch, key, passbook};
use crate::it::words::has_chinese;

const JSON: &str = "Content-Type: application/json\r\n";

/// Titles that stand in pages as people wrote them, and where they stand alone are to say so.
const TITLES: &[&str] = &[
    "照看孤寡老人",
    "合理化建议",
    "门前三包",
    "家风家训",
    "乱堆乱放",
    "积分造假",
    "前进村",
    "菜籽油",
    "香皂",
    "鸡蛋",
];

/// A page without the elements that say they are Chinese.
fn without_own(page: &str) -> String {
    let (mut out, mut rest) = (String::new(), page);
    while let Some(mark) = rest.find(" lang=\"zh-CN\"") {
        let begin = rest[..mark].rfind('<').expect("a tag around an attribute");
        let name: String =
            rest[begin + 1..].chars().take_while(|letter| letter.is_ascii_alphanumeric()).collect();
        let (end, inside) = (format!("</{name}>"), &rest[mark..]);
        let ends = inside.find(&end).unwrap_or_else(|| panic!("no end of {name}"));
        assert!(!inside[..ends].contains(&format!("<{name}")), "a {name} within a {name}");
        out.push_str(&rest[..begin]);
        rest = &inside[ends + end.len()..];
    }
    out + rest
}

/// A title that stands alone in an element which does not say that it is Chinese.
fn unmarked(page: &str) -> Option<&str> {
    let texts = page.split('>').filter_map(|part| part.split_once('<').map(|(text, _)| text.trim()));
    texts.into_iter().find(|text| TITLES.contains(text))
}

#[tokio::test]
async fn every_page_that_signs_is_english_for_those_who_prefer_it() {
    let busy = Busy::open("").await;
    let address = serve(&busy.village.engine).await;
    let mut seen = 0;
    for page in pages(&busy) {
        if page.runs == Runs::Read {
            continue;
        }
        let path = &page.address;
        let who = match page.who {
            Some(who) => cookie(&session(address, &key(who)).await),
            None => String::new(),
        };
        let english = ask(address, "GET", path, &format!("{who}{ENGLISH}")).await;
        assert_eq!(english.status, page.status, "{path}");
        assert!(english.body.contains("<html lang=\"en\">"), "{path}");
        assert_eq!(english.header("content-language"), Some("en"), "{path}");
        assert!(english.header("vary").is_some_and(|vary| vary.contains("accept-language")), "{path}");
        let left = without_own(&english.body);
        assert_eq!(unmarked(&left), None, "{path} as {:?}", page.who);
        assert_eq!(first_chinese(&ours(&left)), "", "{path} as {:?}", page.who);

        let plain = ask(address, "GET", path, &who).await;
        assert_eq!(plain.header("content-language"), Some("zh-CN"), "{path}");
        assert!(plain.body.contains("<html lang=\"zh-CN\">") && has_chinese(&plain.body), "{path}");
        let asked = ask(address, "GET", path, &format!("{who}{CHINESE}")).await;
        assert_eq!(timeless(&asked), timeless(&plain), "{path}");
        for header in ["content-security-policy", "permissions-policy", "cache-control"] {
            assert_eq!(english.header(header), plain.header(header), "{path}");
        }
        seen += 1;
    }
    assert!(seen >= 28, "{seen} pages");
}

/// A page but for the clock that it brings along, if it has one.
fn timeless(page: &Answer) -> String {
    let Some((before, clock)) = page.body.split_once("data-now=\"") else { return page.body.clone() };
    let (_, after) = clock.split_once('"').expect("its end");
    before.to_owned() + after
}

/// Asks for the same in both languages; `headers` are made anew for each, for a key is shown once. Answers the English.
async fn both<F: Future<Output = String>>(
    address: std::net::SocketAddr,
    path: &str,
    headers: impl Fn() -> F,
    body: &[u8],
) -> Value {
    let english = post(address, path, &format!("{}{ENGLISH}", headers().await), body).await;
    assert_eq!(english.header("content-language"), Some("en"), "{path}: {english:?}");
    assert!(english.header("vary").is_some_and(|vary| vary.contains("accept-language")), "{path}");
    assert_eq!(first_chinese(&ours(&english.body)), "", "{path}");
    let plain = post(address, path, &headers().await, body).await;
    assert_eq!(plain.header("content-language"), Some("zh-CN"), "{path}: {plain:?}");
    assert_eq!(plain.status, english.status, "{path}");
    assert_eq!(plain.header("retry-after"), english.header("retry-after"), "{path}");
    assert!(has_chinese(&plain.body), "{path}: {}", plain.body);
    let asked = post(address, path, &format!("{}{CHINESE}", headers().await), body).await;
    assert_eq!(asked.body, plain.body, "{path}");
    serde_json::from_str(&english.body).expect("JSON")
}

#[tokio::test]
async fn what_scripts_are_told_is_in_the_readers_language() {
    let busy = Busy::open("").await;
    let village = &busy.village;
    let address = serve(&village.engine).await;
    let card = passbook(1, 1);
    let as_card = || shown(address, &card);
    let open = || async { JSON.to_owned() };

    let book = both(address, "/api/passbook", as_card, b"{}").await;
    assert_eq!(book["name"], "household 00001");
    let offers = book["beauties"].as_array().expect("beauties");
    assert_eq!(offers[0]["title"], "Clean surroundings");
    let all: Vec<&Value> =
        offers.iter().flat_map(|beauty| beauty["items"].as_array().expect("items")).collect();
    let offer = |code: &str| *all.iter().find(|item| item["code"] == code).expect("an item");
    assert_eq!(offer("G02")["points"], "each 次: 5 to 10 points");
    assert_eq!((&offer("G02")["evidence"], &offer("R01")["cap"]), (&json!("photograph"), &json!("")));
    assert_eq!(offer("J05")["cap"], "a household a month: 3 次 at most");

    let purse = both(address, "/api/till/card", as_card, b"{}").await;
    assert_eq!(purse["name"], "household 00001");
    let row = json!({ "declaration": busy.notice }).to_string();
    let notice = both(address, "/api/notice", as_card, row.as_bytes()).await;
    assert_eq!(notice["objector"], "household 00001");
    let invited = STANDARD.encode(key("invitation").verifying_key().to_bytes());
    let invited = json!({ "invitationKey": invited }).to_string();
    let offered = both(address, "/api/invitation", open, invited.as_bytes()).await;
    assert_eq!((&offered["holder"], &offered["state"]), (&json!("staff member 6"), &json!("open")));
    assert_eq!(offered["until"], "30 Nov 2026 09:00");

    let clerk = session(address, &key("clerk")).await;
    let as_clerk = || async { cookie(&clerk) };
    let path = format!("/api/sheet?branch={}", branch());
    let sheet = "Household,Member 1,Member2\n00100,Ann,Ben\n";
    let good = post(address, &path, &format!("{}{ENGLISH}", cookie(&clerk)), sheet.as_bytes()).await;
    let good: Value = serde_json::from_str(&good.body).expect("JSON");
    assert_eq!(good["homes"][0]["name"], "household 00100", "{good}");
    let faults = both(address, &path, as_clerk, b"Household,Members\n1,Ann\nx,Ann,Ben\n").await;
    let told: Vec<&str> =
        faults["faults"].as_array().expect("faults").iter().filter_map(|one| one["what"].as_str()).collect();
    assert_eq!(
        told,
        [
            "Household 00001 has a book already. Take this line out.",
            "The household number “x” is wrong: it has 5 digits, such as 00012.",
            "This column has no heading, and nobody knows what it is. Take it out.",
        ]
    );

    let looked = both(address, "/api/preview", open, command(village, 1).to_string().as_bytes()).await;
    assert_eq!(looked["told"], json!(["A branch opens: 后门村"]));
    let written = command(village, 2).to_string();
    let written = post(address, "/api/submit", &format!("{JSON}{ENGLISH}"), written.as_bytes()).await;
    let written: Value = serde_json::from_str(&written.body).expect("JSON");
    assert_eq!(written["told"], json!(["A branch opens: 后门村"]), "{written}");

    // Every kind of no: the rules', the room's, a limit's, a middleware's, an extractor's.
    let again = command(village, 3).to_string();
    let no = both(address, "/api/submit", open, again.as_bytes()).await;
    assert_eq!((&no["reason"], &no["metadata"]["branch"]), (&json!("BRANCH_EXISTS"), &json!("370829199202")));
    assert_eq!(no["message"], "Branch 370829199202 exists already; check the code.");
    let no = both(address, "/api/notice", open, row.as_bytes()).await;
    assert_eq!(
        (&no["reason"], &no["message"]),
        (&json!("SESSION_MISSING"), &json!("You are not signed in; sign in first."))
    );
    let stranger = key("nobody");
    let as_stranger = || shown(address, &stranger);
    let no = both(address, "/api/passbook", as_stranger, b"{}").await;
    assert_eq!(no["reason"], "KEY_UNKNOWN");
    let no = both(address, "/api/session", open, b"nonsense").await;
    assert_eq!(no["reason"], "BAD_FIELD");
    let no = both(address, "/api/submit", || async { String::new() }, b"{}").await;
    assert_eq!(
        (&no["reason"], &no["message"]),
        (&json!("NOT_JSON"), &json!("Only application/json is taken."))
    );
    let elsewhere = || async { format!("{JSON}Sec-Fetch-Site: cross-site\r\n") };
    let no = both(address, "/api/submit", elsewhere, b"{}").await;
    assert_eq!(no["reason"], "CROSS_SITE");
    let no = both(address, "/api/session", open, &[b' '; 5_000]).await;
    assert_eq!(no["reason"], "REQUEST_TOO_LARGE");
    let no = both(address, "/api/document?kind=photo", as_clerk, b"no picture").await;
    assert_eq!(no["reason"], "PICTURE_UNREADABLE");
}
