//! The client process: signs before the clock starts, then sends as so many waiting clients over a few
//! connections, and says how long each took. One line of JSON asks, one answers.

use std::io::BufRead;

use anyhow::Context;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use civbank::wire::pb;

use super::bank::runtime;
use super::county::{Basket, County, Pen, Size};
use super::picks::{Pick, Picker};
use super::process::say;
use super::sheets::Sheets;
use super::{send, sql, verify};

/// How long a signed redemption lives: enough for its own run. The bank remembers each id for so long.
const LIFE_MS: i64 = 30_000;

struct Client {
    county: County,
    /// By village.
    terminals: Vec<SigningKey>,
    picker: Picker,
    sheets: Sheets,
    /// Signed and not yet sent to the bank.
    ready: Vec<pb::SubmitRequest>,
}

/// Answers, until its input ends:
///
/// - `{"sign": N, "pick": HOW}`: signs redemptions;
/// - `{"send": ADDRESS, "clients": N, "batch": N, "keep": BOOL}`: sends them, one or a batch at a time;
/// - `{"verify": true}`: verifies them on all cores, sending nothing;
/// - `{"sheets": N, "send": ADDRESS, "clients": N}`: signs and sends sheets, and then the votes on them;
/// - `{"tables": SOCKET}`: makes PostgreSQL's tables;
/// - `{"sql": SOCKET, "clients": N, "operations": N, "pick": HOW, "hot": BOOL}`: the same operations there.
pub fn run(args: &[String]) -> anyhow::Result<()> {
    let county = County::new(Size::of(args)?)?;
    let terminals = county.villages().iter().map(|branch| county.terminal(*branch)).collect();
    let size = county.size();
    let picker = Picker::new(size.households_in_all(), size.households as usize);
    let mut client = Client { sheets: Sheets::new(&county)?, county, terminals, picker, ready: Vec::new() };
    let runtime = runtime()?;
    say(&json!({ "households": size.households_in_all() }))?;
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        say(&client.answer(&asked, &runtime)?)?;
    }
    Ok(())
}

impl Client {
    fn answer(&mut self, asked: &Value, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Value> {
        let number = |name: &str| asked[name].as_u64().map(|n| n as usize).with_context(|| name.to_owned());
        let text = |name: &str| asked[name].as_str().with_context(|| name.to_owned());
        let pick = || Pick::named(asked["pick"].as_str().unwrap_or("uniform")).context("pick");
        if asked["sign"].is_u64() {
            self.sign(number("sign")?, pick()?)?;
            Ok(json!({ "signed": self.ready.len() }))
        } else if asked["sheets"].is_u64() {
            self.sheets.run(text("send")?, number("clients")?, number("sheets")?, runtime)
        } else if asked["verify"].is_boolean() {
            verify::run(&self.ready)
        } else if asked["tables"].is_string() {
            runtime.block_on(sql::tables(text("tables")?, self.county.size().households_in_all()))
        } else if asked["sql"].is_string() {
            let how = pick()?;
            let households = (0..number("operations")?).map(|_| self.picker.pick(how)).collect();
            let hot = asked["hot"].as_bool().unwrap_or(false);
            runtime.block_on(sql::send(text("sql")?, number("clients")?, households, hot))
        } else {
            let keep = asked["keep"].as_bool().unwrap_or(false);
            let requests = if keep { self.ready.clone() } else { std::mem::take(&mut self.ready) };
            let batch = asked["batch"].as_u64().unwrap_or(1) as usize;
            let sent = runtime.block_on(send::send(text("send")?, number("clients")?, batch, requests))?;
            Ok(sent.told())
        }
    }

    /// Signs on all cores.
    fn sign(&mut self, count: usize, how: Pick) -> anyhow::Result<()> {
        let picked: Vec<usize> = (0..count).map(|_| self.picker.pick(how)).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (county, terminals) = (&self.county, &self.terminals);
        let signed: Vec<anyhow::Result<Vec<pb::SubmitRequest>>> = std::thread::scope(|scope| {
            let share = picked.len().div_ceil(cores).max(1);
            let threads: Vec<_> = picked
                .chunks(share)
                .map(|part| scope.spawn(move || redemptions(county, terminals, part)))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("a thread that signs")).collect()
        });
        self.ready.clear();
        for part in signed {
            self.ready.extend(part?);
        }
        Ok(())
    }
}

fn redemptions(
    county: &County,
    terminals: &[SigningKey],
    households: &[usize],
) -> anyhow::Result<Vec<pb::SubmitRequest>> {
    let (mut pen, basket) = (Pen::new("client")?, Basket::new());
    let each = county.size().households as usize;
    let sign = |at: &usize| {
        let household = county.household(*at)?;
        let keys = [&terminals[at / each], &county.card(household)];
        let envelope = pen.write(basket.redeem(household), &keys, LIFE_MS);
        Ok(pb::SubmitRequest { envelope: Some(envelope), pin: String::new() })
    };
    households.iter().map(sign).collect()
}
