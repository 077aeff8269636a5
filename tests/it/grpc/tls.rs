//! Hostile handshakes: they take places and time, and neither from anybody else.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use civbank::grpc::Options;
use civbank::tls::{Files, Tls};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::world::*;
use crate::it::certificates::{Ca, Kind, Visitor};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

struct House {
    town: Town,
    visitor: Visitor,
    tls: Tls,
    dir: tempfile::TempDir,
    ca: Ca,
}

impl House {
    async fn new(options: Options) -> House {
        let dir = tempfile::tempdir().unwrap();
        let ca = Ca::new("a CA");
        ca.issue(&["127.0.0.1"], Kind::Server).write(dir.path(), "server");
        let files = Files {
            certificate: dir.path().join("server.pem"),
            key: dir.path().join("server.key"),
            client_ca: None,
        };
        let (tls, facts) = Tls::load(files).unwrap();
        assert_eq!((facts.chain, facts.ends().as_str()), (1, "2099-01-02T00:00:00Z"));
        let pages = Router::new().route("/", get(async || "the front page"));
        let options = Options { tls: Some(tls.clone()), ..options };
        let town = Town::found(civbank::journal::MemoryJournal::new(), Some(pages), options).await;
        House { town, visitor: Visitor::new(&ca, &["http/1.1"]), tls, dir, ca }
    }

    fn address(&self) -> SocketAddr {
        self.town.address
    }

    async fn is_served(&self) {
        let asked = async { self.visitor.connect(self.address()).await.unwrap().get("/").await };
        let answer = tokio::time::timeout(LONG, asked).await.expect("in time").unwrap();
        assert!(answer.contains("the front page"), "{answer}");
    }
}

/// Resolves when the server has hung up.
async fn hung_up(mut stream: TcpStream) {
    let read = tokio::time::timeout(LONG, stream.read(&mut [0; 64])).await.expect("it is hung up on");
    assert!(!matches!(read, Ok(1..)), "{read:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_places_are_taken_the_oldest_handshake_gives_way() {
    let house = House::new(Options { handshakes_at_once: 4, handshake_time: 10 * LONG, ..quick() }).await;
    let mut hanging = Vec::new();
    for _ in 0..100 {
        hanging.push(TcpStream::connect(house.address()).await.unwrap());
    }
    house.is_served().await;
    // Those that hung were cut off, oldest first, long before their time; the last three still may go on.
    let kept = hanging.split_off(97);
    for stream in hanging {
        hung_up(stream).await;
    }
    for stream in &kept {
        let read = stream.try_read(&mut [0; 64]).map_err(|error| error.kind());
        assert_eq!(read, Err(std::io::ErrorKind::WouldBlock));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_takes_too_long_is_hung_up_on() {
    let house = House::new(Options { handshake_time: Duration::from_millis(200), ..quick() }).await;
    let hanging = TcpStream::connect(house.address()).await.unwrap();
    hung_up(hanging).await;
    house.is_served().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_no_handshake() {
    let mut house = House::new(Options { handshake_time: 10 * LONG, ..quick() }).await;
    let hanging = TcpStream::connect(house.address()).await.unwrap();
    house.is_served().await;
    let stopped = house.town.begin_to_stop();
    tokio::time::timeout(LONG, stopped).await.unwrap().unwrap().unwrap();
    hung_up(hanging).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_under_load_drops_no_connection() {
    let house = House::new(quick()).await;
    let reloads = async {
        for _ in 0..50 {
            // Both at once on one disk is nobody's promise: between the two writes they do not fit, and the old stays.
            house.ca.issue(&["127.0.0.1"], Kind::Server).write(house.dir.path(), "server");
            house.tls.reload().unwrap();
            tokio::task::yield_now().await;
        }
    };
    let visits = async {
        for _ in 0..50 {
            house.is_served().await;
        }
    };
    tokio::join!(reloads, visits);
}
