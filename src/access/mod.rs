//! Who may look, and what they hear: sessions, the table of who may read what, and the words of every "no".
//!
//! Both faces stand on this room. gRPC turns its answers into statuses, the pages into HTML and JSON; neither
//! decides anything of its own. The room promises that a right is asked of the bank's state at the moment of
//! the read, so that a revoked key or an office that ended reads nothing from then on, and that a denial has
//! one stable reason whichever face says it. It knows no transport, no headers and no rules.

mod look;
mod session;

pub mod reader;

mod mac;

mod bucket;
mod tries;

mod denial;
mod problem;

pub(crate) mod field;

pub(crate) mod concern;
pub(crate) mod documents;
pub(crate) mod history;
pub(crate) mod invited;
pub(crate) mod names;
pub(crate) mod refused;
pub(crate) mod titles;
pub(crate) mod told;

pub(crate) use bucket::{Allowance, Bucket};
pub(crate) use denial::Denial;
pub(crate) use look::{Credential, look, look_at};
pub(crate) use mac::MacKey;
pub(crate) use session::Sessions;
pub(crate) use tries::{Tries, Visitor};
