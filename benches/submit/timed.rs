//! Timed runs: the same redemptions to each of those that are compared, one after the other.

use std::path::Path;

use serde_json::json;

use crate::common::figures::Sample;
use crate::common::machine::{directory_bytes, processor_seconds};
use crate::common::process::Process;

use super::report::LoadFigures;
use super::scale::Load;

/// Whose figures they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The bank's.
    Ours,
    /// The null service's.
    Null,
    /// The null service's that verifies as the bank does. Under one load only.
    NullAsTheBank,
}

/// Who is timed.
pub struct Service<'a> {
    /// Whose figures.
    pub whose: Whose,
    /// Where it listens.
    pub address: String,
    /// Its number in the system.
    pub process: u32,
    /// Ours has one.
    pub journal: Option<&'a Path>,
}

/// The same signed redemptions to all services, ours going first in every other round and last in the others. Where they come in
/// batches, also what the cores verify of them when nothing else is done.
pub fn grpc(
    client: &mut Process,
    load: &Load,
    count: usize,
    services: &[Service],
    round: usize,
    into: &mut LoadFigures,
) -> anyhow::Result<()> {
    client.ask(&json!({ "sign": count, "pick": load.pick.name() }))?;
    let is_asked = |service: &&Service| service.whose != Whose::NullAsTheBank || load.is_main();
    let mut order: Vec<&Service> = services.iter().filter(is_asked).collect();
    if !round.is_multiple_of(2) {
        order.reverse();
    }
    for Service { whose, address, process, journal } in order {
        let bytes = || journal.map_or(Ok(0), directory_bytes);
        let (before, busy) = (bytes()?, processor_seconds(*process)?);
        let answer = client
            .ask(&json!({ "send": address, "clients": load.clients, "batch": load.batch, "keep": true }))?;
        let each = |all: f64| all / count as f64;
        let processor_us = each((processor_seconds(*process)? - busy) * 1e6);
        let sample = Sample { processor_us, ..Sample::of(&answer)? };
        if journal.is_some() {
            into.journal_bytes.push(each((bytes()? - before) as f64));
        }
        match whose {
            Whose::Ours => into.ours.push(sample),
            Whose::Null => into.null.push(sample),
            Whose::NullAsTheBank => into.null_as_the_bank.push(sample),
        }
    }
    // Afterwards, because a signed redemption does not live long.
    if load.batch > 1 {
        into.verified.push(client.ask(&json!({ "verify": true }))?);
    }
    Ok(())
}

/// Half as many redemptions of the same kind as PostgreSQL keeps them, without and with the village's account.
pub fn sql(
    client: &mut Process,
    load: &Load,
    count: usize,
    socket: &str,
    round: usize,
    into: &mut LoadFigures,
) -> anyhow::Result<()> {
    let order = if round.is_multiple_of(2) { [false, true] } else { [true, false] };
    for hot in order {
        let (clients, operations) = (load.clients, (count / 2).max(1));
        let asked = json!({
            "sql": socket, "clients": clients, "operations": operations, "pick": load.pick.name(), "hot": hot,
        });
        let sample = Sample::of(&client.ask(&asked)?)?;
        if hot { into.sql_hot.push(sample) } else { into.sql_plain.push(sample) }
    }
    Ok(())
}
