//! What receipts show to whoever keeps them: an entry proved by the log's key alone, a tree that has only grown, and a
//! journal that lies, found out.

use civbank::bank::command::Body;
use civbank::engine::audit::audit_reader;
use civbank::engine::{SubmitError, Submitted};
use civbank::tlog::{Hash, TlogProof, verify_consistency};

use super::life::Life;
use super::model::{Checked, Wrong, ensure};
use super::town;
use super::world::signer;

impl Life<'_> {
    /// The tree of a receipt's checkpoint is the beginning of today's: what whoever holds the receipt can check.
    pub async fn grown_from(&self, receipt: &Submitted) -> Checked {
        let (old, root) = checkpoint(receipt);
        let today = self.world.engine.published();
        ensure!(old <= today.size, "a checkpoint of {old} entries was given, and there are {}", today.size);
        let proof = self.world.engine.consistency_proof(old, today.size).await;
        let proof = proof.map_err(|error| Wrong(format!("no proof from {old} entries: {error}")))?;
        let continues = verify_consistency(&proof.hashes, old, &root, today.size, &today.root);
        ensure!(continues.is_ok(), "today's tree does not continue the one of {old} entries");
        Ok(())
    }

    pub async fn audit(&mut self) -> Checked {
        let report = audit_reader(&*self.world.reader(), signer().verifier(), &mut |_, _| {});
        let report = report.map_err(|error| Wrong(format!("the audit: {error}")))?;
        ensure!(report.entries == self.model.size, "the audit counts {} entries", report.entries);
        for _ in 0..10 {
            let index = self.dice.below(report.entries as usize) as u64;
            let receipt = self.world.engine.receipt(index).await;
            prove(&receipt.map_err(|error| Wrong(format!("no receipt of {index}: {error}")))?)?;
        }
        Ok(())
    }

    /// The journal says "durable" of what the next crash shows to be gone. The bank cannot know, but whoever has
    /// a receipt can: either their checkpoint is of more entries than there are, or no tree grows out of it.
    pub async fn lie(&mut self) -> Checked {
        let true_size = self.model.size;
        // A clock that was put back by more than an hour would have them signed for an hour that is over (seed 73).
        self.world.clock.set(self.now());
        self.world.begin_to_lie();
        let body = |n| Body::FundBudget {
            branch: town::branch(0),
            source: civbank::bank::words::FundSource::Donation,
            fen: 0,
            points: n,
            voucher: None,
        };
        let mut receipts = Vec::new();
        for points in 1..=1 + self.dice.below(5) as i64 {
            let envelope = self.world.envelope(body(points), &[&town::officer()]);
            match self.world.engine.submit(envelope, "").await {
                Ok(receipt) => receipts.push(receipt),
                Err(SubmitError::Stopped) if self.world.has_failed() => return Ok(()),
                Err(other) => return Err(Wrong(format!("a lie is noticed: {other}"))),
            }
        }
        self.world.restart(&mut self.dice).await?;
        let size = self.world.engine.published().size;
        let newest = receipts.last().expect("a receipt");
        if size > newest.index {
            // A disk of files told the truth all the same.
            return self.grown_from(newest).await;
        }
        ensure!(size == true_size, "after a lie there are {size} entries, not {true_size}");
        ensure!(self.grown_from(newest).await.is_err(), "a lost entry is not found out");
        // The log goes on, by other entries, until the receipt's checkpoint could be of it.
        for n in 0..receipts.len() as i64 + 2 {
            let envelope = self.world.envelope(body(100 + n), &[&town::officer()]);
            if self.world.engine.submit(envelope, "").await.is_err() {
                return Ok(());
            }
        }
        let now = self.world.engine.entry(newest.index).map_err(|_| Wrong("no journal".into()))?;
        ensure!(now.as_ref() != Some(&newest.entry), "a lost entry is there again");
        ensure!(self.grown_from(newest).await.is_err(), "a fork is not found out");
        self.count("lies found out");
        Ok(())
    }
}

/// The receipt proves its entry with the log's key alone.
pub fn prove(receipt: &Submitted) -> Checked {
    let proof = TlogProof::parse(receipt.proof.as_bytes());
    let proof = proof.map_err(|error| Wrong(format!("a receipt that cannot be read: {error}")))?;
    let opened = proof.verify(&receipt.entry, signer().verifier(), &[]);
    ensure!(
        opened.is_ok() && proof.index() == receipt.index,
        "the receipt of {} does not hold",
        receipt.index
    );
    Ok(())
}

/// Size and root of the tree that a receipt's checkpoint speaks of.
fn checkpoint(receipt: &Submitted) -> (u64, Hash) {
    let proof = TlogProof::parse(receipt.proof.as_bytes()).expect("it was proved");
    let opened = proof.verify(&receipt.entry, signer().verifier(), &[]).expect("it was proved");
    (opened.value().size(), *opened.value().root())
}
