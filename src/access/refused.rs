//! A command's refusal in the words of the place: titles of items and goods as the signers' branch has them.

use crate::bank::Signer;
use crate::bank::ids::{Branch, PublicKey};
use crate::engine::{Engine, SubmitError, View};
use crate::words;

use super::denial::Denial;
use super::titles::with_titles;

/// The denial that the signers hear.
pub(crate) async fn refused(engine: &Engine, error: SubmitError, signers: &[PublicKey]) -> Denial {
    let SubmitError::Refused(refusal) = error else { return error.into() };
    let place = engine.read(|view| place_of(view, signers)).await;
    let place = place.ok().flatten();
    let sentence = with_titles(engine, place, |titles| words::refusal_at(&refusal, place, titles));
    match sentence.await {
        Ok(sentence) => Denial::Refused(refusal, sentence),
        // Without titles the sentence shows codes.
        Err(_) => refusal.into(),
    }
}

/// Where the signers are: the shop's terminal if one signed, else the first signer's branch.
fn place_of(view: &View, signers: &[PublicKey]) -> Option<Branch> {
    let known: Vec<Signer> = signers.iter().filter_map(|key| view.bank.signer(key, view.now).ok()).collect();
    let terminal = known.iter().find(|signer| matches!(signer, Signer::Terminal(_)));
    terminal.or(known.first()).map(|signer| match signer {
        Signer::Person(person) => person.branch(),
        Signer::Terminal(terminal) => terminal.branch(),
        Signer::Passbook(id) => id.branch(),
    })
}
