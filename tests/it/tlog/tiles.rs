//! Tiles: paths, widths, bundles.

use civbank::tlog::tile::{
    self, TILE_NUMBER_MAX, decode_entries, decode_hashes, encode_entries, encode_hashes,
};
use civbank::tlog::{Frontier, Hash, SIZE_MAX, Subtree, Tile, TileError, TileKind, stored};

use super::{Random, base64, golden_leaves, leaves, naive_root};

const ENTRIES: TileKind = TileKind::Entries;

fn hashes(level: u8) -> TileKind {
    TileKind::Hashes { level }
}

#[test]
fn paths_have_one_spelling() {
    let table = [
        (hashes(0), 0, 256, "tile/0/000"),
        (hashes(0), 255, 256, "tile/0/255"),
        (hashes(0), 999, 1, "tile/0/999.p/1"),
        (hashes(0), 1000, 256, "tile/0/x001/000"),
        (hashes(0), 455_667, 256, "tile/0/x455/667"),
        (hashes(1), 1_234_067, 8, "tile/1/x001/x234/067.p/8"),
        (hashes(2), 1_000_000, 256, "tile/2/x001/x000/000"),
        (hashes(15), 123_456_789, 41, "tile/15/x123/x456/789.p/41"),
        (hashes(63), 0, 255, "tile/63/000.p/255"),
        (ENTRIES, 1, 1, "tile/entries/001.p/1"),
        (ENTRIES, 1_234_067, 256, "tile/entries/x001/x234/067"),
        (ENTRIES, TILE_NUMBER_MAX, 255, "tile/entries/x036/x028/x797/x018/x963/967.p/255"),
    ];
    for (kind, number, width, path) in table {
        let tile = Tile::new(kind, number, width).expect("a tile");
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
        assert_eq!((tile.kind(), tile.number(), tile.width()), (kind, number, width));
        assert_eq!(tile.is_full(), !path.contains(".p/"));
    }
}

#[test]
fn other_paths_are_refused() {
    let table = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile//000",
        "Tile/0/000",
        "tile/00/000",
        "tile/+1/000",
        "tile/-1/000",
        "tile/256/000",
        "tile/Entries/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x001",
        "tile/0/x001/x234",
        "tile/0/001/234",
        "tile/0/x000/067",
        "tile/0/x000/x001/067",
        "tile/0/X001/067",
        "tile/0/x01/067",
        "tile/0/x001//067",
        "tile/0//067",
        "tile/0/x001/067/",
        "tile/0/x001/+67",
        "tile/0/x001/٠٦٧",
        "tile/0/x001/x234/067.p/",
        "tile/0/067.p",
        "tile/0/067.p/0",
        "tile/0/067.p/08",
        "tile/0/067.p/+8",
        "tile/0/067.p/256",
        "tile/0/067.p/abc",
        "tile/0/067.p/8/",
        "tile/0/067.p/8.p/8",
        "tile/0/067.P/8",
        "tile/0/067 ",
        "tile/0/067\n",
        "tile/0/../067",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ];
    for path in table {
        assert_eq!(path.parse::<Tile>(), Err(TileError::BadPath), "{path:?}");
    }
    assert_eq!("tile/64/000".parse::<Tile>(), Err(TileError::BadLevel { level: 64 }));
    let number = TILE_NUMBER_MAX + 1;
    assert_eq!("tile/0/x036/x028/x797/x018/x963/968".parse::<Tile>(), Err(TileError::BadNumber { number }));
    for width in [0, 257] {
        let refused = Err(TileError::BadWidth { width: width.into() });
        assert_eq!(Tile::new(ENTRIES, 0, width), refused);
    }
}

#[test]
fn random_tiles_go_to_their_path_and_back() {
    let mut random = Random::new("tiles");
    for _ in 0..10_000 {
        let kind = match random.below(65) {
            64 => ENTRIES,
            level => hashes(level as u8),
        };
        let number = (random.next() % (TILE_NUMBER_MAX + 1)) >> random.below(56);
        let width = 1 + random.below(256) as u16;
        let tile = Tile::new(kind, number, width).expect("a tile");
        assert_eq!(tile.to_string().parse(), Ok(tile));
    }
}

