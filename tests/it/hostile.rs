//! Callers that mean harm, or are broken: the real server beside a good client that keeps working and whose answers
//! are checked. Where memory is what matters the server is a process of its own, and its resident memory is bounded by a
//! stated figure above what it has when nobody is there.

mod frames;
mod house;

mod flood;
mod idle;
mod resets;
mod sizes;
mod slow;
mod stalls;
