//! The desks in English: every one of them in a busy village, no Chinese but what people wrote, and that marked as
//! Chinese wherever it stands alone.

use super::api::{cookie, session};
use super::busy::{Busy, pages};
use super::english::{CHINESE, ENGLISH, first_chinese};
use super::http::{Answer, ask, serve};
use super::village::key;
use crate::it::words::has_chinese;

/// Desks that are in both languages.
const DESKS: &[&str] = &[
    "/desk/officer",
    "/desk/roles",
    "/desk/catalogue",
    "/desk/budget",
    "/desk/cards",
    "/desk/import",
    "/desk/committee",
    "/desk/liaison",
    "/desk/supervisor",
    "/desk/suggestions",
    "/desk/rulings",
    "/till",
];

/// What the busy village's people wrote, where it stands in a sentence or an attribute.
const WRITTEN: &[&str] = &[
    "明德镇文明银行总行",
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
    "次",
];

/// A page without the elements that say they are Chinese.
fn without_own(page: &str) -> String {
    let (mut out, mut rest) = (String::new(), page);
    while let Some(mark) = rest.find(" lang=\"zh-CN\"") {
        let begin = rest[..mark].rfind('<').expect("a tag around an attribute");
        let name: String =
            rest[begin + 1..].chars().take_while(|letter| letter.is_ascii_alphanumeric()).collect();
        let end = format!("</{name}>");
        let inside = &rest[mark..];
        let ends = inside.find(&end).unwrap_or_else(|| panic!("no end of {name}"));
        assert!(!inside[..ends].contains(&format!("<{name}")), "a {name} within a {name}");
        out.push_str(&rest[..begin]);
        rest = &inside[ends + end.len()..];
    }
    out.push_str(rest);
    out
}

/// What stands alone in an element, in Chinese, and does not say so.
fn unmarked(page: &str) -> Option<&str> {
    let alone = |text: &&str| has_chinese(text) && WRITTEN.contains(&text.trim());
    page.split('>').filter_map(|part| part.split_once('<').map(|(text, _)| text)).find(alone)
}

async fn seen(address: std::net::SocketAddr, path: &str, who: &str, language: &str) -> Answer {
    let signed_in = cookie(&session(address, &key(who)).await);
    ask(address, "GET", path, &format!("{signed_in}{language}")).await
}

#[tokio::test]
async fn every_desk_is_english_for_those_who_prefer_it() {
    let busy = Busy::open("").await;
    let address = serve(&busy.village.engine).await;
    let mut found = Vec::new();
    for page in pages(&busy).into_iter().filter(|page| DESKS.contains(&page.route)) {
        let (path, who) = (page.address.as_str(), page.who.expect("a desk is somebody's"));
        let english = seen(address, path, who, ENGLISH).await;
        assert_eq!((english.status, english.header("content-language")), (200, Some("en")), "{path} {who}");
        assert!(english.body.contains("<html lang=\"en\">"), "{path} {who}");
        let ours = without_own(&english.body);
        assert_eq!(unmarked(&ours), None, "{path} {who}");
        // English sentences quote titles as Chinese ones do.
        let ours = ours.replace(['“', '”'], "\"");
        let left = WRITTEN.iter().fold(ours, |text, written| text.replace(written, ""));
        assert_eq!(first_chinese(&left), "", "{path} {who}");

        let plain = seen(address, path, who, "").await;
        assert_eq!(plain.header("content-language"), Some("zh-CN"), "{path} {who}");
        assert!(plain.body.contains("<html lang=\"zh-CN\">") && has_chinese(&plain.body), "{path} {who}");
        assert_eq!(seen(address, path, who, CHINESE).await.body, plain.body, "{path} {who}");
        assert_eq!(english.header("content-security-policy"), plain.header("content-security-policy"));
        found.push(page.route);
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), DESKS.len(), "{found:?}");
}
