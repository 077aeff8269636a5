//! The messages that commands, changes and reads share: settings, catalogue items, goods, offices.
//!
//! Reading is in two steps. `*_from_pb` reads the form alone (identifiers, words, presence) and serves what
//! was written long ago; `check_*` holds a value against today's limits and serves the door. So a limit may
//! change one day without making an old entry unreadable.

pub mod appoint;
pub mod goods;
pub mod item;
pub mod policy;
