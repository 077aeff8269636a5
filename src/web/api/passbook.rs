//! What a card's holder needs to declare a deed: the household, the items in force with their points and caps, and
//! how much of the caps is used. Told to whoever shows the card's key.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::access::reader::{Read, Reader};
use crate::access::{Credential, Denial, look};
use crate::bank::Signer;
use crate::bank::authority::Subject;
use crate::bank::command::Item;
use crate::bank::ids::HouseholdId;
use crate::bank::words::{CapWindow, ItemSubject, Pillar};
use crate::engine::View;
use crate::wire::limits::EVIDENCE;
use crate::words::Lang;

use super::super::Web;
use super::super::language::Reading;
use super::no::{self, No};
use super::proof::Shown;

/// A book, ready for a declaration.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Book {
    /// As a command names it.
    household: String,
    /// As people do.
    name: String,
    branch: String,
    members: u8,
    /// Its points may stand on the board.
    standings: bool,
    /// Today in Shanghai, `2026-11-20`.
    today: String,
    /// The oldest day of a deed that may still be declared.
    oldest: String,
    /// Photographs of one declaration.
    photos_max: usize,
    /// The month's caps in words; empty where there are none.
    month: String,
    beauties: Vec<Beauty>,
}

/// The items of one beauty.
#[derive(Serialize)]
struct Beauty {
    title: &'static str,
    items: Vec<Offer>,
}

/// One item that may be declared.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    code: String,
    title: String,
    /// 每次 5～10 分, each 次: 5 to 10 points.
    points: String,
    measure: String,
    /// It counts one member's deeds.
    person: bool,
    /// 每月最多 2 次; empty without a cap.
    cap: String,
    /// Units that the cap allows.
    cap_count: u32,
    /// Units used today: one number for the household, or one for each member.
    used: Option<Vec<u32>>,
    /// Kinds of evidence that are asked for, in words; empty where none is.
    evidence: String,
}

/// `POST /api/passbook`, with the card's key shown in the header, or in a member's session.
pub(super) async fn get(
    State(web): State<Web>,
    Reading(lang): Reading,
    shown: Shown,
) -> Result<Response, No> {
    let book = look(&web.engine, Credential::Key(shown.key), |view, reader| {
        let id = match *reader {
            Reader::Known(Signer::Passbook(id)) => Some(id),
            Reader::Known(Signer::Person(person)) => person.household(),
            Reader::Known(Signer::Terminal(_)) | Reader::Anonymous => None,
        };
        let id = id.ok_or(Denial::ReadDenied("the passbook, or a member of the household"))?;
        reader.check(view, Read::GetHousehold, &Subject::household(id))?;
        book(view, lang, id)
    });
    Ok(no::json_in(lang, &book.await?))
}

fn book(view: &View, lang: Lang, id: HouseholdId) -> Result<Book, Denial> {
    let (bank, today) = (view.bank, view.now.day());
    let household = bank.household(id)?;
    let policy = bank.policy(id.branch());
    let items = bank.declarable(id, today);
    let mut beauties = Vec::new();
    for pillar in Pillar::ALL {
        let of = items.iter().filter(|item| item.pillar == *pillar);
        let offers: Result<Vec<Offer>, Denial> = of.map(|item| offer(view, lang, id, item)).collect();
        let offers = offers?;
        if !offers.is_empty() {
            beauties.push(Beauty { title: lang.name(*pillar), items: offers });
        }
    }
    let mut month = Vec::new();
    if policy.household_month_points > 0 {
        let used = bank.month_points_used(id, 0, today)?;
        month.push(lang.with_two(
            "每户每月最多得 {} 分，这个月已得 {} 分",
            "A household may earn {} points a month, and {} are earned this month",
            policy.household_month_points,
            used,
        ));
    }
    if policy.person_month_points > 0 {
        month.push(lang.with(
            "每人每月最多得 {} 分",
            "A member may earn {} points a month",
            policy.person_month_points,
        ));
    }
    Ok(Book {
        household: id.to_string(),
        name: lang.household(id),
        branch: bank.branch(id.branch())?.title.clone(),
        members: household.members,
        standings: household.standings,
        today: today.to_string(),
        oldest: today.plus(-(policy.deed_age_days as i32)).to_string(),
        photos_max: *EVIDENCE.end(),
        month: lang.clauses(&month),
        beauties,
    })
}

fn offer(view: &View, lang: Lang, id: HouseholdId, item: &Item) -> Result<Offer, Denial> {
    let (least, most) = (item.points_min, item.points_max);
    let points = lang.range(least, most);
    let cap = match item.cap_window {
        CapWindow::Event => String::new(),
        window => {
            let whose = match item.subject {
                ItemSubject::Household => lang.t("按户", "a household"),
                ItemSubject::Person => lang.t("按人", "a person"),
            };
            let often = lang.with_two("{}，{}", "{} {}", whose, lang.name(window));
            let most = lang.with_two("最多 {} {}", ": {} {} at most", item.cap_count, &item.measure);
            often + &most
        }
    };
    let evidence: Vec<String> = item.evidence.iter().map(|kind| lang.name(*kind).to_owned()).collect();
    Ok(Offer {
        code: item.code.to_string(),
        title: item.title.clone(),
        points: lang.with_two("每{} {}", "each {}: {}", &item.measure, points),
        measure: item.measure.clone(),
        person: item.subject == ItemSubject::Person,
        cap,
        cap_count: item.cap_count,
        used: view.bank.cap_used(id, item, view.now.day())?,
        evidence: lang.list(&evidence),
    })
}
