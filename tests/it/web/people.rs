//! Names on the passbook: masked for whoever holds the link, in full on one answer for whoever gives the PIN.

use civbank::bank::PIN_MISSES_MAX;

use super::http::{Answer, ask, get, post, serve};
use super::log::Log;
use super::village::{Village, home, link};

const PIN: &str = "274619";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n";
const NAMES: [&str; 3] = ["王小明", "欧阳修", "<b>李四</b>"];

async fn village() -> Village {
    let village = Village::open().await;
    village.open_named(4, &NAMES).await;
    village
}

async fn give(address: std::net::SocketAddr, path: &str, pin: &str) -> Answer {
    post(address, path, FORM, format!("pin={pin}").as_bytes()).await
}

fn policy(page: &Answer) -> &str {
    page.header("content-security-policy").expect("a policy")
}

#[tokio::test]
async fn the_head_is_masked_and_the_pin_shows_all_once() {
    let village = village().await;
    let address = serve(&village.engine).await;
    let book = link(4, 1);
    // Without a PIN there is the mask, and how to set one.
    let page = get(address, &book).await;
    assert!(page.says("户主 王**，全家 3 人。"), "{}", page.text());
    assert!(page.says("先带存折到支行设一个密码") && !page.body.contains("<form"));
    assert!(!page.says("王小明") && !page.says("欧阳"));
    let refused = give(address, &book, PIN).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.says("王小明") && refused.says("先带存折到支行设一个密码"));

    village.set_pin(4, PIN).await;
    let log = Log::start();
    let asks = get(address, &book).await;
    assert!(asks.body.contains("<form class=\"unmask\" method=\"post\""), "{}", asks.body);
    assert!(policy(&asks).contains("form-action 'self'") && policy(&asks).contains("default-src 'none'"));
    let shown = give(address, &book, PIN).await;
    assert_eq!(shown.status, 200);
    assert!(shown.says("1 号成员 王小明 2 号成员 欧阳修 3 号成员"), "{}", shown.text());
    assert!(shown.body.contains("&#60;b&#62;李四&#60;/b&#62;") && !shown.body.contains("<b>李四"));
    assert!(!shown.body.contains("00012345678"), "nothing beside the names");
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    assert_eq!(shown.header("set-cookie"), None);
    assert!(!get(address, &book).await.says("王小明"), "the next look is masked again");
    // The read is noted; neither PIN nor name nor link are.
    let text = log.text();
    assert_eq!(text.matches("civbank::unmasked").count(), 1, "{text}");
    assert!(text.contains("370829199201-00004"));
    for secret in [PIN, "王小明", "欧阳修", &book[3..]] {
        assert!(!text.contains(secret), "{secret} is logged");
    }
    drop(log);

    // No other page asks for a PIN.
    for path in [format!("{book}?month=2026-11"), format!("{book}?before=3"), link(1, 1)] {
        let page = get(address, &path).await;
        assert!(!page.body.contains("<form") && policy(&page).contains("form-action 'none'"), "{path}");
    }
}

#[tokio::test]
async fn five_misses_lock_as_they_do_at_the_till() {
    let village = village().await;
    let address = serve(&village.engine).await;
    village.set_pin(4, PIN).await;
    let book = link(4, 1);
    let size = village.engine.published().size;
    // What is no PIN, or comes from another site, is no try.
    for body in ["", "pin=", "pin=12", "pin=1234567", "pin=12a4", "pin=1234&pin=1234", "nip=1234"] {
        let answer = post(address, &book, FORM, body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.says("密码是 4 到 6 位数字"), "{body}");
    }
    let large = post(address, &book, FORM, "pin=1".repeat(100).as_bytes()).await;
    assert_eq!(large.status, 400);
    let foreign =
        post(address, &book, "Sec-Fetch-Site: cross-site\r\n", format!("pin={PIN}").as_bytes()).await;
    assert_eq!(foreign.status, 403);
    assert!(!foreign.says("王小明"));

    for left in (1..PIN_MISSES_MAX).rev() {
        let wrong = give(address, &book, "1234").await;
        assert_eq!(wrong.status, 403);
        assert!(wrong.says(&format!("密码不对，还能试 {left} 次。")), "{}", wrong.text());
        assert!(!wrong.says("王小明"));
    }
    assert_eq!(village.engine.published().size, size, "a miss is no entry");
    let last = give(address, &book, "1234").await;
    assert!(last.says("还能试 0 次") && last.says("密码锁住了，看不了全名"), "{}", last.text());
    assert!(last.says("存折密码已锁住") && !last.body.contains("<form"));
    assert_eq!(village.engine.published().size, size + 1, "the lock is an entry");
    let locked = village.engine.read(|view| view.bank.household(home(4)).expect("a household").pin_locked);
    assert!(locked.await.expect("a running engine"));
    let right = give(address, &book, PIN).await;
    assert_eq!(right.status, 403);
    assert!(!right.says("王小明"));
    assert_eq!(village.engine.published().size, size + 1);

    // A right PIN begins counting anew, and a new one opens.
    village.set_pin(4, "9876").await;
    assert!(give(address, &book, "1111").await.says("还能试 4 次"));
    assert!(give(address, &book, "9876").await.says("王小明"));
    assert!(give(address, &book, "1111").await.says("还能试 4 次"));
}

#[tokio::test]
async fn what_was_erased_is_not_told() {
    let village = Village::open().await;
    let addresses = village.open_named(4, &NAMES).await;
    village.set_pin(4, PIN).await;
    let address = serve(&village.engine).await;
    let documents = village.engine.documents();
    assert!(documents.erase(addresses[1]).expect("erased"));
    let shown = give(address, &link(4, 1), PIN).await;
    assert!(shown.says("1 号成员 王小明 2 号成员 资料已删除 3 号成员"), "{}", shown.text());
    // Without the head's name the page is as if there were none.
    assert!(documents.erase(addresses[0]).expect("erased"));
    let page = get(address, &link(4, 1)).await;
    assert_eq!(page.status, 200);
    assert!(!page.says("户主") && !page.says("**") && !page.body.contains("<form"));
    assert_eq!(give(address, &link(4, 1), PIN).await.status, 405);
    // Books whose names were never brought.
    assert!(!get(address, &link(1, 1)).await.says("户主"));
    // A link that opens nothing is told as ever, and tries nothing.
    assert_eq!(give(address, "/p/x", PIN).await.status, 404);
    assert_eq!(ask(address, "DELETE", &link(4, 1), "").await.status, 405);
}
