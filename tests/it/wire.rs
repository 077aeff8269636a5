//! The border: what is accepted, what is refused and by which name, and bytes that must never change.

mod bad_commands;
mod commands;
mod effects;
pub mod entries;
pub mod envelopes;
mod golden;
mod json;
mod limits;
pub mod samples;
