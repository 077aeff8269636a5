//! Inclusion and consistency proofs: vectors, every small tree, tampering, batches.

use civbank::tlog::{
    BatchProofs, Frontier, Hash, Plan, ProofError, SIZE_MAX, Subtree, leaf_hash, prove_consistency,
    prove_inclusion, stored, verify_consistency, verify_inclusion,
};

use super::{Random, base64, flipped, golden_leaves, leaves, naive_consistency, naive_inclusion, naive_root};

/// Every tree up to this size is tested in full.
const SIZE: usize = 130;

/// A tree with its stored hashes in a flat file, as the engine keeps it.
struct Stored {
    leaves: Vec<Hash>,
    file: Vec<Hash>,
}

impl Stored {
    fn new(leaves: Vec<Hash>) -> Stored {
        let mut frontier = Frontier::new();
        let mut file = Vec::new();
        for leaf in &leaves {
            frontier.push_with(*leaf, |_, hash| file.push(hash));
        }
        Stored { leaves, file }
    }

    fn fetch(&self, subtree: Subtree) -> Result<Hash, ProofError> {
        Ok(self.file[stored::position(subtree) as usize])
    }

    fn inclusion(&self, index: usize, size: usize) -> Vec<Hash> {
        prove_inclusion(index as u64, size as u64, |subtree| {
            assert!(subtree.is_in(size as u64), "{subtree:?} is not in {size}");
            self.fetch(subtree)
        })
        .expect("an inclusion proof")
    }

    fn consistency(&self, old: usize, new: usize) -> Vec<Hash> {
        prove_consistency(old as u64, new as u64, |subtree| {
            assert!(subtree.is_in(new as u64), "{subtree:?} is not in {new}");
            self.fetch(subtree)
        })
        .expect("a consistency proof")
    }

    fn root(&self, size: usize) -> Hash {
        naive_root(&self.leaves[..size])
    }
}

fn published() -> Stored {
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let leaf = |leaf| leaf_hash(&hex::decode(leaf).expect("hex"));
    Stored::new(leaves.into_iter().map(leaf).collect())
}

