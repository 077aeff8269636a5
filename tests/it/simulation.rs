//! A town at random, and a naive second model beside it.
//!
//! Residents, liaisons, corrupt cadres, careless cashiers, retries, twins, commands that come late and in crowds,
//! journals that fail unwritten, fail written, tear or lie, crashes, lost indexes and clocks that jump, all thrown
//! from one seed. The model says of every command whether it may be written; after each step bank and model agree
//! to the point. With the feature `planted-bugs` the simulation must find each mistake of `src/planted.rs`.
//!
//! `SEED=7 STEPS=1000000 cargo test --release simulation` replays a seed for longer. A life is 5,000 steps; the
//! n-th has the seed plus n, and each can be had alone.

mod deeds;
mod life;
mod model;
#[cfg(feature = "planted-bugs")]
mod planted;
mod public;
mod receipts;
mod town;
mod world;

use std::time::Instant;

use life::{Done, Life, STEPS_A_LIFE};
use world::Ground;

#[cfg(not(feature = "planted-bugs"))]
const STEPS: u64 = 2_000;
/// Once more with the switches in the program, and none thrown.
#[cfg(feature = "planted-bugs")]
const STEPS: u64 = 500;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One mistake at a time, for the whole process: one simulation at a time.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test(flavor = "multi_thread")]
async fn a_town_at_random_agrees_with_the_naive_model() {
    let _alone = ALONE.lock().await;
    let (seed, steps) = (setting("SEED", 1), setting("STEPS", STEPS));
    println!("SEED={seed} STEPS={steps}");
    let (ground, began, mut all) = (Ground::new().await, Instant::now(), Done::new());
    for number in 0..steps.div_ceil(STEPS_A_LIFE) {
        let seed = seed.wrapping_add(number);
        let steps = STEPS_A_LIFE.min(steps - number * STEPS_A_LIFE);
        match live(&ground, seed, steps).await {
            Ok(done) => done.into_iter().for_each(|(what, count)| *all.entry(what).or_default() += count),
            Err((step, wrong)) => panic!("SEED={seed} STEPS={}: step {step}: {}", step + 1, wrong.0),
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    println!("{all:?}\n{steps} steps in {seconds:.1} s, {:.0} a second", steps as f64 / seconds);
    if steps >= 2_000 {
        for what in
            ["written", "refused", "repeated", "crashes", "late", "batches", "credited", "turned down"]
        {
            assert!(all.get(what).is_some_and(|count| *count > 0), "nothing {what} in {all:?}");
        }
    }
}

/// One life. A mistake comes with the step at which it showed.
async fn live(ground: &Ground, seed: u64, steps: u64) -> Result<Done, (u64, model::Wrong)> {
    let mut life = Life::begin(ground, seed).await.map_err(|wrong| (0, wrong))?;
    for step in 0..steps {
        life.step().await.map_err(|wrong| (step, wrong))?;
    }
    life.end().await.map_err(|wrong| (steps, wrong))
}

/// Without the feature nothing can be planted, and the compiler knows it.
#[cfg(not(feature = "planted-bugs"))]
#[test]
fn a_program_makes_no_planted_mistake() {
    use civbank::planted::{Bug, is};
    const { assert!(!is(Bug::BalanceUnchecked)) };
    assert!(Bug::ALL.len() >= 16);
    for bug in Bug::ALL {
        assert!(!is(*bug), "{bug:?}");
    }
}
