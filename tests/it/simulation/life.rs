//! What happens: one thing a step, thrown with dice, and checked against the model.

use std::collections::BTreeMap;

use civbank::bank::command::{Body, GoodsCount, RedeemLine, StockInLine};
use civbank::bank::ids::{Digest, PublicKey};
use civbank::bank::time::{Day, Time};
use civbank::bank::words::{FundSource, Ground, ObjectionGround, Ruling, State, Verdict, Vote};
use civbank::demo::dice::Dice;
use civbank::engine::{Clock, EngineState, SubmitError, Submitted};
use civbank::wire::pb;
use ed25519_dalek::SigningKey;

use super::super::engine::fixture::{Place, Store, check_receipt};
use super::super::engine::town::Live;
use super::super::journal::{FaultyJournal, Misfortune};
use super::model::{Model, egg};

/// Houses in which nobody holds an office and nobody is kin to one who does.
const HOUSES: [usize; 14] = [0, 3, 5, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19];
const AUDIT_EVERY: u64 = 200;
/// Longer lives stay below the age at which points expire and evidence is forgotten.
const DAYS_MAX: i32 = 300;

pub struct Life {
    live: Live,
    dice: Dice,
    model: Model,
    first: Day,
    /// Every answer that said "written", with its command and that command's end.
    written: Vec<(pb::Envelope, Submitted, Time)>,
    done: BTreeMap<&'static str, u64>,
}

/// A command, whether the model lets it pass, and the words for it.
struct Try {
    what: String,
    body: Body,
    keys: Vec<SigningKey>,
    may: bool,
}

impl Life {
    pub async fn new(seed: u64) -> Life {
        let live = Live::found(Store::Memory, &[0, 3]).await;
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let dice = Dice::new(&bytes, "simulation");
        let (model, first) = (Model::default(), live.place.clock.now().day());
        let (written, done) = (Vec::new(), BTreeMap::new());
        let mut life = Life { live, dice, model, first, written, done };
        life.compare().await;
        life
    }

    pub async fn step(&mut self, step: u64) {
        // Nothing is due when a command is judged.
        while self.live.engine.tick().await.is_err() {
            self.crashed().await;
        }
        self.compare().await;
        match self.dice.below(100) {
            0..5 => self.clock(),
            5..9 => self.restart().await,
            9..17 => self.retry(step).await,
            17..20 => self.reuse(step).await,
            _ => {
                if let Some(attempt) = self.attempt() {
                    self.submit(step, attempt).await;
                }
            }
        }
        self.compare().await;
        if step % AUDIT_EVERY == AUDIT_EVERY - 1 {
            self.audit().await;
        }
    }

    /// Everything from bytes once more; answers what happened how often.
    pub async fn end(mut self) -> BTreeMap<&'static str, u64> {
        self.restart().await;
        self.compare().await;
        self.audit().await;
        self.live.engine.shutdown().await;
        let bought = self.model.purchases.values();
        let returned = bought.clone().filter(|purchase| purchase.returned > 0).count() as u64;
        self.done.extend([("bought", bought.count() as u64), ("returned", returned)]);
        for deed in self.model.deeds.values() {
            let name = match deed.state {
                State::Credited => "CREDITED",
                State::Refused => "REFUSED",
                State::Voided => "VOIDED",
                State::Withdrawn => "WITHDRAWN",
                _ => "open",
            };
            *self.done.entry(name).or_default() += 1;
        }
        self.done
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    /// What the next entry's time will be.
    fn now(&self) -> Time {
        self.live.place.clock.now().max(self.model.time)
    }

    /// The model reads what is new; then both stand at the same place.
    async fn compare(&mut self) {
        if self.live.engine.state() == EngineState::Stopped {
            return self.crashed_and_compare().await;
        }
        for bytes in self.live.engine.entries(self.model.size, usize::MAX).expect("entries") {
            self.model.read(&bytes);
        }
        let same = self.live.engine.read(|view| {
            // The engine's own ticker may have been quicker than this test.
            if view.size == self.model.size {
                self.model.compare(view.bank);
            }
        });
        same.await.expect("a running engine");
    }

