//! The gRPC face as a client meets it: real clients over loopback, one server in this process, a village with
//! every kind of reader in it.

pub mod world;

mod brake;
mod village;

mod commands;
pub mod errors;
mod evidence;
mod invitations;
mod lists;
mod metrics;
mod reads;
mod rights;
mod sessions;
mod starting;
mod tls;
mod transport;
mod watching;
