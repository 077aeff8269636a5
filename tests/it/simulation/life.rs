//! One life of the town: something happens each step, thrown with dice, and is checked against the model.
//!
//! Commands are sent alone, in batches, late, twice, and once more with other bytes. Every answer is judged: what
//! is written stands in the journal once, by the model's leave; what is refused the model refuses; an engine stops
//! only when the journal failed, and a restart then tells what became of everybody's command.

use std::collections::BTreeMap;

use civbank::bank::command::{Body, Command};
use civbank::bank::ids::PublicKey;
use civbank::bank::time::Time;
use civbank::demo::dice::Dice;
use civbank::engine::{Clock, EngineState, SubmitError, Submitted};
use civbank::wire::{check, pb};
use ed25519_dalek::SigningKey;

use super::super::engine::fixture::{monday, signed};
use super::model::{Checked, Model, Pin, Says, Who, Wrong, ensure};
use super::receipts::prove;
use super::town;
use super::world::{Ground, PINS, World};

/// Steps of one life; then another begins, so that journals stay short and each life can be had again alone.
pub const STEPS_A_LIFE: u64 = 5_000;
/// Shorter than the thirteen months after which evidence is forgotten.
const DAYS_MAX: i32 = 380;
/// Entries whose receipts are looked at again now and then.
const REMEMBERED: usize = 64;

pub type Done = BTreeMap<&'static str, u64>;

/// A command on its way.
#[derive(Clone)]
pub struct Sent {
    pub envelope: pb::Envelope,
    pub command: Command,
    pub digest: [u8; 16],
    pub signers: Vec<PublicKey>,
    pub pin: &'static str,
}

impl Sent {
    pub fn new(envelope: pb::Envelope, pin: &'static str) -> Sent {
        let asked = check(envelope.clone()).expect("a command that can be read");
        Sent { envelope, command: asked.command, digest: asked.digest, signers: asked.signers, pin }
    }
}

pub struct Life<'a> {
    pub ground: &'a Ground,
    pub world: World,
    pub dice: Dice,
    pub model: Model,
    pub photos: usize,
    pub texts: usize,
    /// Answered with "written": command, entry, proof. The oldest are forgotten.
    pub(super) written: Vec<(Sent, Submitted)>,
    /// Signed and not yet sent.
    pocket: Vec<Sent>,
    /// Since the journal was read last.
    restarted: bool,
    pub done: Done,
}

impl<'a> Life<'a> {
    pub async fn begin(ground: &'a Ground, seed: u64) -> Checked<Life<'a>> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let dice = Dice::new(&bytes, "simulation");
        // One life in eight on a disk that tears.
        let world = World::start(ground, seed % 8 == 7)?;
        let (written, pocket, done) = (Vec::new(), Vec::new(), Done::new());
        let model = Model::default();
        let mut life =
            Life { ground, world, dice, model, photos: 0, texts: 0, written, pocket, restarted: false, done };
        for bytes in life.world.engine.entries(0, usize::MAX).map_err(|_| Wrong("no entries".into()))? {
            life.model.read(&bytes, None)?;
        }
        life.compare().await?;
        Ok(life)
    }

    pub fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    /// What the next entry's time will be.
    pub fn now(&self) -> Time {
        self.world.clock.now().max(self.model.time)
    }

    pub async fn step(&mut self) -> Checked {
        // Nothing is due when a command is judged.
        while self.world.engine.tick().await.is_err() {
            self.crashed().await?;
        }
        self.read(&mut []).await?;
        self.model.overdue(self.now())?;
        match self.dice.below(200) {
            0..10 => self.clock(),
            10..12 => self.restart().await?,
            12..26 => self.retry().await?,
            26..32 => self.reuse().await?,
            32..39 => self.pocketed().await?,
            39 if self.dice.chance(50) => self.guess().await?,
            39 => self.spree().await?,
            40..50 => {
                let count = 2 + self.dice.below(5);
                let batch: Vec<Sent> = (0..count).filter_map(|_| self.think()).collect();
                self.count("batches");
                self.send(batch).await?;
            }
            other => {
                if let Some(sent) = self.think() {
                    // Signed now, and sent when others have been.
                    if other >= 190 && sent.pin.is_empty() && self.pocket.len() < 6 {
                        self.pocket.push(sent);
                    } else {
                        self.send(vec![sent]).await?;
                    }
                }
            }
        }
        self.compare().await
    }

