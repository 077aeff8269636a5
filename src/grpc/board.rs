//! The public board of a branch: what is in notice, masked, how much waits where, and what the village shows of itself.

use crate::access::Denial;
use crate::access::{documents, field};
use crate::bank::ids::{Branch, Digest};
use crate::bank::{BoardLine, Counts, Place, Standings, Suggestions};
use crate::engine::View;
use crate::wire::pb;
use crate::words::mask;

use super::desk::Desk;

/// Answers that are told, the newest.
const ANSWERS: usize = 5;

pub(super) async fn get(desk: &Desk, request: pb::GetBoardRequest) -> Result<pb::GetBoardResponse, Denial> {
    let branch: Branch = field::required("branch", &request.branch)?;
    let checkpoint = desk.engine.published().checkpoint.to_string();
    let board = desk.look_in_public(|view| {
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
            standings: Some(standings(view.bank.standings(branch, view.now.day())?)),
            record: Some(pb::Record {
                month: Some(counts(state.record.month(view.now.day()))),
                total: Some(counts(state.record.total)),
            }),
            suggestions: Some(suggestions(&state.suggestions)),
        })
    });
    let mut board = board.await?;
    if let Some(suggestions) = &mut board.suggestions {
        read(desk, &mut suggestions.answers).await;
    }
    Ok(board)
}

/// Fetches the answers' words, which their givers wrote for everybody. Where documents cannot be read the board goes
/// without them.
async fn read(desk: &Desk, answers: &mut [pb::SuggestionAnswer]) {
    let addresses: Vec<Digest> =
        answers.iter().filter_map(|one| one.document.as_slice().try_into().ok().map(Digest)).collect();
    let found = documents::texts(&desk.engine, addresses).await.unwrap_or_default();
    for (answer, text) in answers.iter_mut().zip(found) {
        answer.text = text.unwrap_or_default();
    }
}

fn standings(standings: Standings) -> pb::Standings {
    let line = |place: &Place| pb::StandingsLine {
        rank: u32::try_from(place.rank).unwrap_or(u32::MAX),
        household_tail: mask::household_tail(place.household),
        points: place.points,
    };
    pb::Standings {
        month: standings.month.iter().map(line).collect(),
        year: standings.year.iter().map(line).collect(),
        agreed: standings.agreed,
        unnamed: standings.unnamed,
    }
}

fn counts(counts: Counts) -> pb::RecordCounts {
    pb::RecordCounts {
        approved: counts.approved,
        refused: counts.refused,
        objected: counts.objected,
        credited: counts.credited,
        voided: counts.voided,
        late_reviews: counts.late_reviews,
        late_decisions: counts.late_decisions,
        late_rulings: counts.late_rulings,
    }
}

fn suggestions(heard: &Suggestions) -> pb::Suggestions {
    let answers = heard.answers.iter().rev().take(ANSWERS).map(|one| pb::SuggestionAnswer {
        suggestion: one.suggestion,
        answered_unix_ms: one.at.0,
        document: one.document.0.to_vec(),
        text: String::new(),
    });
    pb::Suggestions {
        received: heard.received,
        answered: heard.answered,
        open: heard.open.len() as u64,
        answers: answers.collect(),
    }
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
