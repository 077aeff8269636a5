//! Who gives way to whom, who is closed, and who is read more slowly.

use super::*;

fn house(most: usize, stall: Duration) -> Arc<Connections> {
    Connections::new(most, stall, Duration::from_secs(60), Tries::new())
}

#[test]
fn those_that_sent_halves_only_give_way_where_nobody_is_idle() {
    let house = house(3, Duration::from_secs(60));
    let seats: Vec<Seat> = (0..3).map(|_| house.admit(None).unwrap()).collect();
    let work: Vec<AtWork> = seats.iter().map(|seat| seat.0.ask()).collect();
    let _second = seats[1].0.ask();
    let halves = [seats[1].0.incomplete(), seats[2].0.incomplete()];
    let newcomer = house.admit(None).unwrap();
    assert_eq!([0, 1, 2].map(|at: usize| seats[at].0.is_closing()), [false, false, true]);
    let _work = newcomer.0.ask();
    // The other has a whole request among them.
    assert!(house.admit(None).is_none());
    drop((work, halves));
}

#[test]
fn whoever_floods_is_read_more_slowly_and_never_waits_longer_than_the_most() {
    let house = house(9, Duration::from_secs(60));
    let seats = [house.admit(None).unwrap(), house.admit(None).unwrap()];
    seats[0].0.slow_down(2);
    let slowed = seats[0].0.slowed();
    assert!(slowed > FLOOD_PAUSE && slowed <= FLOOD_PAUSE * 2, "{slowed:?}");
    seats[0].0.slow_down(u32::MAX);
    let slowed = seats[0].0.slowed();
    assert!(slowed > FLOOD_PAUSE_MAX / 2 && slowed <= FLOOD_PAUSE_MAX, "{slowed:?}");
    assert_eq!(seats[1].0.slowed(), Duration::ZERO);
}

#[test]
fn http1_that_asks_nothing_more_is_closed_and_http2_is_not() {
    let house = Connections::new(9, Duration::from_secs(60), Duration::from_millis(20), Tries::new());
    let seats: Vec<Seat> = (0..4).map(|_| house.admit(None).unwrap()).collect();
    let [quiet, working, untaken, http2] = [0, 1, 2, 3].map(|at: usize| &seats[at].0);
    [quiet, working, untaken].iter().for_each(|connection| connection.speaks_http1());
    [quiet, untaken, http2].iter().for_each(|connection| drop(connection.ask()));
    let (_work, _left) = (working.ask(), untaken.left(10));
    house.sweep();
    assert!(!quiet.is_closing());
    std::thread::sleep(Duration::from_millis(40));
    house.sweep();
    assert_eq!(
        [quiet, working, untaken, http2].map(|connection| connection.is_closing()),
        [true, false, false, false]
    );
    assert_eq!((house.counts().open, house.counts().stalled), (3, 0));
}

#[test]
fn those_that_never_asked_give_way_first_and_those_at_work_never() {
    let house = house(3, Duration::from_secs(60));
    let asked = house.admit(None).unwrap();
    drop(asked.0.ask());
    let working = house.admit(None).unwrap();
    let _work = working.0.ask();
    let silent = house.admit(None).unwrap();
    let newer = house.admit(None).unwrap();
    let closing = || [&asked, &working, &silent, &newer].map(|seat| seat.0.is_closing());
    assert_eq!(closing(), [false, false, true, false]);
    let work = newer.0.ask();
    let one_more = house.admit(None).unwrap();
    assert_eq!(closing(), [true, false, true, false]);
    let _another = one_more.0.ask();
    assert!(house.admit(None).is_none());
    assert_eq!(
        house.counts(),
        Counts { open: 3, most: 3, unread: 0, gave_way: 2, turned_away: 1, stalled: 0 }
    );
    drop(work);
    assert!(house.admit(None).is_some());
    assert!(newer.0.is_closing());
    drop((asked, working, silent, newer, one_more));
    assert_eq!(house.counts().open, 0);
}

#[test]
fn whoever_takes_nothing_is_closed_and_whoever_takes_a_little_is_not() {
    let house = house(9, Duration::from_millis(40));
    let (slow, stalled, quiet) =
        (house.admit(None).unwrap(), house.admit(None).unwrap(), house.admit(None).unwrap());
    let held: Vec<Left> = (0..3).map(|_| stalled.0.left(1_000)).collect();
    let mut taken: Vec<Left> = (0..100).map(|_| slow.0.left(1_000)).collect();
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(120) {
        taken.pop();
        house.sweep();
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!([&slow, &stalled, &quiet].map(|seat| seat.0.is_closing()), [false, true, false]);
    drop((held, taken));
    assert_eq!((house.counts().unread, house.counts().stalled), (0, 1));
}

#[test]
fn with_too_much_unread_whoever_leaves_most_is_closed() {
    let house = house(9, Duration::from_secs(60));
    let (small, large) = (house.admit(None).unwrap(), house.admit(None).unwrap());
    let _small = small.0.left(1_000);
    let large_part = large.0.left(CONNECTION_UNREAD_BYTES_MAX);
    house.sweep();
    assert!(large.0.has_room_for(0) && !large.0.has_room_for(1) && !large.0.is_closing());
    let rest = large.0.left(UNREAD_BYTES_MAX);
    assert!(!large.0.has_room_for(0) && small.0.has_room_for(0) && !small.0.has_room_for(1));
    house.sweep();
    assert!(large.0.is_closing() && !small.0.is_closing());
    drop((large_part, rest));
    assert_eq!(house.counts().unread, 1_000);
}
