//! The engine: what it acknowledges is durable, what it serves is proved, and what it cannot know it says.

mod audit;
mod documents;
mod failures;
pub mod fixture;
mod full_disk;
mod gate;
mod hashes;
mod history;
mod homes;
pub mod kill;
mod pins;
mod power;
mod recheck;
mod room;
mod snapshots;
mod submit;
mod sweep;
mod time;
pub mod town;
