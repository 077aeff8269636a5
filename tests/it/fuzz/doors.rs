//! What strangers send to a server that runs: page tokens, session tokens, challenges, and the pages' paths.

use std::sync::Arc;

use civbank::wire::pb;
use tokio::runtime::Runtime;
use tonic::{Code, Request, Status};

use super::mutate::Shape::{Bytes, Text};
use super::{Door, Seen, Target, behind};
use crate::it::grpc::world::{Town, VILLAGE, answer, signed_in};
use crate::it::web::http;
use crate::it::web::village::{Village, branch, link};

pub const TARGETS: &[Target] = &[
    // Only what the server handed out is taken back, to the byte.
    behind("page-token", Text, 20, page_token),
    behind("session-token", Text, 20, session_token),
    behind("challenge", Bytes, 20, challenge),
    // No path and no query is the server's fault.
    behind("pages", Text, 20, pages),
];

/// What a stranger may hear: a mistake of theirs, never one of ours. `OutOfRange` is the transport's word for a
/// message that is too long.
fn judged<T>(result: Result<T, Status>, is_ours: bool, allowed: &[Code]) -> Seen {
    match result {
        Ok(_) => {
            assert!(is_ours, "something that was never handed out is taken");
            Seen::Accepted
        }
        Err(status) => {
            assert!(allowed.contains(&status.code()), "{status}");
            assert!(!is_ours, "what was handed out is refused: {status}");
            Seen::Refused
        }
    }
}

fn page_token() -> (Vec<Vec<u8>>, Door) {
    let runtime = Runtime::new().expect("a runtime");
    let (town, mut bank, session, ours) = runtime.block_on(async {
        let town = Town::new().await;
        let session = town.token("clerk").await;
        let mut bank = town.bank().await;
        let request = households(String::new());
        let page = bank.list_households(signed_in(request, &session)).await.expect("a page");
        (town, bank, session, page.into_inner().next_page_token)
    });
    let seed = ours.clone().into_bytes();
    let door = move |input: &[u8]| {
        let _ = &town;
        let Ok(token) = str::from_utf8(input) else { return Seen::Refused };
        let is_ours = token == ours || token.is_empty();
        let request = signed_in(households(token.to_owned()), &session);
        let result = runtime.block_on(bank.list_households(request));
        judged(result, is_ours, &[Code::InvalidArgument, Code::ResourceExhausted, Code::OutOfRange])
    };
    (vec![seed], Box::new(door))
}

fn households(page_token: String) -> pb::ListHouseholdsRequest {
    pb::ListHouseholdsRequest { branch: VILLAGE.into(), page_size: 3, page_token }
}

fn session_token() -> (Vec<Vec<u8>>, Door) {
    let runtime = Runtime::new().expect("a runtime");
    let (town, mut bank, ours) = runtime.block_on(async {
        let town = Town::new().await;
        let (bank, ours) = (town.bank().await, town.token("clerk").await);
        (town, bank, ours)
    });
    let seed = ours.clone().into_bytes();
    let door = move |input: &[u8]| {
        let _ = &town;
        let Ok(token) = str::from_utf8(input) else { return Seen::Refused };
        let mut request = Request::new(households(String::new()));
        // What is no header never leaves the client.
        let Ok(value) = format!("Bearer {token}").parse() else { return Seen::Refused };
        // HTTP/2 has a longest list of headers.
        if token.len() > 4_000 {
            return Seen::Refused;
        }
        request.metadata_mut().insert("authorization", value);
        let result = runtime.block_on(bank.list_households(request));
        judged(result, token.trim_end() == ours, &[Code::Unauthenticated, Code::ResourceExhausted])
    };
    (vec![seed], Box::new(door))
}

fn challenge() -> (Vec<Vec<u8>>, Door) {
    let runtime = Runtime::new().expect("a runtime");
    let (town, mut sessions, ours) = runtime.block_on(async {
        let town = Town::new().await;
        let mut sessions = town.sessions().await;
        let made = sessions.create_challenge(pb::CreateChallengeRequest {}).await.expect("a challenge");
        (town, sessions, made.into_inner().challenge)
    });
    let seed = ours.clone();
    let door = move |input: &[u8]| {
        let _ = &town;
        let result = runtime.block_on(sessions.create_session(answer(input.to_vec(), "clerk")));
        judged(
            result,
            input == ours,
            &[Code::Unauthenticated, Code::InvalidArgument, Code::ResourceExhausted, Code::OutOfRange],
        )
    };
    (vec![seed], Box::new(door))
}

fn pages() -> (Vec<Vec<u8>>, Door) {
    let runtime = Runtime::new().expect("a runtime");
    let (village, address) = runtime.block_on(async {
        let village = Arc::new(Village::open().await);
        village.declare(1, "R01", 1).await;
        let address = http::serve(&village.engine).await;
        (village, address)
    });
    let passbook = link(1, 1);
    let passbook = passbook.split('#').next().expect("a link");
    let passbook = &passbook[passbook.find("/p/").unwrap_or_default()..];
    let seeds = [
        "/".to_owned(),
        format!("/?after={}", branch()),
        format!("/b/{}", branch()),
        passbook.to_owned(),
        format!("{passbook}?before=12"),
        format!("{passbook}?month=2026-11"),
        "/sign-in?next=/desk".to_owned(),
        "/join".to_owned(),
    ];
    let door = move |input: &[u8]| {
        let _ = &village;
        let path = line(input);
        let answer = runtime.block_on(http::get(address, &path));
        assert!(answer.status < 500, "{} for {path}", answer.status);
        if answer.status < 400 { Seen::Accepted } else { Seen::Refused }
    };
    (seeds.map(String::into_bytes).to_vec(), Box::new(door))
}

/// What can stand in the first line of a request: the rest is the HTTP library's to refuse.
fn line(input: &[u8]) -> String {
    let mut path = String::from(if input.starts_with(b"/") { "" } else { "/" });
    for byte in input.iter().take(6_000) {
        match byte {
            b'!' | b'$'..=b'~' => path.push(char::from(*byte)),
            other => path.push_str(&format!("%{other:02X}")),
        }
    }
    path
}
