//! PINs: five misses lock, over restarts and however many guess at once; a right one and a new one begin anew.

use civbank::bank::{PIN_MISSES_MAX, Refusal};
use civbank::engine::SubmitError;

use super::fixture::Store;
use super::town::{Live, Shopper};

const RIGHT: &str = "2580";
const WRONG: &str = "1234";

/// A household with a PIN and points, in a village without notice.
async fn rich() -> Live {
    let mut live = Live::found(Store::File, &[0]).await;
    live.approve(0, 0).await;
    live.set_pin(0, 0, RIGHT).await;
    live
}

async fn buy(live: &mut Live, pin: &str) -> Result<u64, SubmitError> {
    let envelope = live.egg(0, Shopper::Household(0));
    live.engine.submit(envelope, pin).await.map(|receipt| receipt.index)
}

fn wrong(misses_left: u32) -> Result<u64, SubmitError> {
    Err(SubmitError::Refused(Refusal::PinWrong { misses_left }))
}

#[tokio::test(flavor = "multi_thread")]
async fn five_misses_lock_and_no_restart_gives_them_back() {
    let mut live = rich().await;
    let locked = Err(SubmitError::Refused(Refusal::PinLocked { household: live.household(0, 0) }));
    let size = live.engine.published().size;
    for left in (1..PIN_MISSES_MAX).rev() {
        assert_eq!(buy(&mut live, WRONG).await, wrong(left));
    }
    assert_eq!(live.engine.published().size, size);
    assert_eq!(buy(&mut live, WRONG).await, locked);
    assert_eq!(live.engine.published().size, size + 1, "the lock is an entry");
    for _ in 0..3 {
        assert_eq!(buy(&mut live, RIGHT).await, locked);
        assert_eq!(buy(&mut live, WRONG).await, locked);
    }
    live.restart(|_| {}).await;
    assert_eq!(buy(&mut live, RIGHT).await, locked);
    assert_eq!(live.engine.published().size, size + 1);

    // A new PIN opens it; the old one is wrong.
    live.set_pin(0, 0, "777888").await;
    assert_eq!(buy(&mut live, RIGHT).await, wrong(PIN_MISSES_MAX - 1));
    buy(&mut live, "777888").await.expect("an egg");
    assert_eq!(live.points(0, 0).await, 15);
    live.check().await;
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_pin_and_a_new_one_begin_counting_anew() {
    let mut live = rich().await;
    for _ in 0..3 {
        for left in (1..PIN_MISSES_MAX).rev() {
            assert_eq!(buy(&mut live, WRONG).await, wrong(left));
        }
        buy(&mut live, RIGHT).await.expect("an egg");
    }
    for left in (1..PIN_MISSES_MAX).rev() {
        assert_eq!(buy(&mut live, WRONG).await, wrong(left));
    }
    live.set_pin(0, 0, RIGHT).await;
    assert_eq!(buy(&mut live, WRONG).await, wrong(PIN_MISSES_MAX - 1));
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_buy_nothing() {
    let mut live = rich().await;
    let size = live.engine.published().size;
    let guesses: Vec<_> = (0..40).map(|_| live.egg(0, Shopper::Household(0))).collect();
    let calls: Vec<_> = guesses
        .into_iter()
        .map(|envelope| {
            let engine = live.engine.clone();
            tokio::spawn(async move { engine.submit(envelope, WRONG).await })
        })
        .collect();
    let (mut left_seen, mut locked) = (Vec::new(), 0);
    for call in calls {
        match call.await.expect("a task") {
            Err(SubmitError::Refused(Refusal::PinWrong { misses_left })) => left_seen.push(misses_left),
            Err(SubmitError::Refused(Refusal::PinLocked { .. })) => locked += 1,
            other => panic!("{other:?}"),
        }
    }
    // A miss may be told after the lock is written; none is told twice.
    left_seen.sort_unstable();
    assert!(left_seen.is_sorted_by(|a, b| a < b), "{left_seen:?}");
    assert!(left_seen.iter().all(|left| (1..PIN_MISSES_MAX).contains(left)), "{left_seen:?}");
    assert_eq!(left_seen.len() + locked, 40);
    assert_eq!(live.engine.published().size, size + 1, "one lock");
    let right = buy(&mut live, RIGHT).await;
    assert!(matches!(right, Err(SubmitError::Refused(Refusal::PinLocked { .. }))), "{right:?}");

    // Guesses that were late leave nothing behind for the next PIN.
    live.set_pin(0, 0, RIGHT).await;
    for left in (1..PIN_MISSES_MAX).rev() {
        assert_eq!(buy(&mut live, WRONG).await, wrong(left));
    }
    buy(&mut live, RIGHT).await.expect("an egg");
    live.engine.shutdown().await;
    live.place.audit();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_terminal_and_card_together_may_try() {
    let mut live = rich().await;
    for _ in 0..2 * PIN_MISSES_MAX {
        for shopper in [Shopper::TerminalAlone(0), Shopper::CardAlone(0)] {
            let envelope = live.egg(0, shopper);
            let answer = live.engine.submit(envelope, WRONG).await;
            let missing = matches!(&answer, Err(SubmitError::Refused(Refusal::SignatureMissing { .. })));
            assert!(missing, "{answer:?}");
        }
    }
    assert_eq!(buy(&mut live, WRONG).await, wrong(PIN_MISSES_MAX - 1));
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_is_no_try() {
    let mut live = rich().await;
    let envelope = live.egg(0, Shopper::Household(0));
    let first = live.engine.submit(envelope.clone(), RIGHT).await.expect("an egg");
    for _ in 0..2 * PIN_MISSES_MAX {
        let again = live.engine.submit(envelope.clone(), WRONG).await.expect("the same egg");
        assert_eq!((again.index, again.repeated), (first.index, true));
    }
    assert_eq!(buy(&mut live, WRONG).await, wrong(PIN_MISSES_MAX - 1));
    assert_eq!(live.points(0, 0).await, 15);
    live.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_is_four_to_six_digits() {
    let mut live = rich().await;
    for pin in ["1", "123", "1234567", "12 4", "12a4", "１２３４", "-123", "1234\n", "\0\0\0\0"] {
        assert_eq!(buy(&mut live, pin).await, Err(SubmitError::PinMalformed), "{pin:?}");
    }
    assert_eq!(buy(&mut live, WRONG).await, wrong(PIN_MISSES_MAX - 1));
    live.engine.shutdown().await;
}
