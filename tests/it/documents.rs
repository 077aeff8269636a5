//! Documents from outside: put, get, erase, crash leftovers, damage and commitments.

pub mod cut_disk;
mod power;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use civbank::documents::{
    Address, Commitment, DocumentError, DocumentKind, Documents, SALT_SIZE, commit, open_sealed, seal,
};

fn open(dir: &Path) -> Documents {
    Documents::open(dir).expect("the documents open")
}

/// Where the format says that a document lies.
fn file_of(dir: &Path, address: Address) -> PathBuf {
    let name = address.to_string();
    dir.join(&name[..2]).join(name)
}

/// All files below a directory.
fn files_below(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn every_kind_is_found_as_it_was_put() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("some/where/documents");
    let documents = open(&dir);
    let mut put = Vec::new();
    for kind in DocumentKind::ALL {
        for bytes in [Vec::new(), vec![0], b"Wang Xiulan, group 3".to_vec(), vec![0xff; 512]] {
            let address = documents.put(kind, &bytes).unwrap();
            assert_eq!(address, documents.address_of(kind, &bytes));
            assert!(documents.exists(address).unwrap());
            put.push((address, kind, bytes));
        }
    }
    drop(documents);
    let documents = open(&dir);
    for (address, kind, bytes) in put {
        assert_eq!(documents.get(address).unwrap(), Some((kind, bytes)));
    }
}

#[test]
fn the_address_and_the_file_are_as_documented() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let address = documents.put(DocumentKind::Text, b"swept the lane").unwrap();
    let wanted = blake3::derive_key("civbank 2026 document v1", b"\x03swept the lane");
    assert_eq!(*address.as_bytes(), wanted);
    assert_eq!(Address::from_bytes(wanted), address);
    let bytes = fs::read(file_of(home.path(), address)).unwrap();
    assert_eq!(bytes, b"CIVDOC\x01\x03swept the lane");
}

#[test]
fn only_the_owner_may_read_the_files() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("documents");
    let address = open(&dir).put(DocumentKind::Identity, b"Li Na").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file_of(&dir, address)), 0o600);
    assert_eq!(mode(&dir), 0o700);
}

#[test]
fn the_same_bytes_of_two_kinds_are_two_documents() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let addresses = DocumentKind::ALL.map(|kind| documents.put(kind, b"same").unwrap());
    for (place, address) in addresses.iter().enumerate() {
        assert!(!addresses[..place].contains(address), "two kinds share an address");
    }
    assert!(documents.erase(addresses[0]).unwrap());
    assert_eq!(documents.get(addresses[0]).unwrap(), None);
    let text = documents.get(addresses[2]).unwrap();
    assert_eq!(text, Some((DocumentKind::Text, b"same".to_vec())));
}

#[test]
fn putting_again_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let first = documents.put(DocumentKind::Photo, b"before").unwrap();
    let written = fs::metadata(file_of(home.path(), first)).unwrap().modified().unwrap();
    assert_eq!(documents.put(DocumentKind::Photo, b"before").unwrap(), first);
    assert_eq!(files_below(home.path()), [file_of(home.path(), first)]);
    let after = fs::metadata(file_of(home.path(), first)).unwrap().modified().unwrap();
    assert_eq!(after, written);
}

#[test]
fn each_kind_has_its_limit() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    for (kind, limit) in [
        (DocumentKind::Photo, 4 * 1024 * 1024),
        (DocumentKind::Identity, 16 * 1024),
        (DocumentKind::Text, 16 * 1024),
        (DocumentKind::PinHash, 512),
        (DocumentKind::Record, 4 * 1024 * 1024),
    ] {
        assert_eq!(kind.size_max(), limit);
        let bytes = vec![7; limit + 1];
        match documents.put(kind, &bytes) {
            Err(DocumentError::TooLarge { kind: told, size, size_max }) => {
                assert_eq!((told, size, size_max), (kind, limit + 1, limit));
            }
            other => panic!("{kind:?} over its limit: {other:?}"),
        }
        assert!(!documents.exists(documents.address_of(kind, &bytes)).unwrap());
        let address = documents.put(kind, &bytes[1..]).unwrap();
        assert_eq!(documents.get(address).unwrap(), Some((kind, bytes[1..].to_vec())));
    }
}

#[test]
fn an_erased_document_is_gone_and_may_be_put_again() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let address = documents.address_of(DocumentKind::Identity, b"Li Na");
    assert!(!documents.erase(address).unwrap(), "there was nothing to erase");
    for _ in 0..2 {
        assert_eq!(documents.put(DocumentKind::Identity, b"Li Na").unwrap(), address);
        assert!(documents.exists(address).unwrap());
        assert!(documents.erase(address).unwrap());
        assert!(!documents.erase(address).unwrap());
        assert!(!documents.exists(address).unwrap());
        assert_eq!(documents.get(address).unwrap(), None);
        assert_eq!(files_below(home.path()), Vec::<PathBuf>::new());
    }
    assert_eq!(open(home.path()).get(address).unwrap(), None);
}

