//! The demo's town is real: its whole journal is audited from bytes, and it shows every state that it claims.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civbank::bank::Change;
use civbank::bank::command::{Body, Holder};
use civbank::bank::time::Day;
use civbank::bank::words::Role;
use civbank::demo::clock::DemoClock;
use civbank::demo::desk::{Asked, Desk};
use civbank::demo::dice::Dice;
use civbank::demo::people::public;
use civbank::demo::town::{Plan, Town};
use civbank::demo::{self, ORIGIN};
use civbank::engine::{Clock, Engine, Home, audit::audit};
use civbank::wire::Entry;
use ed25519_dalek::SigningKey;

/// A visitor is invited, makes a key and is somebody. Answers the log's size after that.
async fn visit(engine: &Engine, clock: &DemoClock, plan: &Plan) -> u64 {
    let town = Town::new(plan, [7; 32]);
    let mut desk = Desk::new(engine.clone(), Dice::new(&[8; 32], "request ids of a visit"));
    let mut dice = town.people.dice("invitations");
    let person = town.villages[0].households[0].member(2).expect("2 is a member's number");
    let expires = clock.now().plus_days(1);
    let invited = town.invite(&mut desk, Holder::Person(person), expires, &mut dice).await;
    let invited = invited.expect("an invitation");
    let (base, seed) = invited.text("https://bank.example").split_once("/join#").map(own).expect("a link");
    assert_eq!((base.as_str(), seed.len()), ("https://bank.example", 43));
    let phone = SigningKey::from_bytes(&[9; 32]);
    let accept = Body::AcceptInvitation { invitation: public(&invited.key), key: public(&phone) };
    desk.must(vec![Asked::new(accept, &[&invited.key, &phone])]).await.expect("a key");
    let holder = engine.read(|view| view.bank.key(&public(&phone)).map(|key| key.holder)).await;
    assert_eq!(holder, Ok(Some(Holder::Person(person))));
    // Another throw of the same dice is another invitation.
    let second =
        town.invite(&mut desk, Holder::Terminal(town.villages[0].terminal()), expires, &mut dice).await;
    assert_ne!(second.expect("an invitation").key.to_bytes(), invited.key.to_bytes());
    // Whoever starts the demo finds a seat of each kind; the same links until somebody takes one.
    let links = |seats: Vec<demo::invitation::Seat>| -> BTreeMap<&str, String> {
        seats.into_iter().map(|seat| (seat.name, seat.link)).collect()
    };
    let first = links(town.seats(engine, "http://127.0.0.1:1").await.expect("seats"));
    assert_eq!(first.keys().copied().collect::<Vec<_>>(), ["cashier", "committee", "liaison", "officer"]);
    assert_eq!(links(town.seats(engine, "http://127.0.0.1:1").await.expect("seats")), first);
    let role = |name: &str| match name {
        "committee" => Role::Committee,
        "liaison" => Role::Liaison,
        _ => Role::Officer,
    };
    for (number, (name, link)) in first.iter().enumerate() {
        let (_, seed) = link.split_once("http://127.0.0.1:1/join#").expect("a link");
        let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(seed).expect("base64url").try_into().expect("a seed");
        let (link, phone) = (SigningKey::from_bytes(&seed), SigningKey::from_bytes(&[20 + number as u8; 32]));
        let accept = Body::AcceptInvitation { invitation: public(&link), key: public(&phone) };
        desk.must(vec![Asked::new(accept, &[&link, &phone])]).await.expect("a key");
        let held = engine.read(|view| {
            let holder = view.bank.key(&public(&phone)).map(|key| key.holder);
            let person = match holder {
                Some(Holder::Person(person)) => person,
                // The till of the village that is shown.
                Some(Holder::Terminal(terminal)) => {
                    return *name == "cashier" && terminal == town.shown().terminal();
                }
                None => panic!("{holder:?}"),
            };
            view.bank.offices(person, view.now).any(|office| office.role == role(name))
        });
        assert_eq!(held.await, Ok(true), "{name}");
    }
    let second = links(town.seats(engine, "http://127.0.0.1:1").await.expect("seats"));
    assert!(second.iter().all(|(name, link)| link != &first[name]), "{second:?}");
    engine.published().size
}

fn own((base, seed): (&str, &str)) -> (String, String) {
    (base.to_owned(), seed.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_town_is_audited_from_bytes_and_shows_every_state() {
    let dir = tempfile::tempdir().expect("a directory");
    let home = Home::at(dir.path());
    home.create(ORIGIN).expect("a new bank");
    let clock = Arc::new(DemoClock::default());
    let first: Day = "2026-08-03".parse().expect("a day");
    clock.set(demo::town::morning(first));
    let (parts, _) = home.open(clock.clone(), None).expect("an open directory");
    let engine = Engine::start(parts, &mut |_, _, _| {}).expect("an engine");
    let plan = Plan { households: 100, liaisons: 10, ..Plan::demo() };
    let started = std::time::Instant::now();
    demo::make(&engine, &clock, &plan, [7; 32], first, first.plus(61), &mut |_, _| {}).await.expect("a town");
    let size = engine.published().size;
    println!("{size} entries in {:?}", started.elapsed());

    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for bytes in engine.entries(0, usize::MAX).expect("entries") {
        let entry = Entry::decode(&bytes).expect("an entry");
        for change in &entry.effects.changes {
            let kind = format!("{change:?}");
            let kind = kind.split([' ', '(']).next().unwrap_or_default().to_owned();
            *kinds.entry(kind).or_default() += 1;
            if let Change::StateChanged { state, .. } = change {
                *states.entry(format!("{state:?}")).or_default() += 1;
            }
        }
    }
    println!("{states:?}\n{kinds:?}");
    for state in [
        "Returned",
        "Submitted",
        "Endorsed",
        "OnNotice",
        "Objected",
        "Credited",
        "Refused",
        "Withdrawn",
        "Voided",
        "Disputed",
        "Reversed",
    ] {
        assert!(states.contains_key(state), "no declaration was ever {state}: {states:?}");
    }
    for kind in ["Redeemed", "Refunded", "SheetFiled", "Escalated", "PassbookIssued", "PinSet", "Ruled"] {
        assert!(kinds.contains_key(kind), "nothing {kind}: {kinds:?}");
    }
    let books = engine.read(|view| view.bank.check_books()).await.expect("a running engine");
    assert_eq!(books, Ok(()));

    let size = visit(&engine, &clock, &plan).await;
    engine.shutdown().await;
    let verifier = home.signer().expect("the log's key").verifier().clone();
    let report = audit(&home.journal(), &verifier, &mut |_, _| {}).expect("a clean audit");
    assert_eq!(report.entries, size);
    assert!(report.signatures > size * 9 / 10, "{report:?}");
}
