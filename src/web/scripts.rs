//! The scripts of pages that sign, served from memory under one path that holds the hash of them all: modules
//! import each other by relative names, may be kept for ever, and never meet a module of another version.
//!
//! They are plain modules as they lie in `assets/js`; nothing is bundled and nothing comes from another host.
//! What is not ours lies in `vendor` with its licence, its version and its SHA-256.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Response;

use super::answer::{self, Trouble};
use super::stylesheet::kept;

macro_rules! scripts {
    ($($name:literal),* $(,)?) => {
        /// Name and text, by name.
        const SCRIPTS: &[(&str, &str)] = &[$(($name, include_str!(concat!("assets/js/", $name)))),*];
    };
}

scripts![
    "ask.js",
    "blake3.js",
    "budget.js",
    "bytes.js",
    "card.js",
    "cards.js",
    "catalogue.js",
    "command.js",
    "committee.js",
    "countersign.js",
    "declare.js",
    "desk.js",
    "entry.js",
    "fields.js",
    "foresee.js",
    "import.js",
    "join.js",
    "keys.js",
    "language.js",
    "liaison.js",
    "list.js",
    "object.js",
    "officer.js",
    "outbox.js",
    "photo.js",
    "plan.js",
    "publicity.js",
    "qr-picture.js",
    "roles.js",
    "rulings.js",
    "say.js",
    "scan.js",
    "session.js",
    "sign-in.js",
    "signing.js",
    "store.js",
    "suggest.js",
    "suggestions.js",
    "supervisor.js",
    "text.js",
    "till.js",
    "tree.js",
    "verify.js",
    "vendor/noble-ed25519.js",
    "vendor/qr/decode.js",
    "vendor/qr/index.js",
];

/// First 64 bits of the BLAKE3 hash over all names and texts, each with its length.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    for part in SCRIPTS.iter().flat_map(|(name, text)| [name, text]) {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex().as_str()[..16].to_owned()
});

/// Where pages find their scripts, without a slash at the end.
pub(super) fn base() -> String {
    format!("/js/{}", *HASH)
}

/// `GET /js/{hash}/{name}`.
pub(super) async fn script(path: Result<Path<(String, String)>, PathRejection>) -> Response {
    let found = path.ok().filter(|Path((hash, _))| *hash == *HASH);
    let found = found.and_then(|Path((_, name))| SCRIPTS.iter().find(|(known, _)| *known == name));
    match found {
        Some((_, text)) => kept("text/javascript; charset=utf-8", text),
        None => answer::trouble(Trouble::NoSuchPage),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use sha2::{Digest, Sha256};

    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/assets/js")
    }

    #[test]
    fn every_module_is_served_and_imports_only_what_is_served() {
        let mut there = BTreeSet::new();
        for (of, prefix) in
            [(folder(), ""), (folder().join("vendor"), "vendor/"), (folder().join("vendor/qr"), "vendor/qr/")]
        {
            for entry in std::fs::read_dir(of).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".js") {
                    there.insert(format!("{prefix}{name}"));
                }
            }
        }
        let served: BTreeSet<String> = SCRIPTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(there, served);
        let mut imports = 0;
        for (name, text) in SCRIPTS.iter().filter(|(name, _)| !name.starts_with("vendor/")) {
            for quoted in text.split(['\'', '"']).filter(|word| word.starts_with("./")) {
                imports += 1;
                assert!(served.contains(&quoted[2..]), "{name} imports {quoted}");
            }
            for forbidden in ["eval(", "innerHTML", "outerHTML", "document.write", "http://", "https://"] {
                assert!(!text.contains(forbidden), "{forbidden} in {name}");
            }
        }
        assert!(imports > 10, "only {imports} imports were found");
    }

    #[test]
    fn what_is_not_ours_is_what_its_manifest_says() {
        let manifest = std::fs::read_to_string(folder().join("vendor/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let listed = manifest.as_array().unwrap();
        let vendored = SCRIPTS.iter().filter(|(name, _)| name.starts_with("vendor/"));
        assert_eq!(vendored.clone().count(), listed.len());
        for (name, text) in vendored {
            let file = name.trim_start_matches("vendor/");
            let one = listed.iter().find(|one| one["file"] == file).expect("a line for each file");
            assert_eq!(one["sha256"], hex::encode(Sha256::digest(text.as_bytes())), "{name}");
            for field in ["package", "version", "license", "source"] {
                assert!(one[field].as_str().is_some_and(|text| !text.is_empty()), "{name}: {field}");
            }
            let licence = folder().join("vendor").join(one["license_file"].as_str().unwrap());
            let licence = std::fs::read_to_string(licence).unwrap();
            assert!(licence.contains("Copyright (c)") && licence.contains("Permission is hereby granted"));
        }
    }
}
