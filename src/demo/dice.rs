//! The demo's dice: a stream of numbers that one seed fixes, so that the same seed makes the same town.

/// A stream of numbers.
pub struct Dice {
    stream: blake3::OutputReader,
}

impl Dice {
    /// Dice of a seed, for one purpose.
    pub fn new(seed: &[u8; 32], purpose: &str) -> Self {
        Dice { stream: blake3::Hasher::new_keyed(seed).update(purpose.as_bytes()).finalize_xof() }
    }

    /// The next bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.fill(&mut bytes);
        bytes
    }

    /// A number below `below` (1 or more).
    pub fn below(&mut self, below: usize) -> usize {
        (u64::from_le_bytes(self.bytes()) % below as u64) as usize
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
