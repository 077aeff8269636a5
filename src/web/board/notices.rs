//! What is on notice, as a villager reads it.

use crate::bank::Board;
use crate::engine::View;
use crate::words::Lang;

use super::super::notice::Notice;

/// Lines that are shown; the rest are counted.
const LINES: usize = 300;

/// The board's first half.
pub(super) struct Notices {
    pub(super) lines: Vec<Notice>,
    /// Lines beyond those shown.
    pub(super) more: usize,
}

impl Notices {
    pub(super) fn of(view: &View, lang: Lang, board: &Board) -> Notices {
        let shown = board.lines.iter().take(LINES);
        let lines = shown.filter_map(|line| {
            let case = view.bank.case(line.declaration).ok()?;
            Some(Notice::of(view, lang, line.declaration, case, line.row))
        });
        Notices { lines: lines.collect(), more: board.lines.len().saturating_sub(LINES) }
    }
}