/// A file that holds `remains` instead of the document must be refused by its address.
fn check_damaged(documents: &Documents, file: &Path, remains: &[u8], bytes: &[u8], what: &str) {
    let address = documents.address_of(DocumentKind::PinHash, bytes);
    fs::write(file, remains).unwrap();
    match documents.get(address) {
        Err(error @ DocumentError::Damaged { address: told, .. }) => {
            assert_eq!(told, address);
            assert!(error.to_string().contains(&address.to_string()));
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn a_damaged_document_is_never_served() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let bytes = b"$argon2id$v=19$...";
    let address = documents.put(DocumentKind::PinHash, bytes).unwrap();
    let file = file_of(home.path(), address);
    let good = fs::read(&file).unwrap();

    for place in 0..good.len() {
        for bit in 0..8 {
            let mut remains = good.clone();
            remains[place] ^= 1 << bit;
            check_damaged(&documents, &file, &remains, bytes, &format!("bit {bit} of {place}"));
        }
    }
    for size in 0..good.len() {
        check_damaged(&documents, &file, &good[..size], bytes, &format!("cut at {size}"));
    }
    let longer = [&good[..], &[0]].concat();
    check_damaged(&documents, &file, &longer, bytes, "a byte more");
    let huge = [&good[..8], &vec![0; 5 << 20][..]].concat();
    check_damaged(&documents, &file, &huge, bytes, "five megabytes more");

    assert!(documents.exists(address).unwrap());
    assert_eq!(documents.put(DocumentKind::PinHash, bytes).unwrap(), address);
    assert_eq!(fs::read(&file).unwrap(), good, "a put repairs the file");
    assert_eq!(documents.get(address).unwrap(), Some((DocumentKind::PinHash, bytes.to_vec())));

    check_damaged(&documents, &file, b"", bytes, "empty");
    assert!(documents.erase(address).unwrap(), "a damaged document can be erased");
    assert_eq!(documents.get(address).unwrap(), None);
}

#[test]
fn another_documents_file_is_not_served() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let mine = documents.put(DocumentKind::Text, b"mine").unwrap();
    let yours = documents.put(DocumentKind::Text, b"yours").unwrap();
    fs::copy(file_of(home.path(), yours), file_of(home.path(), mine)).unwrap();
    assert!(matches!(
        documents.get(mine),
        Err(DocumentError::Damaged { address, .. }) if address == mine
    ));
    assert_eq!(documents.get(yours).unwrap(), Some((DocumentKind::Text, b"yours".to_vec())));
}

#[test]
fn what_a_crash_left_unfinished_is_removed() {
    let home = tempfile::tempdir().unwrap();
    let kept = open(home.path()).put(DocumentKind::Photo, b"kept").unwrap();
    let unfinished = home.path().join("unfinished");
    for (name, bytes) in [("0123", &b""[..]), ("4567", b"CIVDOC\x01"), ("89ab", b"CIVDOC\x01\x01x")] {
        fs::write(unfinished.join(name), bytes).unwrap();
    }
    let documents = open(home.path());
    assert_eq!(files_below(home.path()), [file_of(home.path(), kept)]);
    assert_eq!(documents.get(kept).unwrap(), Some((DocumentKind::Photo, b"kept".to_vec())));
}

#[test]
fn a_put_that_fails_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let address = documents.address_of(DocumentKind::Text, b"swept the lane");
    let shelf = file_of(home.path(), address).parent().unwrap().to_owned();
    fs::remove_dir(&shelf).unwrap();
    match documents.put(DocumentKind::Text, b"swept the lane") {
        Err(DocumentError::Io { doing, path, .. }) => {
            assert_eq!((doing, path), ("rename to", file_of(home.path(), address)));
        }
        other => panic!("put without a shelf: {other:?}"),
    }
    assert_eq!(files_below(home.path()), Vec::<PathBuf>::new());
    let documents = open(home.path());
    assert_eq!(documents.put(DocumentKind::Text, b"swept the lane").unwrap(), address);
}

