//! JSON commands: what a phone signs is text, and text has more ways to mean two things.

use civbank::bank::command::Body;
use civbank::wire::{PayloadType, decode_command, encode_command_json};

use super::samples;

/// `{"origin":"civbank.example/mapo","requestId":…,"notAfter":…,"redeem":{"household":…,"lines":[{…},{…}],"total":35}}`
fn good() -> String {
    encode_command_json(&samples::command(samples::redeem()))
}

fn decode(text: &str) -> Result<civbank::bank::command::Command, String> {
    decode_command(PayloadType::Json, text.as_bytes()).map_err(|error| error.to_string())
}

/// Replaces the first `from` in a good text and expects an error that begins like this.
fn check(from: &str, to: &str, error: &str) {
    let good = good();
    assert!(good.contains(from), "{from} is not in {good}");
    let bad = good.replacen(from, to, 1);
    let found = decode(&bad).expect_err(&bad);
    assert!(found.starts_with(error), "{bad}\n  {found}\n  {error}");
}

#[test]
#[rustfmt::skip]
fn what_json_could_hide_is_refused_by_name() {
    // Fields that nobody defined, on top and nested.
    check("{\"origin\"", "{\"colour\":1,\"origin\"", "colour: unknown field `colour`");
    check("{\"household\"", "{\"colour\":{\"a\":[1]},\"household\"", "redeem.colour: unknown field `colour`");
    check("\"priceVersion\":1", "\"priceVersion\":1,\"colour\":1", "redeem.lines[1].colour: unknown field `colour`");
    // Names given twice.
    check("{\"origin\"", "{\"origin\":\"x\",\"origin\"", "origin: wants one value; the name is given twice");
    check("\"total\":35", "\"total\":3,\"total\":35", "redeem.total: wants one value; the name is given twice");
    check("\"quantity\":30", "\"quantity\":30,\"quantity\":30", "redeem.lines[0].quantity: wants one value; the name is given twice");
    check("\"priceVersion\":2", "\"priceVersion\":2,\"price_version\":2", "redeem.lines[0].price_version: duplicate field");
    check("\"total\":35", "\"total\":3,\"t\\u006ftal\":35", "redeem.total: wants one value; the name is given twice");
    // Two bodies.
    check("\"redeem\"", "\"withdraw\":{\"declaration\":\"7\"},\"redeem\"", "redeem: duplicate field");
    // Nothing, under a name.
    check("\"redeem\"", "\"withdraw\":null,\"redeem\"", "withdraw: wants a value, not null");
    check("\"total\":35", "\"total\":null", "redeem.total: wants a value, not null");
    // Numbers that are none of a quantity.
    check("\"total\":35", "\"total\":35.0", "redeem.total: wants a whole number");
    check("\"total\":35", "\"total\":3.5e1", "redeem.total: wants a whole number");
    check("\"total\":35", "\"total\":-35", "redeem.total: wants a whole number in its type's range");
    check("\"total\":35", "\"total\":4294967331", "redeem.total: wants a whole number in its type's range");
    check("\"total\":35", "\"total\":true", "redeem.total: wants a whole number in its type's range");
    check("\"total\":35", "\"total\":\"\"", "redeem.total: ");
    check("\"quantity\":30", "\"quantity\":[30]", "redeem.lines[0].quantity: wants a whole number in its type's range");
    check("\"household\":\"370829199201-00001\"", "\"household\":370829199201", "redeem.household: invalid type");
    check("\"lines\":[{", "\"lines\":[7,{", "redeem.lines[0]: invalid type");
    // Values that are right as JSON and wrong as a command.
    check("\"total\":35", "\"total\":0", "redeem.total: is 0, outside of 1 to 2000000000");
    check("\"requestId\":\"", "\"requestId\":\"AAAA", "request_id: has 19 bytes instead of 16");
    check("\"requestId\":\"", "\"requestId\":\"*", "requestId: ");
    check("\"notAfter\":\"2", "\"notAfter\":\"x", "notAfter: ");
    check("\"redeem\"", "\"redeam\"", "redeam: unknown field `redeam`");
}

#[test]
fn words_are_known_by_name() {
    let command = samples::command(samples::bodies().remove(6));
    assert!(matches!(command.body, Body::RevokeKey { .. }));
    let text = encode_command_json(&command);
    let stolen = "REVOCATION_GROUND_STOLEN";
    assert!(text.contains(stolen));
    assert_eq!(decode(&text), Ok(command.clone()));
    assert_eq!(decode(&text.replace(&format!("\"{stolen}\""), "2")), Ok(command));
    let sold = decode(&text.replace(stolen, "SOLD")).unwrap_err();
    assert!(sold.starts_with("revokeKey.ground: unknown variant `SOLD`"), "{sold}");
    let number = decode(&text.replace(&format!("\"{stolen}\""), "9")).unwrap_err();
    assert!(number.starts_with("revokeKey.ground: "), "{number}");
    let unset = decode(&text.replace(stolen, "REVOCATION_GROUND_UNSPECIFIED")).unwrap_err();
    assert_eq!(unset, "revoke_key.ground: is missing");
}

#[test]
fn only_one_json_object_and_nothing_around_it() {
    for (text, error) in [
        ("", "payload: EOF"),
        ("null", "payload: wants a value, not null"),
        ("[]", "payload: invalid type: sequence"),
        ("\"redeem\"", "payload: invalid type: string"),
        ("{}", "origin: is missing"),
        ("{}{}", "payload: trailing characters"),
        ("{} x", "payload: trailing characters"),
        ("\u{feff}{}", "payload: expected value"),
        ("{'a':1}", "payload: key must be a string"),
        ("{\"origin\":\"\u{1}\"}", "origin: control character"),
    ] {
        let found = decode(text).expect_err(text);
        assert!(found.starts_with(error), "{text}: {found}");
    }
    let not_utf8 = decode_command(PayloadType::Json, b"{\"origin\":\"\xff\"}").unwrap_err();
    assert!(not_utf8.to_string().starts_with("origin: "), "{not_utf8}");
    let deep = "[".repeat(10_000);
    assert!(decode(&deep).unwrap_err().contains("recursion limit"));
}

#[test]
fn an_error_repeats_little_of_what_was_sent() {
    let long = "x".repeat(40_000);
    let unknown = decode(&format!("{{\"{long}\":1}}")).unwrap_err();
    assert!(unknown.len() < 400, "{} bytes", unknown.len());
    let twice = decode(&format!("{{\"{long}\":1,\"{long}\":1}}")).unwrap_err();
    assert!(twice.len() < 400, "{} bytes", twice.len());
}

#[test]
fn white_space_and_the_order_of_names_are_the_clients() {
    let text = "\n{ \"withdraw\" : { \"declaration\" : 7 },\r\n\t\"notAfter\":\"2026-11-21T00:00:00.123+08:00\", \
                \"request_id\":\"AZqjEFwAcAGAAgMEBQYHCA\", \"origin\":\"civbank.example/mapo\" }\n";
    let command = samples::command(Body::Withdraw { declaration: 7 });
    assert_eq!(decode(text), Ok(command));
}
