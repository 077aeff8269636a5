//! The scripts by themselves: their spellings and signatures are those of the bank.

use serde_json::{Value, json};

use super::{Browser, DESKTOP, Kind};
use crate::it::web::village::Village;

/// Runs the body of a module that may import from `base`.
async fn module(browser: &Browser, body: &str) -> Value {
    let script = format!(
        "const base = document.querySelector('script[type=module]').src.replace(/\\/[^\\/]*$/, ''); \
         return (async () => {{ {body} }})()"
    );
    browser.script(&script, Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_spelled_as_the_bank_spells_them() {
    let village = Village::open().await;
    let Some(browser) = Browser::start(&village, Kind::Today, DESKTOP).await else { return };
    browser.open("/sign-in").await;
    let body = "const b = await import(base + '/bytes.js'); \
        const bytes = Uint8Array.of(251, 239, 190, 255); \
        const bad = (act) => { try { act(); return false; } catch (error) { return true; } }; \
        return [b.toBase64(bytes), b.toBase64Url(bytes), b.toHex(bytes), \
            b.toHex(b.fromBase64('++++/w==')), b.toHex(b.fromBase64Url('----_w')), b.toHex(b.toUtf8('村')), \
            bad(() => b.fromBase64('++++/x==')), bad(() => b.fromBase64Url('----_w==')), bad(() => b.fromHex('FF')), \
            bad(() => b.fromHex('abc'))]";
    let said = module(&browser, body).await;
    let wanted =
        json!(["++++/w==", "----_w", "fbefbeff", "fbefbeff", "fbefbeff", "e69d91", true, true, true, true]);
    assert_eq!(said, wanted);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_to_sign_fit_what_the_bank_verifies() {
    let village = Village::open().await;
    for (kind, pin) in [(Kind::Today, ""), (Kind::Old, "274619")] {
        let Some(browser) = Browser::start(&village, kind, DESKTOP).await else { return };
        browser.open("/sign-in").await;
        let body = format!(
            "const [b, c, k] = await Promise.all(['bytes', 'command', 'keys'].map((one) => import(`${{base}}/${{one}}.js`))); \
             const key = await k.make('{pin}'); \
             const text = c.text({{ withdraw: {{ declaration: '7' }} }}); \
             const envelope = await c.envelope(text, [k.signer(key, '{pin}')]); \
             const seed = await k.fromSeed(b.fromHex('{seed}')); \
             return [JSON.stringify(envelope), key.kind, b.toHex(await seed.sign(b.toUtf8('abc')))]",
            seed = "11".repeat(32),
        );
        let said = module(&browser, &body).await;
        let envelope = said[0].as_str().expect("an envelope");
        let envelope = civbank::wire::envelope_from_json(envelope.as_bytes()).expect("DSSE");
        let checked = civbank::wire::check(envelope).expect("a command whose signature holds");
        assert_eq!(checked.command.origin, village.engine.origin());
        assert!(checked.command.not_after > village.engine.now());
        assert_eq!(said[1], if kind == Kind::Old { "wrapped" } else { "native" });
        let fixed = ed25519_dalek::SigningKey::from_bytes(&[0x11; 32]);
        let fixed = ed25519_dalek::Signer::sign(&fixed, b"abc").to_bytes();
        assert_eq!(said[2], hex::encode(fixed), "a seed signs as it does here");
        browser.finish().await;
    }
}
