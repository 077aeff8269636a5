//! Envelopes: what is signed, by whom, and every way in which a signature does not hold.

use civbank::bank::ids::PublicKey;
use civbank::wire::dsse::{self, pae};
use civbank::wire::limits::PAYLOAD_BYTES_MAX;
use civbank::wire::many::{ManyVerifier, verify_many};
use civbank::wire::signature::{public_key, sign_one, verify_one};
use civbank::wire::{
    BadEnvelope, Claims, EnvelopeError, PayloadType, SignatureProblem, check, encode_command, envelope,
    envelope_from_json, envelope_to_json, is_usable_key, pb, sign, verify,
};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha512};

use super::samples;

pub fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// A redemption, signed by a terminal and a passbook.
pub fn signed() -> pb::Envelope {
    let payload = encode_command(&samples::command(samples::redeem()));
    sign(payload, PayloadType::Protobuf, &[&signing_key(1), &signing_key(2)])
}

#[test]
fn the_encoding_is_that_of_dsse() {
    let vector = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), vector);
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
}

#[test]
fn a_good_envelope_is_taken_in_as_received() {
    let checked = check(signed()).unwrap();
    assert_eq!(checked.envelope, signed());
    assert_eq!(checked.payload(), signed().payload);
    assert_eq!(checked.payload_type, PayloadType::Protobuf);
    assert_eq!(checked.command, samples::command(samples::redeem()));
    assert_eq!(checked.signers, [public_key(&signing_key(1)), public_key(&signing_key(2))]);
    assert_eq!(checked.digest, blake3::hash(&signed().payload).as_bytes()[..16]);
    assert_eq!(verify(&signed()).unwrap(), checked.signers);
}

/// Breaks a good envelope and expects this error.
fn check_refused(edit: impl FnOnce(&mut pb::Envelope), error: EnvelopeError) {
    let mut envelope = signed();
    edit(&mut envelope);
    assert_eq!(check(envelope), Err(error));
}

#[test]
fn malformed_envelopes_are_refused() {
    use BadEnvelope::*;
    let too_large = PAYLOAD_BYTES_MAX + 1;
    check_refused(|e| e.payload.clear(), NoPayload.into());
    check_refused(|e| e.payload = vec![0; too_large], PayloadTooLarge { bytes: too_large }.into());
    check_refused(|e| e.payload_type.clear(), UnknownPayloadType.into());
    check_refused(|e| e.payload_type = dsse::CHALLENGE.to_owned(), UnknownPayloadType.into());
    check_refused(|e| e.payload_type.push(' '), UnknownPayloadType.into());
    check_refused(|e| e.signatures.clear(), SignatureCount { signatures: 0 }.into());
    check_refused(
        |e| e.signatures = (3..8).map(|seed| signature_of(e, seed)).collect(),
        SignatureCount { signatures: 5 }.into(),
    );
    check_refused(|e| e.signatures[1].public_key.truncate(31), KeyLength { position: 1 }.into());
    check_refused(|e| e.signatures[1].signature.push(0), SignatureLength { position: 1 }.into());
    check_refused(|e| e.signatures.push(e.signatures[0].clone()), RepeatedKey { position: 2 }.into());
}

fn signature_of(envelope: &pb::Envelope, seed: u8) -> pb::Signature {
    let key = signing_key(seed);
    pb::Signature {
        public_key: public_key(&key).0.to_vec(),
        signature: sign_one(&key, &envelope.payload_type, &envelope.payload).to_vec(),
    }
}

#[test]
fn four_signatures_are_taken_and_a_payload_of_48_kib_is_not_too_large() {
    let mut envelope = signed();
    envelope.signatures = (3..7).map(|seed| signature_of(&envelope, seed)).collect();
    assert_eq!(check(envelope).unwrap().signers.len(), 4);

    let large = sign(vec![0; PAYLOAD_BYTES_MAX], PayloadType::Protobuf, &[&signing_key(1)]);
    assert_eq!(check(large).unwrap_err().reason(), "BAD_FIELD");
}

/// A signature of the second key that does not hold.
fn wrong(seed: u8, problem: SignatureProblem) -> EnvelopeError {
    EnvelopeError::BadSignature { key: public_key(&signing_key(seed)), problem }
}

#[test]
fn signatures_that_do_not_hold_are_refused() {
    let refused = wrong(1, SignatureProblem::Wrong);
    check_refused(|e| e.payload[5] ^= 1, refused.clone());
    check_refused(|e| e.payload.push(0), refused.clone());
    check_refused(|e| e.payload_type = dsse::COMMAND_JSON.to_owned(), refused);
    for bit in 0..512 {
        check_refused(
            |e| e.signatures[1].signature[bit / 8] ^= 1 << (bit % 8),
            wrong(2, SignatureProblem::Wrong),
        );
    }
}

