//! gRPC: the bank's services on one port, beside whatever pages it is given.
//!
//! This room translates and nothing else: requests become calls of the engine, answers and refusals become
//! messages. Who may read what is not decided here but below ([`reader`]), where the pages ask too. It promises
//! that a request is answered or given up in bounded time, that an error always carries one stable reason with
//! a text for people, and that dropping a request never leaves half of it done. It knows no rules, no hashes and
//! no files.

mod server;

mod connections;
mod gate;
mod handshakes;
mod health;
mod incoming;
mod invitations;
mod recovery;
mod sending;
mod socket;
mod stream;
mod visit;

mod bank;
mod document;
mod ledger;
mod session;
mod watch;

mod appointments;
mod board;
mod branches;
mod declarations;
mod households;
mod statement;
mod timeline;

mod desk;
mod metrics;
mod page;
mod request_id;
mod status;

pub use crate::access::reader;
pub use metrics::MetricsFor;
pub use recovery::Recovery;
pub use server::{Options, ServeError, serve, serve_from_start};
