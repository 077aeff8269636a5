//! Who must stand aside, in words, before anybody tries.

use crate::bank::Case;
use crate::bank::ids::PersonId;
use crate::bank::words::State;
use crate::engine::View;
use crate::words::Lang;

/// How a person stands to the rows that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Conflicts {
    /// To none.
    None,
    /// To some: their vote counts on the others.
    Some,
    /// They have no say at all; why, in words.
    All(&'static str),
}

/// How this person stands to a case.
pub(super) fn conflict(lang: Lang, view: &View, case: &Case, person: PersonId) -> Conflicts {
    if case.had_a_hand(person) && !case.ballots.iter().any(|ballot| ballot.person == person) {
        return Conflicts::All(why(lang, "handled it before"));
    }
    let rows = case.rows.iter().filter(|row| row.state == State::Endorsed);
    let found: Vec<_> = rows.map(|row| view.bank.conflict(person, row.household)).collect();
    let mut whys = found.iter().flatten();
    match (whys.next(), found.iter().all(Option::is_some)) {
        (None, _) => Conflicts::None,
        (Some(first), true) => Conflicts::All(why(lang, first)),
        (Some(_), false) => Conflicts::Some,
    }
}

/// The rules' word for a conflict, for people.
pub(super) fn why(lang: Lang, word: &str) -> &'static str {
    match word {
        "own household" => lang.t("本人自己家", "the own household"),
        "kin" => lang.t("亲属", "a relative"),
        "filed as proxy" => lang.t("本人代办申报的", "filed it as proxy"),
        "handled it before" => lang.t("本人经手过", "handled it before"),
        _ => lang.t("有关联", "has ties to it"),
    }
}
