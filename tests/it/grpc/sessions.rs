//! `SessionService`: a signed challenge becomes a token, and a token is worth no more than its key.

use std::time::Duration;

use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::{Digest, PublicKey};
use civbank::bank::words::RevocationGround;
use civbank::wire::{dsse, pb, signature};
use tonic::Code;

use super::errors::denied;
use super::world::*;

async fn challenge(town: &Town) -> Vec<u8> {
    let mut sessions = town.sessions().await;
    ok(sessions.create_challenge(pb::CreateChallengeRequest {})).await.challenge
}

fn book() -> pb::GetHouseholdRequest {
    pb::GetHouseholdRequest { household: HOME.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_a_quarter_of_an_hour() {
    let town = Town::new().await;
    let mut sessions = town.sessions().await;
    let session = ok(sessions.create_session(answer(challenge(&town).await, "member"))).await;
    let ends = session.expire_time.unwrap();
    assert_eq!(ends.seconds * 1_000, town.now().0 + 15 * 60_000);

    let mut bank = town.bank().await;
    let request = || signed_in(book(), &session.token);
    ok(bank.get_household(request())).await;
    town.time_passes(Duration::from_secs(15 * 60 - 1));
    ok(bank.get_household(request())).await;
    town.time_passes(Duration::from_secs(1));
    denied(bank.get_household(request()).await, Code::Unauthenticated, "SESSION_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_with_the_day_of_its_key() {
    let town = Town::new().await;
    let key = signature::public_key(&key("second phone"));
    let holder = Holder::Person(person("member"));
    let enrol = Body::EnrolKey { key, holder, valid_until: Some(town.today()) };
    town.write(enrol, &["officer"]).await;
    // Ten in the morning: fourteen hours to midnight.
    town.time_passes(Duration::from_secs(14 * 3_600 - 300));
    let mut sessions = town.sessions().await;
    let session = ok(sessions.create_session(answer(challenge(&town).await, "second phone"))).await;
    let ends = session.expire_time.unwrap();
    assert_eq!(ends.seconds * 1_000, town.now().0 + 300_000);
    town.time_passes(Duration::from_secs(300));
    let late = sessions.create_session(answer(challenge(&town).await, "second phone")).await;
    denied(late, Code::Unauthenticated, "KEY_EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn challenges_are_this_servers_fresh_and_signed_as_challenges() {
    let town = Town::new().await;
    let other = Town::new().await;
    let mut sessions = town.sessions().await;

    let foreign = answer(challenge(&other).await, "member");
    denied(sessions.create_session(foreign).await, Code::Unauthenticated, "CHALLENGE_INVALID");

    let fresh = challenge(&town).await;
    let mut changed = fresh.clone();
    changed[20] ^= 1;
    let changed = sessions.create_session(answer(changed, "member")).await;
    denied(changed, Code::Unauthenticated, "CHALLENGE_INVALID");
    let empty = sessions.create_session(answer(Vec::new(), "member")).await;
    denied(empty, Code::Unauthenticated, "CHALLENGE_INVALID");

    let mut other_key = answer(fresh.clone(), "member");
    other_key.public_key = public("officer");
    denied(sessions.create_session(other_key).await, Code::Unauthenticated, "CHALLENGE_SIGNATURE");
    // A signature over the same bytes as a command is no signature over a challenge.
    let mut as_command = answer(fresh.clone(), "member");
    as_command.signature = signature::sign_one(&key("member"), dsse::COMMAND_PROTOBUF, &fresh).to_vec();
    denied(sessions.create_session(as_command).await, Code::Unauthenticated, "CHALLENGE_SIGNATURE");

    let mut short = answer(fresh.clone(), "member");
    short.public_key.pop();
    denied(sessions.create_session(short).await, Code::InvalidArgument, "BAD_FIELD");
    let stranger = sessions.create_session(answer(fresh.clone(), "thief")).await;
    denied(stranger, Code::Unauthenticated, "KEY_UNKNOWN");

    town.time_passes(Duration::from_secs(119));
    ok(sessions.create_session(answer(fresh.clone(), "member"))).await;
    town.time_passes(Duration::from_secs(1));
    let late = sessions.create_session(answer(fresh, "member")).await;
    denied(late, Code::Unauthenticated, "CHALLENGE_EXPIRED");
}

/// The key of small order under which one signature fits every message.
#[tokio::test(flavor = "multi_thread")]
async fn a_weak_key_opens_no_session() {
    let town = Town::new().await;
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = vec![0; 64];
    signature[0] = 1;
    let request = pb::CreateSessionRequest {
        challenge: challenge(&town).await,
        public_key: identity.to_vec(),
        signature,
    };
    let answer = town.sessions().await.create_session(request).await;
    denied(answer, Code::Unauthenticated, "CHALLENGE_SIGNATURE");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_cannot_be_made_up() {
    let town = Town::new().await;
    let token = town.token("officer").await;
    let other = Town::new().await.token("officer").await;
    let mut bank = town.bank().await;
    let first = if token.starts_with('x') { "y" } else { "x" };
    let changed = format!("{first}{}", &token[1..]);
    let cut = token[..token.len() - 4].to_owned();
    for made_up in [changed, cut, other, "officer".into(), "*".into()] {
        let answer = bank.get_household(signed_in(book(), &made_up)).await;
        denied(answer, Code::Unauthenticated, "SESSION_INVALID");
    }
    // Another scheme; and the right one in other letters.
    let mut request = tonic::Request::new(book());
    request.metadata_mut().insert("authorization", format!("Basic {token}").parse().unwrap());
    denied(bank.get_household(request).await, Code::Unauthenticated, "SESSION_INVALID");
    let mut request = tonic::Request::new(book());
    request.metadata_mut().insert("authorization", format!("bearer {token}").parse().unwrap());
    ok(bank.get_household(request)).await;
    // Public methods look at no session, not even at a bad one.
    ok(bank.get_bank(signed_in(pb::GetBankRequest {}, "made up"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_dies_takes_its_sessions_along() {
    let town = Town::new().await;
    let mut bank = town.bank().await;
    let token = town.token("member").await;
    let key = PublicKey(public("member").try_into().unwrap());
    town.write(Body::RevokeKey { key, ground: RevocationGround::Lost }, &["member"]).await;
    let answer = bank.get_household(signed_in(book(), &token)).await;
    denied(answer, Code::Unauthenticated, "KEY_REVOKED");

    let token = town.token("passbook").await;
    ok(bank.get_household(signed_in(book(), &token))).await;
    let card = Body::IssuePassbook {
        household: home(),
        key: signature::public_key(&super::world::key("second card")),
        view_token_hash: Digest([9; 32]),
    };
    town.write(card, &["clerk", "supervisor"]).await;
    let answer = bank.get_household(signed_in(book(), &token)).await;
    denied(answer, Code::Unauthenticated, "PASSBOOK_REPLACED");
    // So does the old card's link.
    let view_token = VIEW_TOKEN_TEXT.into();
    let answer = bank.get_passbook(pb::GetPassbookRequest { view_token }).await;
    denied(answer, Code::NotFound, "VIEW_TOKEN_UNKNOWN");
}
