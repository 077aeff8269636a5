//! The public board: what a villager before the poster reads, and what is nobody's business there.

use civbank::bank::command::Body;
use civbank::bank::ids::Digest;
use civbank::bank::words::{Ground, Ruling, Verdict, Vote};
use civbank::documents::{DocumentKind, seal};
use civbank::tlog::{Checkpoint, Cosigner, Hash, Signer};
use civbank::web::Settings;

use super::http::{ask, get, serve, serve_with};
use super::village::{Village, branch, home, key, link};

const BOARD: &str = "/b/370829199201";

#[tokio::test]
async fn what_is_on_notice_stands_on_the_board_until_its_last_day() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let empty = get(address, BOARD).await;
    assert_eq!(empty.status, 200);
    assert!(empty.says("明德镇文明银行总行 前进村 公开栏"), "{}", empty.text());
    assert!(empty.says("现在没有正在公示的") && empty.says("评价委员会在任 3 人，满 2 票才算数"));

    let declared = village.declare(1, "R01", 1).await;
    let waiting = get(address, BOARD).await;
    assert!(waiting.says("等联户党员审核 1 件") && waiting.says("等委员会评审 0 件"), "{}", waiting.text());
    village.review(declared, Verdict::Endorse, None).await;
    let endorsed = get(address, BOARD).await;
    assert!(endorsed.says("等联户党员审核 0 件") && endorsed.says("等委员会评审 1 件"));
    village.vote("seat2", &[declared], Vote::Approve, None).await;
    village.vote("seat3", &[declared], Vote::Approve, None).await;

    let noticed = get(address, BOARD).await;
    assert!(noticed.says("门前三包 +20 分"), "{}", noticed.text());
    assert!(noticed.says(&format!("第 {declared} 号申报")));
    assert!(noticed.says("000** 号户，公示到") && noticed.says("还有"), "{}", noticed.text());
    assert!(!noticed.body.contains("00001"), "a household's number in full");
    assert!(noticed.says("公示中 20 分"));

    village.object(declared, None, None).await;
    let objected = get(address, BOARD).await;
    assert!(
        objected.says("000** 号户，有异议，等总行裁定") && objected.says("有异议、等裁定 1 条"),
        "{}",
        objected.text()
    );
    village.rule(declared, Ruling::Dismiss, 0).await;
    assert!(get(address, BOARD).await.says("有异议、等裁定 0 条"));
    village.at("2026-11-20").await;
    let credited = get(address, BOARD).await;
    assert!(credited.says("现在没有正在公示的") && credited.says("公示期满入账 1 1"), "{}", credited.text());
    assert!(credited.says("在各户存折里 20 分"));
}

#[tokio::test]
async fn money_and_points_add_up_before_everybody() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let declared = village.declare(1, "J05", 1).await;
    village.approve(&[declared]).await;
    village.at("2026-11-20").await;
    village.redeem(1, &[("egg", 2, 5)]).await;
    let refused = village.declare(2, "R01", 1).await;
    village.review(refused, Verdict::Refuse, Some(Ground::NotDone)).await;
    let board = get(address, BOARD).await;
    assert!(board.says("1600.00 元") || board.says("1,600 元") || board.says("1600 元"), "{}", board.text());
    for line in ["还没发出去 99970 分", "在各户存折里 20 分", "已经兑换 10 分", "合计 100000 分"]
    {
        assert!(board.says(line), "{line}\n{}", board.text());
    }
    assert!(board.says("正好是发放的总额度") && board.says("没有通过 1 1"));
    assert!(board.says("鸡蛋 5 分 9998 个"), "{}", board.text());
}

#[tokio::test]
async fn deductions_are_counted_and_told_to_nobody_else() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let sheet = village.assess(&[(1, "R01"), (2, "D01")]).await;
    village.vote("seat2", &[sheet], Vote::Approve, None).await;
    village.vote("seat3", &[sheet], Vote::Approve, None).await;
    let board = get(address, BOARD).await;
    let notice = board.text();
    let notice = notice.split("评价委员会在任").next().unwrap_or_default();
    assert!(notice.contains("门前三包") && !notice.contains("乱堆乱放"), "{notice}");
    assert!(board.says("扣分公示中（只告知本户） 1 条"), "{}", board.text());
}

