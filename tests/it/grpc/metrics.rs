//! `/metrics`: what it counts, in whose hands, and that it is text which a scraper can read.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use civbank::grpc::{MetricsFor, Options};
use civbank::journal::{FileJournal, Options as JournalOptions};
use civbank::wire::pb;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::world::*;

/// One request for the page: status and body.
async fn scrape(town: &Town, header: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(town.address).await.unwrap();
    let head = format!("GET /metrics HTTP/1.1\r\nhost: bank.example\r\nconnection: close\r\n{header}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert_eq!(head.contains("text/plain; version=0.0.4"), head.contains("200 OK"), "{head}");
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// Every sample by its name and labels. Checks the form: each name has its help and type before, once; each value
/// is a number; a histogram's buckets never fall and end with the count.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let (mut kinds, mut samples) = (BTreeMap::new(), BTreeMap::new());
    let mut last_bucket = 0.0;
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(page.contains(&format!("# HELP {name} ")), "{name} has no help");
            assert_eq!(kinds.insert(name.to_owned(), kind.to_owned()), None, "{name} twice");
            last_bucket = 0.0;
        } else if !line.starts_with('#') {
            let (key, value) = line.rsplit_once(' ').unwrap();
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            let name = key.split('{').next().unwrap();
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let kind = kinds.get(name).or_else(|| kinds.get(family?));
            assert!(kind.is_some(), "{line}: no type");
            if name.ends_with("_bucket") {
                assert!(value >= last_bucket, "{line}");
                last_bucket = value;
            } else if name.ends_with("_count") {
                assert_eq!(value, last_bucket, "{line}");
            }
            assert_eq!(samples.insert(key.to_owned(), value), None, "{key} twice");
        }
    }
    samples
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (journal, _) = FileJournal::open(dir.path(), &JournalOptions::default(), None).unwrap();
    let mut town = Town::found(journal, None, quick()).await;
    town.open().await;
    let before = samples(&scrape(&town, "").await.1);
    assert_eq!(before["civbank_commands_total{outcome=\"repeated\"}"], 0.0);
    assert_eq!(before["civbank_refusals_total{reason=\"INSUFFICIENT_POINTS\"}"], 0.0);
    assert_eq!(before["civbank_entries_total"], before["civbank_tree_size"]);

    let mut ledger = town.ledger().await;
    let deed = town.envelope(town.deed("G01", 2, &[]), &["member"]);
    ok(ledger.submit(submit(deed.clone()))).await;
    ok(ledger.submit(submit(deed.clone()))).await;
    ledger.submit(submit(town.envelope(town.eggs(3), &["terminal", "passbook"]))).await.unwrap_err();
    ledger.submit(submit(pb::Envelope { payload: b"noise".to_vec(), ..deed })).await.unwrap_err();
    let token = town.token("auditor").await;
    let watching = pb::WatchEntriesRequest { first_index: 0 };
    let _stream = ok(ledger.watch_entries(signed_in(watching, &token))).await;

    let after = samples(&scrape(&town, "").await.1);
    let grew = |key: &str| after[key] - before[key];
    assert_eq!(grew("civbank_commands_total{outcome=\"written\"}"), 1.0);
    assert_eq!(grew("civbank_commands_total{outcome=\"repeated\"}"), 1.0);
    assert_eq!(grew("civbank_commands_total{outcome=\"refused\"}"), 2.0);
    assert_eq!(grew("civbank_commands_total{outcome=\"failed\"}"), 0.0);
    assert_eq!(grew("civbank_refusals_total{reason=\"ENVELOPE\"}"), 1.0);
    let refused: f64 =
        after.iter().filter(|(key, _)| key.starts_with("civbank_refusals_total")).map(|(_, n)| n).sum();
    assert_eq!(refused, after["civbank_commands_total{outcome=\"refused\"}"]);
    assert_eq!((grew("civbank_entries_total"), grew("civbank_tree_size")), (1.0, 1.0));
    for name in ["civbank_append_seconds_count", "civbank_sync_seconds_count", "civbank_batches_total"] {
        assert_eq!(grew(name), 1.0, "{name}");
    }
    assert!(after["civbank_append_seconds_sum"] >= after["civbank_sync_seconds_sum"]);
    assert_eq!((after["civbank_watchers"], before["civbank_watchers"]), (1.0, 0.0));
    assert_eq!(after["civbank_engine_serving"], 1.0);
    assert_eq!(after[&format!("civbank_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))], 1.0);
    assert!(after["process_resident_memory_bytes"] > 1e6);
    assert!(after["civbank_queue_capacity"] >= after["civbank_queue_length"]);
    assert!(after["civbank_index_lag_entries"] <= after["civbank_tree_size"]);
    // Once somebody has waited for history, the index lags no more.
    town.engine.history(civbank::engine::HistoryKind::Branch, &[0; 8], None, 1).await.unwrap();
    assert_eq!(samples(&scrape(&town, "").await.1)["civbank_index_lag_entries"], 0.0);

    // Operators can look every name up.
    let manual = include_str!("../../../docs/operate.md");
    for key in after.keys() {
        let name = key.split('{').next().unwrap();
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(manual.contains(&format!("`{name}`")), "{name} is not in docs/operate.md");
    }

    // A stopped engine is still looked at.
    town.engine.shutdown().await;
    ledger.submit(submit(town.envelope(town.deed("G01", 1, &[]), &["member"]))).await.unwrap_err();
    let stopped = samples(&scrape(&town, "").await.1);
    assert_eq!(stopped["civbank_engine_serving"], 0.0);
    assert_eq!(stopped["civbank_commands_total{outcome=\"failed\"}"], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_this_machine_unless_told_otherwise() {
    let pages = || {
        Some(
            Router::new()
                .route("/", get(async || "front"))
                .fallback(async || (http::StatusCode::NOT_FOUND, "no page")),
        )
    };
    let with = |metrics| Options { metrics, ..quick() };
    let proxied = "x-forwarded-for: 203.0.113.7\r\n";
    for (metrics, header, wanted) in [
        (MetricsFor::Loopback, "", 200),
        (MetricsFor::Loopback, proxied, 404),
        (MetricsFor::Everybody, "", 200),
        (MetricsFor::Everybody, proxied, 200),
        (MetricsFor::Nobody, "", 404),
    ] {
        let town = Town::found(civbank::journal::MemoryJournal::new(), pages(), with(metrics)).await;
        let (status, body) = scrape(&town, header).await;
        assert_eq!((status, body.contains("civbank_")), (wanted, wanted == 200), "{metrics:?} {header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_house_is_looked_at_all_the_same() {
    let options = Options { requests_at_once: 0, ..quick() };
    let town = Town::found(civbank::journal::MemoryJournal::new(), None, options).await;
    assert!(town.bank().await.get_bank(pb::GetBankRequest {}).await.is_err());
    let page = samples(&scrape(&town, "").await.1);
    assert_eq!((page["civbank_requests_at_work"], page["civbank_requests_at_work_max"]), (0.0, 0.0));
}
