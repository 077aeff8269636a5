//! `GET /desk`: who is signed in, with which offices and which key, and what they can do from here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::InBank;
use crate::bank::words::Role;
use crate::bank::{Office, Signer};
use crate::engine::View;
use crate::words::{Lang, date, names};

use super::super::Web;
use super::super::answer::{self, Trouble};
use super::super::session::Session;
use super::Frame;

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
pub(super) async fn page(State(web): State<Web>, session: Session) -> Response {
    match web.engine.read(|view| compose(&web, view, &session)).await {
        Ok(page) => answer::signing_page(&page, false),
        Err(_) => answer::trouble(Trouble::Unavailable),
    }
}

fn compose(web: &Web, view: &View, session: &Session) -> StartPage {
    let who = match session.signer {
        Signer::Person(person) => names::person(person),
        Signer::Terminal(terminal) => names::terminal(terminal),
        Signer::Passbook(household) => format!("{}的存折", names::household(household)),
    };
    StartPage {
        frame: Frame::of(&web.engine, view, Lang::Zh),
        who,
        offices: session.offices.iter().map(|office| held(view, office)).collect(),
        desks: desks(session),
        key: session.key.to_string(),
        key_until: session.valid_until.map(date::day),
        renews: session.person().is_some(),
    }
}

fn held(view: &View, office: &Office) -> Held {
    let branch = InBank { bank: view.bank, home: office.branch }.branch(office.branch);
    Held {
        role: names::role(office.role),
        chair: office.chair,
        branch: branch.unwrap_or_else(|| office.branch.to_string()),
        households: office.households.len(),
        until: office.valid_until.map(date::day),
    }
}

/// The desks that there are: which office opens one (in any branch), its path, its name.
const DESKS: &[(Role, &str, &str)] = &[
    (Role::Liaison, "/desk/liaison", "审核"),
    (Role::Liaison, "/desk/declare", "替人申报"),
    // A proxy who is no liaison files for others all the same.
    (Role::Proxy, "/desk/declare", "替人申报"),
    (Role::Committee, "/desk/committee", "评审会"),
    (Role::Officer, "/desk/officer", "总行"),
    (Role::Clerk, "/desk/import", "成批开户"),
    (Role::Clerk, "/desk/cards", "印存折"),
    (Role::Supervisor, "/desk/supervisor", "村务监督"),
    (Role::Clerk, "/desk/suggestions", "答复建议"),
    (Role::Supervisor, "/desk/suggestions", "答复建议"),
    (Role::Officer, "/desk/suggestions", "答复建议"),
    (Role::Cashier, TILL.0, TILL.1),
];

/// What a committee's chair has beside the other members' desk.
const CHAIRS: (&str, &str) = ("/desk/suggestions", "答复建议");
/// A terminal holds no office; its one desk is the till.
const TILL: (&str, &str) = ("/till", "收银台");

fn desks(session: &Session) -> Vec<Desk> {
    let offices = &session.offices;
    let held = |role: Role| offices.iter().any(|office| office.role == role);
    let opened = DESKS.iter().filter(|(role, _, _)| held(*role)).map(|(_, path, title)| (*path, *title));
    let chairs = offices.iter().any(|office| office.chair).then_some(CHAIRS);
    let terminals = matches!(session.signer, Signer::Terminal(_)).then_some(TILL);
    let mut desks: Vec<Desk> = Vec::new();
    for (path, title) in opened.chain(chairs).chain(terminals) {
        if desks.iter().all(|desk| desk.path != path) {
            desks.push(Desk { path, title });
        }
    }
    desks
}
