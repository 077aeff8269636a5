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
use crate::words::names;

use super::super::Web;
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
    /// 每次 5～10 分.
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
pub(super) async fn get(State(web): State<Web>, shown: Shown) -> Result<Response, No> {
    let book = look(&web.engine, Credential::Key(shown.key), |view, reader| {
        let id = match *reader {
            Reader::Known(Signer::Passbook(id)) => Some(id),
            Reader::Known(Signer::Person(person)) => person.household(),
            Reader::Known(Signer::Terminal(_)) | Reader::Anonymous => None,
        };
        let id = id.ok_or(Denial::ReadDenied("the passbook, or a member of the household"))?;
        reader.check(view, Read::GetHousehold, &Subject::household(id))?;
        book(view, id)
    });
    Ok(no::json(&book.await?))
}

fn book(view: &View, id: HouseholdId) -> Result<Book, Denial> {
    let (bank, today) = (view.bank, view.now.day());
    let household = bank.household(id)?;
    let policy = bank.policy(id.branch());
    let items = bank.declarable(id, today);
    let mut beauties = Vec::new();
    for pillar in Pillar::ALL {
        let of = items.iter().filter(|item| item.pillar == *pillar);
        let offers: Result<Vec<Offer>, Denial> = of.map(|item| offer(view, id, item)).collect();
        let offers = offers?;
        if !offers.is_empty() {
            beauties.push(Beauty { title: names::pillar(*pillar), items: offers });
        }
    }
    let mut month = Vec::new();
    if policy.household_month_points > 0 {
        let used = bank.month_points_used(id, 0, today)?;
        month.push(format!("每户每月最多得 {} 分，这个月已得 {used} 分", policy.household_month_points));
    }
    if policy.person_month_points > 0 {
        month.push(format!("每人每月最多得 {} 分", policy.person_month_points));
    }
    Ok(Book {
        household: id.to_string(),
        name: names::household(id),
        branch: bank.branch(id.branch())?.title.clone(),
        members: household.members,
        standings: household.standings,
        today: today.to_string(),
        oldest: today.plus(-(policy.deed_age_days as i32)).to_string(),
        photos_max: *EVIDENCE.end(),
        month: month.join("；"),
        beauties,
    })
}

fn offer(view: &View, id: HouseholdId, item: &Item) -> Result<Offer, Denial> {
    let (least, most) = (item.points_min, item.points_max);
    let points = if least == most { format!("{least} 分") } else { format!("{least}～{most} 分") };
    let whose = names::item_subject(item.subject);
    let cap = match item.cap_window {
        CapWindow::Event => String::new(),
        window => format!("{whose}，{}最多 {} {}", names::cap_window(window), item.cap_count, item.measure),
    };
    let evidence: Vec<&str> = item.evidence.iter().map(|kind| names::evidence(*kind)).collect();
    Ok(Offer {
        code: item.code.to_string(),
        title: item.title.clone(),
        points: format!("每{} {points}", item.measure),
        measure: item.measure.clone(),
        person: item.subject == ItemSubject::Person,
        cap,
        cap_count: item.cap_count,
        used: view.bank.cap_used(id, item, view.now.day())?,
        evidence: evidence.join("、"),
    })
}
