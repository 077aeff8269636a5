//! The command line: what words become, what files are refused, what happens when answers do not come, and a
//! whole bank run by nothing but the program's own verbs.

mod drafts;
mod files;
mod invitations;
mod log;
mod mistakes;
pub mod program;
mod retry;
mod session;
mod tls;
mod upkeep;
mod village;
