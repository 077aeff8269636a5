//! The `tlog` room, tested from outside: published vectors byte for byte, every small
//! tree against a naive reading of RFC 6962, and hostile bytes at every door.

use std::hash::{BuildHasher, RandomState};

use civbank::tlog::{Hash, Signer, leaf_hash, node_hash};

mod checkpoints;
pub mod hostile;
mod notes;
mod proofs;
mod receipts;
mod tiles;
mod tree;

/// The key of the log in the test data of Tessera, which signs the golden log.
const GOLDEN_SIGNER: &str =
    "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

/// The entries of the golden log.
const GOLDEN_ENTRIES: [&str; 15] = [
    "one", "two", "three", "four", "five", "six", "seven", "eit", "nain", "ten", "ileven", "twelf",
    "threeten", "fourten", "fivten",
];

fn golden_signer() -> Signer {
    GOLDEN_SIGNER.parse().expect("a signer")
}

fn golden_leaves() -> Vec<Hash> {
    GOLDEN_ENTRIES.iter().map(|entry| leaf_hash(entry.as_bytes())).collect()
}

fn base64(text: &str) -> Hash {
    Hash::from_base64(text).expect("base64 of a hash")
}

fn hex(text: &str) -> Hash {
    Hash::from_hex(text).expect("hex of a hash")
}

/// Leaves that are all different and mean nothing.
fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
}

/// The largest power of two strictly below `width`.
fn split(width: usize) -> usize {
    let mut k = 1;
    while k * 2 < width {
        k *= 2;
    }
    k
}

/// MTH of RFC 6962 section 2.1, as it is written there.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// PATH of RFC 6962 section 2.1.1, as it is written there.
fn naive_inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if index < k {
        (naive_inclusion(index, left), naive_root(right))
    } else {
        (naive_inclusion(index - k, right), naive_root(left))
    };
    proof.push(sibling);
    proof
}

/// SUBPROOF of RFC 6962 section 2.1.2, as it is written there.
fn naive_consistency(old: usize, leaves: &[Hash], old_root_is_known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return match old_root_is_known {
            true => Vec::new(),
            false => vec![naive_root(leaves)],
        };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) = if old <= k {
        let proof = naive_consistency(old, left, old_root_is_known);
        (proof, naive_root(right))
    } else {
        (naive_consistency(old - k, right, false), naive_root(left))
    };
    proof.push(sibling);
    proof
}

/// The same hash with one bit turned.
fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

/// A small generator (SplitMix64). Says its seed, so that a failure can be repeated
/// by setting `CIVBANK_SEED`.
struct Random(u64);

impl Random {
    fn new(purpose: &str) -> Random {
        let seed = std::env::var("CIVBANK_SEED")
            .ok()
            .and_then(|seed| seed.parse().ok())
            .unwrap_or_else(|| RandomState::new().hash_one(purpose));
        println!("{purpose}: CIVBANK_SEED={seed}");
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to but excluding `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn hash(&mut self) -> Hash {
        leaf_hash(&self.next().to_be_bytes())
    }
}