    async fn crashed_and_compare(&mut self) {
        self.crashed().await;
        Box::pin(self.compare()).await;
    }

    async fn audit(&mut self) {
        let report = self.live.place.audit();
        assert!(report.entries >= self.model.size);
        for (_, first, _) in &self.written {
            let bytes = self.live.engine.entry(first.index).expect("a journal");
            assert_eq!(bytes.as_ref(), Some(&first.entry), "entry {} is gone", first.index);
        }
        let size = self.live.engine.published().size;
        for _ in 0..10 {
            let index = self.dice.below(size as usize) as u64;
            let receipt = self.live.engine.receipt(index).await.expect("a receipt");
            check_receipt(&receipt, &self.live.place.signer());
            let old = 1 + self.dice.below(size as usize) as u64;
            self.live.engine.consistency_proof(old, 0).await.expect("a proof, verified before it is served");
        }
    }

    fn clock(&mut self) {
        let now = self.live.place.clock.now();
        let hours = match self.dice.below(8) {
            0 => -(self.dice.below(48) as i64),
            1..4 => 24,
            _ => self.dice.below(12) as i64,
        };
        // A clock that went back is set right at the next chance.
        let next = Time(now.max(self.model.time).0 + hours * 3_600_000);
        if next.day().0 - self.first.0 < DAYS_MAX {
            self.live.place.clock.set(next);
            self.count("clocks");
        }
    }

    /// Ends in good order, and starts with an append that will fail some day, or without its derived files.
    async fn restart(&mut self) {
        let plan = match self.dice.below(3) {
            0 => None,
            1 => Some((self.dice.below(15) as u64, Misfortune::NotWritten)),
            _ => Some((self.dice.below(15) as u64, Misfortune::WrittenButReportedFailed)),
        };
        let lost = self.dice.below(6);
        self.live
            .restart_with(|place: &Place| {
                if lost == 0 {
                    std::fs::remove_dir_all(place.index_dir()).expect("derived files to lose");
                }
                place.start_on(Box::new(FaultyJournal::new(place.journal(), plan)))
            })
            .await;
        self.count("restarts");
    }

    async fn crashed(&mut self) {
        assert!(self.live.engine.read(|_| ()).await.is_err(), "a stopped engine is read");
        self.count("crashes");
        self.restart().await;
    }

    fn house(&mut self) -> (usize, usize) {
        (self.dice.below(2), HOUSES[self.dice.below(HOUSES.len())])
    }

    /// A deed that stands there, if there is one; now and then any that is open.
    fn deed(&mut self, state: State) -> Option<u64> {
        let wanted = self.model.deeds.iter().filter(|(_, deed)| deed.state == state);
        let mut numbers: Vec<u64> = wanted.map(|(number, _)| *number).collect();
        if self.dice.chance(10) {
            numbers =
                self.model.deeds.keys().copied().filter(|n| !self.model.deed(*n).state.is_final()).collect();
        }
        (!numbers.is_empty()).then(|| numbers[self.dice.below(numbers.len())])
    }

    /// Village and house of a deed.
    fn place_of(&self, number: u64) -> (usize, usize) {
        let id = self.model.deed(number).household;
        let village =
            self.live.town.villages.iter().position(|v| v.branch == id.branch()).expect("a village");
        (village, id.serial() as usize - 1)
    }

    fn attempt(&mut self) -> Option<Try> {
        let now = self.now();
        Some(match self.dice.below(22) {
            0..4 => self.declares(now),
            4..7 => self.reviews(false)?,
            7 => self.reviews(true)?,
            8..14 => self.votes()?,
            14 if self.dice.chance(40) => self.withdraws()?,
            14 => self.objects(now)?,
            15 => self.rules()?,
            16..19 => self.buys(now),
            19 => self.returns(now)?,
            20 => self.stocks(),
            _ => self.cheats()?,
        })
    }

