//! Bytes that must never change: what is written today is read in ten years, and by other programs.
//!
//! A failure here means that the format changed. Do not edit the constants; ask what broke.

use civbank::wire::{Entry, PayloadType, decode_command, encode_command, encode_command_json};

use super::entries::redemption;
use super::envelopes::signed;
use super::samples;

const PAYLOAD: &str = concat!(
    "0a1463697662616e6b2e6578616d706c652f6d61706f1210019aa3105c00700180020304050607081a0b0880",
    "dd81d80610c0a9d33aa202360a123337303832393139393230312d3030303031120b0a03656767101e180220",
    "0112110a0973616c742d343030671001180120051823",
);
const JSON: &str = concat!(
    r#"{"origin":"civbank.example/mapo","requestId":"AZqjEFwAcAGAAgMEBQYHCA==","#,
    r#""notAfter":"2026-11-20T16:00:00.123+00:00","redeem":{"household":"370829199201-00001","#,
    r#""lines":[{"sku":"egg","quantity":30,"priceVersion":2,"points":1},"#,
    r#"{"sku":"salt-400g","quantity":1,"priceVersion":1,"points":5}],"total":35}}"#,
);
const SIGNATURES: [&str; 2] = [
    concat!(
        "d20253fa8d8aae719c415492097c32e30d752e4640bc726677397a68d32337aa",
        "535e0b56ed4a5702bd7bc459bdd10aaf7597e92f519cdd09345a4e0a5bece702",
    ),
    concat!(
        "0bc3a95ef1f1a802517eca63d1c8a37df8874e1c1a2aea4aa1cf68a551215f27",
        "621aab685c3ccfde38836e0d3a0d4fe618ef921464d296c63de66e060dd9fd09",
    ),
];
const ENTRY: &str = concat!(
    "08d3fa04122007070707070707070707070707070707070707070707070707070707070707071898c0becd9f",
    "3422e9020a6e0a1463697662616e6b2e6578616d706c652f6d61706f1210019aa3105c007001800203040506",
    "07081a0b0880dd81d80610c0a9d33aa202360a123337303832393139393230312d3030303031120b0a036567",
    "67101e1802200112110a0973616c742d343030671001180120051823122b6170706c69636174696f6e2f766e",
    "642e63697662616e6b2e636f6d6d616e642e76312b70726f746f6275661a640a208a88e3dd7409f195fd52db",
    "2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c1240d20253fa8d8aae719c415492097c32e30d752e4640",
    "bc726677397a68d32337aa535e0b56ed4a5702bd7bc459bdd10aaf7597e92f519cdd09345a4e0a5bece7021a",
    "640a208139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b39412400bc3a95ef1f1a8",
    "02517eca63d1c8a37df8874e1c1a2aea4aa1cf68a551215f27621aab685c3ccfde38836e0d3a0d4fe618ef92",
    "1464d296c63de66e060dd9fd0932ff010a2b0a1c686f757365686f6c642f3337303832393139393230312d30",
    "303030311001184520c404280e30d2fa040a260a1572656465656d65642f3337303832393139393230311001",
    "184620e6d90e28861230d2fa04121dca011a0a123337303832393139393230312d3030303031108ebe011845",
    "121bea01180a0c3337303832393139393230311203656767183b20e6061220ea011d0a0c3337303832393139",
    "39323031120973616c742d343030671801202c124af201470a123337303832393139393230312d3030303031",
    "120f3337303832393139393230312d74311a0b0a03656767101e180220011a110a0973616c742d3430306710",
    "01180120052023",
);

