//! The text language in which the bank's tests are written. A script is a list of cases; each begins with
//! `case` and a sentence, and each starts from the fixture. A line is one of
//!
//! ```text
//! at 2026-11-20 23:59                      the clock runs to this moment in Shanghai; what falls due is done
//! clock 2026-11-24                         the same, but nothing that falls due is done yet
//! wait 8d                                  the clock runs on
//! VERB … by SIGNER+SIGNER → $a STATE       a command that is accepted (the arrow may be left out)
//! VERB … by SIGNER ✗ REASON number=value   a command that is refused, with these numbers among others
//! QUESTION … = answer                      what stands now
//! ```
//!
//! `$a` names the entry. Verbs stand in `verbs.rs`, questions in `questions.rs`. After every step the world
//! is verified, see `world.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use civbank::bank::ids::HouseholdId;
use civbank::bank::refusal::StateName;
use civbank::bank::time::{Day, Time};
use civbank::bank::words::State;
use civbank::bank::{Change, Refusal};

use super::fixture;
use super::names;
use super::world::{Envelope, World};

/// Runs every case, also after one failed; answers the reasons of all refusals that were met.
pub fn run(file: &str, text: &str) -> BTreeSet<&'static str> {
    let mut met = BTreeSet::new();
    let mut failed = Vec::new();
    let mut titles = BTreeSet::new();
    for (title, steps) in cases(file, text) {
        assert!(titles.insert(title), "{file}: there are two cases {title:?}");
        let case = AssertUnwindSafe(|| {
            let mut script = Script::new();
            let mut reasons = Vec::new();
            for (number, line) in &steps {
                script.place = format!("{file}:{number}: {line}");
                reasons.extend(script.step(line));
            }
            reasons
        });
        match catch_unwind(case) {
            Ok(reasons) => met.extend(reasons),
            Err(_) => failed.push(title),
        }
    }
    assert!(!titles.is_empty(), "{file} has no cases");
    assert!(failed.is_empty(), "{file}: {} of {} cases failed: {failed:#?}", failed.len(), titles.len());
    met
}

/// Cases by title, each a list of lines with their numbers.
fn cases<'t>(file: &str, text: &'t str) -> Vec<(&'t str, Vec<(usize, &'t str)>)> {
    let mut cases: Vec<(&str, Vec<(usize, &str)>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split("//").next().unwrap_or("").trim();
        match line.strip_prefix("case ") {
            _ if line.is_empty() => {}
            Some(title) => cases.push((title, Vec::new())),
            None => match cases.last_mut() {
                Some((_, steps)) => steps.push((number + 1, line)),
                None => panic!("{file}:{}: no case yet", number + 1),
            },
        }
    }
    cases
}

pub struct Script {
    pub world: World,
    pub place: String,
    bound: BTreeMap<String, u64>,
}

/// A line, cut to pieces.
pub struct Line<'l> {
    pub verb: &'l str,
    /// Words without `=`.
    pub words: Vec<&'l str>,
    /// Words with `=`, in order.
    pub pairs: Vec<(&'l str, &'l str)>,
    pub signers: Vec<&'l str>,
}

impl<'l> Line<'l> {
    fn cut(text: &'l str) -> Self {
        let (asked, by) = text.split_once(" by ").unwrap_or((text, ""));
        let mut parts = asked.split_whitespace();
        let verb = parts.next().unwrap_or("");
        let (pairs, words): (Vec<_>, Vec<_>) = parts.partition(|part| part.contains('='));
        let pairs = pairs.iter().filter_map(|pair| pair.split_once('=')).collect();
        let signers = by.split('+').map(str::trim).filter(|signer| !signer.is_empty()).collect();
        Line { verb, words, pairs, signers }
    }

    pub fn word(&self, at: usize) -> &'l str {
        self.words.get(at).unwrap_or_else(|| panic!("{} wants more words", self.verb))
    }

    pub fn option(&self, name: &str) -> Option<&'l str> {
        self.pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The word after `word`.
    pub fn after(&self, word: &str) -> Option<&'l str> {
        let at = self.words.iter().position(|known| *known == word)?;
        self.words.get(at + 1).copied()
    }

    pub fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }
}

impl Script {
    pub fn new() -> Self {
        Script::on(fixture::world())
    }

