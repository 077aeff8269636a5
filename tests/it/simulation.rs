//! A town at random, and a naive second model beside it.
//!
//! Residents, liaisons, committee, corrupt cadres, shops, retries and twins, appends that fail, restarts, lost
//! indexes and clocks that jump, all thrown from one seed. Before each command the model says whether it may
//! be written; after each step bank and model agree to the point, and everything acknowledged is there.
//!
//! `SEED=7 STEPS=20000 cargo test --release simulation` replays a seed for longer.

mod life;
mod model;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_town_at_random_agrees_with_the_naive_model() {
    let (seed, steps) = (setting("SEED", 1), setting("STEPS", 1_000));
    println!("SEED={seed} STEPS={steps}");
    let mut life = life::Life::new(seed).await;
    for step in 0..steps {
        life.step(step).await;
    }
    let done = life.end().await;
    println!("{done:?}");
    if steps >= 1_000 {
        for what in ["written", "refused", "repeated", "crashes", "bought", "CREDITED", "REFUSED"] {
            assert!(done.get(what).is_some_and(|count| *count > 0), "nothing {what} in {done:?}");
        }
    }
}
