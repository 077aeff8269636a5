//! The public board of a branch: what is in notice, masked, and how much waits where.

use crate::access::Denial;
use crate::access::field;
use crate::bank::BoardLine;
use crate::bank::ids::Branch;
use crate::engine::View;
use crate::wire::pb;
use crate::words::mask;

use super::desk::Desk;

pub(super) async fn get(desk: &Desk, request: pb::GetBoardRequest) -> Result<pb::GetBoardResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    let checkpoint = desk.engine.published().checkpoint.to_string();
    desk.look_in_public(|view| {
        let state = view.bank.branch(branch)?;
        let board = view.bank.board(branch)?;
        Ok(pb::GetBoardResponse {
            lines: board.lines.iter().map(|one| line(view, branch, one)).collect(),
            waiting_review: board.waiting_review,
            waiting_decision: board.waiting_decision,
            overdue: board.overdue,
            objections: board.objections,
            deductions: board.deductions,
            checkpoint,
            refused_total: state.refused_total,
            credited_total: state.credited_total,
        })
    })
    .await
}

fn line(view: &View, branch: Branch, line: &BoardLine) -> pb::BoardLine {
    let BoardLine { declaration, row, objected } = *line;
    let title = view.bank.item_title(branch, row.item.code).unwrap_or(&row.item.title);
    pb::BoardLine {
        declaration,
        household_masked: mask::household(row.household),
        item: row.item.code.to_string(),
        title: title.to_owned(),
        points: row.points,
        until_unix_ms: row.until.map_or(0, |until| until.0),
        objected,
    }
}