    pub fn on(world: World) -> Self {
        Script { world, place: String::new(), bound: BTreeMap::new() }
    }

    /// A line that must not be refused, from outside a file.
    pub fn accept(&mut self, line: &str) {
        let refused = self.step(line);
        assert!(refused.is_none(), "{line}");
    }

    /// The entry that a script calls `$name`, or `#12`.
    pub fn entry(&self, name: &str) -> u64 {
        match name.strip_prefix('#') {
            Some(number) => number.parse().unwrap_or_else(|_| self.stop("a number after #")),
            None => *self.bound.get(name).unwrap_or_else(|| self.stop(&format!("{name} names no entry"))),
        }
    }

    pub fn stop(&self, why: &str) -> ! {
        panic!("{}\n    {why}", self.place)
    }

    /// One line; the reason, where it was refused.
    pub fn step(&mut self, line: &str) -> Option<&'static str> {
        if let Some((asked, wanted)) = line.split_once('✗') {
            let refusal = match self.submit(&Line::cut(asked.trim())) {
                Ok(index) => self.stop(&format!("was accepted: {:?}", self.world.entries[index as usize])),
                Err(refusal) => refusal,
            };
            self.check_refusal(&refusal, wanted.trim());
            return Some(refusal.reason());
        }
        let (asked, wanted) = line.split_once('→').unwrap_or((line, ""));
        let cut = Line::cut(asked.trim());
        match cut.verb {
            "at" => self.world.advance(self.moment(&cut)),
            "wait" => self.world.advance(self.later(cut.word(0))),
            "clock" => self.world.now = self.moment(&cut),
            "empty" => self.world = World::new(self.world.now),
            "earn" => self.earn(cut.word(0), cut.word(1)),
            "crowd" => self.crowd(cut.word(0), cut.word(1)),
            "voices" => self.voices(cut.word(0), cut.word(1)),
            _ if self.ask(asked.trim()) => {}
            _ => match self.submit(&cut) {
                Ok(index) => self.check_entry(index, wanted),
                Err(refusal) => self.stop(&format!("was refused: {refusal}")),
            },
        }
        self.world.verify();
        None
    }

    /// What the bank would answer to a line, without taking it over.
    pub fn would(&self, line: &str) -> Result<(), Refusal> {
        let cut = Line::cut(line);
        let signers: Vec<_> = cut.signers.iter().map(|name| names::key(name)).collect();
        self.world.ask(self.body(&cut), &signers, &Envelope::default()).map(|_| ())
    }

    /// A line of which nobody knows how it ends; whether it was accepted.
    pub fn attempt(&mut self, line: &str) -> bool {
        let cut = Line::cut(line);
        match cut.verb {
            "wait" => self.world.advance(self.later(cut.word(0))),
            _ => return self.submit(&cut).is_ok(),
        }
        true
    }

    /// 09:00 in Shanghai, unless the line says otherwise.
    fn moment(&self, line: &Line) -> Time {
        let day: Day = line.word(0).parse().unwrap_or_else(|_| self.stop("a date"));
        let clock = line.words.get(1).unwrap_or(&"09:00");
        let (hours, minutes) = clock.split_once(':').unwrap_or_else(|| self.stop("a time of day"));
        let minutes = hours.parse::<i64>().unwrap_or(0) * 60 + minutes.parse::<i64>().unwrap_or(0);
        day.start().plus_minutes(minutes)
    }

    /// A moment so many `d`ays or `m`inutes from now.
    pub fn later(&self, span: &str) -> Time {
        let (count, unit) = span.split_at(span.len() - 1);
        let count: i64 = count.parse().unwrap_or_else(|_| self.stop("a span such as 8d"));
        match unit {
            "d" => self.world.now.plus_days(count),
            "m" => self.world.now.plus_minutes(count),
            _ => self.stop("a span of days (d) or minutes (m)"),
        }
    }

    /// The whole way of a deed, to the end of its notice: `earn v1-1 120`.
    fn earn(&mut self, id: &str, points: &str) {
        let (liaison, votes): (_, &[&str]) = match id {
            "v1-3" => ("liaison2", &["chair1", "seat1", "seat2"]),
            "v1-6" => ("liaison2", &["chair1", "seat1", "seat2"]),
            "v1-4" => ("liaison1", &["chair1", "seat1", "seat3"]),
            _ if id.starts_with("v1-") => ("liaison1", &["chair1", "seat1", "seat2"]),
            _ => ("far-liaison", &["chair2", "second2"]),
        };
        self.accept(&format!("declare {id} X01 by card:{id} → $earned"));
        self.accept(&format!("review $earned endorse by {liaison}"));
        for member in votes {
            self.accept(&format!("vote $earned approve points={points} by {member}"));
        }
        let until = self.world.bank.case(self.entry("$earned")).ok().and_then(|case| case.rows[0].until);
        self.world.advance(until.expect("is on notice"));
    }

    /// Opens many households more, from number 101 on.
    fn crowd(&mut self, village: &str, count: &str) {
        let clerk = village.replace('v', "clerk");
        for serial in 101..=100 + count.parse::<u32>().unwrap_or(0) {
            self.accept(&format!("open {village}-{serial} by {clerk}"));
        }
    }

    /// So many suggestions, five each of further households, from number 101 on.
    fn voices(&mut self, village: &str, count: &str) {
        let clerk = village.replace('v', "clerk");
        for number in 0..count.parse::<u32>().unwrap_or(0) {
            let home = format!("{village}-{}", 101 + number / 5);
            if number % 5 == 0 {
                self.accept(&format!("open {home} by {clerk}"));
                self.accept(&format!("passbook {home} #1 by {clerk}"));
            }
            self.accept(&format!("suggest {village} voice{number} by card:{home}#1"));
        }
    }

    fn check_refusal(&self, refusal: &Refusal, wanted: &str) {
        let mut words = wanted.split_whitespace();
        let numbers: BTreeMap<_, _> = refusal.numbers().into_iter().collect();
        if words.next() != Some(refusal.reason()) {
            self.stop(&format!("was refused as {refusal}"));
        }
        for pair in words {
            let (name, value) = pair.split_once('=').unwrap_or_else(|| self.stop("number=value"));
            let said = numbers.get(name).unwrap_or_else(|| self.stop(&format!("{refusal} has no {name}")));
            if *said != self.in_full(name, value) {
                self.stop(&format!("was refused with other numbers: {refusal}"));
            }
        }
    }

    /// A script's name for somebody or something, as the bank writes it.
    fn in_full(&self, number: &str, name: &str) -> String {
        match number {
            "person" | "other" | "chair" => names::person(name).to_string(),
            "household" => names::household(name).to_string(),
            "branch" => names::branch(name).to_string(),
            "key" => names::key(name).to_string(),
            "evidence" => names::digest(name).to_string(),
            "declaration" | "suggestion" | "index" => self.entry(name).to_string(),
            "why" => name.replace('_', " "),
            _ => name.to_owned(),
        }
    }

    fn check_entry(&mut self, index: u64, wanted: &str) {
        let effects = &self.world.entries[index as usize].1;
        let moved: Vec<(HouseholdId, State, i64)> = effects.changes.iter().filter_map(moved).collect();
        for word in wanted.split_whitespace() {
            match word.split_once('=') {
                _ if word.starts_with('$') => {
                    self.bound.insert(word.to_owned(), index);
                }
                Some(("points", points)) => {
                    if moved.iter().any(|(_, _, set)| set.to_string() != points) || moved.is_empty() {
                        self.stop(&format!("other points: {moved:?}"));
                    }
                }
                _ if word == "UNMOVED" => {
                    if !moved.is_empty() {
                        self.stop(&format!("moved: {moved:?}"));
                    }
                }
                _ => {
                    let said = |state: &State| StateName(*state).to_string();
                    if moved.is_empty() || moved.iter().any(|(_, state, _)| said(state) != word) {
                        self.stop(&format!("stands elsewhere: {moved:?}"));
                    }
                }
            }
        }
    }
}

/// Where a change put a row.
fn moved(change: &Change) -> Option<(HouseholdId, State, i64)> {
    match change {
        Change::StateChanged { household, state, points, .. } => Some((*household, *state, *points)),
        Change::DeclarationFiled { household, .. } => Some((*household, State::Submitted, 0)),
        _ => None,
    }
}
