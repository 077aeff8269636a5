//! `GET /desk/catalogue`: the versions of a catalogue, in force and to come, and an editor for the next one. The head
//! bank's unless `?branch=` names a village, whose own list holds what differs there.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::access::{Credential, Denial, look};
use crate::bank::ids::Branch;
use crate::bank::words::{CapWindow, EvidenceKind, ItemKind, ItemSubject, Pillar, Unit};
use crate::engine::View;
use crate::wire::{item_to_pb, pb};
use crate::words::Lang;

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::facts::Reason;
use super::officer::officer_only;
use super::{Frame, shown};

/// Whose catalogue.
#[derive(Deserialize)]
pub(super) struct Ask {
    branch: Option<String>,
}

/// One version.
struct Version {
    number: u32,
    from: String,
    /// How it stands to today: in force, to come, or over.
    state: &'static str,
    items: usize,
}

/// A publisher that may be chosen.
struct Publisher {
    code: String,
    title: String,
    chosen: bool,
}

/// The closed sets that an item's fields choose from.
struct Choices {
    pillar: Vec<Reason>,
    kind: Vec<Reason>,
    unit: Vec<Reason>,
    subject: Vec<Reason>,
    window: Vec<Reason>,
    evidence: Vec<Reason>,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    frame: Frame,
    key: String,
    publishers: Vec<Publisher>,
    /// Empty for the head bank's own.
    branch: String,
    title: String,
    versions: Vec<Version>,
    /// Items of the newest version, as commands write them: what the next one begins with.
    items: String,
    /// The first day that a new version may have, and today.
    first: String,
    choices: Choices,
}

/// `GET /desk/catalogue`.
pub(super) async fn page(
    State(web): State<Web>,
    Reading(lang): Reading,
    session: Session,
    ask: Result<Query<Ask>, QueryRejection>,
) -> Response {
    let asked: Option<Branch> = ask.ok().and_then(|Query(ask)| ask.branch?.parse().ok());
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let head = view.bank.head();
        let branch = asked.filter(|branch| *branch != head && view.bank.branch(*branch).is_ok());
        compose(view, Frame::of(&web.engine, view, lang), session.key.to_string(), branch)
    });
    shown(lang, composed.await, false)
}

fn compose(view: &View, frame: Frame, key: String, branch: Option<Branch>) -> Result<CataloguePage, Denial> {
    let (today, lang) = (view.now.day(), frame.lang);
    let of = branch.unwrap_or(view.bank.head());
    let all: Vec<_> = view.bank.catalogue_versions(branch).collect();
    let in_force = all.iter().rposition(|(_, from, _)| *from <= today);
    let state = |at: usize| match in_force {
        Some(now) if at == now => lang.t("在用", "in force"),
        Some(now) if at < now => lang.t("已停用", "no longer in force"),
        _ => lang.t("待用", "to come"),
    };
    let version = |(at, (number, from, items)): (usize, &(u32, _, &[_]))| Version {
        number: *number,
        from: lang.day(*from),
        state: state(at),
        items: items.len(),
    };
    let newest = all.last();
    let items: Vec<pb::CatalogueItem> =
        newest.map_or(Vec::new(), |(_, _, items)| items.iter().map(|item| item_to_pb(item)).collect());
    let publisher = |(code, state): (Branch, &crate::bank::BranchState)| Publisher {
        code: if code == view.bank.head() { String::new() } else { code.to_string() },
        title: state.title.clone(),
        chosen: code == of,
    };
    Ok(CataloguePage {
        frame,
        key,
        publishers: view.bank.branches(None).map(publisher).collect(),
        branch: branch.map_or(String::new(), |branch| branch.to_string()),
        title: view.bank.branch(of)?.title.clone(),
        versions: all.iter().enumerate().rev().map(version).collect(),
        items: serde_json::to_string(&items).map_err(|_| Denial::Internal)?,
        first: newest.map_or(today, |(_, from, _)| (*from).max(today)).to_string(),
        choices: choices(lang),
    })
}

fn choices(lang: Lang) -> Choices {
    macro_rules! of {
        ($set:ident, $pb:ident) => {
            $set::ALL
                .iter()
                .map(|word| {
                    let wire = pb::$pb::try_from(word.number()).unwrap_or_default();
                    Reason { name: wire.as_str_name(), text: lang.name(*word) }
                })
                .collect()
        };
    }
    let mut unit: Vec<Reason> = of!(Unit, Unit);
    // Items move points or score, nothing else.
    unit.truncate(2);
    Choices {
        pillar: of!(Pillar, Pillar),
        kind: of!(ItemKind, ItemKind),
        unit,
        subject: of!(ItemSubject, ItemSubject),
        window: of!(CapWindow, CapWindow),
        evidence: of!(EvidenceKind, EvidenceKind),
    }
}
