//! The receipt file: the composed vector byte for byte, and every way to spoil it.

use civbank::tlog::tlog_proof::{self, EXTRA_BYTES_MAX};
use civbank::tlog::{
    BatchProofs, Checkpoint, CheckpointError, Cosigner, Frontier, Note, NoteError, ProofError, TlogProof,
    TlogProofError, Verifier,
};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

use super::{GOLDEN_ENTRIES, base64, golden_leaves, golden_signer};

const RECEIPT: &str = "c2sp.org/tlog-proof@v1
index 5
zMKa4OAqd7D0V4wawXST15z0JiEEkprIBPkfxOesWvA=
nk9gCR+floFqznAPtqjjcnnV64dge2jQB95D5t164Hg=
zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co=
5jLpqTgjsBDSEX6SgZiRnbTMdTuRd8bQ5tSsAOxe0Ks=

example.com/log/testdata
15
rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=

— example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=
— example.com/witness EKHAGQAAAABkGFDLPX52bqsNVRwJszRsJ4CaZ2z8sjGx+b3pGEdRojnr3kzGm9mykMVsYyGOkN5dOPZIj5bNxC6O/JjTfKFZwyP5Dg==
";

fn log() -> Verifier {
    golden_signer().verifier().clone()
}

fn witness() -> Cosigner {
    let seed = "31ffc2116ecbe003acaa800ab70757bd7d53206e3febef6a6d0796d95530b34f";
    let seed = hex::decode(seed).expect("hex").try_into().expect("32 bytes");
    let key = SigningKey::from_bytes(&seed);
    Cosigner::new("example.com/witness", key).expect("a cosigner")
}

/// The checkpoint note of the golden log at its full size, cosigned.
fn golden_note() -> Note {
    let tree = BatchProofs::new(&Frontier::new(), &golden_leaves()).after();
    let checkpoint = Checkpoint::new("example.com/log/testdata", tree.size(), tree.root());
    let checkpoint = checkpoint.expect("a checkpoint");
    let mut note = checkpoint.sign(&golden_signer()).expect("its own log");
    let cosignature = checkpoint.cosign(&witness(), 1_679_315_147).expect("a time");
    note.push(cosignature).expect("room for a line");
    note
}

#[test]
fn the_receipt_is_made_byte_for_byte() {
    assert_eq!(RECEIPT.len(), 537);
    assert_eq!(
        hex::encode(Sha256::digest(RECEIPT)),
        "7d0111eebdbdced6fd789ad960e8f07ddabb68fcdbd097088f69c58bd4167122"
    );
    assert_eq!(
        witness().verifier().to_string(),
        "example.com/witness+10a1c019+BGSEitir7W6FmBs7OHWyUrh2frtLAvcDrKOx5xu9ao5Q"
    );
    let note = golden_note();
    let batch = BatchProofs::new(&Frontier::new(), &golden_leaves());
    let hashes = batch.inclusion(5).expect("a leaf of the batch");
    assert_eq!(tlog_proof::write(5, &hashes, &note.to_string()), RECEIPT);
    let receipt = TlogProof::new(5, hashes, note).expect("a receipt");
    assert_eq!(receipt.to_string(), RECEIPT);
    assert_eq!(TlogProof::parse(RECEIPT.as_bytes()), Ok(receipt));
}

#[test]
fn the_receipt_holds_for_its_entry() {
    let receipt = TlogProof::parse(RECEIPT.as_bytes()).expect("a receipt");
    assert_eq!((receipt.index(), receipt.hashes().len()), (5, 4));
    assert_eq!(receipt.extra(), None);
    let cosigners = [witness().verifier().clone()];
    let opened = receipt.verify(b"six", &log(), &cosigners).expect("it holds");
    assert_eq!(opened.value().size(), 15);
    let root = base64("rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=");
    assert_eq!(opened.value().root(), &root);
    let times = opened.verified().iter().map(|signature| signature.cosigned_at_s);
    assert!(times.eq([None, Some(1_679_315_147)]));
    assert!(receipt.verify(b"six", &log(), &[]).is_ok());
}