#[test]
fn published_inclusion_proof() {
    let want = [
        "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ];
    assert_eq!(published().inclusion(5, 8), want.map(base64));
}

#[test]
fn published_consistency_proofs() {
    let tree = published();
    let six_to_eight = [
        "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
        "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
        "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ];
    assert_eq!(tree.consistency(6, 8), six_to_eight.map(base64));
    assert_eq!(tree.consistency(4, 8).len(), 1);
}

#[test]
fn consistency_of_the_golden_log() {
    let tree = Stored::new(golden_leaves());
    let want = [
        "2Q0P5jSR+TdkwdXWyx+GbBWX0KZbNZkWzCjyTPSozsw=",
        "ThcgoV2DYcK+VCxBUDWAlNxmLy2r7dq7dK7+OlgQKWs=",
        "ycRkkNklus5eMVRUvkD1pK321vMrA+jjOiZKU8aOcY4=",
        "zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co=",
        "5jLpqTgjsBDSEX6SgZiRnbTMdTuRd8bQ5tSsAOxe0Ks=",
    ];
    assert_eq!(tree.consistency(7, 15), want.map(base64));
}

#[test]
fn every_inclusion_proof_of_every_small_tree() {
    let tree = Stored::new(leaves(SIZE as u64));
    for size in 1..=SIZE {
        let root = tree.root(size);
        for index in 0..size {
            let proof = tree.inclusion(index, size);
            assert_eq!(proof, naive_inclusion(index, &tree.leaves[..size]));
            let plan = Plan::inclusion(index as u64, size as u64).expect("a plan");
            assert_eq!(plan.proof_len(), proof.len());
            let leaf = &tree.leaves[index];
            let verdict = verify_inclusion(&proof, index as u64, size as u64, leaf, &root);
            assert_eq!(verdict, Ok(()), "leaf {index} of {size}");
        }
    }
}

#[test]
fn every_consistency_proof_of_every_small_pair() {
    let tree = Stored::new(leaves(SIZE as u64));
    let roots = (0..=SIZE).map(|size| tree.root(size)).collect::<Vec<_>>();
    for new in 1..=SIZE {
        for old in 1..=new {
            let proof = tree.consistency(old, new);
            assert_eq!(proof, naive_consistency(old, &tree.leaves[..new], true));
            let verdict = verify_consistency(&proof, old as u64, &roots[old], new as u64, &roots[new]);
            assert_eq!(verdict, Ok(()), "{old} to {new}");
        }
    }
}

/// All ways to spoil the hashes of a proof, with a word for each.
fn spoiled(proof: &[Hash]) -> Vec<(String, Vec<Hash>)> {
    let mut all = Vec::new();
    let mut add = |what: String, proof: Vec<Hash>| all.push((what, proof));
    for (at, hash) in proof.iter().enumerate() {
        let mut turned = proof.to_vec();
        turned[at] = flipped(hash, at * 37);
        add(format!("hash {at} turned"), turned);
        let mut missing = proof.to_vec();
        missing.remove(at);
        add(format!("hash {at} missing"), missing);
    }
    for at in 0..=proof.len() {
        let mut extra = proof.to_vec();
        extra.insert(at, leaf_hash(b"extra"));
        add(format!("a hash more at {at}"), extra);
        if let Some(hash) = proof.get(at) {
            let mut twice = proof.to_vec();
            twice.insert(at, *hash);
            add(format!("hash {at} twice"), twice);
        }
    }
    if proof.len() > 1 {
        add("turned round".into(), proof.iter().rev().copied().collect());
        add("empty".into(), Vec::new());
    }
    all
}

#[test]
fn spoiled_inclusion_proofs_are_refused() {
    let tree = Stored::new(leaves(SIZE as u64));
    for size in 1..=SIZE {
        let root = tree.root(size);
        for index in 0..size {
            let leaf = &tree.leaves[index];
            let proof = tree.inclusion(index, size);
            let verify = |proof: &[Hash], leaf: &Hash, root: &Hash| {
                verify_inclusion(proof, index as u64, size as u64, leaf, root)
            };
            for (what, proof) in spoiled(&proof) {
                let verdict = verify(&proof, leaf, &root);
                assert!(verdict.is_err(), "leaf {index} of {size}: {what}");
            }
            let wrong = Err(ProofError::WrongRoot);
            assert_eq!(verify(&proof, &flipped(leaf, size), &root), wrong);
            assert_eq!(verify(&proof, leaf, &flipped(&root, index)), wrong);
        }
    }
}

/// The sides from which the hashes of an inclusion proof come, leaf first: all that a
/// verifier ever uses of index and size.
fn sides(index: usize, size: usize) -> Vec<char> {
    if size == 1 {
        return Vec::new();
    }
    let k = super::split(size);
    let (mut sides, side) = match index < k {
        true => (sides(index, k), 'r'),
        false => (sides(index - k, size - k), 'l'),
    };
    sides.push(side);
    sides
}

#[test]
fn an_inclusion_proof_holds_for_no_other_place() {
    let size_max = 40;
    let tree = Stored::new(leaves(size_max as u64));
    for size in 1..=size_max {
        let root = tree.root(size);
        for index in 0..size {
            let leaf = &tree.leaves[index];
            let proof = tree.inclusion(index, size);
            let verify = |index, size| verify_inclusion(&proof, index as u64, size as u64, leaf, &root);
            for other in (0..size + 2).filter(|other| *other != index) {
                assert!(verify(other, size).is_err(), "{index} as {other} of {size}");
            }
            // The root does not commit to the size. Another size passes exactly where
            // it leads the same way, which is why the checkpoint signs both.
            for other in index + 1..=2 * size_max {
                let same_way = sides(index, other) == sides(index, size);
                let verdict = verify(index, other);
                assert_eq!(verdict.is_ok(), same_way, "{index} of {size} as of {other}");
            }
        }
    }
}

#[test]
fn spoiled_consistency_proofs_are_refused() {
    let tree = Stored::new(leaves(SIZE as u64));
    let roots = (0..=SIZE).map(|size| tree.root(size)).collect::<Vec<_>>();
    for new in 1..=SIZE {
        for old in 1..=new {
            let proof = tree.consistency(old, new);
            let verify = |proof: &[Hash], old_root: &Hash, new_root: &Hash| {
                verify_consistency(proof, old as u64, old_root, new as u64, new_root)
            };
            for (what, proof) in spoiled(&proof) {
                let verdict = verify(&proof, &roots[old], &roots[new]);
                assert!(verdict.is_err(), "{old} to {new}: {what}");
            }
            let other_old = flipped(&roots[old], new);
            let other_new = flipped(&roots[new], old);
            assert!(verify(&proof, &other_old, &roots[new]).is_err());
            assert!(verify(&proof, &roots[old], &other_new).is_err());
            if old != new {
                assert!(verify(&proof, &roots[new], &roots[old]).is_err());
            }
        }
    }
}

#[test]
fn a_consistency_proof_holds_from_no_other_size() {
    let size_max = 66;
    let tree = Stored::new(leaves(size_max as u64));
    let roots = (0..=size_max).map(|size| tree.root(size)).collect::<Vec<_>>();
    for new in 2..=size_max {
        for old in 1..new {
            let proof = tree.consistency(old, new);
            for other in (0..=size_max + 1).filter(|other| *other != old) {
                let verdict = verify_consistency(&proof, other as u64, &roots[old], new as u64, &roots[new]);
                assert!(verdict.is_err(), "{old} as {other} to {new}");
            }
        }
    }
}

#[test]
fn questions_without_an_answer_are_refused_by_name() {
    let (leaf, root) = (leaf_hash(b"leaf"), leaf_hash(b"root"));
    let huge = SIZE_MAX + 1;
    let included = |index, size| verify_inclusion(&[], index, size, &leaf, &root);
    assert_eq!(included(0, 0), Err(ProofError::OutsideTree { index: 0, size: 0 }));
    assert_eq!(included(7, 7), Err(ProofError::OutsideTree { index: 7, size: 7 }));
    assert_eq!(included(0, huge), Err(ProofError::TooLarge { size: huge }));
    assert_eq!(included(0, 2), Err(ProofError::TooShort { found: 0 }));
    assert_eq!(included(0, 1), Err(ProofError::WrongRoot));
    assert_eq!(verify_inclusion(&[], 0, 1, &leaf, &leaf), Ok(()));
    assert_eq!(verify_inclusion(&[root], 0, 1, &leaf, &leaf), Err(ProofError::TooLong { found: 1 }));

    let follows = |proof: &[Hash], old, new| verify_consistency(proof, old, &root, new, &root);
    assert_eq!(follows(&[], 0, 0), Err(ProofError::FromEmpty));
    assert_eq!(follows(&[], 0, 5), Err(ProofError::FromEmpty));
    assert_eq!(follows(&[leaf], 6, 5), Err(ProofError::Shrinking { old_size: 6, new_size: 5 }));
    assert_eq!(follows(&[], 5, huge), Err(ProofError::TooLarge { size: huge }));
    assert_eq!(follows(&[], 5, 5), Ok(()));
    assert_eq!(follows(&[leaf], 5, 5), Err(ProofError::TooLong { found: 1 }));
    assert_eq!(follows(&[], 4, 5), Err(ProofError::TooShort { found: 0 }));
    assert_eq!(verify_consistency(&[], 5, &leaf, 5, &root), Err(ProofError::WrongRoot));

    assert_eq!(Plan::inclusion(3, 3), Err(ProofError::OutsideTree { index: 3, size: 3 }));
    assert_eq!(Plan::inclusion(3, huge), Err(ProofError::TooLarge { size: huge }));
    assert_eq!(Plan::consistency(0, 3), Err(ProofError::FromEmpty));
    assert_eq!(Plan::consistency(4, 3), Err(ProofError::Shrinking { old_size: 4, new_size: 3 }));
}

#[test]
fn plans_of_the_largest_tree_stay_small() {
    for index in [0, 1, SIZE_MAX / 2, SIZE_MAX - 1] {
        let plan = Plan::inclusion(index, SIZE_MAX).expect("a plan");
        assert!(plan.proof_len() <= 63 && plan.subtrees().len() <= 126);
    }
    for old in [1, 2, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 1, SIZE_MAX] {
        let plan = Plan::consistency(old, SIZE_MAX).expect("a plan");
        assert!(plan.proof_len() <= 64 && plan.subtrees().len() <= 127);
    }
}

#[test]
fn an_error_of_the_store_ends_the_proof() {
    #[derive(Debug, PartialEq)]
    enum Failure {
        Proof(ProofError),
        Disk(Subtree),
    }
    impl From<ProofError> for Failure {
        fn from(error: ProofError) -> Failure {
            Failure::Proof(error)
        }
    }
    let broken = |subtree| Err::<Hash, _>(Failure::Disk(subtree));
    let first = Subtree::new(0, 4).expect("a leaf");
    assert_eq!(prove_inclusion(5, 8, broken), Err(Failure::Disk(first)));
    assert_eq!(
        prove_inclusion(8, 8, broken),
        Err(Failure::Proof(ProofError::OutsideTree { index: 8, size: 8 }))
    );
    let first = Subtree::new(1, 2).expect("a pair");
    assert_eq!(prove_consistency(6, 8, broken), Err(Failure::Disk(first)));
}

/// Checks a batch against the tree that was grown leaf by leaf.
fn check_batch(before: &Frontier, batch: &[Hash]) {
    let mut grown = before.clone();
    let mut stored_hashes = Vec::new();
    for leaf in batch {
        grown.push_with(*leaf, |subtree, hash| stored_hashes.push((subtree, hash)));
    }
    let proofs = BatchProofs::new(before, batch);
    let (start, end) = (before.size(), grown.size());
    assert_eq!(proofs.after(), grown, "{start} to {end}");
    assert_eq!(proofs.stored_hashes().collect::<Vec<_>>(), stored_hashes);
    for (index, leaf) in (start..).zip(batch) {
        let proof = proofs.inclusion(index).expect("a leaf of the batch");
        let verdict = verify_inclusion(&proof, index, end, leaf, &grown.root());
        assert_eq!(verdict, Ok(()), "leaf {index}, {start} to {end}");
    }
    assert_eq!(proofs.inclusion(end), None);
    assert_eq!(start.checked_sub(1).and_then(|index| proofs.inclusion(index)), None);
}

#[test]
fn the_proofs_of_a_batch_are_those_of_the_tree() {
    let tree = Stored::new(leaves(140));
    let mut before = Frontier::new();
    let counts = [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 70];
    for start in 0..70 {
        for end in counts.map(|count| start + count) {
            let batch = &tree.leaves[start..end];
            check_batch(&before, batch);
            let proofs = BatchProofs::new(&before, batch);
            for index in start..end {
                let want = tree.inclusion(index, end);
                assert_eq!(proofs.inclusion(index as u64), Some(want), "{start} to {end}");
            }
        }
        before.push(tree.leaves[start]);
    }
}

#[test]
fn batches_onto_large_trees() {
    let mut random = Random::new("batches onto large trees");
    for _ in 0..60 {
        let power = 1_u64 << random.below(62);
        let near = power.saturating_add(random.below(600) as u64).saturating_sub(300);
        let size = match random.below(2) {
            0 => near.min(SIZE_MAX - 1000),
            _ => random.next() % (SIZE_MAX - 1000),
        };
        let roots = (0..size.count_ones()).map(|_| random.hash()).collect();
        let before = Frontier::from_parts(size, roots).expect("one root for each bit");
        let count = random.below(600);
        let batch = (0..count).map(|_| random.hash()).collect::<Vec<_>>();
        check_batch(&before, &batch);
    }
}

#[test]
#[should_panic(expected = "the tree is full")]
fn a_batch_does_not_outgrow_the_largest_tree() {
    let roots = vec![leaf_hash(b""); 62];
    let before = Frontier::from_parts(SIZE_MAX - 1, roots).expect("62 bits are set");
    BatchProofs::new(&before, &leaves(2));
}
