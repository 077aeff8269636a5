//! Pages in English for those who ask for them: no Chinese but what people wrote, and for all others today's page.

use std::path::Path;

use civbank::bank::command::Body;
use civbank::bank::words::*;
use civbank::web::Settings;

use super::http::{ask, get, post, serve, serve_with};
use super::village::{Village, home, link};
use crate::it::words::has_chinese;

pub const ENGLISH: &str = "Accept-Language: en-GB,en;q=0.9,zh;q=0.5\r\n";
pub const CHINESE: &str = "Accept-Language: zh-CN,zh;q=0.9,en;q=0.8\r\n";

/// What the villages' people wrote, longest first.
const WRITTEN: [&str; 20] = [
    "明德镇文明银行总行",
    "照看孤寡老人",
    "村口路灯坏了",
    "合理化建议",
    "井盖松了",
    "月底修好",
    "门前三包",
    "家风家训",
    "志愿服务",
    "村民会议",
    "乱堆乱放",
    "积分造假",
    "前进村",
    "后门村",
    "菜籽油",
    "清扫",
    "巷道",
    "鸡蛋",
    "香皂",
    "王**",
];
/// Measures that they wrote.
const MEASURES: [&str; 2] = ["个", "次"];

/// A book with something in every part, and a board to match.
async fn busy() -> Village {
    let village = Village::open().await;
    village.open_named(4, &["王小明"]).await;
    village.open_named(5, &["王小明"]).await;
    village.set_pin(5, "274619").await;
    let deeds = [village.declare(1, "G01", 4).await, village.declare(1, "R01", 1).await];
    village.approve(&deeds).await;
    for rows in [[(1, "D01"), (2, "R01")], [(1, "V07"), (2, "D01")]] {
        let sheet = village.assess(&rows).await;
        village.vote("seat2", &[sheet], Vote::Approve, None).await;
        village.vote("seat3", &[sheet], Vote::Approve, None).await;
    }
    village.at("2026-11-11").await;
    village.redeem(1, &[("egg", 3, 5)]).await;
    village.set_pin(1, "274619").await;
    let body = Body::SetPublicity { household: home(1), standings: true };
    village.try_as("card 1 1", body).await.expect("written");
    // Of two credits one is disputed, and one is taken back in part.
    let credited_by = credited_by(&village);
    village.object(deeds[0], None, Some(credited_by)).await;
    village.object(deeds[1], None, Some(credited_by)).await;
    village.rule(deeds[1], Ruling::Partial, 10).await;
    // One of each open state, and of each end.
    village.declare(1, "F07", 1).await;
    let returned = village.declare(1, "J05", 1).await;
    village.review(returned, Verdict::Return, Some(Ground::EvidenceUnclear)).await;
    let endorsed = village.declare(1, "Z01", 1).await;
    village.review(endorsed, Verdict::Endorse, None).await;
    let refused = village.declare(1, "X01", 1).await;
    village.review(refused, Verdict::Refuse, Some(Ground::NotDone)).await;
    let noticed = [village.declare(1, "J05", 2).await, village.declare(1, "R01", 2).await];
    village.approve(&noticed).await;
    village.object(noticed[1], None, None).await;
    village
}

fn credited_by(village: &Village) -> u64 {
    let entries = village.engine.entries(0, usize::MAX).expect("entries");
    let credits = |bytes: &Vec<u8>| {
        let entry = civbank::wire::Entry::decode(bytes).expect("an entry");
        let ours = entry.effects.changes.iter().any(|change| {
            matches!(change, civbank::bank::effects::Change::StateChanged { household, state: State::Credited, .. }
                if *household == home(1))
        });
        ours.then_some(entry.index)
    };
    entries.iter().rev().find_map(credits).expect("a credit")
}

/// Every reading page, and every page for trouble that a reader can meet.
fn pages(village: &Village) -> Vec<String> {
    let book = link(1, 1);
    let size = village.engine.published().size;
    let mut pages = vec!["/".to_owned(), "/b/370829199201".to_owned(), "/b/370829199201/poster".to_owned()];
    pages.extend(["", "?before=1", "?month=2026-11", "?month=2026-01"].map(|ask| format!("{book}{ask}")));
    pages.extend([2, 4, 5, 9].map(|serial| link(serial, 1)));
    pages.extend((0..size).map(|entry| format!("{book}?line={entry}")));
    pages.extend(["/p/x", "/nothing", "/b/1", "/object?declaration=1"].map(str::to_owned));
    pages
}

