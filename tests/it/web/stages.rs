//! A declaration's way as its household reads it, step by step.

use civbank::bank::command::Body;
use civbank::bank::words::*;

use super::http::{get, serve};
use super::village::{Village, home, link};

#[tokio::test]
async fn each_step_says_whose_turn_it_is() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let says = async |text: &str| {
        let page = get(address, &link(1, 1)).await;
        assert!(page.says(text), "{text}\n{}", page.text());
    };
    // Monday; three working days.
    let deed = village.declare(1, "G01", 2).await;
    says("志愿服务 ×2 待审核 等联户党员审核，还有 3 天（最晚11月5日）").await;
    says(&format!("申报 {deed} 号，11月2日做的")).await;
    village.at("2026-11-06").await;
    says("审核超期，本村其他联户党员也可以审核，已过 1 天（最晚11月5日）").await;

    village.review(deed, Verdict::Return, Some(Ground::EvidenceUnclear)).await;
    says("待补充 等您家补充后再报，还有 60 天（最晚1月5日） 退回原因：凭证看不清").await;
    village.at("2026-11-09").await;
    village.resubmit(1, deed, 3).await;
    says("志愿服务 ×3 待审核 等联户党员审核，还有 3 天（最晚11月12日）").await;

    village.review(deed, Verdict::Endorse, None).await;
    says("待评审 等评价委员会评审，还有 7 天（最晚11月16日） 已有 0 票同意，满 2 票通过").await;
    village.vote("seat2", &[deed], Vote::Approve, None).await;
    says("已有 1 票同意，满 2 票通过").await;
    village.vote("seat3", &[deed], Vote::Approve, None).await;
    says("公示中 正在公示，等公示期满，还有 7 天（公示到11月16日） 没有异议，期满后入账 30 分").await;

    village.at("2026-11-10").await;
    village.object(deed, None, None).await;
    says("有异议 有人提出异议，等总行裁定，还有 10 天（最晚11月20日） 涉及 30 分，裁定前不动").await;
    village.rule(deed, Ruling::Partial, 20).await;
    says(
        "公示中 正在公示，等公示期满，还有 6 天（公示到11月16日） \
         有人提出异议（报多了），11月10日总行裁定：异议部分成立，由 30 分改为 20 分 \
         没有别的异议，期满后入账 20 分",
    )
    .await;
    // A second objection, which is dismissed: the newest ruling is told, and the points that stood before it.
    village.object(deed, None, None).await;
    says("涉及 20 分，裁定前不动").await;
    says("由 30 分改为 20 分").await;
    village.rule(deed, Ruling::Dismiss, 0).await;
    says("有人提出异议（报多了），11月10日总行裁定：异议不成立 没有别的异议，期满后入账 20 分").await;

    village.at("2026-11-17").await;
    says("现在没有正在办的申报。").await;
    says("可兑积分 20 分").await;
    // The resubmitted quantity, not the first.
    says(&format!("公示期满入账：志愿服务 ×3（申报 {deed} 号）")).await;
}

#[tokio::test]
async fn a_no_comes_with_its_reason() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let unseen = village.declare(1, "R01", 1).await;
    village.review(unseen, Verdict::Refuse, Some(Ground::NotDone)).await;
    let doubled = village.declare(1, "J05", 1).await;
    village.review(doubled, Verdict::Endorse, None).await;
    village.vote("seat2", &[doubled], Vote::Refuse, Some(Ground::Duplicate)).await;
    village.vote("seat3", &[doubled], Vote::Refuse, Some(Ground::Duplicate)).await;
    let overruled = village.declare(1, "F07", 1).await;
    village.approve(&[overruled]).await;
    village.object(overruled, None, None).await;
    village.rule(overruled, Ruling::Uphold, 0).await;

    let page = get(address, &link(1, 1)).await;
    for text in [
        format!("门前三包 ×1（申报 {unseen} 号） 未通过 联户党员：没有做这件事"),
        format!("家风家训 ×1（申报 {doubled} 号） 未通过 评价委员会：以前报过"),
        format!("合理化建议 ×1（申报 {overruled} 号） 已作废 总行裁定：异议成立"),
    ] {
        assert!(page.says(&text), "{text}\n{}", page.text());
    }
    assert!(page.says("先问您家的联户党员（00009 号户 1 号成员）"));
    village.at("2027-02-05").await;
    assert!(!get(address, &link(1, 1)).await.says("最近没有通过的"));
}

#[tokio::test]
async fn a_sheet_shows_each_household_its_own_row() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let sheet = village.assess(&[(1, "R01"), (2, "D01"), (3, "V07")]).await;
    village.vote("seat2", &[sheet], Vote::Approve, None).await;
    village.vote("seat3", &[sheet], Vote::Approve, None).await;
    for (serial, text) in [
        (1, "门前三包 ×1 公示中 正在公示，等公示期满，还有 7 天（公示到11月9日） 没有异议，期满后入账 20 分"),
        (2, "乱堆乱放 ×1 公示中 正在公示，等公示期满，还有 7 天（公示到11月9日） 没有异议，期满后扣 5 分"),
        (
            3,
            "积分造假 ×1 公示中 正在公示，等公示期满，还有 7 天（公示到11月9日） 没有异议，期满后取消当年评星评优",
        ),
    ] {
        let page = get(address, &link(serial, 1)).await;
        assert!(page.says(text), "{text}\n{}", page.text());
        assert!(page.says(&format!("检查表 {sheet} 号，11月2日检查")));
        assert_eq!(page.text().matches("公示中").count(), 1, "one row of the sheet is this household's");
    }
    // One row of the sheet is objected to and upheld in part: its household reads of it, the others do not.
    village.object(sheet, Some(2), None).await;
    let (household, ruling, points) = (Some(home(2)), Ruling::Partial, 3);
    let rule = Body::Rule { declaration: sheet, household, ruling, points, statement: None };
    village.try_officer(rule).await.expect("ruled");
    for (serial, told) in [(1, false), (2, true), (3, false)] {
        let page = get(address, &link(serial, 1)).await;
        let text = "异议部分成立，由 5 分改为 3 分 没有别的异议，期满后扣 3 分";
        assert_eq!((page.says(text), page.says("异议部分成立")), (told, told), "{serial}: {}", page.text());
    }
}

#[tokio::test]
async fn a_closed_book_can_still_be_read() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    village.close(2).await;
    let page = get(address, &link(2, 1)).await;
    assert!(page.says("本户已经销户。"), "{}", page.text());
}
