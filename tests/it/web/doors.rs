//! What is shown to whom: wrong and replaced links, headers, the front page, the server's fallback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use civbank::bank::Body;
use civbank::journal::{Batch, Journal, JournalError, JournalReader, MemoryJournal};

use super::http::{Answer, ask, get, serve};
use super::log::Log;
use super::village::{Village, link};

/// A link that no card ever had.
fn made_up(number: u8) -> String {
    use base64::Engine as _;
    let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode([number; 32]);
    format!("/p/{token}")
}

#[tokio::test]
async fn a_replaced_card_and_a_link_that_never_was_read_the_same() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    assert_eq!(get(address, &link(1, 1)).await.status, 200);
    village.replace_card(1, 2).await;
    let replaced = get(address, &link(1, 1)).await;
    assert_eq!(replaced.status, 404);
    assert!(replaced.says("没有打开存折") && replaced.says("请用最新的那一张"));
    let valid = link(1, 2);
    for wrong in [
        made_up(1),
        "/p/x".to_owned(),
        "/p/%00".to_owned(),
        "/p/%ff".to_owned(),
        format!("{valid}="),
        valid[..valid.len() - 1].to_owned(),
        format!("/p/{}", "A".repeat(4_000)),
    ] {
        let answer = get(address, &wrong).await;
        assert_eq!((answer.status, &answer.body), (404, &replaced.body), "{wrong}");
    }
    let page = get(address, &valid).await;
    assert!(page.says("第 2 张卡"));
}

#[tokio::test]
async fn guessing_is_slowed_down_and_shuts_nobody_out() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let mut statuses = Vec::new();
    for number in 0..60 {
        statuses.push(get(address, &made_up(number)).await.status);
    }
    // Thirty in a burst and one every two seconds; the machine may be slow.
    assert!(statuses[..30].iter().all(|status| *status == 404), "{statuses:?}");
    assert!(statuses.iter().filter(|status| **status == 429).count() >= 15, "{statuses:?}");
    let shut = get(address, &made_up(99)).await;
    if shut.status == 429 {
        assert_eq!(shut.header("retry-after"), Some("60"));
        assert!(shut.says("请歇一会儿"));
    }
    assert_eq!(get(address, &link(1, 1)).await.status, 200, "a resident's card opens all the same");
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let front = get(address, "/").await;
    let style = front.body.split("href=\"/assets/").nth(1).and_then(|rest| rest.split('"').next());
    let style = format!("/assets/{}", style.expect("a stylesheet"));
    let pages = [
        "/",
        "/b/370829199201",
        &link(1, 1),
        &made_up(1),
        "/nowhere",
        "/healthz",
        "/assets/civbank.css",
        &style,
    ];
    for path in pages {
        let answer = get(address, path).await;
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-robots-tag", "noindex, nofollow, noarchive"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
        let kept = answer.header("cache-control");
        if path == style {
            assert_eq!(kept, Some("public, max-age=31536000, immutable"));
            assert_eq!(answer.header("content-type"), Some("text/css; charset=utf-8"));
        } else {
            assert_eq!(kept, Some("no-store"), "{path}");
            assert!(
                answer.header("content-type").is_some_and(|kind| kind.ends_with("charset=utf-8")),
                "{path}"
            );
        }
        check_self_contained(path, &answer);
    }
    let name = style.trim_start_matches("/assets/civbank-").trim_end_matches(".css");
    let content = get(address, &style).await.body;
    assert_eq!(name, &blake3::hash(content.as_bytes()).to_hex().as_str()[..16]);
}

/// No scripts, no inline styles (the policy would drop them), nothing from another host.
fn check_self_contained(path: &str, answer: &Answer) {
    for forbidden in ["<script", " style=", "<style", "http://", "https://", "url(", "@import", "javascript:"]
    {
        assert!(!answer.body.contains(forbidden), "{forbidden} in {path}");
    }
}

