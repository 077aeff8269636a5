//! What scripts call things: `v1` is a village, `v1-3` a household, `v1-3.2` its second member, `v1.s1` staff
//! without a passbook, `t:v1-1` a terminal, `card:v1-3#2` a second card. Keys and digests are made of their
//! names, so that equal names are equal bytes in every run.

use civbank::bank::command::Holder;
use civbank::bank::ids::{Branch, Digest, HouseholdId, PersonId, PublicKey, TerminalId};

/// People of the fixture by office.
const ALIASES: [(&str, &str); 24] = [
    ("officer1", "town.s1"),
    ("officer2", "town.s2"),
    ("auditor", "town.s9"),
    ("clerk1", "v1.s1"),
    ("chair1", "v1.s2"),
    ("seat1", "v1.s3"),
    ("seat2", "v1-4.1"),
    ("seat3", "v1-5.1"),
    ("seat4", "v1-6.1"),
    ("supervisor1", "v1.s4"),
    ("cashier1", "v1-6.2"),
    ("liaison1", "v1-3.1"),
    ("liaison2", "v1-5.2"),
    ("proxy1", "v1-6.3"),
    ("clerk2", "v2.s1"),
    ("chair2", "v2.s2"),
    ("second2", "v2.s3"),
    ("third2", "v2-4.1"),
    ("supervisor2", "v2.s4"),
    ("cashier2", "v2.s5"),
    ("far-liaison", "v2-3.1"),
    ("far-proxy", "v2-6.3"),
    ("resident", "v1-1.1"),
    ("neighbour", "v1-2.1"),
];

fn number(text: &str) -> u32 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

pub fn branch(name: &str) -> Branch {
    let village = match name.strip_prefix('v') {
        Some(village) => number(village),
        None => {
            assert_eq!(name, "town", "a branch is town, v1, v2 …");
            0
        }
    };
    format!("3708291002{village:02}").parse().expect("twelve digits")
}

pub fn household(name: &str) -> HouseholdId {
    let (village, serial) = name.split_once('-').unwrap_or_else(|| panic!("{name:?} is no household"));
    branch(village).household(number(serial)).expect("a serial number")
}

pub fn person(name: &str) -> PersonId {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, person)| person);
    let (home, member) = name.split_once('.').unwrap_or_else(|| panic!("{name:?} is nobody"));
    match member.strip_prefix('s') {
        Some(staff) => branch(home).staff(number(staff) as u8),
        None => household(home).member(number(member) as u8),
    }
    .expect("a member's number")
}

pub fn terminal(name: &str) -> TerminalId {
    let (village, at) = name.strip_prefix("t:").and_then(|rest| rest.split_once('-')).expect("t:v1-1");
    branch(village).terminal(number(at) as u16).expect("a terminal's number")
}

pub fn holder(name: &str) -> Holder {
    if name.starts_with("t:") { Holder::Terminal(terminal(name)) } else { Holder::Person(person(name)) }
}

/// The key that signs as `name`: a person, a terminal, a card (the first where no number is given) or
/// `key:` with any name.
pub fn key(name: &str) -> PublicKey {
    PublicKey(match name {
        name if name.starts_with("key:") => bytes(name),
        name if name.starts_with("card:") && !name.contains('#') => bytes(&format!("{name}#1")),
        name if name.starts_with("card:") => bytes(name),
        name if name.starts_with("t:") => bytes(&terminal(name).to_string()),
        name => bytes(&person(name).to_string()),
    })
}

pub fn digest(name: &str) -> Digest {
    Digest(bytes(name))
}

/// 32 bytes of a name: four FNV-1a sums with different beginnings.
fn bytes(name: &str) -> [u8; 32] {
    let mut out = [0; 32];
    for (lane, chunk) in out.chunks_mut(8).enumerate() {
        let mut sum = 0xcbf2_9ce4_8422_2325u64 ^ (lane as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in name.bytes() {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        chunk.copy_from_slice(&sum.to_be_bytes());
    }
    out
}

/// What scripts call a household.
pub fn of_household(id: HouseholdId) -> String {
    format!("v{}-{}", id.branch().number() % 100, id.serial())
}

/// What scripts call a person.
pub fn of_person(person: PersonId) -> String {
    match person.household() {
        Some(home) => format!("{}.{}", of_household(home), person.member()),
        None if person.branch() == branch("town") => format!("town.s{}", person.member()),
        None => format!("v{}.s{}", person.branch().number() % 100, person.member()),
    }
}
