//! The head bank's desk and the clerk's import over plain HTTP: who reaches what, what a glance shows, and that looking
//! at a sheet writes nothing.

use std::net::SocketAddr;

use civbank::bank::command::{Body, StockInLine};
use civbank::bank::words::*;
use serde_json::Value;

use super::api::{cookie, session};
use super::http::{Answer, ask, get, post, serve};
use super::village::{Village, branch, key};

const OFFICERS: [&str; 5] =
    ["/desk/officer", "/desk/rulings", "/desk/roles", "/desk/catalogue", "/desk/budget"];
const CLERKS: [&str; 2] = ["/desk/import", "/desk/cards"];

async fn seen(address: SocketAddr, who: &str, path: &str) -> Answer {
    ask(address, "GET", path, &cookie(&session(address, &key(who)).await)).await
}

/// Sends a sheet for a branch.
async fn sheet(address: SocketAddr, session: &str, branch: &str, bytes: &[u8]) -> Answer {
    post(address, &format!("/api/sheet?branch={branch}"), &cookie(session), bytes).await
}

fn read(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

#[tokio::test]
async fn each_part_is_for_its_office() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    for path in OFFICERS.into_iter().chain(CLERKS) {
        let answer = get(address, path).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/sign-in")), "{path}");
        for who in ["officer", "clerk", "seat2", "liaison", "supervisor", "till"] {
            let may = match who {
                "officer" => OFFICERS.contains(&path),
                "clerk" => CLERKS.contains(&path),
                _ => false,
            };
            let answer = seen(address, who, path).await;
            assert_eq!(answer.status, if may { 200 } else { 403 }, "{who} {path}: {answer:?}");
        }
    }
    for (who, shown) in [("officer", "/desk/officer"), ("clerk", "/desk/import")] {
        let desk = seen(address, who, "/desk").await;
        assert!(desk.body.contains(&format!("href=\"{shown}\"")), "{who}: {}", desk.text());
    }

    let good = "户号,成员\n00100,王明\n".as_bytes();
    let here = branch().to_string();
    let nobody = post(address, &format!("/api/sheet?branch={here}"), "", good).await;
    assert_eq!((nobody.status, read(&nobody)["reason"].as_str()), (401, Some("SESSION_MISSING")));
    for who in ["officer", "seat2", "liaison", "supervisor", "till"] {
        let answer = sheet(address, &session(address, &key(who)).await, &here, good).await;
        assert_eq!((answer.status, read(&answer)["reason"].as_str()), (403, Some("READ_DENIED")), "{who}");
    }
    let clerk = session(address, &key("clerk")).await;
    for (of, status) in
        [(here.as_str(), 200), ("370829199202", 403), ("370829199000", 403), ("x", 400), ("", 400)]
    {
        let answer = sheet(address, &clerk, of, good).await;
        assert_eq!(answer.status, status, "{of}: {answer:?}");
    }
    let cross = format!("{}Sec-Fetch-Site: cross-site\r\n", cookie(&clerk));
    let cross = post(address, &format!("/api/sheet?branch={here}"), &cross, good).await;
    assert_eq!((cross.status, read(&cross)["reason"].as_str()), (403, Some("CROSS_SITE")));
}

