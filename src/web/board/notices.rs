//! What is on notice, and how much waits at each stage.

use crate::bank::ids::Branch;
use crate::bank::words::{ItemKind, State};
use crate::bank::{BranchState, Case, Row};
use crate::engine::View;
use crate::words::{date, mask};

/// Lines that are shown; the rest are counted.
const LINES: usize = 300;

/// The board's first half.
#[derive(Default)]
pub(super) struct Notices {
    pub(super) lines: Vec<Line>,
    /// Lines beyond those shown.
    pub(super) more: usize,
    /// Declarations and sheets that wait for a liaison.
    pub(super) reviewing: usize,
    /// Declarations and sheets that wait for the committee.
    pub(super) deciding: usize,
    /// Those with a stage past its deadline.
    pub(super) overdue: usize,
    /// Rows with an open objection.
    pub(super) objected: usize,
    /// Deductions and vetoes on notice.
    pub(super) deductions: usize,
    pub(super) credited: u64,
    pub(super) refused: u64,
}

/// One row on notice.
pub(super) struct Line {
    /// End of the notice in ms, then the declaration: the order of the board.
    order: (i64, u64),
    pub(super) declaration: u64,
    pub(super) household: String,
    pub(super) title: String,
    pub(super) points: i64,
    /// The last day on which one may object.
    pub(super) last: String,
    pub(super) left: String,
    /// Somebody has objected; it is credited to nobody until the ruling.
    pub(super) objected: bool,
}

impl Notices {
    pub(super) fn of(view: &View, branch: Branch, state: &BranchState) -> Notices {
        let (credited, refused) = (state.credited_total, state.refused_total);
        let mut notices = Notices { credited, refused, ..Notices::default() };
        for number in state.cases.iter().copied() {
            if let Ok(case) = view.bank.case(number) {
                notices.put_up(view, branch, number, case);
            }
        }
        notices.lines.sort_by_key(|line| line.order);
        notices.more = notices.lines.len().saturating_sub(LINES);
        notices.lines.truncate(LINES);
        notices
    }

    /// A sheet counts once for each stage in which some row of it waits.
    fn put_up(&mut self, view: &View, branch: Branch, number: u64, case: &Case) {
        let waits = |state| usize::from(case.rows.iter().any(|row| row.state == state));
        self.reviewing += waits(State::Submitted);
        self.deciding += waits(State::Endorsed);
        self.overdue += usize::from(case.rows.iter().any(|row| row.escalated > 0));
        for row in &case.rows {
            let objected = match row.state {
                State::Objected => true,
                State::OnNotice => false,
                _ => continue,
            };
            self.objected += usize::from(objected);
            match row.item.kind {
                ItemKind::Deed | ItemKind::Bonus => {
                    self.lines.push(line(view, branch, number, row, objected))
                }
                ItemKind::Deduction | ItemKind::Veto => self.deductions += 1,
            }
        }
    }
}

fn line(view: &View, branch: Branch, number: u64, row: &Row, objected: bool) -> Line {
    let title = view.bank.item_title(branch, row.item.code).unwrap_or(&row.item.title);
    // The notice ends at the midnight after its last day.
    let last = row.until.map(|until| until.plus_minutes(-1).day());
    Line {
        order: (row.until.map_or(0, |until| until.0), number),
        declaration: number,
        household: mask::household(row.household),
        title: title.to_owned(),
        points: row.points,
        last: last.map_or(String::new(), date::month_day),
        left: last.map_or(String::new(), |last| date::left(view.now.day(), last)),
        objected,
    }
}
