//! What people read: the rules' answers, the log's changes and the books' lines in plain village Chinese, with
//! the numbers; and the same in English, for those who ask for it ([`Lang`]).
//!
//! The faces (pages, gRPC messages, command line) take their words from here, so that a shop's screen, a phone
//! and a log say the same thing. Every function is total: any value of a `bank` type gives a sentence. The room
//! knows `bank`'s types and nothing else: no state, clock, files, HTML or escaping. A page escapes what it shows.

pub mod amount;
pub mod date;
pub mod mask;
pub mod names;

mod change;
mod english;
mod lang;
mod phrase;
mod reason;
mod refusal;
mod titles;

pub use change::{change, change_in};
pub use english::english;
pub use lang::{Both, Lang, Named, sentence};
pub use reason::{reason, reason_in};
pub use refusal::{refusal, refusal_at, refusal_in};
pub use titles::{Declared, NoTitles, Titles, slip};