    /// Everything from bytes once more; then the journal lies, and is found out.
    pub async fn end(mut self) -> Checked<Done> {
        self.restart().await?;
        self.compare().await?;
        self.audit().await?;
        if self.written.iter().any(|_| true) {
            self.lie().await?;
        }
        self.world.engine.shutdown().await;
        for case in self.model.cases.values() {
            for row in &case.rows {
                let name = match row.state {
                    civbank::bank::words::State::Credited => "credited",
                    civbank::bank::words::State::Refused => "turned down",
                    civbank::bank::words::State::Voided => "voided",
                    civbank::bank::words::State::Withdrawn => "withdrawn",
                    _ => "open",
                };
                *self.done.entry(name).or_default() += 1;
            }
        }
        Ok(self.done)
    }

    /// The model reads what is new. Commands that were refused are asked about again after each entry; answers
    /// with the model's "no" are put where there was none.
    async fn read(&mut self, refused: &mut [(&Sent, Option<&'static str>)]) -> Checked {
        let entries = self.world.engine.entries(self.model.size, usize::MAX);
        let now = self.now();
        for bytes in entries.map_err(|_| Wrong("entries cannot be read back".into()))? {
            self.model.read(&bytes, Some(now))?;
            for (sent, no) in refused.iter_mut().filter(|(_, no)| no.is_none()) {
                *no = self.no(sent, now);
            }
        }
        // A lock whose append failed is there after a restart, or nobody owes it any more.
        if std::mem::take(&mut self.restarted) {
            self.model.to_lock.clear();
        }
        Ok(())
    }

    fn no(&self, sent: &Sent, now: Time) -> Option<&'static str> {
        match self.model.says(&sent.command, sent.digest, &sent.signers, now) {
            Says::No(why) => Some(why),
            Says::Yes | Says::Written(_) => None,
        }
    }

    /// Bank and model stand at the same place.
    async fn compare(&mut self) -> Checked {
        while self.world.engine.state() == EngineState::Stopped {
            self.crashed().await?;
        }
        self.read(&mut []).await?;
        let (model, world) = (&self.model, &self.world);
        let same = world.engine.read(|view| {
            ensure!(
                view.size == model.size,
                "the engine stands at {} entries, the journal at {}",
                view.size,
                model.size
            );
            model.compare(view.bank)
        });
        same.await.map_err(|_| Wrong("the engine stopped by itself".into()))?
    }

    fn clock(&mut self) {
        let now = self.now();
        let minutes = match self.dice.below(12) {
            0 => -(self.dice.below(50) as i64),
            1 if self.dice.chance(15) => -(self.dice.below(48 * 60) as i64),
            1..4 => 24 * 60,
            4..7 => self.dice.below(12 * 60) as i64,
            7 if self.dice.chance(25) => self.dice.below(10 * 24 * 60) as i64,
            _ => self.dice.below(40) as i64,
        };
        let next = now.plus_minutes(minutes);
        if next.day().0 - monday(0).day().0 < DAYS_MAX {
            self.world.clock.set(next);
            self.count("clocks");
        }
    }

    async fn restart(&mut self) -> Checked {
        self.count("restarts");
        self.world.restart(&mut self.dice).await?;
        // What is written down of misses is only that a PIN is locked.
        self.model.houses.values_mut().for_each(|house| house.misses = 0);
        self.restarted = true;
        // What was acknowledged is there, and the tree has only grown.
        for (sent, first) in self.written.iter().rev().take(4) {
            let there = self.world.engine.entry(first.index).map_err(|_| Wrong("no journal".into()))?;
            ensure!(
                there.as_ref() == Some(&first.entry),
                "entry {} is gone: {:?}",
                first.index,
                sent.command
            );
        }
        if let Some((_, newest)) = self.written.last() {
            self.grown_from(newest).await?;
        }
        Ok(())
    }

    async fn crashed(&mut self) -> Checked {
        ensure!(self.world.has_failed(), "the engine stopped, and the journal had not failed");
        ensure!(self.world.engine.read(|_| ()).await.is_err(), "a stopped engine is read");
        self.count("crashes");
        Box::pin(self.restart()).await
    }

    /// Sends commands, one alone or several at once, and judges every answer; those whose engine stopped are sent
    /// again until somebody answers.
    async fn send(&mut self, mut batch: Vec<Sent>) -> Checked {
        while !batch.is_empty() {
            let now = self.now();
            let engine = self.world.engine.clone();
            let before = self.model.size;
            let alone = batch.len() == 1;
            if alone {
                self.try_pin(&batch[0]);
            }
            let nos: Vec<Option<&str>> = batch.iter().map(|sent| self.no(sent, now)).collect();
            let answers = if alone {
                vec![engine.submit(batch[0].envelope.clone(), batch[0].pin).await]
            } else {
                let envelopes = batch.iter().map(|sent| (sent.envelope.clone(), String::new()));
                engine.submit_batch(envelopes.collect()).await
            };
            let stopped = answers.iter().any(|answer| matches!(answer, Err(SubmitError::Stopped)));
            if stopped {
                self.crashed().await?;
            }
            let mut refused: Vec<(&Sent, Option<&str>)> = batch.iter().zip(nos).collect();
            self.read(&mut refused).await?;
            let nos: Vec<Option<&str>> = refused.into_iter().map(|(_, no)| no).collect();
            ensure!(stopped || self.model.to_lock.is_empty(), "a PIN was missed too often and is not locked");
            let mut again = Vec::new();
            for ((sent, no), answer) in batch.into_iter().zip(nos).zip(answers) {
                match answer {
                    Ok(receipt) => self.written(sent, receipt, before)?,
                    Err(SubmitError::Refused(refusal)) => {
                        ensure!(
                            no.is_some(),
                            "refused ({refusal}), and the model says yes: {:?}",
                            sent.command
                        );
                        self.count("refused");
                        no.into_iter().for_each(|why| self.count(why));
                    }
                    Err(SubmitError::Stopped) => again.push(sent),
                    Err(other) => return Err(Wrong(format!("{other}: {:?}", sent.command))),
                }
            }
            if stopped {
                self.count("unknown outcomes");
            }
            batch = again;
        }
        Ok(())
    }

    /// The PIN beside a purchase is tried at the door, once terminal and card have signed.
    fn try_pin(&mut self, sent: &Sent) {
        let Body::Redeem { household, .. } = &sent.command.body else { return };
        let who: Vec<Who> = sent.signers.iter().filter_map(|key| self.model.who.get(key).copied()).collect();
        let both = who.contains(&Who::Card(*household)) && who.iter().any(|w| matches!(w, Who::Terminal(_)));
        let known = self.model.requests.contains_key(&sent.command.request_id);
        let Some(house) = self.model.houses.get_mut(household) else { return };
        let Some(document) = house.pin else { return };
        if sent.pin.is_empty() || !both || known {
            return;
        }
        let right = PINS.iter().zip(&self.ground.pins).any(|(pin, d)| *d == document && *pin == sent.pin);
        let pin = if right && !house.locked { Pin::Right } else { Pin::Wrong };
        if !house.locked {
            house.misses = if right { 0 } else { house.misses + 1 };
            if house.misses == 5 {
                house.misses = 0;
                self.model.to_lock.insert(*household);
            }
        }
        self.model.pins.insert(sent.command.request_id, pin);
    }

    /// Somebody hears that it is written: it is, once, and the proof holds.
    fn written(&mut self, sent: Sent, receipt: Submitted, before: u64) -> Checked {
        let index = receipt.index;
        let known = self.model.requests.get(&sent.command.request_id).copied();
        let known = known.map(|request| (request.index, request.digest));
        ensure!(known == Some((index, sent.digest)), "entry {index} is another's: {:?}", sent.command);
        ensure!(receipt.repeated || index >= before, "entry {index} is old, and called new");
        let there = self.world.engine.entry(index).map_err(|_| Wrong("no journal".into()))?;
        ensure!(there.as_ref() == Some(&receipt.entry), "entry {index} is not what its caller heard");
        prove(&receipt)?;
        self.count(if receipt.repeated { "repeated" } else { "written" });
        if let Some((_, first)) = self.written.iter().find(|(_, first)| first.index == index) {
            ensure!(first.entry == receipt.entry, "entry {index} was other bytes before");
        } else {
            self.written.push((sent, receipt));
        }
        if self.written.len() > 2 * REMEMBERED {
            self.written.drain(..REMEMBERED);
        }
        Ok(())
    }

    /// The same command again, alone or twice at once: the first answer, for as long as it can come.
    async fn retry(&mut self) -> Checked {
        let newest = self.written.len().min(30);
        if newest == 0 {
            return Ok(());
        }
        let at = self.written.len() - 1 - self.dice.below(newest);
        let sent = self.written[at].0.clone();
        let sent = Sent { pin: "", ..sent };
        let twins = if self.dice.chance(30) { vec![sent.clone(), sent] } else { vec![sent] };
        self.count("retries");
        self.send(twins).await
    }

    /// A known request id on other bytes.
    async fn reuse(&mut self) -> Checked {
        let Some((first, _)) = self.written.last() else { return Ok(()) };
        let (request_id, points) = (first.command.request_id, 1 + self.dice.below(9) as i64);
        let mut command = self.world.command(Body::FundBudget {
            branch: town::branch(0),
            source: civbank::bank::words::FundSource::Town,
            fen: 0,
            points,
            voucher: None,
        });
        command.request_id = request_id;
        let key = town::officer();
        self.count("reused");
        self.send(vec![Sent::new(signed(&command, &[&key]), "")]).await
    }

    /// Somebody has found a card, and tries PINs.
    async fn guess(&mut self) -> Checked {
        let with_pin = self.model.houses.iter().filter(|(_, house)| house.pin.is_some());
        let with_pin: Vec<_> = with_pin.map(|(id, _)| *id).collect();
        if with_pin.is_empty() {
            return Ok(());
        }
        let id = with_pin[self.dice.below(with_pin.len())];
        for _ in 0..3 + self.dice.below(5) {
            let sent = self.egg(id);
            self.send(vec![Sent { pin: "999999", ..sent }]).await?;
        }
        self.count("guesses");
        Ok(())
    }

    /// Somebody has found a card, and buys one egg after the other without a PIN.
    async fn spree(&mut self) -> Checked {
        let Some(id) = self.model.houses.iter().max_by_key(|(_, house)| house.points()).map(|(id, _)| *id)
        else {
            return Ok(());
        };
        for _ in 0..8 {
            let sent = self.egg(id);
            self.send(vec![sent]).await?;
        }
        self.count("sprees");
        Ok(())
    }

    async fn pocketed(&mut self) -> Checked {
        if self.pocket.is_empty() {
            return Ok(());
        }
        let sent = self.pocket.swap_remove(self.dice.below(self.pocket.len()));
        self.count("late");
        self.send(vec![sent]).await
    }

    /// A command of this body, signed.
    pub fn ask(&mut self, body: Body, keys: &[SigningKey]) -> Sent {
        let keys: Vec<&SigningKey> = keys.iter().collect();
        Sent::new(self.world.envelope(body, &keys), "")
    }
}