#[test]
fn a_signature_over_a_challenge_is_none_over_a_command() {
    let key = signing_key(1);
    let mut envelope = signed();
    let challenge = sign_one(&key, dsse::CHALLENGE, &envelope.payload);
    assert!(verify_one(&public_key(&key), dsse::CHALLENGE, &envelope.payload, &challenge).is_ok());
    envelope.signatures[0].signature = challenge.to_vec();
    assert_eq!(check(envelope), Err(wrong(1, SignatureProblem::Wrong)));
}

/// Points of small order: each passes for a key in lax libraries.
const WEAK_KEYS: [&str; 5] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

#[test]
fn weak_keys_and_points_off_the_curve_are_refused() {
    for weak in WEAK_KEYS {
        let bytes = hex::decode(weak).unwrap();
        let key = PublicKey::try_from(bytes.as_slice()).unwrap();
        assert!(!is_usable_key(&key), "{weak}");
        // R is the neutral point and s is 0: holds for every message under the neutral key.
        let mut forged = vec![0; 64];
        forged[0] = 1;
        let mut envelope = signed();
        envelope.signatures = vec![pb::Signature { public_key: bytes, signature: forged }];
        let problem = SignatureProblem::WeakKey;
        assert_eq!(check(envelope), Err(EnvelopeError::BadSignature { key, problem }));
    }
    let off_the_curve = PublicKey([2; 32]);
    assert!(!is_usable_key(&off_the_curve));
    check_refused(
        |e| e.signatures[0].public_key = off_the_curve.0.to_vec(),
        EnvelopeError::BadSignature { key: off_the_curve, problem: SignatureProblem::NotAKey },
    );
    assert!(is_usable_key(&public_key(&signing_key(1))));
}

#[test]
fn the_command_is_read_only_after_the_signatures_hold() {
    let mut envelope = sign(vec![0xff; 10], PayloadType::Protobuf, &[&signing_key(1)]);
    assert_eq!(check(envelope.clone()).unwrap_err().reason(), "BAD_FIELD");
    assert!(verify(&envelope).is_ok(), "an audit of signatures does not read commands");
    envelope.signatures[0].signature[0] ^= 1;
    assert_eq!(check(envelope).unwrap_err().reason(), "BAD_SIGNATURE");
}

#[test]
fn an_audit_verifies_many_at_once_and_names_the_first_that_does_not_hold() {
    let mut claims: Vec<_> = (0..20)
        .map(|number| {
            let payload = vec![number; 50];
            let keys = [&signing_key(number), &signing_key(number + 100)];
            envelope::claims(&sign(payload, PayloadType::Json, &keys)).unwrap()
        })
        .collect();
    assert_eq!(verify_many(&claims), Ok(()));
    assert_eq!(verify_many(&[]), Ok(()));
    claims[17].signatures[0].1[3] ^= 1;
    claims[13].message.push(0);
    let key = public_key(&signing_key(13));
    assert_eq!(verify_many(&claims), Err((13, key, SignatureProblem::Wrong)));
}

/// Signatures by the key of seed 7 over "a cup of salt", made by an independent program: R is the honest point with a
/// point of order 8, 4 or 2 added, s fits it. Their own holder made them wrong.
const MIXED: [&str; 3] = [
    concat!(
        "54ab647be020500fe646d8d57885f7f9fadc13a98e3bb2af26f18263a2e54802",
        "29b2b27be4d72df3b23907480f1bb334d7f832b8b87243bdbe041d224beeae0b",
    ),
    concat!(
        "02493af64de8d9bc59e67c60bf7303bdbecae3183ce2475eeabd9f1a988811d0",
        "09dacc89ab6d54fb88bc5d8d3fbc309bc2ffb1f3094c71e0e57a8511cd66490a",
    ),
    concat!(
        "48be7c2c5811c9eba0384388efa04a89003af68d004d2d5d727a7f865e89b118",
        "b7fbb354ddee24f5f4ee84d7f45db0a3647ec8cd5333b07ee6942782f040110e",
    ),
];

/// A signature that only its key's holder can make: R is a point of small order, and so is what the key has beside an
/// honest part. The library's plain `verify` takes it for some messages, its `verify_strict` for none.
fn small_r(key: &SigningKey, beside: EdwardsPoint, r: EdwardsPoint, message: &[u8]) -> (PublicKey, [u8; 64]) {
    let public = (key.verifying_key().to_edwards() + beside).compress();
    let r = r.compress();
    let hash = Sha512::new().chain_update(r.0).chain_update(public.0).chain_update(message).finalize();
    let s = Scalar::from_bytes_mod_order_wide(&hash.into()) * key.to_scalar();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r.0);
    signature[32..].copy_from_slice(s.as_bytes());
    (PublicKey(public.0), signature)
}

