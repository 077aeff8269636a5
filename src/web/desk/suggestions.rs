//! `GET /desk/suggestions`: what villagers suggested and nobody has answered, for those who may answer. Each look at
//! the words is noted in the program's log, like every other read of what people wrote.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Credential, Denial, documents, look};
use crate::bank::authority::{Act, Subject};
use crate::bank::ids::Digest;
use crate::words::sentence;

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::{Frame, shown};

/// Suggestions on one page.
const SHOWN_MAX: usize = 50;

/// One that waits.
struct Waiting {
    number: u64,
    branch: String,
    household: String,
    day: String,
    /// None: erased since.
    words: Option<String>,
    document: Digest,
}

#[derive(Template)]
#[template(path = "suggestions.html")]
struct SuggestionsPage {
    frame: Frame,
    key: String,
    waiting: Vec<Waiting>,
    /// Suggestions that wait beyond those that one page shows.
    more: usize,
}

/// `GET /desk/suggestions`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, _| {
        let may =
            |branch| view.bank.may(Act::AnswerSuggestion, session.signer, &Subject::branch(branch), view.now);
        let branches: Vec<_> = view.bank.branches(None).filter(|(branch, _)| may(*branch)).collect();
        if branches.is_empty() {
            return Err(Denial::ReadDenied(Act::AnswerSuggestion.needs()));
        }
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut all = 0;
        for (_, state) in branches {
            all += state.suggestions.open.len();
            let room = SHOWN_MAX.saturating_sub(waiting.len());
            waiting.extend(state.suggestions.open.iter().take(room).map(|(number, one)| Waiting {
                number: *number,
                branch: state.title.clone(),
                household: sentence(&lang.household(one.household)),
                day: lang.day(one.at.day()),
                words: None,
                document: one.document,
            }));
        }
        let (frame, key) = (Frame::of(&web.engine, view, lang), session.key.to_string());
        let more = all - waiting.len();
        Ok(SuggestionsPage { frame, key, waiting, more })
    });
    let mut composed = composed.await;
    if let Ok(page) = &mut composed {
        let addresses: Vec<Digest> = page.waiting.iter().map(|one| one.document).collect();
        let found = documents::texts(&web.engine, addresses).await.unwrap_or_default();
        for (one, words) in page.waiting.iter_mut().zip(found) {
            let (signer, number) = (session.signer, one.number);
            tracing::info!(target: "civbank::unmasked", ?signer, kind = "suggestion", number, "document read");
            one.words = words;
        }
    }
    shown(lang, composed, false)
}