#[tokio::test]
async fn a_sheet_is_looked_at_and_nothing_is_written() {
    let village = Village::open().await;
    let address = serve(&village.engine).await;
    let clerk = session(address, &key("clerk")).await;
    let here = branch().to_string();
    let before = village.engine.published().size;

    let answer =
        read(&sheet(address, &clerk, &here, "户号,成员\n00100,王明、李芳\n101,<司马>光\n".as_bytes()).await);
    assert_eq!(answer["homes"], Value::Array(vec![]));
    assert_eq!(answer["faults"][0]["row"], 3);
    assert_eq!(answer["faults"][0]["column"], "B");
    assert!(answer["faults"][0]["what"].as_str().is_some_and(|what| what.contains("“<司马>光”")), "{answer}");

    // Households 1, 2, 3 and 9 are there.
    let answer = read(
        &sheet(address, &clerk, &here, "户号,成员\n100,王明\n2,李芳\n100,孙强\n9,赵秀英\n".as_bytes()).await,
    );
    let told: Vec<&str> =
        answer["faults"].as_array().expect("faults").iter().filter_map(|one| one["what"].as_str()).collect();
    assert_eq!(
        told,
        [
            "00002 号户已经开过户了。请从表里删去这一行。",
            "00100 号户重复了：第 2 行已经有这一户。",
            "00009 号户已经开过户了。请从表里删去这一行。"
        ]
    );
    assert_eq!((&answer["faults"][2]["row"], &answer["faults"][2]["column"]), (&5.into(), &"A".into()));

    let answer = read(&sheet(address, &clerk, &here, "户号,成员\n00100,王明、李芳\n".as_bytes()).await);
    assert_eq!(answer["homes"][0]["household"], "370829199201-00100");
    assert_eq!(answer["homes"][0]["members"], serde_json::json!(["王明", "李芳"]));
    assert_eq!(answer["faults"], Value::Array(vec![]));

    // A fault in each of a thousand lines: two hundred are told, the rest counted.
    let many: String =
        std::iter::once("户号,成员\n".to_owned()).chain((1..=1_000).map(|_| "x,王明\n".to_owned())).collect();
    let answer = read(&sheet(address, &clerk, &here, many.as_bytes()).await);
    assert_eq!((answer["faults"].as_array().map(Vec::len), &answer["more"]), (Some(200), &800.into()));

    let large = sheet(address, &clerk, &here, &vec![b'x'; (8 << 20) + 1]).await;
    assert_eq!((large.status, read(&large)["reason"].as_str()), (413, Some("REQUEST_TOO_LARGE")));
    assert_eq!(village.engine.published().size, before, "nothing was written");
}

#[tokio::test]
async fn every_branch_at_a_glance() {
    let village = Village::open().await;
    let first = village.declare(1, "F07", 2).await;
    village.declare(2, "R01", 1).await;
    let late = village.declare(3, "R01", 1).await;
    village.approve(&[first]).await;
    village.review(late, Verdict::Endorse, None).await;
    village.at("2026-11-06").await;
    village.object(first, None, None).await;
    let address = serve(&village.engine).await;
    let desk = seen(address, "officer", "/desk/officer").await;
    for says in [
        "有 1 条异议等总行裁定",
        "前进村",
        "370829199201 · 4 户",
        // One review is late by now, one decision is not.
        "1 件 1 件 1 件 0 条 1 条 99900 分",
        "共发 100000 分，1600.00 元",
        "— 缺 0 种 快没 0 种",
    ] {
        assert!(desk.says(says), "{says}: {}", desk.text());
    }
    // The notice ends, 100 points are in a book; the shelf holds far more than they are worth.
    village.rule(first, Ruling::Dismiss, 0).await;
    village.at("2026-11-14").await;
    let goods = vec![civbank::bank::command::Price {
        sku: "pen".parse().expect("a sku"),
        title: "铅笔".to_owned(),
        measure: "支".to_owned(),
        points: 5,
        month_limit: 0,
    }];
    village.try_officer(Body::SetPrice { branch: branch(), goods }).await.expect("priced");
    let line =
        StockInLine { sku: "pen".parse().expect("a sku"), quantity: 3, cost_fen: 0, best_before: None };
    let stock =
        Body::StockIn { branch: branch(), lines: vec![line], source: FundSource::Town, receipt: None };
    village.try_as("clerk", stock).await.expect("stocked");
    let desk = seen(address, "officer", "/desk/officer").await;
    assert!(desk.says("2200015% 缺 0 种 快没 1 种"), "{}", desk.text());
    assert!(desk.says("现在没有等裁定的异议"), "{}", desk.text());
}