const INVITE: &str = concat!(
    "0a1463697662616e6b2e6578616d706c652f6d61706f1210019aa3105c00700180020304050607081a0b0880",
    "dd81d80610c0a9d33aba02520a20010101010101010101010101010101010101010101010101010101010101",
    "010112143337303832393139393230312d30303030312d32220a323032362d31312d32302a0c0880d2a6d806",
    "108084b8d901",
);
const INVITE_JSON: &str = concat!(
    r#"{"origin":"civbank.example/mapo","requestId":"AZqjEFwAcAGAAgMEBQYHCA==","#,
    r#""notAfter":"2026-11-20T16:00:00.123+00:00","invite":{"#,
    r#""invitationKey":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","keyValidUntil":"2026-11-20","#,
    r#""expireTime":"2026-11-27T16:00:00.456+00:00","person":"370829199201-00001-2"}}"#,
);
const ACCEPT: &str = concat!(
    "0a1463697662616e6b2e6578616d706c652f6d61706f1210019aa3105c00700180020304050607081a0b0880",
    "dd81d80610c0a9d33ac202440a20010101010101010101010101010101010101010101010101010101010101",
    "010112200202020202020202020202020202020202020202020202020202020202020202",
);
const ACCEPT_JSON: &str = concat!(
    r#"{"origin":"civbank.example/mapo","requestId":"AZqjEFwAcAGAAgMEBQYHCA==","#,
    r#""notAfter":"2026-11-20T16:00:00.123+00:00","acceptInvitation":{"#,
    r#""invitationKey":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","#,
    r#""publicKey":"AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI="}}"#,
);

#[test]
fn an_invitation_and_its_acceptance_keep_their_bytes() {
    for (body, bytes, json) in
        [(samples::invite(), INVITE, INVITE_JSON), (samples::accept(), ACCEPT, ACCEPT_JSON)]
    {
        let command = samples::command(body);
        assert_eq!(encode_command_json(&command), json);
        assert_eq!(hex::encode(encode_command(&command)), bytes);
        // A browser writes UTC as "Z"; that is another text and the same command.
        let browsers = json.replace("+00:00", "Z");
        assert_ne!(browsers, json);
        assert_eq!(decode_command(PayloadType::Json, browsers.as_bytes()), Ok(command));
    }
}

/// What comes before the body in each of these.
const HEAD: &str = concat!(
    "0a1463697662616e6b2e6578616d706c652f6d61706f1210019aa3105c00700180020304050607081a0b0880",
    "dd81d80610c0a9d33a",
);
const HEAD_JSON: &str = concat!(
    r#"{"origin":"civbank.example/mapo","requestId":"AZqjEFwAcAGAAgMEBQYHCA==","#,
    r#""notAfter":"2026-11-20T16:00:00.123+00:00","#,
);

#[test]
fn what_a_village_shows_and_hears_keeps_its_bytes() {
    let cases = [
        (
            samples::publicity(),
            "d202160a123337303832393139393230312d30303030311001",
            r#""setPublicity":{"household":"370829199201-00001","standings":true}}"#,
        ),
        (
            samples::suggestion(),
            concat!(
                "da02300a0c3337303832393139393230311220",
                "0404040404040404040404040404040404040404040404040404040404040404",
            ),
            concat!(
                r#""suggest":{"branch":"370829199201","#,
                r#""document":"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="}}"#,
            ),
        ),
        (
            samples::answer(),
            "e20224082812200505050505050505050505050505050505050505050505050505050505050505",
            concat!(
                r#""answerSuggestion":{"suggestion":"40","#,
                r#""document":"BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU="}}"#,
            ),
        ),
    ];
    for (body, bytes, json) in cases {
        let command = samples::command(body);
        assert_eq!(encode_command_json(&command), format!("{HEAD_JSON}{json}"));
        assert_eq!(hex::encode(encode_command(&command)), format!("{HEAD}{bytes}"));
        let written = format!("{HEAD_JSON}{json}");
        assert_eq!(decode_command(PayloadType::Json, written.as_bytes()), Ok(command));
    }
}

#[test]
fn a_command_keeps_its_bytes() {
    let command = samples::command(samples::redeem());
    assert_eq!(hex::encode(encode_command(&command)), PAYLOAD);
    assert_eq!(encode_command_json(&command), JSON);
}

#[test]
fn the_signatures_of_fixed_keys_keep_their_bytes() {
    // The keys' seeds are 32 bytes of 1 and 32 bytes of 2.
    let found: Vec<_> = signed().signatures.iter().map(|s| hex::encode(&s.signature)).collect();
    assert_eq!(found, SIGNATURES);
}

#[test]
fn an_entry_keeps_its_bytes() {
    let entry = redemption(PayloadType::Protobuf);
    assert_eq!(hex::encode(entry.encode()), ENTRY);
    assert_eq!(Entry::decode(&hex::decode(ENTRY).unwrap()), Ok(entry));
}
