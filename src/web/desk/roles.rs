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
use crate::words::{Lang, names};

use super::super::Web;
use super::super::language::Reading;
use super::super::session::Session;
use super::facts::Reason;
use super::officer::officer_only;
use super::{Frame, shown};

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
    /// It signs today.
    valid: bool,
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
pub(super) async fn page(State(web): State<Web>, Reading(lang): Reading, session: Session) -> Response {
    let composed = look(&web.engine, Credential::Key(session.key), |view, reader| {
        officer_only(view, reader)?;
        let mut keys: BTreeMap<Holder, Vec<(PublicKey, &KeyRecord)>> = BTreeMap::new();
        for (key, record) in view.bank.keys() {
            keys.entry(record.holder).or_default().push((key, record));
        }
        Ok(RolesPage {
            frame: Frame::of(&web.engine, view, lang),
            key: session.key.to_string(),
            places: view
                .bank
                .branches(None)
                .map(|(code, state)| place(view, lang, code, state, &keys))
                .collect(),
            invited: invited(view, lang),
            roles: roles(lang),
            grounds: grounds(lang),
            today: view.now.day().to_string(),
            days_max: INVITATION_DAYS_MAX,
        })
    });
    shown(lang, composed.await, false)
}

/// Office holders, staff and terminals; villagers without an office are looked up with the command line.
fn place(
    view: &View,
    lang: Lang,
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
        name: named(lang, holder),
        offices: offices.into_iter().map(|office| held(lang, office)).collect(),
        keys: keys
            .get(&holder)
            .into_iter()
            .flatten()
            .map(|(key, record)| told(view, lang, key, record))
            .collect(),
    });
    Place { code: code.to_string(), title: state.title.clone(), holders: holders.collect() }
}

fn named(lang: Lang, holder: Holder) -> String {
    match holder {
        Holder::Person(person) => lang.person(person),
        Holder::Terminal(terminal) => lang.terminal(terminal),
    }
}

fn held(lang: Lang, office: &Office) -> Held {
    let mut text = lang.name(office.role).to_owned();
    if office.chair {
        text.push_str(lang.t("（主任）", " (chair)"));
    }
    if !office.households.is_empty() {
        text.push_str(&lang.with("，{} 户", ", households: {}", office.households.len()));
    }
    if let Some(last) = office.valid_until {
        text.push_str(&lang.with("，任期到{}", ", until {}", lang.day(last)));
    }
    Held { role: word(office.role), text, dismissed_here: office.role != Role::Proxy }
}

fn told(view: &View, lang: Lang, key: &PublicKey, record: &KeyRecord) -> Key {
    let expired = record.valid_until.is_some_and(|last| last < view.now.day());
    Key {
        full: key.to_string(),
        short: names::key(key),
        valid: !record.revoked && !expired,
        state: match (record.revoked, expired) {
            (true, _) => lang.t("已作废", "revoked"),
            (false, true) => lang.t("已过期", "expired"),
            (false, false) => lang.t("有效", "valid"),
        },
        until: record.valid_until.map_or(lang.t("没有到期日", "no last day").to_owned(), |last| {
            lang.with("到{}", "until {}", lang.day(last))
        }),
        good: !record.revoked,
    }
}

fn invited(view: &View, lang: Lang) -> Vec<Invited> {
    let mut open: Vec<_> = view.bank.open_invitations(view.now).collect();
    open.sort_by_key(|(key, invitation)| (invitation.expires, *key));
    let told = open.into_iter().map(|(key, invitation)| Invited {
        key: key.to_string(),
        short: names::key(&key),
        holder: named(lang, invitation.holder),
        inviter: lang.person(invitation.inviter),
        until: lang.last_before(invitation.expires),
    });
    told.collect()
}

fn word(role: Role) -> &'static str {
    pb::Role::try_from(role.number()).unwrap_or_default().as_str_name()
}

/// Offices that are given here: a household names its own proxy.
fn roles(lang: Lang) -> Vec<Reason> {
    let given = Role::ALL.iter().filter(|role| **role != Role::Proxy);
    given.map(|role| Reason { name: word(*role), text: lang.name(*role) }).collect()
}

fn grounds(lang: Lang) -> Vec<Reason> {
    let reason = |ground: &RevocationGround| {
        let word = pb::RevocationGround::try_from(ground.number()).unwrap_or_default();
        Reason { name: word.as_str_name(), text: lang.name(*ground) }
    };
    RevocationGround::ALL.iter().map(reason).collect()
}
