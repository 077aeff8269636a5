//! Hashes, the chain, the frontier, and where stored hashes lie.

use civbank::tlog::frontier::FrontierError;
use civbank::tlog::hash::HashError;
use civbank::tlog::{
    FIRST_PREVIOUS, Frontier, Hash, SIZE_MAX, Subtree, chain_hash, empty_root, leaf_hash, node_hash, proof,
    stored,
};

use super::{Random, base64, golden_leaves, hex, leaves, naive_root};

#[test]
fn leaves_and_nodes_hash_as_published() {
    let table = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("L123456", "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"),
    ];
    for (leaf, want) in table {
        assert_eq!(leaf_hash(leaf.as_bytes()), hex(want), "leaf {leaf:?}");
    }
    assert_eq!(leaf_hash(b"hello world").to_base64(), "TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=");
    assert_eq!(empty_root().to_base64(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn a_node_hashes_its_two_halves_in_order() {
    // The published vector joins two texts that are no hashes, so the rule is proved
    // on them first and then asked of `node_hash`.
    use sha2::{Digest, Sha256};
    let node = |left: &[u8], right: &[u8]| {
        let digest: [u8; 32] = Sha256::digest([&[0x01], left, right].concat()).into();
        Hash::from_bytes(digest)
    };
    let published = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb";
    assert_eq!(node(b"N123", b"N456"), hex(published));
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    let both = [*left.as_bytes(), *right.as_bytes()].concat();
    assert_eq!(node_hash(&left, &right), node(&both[..32], &both[32..]));
    assert_ne!(node_hash(&left, &right), node_hash(&right, &left));
    assert_ne!(node_hash(&left, &right), leaf_hash(&both));
}

/// The roots of sizes 1 to 8 over the eight leaves of the `merkle` test data.
#[test]
fn roots_of_the_published_leaves() {
    let published = [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), empty_root());
    for (leaf, root) in published {
        frontier.push(leaf_hash(&::hex::decode(leaf).expect("hex")));
        assert_eq!(frontier.root(), hex(root), "size {}", frontier.size());
    }
}

#[test]
fn roots_of_the_golden_log() {
    let golden = [
        (1, "0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek="),
        (2, "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4="),
        (15, "rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs="),
    ];
    for (size, root) in golden {
        let mut frontier = Frontier::new();
        for leaf in golden_leaves().into_iter().take(size) {
            frontier.push(leaf);
        }
        assert_eq!(frontier.root(), base64(root), "size {size}");
    }
}

#[test]
fn hashes_are_spelt_in_one_way() {
    let hash = leaf_hash(b"");
    assert_eq!(Hash::from_hex(&hash.to_hex()), Ok(hash));
    assert_eq!(Hash::from_base64(&hash.to_base64()), Ok(hash));
    assert_eq!(format!("{hash:?}"), hash.to_hex());
    assert_eq!(hash.to_string(), hash.to_base64());

    let good = "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=";
    let refused = [
        ("", HashError::WrongLength { length: 0 }),
        ("AAAA", HashError::WrongLength { length: 3 }),
        // The last character may only carry four bits.
        ("T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci5=", HashError::NotBase64),
        ("T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4", HashError::NotBase64),
        ("T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4= ", HashError::NotBase64),
        ("T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=\n", HashError::NotBase64),
        ("-1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=", HashError::NotBase64),
    ];
    assert!(Hash::from_base64(good).is_ok());
    for (text, error) in refused {
        assert_eq!(Hash::from_base64(text), Err(error), "{text:?}");
    }
    let upper = hash.to_hex().to_uppercase();
    assert_eq!(Hash::from_hex(&upper), Err(HashError::NotHex));
    assert_eq!(Hash::from_hex("0g"), Err(HashError::NotHex));
    assert_eq!(Hash::from_hex("00"), Err(HashError::WrongLength { length: 1 }));
}

/// Computed by a second implementation of BLAKE3, written from its paper.
#[test]
fn the_chain_hash_is_frozen() {
    let long = (0..=255).cycle().take(512).collect::<Vec<u8>>();
    let table: [(&[u8], &str); 3] = [
        (b"", "b3575a30bb04f610646a10f72e9ff06e2b1de8c312b97d7de984fb38299ffe54"),
        (b"one", "961153eff618913445649e62616202ae409d1cf3ca31fead9e6f053e23a149cb"),
        (&long, "bed8e269c80dba9eca6830414768b0c701e0efd910cebac8329cf1f4d083b52d"),
    ];
    for (entry, want) in table {
        assert_eq!(chain_hash(entry), hex(want));
    }
    assert_eq!(FIRST_PREVIOUS.as_bytes(), &[0; 32]);
}

#[test]
fn the_frontier_has_the_root_of_every_small_tree() {
    let leaves = leaves(130);
    let mut frontier = Frontier::new();
    for size in 0..=leaves.len() {
        assert_eq!(frontier.size(), size as u64);
        assert_eq!(frontier.root(), naive_root(&leaves[..size]), "size {size}");
        assert_eq!(frontier.roots().len(), size.count_ones() as usize);
        let again = Frontier::from_parts(frontier.size(), frontier.roots().to_vec());
        assert_eq!(again, Ok(frontier.clone()));
        let subtrees = Frontier::subtrees(frontier.size()).expect("a small size");
        for (subtree, root) in subtrees.iter().zip(frontier.roots()) {
            assert_eq!(root, &naive_subtree(*subtree, &leaves));
        }
        if let Some(leaf) = leaves.get(size) {
            frontier.push(*leaf);
        }
    }
}

fn naive_subtree(subtree: Subtree, leaves: &[Hash]) -> Hash {
    naive_root(&leaves[subtree.start() as usize..subtree.end() as usize])
}

#[test]
fn a_frontier_is_not_made_of_parts_that_do_not_fit() {
    let root = leaf_hash(b"");
    assert_eq!(
        Frontier::from_parts(SIZE_MAX + 1, vec![root]),
        Err(FrontierError::TooLarge { size: SIZE_MAX + 1 })
    );
    for (size, found, expected) in [(0, 1, 0), (1, 0, 1), (3, 1, 2), (4, 2, 1)] {
        assert_eq!(
            Frontier::from_parts(size, vec![root; found]),
            Err(FrontierError::WrongNumberOfRoots { size, expected, found })
        );
    }
    assert!(Frontier::subtrees(SIZE_MAX + 1).is_err());
    assert_eq!(Frontier::subtrees(SIZE_MAX).map(|all| all.len()), Ok(63));
}

#[test]
#[should_panic(expected = "the tree is full")]
fn a_full_tree_takes_no_leaf() {
    let roots = vec![leaf_hash(b""); 63];
    let mut full = Frontier::from_parts(SIZE_MAX, roots).expect("63 bits are set");
    full.push(leaf_hash(b"one more"));
}

#[test]
fn stored_hashes_come_in_the_order_of_their_positions() {
    let leaves = leaves(600);
    let mut file = Vec::new();
    let mut frontier = Frontier::new();
    for leaf in &leaves {
        frontier.push_with(*leaf, |subtree, hash| {
            assert_eq!(stored::position(subtree), file.len() as u64, "{subtree:?}");
            assert_eq!(stored::subtree_at(file.len() as u64), Some(subtree));
            assert_eq!(hash, naive_subtree(subtree, &leaves), "{subtree:?}");
            file.push(hash);
        });
        assert_eq!(stored::count(frontier.size()), file.len() as u64);
    }
    let fetch = |subtree| Ok::<_, proof::ProofError>(file[stored::position(subtree) as usize]);
    for size in 0..=leaves.len() {
        let root = proof::root_at(size as u64, fetch);
        assert_eq!(root, Ok(naive_root(&leaves[..size])), "size {size}");
    }
}

/// The first positions as Go's `sumdb/tlog` numbers them: (level, n) at 0, 1, 2, …
#[test]
fn stored_hashes_are_numbered_as_in_go() {
    let order = [
        (0, 0),
        (0, 1),
        (1, 0),
        (0, 2),
        (0, 3),
        (1, 1),
        (2, 0),
        (0, 4),
        (0, 5),
        (1, 2),
        (0, 6),
        (0, 7),
        (1, 3),
        (2, 1),
        (3, 0),
        (0, 8),
    ];
    for (position, (level, n)) in order.into_iter().enumerate() {
        let subtree = Subtree::new(level, n).expect("a small subtree");
        assert_eq!(stored::position(subtree), position as u64);
    }
}

#[test]
fn stored_numbering_goes_there_and_back_up_to_the_largest_tree() {
    let last = stored::count(SIZE_MAX) - 1;
    let mut random = Random::new("stored numbering");
    let edges = [0, 1, 2, last - 1, last].into_iter();
    let anywhere = (0..20_000).map(|_| random.next() % (last + 1));
    for position in edges.chain(anywhere).collect::<Vec<_>>() {
        let subtree = stored::subtree_at(position).expect("a position in the largest tree");
        assert_eq!(stored::position(subtree), position);
    }
    assert_eq!(stored::subtree_at(last + 1), None);
    assert_eq!(stored::subtree_at(u64::MAX), None);
}

#[test]
fn a_subtree_fits_in_the_largest_tree() {
    for (level, n) in [(0, SIZE_MAX - 1), (1, (SIZE_MAX - 1) / 2 - 1), (62, 0)] {
        let subtree = Subtree::new(level, n).expect("it fits");
        assert_eq!((subtree.level(), subtree.n()), (level, n));
        assert_eq!(subtree.end() - subtree.start(), 1 << level);
        assert!(subtree.is_in(subtree.end()) && !subtree.is_in(subtree.end() - 1));
    }
    for (level, n) in [(0, SIZE_MAX), (0, u64::MAX), (62, 1), (63, 0), (64, 0), (255, 0)] {
        assert_eq!(Subtree::new(level, n), None, "({level}, {n})");
    }
}