#[tokio::test]
async fn the_catalogue_is_there_by_beauty_and_markup_stays_text() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let board = get(address, BOARD).await;
    assert!(board.says("总行目录第 1 版"), "{}", board.text());
    for line in ["门前三包 +20 分", "乱堆乱放 扣评价分 5 分", "积分造假 一票否决"] {
        assert!(board.says(line), "{line}\n{}", board.text());
    }
    assert!(!board.body.contains("<script") && !board.body.contains("<b>清扫"));
    assert!(board.says("&lt;script&gt;") || board.body.contains("&#60;script"), "{}", board.body);
}

#[tokio::test]
async fn what_is_no_village_has_no_board() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    for path in
        ["/b/370829199000", "/b/370829199999", "/b/x", "/b/", "/b/%00", "/b/37082919920", &link(1, 1)[2..]]
    {
        let answer = get(address, path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let front = get(address, "/").await;
    assert!(front.body.contains("href=\"/b/370829199201\""));
    // A bank that has not begun: no village, and no page that breaks over it.
    let before = Village::empty();
    let address = serve(&before.engine).await;
    assert_eq!(get(address, BOARD).await.status, 404);
}

/// The household with this card says whether it may stand on the board.
async fn agrees(village: &Village, serial: u32, standings: bool) {
    let body = Body::SetPublicity { household: home(serial), standings };
    village.try_as(&format!("card {serial} 1"), body).await.expect("written");
}

/// Words that lie where a suggestion or an answer can name them.
fn words(village: &Village, text: &str) -> Digest {
    let sealed = seal(text.as_bytes()).expect("a salt");
    let address = village.engine.documents().put(DocumentKind::Text, &sealed.bytes).expect("kept");
    Digest(*address.as_bytes())
}

#[tokio::test]
async fn only_who_agreed_stands_on_the_board_and_nobody_by_name() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let (first, second) = (village.declare(1, "J05", 1).await, village.declare(2, "R01", 1).await);
    village.approve(&[first, second]).await;
    village.at("2026-11-20").await;
    let silent = get(address, BOARD).await;
    assert!(silent.says("还没有哪一户同意上榜") && silent.says("今年另有 2 户也得了分"), "{}", silent.text());
    agrees(&village, 1, true).await;
    let board = get(address, BOARD).await;
    assert!(
        board.says("第 1 名 ***01 号户 30 分") && board.says("今年另有 1 户也得了分"),
        "{}",
        board.text()
    );
    assert!(!board.says("***02"), "nobody asked household 2");
    assert!(!board.body.contains("00001") && !board.body.contains("00002"), "a number in full");
    agrees(&village, 2, true).await;
    let both = get(address, BOARD).await;
    assert!(both.says("第 2 名 ***02 号户 20 分") && !both.says("今年另有"), "{}", both.text());
    village.at("2026-12-01").await;
    let later = get(address, BOARD).await;
    assert!(
        later.says("这个月 得分 还没有入账的 0 分 今年 得分 第 1 名 ***01 号户 30 分"),
        "{}",
        later.text()
    );
    agrees(&village, 1, false).await;
    assert!(!get(address, BOARD).await.says("***01"));
}

#[tokio::test]
async fn suggestions_are_counted_and_only_their_answers_are_shown() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let lamp = Body::Suggest { branch: branch(), document: words(&village, "村口<b>路灯</b>坏了") };
    let number = village.try_as("card 1 1", lamp).await.expect("written");
    let nothing = Body::Suggest { branch: branch(), document: Digest([9; 32]) };
    assert!(village.try_as("card 1 1", nothing).await.is_err(), "words that are not there");
    let board = get(address, BOARD).await;
    assert!(board.says("收到 1 条，答复了 0 条，还有 1 条等着答复"), "{}", board.text());
    assert!(!board.body.contains("路灯"), "what was said is for those who answer");
    let answer = words(&village, "<script>alert(1)</script>月底修好");
    let body = Body::AnswerSuggestion { suggestion: number, document: answer };
    village.try_as("clerk", body).await.expect("written");
    let board = get(address, BOARD).await;
    assert!(board.says("收到 1 条，答复了 1 条，还有 0 条等着答复"), "{}", board.text());
    assert!(board.says(&format!("答复 {number} 号建议")) && board.says("月底修好"), "{}", board.text());
    assert!(!board.body.contains("<script"), "markup stays text");
    // What is erased is gone from the board too; the count stays.
    let erase = Body::Erase { document: answer, ground: civbank::bank::words::ErasureGround::Requested };
    village.try_officer(erase).await.expect("erased");
    let erased = get(address, BOARD).await;
    assert!(erased.says("答复已经按规定删除") && erased.says("答复了 1 条"), "{}", erased.text());
}