#[test]
fn many_may_put_get_and_erase_at_once() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    let barrier = Barrier::new(8);
    let bytes = vec![0x5a; 100_000];
    let wanted = documents.address_of(DocumentKind::Photo, &bytes);
    thread::scope(|scope| {
        for number in 0..8u8 {
            let (documents, barrier, bytes) = (&documents, &barrier, &bytes);
            scope.spawn(move || {
                barrier.wait();
                for round in 0..10u8 {
                    let address = documents.put(DocumentKind::Photo, bytes).unwrap();
                    assert_eq!(address, wanted);
                    // Others may erase it meanwhile: then it is gone, but never half there.
                    if let Some(found) = documents.get(address).unwrap() {
                        assert_eq!(found, (DocumentKind::Photo, bytes.clone()));
                    }
                    if number == 0 {
                        documents.erase(address).unwrap();
                    }
                    let own = documents.put(DocumentKind::Text, &[number, round]).unwrap();
                    let found = documents.get(own).unwrap();
                    assert_eq!(found, Some((DocumentKind::Text, vec![number, round])));
                }
            });
        }
    });
    documents.put(DocumentKind::Photo, &bytes).unwrap();
    assert_eq!(documents.get(wanted).unwrap(), Some((DocumentKind::Photo, bytes)));
    assert_eq!(files_below(home.path()).len(), 81, "unfinished files were left behind");
}

#[test]
fn a_sealed_document_opens_with_its_commitment_only() {
    let home = tempfile::tempdir().unwrap();
    let documents = open(home.path());
    for content in [&b""[..], b"13800000000", &[7; 10_000]] {
        let sealed = seal(content).unwrap();
        let address = documents.put(DocumentKind::Identity, &sealed.bytes).unwrap();
        let (_, stored) = documents.get(address).unwrap().expect("it was put");
        assert_eq!(open_sealed(&stored, &sealed.commitment).unwrap(), content);
        let received = Commitment::from_bytes(*sealed.commitment.as_bytes());
        assert_eq!(open_sealed(&stored, &received).unwrap(), content);

        let other = seal(content).unwrap();
        assert!(other.commitment != sealed.commitment, "two seals of the same content are alike");
        assert!(matches!(open_sealed(&stored, &other.commitment), Err(DocumentError::WrongSeal)));
    }
}

#[test]
fn a_changed_seal_does_not_open() {
    let sealed = seal(b"Li Na").unwrap();
    assert_eq!(sealed.bytes.len(), SALT_SIZE + 5);
    for place in 0..sealed.bytes.len() {
        let mut changed = sealed.bytes.clone();
        changed[place] ^= 1;
        let opened = open_sealed(&changed, &sealed.commitment);
        assert!(matches!(opened, Err(DocumentError::WrongSeal)), "byte {place}");
    }
    for size in 0..sealed.bytes.len() {
        let opened = open_sealed(&sealed.bytes[..size], &sealed.commitment);
        assert!(matches!(opened, Err(DocumentError::WrongSeal)), "cut at {size}");
    }
}

#[test]
fn a_commitment_is_keyed_blake3() {
    let salt = [9; SALT_SIZE];
    let commitment = commit(&salt, b"Li Na");
    let wanted = blake3::Hasher::new_keyed(&salt).update(b"Li Na").finalize();
    assert_eq!(commitment.as_bytes(), wanted.as_bytes());
    assert_eq!(commitment.to_string(), wanted.to_hex().to_string());
    assert!(commitment != commit(&[8; SALT_SIZE], b"Li Na"));
    let sealed = [&salt[..], b"Li Na"].concat();
    assert_eq!(open_sealed(&sealed, &commitment).unwrap(), b"Li Na");
}

#[test]
fn an_identity_is_found_by_its_commitment_until_it_is_erased() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("documents");
    let documents = open(&dir);
    let sealed: Vec<_> = ["a", "b", "c"].iter().map(|name| seal(name.as_bytes()).unwrap()).collect();
    let first = documents.put(DocumentKind::Identity, &sealed[0].bytes).unwrap();
    // Only identities are found so: the same bytes of another kind are another document.
    documents.put(DocumentKind::Text, &sealed[2].bytes).unwrap();
    documents.put(DocumentKind::Identity, b"shorter than a salt").unwrap();
    let found = |documents: &Documents, at: usize| documents.identity(&sealed[at].commitment).unwrap();
    assert_eq!(found(&documents, 0).as_deref(), Some(&b"a"[..]));
    assert_eq!((found(&documents, 1), found(&documents, 2)), (None, None));
    let second = documents.put(DocumentKind::Identity, &sealed[1].bytes).unwrap();
    assert_eq!(found(&documents, 1).as_deref(), Some(&b"b"[..]), "what comes later is found too");

    // What lay there before this process is found; what is damaged or erased is not.
    let documents = open(&dir);
    for (at, name) in [(0, b"a"), (1, b"b")] {
        assert_eq!(found(&documents, at).as_deref(), Some(&name[..]));
    }
    fs::write(file_of(&dir, second), b"CIVDOC\x01\x02rotten").unwrap();
    assert!(matches!(documents.identity(&sealed[1].commitment), Err(DocumentError::Damaged { .. })));
    assert!(documents.erase(first).unwrap());
    assert_eq!(found(&documents, 0), None);
    let documents = open(&dir);
    assert_eq!((found(&documents, 0), found(&documents, 1)), (None, None));
}
