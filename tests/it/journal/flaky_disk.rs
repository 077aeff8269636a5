//! A disk that fails the n-th call, and that can lose its power.
//!
//! It writes real files, which stand for what the operating system would read back, and keeps
//! beside them what is durable. When the power goes, each sector that was written since the last
//! sync is on the disk or is not, the file has any length in between, and a name that was never
//! synced may be gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use civbank::journal::{Disk, SegmentFile};

use super::fixture::{Dice, put};

const SECTOR: usize = 512;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done.
    NotDone,
    /// Everything is done, yet a failure is reported.
    Done,
    /// A write stops half-way; a sync drops what it should have written, and the next one will
    /// not know of it, as Linux does.
    Half,
}

pub const FAULTS: [Fault; 3] = [Fault::NotDone, Fault::Done, Fault::Half];

/// The disk. A clone is the same disk.
#[derive(Clone, Default)]
pub struct FlakyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// How many more calls go well, and how the one after them fails.
    plan: Option<(u64, Fault)>,
    files: BTreeMap<PathBuf, Platter>,
}

/// What has really reached the disk of one file.
#[derive(Default)]
struct Platter {
    is_named: bool,
    bytes: Vec<u8>,
    /// The sectors that a sync would write.
    dirty: BTreeSet<usize>,
}

impl FlakyDisk {
    pub fn plan(&self, plan: Option<(u64, Fault)>) {
        self.state().plan = plan;
    }

    /// Whether the planned fault has come to pass.
    pub fn has_failed(&self) -> bool {
        self.state().plan.is_none()
    }

    /// Cuts the power: leaves in the real files what may be found after it comes back.
    pub fn lose_power(&self, dice: &mut Dice) {
        let files = &mut self.state().files;
        files.retain(|path, platter| {
            let is_kept = platter.is_named || dice.below(2) == 0;
            if !is_kept {
                fs::remove_file(path).unwrap();
            }
            is_kept
        });
        for (path, platter) in files {
            let written = fs::read(path).unwrap();
            let (short, long) = (platter.bytes.len(), written.len().max(platter.bytes.len()));
            let length = match dice.below(3) {
                0 => short,
                1 => long,
                _ => short + dice.below((long - short) as u64 + 1) as usize,
            };
            let luck = dice.below(3);
            let dirty = std::mem::take(&mut platter.dirty);
            for sector in dirty {
                if luck == 0 || luck == 1 && dice.below(2) == 0 {
                    platter.take(&written, sector);
                }
            }
            platter.bytes.resize(length, 0);
            platter.is_named = true;
            put(path, &platter.bytes);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Runs one call. `call` is told whether to do all of it or half.
    fn call(&self, call: impl FnOnce(&mut State, bool) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.state();
        let fault = match &mut state.plan {
            Some((0, fault)) => Some(*fault),
            Some((calls, _)) => {
                *calls -= 1;
                None
            }
            None => None,
        };
        let Some(fault) = fault else {
            return call(&mut state, true);
        };
        state.plan = None;
        if fault != Fault::NotDone {
            call(&mut state, fault == Fault::Done)?;
        }
        Err(io::Error::other("a flaky disk"))
    }

    fn file(&self, path: &Path, file: File) -> Box<dyn SegmentFile> {
        Box::new(FlakyFile { disk: self.clone(), path: path.to_owned(), file })
    }
}

impl Platter {
    /// One sector reaches the disk.
    fn take(&mut self, written: &[u8], sector: usize) {
        let end = written.len().min((sector + 1) * SECTOR);
        let range = end.min(sector * SECTOR)..end;
        self.bytes.resize(self.bytes.len().max(end), 0);
        self.bytes[range.clone()].copy_from_slice(&written[range]);
    }
}

impl Disk for FlakyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let mut file = None;
        self.call(|state, _| {
            file = Some(OpenOptions::new().write(true).create_new(true).open(path)?);
            state.files.insert(path.to_owned(), Platter::default());
            Ok(())
        })?;
        Ok(self.file(path, file.expect("the call went well")))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        self.call(|_, _| Ok(()))?;
        let file = OpenOptions::new().write(true).open(path)?;
        Ok(self.file(path, file))
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.call(|state, all| {
            for (path, platter) in &mut state.files {
                platter.is_named |= all && path.parent() == Some(dir);
            }
            Ok(())
        })
    }
}

struct FlakyFile {
    disk: FlakyDisk,
    path: PathBuf,
    file: File,
}

impl SegmentFile for FlakyFile {
    fn write_all_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let FlakyFile { disk, path, file } = self;
        disk.call(|state, all| {
            let bytes = if all { bytes } else { &bytes[..bytes.len() / 2] };
            file.write_all_at(bytes, offset)?;
            let first = offset as usize / SECTOR;
            let end = (offset as usize + bytes.len()).div_ceil(SECTOR);
            let platter = state.files.entry(path.clone()).or_default();
            platter.dirty.extend(first..end);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let path = &self.path;
        self.disk.call(|state, all| {
            let platter = state.files.entry(path.clone()).or_default();
            let dirty = std::mem::take(&mut platter.dirty);
            if all {
                let written = fs::read(path)?;
                for sector in dirty {
                    platter.take(&written, sector);
                }
                platter.bytes.resize(written.len(), 0);
            }
            Ok(())
        })
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let FlakyFile { disk, path, file } = self;
        disk.call(|state, all| {
            file.set_len(length)?;
            if all {
                let platter = state.files.entry(path.clone()).or_default();
                platter.bytes.resize(length as usize, 0);
                platter.dirty.retain(|sector| sector * SECTOR < length as usize);
            }
            Ok(())
        })
    }
}
