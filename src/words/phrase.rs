//! The few words that refusals carry in English (what was asked, why somebody is partial), in Chinese.
//!
//! Refusals speak to programs too, so the rules name an act, an office or a cause by a plain English word. The
//! words are few and known; one that nobody taught this file gives a general answer, never English in a
//! Chinese sentence.

use super::names;
use crate::bank::authority::Act;
use crate::bank::command::Kind;
use crate::bank::words::Role;

/// What was asked, by the name of its row in the authority table or of its command.
pub(super) fn doing(command: &str) -> &'static str {
    let kind = || Kind::ALL.iter().find(|kind| kind.name() == command);
    match act(command) {
        Some(act) => names::act(act),
        None => kind().map_or("这件事", |kind| names::command(*kind)),
    }
}

/// Who signs it; none for a name that nobody knows.
pub(super) fn signers(command: &str) -> Option<&'static str> {
    match (act(command), command) {
        (Some(act), _) => Some(names::signers(act)),
        // These are checked before the authority table is asked.
        (None, "RotateKey") => Some("旧密钥和新密钥"),
        (None, "AcceptInvitation") => Some("邀请链接和新密钥"),
        (None, "OpenBank") => Some("总行管理员"),
        (None, _) => None,
    }
}

/// Why somebody must stand aside.
pub(super) fn partial(why: &str) -> &'static str {
    match why {
        "own household" => "这是本人自己家的事",
        "kin" => "是当事人的亲属",
        "filed as proxy" => "这件事是本人代办申报的",
        "handled it before" => "这件事本人经手过",
        _ => "与这件事有关联",
    }
}

/// An office that clashes; a general word where it is not known.
pub(super) fn office(held: &str) -> &'static str {
    let role = match held {
        "proxy" => Role::Proxy,
        "liaison" => Role::Liaison,
        "committee" => Role::Committee,
        "supervisor" => Role::Supervisor,
        "clerk" => Role::Clerk,
        "officer" => Role::Officer,
        "cashier" => Role::Cashier,
        "auditor" => Role::Auditor,
        _ => return "另一个职务",
    };
    names::role(role)
}

/// Whether an item or a cap counts the household (true) or one member (false); none where the word does not
/// say.
pub(super) fn counts_household(wants: &str) -> Option<bool> {
    match wants {
        "household" => Some(true),
        "member" | "person" => Some(false),
        _ => None,
    }
}

/// Where there are too many invitations; general where the word does not say.
pub(super) fn invited(whose: &str) -> &'static str {
    match whose {
        "holder" => "这位持有人",
        "bank" => "全行",
        _ => "这里",
    }
}

/// Whose cap: 每户, 每人, or neither.
pub(super) fn each(whose: &str) -> &'static str {
    match counts_household(whose) {
        Some(true) => "每户",
        Some(false) => "每人",
        None => "",
    }
}

fn act(name: &str) -> Option<Act> {
    Act::ALL.iter().copied().find(|act| act.name() == name)
}