#[tokio::test]
async fn the_front_page_tells_what_this_is() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let page = get(address, "/").await;
    assert_eq!(page.status, 200);
    assert!(page.says("明德镇文明银行总行") && page.says("支行（共 1 个） 前进村 4 户 370829199201"));
    assert!(page.body.contains("<html lang=\"zh-CN\">"));
    let published = village.engine.published();
    let root: String = published.root.as_bytes()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let root = format!("{} {} {} {}", &root[..4], &root[4..8], &root[8..12], &root[12..]);
    assert!(page.says(&format!("第 {} 笔止 {root}", published.size)), "{}", page.text());
    assert!(get(address, &link(1, 1)).await.says(&root));
    assert!(get(address, "/?after=370829199201").await.says("支行（共 1 个）"));
    assert_eq!(get(address, "/?after=nowhere").await.status, 200);
}

#[tokio::test]
async fn a_bank_that_has_not_begun_says_so() {
    let village = Village::empty();
    let address = serve(&village.engine).await;
    let page = get(address, "/").await;
    assert_eq!(page.status, 200);
    assert!(page.says("银行还没有开业"), "{}", page.text());
    assert_eq!(get(address, &link(1, 1)).await.status, 404);
}

#[tokio::test]
async fn what_is_not_a_page_is_answered_kindly() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let nowhere = get(address, "/nowhere").await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.says("没有这个页面") && nowhere.says("请扫存折上的二维码"));
    let posted = ask(address, "POST", &link(1, 1), "Content-Length: 0\r\n").await;
    assert_eq!(posted.status, 405);
    assert!(posted.says("这里只能看"));
    let head = ask(address, "HEAD", &link(1, 1), "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let kind = "Content-Type: application/grpc+proto\r\nContent-Length: 0\r\n";
    let grpc = ask(address, "POST", "/civbank.v1.Nowhere/Nothing", kind).await;
    assert_eq!((grpc.status, grpc.header("grpc-status"), grpc.body.as_str()), (200, Some("12"), ""));
    assert_eq!(grpc.header("content-type"), Some("application/grpc+proto"));
}

/// A journal whose disk fails from a moment on.
struct Failing {
    inner: MemoryJournal,
    failed: Arc<AtomicBool>,
}

impl Journal for Failing {
    fn size(&self) -> u64 {
        self.inner.size()
    }

    fn append(&mut self, batch: &Batch) -> Result<(), JournalError> {
        if self.failed.load(Ordering::SeqCst) {
            Err(JournalError::Poisoned)
        } else {
            self.inner.append(batch)
        }
    }

    fn reader(&self) -> Arc<dyn JournalReader> {
        self.inner.reader()
    }
}

#[tokio::test]
async fn a_bank_that_stopped_says_that_nothing_is_lost() {
    let failed = Arc::new(AtomicBool::new(false));
    let journal = Failing { inner: MemoryJournal::new(), failed: failed.clone() };
    let village = Village::open_on(Box::new(journal)).await;
    let address = serve(&village.engine).await;
    let health = get(address, "/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));

    failed.store(true, Ordering::SeqCst);
    let title = "后门村".to_owned();
    let branch = "370829199202".parse().expect("a branch");
    assert!(village.try_officer(Body::OpenBranch { branch, title }).await.is_err());
    let health = get(address, "/healthz").await;
    assert_eq!((health.status, health.body.as_str()), (503, "stopped\n"));
    for path in ["/", &link(1, 1), &made_up(3)] {
        let page = get(address, path).await;
        assert_eq!((page.status, page.header("retry-after")), (503, Some("60")), "{path}");
        assert!(page.says("一笔也不会少"), "{}", page.text());
    }
}

#[tokio::test]
async fn a_view_token_is_never_logged() {
    let log = Log::start();
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let (valid, wrong) = (link(1, 1), made_up(7));
    for path in [&valid, &wrong, &format!("{valid}?before=3"), &format!("{valid}/more")] {
        get(address, path).await;
    }
    let log = log.text();
    for path in [valid, wrong] {
        assert!(!log.contains(path.trim_start_matches("/p/")), "{log}");
    }
}
