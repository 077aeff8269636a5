//! Inspection sheets: many households in one signed command, then the committee's vote, then their points.

use serde_json::{Value, json};

use civbank::bank::ids::Branch;
use civbank::wire::pb;

use super::county::{County, Pen, approval};
use super::send::{Sent, send};

/// How long a sheet or a vote lives.
const LIFE_MS: i64 = 30_000;

/// Signs and sends sheets; each is sent once.
pub struct Sheets {
    county: County,
    pen: Pen,
    /// The next one's number.
    next: usize,
}

impl Sheets {
    /// Of a county whose bank keeps the records.
    pub fn new(county: &County) -> anyhow::Result<Sheets> {
        Ok(Sheets { county: county.clone(), pen: Pen::new("sheets")?, next: 0 })
    }

    /// The next `count` sheets by so many clients, and when all are durable the votes that decide them. The last
    /// vote's answer is there when the points are credited: there are no days of notice.
    pub fn run(
        &mut self,
        address: &str,
        clients: usize,
        count: usize,
        runtime: &tokio::runtime::Runtime,
    ) -> anyhow::Result<Value> {
        let (mut sheets, mut branches, mut rows) = (Vec::new(), Vec::new(), 0);
        for number in self.next..self.next + count {
            let (branch, households, body) = self.county.sheet(number)?;
            rows += households;
            branches.push(branch);
            sheets.push(self.pen.write(body, &[&self.county.clerk(branch)], LIFE_MS));
        }
        self.next += count;
        let filed = runtime.block_on(send(address, clients, 1, requests(sheets)))?;
        let votes = self.votes(&branches, &filed);
        let decided = runtime.block_on(send(address, clients, 1, requests(votes)))?;
        let rows = rows as f64;
        Ok(json!({
            "rows": rows / count as f64,
            "filed_per_second": rows / filed.seconds,
            "credited_per_second": rows / (filed.seconds + decided.seconds),
            "entry_bytes": filed.told()["entry_bytes"],
        }))
    }

    fn votes(&mut self, branches: &[Branch], filed: &Sent) -> Vec<pb::Envelope> {
        let of = branches.iter().zip(&filed.indices);
        of.map(|(branch, index)| {
            let key = self.county.voter(*branch);
            self.pen.write(approval(vec![*index]), &[&key], LIFE_MS)
        })
        .collect()
    }
}

fn requests(envelopes: Vec<pb::Envelope>) -> Vec<pb::SubmitRequest> {
    let request = |envelope| pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
    envelopes.into_iter().map(request).collect()
}
