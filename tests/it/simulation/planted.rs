//! Each planted mistake is found, by nothing but the simulation's ordinary checks; how many steps it took.

use civbank::planted::{Bug, plant};

use super::life::STEPS_A_LIFE;
use super::world::Ground;
use super::{ALONE, live, setting};

/// A mistake that hides for longer is not found.
const STEPS_MAX: u64 = 40_000;

/// No mistake any more, however a run ends.
struct Planted;

impl Drop for Planted {
    fn drop(&mut self) {
        plant(None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_bug_is_found() {
    let _alone = ALONE.lock().await;
    let seed = setting("SEED", 1);
    println!("SEED={seed}");
    assert!(Bug::ALL.len() >= 16);
    let ground = Ground::new().await;
    let only = std::env::var("BUG").ok();
    let mut hidden = Vec::new();
    for bug in Bug::ALL.iter().filter(|bug| only.as_ref().is_none_or(|only| *only == format!("{bug:?}"))) {
        let _planted = Planted;
        let (mut steps, mut found, mut lives) = (0, None, 0);
        while found.is_none() && steps < STEPS_MAX {
            plant(Some(*bug));
            match live(&ground, seed + lives, STEPS_A_LIFE).await {
                Ok(_) => steps += STEPS_A_LIFE,
                Err((step, wrong)) => found = Some((steps + step + 1, wrong)),
            }
            lives += 1;
        }
        match found {
            Some((steps, wrong)) => {
                let short: String = wrong.0.chars().take(110).collect();
                println!("| {bug:?} | {} | {steps} | {short} |", bug.words());
            }
            None => hidden.push(bug),
        }
    }
    assert!(hidden.is_empty(), "not found in {STEPS_MAX} steps: {hidden:?}");
}
