//! Hostile bytes: no parser panics, and what one accepts it writes back unchanged.

use civbank::tlog::tile::decode_entries;
use civbank::tlog::{
    Checkpoint, Cosigner, Hash, Note, NoteSignature, Signer, Tile, TlogProof, Verifier, verify_consistency,
    verify_inclusion,
};
use ed25519_dalek::SigningKey;

use super::{GOLDEN_SIGNER, Random, golden_signer};

/// One well-formed text for each door.
pub fn samples() -> Vec<Vec<u8>> {
    let key = |seed| SigningKey::from_bytes(&[seed; 32]);
    let signer = golden_signer();
    let witness = Cosigner::new("witness.example", key(2)).expect("a cosigner");
    let root = Hash::from_bytes([7; 32]);
    let checkpoint = Checkpoint::new(signer.name(), 1_000, root).expect("a checkpoint");
    let mut note = checkpoint.sign(&signer).expect("its own log");
    note.push(checkpoint.cosign(&witness, 1).expect("a time")).expect("room");
    let receipt = TlogProof::new(5, vec![root; 10], note.clone()).expect("a receipt");
    let extra = receipt.clone().with_extra(vec![1, 2, 3]).expect("short");
    [
        checkpoint.text(),
        note.to_string(),
        note.signatures()[1].to_string(),
        receipt.to_string(),
        extra.to_string(),
        witness.verifier().to_string(),
        GOLDEN_SIGNER.to_owned(),
        "tile/0/x001/x234/067.p/8".to_owned(),
        root.to_base64(),
        root.to_hex(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// Offers bytes to every door.
pub fn knock(bytes: &[u8]) {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        let _ = Checkpoint::open_note(&note, golden_signer().verifier(), &[]);
    }
    if let Ok(receipt) = TlogProof::parse(bytes) {
        assert_eq!(receipt.to_string().as_bytes(), bytes);
        let _ = receipt.verify(b"leaf", golden_signer().verifier(), &[]);
    }
    let _ = decode_entries(bytes, 1 + bytes.len() as u16 % 256);
    let _ = Hash::try_from(bytes);
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.text(), text);
    }
    if let Some(line) = NoteSignature::parse(text) {
        assert_eq!(line.to_string(), text);
        assert_eq!(line.line_length(), text.len() + 1);
    }
    if let Ok(verifier) = text.parse::<Verifier>() {
        assert_eq!(verifier.to_string(), text);
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
    }
    if let Ok(hash) = Hash::from_base64(text) {
        assert_eq!(hash.to_base64(), text);
    }
    if let Ok(hash) = Hash::from_hex(text) {
        assert_eq!(hash.to_hex(), text);
    }
    let _ = text.parse::<Signer>();
}

#[test]
fn every_sample_is_taken_by_its_door_and_by_no_truncation_in_a_panic() {
    for sample in samples() {
        for end in 0..=sample.len() {
            knock(&sample[..end]);
            knock(&sample[end..]);
        }
    }
}

#[test]
fn spoiled_texts_do_not_panic() {
    let mut random = Random::new("spoiled texts");
    let samples = samples();
    let pieces: [&[u8]; 12] = [
        b"\n",
        b"\n\n",
        b" ",
        b"+",
        b"=",
        b"0",
        b"\r",
        b"\0",
        b"\xff",
        "—".as_bytes(),
        "\u{3000}".as_bytes(),
        b"18446744073709551616",
    ];
    for _ in 0..20_000 {
        let mut bytes = samples[random.below(samples.len())].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() + 1);
            match random.below(5) {
                0 => bytes.truncate(at),
                1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 => {
                    let other = &samples[random.below(samples.len())];
                    let from = random.below(other.len());
                    bytes.splice(at..at, other[from..].iter().copied());
                }
                _ => {
                    let piece = pieces[random.below(pieces.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        knock(&bytes);
    }
}

#[test]
fn noise_does_not_panic() {
    let mut random = Random::new("noise");
    for _ in 0..20_000 {
        let length = random.below(300);
        let ascii = random.below(2) == 0;
        let bytes = (0..length)
            .map(|_| match ascii {
                true => b" \n+=/0123456789abcdefxAZ.p"[random.below(26)],
                false => random.next() as u8,
            })
            .collect::<Vec<_>>();
        knock(&bytes);
    }
}

#[test]
fn proofs_of_any_shape_do_not_panic_and_do_not_convince() {
    let mut random = Random::new("proofs of any shape");
    for _ in 0..4_000 {
        let shift = random.below(64);
        let (index, size) = (random.next() >> shift, random.next() >> shift);
        let proof = (0..random.below(70)).map(|_| random.hash()).collect::<Vec<_>>();
        let (one, other) = (random.hash(), random.hash());
        assert!(verify_inclusion(&proof, index, size, &one, &other).is_err());
        assert!(verify_consistency(&proof, index, &one, size, &other).is_err());
    }
}