#[test]
fn what_holds_is_what_the_librarys_strict_verification_says() {
    let mut lax = 0;
    let mut check = |(key, signature): (PublicKey, [u8; 64]), message: &[u8]| {
        let (read, given) = (VerifyingKey::from_bytes(&key.0), Signature::from_bytes(&signature));
        let strict = read.as_ref().is_ok_and(|key| key.verify_strict(message, &given).is_ok());
        let plain = read.is_ok_and(|key| key.verify(message, &given).is_ok());
        lax += u32::from(plain && !strict);
        let claims = Claims { message: message.to_vec(), signatures: vec![(key, signature)] };
        assert_eq!(claims.verify().is_ok(), strict, "{} {}", hex::encode(key.0), hex::encode(signature));
        strict
    };
    for seed in 0..8 {
        let (signing, message) = (signing_key(seed + 40), [seed; 40]);
        let key = public_key(&signing);
        let signature = signing.sign(&message).to_bytes();
        assert!(check((key, signature), &message));
        for bit in 0..512 {
            let mut flipped = signature;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!check((key, flipped), &message));
        }
        for beside in EIGHT_TORSION {
            for r in EIGHT_TORSION {
                assert!(!check(small_r(&signing, beside, r, &message), &message));
            }
        }
    }
    assert!(lax > 8, "{lax} signatures tell strict verification from plain");
}

#[test]
fn what_a_batch_is_laxer_about_is_found_soon() {
    let key = public_key(&signing_key(7));
    for mixed in MIXED {
        let signature = hex::decode(mixed).unwrap().try_into().unwrap();
        let claims = vec![Claims { message: b"a cup of salt".to_vec(), signatures: vec![(key, signature)] }];
        assert_eq!(claims[0].verify(), Err((key, SignatureProblem::Wrong)));
        // Each try has weights of its own and finds it at least every other time: 2^-64 that all miss.
        let found = (0..64).filter(|_| verify_many(&claims).is_err()).count();
        assert!(found > 0, "64 batches passed {mixed}");
    }
}

#[test]
fn what_a_batch_would_accept_and_strict_refuses_is_refused() {
    let honest = || envelope::claims(&sign(vec![1; 50], PayloadType::Json, &[&signing_key(1)])).unwrap();
    // R of small order and s = 0 under a weak key, and R of small order under an honest one.
    for (weak, sign) in WEAK_KEYS.iter().flat_map(|weak| [(weak, 0), (weak, 0x80)]) {
        let mut point: [u8; 32] = hex::decode(weak).unwrap().try_into().unwrap();
        point[31] |= sign;
        let mut forged = [0; 64];
        forged[..32].copy_from_slice(&point);
        for (key, problem) in [
            (PublicKey(point), SignatureProblem::WeakKey),
            (public_key(&signing_key(2)), SignatureProblem::Wrong),
        ] {
            let bad = Claims { message: b"anything".to_vec(), signatures: vec![(key, forged)] };
            assert_eq!(bad.verify(), Err((key, problem)), "{weak}");
            assert_eq!(verify_many(&[honest(), bad, honest()]), Err((1, key, problem)), "{weak}");
        }
    }
    // s beyond the group's order: the same number in another spelling.
    let mut claims = [honest(), honest()];
    let s = &mut claims[1].signatures[0].1[32..];
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let mut carry = 0;
    for (byte, add) in s.iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    let key = public_key(&signing_key(1));
    assert_eq!(verify_many(&claims), Err((1, key, SignatureProblem::Wrong)));
}

#[test]
fn one_verifier_serves_batch_after_batch() {
    let mut many = ManyVerifier::new();
    for round in 0..20 {
        let payload = vec![round; 50];
        let keys = [&signing_key(1), &signing_key(round % 3 + 2)];
        let mut claims =
            vec![envelope::claims(&sign(payload, PayloadType::Protobuf, &keys)).unwrap(); usize::from(round)];
        assert_eq!(many.verify(&claims), Ok(()));
        if let Some(last) = claims.last_mut() {
            last.message.push(0);
            let wrong = (claims.len() - 1, public_key(&signing_key(1)), SignatureProblem::Wrong);
            assert_eq!(many.verify(&claims), Err(wrong));
        }
    }
}

#[test]
fn the_json_form_reads_back_in_one_spelling() {
    let text = envelope_to_json(&signed());
    assert_eq!(envelope_from_json(text.as_bytes()), Ok(signed()));

    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        envelope_from_json(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string()
    };
    let key = hex::encode(public_key(&signing_key(2)).0);
    assert_eq!(refused(&key, &key.to_uppercase()), "signatures[1].keyid: wants lowercase hexadecimal");
    assert_eq!(refused("==\"", "\""), "signatures[0].sig: wants base64 with padding");
    assert_eq!(refused("\"payload\":\"", "\"payload\":\"*"), "payload: wants base64 with padding");
    assert!(refused("\"sig\":", "\"note\":1,\"sig\":").starts_with("signatures[0].note: unknown field"));
    assert!(refused("{\"payload\":", "{\"payload\":\"\",\"payload\":").starts_with("payload: duplicate"));
    assert!(refused("\"payloadType\"", "\"payload_type\"").contains("unknown field"));
}
