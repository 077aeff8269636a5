//! `GET /desk`: who is signed in, with which offices and which key, and what they can do from here.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::titles::InBank;
use crate::bank::words::Role;
use crate::bank::{Office, Signer};
use crate::engine::View;
use crate::words::{date, names};

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
        frame: Frame::of(&web.engine, view),
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
    (Role::Committee, "/desk/committee", "评审会"),
    (Role::Cashier, "/till", "收银台"),
];

fn desks(session: &Session) -> Vec<Desk> {
    let opened = DESKS.iter().filter(|(role, _, _)| !session.branches(*role).is_empty());
    let mut desks: Vec<Desk> = opened.map(|(_, path, title)| Desk { path, title }).collect();
    // A terminal holds no office; its one desk is the till.
    if matches!(session.signer, Signer::Terminal(_)) {
        desks.push(Desk { path: "/till", title: "收银台" });
    }
    // A proxy who is no liaison files for others all the same.
    if session.offices.iter().any(|office| office.role == Role::Proxy)
        && desks.iter().all(|d| d.path != "/desk/declare")
    {
        desks.push(Desk { path: "/desk/declare", title: "替人申报" });
    }
    desks
}
