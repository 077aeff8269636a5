//! What a backup says about itself: whose it is, how far it goes, and where chain and tree stand there, so that
//! the next one goes on from there. It is replaced as a whole, last of all: a backup is what its manifest says,
//! and whatever lies beyond is unfinished.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::UpkeepError;
use super::files;
use crate::engine::ChainWalk;
use crate::journal::CopyEnd;
use crate::tlog::{Frontier, Hash};

/// The manifest's name.
pub const MANIFEST: &str = "backup.json";
/// The format that this program writes and reads.
const FORMAT: u32 = 1;

/// One segment file of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentCopy {
    /// Its first index.
    pub first_index: u64,
    /// Its bytes.
    pub bytes: u64,
    /// How many of them are its last frame (or its header, where there is no frame).
    pub last_bytes: u64,
}

/// What a backup says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's number.
    pub format: u32,
    /// The bank's origin.
    pub origin: String,
    /// The log's verifier key.
    pub vkey: String,
    /// Entries.
    pub size: u64,
    /// Root of their tree, base64.
    pub root: String,
    /// The signed checkpoint over them.
    pub checkpoint: String,
    /// Hash of the newest entry, base64.
    pub previous: String,
    /// The roots of the tree's complete subtrees, largest first, base64.
    pub frontier: Vec<String>,
    /// The journal's files.
    pub segments: Vec<SegmentCopy>,
    /// Whether the log's key is in the backup: without it the bank can be read and audited, not served.
    pub has_key: bool,
}

impl Manifest {
    /// The manifest of a backup; `None` where none was finished.
    ///
    /// # Errors
    ///
    /// [`UpkeepError::Manifest`] where it cannot be understood, [`UpkeepError::Io`].
    pub fn read(dir: &Path) -> Result<Option<Manifest>, UpkeepError> {
        let path = dir.join(MANIFEST);
        let Some(bytes) = files::read_small(&path)? else { return Ok(None) };
        let wrong = |what: String| UpkeepError::Manifest { path: path.clone(), what };
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(wrong(format!("format {} is not known to this program", manifest.format)));
        }
        manifest.walk().ok_or_else(|| wrong("its hashes are malformed".to_owned()))?;
        Ok(Some(manifest))
    }

    /// Replaces the manifest of a backup.
    pub(super) fn write(&self, dir: &Path) -> Result<(), UpkeepError> {
        let path = dir.join(MANIFEST);
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| UpkeepError::Manifest { path: path.clone(), what: error.to_string() })?;
        files::replace(&path, format!("{text}\n").as_bytes())
    }

    /// Where chain and tree stand.
    pub(super) fn walk(&self) -> Option<ChainWalk> {
        let roots = self.frontier.iter().map(|root| Hash::from_base64(root).ok()).collect::<Option<_>>()?;
        let frontier = Frontier::from_parts(self.size, roots).ok()?;
        let previous = Hash::from_base64(&self.previous).ok()?;
        (frontier.root().to_base64() == self.root).then_some(ChainWalk { previous, frontier })
    }

    /// Where the copy of the journal ends.
    pub(super) fn end(&self) -> CopyEnd {
        let last = self.segments.last();
        last.map_or(CopyEnd::default(), |last| CopyEnd {
            segment: last.first_index,
            offset: last.bytes,
            next_index: self.size,
        })
    }
}

/// A manifest of what was copied.
pub(super) fn describe(
    (origin, vkey): (String, String),
    walk: &ChainWalk,
    checkpoint: String,
    segments: Vec<SegmentCopy>,
    has_key: bool,
) -> Manifest {
    Manifest {
        format: FORMAT,
        origin,
        vkey,
        size: walk.frontier.size(),
        root: walk.frontier.root().to_base64(),
        checkpoint,
        previous: walk.previous.to_base64(),
        frontier: walk.frontier.roots().iter().map(Hash::to_base64).collect(),
        segments,
        has_key,
    }
}
