//! Documents beside the log: they are there before an entry names them, and may go without a proof failing.

use civbank::bank::Refusal;
use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::{Digest, PublicKey};
use civbank::bank::policy::{Bounds, Policy};
use civbank::bank::words::ErasureGround;
use civbank::documents::{Address, DocumentKind, Documents};
use civbank::engine::{Engine, Parts, SubmitError};

use super::fixture::{ORIGIN, Place, Store, check_receipt, funding, head, officer, signed};
use super::town::Live;
use crate::it::documents::cut_disk::CutDisk;
use crate::it::journal::fixture::Dice;

#[tokio::test(flavor = "multi_thread")]
async fn a_document_must_be_there_before_an_entry_names_it() {
    let mut live = Live::found(Store::Memory, &[0]).await;
    let size = live.engine.published().size;
    let (key, missing) = (live.resident(0, 0), Digest([7; 32]));
    let body = live.deed(0, 0, missing);
    let refused = live.submit(body, &[&key]).await;
    assert_eq!(refused, Err(SubmitError::DocumentMissing { address: missing }));
    let pin = Body::SetPin { household: live.household(0, 0), document: missing };
    assert_eq!(live.submit(pin, &[&key]).await, Err(SubmitError::DocumentMissing { address: missing }));
    assert_eq!(live.engine.published().size, size);
    let photo = live.photo();
    let body = live.deed(0, 0, photo);
    live.must(body, &[&key]).await;
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_document_is_gone_and_every_proof_stays() {
    let mut live = Live::found(Store::File, &[0]).await;
    let (photo, key) = (live.photo(), live.resident(0, 0));
    let body = live.deed(0, 0, photo);
    let declare = live.envelope(body, &[&key]);
    let declared = live.engine.submit(declare.clone(), "").await.expect("an entry");
    let address = Address::from_bytes(photo.0);
    assert!(live.engine.documents().exists(address).expect("documents"));

    let erase = Body::Erase { document: photo, ground: ErasureGround::Requested };
    let alone = live.submit(erase.clone(), &[&key]).await;
    assert!(matches!(alone, Err(SubmitError::Refused(Refusal::NotAuthorised { .. }))), "{alone:?}");
    assert!(live.engine.documents().exists(address).expect("documents"));
    let officer = live.town.people.key("officer-1");
    live.must(erase, &[&officer]).await;
    assert_eq!(live.engine.documents().get(address).expect("documents"), None);

    check_receipt(&declared, &live.place.signer());
    check_receipt(&live.engine.receipt(declared.index).await.expect("a receipt"), &live.place.signer());
    // The household asks again, not knowing whether the first time worked: it hears that it did.
    let again = live.engine.submit(declare, "").await.expect("the first entry");
    assert_eq!((again.index, again.repeated, &again.entry), (declared.index, true, &declared.entry));

    // A copy that came back from a backup goes again at the next start.
    let back = live.document(DocumentKind::Photo, b"picture 1");
    assert_eq!(back, photo);
    live.restart(|place| {
        place.audit();
    })
    .await;
    assert_eq!(live.engine.documents().get(address).expect("documents"), None);
    live.check().await;
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_key_is_refused_wherever_it_is_brought() {
    let mut live = Live::found(Store::Memory, &[0]).await;
    let admin = live.town.people.key("officer-1");
    // Points of small order, and what is no point at all.
    let mut one = [0; 32];
    one[0] = 1;
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let clerk = live.key(0, "clerk");
    for bytes in [[0; 32], one, no_point, minus_one] {
        let key = PublicKey(bytes);
        let weak = Err(SubmitError::Refused(Refusal::KeyWeak { key }));
        let household = live.household(0, 3);
        let holder = Holder::Person(household.member(2).expect("a member"));
        let enrol = Body::EnrolKey { key, holder, valid_until: None };
        assert_eq!(live.submit(enrol, &[&admin]).await, weak);
        let issue = Body::IssuePassbook { household, key, view_token_hash: Digest([5; 32]) };
        assert_eq!(live.submit(issue, &[&clerk]).await, weak);
        let old = PublicKey(admin.verifying_key().to_bytes());
        assert_eq!(live.submit(Body::RotateKey { old, new: key }, &[&admin]).await, weak);
    }
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_entry_opens_the_bank_of_this_log_and_no_other() {
    let place = Place::new(Store::Memory);
    let engine = place.start();
    let early = engine.submit(place.fund(), "").await;
    assert_eq!(early, Err(SubmitError::Refused(Refusal::BankNotOpen {})));
    let mut command = place.command(open_bank());
    command.origin = "civbank.example/other".into();
    let other = engine.submit(signed(&command, &[&officer()]), "").await;
    let origin = ORIGIN.to_owned();
    assert_eq!(other, Err(SubmitError::Refused(Refusal::WrongOrigin { origin: origin.clone() })));
    assert_eq!(engine.published().size, 0);
    engine.submit(place.first(), "").await.expect("entry 0");
    let twice = engine.submit(place.first(), "").await;
    assert_eq!(twice, Err(SubmitError::Refused(Refusal::BankAlreadyOpen {})));
    let mut command = place.command(funding(1));
    command.origin = "civbank.example/other".into();
    let other = engine.submit(signed(&command, &[&officer()]), "").await;
    assert_eq!(other, Err(SubmitError::Refused(Refusal::WrongOrigin { origin })));
    place.check(&engine, &[]).await;
    engine.shutdown().await;
}

fn open_bank() -> Body {
    let (policy, bounds) = (Policy::DEFAULT, Bounds::FORMAT);
    Body::OpenBank { head: head(), title: "柳林镇总行".into(), policy, bounds }
}

/// The log's word is durable before the document is erased; a cut in between leaves a document that the next start
/// erases again.
#[tokio::test(flavor = "multi_thread")]
async fn an_erased_document_does_not_come_back_with_the_power() {
    let mut left_behind = 0;
    for seed in 0..24 {
        let mut dice = Dice(seed);
        let place = Place::new(Store::Memory);
        let disk = CutDisk::default();
        let start = || {
            let documents =
                Documents::open_on(Box::new(disk.clone()), &place.documents_dir()).expect("documents");
            let parts = Parts { documents, ..place.parts(Box::new(place.journal())) };
            Engine::start(parts, &mut |_, _, _| {}).expect("an engine")
        };
        // Whatever opened the directory before this disk did is durable.
        let engine = start();
        engine.submit(place.first(), "").await.expect("entry 0");
        let put = |bytes: &[u8]| engine.documents().put(DocumentKind::Photo, bytes).expect("a document");
        let (erased, kept) = (put(b"to be erased"), put(b"to be kept"));
        // Erasing is two calls: the name is taken away, its directory synced.
        disk.cut_after(seed % 3, seed % 2 == 0);
        let document = Digest(*erased.as_bytes());
        let body = Body::Erase { document, ground: ErasureGround::Requested };
        engine.submit(place.envelope(body, &[&officer()]), "").await.expect("an entry");
        engine.shutdown().await;
        disk.power_comes_back(&mut dice);
        left_behind += usize::from(
            place.documents_dir().join(&erased.to_string()[..2]).join(erased.to_string()).exists(),
        );
        let engine = start();
        assert_eq!(engine.documents().get(erased).expect("documents"), None, "seed {seed}");
        let found = engine.documents().get(kept).expect("documents");
        assert_eq!(found, Some((DocumentKind::Photo, b"to be kept".to_vec())), "seed {seed}");
        engine.shutdown().await;
        disk.power_comes_back(&mut dice);
        assert!(!Documents::at(&place.documents_dir()).exists(erased).expect("documents"), "seed {seed}");
    }
    assert!(left_behind > 0, "no cut ever left the document behind");
}
