//! What did not pass lately, and why: an answer "no" is owed a reason.

use crate::bank::effects::Change;
use crate::bank::time::Time;
use crate::bank::words::{Ground, State};
use crate::words::Lang;

use super::past::Past;

/// How far back refusals are shown, in days: an appeal has long ended by then.
pub(super) const DAYS: i64 = 90;
/// Most that are shown; every one is in the log.
pub(super) const SHOWN: usize = 10;

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// Its day.
    pub day: String,
    /// 志愿服务 ×2（申报 12 号）.
    pub what: String,
    /// 未通过, 已作废.
    pub state: &'static str,
    /// 联户党员：凭证看不清.
    pub why: String,
    /// The entry.
    pub index: u64,
}

/// Refusals since `since`, from entries newest first. `what` names a declaration.
pub(super) fn refusals(
    lang: Lang,
    pasts: &[Past],
    since: Time,
    what: impl Fn(u64) -> String,
) -> Vec<Refused> {
    let recent = pasts.iter().take_while(|past| past.time >= since);
    recent
        .flat_map(|past| past.effects.changes.iter().map(move |change| (past, change)))
        .filter_map(|(past, change)| match change {
            Change::StateChanged {
                declaration,
                state: state @ (State::Refused | State::Voided),
                ground,
                ..
            } => Some(Refused {
                day: lang.day(past.time.day()),
                what: what(*declaration),
                state: lang.name(*state),
                why: why(lang, past, *declaration, *ground),
                index: past.index,
            }),
            _ => None,
        })
        .take(SHOWN)
        .collect()
}

/// Who ended it, and the ground they gave.
fn why(lang: Lang, past: &Past, number: u64, ground: Option<Ground>) -> String {
    let by = past.effects.changes.iter().find_map(|change| match change {
        Change::Reviewed { declaration, .. } if *declaration == number => {
            Some(lang.t("联户党员", "The liaison"))
        }
        Change::Voted { declaration, .. } if *declaration == number => {
            Some(lang.t("评价委员会", "The committee"))
        }
        Change::Ruled { declaration, .. } if *declaration == number => {
            Some(lang.t("总行裁定", "Ruling of the head bank"))
        }
        _ => None,
    });
    // Only the bank itself ends what nobody signed for: its time ran out.
    let by = by.unwrap_or(lang.t("系统", "The bank's clock"));
    match ground {
        Some(ground) => lang.with_two("{}：{}", "{}: {}", by, lang.name(ground)),
        None => {
            lang.with("{}：没有写明原因，可以去问", "{}: no reason was given, and you may ask for it", by)
        }
    }
}