#[test]
fn the_receipt_holds_for_nothing_else() {
    let receipt = TlogProof::parse(RECEIPT.as_bytes()).expect("a receipt");
    for entry in GOLDEN_ENTRIES.into_iter().filter(|entry| *entry != "six") {
        let refused = receipt.verify(entry.as_bytes(), &log(), &[]);
        assert_eq!(refused, Err(TlogProofError::Proof(ProofError::WrongRoot)));
    }
    let verify = |file: &str| {
        let cosigners = [witness().verifier().clone()];
        TlogProof::parse(file.as_bytes())?.verify(b"six", &log(), &cosigners)
    };
    for index in (0..15).filter(|index| *index != 5) {
        let moved = RECEIPT.replace("index 5", &format!("index {index}"));
        assert!(matches!(verify(&moved), Err(TlogProofError::Proof(_))), "as {index}");
    }
    let outside = ProofError::OutsideTree { index: 15, size: 15 };
    let moved = RECEIPT.replace("index 5", "index 15");
    assert_eq!(verify(&moved), Err(TlogProofError::Proof(outside)));

    // The witness's line with another time, though its log's line is still good.
    let backdated = RECEIPT.replace("EKHAGQAAAABkGFDL", "EKHAGQAAAABkGFDK");
    let refused = verify(&backdated);
    let invalid =
        NoteError::InvalidSignature { name: "example.com/witness".into(), id: witness().verifier().id() };
    let invalid = CheckpointError::Note(invalid);
    assert_eq!(refused, Err(TlogProofError::Checkpoint(invalid)));
    let stranger = witness();
    let refused =
        TlogProof::parse(RECEIPT.as_bytes()).expect("a receipt").verify(b"six", stranger.verifier(), &[]);
    assert!(matches!(refused, Err(TlogProofError::Checkpoint(_))));
}

#[test]
fn every_turned_bit_of_a_receipt_is_found() {
    let cosigners = [witness().verifier().clone()];
    for at in 0..RECEIPT.len() {
        for bit in 0..8 {
            let mut turned = RECEIPT.as_bytes().to_vec();
            turned[at] ^= 1 << bit;
            let verdict =
                TlogProof::parse(&turned).and_then(|receipt| receipt.verify(b"six", &log(), &cosigners));
            // A turned name or key id of the witness makes its line a stranger's, which
            // leaves the log's word alone standing; that must then show.
            let believed = verdict.map(|opened| opened.verified().len());
            assert!(!matches!(believed, Ok(2)), "byte {at} bit {bit}");
            if at < RECEIPT.find("— example.com/witness").expect("a witness") {
                assert!(believed.is_err(), "byte {at} bit {bit}");
            }
        }
    }
}

#[test]
fn extra_data_is_carried_and_vouched_for_by_nobody() {
    let receipt = TlogProof::parse(RECEIPT.as_bytes()).expect("a receipt");
    let extra = receipt.clone().with_extra(b"entry".to_vec()).expect("short");
    let file = extra.to_string();
    let want = RECEIPT.replacen("index", "extra ZW50cnk=\nindex", 1);
    assert_eq!(file, want);
    let again = TlogProof::parse(file.as_bytes()).expect("a receipt");
    assert_eq!(again.extra(), Some(b"entry".as_slice()));
    assert_eq!(again, extra);
    assert!(again.verify(b"six", &log(), &[]).is_ok());
    for length in [0, EXTRA_BYTES_MAX + 1] {
        let refused = receipt.clone().with_extra(vec![0; length]);
        assert_eq!(refused, Err(TlogProofError::BadExtra));
    }
    let longest = receipt.with_extra(vec![0; EXTRA_BYTES_MAX]).expect("it fits");
    assert_eq!(TlogProof::parse(longest.to_string().as_bytes()), Ok(longest));
}

