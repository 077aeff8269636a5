//! `GET /desk/roles`: who holds which office, branch by branch, with their keys; terminals; invitations that are open.
//! From here people are invited, appointed and dismissed, and keys revoked. One's own key is changed at `/desk`.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Credential, look};
use crate::bank::command::Holder;
use crate::bank::ids::{Branch, PublicKey};
use crate::bank::words::{RevocationGround, Role};
use crate::bank::{BranchState, INVITATION_DAYS_MAX, KeyRecord, Office};
use crate::engine::View;
use crate::wire::pb;
use crate::words::{Lang, date, names};

use super::super::Web;
use super::super::session::Session;
use super::Frame;
use super::facts::Reason;
use super::officer::{officer_only, shown};

/// One branch's people and terminals.
struct Place {
    code: String,
    title: String,
    holders: Vec<Holding>,
}

/// Somebody or something with a key or an office.
struct Holding {
    /// As a command names it.
    id: String,
    /// As people do.
    name: String,
    offices: Vec<Held>,
    keys: Vec<Key>,
}

/// An office.
struct Held {
    /// The word on the wire.
    role: &'static str,
    text: String,
    /// A proxy is dismissed by household, by the command line.
    dismissed_here: bool,
}

/// A key.
struct Key {
    full: String,
    short: String,
    state: &'static str,
    until: String,
    /// It can be revoked.
    good: bool,
}

/// An invitation that can be accepted.
struct Invited {
    key: String,
    short: String,
    holder: String,
    inviter: String,
    until: String,
}

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    frame: Frame,
    key: String,
    places: Vec<Place>,
    invited: Vec<Invited>,
    roles: Vec<Reason>,
    grounds: Vec<Reason>,
    today: String,
    days_max: i64,
}

/// `GET /desk/roles`.
pub(super) async fn page(State(web): State<Web>, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let mut keys: BTreeMap<Holder, Vec<(PublicKey, &KeyRecord)>> = BTreeMap::new();
        for (key, record) in view.bank.keys() {
            keys.entry(record.holder).or_default().push((key, record));
        }
        Ok(RolesPage {
            frame: Frame::of(&web.engine, view, Lang::Zh),
            key: session.key.to_string(),
            places: view.bank.branches(None).map(|(code, state)| place(view, code, state, &keys)).collect(),
            invited: invited(view),
            roles: roles(),
            grounds: grounds(),
            today: view.now.day().to_string(),
            days_max: INVITATION_DAYS_MAX,
        })
    });
    shown(composed.await)
}

/// Office holders, staff and terminals; villagers without an office are looked up with the command line.
fn place(
    view: &View,
    code: Branch,
    state: &BranchState,
    keys: &BTreeMap<Holder, Vec<(PublicKey, &KeyRecord)>>,
) -> Place {
    let mut found: BTreeMap<Holder, Vec<&Office>> = BTreeMap::new();
    for (person, office) in view.bank.offices_of(code, view.now) {
        found.entry(Holder::Person(person)).or_default().push(office);
    }
    for holder in keys.keys() {
        let here = match holder {
            Holder::Person(person) => person.branch() == code && person.household().is_none(),
            Holder::Terminal(terminal) => terminal.branch() == code,
        };
        if here {
            found.entry(*holder).or_default();
        }
    }
    let holders = found.into_iter().map(|(holder, offices)| Holding {
        id: match holder {
            Holder::Person(person) => person.to_string(),
            Holder::Terminal(terminal) => terminal.to_string(),
        },
        name: names::holder(holder),
        offices: offices.into_iter().map(held).collect(),
        keys: keys.get(&holder).into_iter().flatten().map(|(key, record)| told(view, key, record)).collect(),
    });
    Place { code: code.to_string(), title: state.title.clone(), holders: holders.collect() }
}

fn held(office: &Office) -> Held {
    let mut text = names::role(office.role).to_owned();
    if office.chair {
        text.push_str("（主任）");
    }
    if !office.households.is_empty() {
        text.push_str(&format!("，{} 户", office.households.len()));
    }
    if let Some(last) = office.valid_until {
        text.push_str(&format!("，任期到{}", date::day(last)));
    }
    Held { role: word(office.role), text, dismissed_here: office.role != Role::Proxy }
}

fn told(view: &View, key: &PublicKey, record: &KeyRecord) -> Key {
    let expired = record.valid_until.is_some_and(|last| last < view.now.day());
    Key {
        full: key.to_string(),
        short: names::key(key),
        state: match (record.revoked, expired) {
            (true, _) => "已作废",
            (false, true) => "已过期",
            (false, false) => "有效",
        },
        until: record
            .valid_until
            .map_or("没有到期日".to_owned(), |last| format!("到{}", date::day(last))),
        good: !record.revoked,
    }
}

fn invited(view: &View) -> Vec<Invited> {
    let mut open: Vec<_> = view.bank.open_invitations(view.now).collect();
    open.sort_by_key(|(key, invitation)| (invitation.expires, *key));
    let told = open.into_iter().map(|(key, invitation)| Invited {
        key: key.to_string(),
        short: names::key(&key),
        holder: names::holder(invitation.holder),
        inviter: names::person(invitation.inviter),
        until: date::last_before(invitation.expires),
    });
    told.collect()
}

fn word(role: Role) -> &'static str {
    pb::Role::try_from(role.number()).unwrap_or_default().as_str_name()
}

/// Offices that are given here: a household names its own proxy.
fn roles() -> Vec<Reason> {
    let given = Role::ALL.iter().filter(|role| **role != Role::Proxy);
    given.map(|role| Reason { name: word(*role), text: names::role(*role) }).collect()
}

fn grounds() -> Vec<Reason> {
    let reason = |ground: &RevocationGround| {
        let word = pb::RevocationGround::try_from(ground.number()).unwrap_or_default();
        Reason { name: word.as_str_name(), text: names::revocation_ground(*ground) }
    };
    RevocationGround::ALL.iter().map(reason).collect()
}
