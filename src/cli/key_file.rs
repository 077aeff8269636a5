//! Signing keys in files: PKCS#8 PEM, Ed25519, readable by their owner only.
//!
//! A key file is never overwritten: whoever loses a key loses a voice. What a key may sign, the bank says.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::bank::ids::PublicKey;
use crate::engine::HomeError;
use crate::engine::home::{KEY_FILE_BYTES_MAX, read_key, write_key};
use crate::wire::signature::public_key;

/// Draws a new key.
///
/// # Errors
///
/// The machine has no randomness to give.
pub fn generate() -> Result<SigningKey, Failure> {
    Ok(SigningKey::from_bytes(&*random()?))
}

/// 32 random bytes.
///
/// # Errors
///
/// The machine has no randomness to give.
pub fn random() -> Result<Zeroizing<[u8; 32]>, Failure> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| {
        Failure::failed(format!("取不到随机数：{error}"), format!("no randomness: {error}"))
    })?;
    Ok(bytes)
}

/// Writes a new key file, durably, mode 0600.
///
/// # Errors
///
/// The file exists, or cannot be written.
pub fn create(path: &Path, key: &SigningKey) -> Result<(), Failure> {
    write_key(path, key).map_err(|error| match error {
        HomeError::Io { source, .. } => not_created(path, source),
        other => Failure::writing(path, other),
    })
}

/// Writes a new file that only its owner may read, durably.
///
/// # Errors
///
/// The file exists, or cannot be written.
pub fn create_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let opened = File::options().write(true).create_new(true).mode(0o600).open(path);
    let mut file = opened.map_err(|error| not_created(path, error))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| Failure::writing(path, error))
}

fn not_created(path: &Path, error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(
            format!("{} 已经有了，不会覆盖。请换一个文件名。", path.display()),
            format!("{} exists and is not overwritten; choose another name", path.display()),
        ),
        _ => Failure::writing(path, error),
    }
}

/// Reads a signing key. Says on stderr when others than its owner may read the file too.
///
/// # Errors
///
/// The file cannot be read or is not an Ed25519 key in PKCS#8 PEM.
pub fn load(path: &Path) -> Result<SigningKey, Failure> {
    let key = read_key(path).map_err(|error| match error {
        HomeError::Io { source, .. } => Failure::reading(path, source),
        _ => Failure::malformed(
            path,
            "不是 Ed25519 私钥（PKCS#8 PEM）",
            "not an Ed25519 private key in PKCS#8 PEM",
        ),
    })?;
    if is_readable_by_others(path) {
        eprintln!(
            "注意：密钥文件 {path} 别人也能读，请执行 chmod 600 {path} (key file readable by others)",
            path = path.display()
        );
    }
    Ok(key)
}

/// A public key as people give it: 64 hexadecimal digits, or a PEM file with a public or a private key.
///
/// # Errors
///
/// It is none of these.
pub fn public(text: &str) -> Result<PublicKey, Failure> {
    let mut bytes = [0; 32];
    if text.len() == 64 && hex::decode_to_slice(text, &mut bytes).is_ok() {
        return Ok(PublicKey(bytes));
    }
    let path = Path::new(text);
    let pem = Zeroizing::new(read_small(path)?);
    if let Ok(key) = VerifyingKey::from_public_key_pem(&pem) {
        return Ok(PublicKey(key.to_bytes()));
    }
    SigningKey::from_pkcs8_pem(&pem).map(|key| public_key(&key)).map_err(|_| {
        Failure::malformed(
            path,
            "不是 Ed25519 密钥（PEM）；也可以直接写 64 位十六进制公钥",
            "not an Ed25519 key in PEM; 64 hexadecimal digits of a public key do as well",
        )
    })
}

fn read_small(path: &Path) -> Result<String, Failure> {
    let size = fs::metadata(path).map_err(|error| Failure::reading(path, error))?.len();
    if size > KEY_FILE_BYTES_MAX {
        return Err(Failure::malformed(path, "太大，不像密钥", "too large for a key"));
    }
    fs::read_to_string(path).map_err(|error| Failure::reading(path, error))
}

fn is_readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}
