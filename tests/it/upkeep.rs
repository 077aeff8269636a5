//! Upkeep: a bank copied while it runs, put back, and looked over.

mod backup;
mod doctor;
mod restore;
pub mod town;
