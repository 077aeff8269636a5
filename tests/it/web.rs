//! The pages over real HTTP, before a village made by signed commands: what they say is held against the log.

pub mod api;
mod board;
mod book;
pub mod busy;
mod desks;
mod doors;
pub mod english;
mod english_desk;
pub mod http;
mod log;
mod officer;
mod people;
pub mod routes;
mod secure;
mod stages;
mod statement;
mod till;
pub mod village;
