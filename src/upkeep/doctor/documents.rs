//! The documents looked at: that what entries name is there, and that each file is what its name says.

use std::path::Path;

use super::finding::{Code, Finding};
use super::journal::ReadJournal;
use crate::documents::{Address, DocumentError, Documents};
use crate::upkeep::{OnProgress, Stage};

pub(super) fn look(
    dir: &Path,
    read: Option<&ReadJournal>,
    is_running: bool,
    found: &mut Vec<Finding>,
    on_progress: OnProgress<'_>,
) {
    let documents = Documents::at(dir);
    let there = match documents.addresses() {
        Ok(there) => there,
        Err(error) => {
            found.push(Finding::of(Code::DocumentsUnreadable).at(dir).because(&error));
            return;
        }
    };
    let file = |address: &Address| {
        let name = address.to_string();
        dir.join(&name[..2]).join(name)
    };
    for (position, address) in (1..).zip(&there) {
        on_progress(Stage::Documents, position, there.len() as u64);
        if let Err(error) = documents.get(*address) {
            let code = match error {
                DocumentError::Damaged { .. } => Code::DocumentDamaged,
                _ => Code::FileUnreadable,
            };
            let index = read.and_then(|read| read.named.get(address)).copied();
            found.push(Finding { index, ..Finding::of(code).at(&file(address)).because(&error) });
        }
    }
    if let Some(read) = read {
        for (address, index) in &read.named {
            if there.binary_search(address).is_err() && !read.erased.contains(address) {
                found.push(Finding::of(Code::DocumentMissing).at(&file(address)).entry(*index));
            }
        }
        for address in read.erased.iter().filter(|address| there.binary_search(address).is_ok()) {
            found.push(Finding::of(Code::DocumentNotErased).at(&file(address)));
        }
    }
    // A running server has some under its pen.
    let unfinished = documents.unfinished().unwrap_or(0);
    if unfinished > 0 && !is_running {
        let what = format!("{unfinished} files");
        found.push(Finding { what, ..Finding::of(Code::DocumentUnfinished).at(&dir.join("unfinished")) });
    }
}