    fn declares(&mut self, now: Time) -> Try {
        let (village, house) = self.house();
        let used: Vec<Digest> = self.model.deeds.values().flat_map(|deed| deed.evidence.clone()).collect();
        let again = (!used.is_empty() && self.dice.chance(10)).then(|| used[self.dice.below(used.len())]);
        let photo = again.unwrap_or_else(|| self.live.photo());
        let id = self.live.household(village, house);
        let today = self.live.place.clock.now().day();
        let may = self.model.may_use(&photo) && self.model.may_declare(id, today) && today <= now.day();
        let body = self.live.deed(village, house, photo);
        let what = format!("{id} declares a deed of {today}, picture used before: {}", again.is_some());
        Try { what, body, keys: vec![self.live.resident(village, house)], may }
    }

    fn reviews(&mut self, corrupt: bool) -> Option<Try> {
        let declaration = self.deed(State::Submitted)?;
        let (village, house) = self.place_of(declaration);
        let refuse = self.dice.chance(10);
        let verdict = if refuse { Verdict::Refuse } else { Verdict::Endorse };
        let ground = refuse.then_some(Ground::NotDone);
        let key = match (corrupt, self.dice.below(2)) {
            (false, _) => self.live.liaison(village, house),
            (true, 0) => self.live.liaison(1 - village, house),
            (true, _) => self.live.resident(village, house),
        };
        let may = !corrupt && self.model.may_review(declaration);
        let body = Body::Review { declaration, verdict, ground, note: None };
        Some(Try { what: format!("review of {declaration}, corrupt: {corrupt}"), body, keys: vec![key], may })
    }

    fn votes(&mut self) -> Option<Try> {
        let declaration = self.deed(State::Endorsed)?;
        let (village, _) = self.place_of(declaration);
        let member = 1 + self.dice.below(2);
        let key = self.live.key(village, &format!("committee-{member}"));
        let refuse = self.dice.chance(8);
        let (vote, ground) =
            if refuse { (Vote::Refuse, Some(Ground::NotDone)) } else { (Vote::Approve, None) };
        let voter = PublicKey(key.verifying_key().to_bytes());
        let may = self.model.may_vote(declaration, &voter);
        let body = Body::Decide { declarations: vec![declaration], vote, points: None, ground };
        Some(Try { what: format!("vote {member} on {declaration}"), body, keys: vec![key], may })
    }

    fn withdraws(&mut self) -> Option<Try> {
        let state = if self.dice.chance(50) { State::OnNotice } else { State::Submitted };
        let declaration = self.deed(state)?;
        let (village, house) = self.place_of(declaration);
        let may = self.model.may_withdraw(declaration);
        let keys = vec![self.live.resident(village, house)];
        Some(Try {
            what: format!("{declaration} withdrawn"),
            body: Body::Withdraw { declaration },
            keys,
            may,
        })
    }

    fn objects(&mut self, now: Time) -> Option<Try> {
        let declaration = self.deed(State::OnNotice)?;
        let (village, house) = self.place_of(declaration);
        let neighbour = HOUSES.into_iter().find(|other| *other != house)?;
        let body = Body::Object {
            declaration,
            household: None,
            ground: ObjectionGround::NotDone,
            statement: None,
            credited_by: None,
        };
        let (keys, may) = (vec![self.live.card(village, neighbour)], self.model.may_object(declaration, now));
        Some(Try { what: format!("objection to {declaration}"), body, keys, may })
    }

    fn rules(&mut self) -> Option<Try> {
        let declaration = self.deed(State::Objected)?;
        let ruling = if self.dice.chance(50) { Ruling::Dismiss } else { Ruling::Uphold };
        let body = Body::Rule { declaration, household: None, ruling, points: 0, statement: None };
        let (keys, may) = (vec![self.live.town.people.key("officer-2")], self.model.may_rule(declaration));
        Some(Try { what: format!("ruling on {declaration}"), body, keys, may })
    }

