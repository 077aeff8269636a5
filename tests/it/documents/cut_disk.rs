//! A disk for documents that loses its power between two calls, or in the middle of one.
//!
//! It writes real files, which stand for what the operating system shows, and keeps beside them what is durable. When
//! the power goes, each name that was made or taken away since its directory was last synced is as before or as after,
//! by itself; a directory whose own name was never synced may be gone with all that is in it; a file that was not
//! synced is there in any length. That is less than any file system promises, and all that documents count on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use civbank::documents::{Disk, OsDisk};

use crate::it::journal::fixture::Dice;

/// The disk. A clone is the same disk.
#[derive(Clone, Default)]
pub struct CutDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Calls that still go well; none: all do.
    left: Option<u64>,
    is_off: bool,
    /// Whether the call in which the power goes is done half.
    is_halved: bool,
    dirs: BTreeSet<PathBuf>,
    /// What each durable name stands for.
    names: BTreeMap<PathBuf, Vec<u8>>,
    /// What was done to names and is not durable, in order.
    pending: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Dir(PathBuf),
    /// A name, and the file's content; of one that was not synced, what might be found.
    Name(PathBuf, Vec<u8>),
    Gone(PathBuf),
}

impl Step {
    fn path(&self) -> &Path {
        match self {
            Step::Dir(path) | Step::Name(path, _) | Step::Gone(path) => path,
        }
    }
}

/// How far a call goes.
#[derive(PartialEq)]
enum Far {
    Whole,
    Half,
}

impl CutDisk {
    /// The power goes after so many more calls; in the middle of the next one if `is_halved`.
    pub fn cut_after(&self, calls: u64, is_halved: bool) {
        let mut state = self.state();
        (state.left, state.is_halved) = (Some(calls), is_halved);
    }

    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// What is found when the power is back; the files are made so. Nothing is planned any more.
    pub fn power_comes_back(&self, dice: &mut Dice) {
        let mut state = self.state();
        for step in std::mem::take(&mut state.pending) {
            if dice.below(2) == 0 {
                state.make_durable(step);
            }
        }
        // Where a directory's name is gone, so is what is in it.
        let State { dirs, names, .. } = &mut *state;
        names.retain(|path, _| path.parent().is_some_and(|dir| dirs.contains(dir)));
        let mut found = Vec::new();
        dirs.iter().for_each(|dir| gather(dir, &mut found));
        for path in found {
            if !names.contains_key(&path) {
                fs::remove_file(path).expect("a file to lose");
            }
        }
        for (path, bytes) in names {
            if fs::read(path).ok().as_ref() != Some(bytes) {
                fs::write(path, bytes).expect("a file that is found");
            }
        }
        (state.left, state.is_off) = (None, false);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    fn call(&self, call: impl FnOnce(&mut State, Far) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.state();
        if state.is_off {
            return Err(io::Error::other("there is no power"));
        }
        match &mut state.left {
            Some(0) => {
                state.is_off = true;
                if state.is_halved {
                    call(&mut state, Far::Half)?;
                }
                Err(io::Error::other("the power goes"))
            }
            left => {
                if let Some(left) = left {
                    *left -= 1;
                }
                call(&mut state, Far::Whole)
            }
        }
    }
}

/// The files of a directory, not of those below it.
fn gather(dir: &Path, found: &mut Vec<PathBuf>) {
    let listed = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    found.extend(listed.filter(|path| path.is_file()));
}

impl State {
    fn make_durable(&mut self, step: Step) {
        match step {
            Step::Dir(path) => drop(self.dirs.insert(path)),
            Step::Name(path, bytes) => drop(self.names.insert(path, bytes)),
            Step::Gone(path) => drop(self.names.remove(&path)),
        }
    }
}

impl Disk for CutDisk {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.call(|state, _| {
            let is_there = path.is_dir();
            OsDisk.make_dir(path)?;
            // One that was there and is not known was there before this disk was.
            let known = state.dirs.contains(path) || state.pending.iter().any(|step| step.path() == path);
            if !is_there || !known {
                state.pending.push(Step::Dir(path.to_owned()));
            }
            Ok(())
        })
    }

    fn write_new(&self, path: &Path, parts: &[&[u8]]) -> io::Result<()> {
        self.call(|state, far| {
            let bytes = parts.concat();
            let bytes = if far == Far::Half { &bytes[..bytes.len() / 2] } else { &bytes };
            OsDisk.write_new(path, &[bytes])?;
            state.pending.push(Step::Name(path.to_owned(), bytes.to_vec()));
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|state, _| {
            let bytes = fs::read(from)?;
            OsDisk.rename(from, to)?;
            state.pending.push(Step::Name(to.to_owned(), bytes));
            state.pending.push(Step::Gone(from.to_owned()));
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call(|state, _| {
            OsDisk.remove(path)?;
            state.pending.push(Step::Gone(path.to_owned()));
            Ok(())
        })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.call(|state, far| {
            for step in std::mem::take(&mut state.pending) {
                // Half a sync makes nothing durable that may be relied upon.
                if far == Far::Whole && step.path().parent() == Some(path) {
                    state.make_durable(step);
                } else {
                    state.pending.push(step);
                }
            }
            Ok(())
        })
    }
}
