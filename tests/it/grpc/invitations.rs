//! `GetInvitation`, and an invitation's way from the link to a key that opens sessions.

use civbank::bank::command::{Body, Holder};
use civbank::bank::ids::PublicKey;
use civbank::wire::pb::InvitationState as State;
use civbank::wire::{PayloadType, encode_command_json, pb, sign, signature};
use tonic::Code;

use super::errors::denied;
use super::world::*;

fn public_key(name: &str) -> PublicKey {
    signature::public_key(&key(name))
}

async fn invite(town: &Town, link: &str, holder: Holder, days: i64) {
    let expires = town.now().plus_days(days);
    let invitation = public_key(link);
    let key_valid_until = Some(town.today().plus(90)).filter(|_| days > 5);
    town.write(Body::Invite { invitation, holder, key_valid_until, expires }, &["officer"]).await;
}

async fn look(town: &Town, link: &str) -> pb::GetInvitationResponse {
    let request = pb::GetInvitationRequest { invitation_key: public(link) };
    ok(town.bank().await.get_invitation(request)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_link_sees_who_is_invited_and_what_became_of_it() {
    let town = Town::new().await;
    invite(&town, "for the chair", Holder::Person(person("chair")), 7).await;
    invite(&town, "for the officer", Holder::Person(person("officer")), 1).await;
    invite(&town, "for the shop", Holder::Terminal(village().terminal(2).unwrap()), 2).await;
    invite(&town, "for a villager", Holder::Person(home().member(2).unwrap()), 3).await;

    let chair = look(&town, "for the chair").await;
    let wanted = pb::GetInvitationResponse {
        holder: "370829199201-00004-1".into(),
        holder_text: "00004 号户 1 号成员".into(),
        branch_title: "前进村".into(),
        offices: vec!["前进村 评价委员（主任）".into()],
        key_valid_until: town.today().plus(90).to_string(),
        expire_unix_ms: town.now().plus_days(7).0,
        state: State::Open as i32,
    };
    assert_eq!(chair, wanted);
    assert_eq!(look(&town, "for the officer").await.offices, ["镇总行"]);
    let shop = look(&town, "for the shop").await;
    assert_eq!((shop.holder.as_str(), shop.holder_text.as_str()), ("370829199201-t2", "2 号终端"));
    let villager = look(&town, "for a villager").await;
    assert!(villager.offices.is_empty() && villager.key_valid_until.is_empty(), "{villager:?}");

    // Accepted, withdrawn, run out: each says so.
    let accept = Body::AcceptInvitation {
        invitation: public_key("for a villager"),
        key: public_key("the villager's phone"),
    };
    town.write(accept, &["for a villager", "the villager's phone"]).await;
    let cancel = Body::CancelInvitation { invitation: public_key("for the shop") };
    town.write(cancel, &["officer"]).await;
    town.days_pass(1).await;
    let mut states = Vec::new();
    for link in ["for the chair", "for a villager", "for the shop", "for the officer"] {
        states.push(look(&town, link).await.state());
    }
    assert_eq!(states, [State::Open, State::Accepted, State::Cancelled, State::Expired]);

    let mut bank = town.bank().await;
    let unknown = pb::GetInvitationRequest { invitation_key: public("thief") };
    denied(bank.get_invitation(unknown).await, Code::NotFound, "INVITATION_UNKNOWN");
    for invitation_key in [Vec::new(), vec![1; 31]] {
        let request = pb::GetInvitationRequest { invitation_key };
        denied(bank.get_invitation(request).await, Code::InvalidArgument, "BAD_FIELD");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_signed_as_json_makes_a_key_once_and_a_retry_gets_the_receipt() {
    let town = Town::new().await;
    invite(&town, "link", Holder::Person(home().member(2).unwrap()), 7).await;
    // The link alone opens nothing.
    let mut sessions = town.sessions().await;
    let challenge = ok(sessions.create_challenge(pb::CreateChallengeRequest {})).await.challenge;
    let opened = sessions.create_session(answer(challenge, "link")).await;
    denied(opened, Code::Unauthenticated, "KEY_UNKNOWN");

    let (invitation, new) = (public_key("link"), public_key("phone"));
    let command = town.command(Body::AcceptInvitation { invitation, key: new });
    let payload = encode_command_json(&command).into_bytes();
    let envelope = sign(payload, PayloadType::Json, &[&key("link"), &key("phone")]);
    let mut ledger = town.ledger().await;
    let first = ok(ledger.submit(submit(envelope.clone()))).await;
    let again = ok(ledger.submit(submit(envelope))).await;
    assert!(!first.repeated && again.repeated);
    assert_eq!(first.receipt.unwrap().entry, again.receipt.unwrap().entry);
    assert!(!town.token("phone").await.is_empty());

    let command = town.command(Body::AcceptInvitation { invitation, key: public_key("second phone") });
    let second = ledger.submit(submit(sealed(&command, &["link", "second phone"]))).await;
    denied(second, Code::AlreadyExists, "INVITATION_ACCEPTED");
}
