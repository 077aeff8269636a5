//! Random commands by random signers, as lines of the text language, so that a run that fails can be read and
//! told again. `SEED=… cargo test` runs one seed once more.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use civbank::bank::time::Time;
use civbank::bank::words::State;
use civbank::bank::{Change, Effects};

use super::names;
use super::script::Script;

const WORLDS: usize = 3;
const STEPS: usize = 2_000;
/// Lines shown where a run fails.
const SHOWN: usize = 40;

pub const HOMES: [&str; 8] = ["v1-1", "v1-2", "v1-3", "v1-4", "v1-5", "v1-6", "v2-1", "v2-2"];
pub const ITEMS: [&str; 13] =
    ["G01", "R01", "R04", "F02", "J02", "X01", "X02", "Z01", "B01", "R06", "S01", "D01", "OLD"];
const SHEET_ITEMS: [&str; 6] = ["R01", "X01", "D01", "D02", "V01", "Z01"];
pub const PEOPLE: [&str; 28] = [
    "officer1",
    "officer2",
    "auditor",
    "clerk1",
    "chair1",
    "seat1",
    "seat2",
    "seat3",
    "seat4",
    "supervisor1",
    "cashier1",
    "liaison1",
    "liaison2",
    "proxy1",
    "clerk2",
    "chair2",
    "second2",
    "third2",
    "supervisor2",
    "far-liaison",
    "v1-1.1",
    "v1-2.1",
    "v1-1.2",
    "v2-1.1",
    "t:v1-1",
    "t:v2-1",
    "card:v1-1",
    "card:v1-2",
];

/// A catalogue for a later day: some points and caps are others.
const CATALOGUE: &str = "G01=person,12,month:30 R01=25,month:2,record R04=5,month:30 F02=200,year:1 \
    J02=50-500,year:1,evidence X01=1-400,event Z01=15,month:2 B01=bonus,30,quarter:2 R06=100,once:1 \
    S01=10,event,score:3 D01=deduction,5,score D02=deduction,1-30,points V01=veto,0 \
    X02=person,1-500,month:9";

const VERBS: [&str; 26] = [
    "declare", "review", "vote", "withdraw", "resubmit", "object", "dispute", "rule", "assess", "redeem",
    "refund", "appoint", "dismiss", "kin", "close", "passbook", "enrol", "policy", "fund", "price",
    "stockin", "count", "lock-pin", "pin", "wait", "publish",
];

#[test]
fn random_commands_leave_the_books_straight() {
    if let Ok(seed) = std::env::var("SEED") {
        println!("{:?}", run(seed.parse().expect("SEED is a number")));
        return;
    }
    let random = RandomState::new();
    for world in 0..WORLDS {
        run(random.hash_one(world));
    }
}

/// Fixed seeds, and with them the proof that runs go everywhere: every verb is accepted somewhere.
#[test]
fn random_commands_reach_every_part_of_the_bank() {
    let mut all = Tally::default();
    for seed in 1..=WORLDS as u64 {
        let run = run(seed);
        all.credited += run.credited;
        all.reversed += run.reversed;
        run.accepted.into_iter().for_each(|(verb, count)| *all.accepted.entry(verb).or_default() += count);
    }
    for verb in VERBS {
        assert!(all.accepted.contains_key(verb), "{verb} was never accepted: {all:?}");
    }
    assert!(all.credited > 50 && all.reversed > 5, "{all:?}");
}

/// A bank in which so many random things happened or were refused.
pub fn lived_in(seed: u64, steps: usize) -> Script {
    let mut random = Random(seed);
    let mut script = Script::new();
    for _ in 0..steps {
        let line = random.line(&script);
        script.place.clone_from(&line);
        script.attempt(&line);
        script.world.run_due();
    }
    script
}

/// What one run came to.
#[derive(Debug, Default)]
struct Tally {
    accepted: BTreeMap<String, usize>,
    credited: usize,
    reversed: usize,
}