/// A text without what people wrote.
pub fn ours(text: &str) -> String {
    let mut text = text.to_owned();
    for title in WRITTEN.iter().chain(&MEASURES) {
        text = text.replace(title, "");
    }
    // English quotation marks are the same letters.
    text.replace(['”', '“'], "\"")
}

/// The first Chinese of a text, or nothing.
pub fn first_chinese(text: &str) -> &str {
    let at = text
        .char_indices()
        .find(|(_, letter)| has_chinese(&letter.to_string()) || "，。：；（）、“".contains(*letter));
    let at = at.map_or(text.len(), |(at, _)| at);
    let end = text[at..].char_indices().nth(40).map_or(text.len(), |(end, _)| at + end);
    &text[at..end]
}

#[tokio::test]
async fn who_prefers_english_reads_no_chinese_but_what_people_wrote() {
    let village = busy().await;
    let address = serve(&village.engine).await;
    let mut lines = 0;
    for path in pages(&village) {
        let page = ask(address, "GET", &path, ENGLISH).await;
        assert!(page.body.contains("<html lang=\"en\">"), "{path}");
        assert_eq!(page.header("content-language"), Some("en"), "{path}");
        assert!(page.header("vary").is_some_and(|vary| vary.contains("accept-language")), "{path}");
        assert_eq!(first_chinese(&ours(&page.body)), "", "{path}");
        lines += usize::from(path.contains("?line=") && page.status == 200);

        let plain = get(address, &path).await;
        assert_eq!(plain.header("content-language"), Some("zh-CN"), "{path}");
        assert!(plain.body.contains("<html lang=\"zh-CN\">") && has_chinese(&plain.body), "{path}");
        let asked = ask(address, "GET", &path, CHINESE).await;
        assert_eq!(asked.body, plain.body, "{path}");
        assert_eq!(page.status, plain.status, "{path}");
        assert_eq!(page.header("content-security-policy"), plain.header("content-security-policy"), "{path}");
        assert_eq!(page.header("retry-after"), plain.header("retry-after"), "{path}");
    }
    assert!(lines >= 3, "{lines} lines of the book");

    let book = ask(address, "GET", &link(1, 1), ENGLISH).await;
    for said in [
        "Household 00001, passbook Card 1 Seen 11 Nov 2026 09:00",
        "Points to spend 35 pts ≈ 7 eggs (at 5 points each)",
        "Vetoed this year (积分造假): no stars and honours.",
        "waiting for review Waiting for the liaison's review, 5 days left (by 16 Nov)",
        "Sent back because the evidence is unclear",
        "Votes in favour: 0 of 2 needed Declaration ",
        "The liaison: it was not done 11 Nov 2026 Entry ",
        "2026: points for the five beauties Clean surroundings 10 pts",
        "Spent on 鸡蛋×3 (village shop)",
        "Partly taken back by a ruling: 门前三包 ×1 (declaration ",
    ] {
        let text = book.text().replace("&#39;", "'");
        assert!(text.contains(said), "{said}\n{text}");
    }
    let board = ask(address, "GET", "/b/370829199201", ENGLISH).await;
    for said in [
        "Households",
        "家风家训 +60 pts 000**: until 18 Nov (7 days left)",
        "No. 1, household ***01",
        "The head bank's catalogue, version 1.",
        "Town grant 1600.00 yuan 100000 pts",
    ] {
        let text = board.text().replace("&#39;", "'");
        assert!(text.to_lowercase().contains(&said.to_lowercase()), "{said}\n{text}");
    }
    // Titles that stand alone are marked as Chinese.
    assert!(board.body.contains("<b lang=\"zh-CN\">家风家训</b>"));
    assert!(book.body.contains("<p class=\"bank\" lang=\"zh-CN\">明德镇文明银行总行"));
}

#[tokio::test]
async fn what_is_no_page_is_told_nothing_about_languages() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let health = get(address, "/healthz").await;
    assert_eq!((health.header("content-language"), health.header("vary")), (None, None));
    let challenge = post(address, "/api/challenge", ENGLISH, b"").await;
    assert_eq!((challenge.status, challenge.header("content-language")), (200, None));
    let wrong = post(address, "/", &format!("{ENGLISH}Content-Type: text/plain\r\n"), b"x").await;
    assert_eq!((wrong.status, wrong.header("content-language")), (405, Some("en")));
    assert!(wrong.says("This can only be read"), "{}", wrong.text());
}

