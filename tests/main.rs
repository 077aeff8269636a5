//! Every integration test in one binary: linking once is quicker than linking ten times.

mod it {
    pub mod demo;
    pub mod documents;
    pub mod index;
    pub mod journal;
    pub mod tlog;
    pub mod wire;
    pub mod words;
}