    fn purchase(&self, village: usize, house: usize, eggs: u32) -> Body {
        let lines = vec![RedeemLine { sku: egg(), quantity: eggs, price_version: 1, points: 5 }];
        Body::Redeem { household: self.live.household(village, house), lines, total: eggs * 5 }
    }

    fn buys(&mut self, now: Time) -> Try {
        let (mut village, mut house) = self.house();
        // Those with points shop more.
        let rich: Vec<_> =
            self.model.points.iter().filter(|(_, points)| **points > 0).map(|(id, _)| *id).collect();
        if !rich.is_empty() && self.dice.chance(80) {
            let id = rich[self.dice.below(rich.len())];
            village =
                self.live.town.villages.iter().position(|v| v.branch == id.branch()).expect("a village");
            house = id.serial() as usize - 1;
        }
        let eggs = 1 + self.dice.below(6) as u32;
        let id = self.live.household(village, house);
        let may = self.model.may_buy(id, i64::from(eggs), now);
        let keys = vec![self.live.key(village, "terminal"), self.live.card(village, house)];
        Try { what: format!("{id} buys {eggs}"), body: self.purchase(village, house, eggs), keys, may }
    }

    fn returns(&mut self, now: Time) -> Option<Try> {
        let newest: Vec<u64> = self.model.purchases.keys().rev().take(12).copied().collect();
        let redemption = *newest.get(self.dice.below(newest.len().max(1)))?;
        let id = self.model.purchases[&redemption].household;
        let village = self.live.town.villages.iter().position(|v| v.branch == id.branch())?;
        let quantity = 1 + self.dice.below(3) as u32;
        let may = self.model.may_return(redemption, i64::from(quantity), now);
        let keys =
            vec![self.live.key(village, "terminal"), self.live.card(village, id.serial() as usize - 1)];
        let (lines, restock) = (vec![GoodsCount { sku: egg(), quantity }], self.dice.chance(70));
        let body = Body::Refund { redemption, lines, restock };
        Some(Try { what: format!("{id} returns {quantity} of {redemption}"), body, keys, may })
    }

    fn stocks(&mut self) -> Try {
        let village = self.dice.below(2);
        let branch = self.live.town.villages[village].branch;
        let line = StockInLine { sku: egg(), quantity: 5, cost_fen: 500, best_before: None };
        let body = Body::StockIn { branch, lines: vec![line], source: FundSource::Town, receipt: None };
        let keys = vec![self.live.key(village, "clerk")];
        Try { what: format!("eggs come to {branch}"), body, keys, may: true }
    }

    /// What nobody may do, in any state.
    fn cheats(&mut self) -> Option<Try> {
        let (village, house) = self.house();
        let (terminal, card) = (self.live.key(village, "terminal"), self.live.card(village, house));
        let other = self.live.card(village, HOUSES.into_iter().find(|h| *h != house)?);
        let chair = self.live.key(village, "committee-1");
        let branch = self.live.town.villages[village].branch;
        let (source, voucher) = (FundSource::Town, None);
        let (what, body, keys) = match self.dice.below(6) {
            0 => ("a shop makes up a purchase", self.purchase(village, house, 1), vec![terminal]),
            1 => ("a card buys without a shop", self.purchase(village, house, 1), vec![card]),
            2 => ("another's card pays", self.purchase(village, house, 1), vec![terminal, other]),
            3 => {
                let body = Body::FundBudget { branch, source, fen: 1, points: 1_000, voucher };
                ("the chair makes points", body, vec![chair])
            }
            4 => {
                let photo = self.live.photo();
                ("the chair declares for a neighbour", self.live.deed(village, house, photo), vec![chair])
            }
            _ => {
                let declaration = self.deed(State::Endorsed)?;
                let declarations = vec![declaration];
                let body = Body::Decide { declarations, vote: Vote::Approve, points: None, ground: None };
                let neighbour = self.live.resident(village, house);
                ("somebody without office votes", body, vec![neighbour])
            }
        };
        Some(Try { what: what.to_owned(), body, keys, may: false })
    }

