//! Every integration test in one binary: linking once is quicker than linking ten times.

mod it {
    pub mod bank;
    pub mod browser;
    pub mod certificates;
    pub mod cli;
    pub mod demo;
    pub mod documents;
    pub mod engine;
    pub mod fuzz;
    pub mod grpc;
    pub mod hostile;
    pub mod index;
    pub mod journal;
    pub mod python_client;
    pub mod readme;
    pub mod rooms;
    pub mod simulation;
    pub mod tlog;
    pub mod upkeep;
    pub mod web;
    pub mod wire;
    pub mod words;
}