#[test]
fn widths_of_published_sizes() {
    // 273 full and .p/112; 1 full and .p/17; .p/1.
    let rows = [(0, 273, 112), (1, 1, 17), (2, 0, 1), (3, 0, 0), (63, 0, 0)];
    for (level, full, partial) in rows {
        assert_eq!(tile::full_tiles(hashes(level), 70_000), full, "level {level}");
        assert_eq!(tile::partial_width(hashes(level), 70_000), partial, "level {level}");
    }
    assert_eq!(tile::full_tiles(ENTRIES, 70_000), 273);
    assert_eq!(tile::partial_width(ENTRIES, 70_000), 112);
    let paths = |kind, size| {
        let numbers = 0..=tile::full_tiles(kind, size);
        numbers
            .filter_map(|number| Tile::in_tree(kind, number, size))
            .map(|tile| tile.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(paths(hashes(0), 256), ["tile/0/000"]);
    assert_eq!(paths(hashes(1), 256), ["tile/1/000.p/1"]);
    assert_eq!(paths(hashes(1), 255), [""; 0]);
    assert_eq!(paths(ENTRIES, 257), ["tile/entries/000", "tile/entries/001.p/1"]);
    assert_eq!(paths(hashes(1), 70_000), ["tile/1/000", "tile/1/001.p/17"]);
    assert_eq!(Tile::in_tree(ENTRIES, u64::MAX, SIZE_MAX), None);
    assert_eq!(Tile::in_tree(hashes(8), 0, SIZE_MAX), None);
}

#[test]
fn a_tile_says_which_hashes_fill_it() {
    let leaves = leaves(1000);
    let mut file = Vec::new();
    let mut frontier = Frontier::new();
    for leaf in &leaves {
        frontier.push_with(*leaf, |_, hash| file.push(hash));
    }
    for level in 0..=2 {
        for number in 0..4 {
            let Some(tile) = Tile::in_tree(hashes(level), number, 1000) else {
                let reached = 1000 >> (8 * level) <= 256 * number;
                assert!(reached, "tile {number} of level {level} is missing");
                continue;
            };
            let held =
                tile.subtrees().map(|subtree| file[stored::position(subtree) as usize]).collect::<Vec<_>>();
            let span = 1_usize << (8 * level);
            let from = number as usize * 256 * span;
            let want = leaves[from..].chunks_exact(span).take(256).map(naive_root).collect::<Vec<_>>();
            assert_eq!(held, want, "{tile}");
            let bytes = encode_hashes(&held).expect("a tile of hashes");
            assert_eq!(bytes.len(), 32 * held.len());
            assert_eq!(decode_hashes(&bytes, tile.width()), Ok(held));
            let size_min = tile.size_min().expect("a tree that has it");
            assert_eq!(Tile::in_tree(tile.kind(), number, size_min), Some(tile));
            assert_ne!(Tile::in_tree(tile.kind(), number, size_min - 1), Some(tile));
        }
    }
    let above_every_tree = Tile::new(hashes(8), 0, 256).expect("a path");
    assert_eq!(above_every_tree.subtrees().count(), 0);
    assert_eq!(above_every_tree.size_min(), None);
    let bundle = Tile::new(ENTRIES, 3, 2).expect("a bundle");
    let want = [768, 769].map(|n| Subtree::new(0, n).expect("a leaf"));
    assert!(bundle.subtrees().eq(want));
}

#[test]
fn the_golden_bundle_byte_for_byte() {
    let entries = ["one", "two", "three"];
    let bundle = encode_entries(&entries).expect("a bundle");
    assert_eq!(hex::encode(&bundle), "00036f6e65000374776f00057468726565");
    let decoded = decode_entries(&bundle, 3).expect("three entries");
    assert!(decoded.iter().zip(entries).all(|(a, b)| *a == b.as_bytes()));
    // The hash tile of the same log begins with the hash that size 1 publishes.
    let tile = encode_hashes(&golden_leaves()).expect("a tile");
    let first = base64("0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=");
    assert_eq!(tile[..32], first.as_bytes()[..]);
}

#[test]
fn a_bundle_is_read_to_its_last_byte_or_refused() {
    let entries: [&[u8]; 3] = [b"", b"two", &[7; 65_535]];
    let bundle = encode_entries(&entries).expect("a bundle");
    assert_eq!(decode_entries(&bundle, 3), Ok(entries.to_vec()));
    for width in [1, 2, 4, 256] {
        assert_eq!(decode_entries(&bundle, width), Err(TileError::BadLength));
    }
    let short = encode_entries(&entries[..2]).expect("a bundle");
    for end in 0..short.len() {
        assert_eq!(decode_entries(&short[..end], 2), Err(TileError::BadLength), "{end}");
    }
    let trailing = [short.as_slice(), &[0]].concat();
    assert_eq!(decode_entries(&trailing, 2), Err(TileError::BadLength));
    for width in [0, 257] {
        let refused = TileError::BadWidth { width: width.into() };
        assert_eq!(decode_entries(&short, width), Err(refused));
        assert_eq!(decode_hashes(&[], width), Err(refused));
        assert_eq!(encode_entries(&vec![b""; width.into()]), Err(refused));
        let hashes = vec![Hash::from_bytes([0; 32]); width.into()];
        assert_eq!(encode_hashes(&hashes), Err(refused));
    }
    let length = 65_536;
    let too_long = encode_entries(&[vec![0; length]]);
    assert_eq!(too_long, Err(TileError::EntryTooLong { length }));
    for length in [0, 31, 33, 64] {
        assert_eq!(decode_hashes(&vec![0; length], 1), Err(TileError::BadLength));
    }
}
