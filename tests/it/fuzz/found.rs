//! What fuzzing found, input by input; each is tried again in every run before anything new.

/// A target's name, and what makes the input that it once failed on.
type Case = (&'static str, fn() -> Vec<u8>);

pub const CASES: &[Case] = &[("key-file", key_after_much_else)];

/// The log's key was read from a file of any length; a public key was not, so that the two readers disagreed.
fn key_after_much_else() -> Vec<u8> {
    let key = concat!(
        "-----BEGIN PRIVATE KEY-----\n",
        "MFECAQEwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n",
        "gSEA6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\n",
        "-----END PRIVATE KEY-----\n",
    );
    [&b"\n".repeat(100_000)[..], key.as_bytes()].concat()
}
