//! The public board of a branch: what is in notice, masked, and how much waits where. Deductions and vetoes are
//! told to the household and its village's supervisor only; here they are counted.

use crate::bank::ids::Branch;
use crate::bank::words::{ItemKind, State};
use crate::bank::{Case, Row};
use crate::engine::View;
use crate::wire::pb;
use crate::words::mask;

use super::denial::Denial;
use super::desk::Desk;
use super::field;

pub(super) async fn get(desk: &Desk, request: pb::GetBoardRequest) -> Result<pb::GetBoardResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    let checkpoint = desk.engine.published().checkpoint.to_string();
    desk.look_in_public(|view| {
        let state = view.bank.branch(branch)?;
        let mut board = pb::GetBoardResponse {
            checkpoint,
            refused_total: state.refused_total,
            credited_total: state.credited_total,
            ..pb::GetBoardResponse::default()
        };
        for number in &state.cases {
            if let Ok(case) = view.bank.case(*number) {
                put_up(&mut board, view, *number, case);
            }
        }
        board.lines.sort_by_key(|line| (line.until_unix_ms, line.declaration));
        Ok(board)
    })
    .await
}

/// Adds one case to the board. Sheets count once for each stage that some row waits in.
fn put_up(board: &mut pb::GetBoardResponse, view: &View, number: u64, case: &Case) {
    let waits = |state| u64::from(case.rows.iter().any(|row| row.state == state));
    board.waiting_review += waits(State::Submitted);
    board.waiting_decision += waits(State::Endorsed);
    board.overdue += u64::from(case.rows.iter().any(|row| row.escalated > 0));
    for row in &case.rows {
        let objected = match row.state {
            State::Objected => true,
            State::OnNotice => false,
            _ => continue,
        };
        board.objections += u64::from(objected);
        match row.item.kind {
            ItemKind::Deed | ItemKind::Bonus => board.lines.push(line(view, number, case, row, objected)),
            ItemKind::Deduction | ItemKind::Veto => board.deductions += 1,
        }
    }
}

fn line(view: &View, number: u64, case: &Case, row: &Row, objected: bool) -> pb::BoardLine {
    let title = view.bank.item_title(case.branch, row.item.code).unwrap_or(&row.item.title);
    pb::BoardLine {
        declaration: number,
        household_masked: mask::household(row.household),
        item: row.item.code.to_string(),
        title: title.to_owned(),
        points: row.points,
        until_unix_ms: row.until.map_or(0, |until| until.0),
        objected,
    }
}
