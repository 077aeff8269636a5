//! A small town on the engine: villages of twenty households with their liaisons, a committee of two, a
//! terminal and cards; and the ordinary ways of a deed, so that a test can say only what is not ordinary.

use civbank::bank::command::{Body, Declare, RedeemLine};
use civbank::bank::ids::{Digest, HouseholdId};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::{Channel, Verdict, Vote};
use civbank::demo::desk::{Asked, Desk};
use civbank::demo::town::{Plan, Town};
use civbank::documents::DocumentKind;
use civbank::engine::{Clock, Engine, SubmitError, hash_pin};
use civbank::wire::pb;
use ed25519_dalek::SigningKey;

use super::fixture::{Place, Store};

/// A town that lives, and the place that outlives its engine.
pub struct Live {
    pub place: Place,
    pub engine: Engine,
    pub town: Town,
    pub desk: Desk,
    photos: u32,
    starts: u32,
}

/// Who signs a redemption.
pub enum Shopper {
    Household(usize),
    TerminalAlone(usize),
    CardAlone(usize),
}

impl Live {
    /// Villages with these days of notice. It is Monday morning, the catalogue is in force.
    pub async fn found(store: Store, notice_days: &[u32]) -> Live {
        let place = Place::new(store);
        let engine = place.start();
        let plan = Plan { notice_days: notice_days.to_vec(), households: 20, liaisons: 2, committee: 2 };
        let town = Town::new(&plan, [3; 32]);
        let mut desk = Desk::new(engine.clone(), town.people.dice("request ids"));
        town.found(&plan, &mut desk).await.expect("a town");
        Live { place, engine, town, desk, photos: 0, starts: 0 }
    }

    /// Ends the engine, lets `meanwhile` happen to its files, and starts another on the same place.
    pub async fn restart(&mut self, meanwhile: impl FnOnce(&Place)) {
        self.restart_with(|place| {
            meanwhile(place);
            place.start()
        })
        .await;
    }

    /// Ends the engine and has another started.
    pub async fn restart_with(&mut self, start: impl FnOnce(&Place) -> Engine) {
        self.engine.shutdown().await;
        self.starts += 1;
        self.engine = start(&self.place);
        let dice = self.town.people.dice(&format!("request ids of start {}", self.starts));
        self.desk = Desk::new(self.engine.clone(), dice);
    }

    pub fn key(&self, village: usize, of: &str) -> SigningKey {
        self.town.people.key(&self.town.villages[village].name(of))
    }

    pub fn household(&self, village: usize, number: usize) -> HouseholdId {
        self.town.villages[village].households[number]
    }

    pub fn card(&self, village: usize, number: usize) -> SigningKey {
        let village = &self.town.villages[village];
        village.card(&self.town.people, village.households[number]).key
    }

    pub fn resident(&self, village: usize, number: usize) -> SigningKey {
        let village = &self.town.villages[village];
        self.town.people.key(&village.resident(village.households[number]))
    }

    pub fn liaison(&self, village: usize, number: usize) -> SigningKey {
        let village = &self.town.villages[village];
        self.town.people.key(&village.liaison_of(village.households[number]))
    }

    /// Puts the clock to an hour of a day after the first.
    pub fn at(&self, day: i32, hour: i64) {
        let first: Day = super::fixture::monday(0).day();
        self.place.clock.set(Time(first.plus(day).start().0 + hour * 3_600_000));
    }

    pub fn envelope(&mut self, body: Body, keys: &[&SigningKey]) -> pb::Envelope {
        self.desk.envelope(Asked::new(body, keys))
    }

    pub async fn submit(&mut self, body: Body, keys: &[&SigningKey]) -> Result<u64, SubmitError> {
        let envelope = self.envelope(body, keys);
        self.engine.submit(envelope, "").await.map(|receipt| receipt.index)
    }

    pub async fn must(&mut self, body: Body, keys: &[&SigningKey]) -> u64 {
        self.submit(body, keys).await.expect("an entry")
    }

    /// A picture that no other equals, put among the documents.
    pub fn photo(&mut self) -> Digest {
        self.photos += 1;
        self.document(DocumentKind::Photo, format!("picture {}", self.photos).as_bytes())
    }

    pub fn document(&self, kind: DocumentKind, bytes: &[u8]) -> Digest {
        Digest(*self.engine.documents().put(kind, bytes).expect("a document").as_bytes())
    }

    /// Somebody of the house reported a hidden danger (20 points) with a picture.
    pub fn deed(&self, village: usize, number: usize, photo: Digest) -> Body {
        Body::Declare(Declare {
            household: self.household(village, number),
            member: 1,
            item: "Z05".parse().expect("an item"),
            quantity: 1,
            deed_date: self.place.clock.now().day(),
            evidence: vec![photo],
            note: None,
            channel: Channel::App,
        })
    }

    pub async fn declare(&mut self, village: usize, number: usize) -> u64 {
        let photo = self.photo();
        let (body, key) = (self.deed(village, number, photo), self.resident(village, number));
        self.must(body, &[&key]).await
    }

    /// Declared, endorsed, and approved by both of the committee; answers declaration and the last vote.
    pub async fn approve(&mut self, village: usize, number: usize) -> (u64, u64) {
        let declaration = self.declare(village, number).await;
        let key = self.liaison(village, number);
        let (verdict, ground, note) = (Verdict::Endorse, None, None);
        self.must(Body::Review { declaration, verdict, ground, note }, &[&key]).await;
        let mut last = 0;
        for member in ["committee-1", "committee-2"] {
            let key = self.key(village, member);
            let declarations = vec![declaration];
            let body = Body::Decide { declarations, vote: Vote::Approve, points: None, ground: None };
            last = self.must(body, &[&key]).await;
        }
        (declaration, last)
    }

    pub async fn points(&self, village: usize, number: usize) -> i64 {
        let id = self.household(village, number);
        let points = self.engine.read(|view| view.bank.household(id).map(|book| book.points.balance)).await;
        points.expect("a running engine").expect("a household")
    }

    /// One egg: five points.
    pub fn egg(&mut self, village: usize, shopper: Shopper) -> pb::Envelope {
        let (terminal, number, hands) = match shopper {
            Shopper::Household(number) => (true, number, true),
            Shopper::TerminalAlone(number) => (true, number, false),
            Shopper::CardAlone(number) => (false, number, true),
        };
        let sku = "egg".parse().expect("a sku");
        let lines = vec![RedeemLine { sku, quantity: 1, price_version: 1, points: 5 }];
        let body = Body::Redeem { household: self.household(village, number), lines, total: 5 };
        let (shop, card) = (self.key(village, "terminal"), self.card(village, number));
        let keys: Vec<&SigningKey> =
            [terminal.then_some(&shop), hands.then_some(&card)].into_iter().flatten().collect();
        self.envelope(body, &keys)
    }

    pub async fn set_pin(&mut self, village: usize, number: usize, pin: &str) {
        let hash = hash_pin(pin).expect("randomness");
        let document = self.document(DocumentKind::PinHash, hash.as_bytes());
        let (household, key) = (self.household(village, number), self.resident(village, number));
        self.must(Body::SetPin { household, document }, &[&key]).await;
    }

    pub async fn check(&self) {
        let books = self.engine.read(|view| view.bank.check_books()).await.expect("a running engine");
        assert_eq!(books, Ok(()));
    }
}