fn run(seed: u64) -> Tally {
    println!("SEED={seed}");
    let mut told = Told { seed, lines: Vec::new(), failed: true };
    let mut random = Random(seed);
    let mut script = Script::new();
    let mut tally = Tally::default();
    for _ in 0..STEPS {
        let line = random.line(&script);
        told.lines.push(format!("{:?} {line}", script.world.now));
        script.place.clone_from(&line);
        if script.attempt(&line) {
            let verb = line.split(' ').next().unwrap_or_default();
            *tally.accepted.entry(verb.to_owned()).or_default() += 1;
        }
        script.world.run_due();
    }
    told.failed = false;
    tally.credited = script.world.credits.len();
    let reversed = |(state, _): &&(State, i64)| *state == State::Reversed;
    tally.reversed = script.world.states.values().filter(reversed).count();
    tally
}

/// Tells the last lines of a run that did not come to its end.
struct Told {
    seed: u64,
    lines: Vec<String>,
    failed: bool,
}

impl Drop for Told {
    fn drop(&mut self) {
        if self.failed {
            println!("SEED={} failed after {} lines; the last:", self.seed, self.lines.len());
            self.lines.iter().rev().take(SHOWN).rev().for_each(|line| println!("    {line}"));
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one_of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// An open row that stands so, as its case and its household; any entry at all where there is none, and
    /// now and then.
    fn row(&mut self, script: &Script, state: State) -> (u64, String) {
        let open = script.world.bank.cases(None).flat_map(|(number, case)| {
            let rows = case.rows.iter().filter(|row| row.state == state);
            rows.map(move |row| (number, names::of_household(row.household)))
        });
        let open: Vec<(u64, String)> = open.collect();
        if open.is_empty() || self.chance(4) {
            (self.below(script.world.entries.len() + 1) as u64, self.one_of(&HOMES).to_owned())
        } else {
            open[self.below(open.len())].clone()
        }
    }

    /// A vote that counts, mostly: by somebody seated, with points in the range.
    fn vote(&mut self, script: &Script) -> String {
        let (number, _) = self.row(script, State::Endorsed);
        let bank = &script.world.bank;
        let case = bank.case(number).ok();
        let seated = case.map_or(Vec::new(), |case| bank.seated(case.branch, script.world.now));
        let by = if seated.is_empty() || self.chance(5) {
            self.one_of(&PEOPLE).to_owned()
        } else {
            names::of_person(seated[self.below(seated.len())])
        };
        let points = case.and_then(|case| case.rows.first()).map_or(1, |row| {
            let span = (row.item.points_max - row.item.points_min + 1) as usize;
            // Small points mostly: the caps of the month would soon refuse everything.
            row.item.points_min as usize + self.below(span.min(60))
        });
        let vote = if self.chance(88) { "approve" } else { "refuse" };
        format!("vote #{number} {vote} points={points} by {by}")
    }

    fn review(&mut self, script: &Script) -> String {
        let (number, home) = self.row(script, State::Submitted);
        let linked = script.world.bank.household(names::household(&home)).ok().and_then(|book| book.liaison);
        let linked = linked.map_or("liaison1".to_owned(), names::of_person);
        let by =
            if self.chance(70) { linked } else { self.by(&["liaison1", "liaison2", "far-liaison", "seat1"]) };
        let verdict = self.one_of(&["endorse", "endorse", "endorse", "endorse", "return", "refuse"]);
        format!("review #{number} {verdict} by {by}")
    }

    /// Other money than deeds: eggs and their return.
    fn shop(&mut self, script: &Script, home: &str, card: &str) -> String {
        let shop = self.one_of(&["t:v1-1", "t:v1-1", "t:v2-1"]);
        let pin = self.one_of(&["", "pin=ok", "pin=ok", "pin=2"]);
        let goods = self.one_of(&["egg=2", "egg=1", "egg=1 salt=1", "egg=9", "rice=1", "egg=3@1:5"]);
        match self.redemption(script) {
            Some((at, sold_by, by)) if self.chance(35) => {
                let off = self.one_of(&["", "written-off"]);
                let card = format!("card:{by}#{}", self.card(script, &by));
                let till = if self.chance(90) { sold_by } else { shop.to_owned() };
                format!("refund #{at} egg={} {off} by {till}+{card}", 1 + self.below(3))
            }
            _ => format!("redeem {home} {goods} {pin} by {shop}+{card}"),
        }
    }

    /// Who usually does this, now and then somebody else, now and then two.
    fn by(&mut self, usual: &[&str]) -> String {
        let first = if self.chance(85) { self.one_of(usual) } else { self.one_of(&PEOPLE) };
        if self.chance(6) { format!("{first}+{}", self.one_of(&PEOPLE)) } else { first.to_owned() }
    }

    fn line(&mut self, script: &Script) -> String {
        let home = self.one_of(&HOMES);
        let other = self.one_of(&HOMES);
        let village = self.one_of(&["v1", "v1", "v2"]);
        let (clerk, supervisor) =
            if village == "v1" { ("clerk1", "supervisor1") } else { ("clerk2", "supervisor2") };
        let small = 1 + self.below(4);
        let large = 1 + self.below(500);
        let card = format!("card:{home}#{}", self.card(script, home));
        let today = script.world.now.day();
        let day = if self.chance(60) { today } else { today.plus(1 - self.below(35) as i32) };
        match self.below(100) {
            0..15 => {
                let member = if self.chance(40) { format!(".{}", 1 + self.below(3)) } else { String::new() };
                let item = if member.is_empty() { self.one_of(&ITEMS) } else { self.one_of(&["G01", "X02"]) };
                let evidence = format!("evidence=e{}", self.below(5_000));
                let by = self.by(&[&card, &format!("{home}.1"), &format!("proxy1+{card}")]);
                format!("declare {home}{member} {item} x{small} on {day} {evidence} by {by}")
            }
            15..28 => self.review(script),
            28..58 => self.vote(script),
            58..59 => format!("withdraw #{} by {card}", self.row(script, State::Endorsed).0),
            59..62 => {
                let (number, home) = self.row(script, State::Returned);
                let card = format!("card:{home}#{}", self.card(script, &home));
                format!("resubmit #{number} x{small} on {day} evidence=r{large} by {card}")
            }
            62..65 => {
                let (number, row) = self.row(script, State::OnNotice);
                format!("object #{number} row {row} by {}", self.by(&["v1-1.1", "card:v1-2", supervisor]))
            }
            65..67 => self.dispute(script),
            67..71 => {
                let ruling = self.one_of(&["dismiss", "uphold", "partial 3", "partial 30"]);
                let (number, row) = self.row(script, State::Objected);
                format!("rule #{number} {ruling} row {row} by {}", self.by(&["officer1", "officer2"]))
            }
            71..73 => {
                let ruling = self.one_of(&["dismiss", "uphold", "partial 3"]);
                let dispute = self.disputed(script);
                format!("rule #{dispute} {ruling} by {}", self.by(&["officer1", "officer2"]))
            }
            73..76 => {
                let (item, second) = (self.one_of(&SHEET_ITEMS), self.one_of(&SHEET_ITEMS));
                let rest = if home == other { String::new() } else { format!("{other}:{second}") };
                let rows = format!("{home}:{item}x{small} {rest}");
                format!("assess {village} {rows} on {day} record=s{large} by {}", self.by(&[clerk]))
            }
            76..86 => self.shop(script, home, &card),
            86..89 => self.office(home, other, clerk),
            89..90 if self.chance(20) => self.close(script, other),
            89..90 => format!("withdraw #{} by {card}", self.row(script, State::Submitted).0),
            90..91 => self.setting(village),
            91..92 => format!("fund {village} {large}00 by officer1"),
            92..93 => format!("price {village} egg={}/60 by {clerk}", 1 + self.below(9)),
            93..94 if self.chance(30) => {
                format!("publish town from {today} {CATALOGUE} by officer1")
            }
            93..94 => format!("stockin {village} egg={large} salt={small} rice={small} by {clerk}"),
            94..95 => format!("count {village} egg={large} by t:{village}-1+{supervisor}"),
            95..96 => self
                .one_of(&["lock-pin v1-1", "pin v1-1 by clerk1+card:v1-1", "pin v1-2 by v1-2.1"])
                .to_owned(),
            96..97 => format!("wait {}d", 1 + self.below(50)),
            _ => format!("wait {}d", self.below(3)),
        }
    }

    fn office(&mut self, home: &str, other: &str, clerk: &str) -> String {
        let somebody = format!("{home}.{}", 1 + self.below(3));
        let seat = self.one_of(&["seat1", "seat2", "seat3", "seat4", "third2"]);
        match self.below(10) {
            0 => format!("appoint {somebody} as committee in v1 by officer1"),
            1 => format!("dismiss {seat} as committee in v1 by officer1"),
            2 => format!("appoint {seat} as committee in v1 by officer1"),
            3 => format!("appoint liaison1 as liaison in v1 for {home} by officer1"),
            4 => format!("appoint liaison2 as liaison in v1 for {home} by officer1"),
            5 => format!("appoint proxy1 as proxy in v1 for {home} by card:{home}"),
            6 => format!("dismiss proxy1 as proxy in v1 from {home} by card:{home}"),
            7 if self.chance(20) => format!("kin {somebody} {other}.1 by officer1"),
            9 => format!("passbook {home} #{} by {clerk}+{home}.1", 2 + self.below(6)),
            _ => format!("enrol key:k{} for {somebody} by officer1", self.below(1_000)),
        }
    }

    /// A household with nothing open, into another.
    fn close(&mut self, script: &Script, heir: &str) -> String {
        let idle = |home: &&&str| {
            let book = script.world.bank.household(names::household(home));
            book.is_ok_and(|book| book.open == 0 && !book.closed)
        };
        let home = HOMES.iter().find(idle).unwrap_or(&HOMES[0]);
        format!("close {home} into {heir} by officer1")
    }

    fn setting(&mut self, village: &str) -> String {
        let setting = match self.below(10) {
            0 => format!("notice_days={}", self.below(9)),
            1 => format!("review_days={}", 1 + self.below(9)),
            2 => format!("decide_days={}", 1 + self.below(9)),
            3 => format!("pending_days={}", 30 + self.below(60)),
            4 => format!("lot_months={}", 1 + self.below(5)),
            5 => format!("quorum_min={}", 1 + self.below(3)),
            6 => format!("quorum_percent={}", self.below(80)),
            7 => format!("household_month_points={}", self.below(900)),
            8 => format!("person_month_points={}", self.below(900)),
            _ => format!("pin_free_points={}", self.below(200)),
        };
        format!("policy {village} {setting} by officer1")
    }

    /// The card in force, mostly.
    fn card(&mut self, script: &Script, home: &str) -> u32 {
        let book = script.world.bank.household(names::household(home));
        let card = book.ok().and_then(|book| book.passbook).map_or(1, |passbook| passbook.card.get());
        if self.chance(4) { 1 } else { card }
    }

    fn dispute(&mut self, script: &Script) -> String {
        let credits: Vec<_> = script.world.credits.iter().collect();
        let (number, home, citing) = match credits.is_empty() {
            true => (0, self.one_of(&HOMES).to_owned(), 0),
            false => {
                let ((number, home), citing) = credits[self.below(credits.len())];
                (*number, names::of_household(*home), *citing)
            }
        };
        let by = self.by(&["v1-2.1", "v1-1.1", "supervisor1"]);
        format!("dispute #{number} row {home} citing=#{citing} by {by}")
    }

    fn disputed(&mut self, script: &Script) -> u64 {
        let disputed = |(_, (state, _)): &(&(u64, _), &(State, i64))| *state == State::Disputed;
        let open: Vec<u64> =
            script.world.states.iter().filter(disputed).map(|((number, _), _)| *number).collect();
        if open.is_empty() { 0 } else { open[self.below(open.len())] }
    }

    /// One of the latest redemptions: its entry, the till and the household.
    fn redemption(&mut self, script: &Script) -> Option<(usize, String, String)> {
        let sold = |(at, (_, effects)): (usize, &(Time, Effects))| {
            effects.changes.iter().find_map(|change| match change {
                Change::Redeemed { household, terminal, .. } => {
                    let till = format!("t:v{}-1", terminal.branch().number() % 100);
                    Some((at, till, names::of_household(*household)))
                }
                _ => None,
            })
        };
        let latest: Vec<_> = script.world.entries.iter().enumerate().rev().filter_map(sold).take(5).collect();
        if latest.is_empty() { None } else { Some(latest[self.below(latest.len())].clone()) }
    }
}
