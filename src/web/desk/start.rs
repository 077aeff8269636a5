//! `GET /desk`: who is signed in, with which offices and which key, and what they can do from here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::InBank;
use crate::bank::words::Role;
use crate::bank::{Office, Signer};
use crate::engine::View;
use crate::words::{Lang, sentence};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::{Frame, shown};

/// One office in words.
struct Held {
    role: &'static str,
    chair: bool,
    branch: String,
    households: usize,
    until: Option<String>,
}

/// A desk that one of the person's offices opens.
struct Desk {
    path: &'static str,
    title: &'static str,
}

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    frame: Frame,
    who: String,
    offices: Vec<Held>,
    desks: Vec<Desk>,
    /// Lowercase hexadecimal, as scripts and officers write it.
    key: String,
    key_until: Option<String>,
    /// Whether the holder may change the key for another here; terminals and cards are replaced by others.
    renews: bool,
}

/// `GET /desk`.
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    shown(lang, web.engine.read(|view| compose(&web, view, lang, &session)).await, false)
}

fn compose(web: &Web, view: &View, lang: Lang, session: &Session) -> StartPage {
    let who = match session.signer {
        Signer::Person(person) => lang.person(person),
        Signer::Terminal(terminal) => lang.terminal(terminal),
        Signer::Passbook(household) => lang.with("{}的存折", "passbook of {}", lang.household(household)),
    };
    StartPage {
        frame: Frame::of(&web.engine, view, lang),
        who: sentence(&who),
        offices: session.offices.iter().map(|office| held(view, lang, office)).collect(),
        desks: desks(lang, session),
        key: session.key.to_string(),
        key_until: session.valid_until.map(|last| lang.day(last)),
        renews: session.person().is_some(),
    }
}

fn held(view: &View, lang: Lang, office: &Office) -> Held {
    let branch = InBank { bank: view.bank, home: office.branch }.branch(office.branch);
    Held {
        role: lang.name(office.role),
        chair: office.chair,
        branch: branch.unwrap_or_else(|| office.branch.to_string()),
        households: office.households.len(),
        until: office.valid_until.map(|last| lang.day(last)),
    }
}

/// A desk's path, and its name in both languages.
type Door = (&'static str, &'static str, &'static str);

const DECLARE: Door = ("/desk/declare", "替人申报", "Declare for others");
const SUGGESTIONS: Door = ("/desk/suggestions", "答复建议", "Answer suggestions");
/// A terminal holds no office; its one desk is the till.
const TILL: Door = ("/till", "收银台", "Till");

/// The desks that there are, and which office opens one, in any branch.
const DESKS: &[(Role, Door)] = &[
    (Role::Liaison, ("/desk/liaison", "审核", "Review")),
    (Role::Liaison, DECLARE),
    // A proxy who is no liaison files for others all the same.
    (Role::Proxy, DECLARE),
    (Role::Committee, ("/desk/committee", "评审会", "Committee")),
    (Role::Officer, ("/desk/officer", "总行", "Head bank")),
    (Role::Clerk, ("/desk/import", "成批开户", "Import households")),
    (Role::Clerk, ("/desk/cards", "印存折", "Print passbooks")),
    (Role::Supervisor, ("/desk/supervisor", "村务监督", "Supervisors")),
    (Role::Clerk, SUGGESTIONS),
    (Role::Supervisor, SUGGESTIONS),
    (Role::Officer, SUGGESTIONS),
    (Role::Cashier, TILL),
];

fn desks(lang: Lang, session: &Session) -> Vec<Desk> {
    let offices = &session.offices;
    let held = |role: Role| offices.iter().any(|office| office.role == role);
    let opened = DESKS.iter().filter(|(role, _)| held(*role)).map(|(_, door)| *door);
    // What a committee's chair has beside the other members' desk.
    let chairs = offices.iter().any(|office| office.chair).then_some(SUGGESTIONS);
    let terminals = matches!(session.signer, Signer::Terminal(_)).then_some(TILL);
    let mut desks: Vec<Desk> = Vec::new();
    for (path, zh, en) in opened.chain(chairs).chain(terminals) {
        if desks.iter().all(|desk| desk.path != path) {
            desks.push(Desk { path, title: lang.t(zh, en) });
        }
    }
    desks
}