    async fn submit(&mut self, step: u64, attempt: Try) {
        let Try { what, body, keys, may } = attempt;
        let keys: Vec<&SigningKey> = keys.iter().collect();
        let envelope = self.live.envelope(body, &keys);
        let end = Time(self.live.place.clock.now().0 + 3_600_000);
        // A clock that jumped back makes commands that are dead on arrival.
        let may = may && end >= self.now();
        match self.live.engine.submit(envelope.clone(), "").await {
            Ok(receipt) => {
                assert!(may, "step {step}: written, and the model says no: {what}");
                assert!(!receipt.repeated);
                check_receipt(&receipt, &self.live.place.signer());
                self.written.push((envelope, receipt, end));
                self.count("written");
            }
            Err(SubmitError::Refused(refusal)) => {
                assert!(!may, "step {step}: refused, and the model says yes: {what}: {refusal}");
                self.count("refused");
            }
            Err(SubmitError::Stopped) => {
                assert!(may, "step {step}: a refusal stops nothing: {what}");
                self.outcome_unknown(step, envelope, end).await;
            }
            Err(other) => panic!("step {step}: {what}: {other}"),
        }
    }

    /// The engine stopped with this command in its hands. A restart tells, and a retry writes it once.
    async fn outcome_unknown(&mut self, step: u64, envelope: pb::Envelope, end: Time) {
        let size = self.live.engine.published().size;
        self.crashed().await;
        let written = self.live.engine.published().size > size;
        match self.live.engine.submit(envelope.clone(), "").await {
            Ok(receipt) => {
                assert_eq!((receipt.index, receipt.repeated), (size, written), "step {step}");
                self.written.push((envelope, receipt, end));
                self.count("recovered");
            }
            // The very next append failed as well; whatever is in the journal, the model reads it.
            Err(SubmitError::Stopped) => {}
            Err(other) => panic!("step {step}: a retry is refused: {other}"),
        }
    }

    /// The same command again, twice at once: the first answer, for as long as it can come.
    async fn retry(&mut self, step: u64) {
        let newest = self.written.len().min(30);
        if newest == 0 {
            return;
        }
        let (envelope, first, end) = self.written[self.written.len() - 1 - self.dice.below(newest)].clone();
        let alive = self.now() <= end;
        let twins = vec![(envelope.clone(), String::new()), (envelope, String::new())];
        for answer in self.live.engine.submit_batch(twins).await {
            match answer {
                Ok(again) => {
                    assert!(again.repeated, "step {step}");
                    assert_eq!((again.index, &again.entry), (first.index, &first.entry), "step {step}");
                    check_receipt(&again, &self.live.place.signer());
                    self.count("repeated");
                }
                Err(SubmitError::Refused(refusal)) => {
                    assert!(!alive, "step {step}: a retry is refused: {refusal}");
                    assert_eq!(refusal.reason(), "COMMAND_EXPIRED");
                }
                Err(other) => panic!("step {step}: {other}"),
            }
        }
    }

    /// A known request id on other bytes is refused.
    async fn reuse(&mut self, step: u64) {
        let Some((envelope, _, end)) = self.written.last().cloned() else { return };
        let command = civbank::wire::check(envelope).expect("a command").command;
        let body = Body::Withdraw { declaration: u64::from(u32::MAX) };
        let other = civbank::bank::Command { body, ..command };
        let key = self.live.resident(0, 0);
        let other = super::super::engine::fixture::signed(&other, &[&key]);
        let alive = self.now() <= end;
        match self.live.engine.submit(other, "").await {
            Err(SubmitError::Refused(refusal)) if alive => assert_eq!(refusal.reason(), "REQUEST_ID_REUSED"),
            Err(SubmitError::Refused(_)) => {}
            other => panic!("step {step}: {other:?}"),
        }
        self.count("reused");
    }
}