#[tokio::test]
async fn scans_are_counted_once_each_and_outlive_the_server() {
    let village = Village::open().await;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("scans");
    let settings = Settings { scans: Some(path.clone()), ..Settings::default() };
    let address = serve_with(&village.engine, settings.clone()).await;
    let scanned = get(address, "/b/370829199201?s=1").await;
    assert_eq!((scanned.status, scanned.header("location")), (303, Some(BOARD)));
    get(address, "/b/370829199201?s=1").await;
    assert_eq!(ask(address, "HEAD", "/b/370829199201?s=1", "").await.status, 303);
    for other in ["/b/370829199299?s=1", "/b/370829199000?s=1", "/b/370829199201?s=2"] {
        get(address, other).await;
    }
    assert!(get(address, BOARD).await.says("这个月扫码 2 次"));
    let began = std::time::Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "the count is not kept");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let address = serve_with(&village.engine, settings).await;
    assert!(get(address, BOARD).await.says("这个月扫码 2 次"));
    village.at("2026-12-01").await;
    assert!(get(address, BOARD).await.says("这个月扫码 0 次"));
}

#[tokio::test]
async fn the_poster_names_the_address_that_is_configured_else_the_one_that_was_asked() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let poster = get(address, "/b/370829199201/poster").await;
    assert!(
        poster.says("前进村 文明银行公开栏") && poster.says("bank.example/b/370829199201"),
        "{}",
        poster.text()
    );
    let settings = Settings { public_url: Some("https://wenming.example".to_owned()), ..Settings::default() };
    let address = serve_with(&village.engine, settings).await;
    let poster = get(address, "/b/370829199201/poster").await;
    assert!(poster.says("wenming.example/b/370829199201") && !poster.body.contains("bank.example"));
    for none in ["/b/370829199000/poster", "/b/x/poster", "/b/370829199299/poster"] {
        assert_eq!(get(address, none).await.status, 404, "{none}");
    }
}

#[tokio::test]
async fn witnesses_are_named_only_when_their_signatures_hold() {
    let village = Village::open().await;
    let dir = tempfile::tempdir().expect("a directory");
    let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("a file");
    let believed = Cosigner::new("witness.example/county", key("witness")).expect("a witness");
    let unknown = Cosigner::new("witness.example/other", key("other witness")).expect("a witness");
    put("county.vkey", &format!("{}\n", believed.verifier()));
    let log = Signer::new(village.engine.origin(), key("log")).expect("a signer");
    let cosigned = |checkpoint: &Checkpoint, by: &[&Cosigner]| {
        let mut note = checkpoint.sign(&log).expect("signed");
        for cosigner in by {
            note.push(checkpoint.cosign(cosigner, 1_793_600_000).expect("cosigned")).expect("room");
        }
        note.to_string()
    };
    let tree = village.engine.published();
    let seen = Checkpoint::new(village.engine.origin(), tree.size, tree.root).expect("a checkpoint");
    put("a.note", &cosigned(&seen, &[&believed, &unknown]));
    put("nonsense.note", "no note");
    village.declare(1, "R01", 1).await;
    let settings = Settings { witnesses: Some(dir.path().to_owned()), ..Settings::default() };
    let address = serve_with(&village.engine, settings.clone()).await;
    let board = get(address, BOARD).await;
    assert!(board.says("witness.example/county"), "{}", board.text());
    assert!(board.says(&format!("第 {} 笔", tree.size)) && !board.says("witness.example/other"));
    assert!(!board.says("对不上：这本账"));

    // Another tree of the same size, signed by the log's own key: two faces, which nobody hides.
    let other = Hash::from_bytes([7; 32]);
    let forked = Checkpoint::new(village.engine.origin(), tree.size, other).expect("a checkpoint");
    put("b.note", &cosigned(&forked, &[&believed]));
    let address = serve_with(&village.engine, settings).await;
    let board = get(address, BOARD).await;
    assert!(board.says(&format!("第 {} 笔止的指纹与外面见证的对不上", tree.size)), "{}", board.text());
    let address = serve(&village.engine).await;
    assert!(get(address, BOARD).await.says("现在没有外面的见证人"));
}
