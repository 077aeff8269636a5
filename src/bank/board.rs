//! A branch's public board: which rows are on notice, and how much waits at each stage. Who is masked how, and in
//! which words, the faces say; that deductions and vetoes are counted and not shown is decided here.

use super::Bank;
use super::case::{Case, Row};
use super::ids::Branch;
use super::refusal::Refusal;
use super::words::{ItemKind, State};

/// A board as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Board<'a> {
    /// Rows on notice that everybody may see, by the end of their notice, then by number.
    pub lines: Vec<BoardLine<'a>>,
    /// Declarations and sheets with a row that waits for a liaison.
    pub waiting_review: u64,
    /// Declarations and sheets with a row that waits for the committee.
    pub waiting_decision: u64,
    /// Declarations and sheets with a stage past its deadline.
    pub overdue: u64,
    /// Rows with an open objection.
    pub objections: u64,
    /// Deductions and vetoes on notice: told to the household and its village's supervisor only.
    pub deductions: u64,
}

/// One row on notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardLine<'a> {
    /// The declaration or sheet.
    pub declaration: u64,
    /// The household's part of it.
    pub row: &'a Row,
    /// Somebody has objected; nothing is credited until the ruling.
    pub objected: bool,
}

impl Bank {
    /// The board of a branch.
    ///
    /// # Errors
    ///
    /// [`Refusal::BranchUnknown`].
    pub fn board(&self, branch: Branch) -> Result<Board<'_>, Refusal> {
        let mut board = Board::default();
        for number in self.branch(branch)?.cases.iter().copied() {
            if let Ok(case) = self.case(number) {
                board.put_up(number, case);
            }
        }
        board.lines.sort_by_key(|line| (line.row.until, line.declaration));
        Ok(board)
    }
}

impl<'a> Board<'a> {
    /// A sheet counts once for each stage in which some row of it waits.
    fn put_up(&mut self, declaration: u64, case: &'a Case) {
        let waits = |state| u64::from(case.rows.iter().any(|row| row.state == state));
        self.waiting_review += waits(State::Submitted);
        self.waiting_decision += waits(State::Endorsed);
        self.overdue += u64::from(case.rows.iter().any(|row| row.escalated > 0));
        for row in &case.rows {
            let objected = match row.state {
                State::Objected => true,
                State::OnNotice => false,
                _ => continue,
            };
            self.objections += u64::from(objected);
            match row.item.kind {
                ItemKind::Deed | ItemKind::Bonus => self.lines.push(BoardLine { declaration, row, objected }),
                ItemKind::Deduction | ItemKind::Veto => self.deductions += 1,
            }
        }
    }
}
