//! Who redeems next: everybody in turn, as Zipf has it, one household again and again, or one village.

use civbank::demo::dice::Dice;

/// The household that redeems where one does all of it, and its village where one village does.
const HOT: usize = 7;
/// A step that meets no village twice in a row, and every household before any twice.
const STRIDE: usize = 7_919;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// Everybody in turn, far from each other.
    Uniform,
    /// The r-th household 1/r as often as the first (Zipf, exponent 1); ranks are spread over all villages.
    Zipf,
    /// One household: its account and its village's are hot.
    Household,
    /// Everybody of one village: its `redeemed` account and its shelf are hot.
    Village,
}

impl Pick {
    const ALL: [(Pick, &'static str); 4] = [
        (Pick::Uniform, "uniform"),
        (Pick::Zipf, "zipf"),
        (Pick::Household, "one household"),
        (Pick::Village, "one village"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(pick, _)| *pick == self).map_or("", |(_, name)| name)
    }

    /// The pick of a name.
    pub fn named(name: &str) -> Option<Pick> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(pick, _)| *pick)
    }
}

/// Draws households by their number, from 0.
pub struct Picker {
    households: usize,
    of_village: usize,
    next: usize,
    dice: Dice,
    /// Sums of 1/r, where Zipf was asked for.
    sums: Vec<f64>,
}

impl Picker {
    /// Of so many households, each village having `of_village`.
    pub fn new(households: usize, of_village: usize) -> Picker {
        let dice = Dice::new(&[7; 32], "picks");
        Picker { households, of_village, next: 0, dice, sums: Vec::new() }
    }

    /// The next.
    pub fn pick(&mut self, how: Pick) -> usize {
        self.next += 1;
        match how {
            Pick::Uniform => self.next.wrapping_mul(STRIDE) % self.households,
            Pick::Zipf => self.rank().wrapping_mul(STRIDE) % self.households,
            Pick::Household => HOT % self.households,
            Pick::Village => self.next.wrapping_mul(STRIDE) % self.of_village,
        }
    }

    fn rank(&mut self) -> usize {
        if self.sums.is_empty() {
            let mut sum = 0.0;
            self.sums.extend((1..=self.households).map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            }));
        }
        let all = self.sums.last().copied().unwrap_or(1.0);
        let part = (u64::from_le_bytes(self.dice.bytes()) >> 11) as f64 / (1u64 << 53) as f64;
        self.sums.partition_point(|sum| *sum <= part * all)
    }
}
