//! What the benchmarks share: a county to measure, the processes that serve it, the client that loads them, and
//! how figures are told. Each benchmark uses a part of it.

pub mod bank;
pub mod client;
pub mod county;
pub mod figures;
pub mod grow;
pub mod machine;
pub mod null;
pub mod picks;
pub mod process;
pub mod reads;
pub mod rounds;
pub mod send;
pub mod sheets;
pub mod sql;
pub mod verify;
