//! Wrong signatures by the thousand: a burst of each connection is looked at and the rest is not; a good client is served
//! all the while, though the flood claims its key.

use std::time::{Duration, Instant};

use civbank::bank::ids::PublicKey;
use civbank::wire::pb::ledger_service_client::LedgerServiceClient;
use civbank::wire::pb::session_service_client::SessionServiceClient;
use civbank::wire::{limits, pb, signature};
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt as _;

use super::house::{Good, House, MIB};
use crate::it::engine::fixture::officer;
use crate::it::engine::kill::command;
use crate::it::grpc::errors::{denied, reason};

const BURST: u64 = limits::WRONG_SIGNATURES_BURST as u64;
const CONNECTIONS: u64 = 8;
/// Of each connection.
const TRIES: u64 = 400;

/// A command whose signature does not fit, said to be the good client's own.
fn wrong() -> pb::Envelope {
    let mut envelope = command();
    envelope.signatures[0].signature[7] ^= 1;
    envelope
}

/// Sends wrong signatures; how many were looked at.
async fn flood(channel: Channel, wrong: Vec<pb::Envelope>) -> u64 {
    let mut ledger = LedgerServiceClient::new(channel);
    let mut looked_at = 0;
    for (number, envelope) in wrong.into_iter().enumerate() {
        // Every way by which signatures are verified.
        let (envelope, pin) = (Some(envelope), String::new());
        let reason = match number % 3 {
            0 => reason(&ledger.submit(pb::SubmitRequest { envelope, pin }).await.unwrap_err()),
            1 => reason(&ledger.preview(pb::PreviewRequest { envelope }).await.unwrap_err()),
            _ => {
                let requests = vec![pb::SubmitRequest { envelope, pin }];
                let answer = ledger.submit_batch(pb::SubmitBatchRequest { requests }).await.unwrap();
                match &answer.into_inner().results[0].result {
                    Some(pb::submit_batch_result::Result::Refusal(refusal)) => refusal.reason.clone(),
                    other => panic!("{other:?}"),
                }
            }
        };
        match reason.as_str() {
            "BAD_SIGNATURE" => looked_at += 1,
            "TOO_MANY_TRIES" => {}
            other => panic!("{other}"),
        }
    }
    looked_at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_wrong_signatures_is_looked_at_a_burst_at_a_time() {
    let house = House::open(0, &[], None).await;
    let mut good = Good::new(&house).await;
    // Made beforehand: signing is the flood's own work, and it shares this machine.
    let mut made: Vec<Vec<_>> = (0..CONNECTIONS).map(|_| (0..TRIES).map(|_| wrong()).collect()).collect();
    let worked = house.worked();
    let ((), alone) = good.beside(tokio::time::sleep(Duration::from_secs(2))).await;
    let a_round = (house.worked() - worked).as_secs_f64() / (2.0 * alone);
    let before = house.metrics().await;
    let (began, worked) = (Instant::now(), house.worked());
    let mut floods = Vec::new();
    while let Some(wrong) = made.pop() {
        floods.push(tokio::spawn(flood(house.channel().await, wrong)));
    }
    let flooding = async {
        let mut looked_at = 0;
        for flood in floods {
            looked_at += flood.await.unwrap();
        }
        looked_at
    };
    let (looked_at, under) = good.beside(flooding).await;
    let seconds = began.elapsed().as_secs_f64();
    let worked = (house.worked() - worked).as_secs_f64();
    let after = house.metrics().await;
    let grew = |outcome: &str| {
        let name = format!("civbank_signatures_total{{outcome=\"{outcome}\"}}");
        (after[&name] - before[&name]) as u64
    };
    println!(
        "{CONNECTIONS} connections, {} wrong signatures in {seconds:.1} s, {looked_at} looked at; \
         a good client: {alone:.0} rounds a second alone, {under:.0} beside them; the server worked {worked:.1} s, \
         {:.1} s of it for the flood",
        CONNECTIONS * TRIES,
        worked - a_round * under * seconds
    );
    // A connection that floods is read more slowly, however fast it sends: once its burst is gone it hears "no" forty
    // times a second.
    let pauses = limits::FLOOD_PAUSE * (TRIES - 2 * BURST) as u32;
    assert!(seconds >= pauses.as_secs_f64() / 2.0, "{seconds:.1} s, {pauses:?} of pauses");
    assert_eq!(grew("wrong"), looked_at);
    assert_eq!(grew("unverified"), CONNECTIONS * TRIES - looked_at);
    // All claim one key. It has a burst and what filled up meanwhile; a connection that has sent none lately is looked at
    // once, and again as soon as its own bucket is full; a batch's tasks may be on their way when the last is taken.
    let refilled = (seconds / limits::WRONG_SIGNATURES_REFILL.as_secs_f64()).ceil() as u64;
    let most = BURST + refilled * (CONNECTIONS + 1) + 2 * CONNECTIONS;
    assert!((BURST..=most).contains(&looked_at), "{looked_at} looked at, {BURST} to {most}");
    house.is_within(64 * MIB, "after a flood of wrong signatures");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_flooded_hears_when_to_come_again_and_others_are_not_punished() {
    let house = House::open(0, &[], None).await;
    let channel = house.channel().await;
    let mut ledger = LedgerServiceClient::new(channel.clone());
    let submit = |envelope| pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
    // A batch is one request and many signatures.
    let requests = (0..200).map(|_| submit(wrong())).collect();
    let answer = ledger.submit_batch(pb::SubmitBatchRequest { requests }).await.unwrap().into_inner();
    let reasons = answer.results.iter().map(|result| match &result.result {
        Some(pb::submit_batch_result::Result::Refusal(refusal)) => refusal.reason.as_str(),
        other => panic!("{other:?}"),
    });
    let looked_at = reasons.filter(|reason| *reason == "BAD_SIGNATURE").count() as u64;
    // As many at once as the server has threads, at the burst's end.
    assert!((BURST..=BURST + 32).contains(&looked_at), "{looked_at}");

    // On this connection a right one has to wait too; it is not known to be right before it is verified.
    let mine = command();
    let refused = ledger.submit(submit(mine.clone())).await;
    let status = denied(refused, Code::ResourceExhausted, "TOO_MANY_TRIES");
    let wait = status.get_error_details().retry_info().and_then(|info| info.retry_delay).expect("when");
    assert!((Duration::from_secs(1)..=Duration::from_secs(3)).contains(&wait), "{wait:?}");
    // So does a session's.
    let mut sessions = SessionServiceClient::new(channel);
    let challenge =
        sessions.create_challenge(pb::CreateChallengeRequest {}).await.unwrap().into_inner().challenge;
    let PublicKey(public) = signature::public_key(&officer());
    let request = pb::CreateSessionRequest { challenge, public_key: public.to_vec(), signature: vec![0; 64] };
    denied(sessions.create_session(request).await, Code::ResourceExhausted, "TOO_MANY_TRIES");

    // From anywhere else the same key's right one is written at once.
    let mut elsewhere = Good::new(&house).await;
    assert!(!elsewhere.submit(mine.clone()).await.repeated);
    // And here, once it has waited.
    tokio::time::sleep(wait).await;
    let again = ledger.submit(submit(mine)).await.expect("an answer").into_inner();
    assert!(again.repeated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_sends_many_at_once_is_held_up_and_another_of_the_same_key_is_not() {
    const MANY: usize = 600;
    let house = House::open(0, &[], None).await;
    let ledger = LedgerServiceClient::new(house.channel().await);
    let wrong: Vec<_> = (0..MANY).map(|_| wrong()).collect();
    let mut good = Good::new(&house).await;
    let began = Instant::now();
    let mut flood = tokio::task::JoinSet::new();
    for envelope in wrong {
        let mut ledger = ledger.clone();
        let request = pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
        flood
            .spawn(async move { ledger.submit(request).await.map(|_| ()).map_err(|status| reason(&status)) });
    }
    let (refused, rate) = good.beside(flood.join_all()).await;
    println!(
        "{MANY} at once are refused after {:?}; a good client: {rate:.0} rounds a second",
        began.elapsed()
    );
    assert!(refused.iter().all(|refused| refused.as_ref().is_err_and(|why| why != "OVERLOADED")));
    // What was read before the first "no" is answered at once, as many as there are streams; the rest waits.
    assert!(began.elapsed() >= limits::FLOOD_PAUSE_MAX / 2, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_the_bank_does_not_know_cost_as_much() {
    let house = House::open(0, &[], None).await;
    let mut ledger = LedgerServiceClient::new(house.channel().await);
    let mut reasons = Vec::new();
    for number in 0..BURST as u8 + 5 {
        let stranger = ed25519_dalek::SigningKey::from_bytes(&[number + 100; 32]);
        let payload = command().payload;
        let envelope = civbank::wire::sign(payload, civbank::wire::PayloadType::Protobuf, &[&stranger]);
        let request = pb::SubmitRequest { envelope: Some(envelope), pin: String::new() };
        reasons.push(reason(&ledger.submit(request).await.unwrap_err()));
    }
    let unknown = reasons.iter().filter(|reason| *reason == "KEY_UNKNOWN").count() as u64;
    assert!((BURST..BURST + 3).contains(&unknown), "{reasons:?}");
    assert_eq!(reasons.last().unwrap(), "TOO_MANY_TRIES");
}
