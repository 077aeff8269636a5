//! How often the code on a village's wall was scanned, by month: a count for the board, kept in one small file.
//!
//! It is no part of the ledger: nobody signs a scan, anybody can make as many as they like, and who scanned is not
//! noted. The file is written some seconds after a scan, whole, under another name first; what was counted since is
//! lost in a crash, and a file that does not read begins anew. Counts are of requests, not of people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::bank::ids::Branch;
use crate::bank::time::Month;

/// How long counts wait for company before they are written.
const WRITTEN_AFTER: Duration = Duration::from_secs(5);
/// Months that are kept, the running one included.
const MONTHS_KEPT: u32 = 13;
/// Longest file that is read: a hundred thousand lines.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The counts. Clones are the same.
#[derive(Clone)]
pub(super) struct Scans(Arc<Inner>);

struct Inner {
    /// None: counted in memory only.
    path: Option<PathBuf>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    by_month: BTreeMap<(Branch, Month), u64>,
    /// A task is on its way to write.
    planned: bool,
}

impl Scans {
    /// The counts in this file, or none where there is none.
    pub(super) fn at(path: Option<PathBuf>) -> Scans {
        let by_month = path.as_deref().map(read).unwrap_or_default();
        Scans(Arc::new(Inner { path, counts: Mutex::new(Counts { by_month, planned: false }) }))
    }

    /// Of one village in one month.
    pub(super) fn of(&self, branch: Branch, month: Month) -> u64 {
        self.0.lock().by_month.get(&(branch, month)).copied().unwrap_or(0)
    }

    /// One more. The caller knows that there is such a branch: others would fill the file.
    pub(super) fn count(&self, branch: Branch, month: Month) {
        let mut counts = self.0.lock();
        let count = counts.by_month.entry((branch, month)).or_default();
        *count = count.saturating_add(1);
        if self.0.path.is_none() || counts.planned {
            return;
        }
        counts.planned = true;
        let inner = self.0.clone();
        tokio::spawn(async move {
            tokio::time::sleep(WRITTEN_AFTER).await;
            // Whether it is written matters to nobody who waits.
            let _ = tokio::task::spawn_blocking(move || inner.write(month)).await;
        });
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Numbers; a panic elsewhere cannot leave them half changed.
        self.counts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self, now: Month) {
        let mut text = String::new();
        {
            let mut counts = self.lock();
            counts.planned = false;
            counts.by_month.retain(|(_, month), _| month.0 + MONTHS_KEPT > now.0);
            for ((branch, month), count) in &counts.by_month {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{branch} {} {count}", month.0);
            }
        }
        let Some(path) = &self.path else { return };
        let fresh = path.with_extension("new");
        let written = std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, path));
        if let Err(error) = written {
            tracing::warn!(%error, path = %path.display(), "keeping the count of scans");
        }
    }
}

fn read(path: &Path) -> BTreeMap<(Branch, Month), u64> {
    let fits = std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= FILE_BYTES_MAX);
    let text = if fits { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    text.lines().filter_map(line).collect()
}

fn line(text: &str) -> Option<((Branch, Month), u64)> {
    let mut words = text.split(' ');
    let branch = words.next()?.parse().ok()?;
    let month = words.next()?.parse().ok()?;
    let count = words.next()?.parse().ok()?;
    Some(((branch, Month(month)), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch() -> Branch {
        "370829199201".parse().unwrap()
    }

    #[tokio::test]
    async fn counts_outlive_the_process_and_old_months_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scans");
        let (old, now) = (Month(24_300), Month(24_320));
        std::fs::write(&path, format!("{} {} 7\nnonsense\n{} {} 3\n", branch(), old.0, branch(), now.0))
            .unwrap();
        let scans = Scans::at(Some(path.clone()));
        assert_eq!((scans.of(branch(), old), scans.of(branch(), now)), (7, 3));
        scans.count(branch(), now);
        scans.count(branch(), now);
        assert_eq!(scans.of(branch(), now), 5);
        assert_eq!(Scans::at(Some(path.clone())).of(branch(), now), 3, "written a little later");
        scans.0.write(now);
        assert_eq!(Scans::at(Some(path.clone())).of(branch(), now), 5);
        assert_eq!(Scans::at(Some(path)).of(branch(), old), 0, "older than a year");
    }

    #[tokio::test]
    async fn a_damaged_or_missing_file_begins_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scans");
        assert_eq!(Scans::at(Some(path.clone())).of(branch(), Month(1)), 0);
        std::fs::write(&path, b"\xff\xfe370829199201 1 2").unwrap();
        let scans = Scans::at(Some(path));
        scans.count(branch(), Month(1));
        assert_eq!(scans.of(branch(), Month(1)), 1);
    }
}
