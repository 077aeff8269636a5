//! What is on notice, as a villager reads it.

use crate::bank::ids::Branch;
use crate::bank::{Board, BoardLine};
use crate::engine::View;
use crate::words::{date, mask};

/// Lines that are shown; the rest are counted.
const LINES: usize = 300;

/// The board's first half.
pub(super) struct Notices {
    pub(super) lines: Vec<Line>,
    /// Lines beyond those shown.
    pub(super) more: usize,
}

/// One row on notice.
pub(super) struct Line {
    pub(super) declaration: u64,
    pub(super) household: String,
    pub(super) title: String,
    pub(super) points: i64,
    /// The last day on which one may object.
    pub(super) last: String,
    pub(super) left: String,
    /// Somebody has objected; nothing is credited until the ruling.
    pub(super) objected: bool,
}

impl Notices {
    pub(super) fn of(view: &View, branch: Branch, board: &Board) -> Notices {
        Notices {
            lines: board.lines.iter().take(LINES).map(|one| line(view, branch, one)).collect(),
            more: board.lines.len().saturating_sub(LINES),
        }
    }
}

fn line(view: &View, branch: Branch, line: &BoardLine) -> Line {
    let BoardLine { declaration, row, objected } = *line;
    let title = view.bank.item_title(branch, row.item.code).unwrap_or(&row.item.title);
    // The notice ends at the midnight after its last day.
    let last = row.until.map(|until| until.plus_minutes(-1).day());
    Line {
        declaration,
        household: mask::household(row.household),
        title: title.to_owned(),
        points: row.points,
        last: last.map_or(String::new(), date::month_day),
        left: last.map_or(String::new(), |last| date::left(view.now.day(), last)),
        objected,
    }
}
