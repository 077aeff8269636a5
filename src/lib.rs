//! civbank: a points-based civility bank (文明银行) for towns and villages, over an append-only, hash-chained,
//! signed ledger. `docs/architecture.md` draws the rooms; a lower room never imports an upper one.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod cli;

pub mod demo;
pub mod grpc;
pub mod web;

pub mod access;
pub mod upkeep;

pub mod engine;
pub mod words;

pub mod wire;

pub mod bank;
pub mod documents;
pub mod index;
pub mod journal;
pub mod planted;
pub mod tlog;
pub mod tls;