#[tokio::test]
async fn a_bank_before_its_first_entry_speaks_english_too() {
    let village = Village::empty();
    let address = serve_with(&village.engine, Settings::default()).await;
    let page = ask(address, "GET", "/", ENGLISH).await;
    assert!(page.says("The bank is not open yet."), "{}", page.text());
    assert_eq!(first_chinese(&page.body), "");
}

/// Texts of a source file, as `t(…)` has them: the Chinese and the English. Han letters outside of them are what
/// stands there in one language only.
fn pairs<'a>(source: &'a str, begin: &str, quotes: &[char]) -> (Vec<(&'a str, &'a str)>, String) {
    let (mut pairs, mut rest, mut outside) = (Vec::new(), source, String::new());
    while let Some((before, after)) = rest.split_once(begin) {
        outside.push_str(before);
        let (zh, after) = text(after, quotes);
        let (en, after) =
            text(after.trim_start().strip_prefix(',').expect("a comma between two texts"), quotes);
        pairs.push((zh, en));
        rest = after;
    }
    outside.push_str(rest);
    (pairs, outside)
}

/// A quoted text at the beginning, and what stands behind it.
fn text<'a>(source: &'a str, quotes: &[char]) -> (&'a str, &'a str) {
    let source = source.trim_start();
    let quote = source.chars().next().filter(|quote| quotes.contains(quote));
    let quote =
        quote.unwrap_or_else(|| panic!("a quoted text in {}", source.chars().take(60).collect::<String>()));
    let inner = &source[1..];
    let mut escaped = false;
    for (at, letter) in inner.char_indices() {
        if letter == quote && !escaped {
            return (&inner[..at], &inner[at + 1..]);
        }
        escaped = letter == '\\' && !escaped;
    }
    panic!("a text without end");
}

/// Calls of a script's `t` begin a word wherever they stand; other names that end in `t` do not.
fn called(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut before = ' ';
    for (at, letter) in source.char_indices() {
        let begins = !before.is_alphanumeric() && !"_$.".contains(before);
        if begins && source[at..].starts_with("t(") {
            out.push(' ');
        }
        out.push(letter);
        before = letter;
    }
    out
}

/// A source without what it puts into entries and documents and on paper, which is Chinese for every reader.
fn written(source: &str, quotes: &[char]) -> String {
    let (mut out, mut rest) = (String::new(), source);
    while let Some((before, after)) = rest.split_once("written(") {
        out.push_str(before);
        rest = text(after, quotes).1;
    }
    out + rest
}

#[test]
fn every_text_of_a_page_stands_in_both_languages() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut translated = 0;
    for (folder, ending, begin, quotes) in
        [("templates", "html", "lang.t(", &['"'][..]), ("assets/js", "js", " t(", &['\'', '"', '`'][..])]
    {
        for file in std::fs::read_dir(web.join(folder)).expect("a folder").flatten() {
            let path = file.path();
            if path.extension().is_none_or(|end| end != ending) {
                continue;
            }
            let name = file.file_name().to_string_lossy().into_owned();
            let source = std::fs::read_to_string(&path).expect("a source");
            let source = match ending {
                "html" => source
                    .replace("frame.t(", "lang.t(")
                    .replace("lang.with(", "lang.t(")
                    .replace("lang.with_two(", "lang.t("),
                _ => called(&source),
            };
            let source = written(&source, quotes);
            let (pairs, outside) = pairs(&source, begin, quotes);
            // A page that no language is known of yet; every page fills its title in.
            let outside = if name == "page.html" { outside.replace("文明银行", "") } else { outside };
            assert!(!has_chinese(&outside), "{}: {}", path.display(), first_chinese(&outside));
            translated += usize::from(!pairs.is_empty());
            for (zh, en) in pairs {
                assert!(!has_chinese(en), "{}: {zh} / {en}", path.display());
                // English may want a word before a number where Chinese has one behind it.
                let few = en.split_whitespace().count() <= 3;
                assert!(!zh.is_empty() || (few && !en.is_empty()), "{}: {en}", path.display());
                // A counter word has no English; a sentence has.
                let letters = zh.chars().filter(|letter| has_chinese(&letter.to_string())).count();
                assert!(!en.trim().is_empty() || letters <= 4, "{}: {zh}", path.display());
            }
        }
    }
    assert!(translated >= 60, "{translated} sources");
}
