//! Connections by the thousand that ask nothing.

use std::time::Duration;

use tokio::net::TcpStream;

use super::frames::Frames;
use super::house::{Good, House, LONG, MIB, many_sockets};
use crate::it::web::http;

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_idle_connections_cost_little_and_a_good_client_works_on() {
    many_sockets(4_096);
    // The server's own soft limit is too low for them: it raises it.
    let house = House::open(0, &[], Some(512)).await;
    let limit = house.soft_limit();
    let (soft, hard) = limit.split_once(" of ").unwrap();
    assert_eq!(soft, hard, "the soft limit is raised to the hard one");
    let mut good = Good::new(&house).await;
    let connecting = async {
        let (mut bare, mut http2) = (Vec::new(), Vec::new());
        for _ in 0..1_000 {
            bare.push(TcpStream::connect(house.address).await.expect("a connection"));
            http2.push(Frames::connect(house.address, 65_535).await);
        }
        (bare, http2)
    };
    let ((bare, mut http2), _) = good.beside(connecting).await;
    let open = house.metrics().await["civbank_connections"];
    assert!(open >= 2_001.0, "{open} are open");
    house.is_within(96 * MIB, "beside 2,000 idle connections");
    good.works().await;
    // None of them was hung up on.
    assert!(http2.iter_mut().all(Frames::drain));
    for stream in &bare {
        let read = stream.try_read(&mut [0; 64]).map_err(|error| error.kind());
        assert_eq!(read, Err(std::io::ErrorKind::WouldBlock));
    }
    drop((bare, http2));
    let gone = async {
        while house.metrics().await["civbank_connections"] > 3.0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LONG, gone).await.expect("who hung up is forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_the_idle_give_way_and_whoever_works_does_not() {
    many_sockets(4_096);
    let house = House::open(0, &["--connections", "200"], None).await;
    let mut good = Good::new(&house).await;
    good.works().await;
    let connecting = async {
        let mut idle = Vec::new();
        for _ in 0..2_000 {
            idle.push(TcpStream::connect(house.address).await.expect("a connection"));
        }
        // All of them were taken in once this one is.
        assert_eq!(http::get(house.address, "/healthz").await.status, 200);
        idle
    };
    let (idle, _) = good.beside(connecting).await;
    let samples = house.metrics().await;
    assert!(samples["civbank_connections"] <= 200.0);
    assert_eq!(samples["civbank_connections_max"], 200.0);
    assert!(samples["civbank_connections_closed_total{why=\"gave_way\"}"] >= 1_800.0, "{samples:?}");
    assert_eq!(samples["civbank_connections_closed_total{why=\"turned_away\"}"], 0.0);
    // The good client is still on its first connection: it never had to come again, and works.
    good.works().await;
    // The oldest went, the newest stayed.
    let is_open = |stream: &TcpStream| {
        let read = stream.try_read(&mut [0; 1]).map_err(|error| error.kind());
        read == Err(std::io::ErrorKind::WouldBlock)
    };
    assert!(!idle[..1_700].iter().any(is_open));
    assert!(idle[1_950..].iter().all(is_open));
}
