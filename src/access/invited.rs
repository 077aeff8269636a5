//! What an invitation offers, for whoever holds its link: who it is for, and whether it can still be accepted. Both
//! faces tell the same.

use crate::bank::command::Holder;
use crate::bank::ids::PublicKey;
use crate::bank::time::{Day, Time};
use crate::bank::words::{InvitationState, Role};
use crate::bank::{Office, Refusal};
use crate::engine::View;
use crate::words::Lang;

use super::denial::Denial;

/// An invitation as its holder reads it.
pub(crate) struct Offered {
    /// Whose key it makes.
    pub(crate) holder: Holder,
    /// Title of the holder's branch.
    pub(crate) branch_title: String,
    /// Offices that the holder has now, each in words.
    pub(crate) offices: Vec<String>,
    /// Last day of the key to be; none: no end.
    pub(crate) key_valid_until: Option<Day>,
    /// Until when it can be accepted, exclusive.
    pub(crate) expires: Time,
    /// What became of it by now.
    pub(crate) state: InvitationState,
}

/// Looks an invitation up by its own key.
///
/// # Errors
///
/// `INVITATION_UNKNOWN` where it never was or is forgotten.
pub(crate) fn offered(view: &View, key: PublicKey, lang: Lang) -> Result<Offered, Denial> {
    let invitation = view.bank.invitation(&key).ok_or(Refusal::InvitationUnknown { key })?;
    let (branch, offices) = match invitation.holder {
        Holder::Person(person) => {
            let offices = view.bank.offices(person, view.now).map(|office| in_words(view, lang, office));
            (person.branch(), offices.collect())
        }
        Holder::Terminal(terminal) => (terminal.branch(), Vec::new()),
    };
    Ok(Offered {
        holder: invitation.holder,
        branch_title: view.bank.branch(branch)?.title.clone(),
        offices,
        key_valid_until: invitation.key_valid_until,
        expires: invitation.expires,
        state: invitation.state(view.now),
    })
}

/// An office as people say it: 前进村 评价委员（主任）, 前进村: committee member (chair); 镇总行 where the office is the head bank's own.
fn in_words(view: &View, lang: Lang, office: &Office) -> String {
    let role = lang.name(office.role);
    let chair = if office.chair { lang.t("（主任）", " (chair)") } else { "" };
    match (office.role, view.bank.branch(office.branch)) {
        (Role::Officer, _) | (_, Err(_)) => role.to_owned(),
        (_, Ok(branch)) => format!("{}{role}{chair}", lang.with("{} ", "{}: ", &branch.title)),
    }
}