#[test]
fn a_receipt_of_the_only_leaf_has_no_hashes() {
    let tree = BatchProofs::new(&Frontier::new(), &golden_leaves()[..1]).after();
    let checkpoint = Checkpoint::new("example.com/log/testdata", 1, tree.root());
    let note = checkpoint.expect("a checkpoint").sign(&golden_signer());
    let file = tlog_proof::write(0, &[], &note.expect("its own log").to_string());
    assert!(file.starts_with("c2sp.org/tlog-proof@v1\nindex 0\n\nexample.com"));
    let receipt = TlogProof::parse(file.as_bytes()).expect("a receipt");
    assert!(receipt.verify(b"one", &log(), &[]).is_ok());
    assert!(receipt.verify(b"two", &log(), &[]).is_err());
}

#[test]
fn malformed_receipts_are_refused_by_name() {
    use TlogProofError::{BadExtra, BadIndex, NotAProofFile, TooManyHashes};
    let hash = "zMKa4OAqd7D0V4wawXST15z0JiEEkprIBPkfxOesWvA=\n";
    let with = |from: &str, to: &str| RECEIPT.replacen(from, to, 1);
    let table = [
        (String::new(), NotAProofFile),
        (with("@v1", "@v2"), NotAProofFile),
        (with("c2sp", "\u{feff}c2sp"), NotAProofFile),
        (with("c2sp", "\nc2sp"), NotAProofFile),
        (with("@v1\n", "@v1\r\n"), NotAProofFile),
        (with("@v1\n", "@v1\n\n"), BadIndex),
        (with("index 5", "index 05"), BadIndex),
        (with("index 5", "index +5"), BadIndex),
        (with("index 5", "index  5"), BadIndex),
        (with("index 5", "index 5 "), BadIndex),
        (with("index 5", "index -5"), BadIndex),
        (with("index 5", "Index 5"), BadIndex),
        (with("index 5\n", ""), BadIndex),
        (with("index 5", "index 9223372036854775807"), BadIndex),
        (with("index 5", "index 9223372036854775808"), BadIndex),
        (with("index 5", "extra \nindex 5"), BadExtra),
        (with("index 5", "extra *\nindex 5"), BadExtra),
        (with("index 5", "extra ZW50cnl=\nindex 5"), BadExtra),
        (with("index 5", "extra ZW50cnk=\nextra ZW50cnk=\nindex 5"), BadIndex),
        (with(hash, &hash.repeat(64)), TooManyHashes),
    ];
    for (file, error) in table {
        assert_eq!(TlogProof::parse(file.as_bytes()), Err(error), "{file:?}");
    }
    let bad_hashes = [
        (with("WvA=", "WvB="), 1),
        (with("64Hg=", "64Hg"), 2),
        (with("Y2Co=\n", "Y2Co=\r\n"), 3),
        (with("index 5\n", "index 5\nextra ZW50cnk=\n"), 1),
        (with("index 5\n", "index 5\nAAAA\n"), 1),
    ];
    for (file, want) in bad_hashes {
        match TlogProof::parse(file.as_bytes()) {
            Err(TlogProofError::BadHash { number, .. }) => assert_eq!(number, want),
            other => panic!("{other:?} of {file:?}"),
        }
    }
    let unsigned = &RECEIPT[..RECEIPT.find("\n—").expect("a line")];
    let refused = TlogProof::parse(unsigned.as_bytes());
    assert_eq!(refused, Err(TlogProofError::Note(NoteError::NoSignatures)));
    assert_eq!(TlogProof::parse(b"\xff"), Err(TlogProofError::NotUtf8));
    let hashes = vec![base64(hash.trim_end()); 64];
    assert_eq!(TlogProof::new(5, hashes, golden_note()), Err(TooManyHashes));
    let at_the_end = TlogProof::new(i64::MAX as u64, Vec::new(), golden_note());
    assert_eq!(at_the_end, Err(BadIndex));
    let length = tlog_proof::PROOF_BYTES_MAX + 1;
    let refused = TlogProof::parse(&vec![b'x'; length]);
    assert_eq!(refused, Err(TlogProofError::TooLong { length }));
}
