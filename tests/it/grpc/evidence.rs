//! Evidence belongs to the village whose entry showed it first, whatever became of the index and whoever names it again.

use std::collections::BTreeMap;
use std::time::Duration;

use civbank::bank::command::{Body, StockInLine};
use civbank::bank::ids::{Branch, Digest};
use civbank::bank::words::*;
use civbank::documents::DocumentKind;
use civbank::journal::MemoryJournal;
use civbank::wire::pb;
use tonic::Code;

use super::errors::{denied, reason};
use super::world::*;
use crate::it::web::{api, http};

/// Who may read what: `+` is an answer, `-` a denial with its one reason.
const READS: &str = "
                                 of au cl li co su ot me pa
    photo of a declaration        +  +  +  +  +  +  -  -  -
    photo of the second try       +  +  +  +  +  +  -  -  -
    record of a sheet             +  +  +  +  +  +  -  -  -
    voucher of the village        +  +  +  +  +  +  -  -  -
    receipt of the village        +  +  +  +  +  +  -  -  -
    voucher of the other village  +  +  -  -  -  -  +  -  -
    named by no entry             +  +  -  -  -  -  -  -  -
    looks like the photo          +  +  -  -  -  -  -  -  -
";
const READERS: [&str; 9] = [
    "officer",
    "auditor",
    "clerk",
    "liaison",
    "committee",
    "supervisor",
    "other clerk",
    "member",
    "passbook",
];

/// Addresses by the name of their row.
type Papers = BTreeMap<&'static str, Digest>;

/// The bytes of each paper are its name.
fn put(town: &Town) -> Papers {
    let names = READS.lines().skip(2).filter_map(|line| line.get(..32)).map(str::trim);
    names
        .filter(|name| !name.is_empty() && *name != "looks like the photo")
        .map(|name| {
            let record = name.starts_with("record") || name.starts_with("voucher");
            let kind = if record { DocumentKind::Record } else { DocumentKind::Photo };
            (name, town.document(kind, name.as_bytes()))
        })
        .collect()
}

/// The village lives, and the other village's papers are written too.
async fn live(town: &Town, papers: &Papers) {
    let photo = papers["photo of a declaration"];
    let fund = |branch, voucher| {
        let voucher = Some(voucher);
        Body::FundBudget { branch, source: FundSource::Town, fen: 160, points: 100, voucher }
    };
    let other: Branch = OTHER.parse().unwrap();
    let filed = town.write(town.deed("E01", 1, &[photo]), &["member"]).await;
    let (verdict, ground) = (Verdict::Return, Some(Ground::EvidenceUnclear));
    town.write(Body::Review { declaration: filed, verdict, ground, note: None }, &["liaison"]).await;
    let again = Body::Resubmit {
        declaration: filed,
        quantity: 1,
        deed_date: town.today(),
        evidence: vec![papers["photo of the second try"]],
        note: None,
    };
    town.write(again, &["member"]).await;
    town.write(town.sheet(&[(HOME, "D01")], papers["record of a sheet"]), &["clerk"]).await;
    town.write(fund(village(), papers["voucher of the village"]), &["officer"]).await;
    let line = StockInLine { sku: "egg".parse().unwrap(), quantity: 3, cost_fen: 240, best_before: None };
    let (lines, source) = (vec![line], FundSource::Town);
    let receipt = Some(papers["receipt of the village"]);
    town.write(Body::StockIn { branch: village(), lines, source, receipt }, &["clerk"]).await;
    town.write(fund(other, papers["voucher of the other village"]), &["officer"]).await;
    // Naming another village's papers opens them to nobody: they are shown first where they were shown first.
    for theirs in ["photo of a declaration", "record of a sheet", "voucher of the village"] {
        town.write(fund(other, papers[theirs]), &["officer"]).await;
    }
    town.write(fund(village(), papers["voucher of the other village"]), &["officer"]).await;
}

