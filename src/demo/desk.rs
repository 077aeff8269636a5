//! The demo's desk: makes signed commands out of bodies and hands them to the engine, many at once. A refusal
//! is an answer here too; whoever did not expect one stops.

use ed25519_dalek::SigningKey;

use crate::bank::command::{Body, Command};
use crate::bank::ids::Digest;
use crate::bank::time::Time;
use crate::documents::{DocumentKind, seal};
use crate::engine::{Engine, SubmitError};
use crate::wire::{PayloadType, encode_command, pb, sign};

use super::DemoError;
use super::dice::Dice;

/// Commands in one call to the engine.
const WAVE: usize = 256;
/// Documents written at the same time.
const HANDS: usize = 8;

/// A body and who signs it.
pub struct Asked {
    /// What is asked.
    pub body: Body,
    /// Who signs.
    pub keys: Vec<SigningKey>,
}

impl Asked {
    /// A body with its signers.
    pub fn new(body: Body, keys: &[&SigningKey]) -> Self {
        Asked { body, keys: keys.iter().map(|key| (*key).clone()).collect() }
    }
}

/// Makes and submits commands.
pub struct Desk {
    engine: Engine,
    dice: Dice,
}

impl Desk {
    /// A desk of an engine; the dice make request ids.
    pub fn new(engine: Engine, dice: Dice) -> Self {
        Desk { engine, dice }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A signed command.
    pub fn envelope(&mut self, asked: Asked) -> pb::Envelope {
        let now = self.engine.now();
        let command = Command {
            origin: self.engine.origin().to_owned(),
            request_id: request_id(now, &mut self.dice),
            not_after: Time(now.0 + 3_600_000),
            body: asked.body,
        };
        let keys: Vec<&SigningKey> = asked.keys.iter().collect();
        sign(encode_command(&command), PayloadType::Protobuf, &keys)
    }

    /// Submits in order, answers each entry's number or the refusal.
    pub async fn submit(&mut self, asked: Vec<Asked>) -> Vec<Result<u64, SubmitError>> {
        let mut results = Vec::with_capacity(asked.len());
        let mut rest = asked.into_iter().peekable();
        while rest.peek().is_some() {
            let wave: Vec<_> =
                rest.by_ref().take(WAVE).map(|asked| (self.envelope(asked), String::new())).collect();
            let answers = self.engine.submit_batch(wave).await;
            results.extend(answers.into_iter().map(|answer| answer.map(|submitted| submitted.index)));
        }
        results
    }

    /// Submits what must succeed.
    pub async fn must(&mut self, asked: Vec<Asked>) -> Result<Vec<u64>, DemoError> {
        self.submit(asked).await.into_iter().map(|result| Ok(result?)).collect()
    }

    /// Puts documents, several at once; answers their addresses in order.
    pub async fn put(&self, kind: DocumentKind, contents: Vec<Vec<u8>>) -> Result<Vec<Digest>, DemoError> {
        let share = contents.len().div_ceil(HANDS).max(1);
        let mut hands = Vec::new();
        for part in contents.chunks(share) {
            let (part, engine) = (part.to_vec(), self.engine.clone());
            hands.push(tokio::task::spawn_blocking(move || {
                part.iter()
                    .map(|content| {
                        let address = engine.documents().put(kind, content)?;
                        Ok(Digest(*address.as_bytes()))
                    })
                    .collect::<Result<Vec<_>, DemoError>>()
            }));
        }
        let mut addresses = Vec::with_capacity(contents.len());
        for hand in hands {
            addresses.extend(hand.await.map_err(|_| DemoError::Interrupted)??);
        }
        Ok(addresses)
    }

    /// Seals contents with fresh salts, puts them, and answers the commitments in order.
    pub async fn seal(&self, kind: DocumentKind, contents: &[String]) -> Result<Vec<Digest>, DemoError> {
        let mut commitments = Vec::with_capacity(contents.len());
        let mut sealed = Vec::with_capacity(contents.len());
        for content in contents {
            let document = seal(content.as_bytes())?;
            commitments.push(Digest(*document.commitment.as_bytes()));
            sealed.push(document.bytes);
        }
        self.put(kind, sealed).await?;
        Ok(commitments)
    }
}

/// A UUIDv7 (RFC 9562 section 5.7) of this time with the dice's random bits.
fn request_id(now: Time, dice: &mut Dice) -> [u8; 16] {
    let mut id = dice.bytes::<16>();
    id[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}