async fn check(town: &Town, papers: &Papers) {
    let mut wrong = Vec::new();
    let mut readers = Vec::new();
    for reader in READERS {
        readers.push((reader, town.token(reader).await));
    }
    for line in READS.lines().skip(2).filter(|line| !line.trim().is_empty()) {
        let (name, cells) = line.split_at(32);
        // Of the index's look-up only the first eight bytes are the address's: the others must be too.
        let address = papers.get(name.trim()).map_or_else(
            || {
                let mut like = papers["photo of a declaration"].0;
                like[31] ^= 1;
                like
            },
            |paper| paper.0,
        );
        for ((reader, token), wanted) in readers.iter().zip(cells.split_whitespace()) {
            let request = pb::GetDocumentRequest { address: address.to_vec() };
            let got = match town.documents().await.get_document(signed_in(request, token)).await {
                Ok(answer) if answer.get_ref().content == name.trim().as_bytes() => "+",
                // There is no such document: only who reads all evidence hears so.
                Err(status) if status.code() == Code::NotFound && !papers.contains_key(name.trim()) => "+",
                Err(status)
                    if status.code() == Code::PermissionDenied && reason(&status) == "READ_DENIED" =>
                {
                    "-"
                }
                other => panic!("{} for {reader}: {other:?}", name.trim()),
            };
            if got != wanted {
                wrong.push(format!("{} for {reader}: {got}, not {wanted}", name.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_read_in_the_village_that_showed_it_first() {
    let journal = MemoryJournal::new();
    let mut town = Town::found(journal.clone(), None, quick()).await;
    town.open().await;
    let papers = put(&town);
    assert_eq!(papers.len(), 7);
    live(&town, &papers).await;
    check(&town, &papers).await;
    town.begin_to_stop().await.unwrap().unwrap();
    town.engine.shutdown().await;

    // Another program over the same journal, which fills an index of its own.
    let again = Town::found(journal, None, quick()).await;
    assert_eq!(put(&again), papers);
    check(&again, &papers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_just_uploaded_is_read_by_nobody_in_the_village_until_it_is_signed() {
    let town = Town::new().await;
    let photo = town.document(DocumentKind::Photo, b"a swept yard");
    let token = town.token("clerk").await;
    let mut documents = town.documents().await;
    let request = || signed_in(pb::GetDocumentRequest { address: photo.0.to_vec() }, &token);
    let denied = documents.get_document(request()).await.expect_err("nobody's yet");
    assert_eq!((denied.code(), reason(&denied).as_str()), (Code::PermissionDenied, "READ_DENIED"));
    town.write(town.deed("E01", 1, &[photo]), &["member"]).await;
    assert_eq!(ok(documents.get_document(request())).await.content, b"a swept yard");
    // Erased, on the record: its people hear that it is gone, others nothing.
    let erase = Body::Erase { document: photo, ground: ErasureGround::ALL[0] };
    town.write(erase, &["officer"]).await;
    let gone = documents.get_document(request()).await.expect_err("erased");
    assert_eq!((gone.code(), reason(&gone).as_str()), (Code::NotFound, "DOCUMENT_UNKNOWN"));
    let token = town.token("other clerk").await;
    let request = signed_in(pb::GetDocumentRequest { address: photo.0.to_vec() }, &token);
    let denied = documents.get_document(request).await.expect_err("another village's");
    assert_eq!(reason(&denied), "READ_DENIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_index_is_away_evidence_is_read_by_those_who_read_all_of_it() {
    let journal = MemoryJournal::new();
    let mut town = Town::found(journal.clone(), None, quick()).await;
    town.open().await;
    // A picture's head: pages show nothing else.
    let picture = [&b"BM"[..], &58_u32.to_le_bytes(), &[0; 52]].concat();
    let photo = town.document(DocumentKind::Photo, &picture);
    town.write(town.deed("E01", 1, &[photo]), &["member"]).await;
    town.begin_to_stop().await.unwrap().unwrap();
    town.engine.shutdown().await;

    // A directory where its lock should be: the index does not open, whoever asks.
    let dir = tempfile::tempdir().unwrap();
    let in_the_way = dir.path().join("index/history.lock");
    std::fs::create_dir_all(&in_the_way).unwrap();
    let town = Town::found_in(dir, journal, None, quick()).await;
    assert_eq!(town.document(DocumentKind::Photo, &picture), photo);
    let pages = http::serve(&town.engine).await;
    let over_grpc = async |reader: &str| {
        let request = pb::GetDocumentRequest { address: photo.0.to_vec() };
        let request = signed_in(request, &town.token(reader).await);
        town.documents().await.get_document(request).await
    };
    let on_a_page = async |reader: &str| {
        let cookie = api::cookie(&api::session(pages, &key(reader)).await);
        let path = format!("/desk/document/{photo}");
        http::ask(pages, "GET", &path, &cookie).await.status
    };
    for reader in ["officer", "auditor"] {
        assert_eq!(ok(over_grpc(reader)).await.content, picture, "{reader}");
        assert_eq!(on_a_page(reader).await, 200, "{reader}");
    }
    for reader in ["clerk", "liaison", "committee", "supervisor", "other clerk"] {
        denied(over_grpc(reader).await, Code::Unavailable, "HISTORY_UNAVAILABLE");
        assert_eq!(on_a_page(reader).await, 503, "{reader}");
    }
    // Who never handles any needs no index to hear so.
    denied(over_grpc("member").await, Code::PermissionDenied, "READ_DENIED");
    assert_eq!(on_a_page("member").await, 403);

    // Once it is there, so is the village's evidence.
    std::fs::remove_dir(&in_the_way).unwrap();
    let there = async {
        while on_a_page("clerk").await != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), there).await.expect("the index is tried again");
    assert_eq!(ok(over_grpc("clerk")).await.content, picture);
    denied(over_grpc("other clerk").await, Code::PermissionDenied, "READ_DENIED");
    assert_eq!(on_a_page("other clerk").await, 403);
}
