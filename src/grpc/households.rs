//! Households' books, and what a terminal needs of the card it scanned.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tonic::metadata::MetadataMap;

use crate::access::Denial;
use crate::access::field;
use crate::access::reader::{Read, Reader, Sight};
use crate::bank;
use crate::bank::Refusal;
use crate::bank::authority::Subject;
use crate::bank::ids::{Branch, Digest, HouseholdId};
use crate::bank::words::Role;
use crate::engine::View;
use crate::wire::limits::HOUSEHOLD_PAGE;
use crate::wire::{Problem, pb};

use super::desk::Desk;
use super::page;

pub(super) async fn get(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::GetHouseholdRequest,
) -> Result<pb::GetHouseholdResponse, Denial> {
    let id: HouseholdId = field::required("household", &request.household)?;
    let household = desk.look_at(metadata, Read::GetHousehold, Subject::household(id), |view, _| {
        Ok(to_pb(view, id, view.bank.household(id)?))
    });
    Ok(pb::GetHouseholdResponse { household: Some(household.await?) })
}

pub(super) async fn list(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::ListHouseholdsRequest,
) -> Result<pb::ListHouseholdsResponse, Denial> {
    const METHOD: &str = "ListHouseholds";
    let branch: Branch = field::required("branch", &request.branch)?;
    let size = page::size(HOUSEHOLD_PAGE, request.page_size)?;
    let filter: [&[u8]; 1] = [request.branch.as_bytes()];
    let cursor = desk.pages.cursor::<1>(METHOD, &filter, &request.page_token)?;
    let after =
        cursor.and_then(|[serial]| u32::try_from(serial).ok()).and_then(|serial| branch.household(serial));
    let found = desk.look_at(metadata, Read::ListHouseholds, Subject::branch(branch), |view, reader| {
        view.bank.branch(branch)?;
        let found: Vec<(HouseholdId, pb::Household)> = match own(view, reader, branch) {
            None => view
                .bank
                .households_of(branch, after)
                .take(size + 1)
                .map(|(id, household)| (id, to_pb(view, id, household)))
                .collect(),
            Some(own) => own
                .into_iter()
                .filter(|id| after.is_none_or(|after| *id > after))
                .take(size + 1)
                .filter_map(|id| Some((id, to_pb(view, id, view.bank.household(id).ok()?))))
                .collect(),
        };
        Ok(found)
    });
    let mut found = found.await?;
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().map(|(id, _)| u64::from(id.serial())).filter(|_| more);
    let next_page_token = last.map_or(String::new(), |last| desk.pages.token(METHOD, &filter, [last]));
    let households = found.into_iter().map(|(_, household)| household).collect();
    Ok(pb::ListHouseholdsResponse { households, next_page_token })
}

/// The households to which a liaison is bound, in order; none for readers who see the whole branch.
fn own(view: &View, reader: &Reader, branch: Branch) -> Option<Vec<HouseholdId>> {
    let subject = Subject::branch(branch);
    let mut wider = Read::ListHouseholds.sights().iter().filter(|sight| **sight != Sight::BranchLiaison);
    if wider.any(|sight| reader.is(view, *sight, &subject)) {
        return None;
    }
    let offices = reader.person().map(|person| view.bank.offices(person, view.now));
    let linked = offices
        .into_iter()
        .flatten()
        .filter(|office| office.role == Role::Liaison && office.branch == branch)
        .flat_map(|office| office.households.iter().copied());
    let mut linked: Vec<HouseholdId> = linked.collect();
    linked.sort_unstable();
    Some(linked)
}

pub(super) async fn passbook(
    desk: &Desk,
    request: pb::GetPassbookRequest,
) -> Result<pb::GetPassbookResponse, Denial> {
    let token: [u8; 32] =
        URL_SAFE_NO_PAD.decode(&request.view_token).ok().and_then(|token| token.try_into().ok()).ok_or_else(
            || field::bad("view_token", Problem::Malformed("32 bytes in base64url without padding")),
        )?;
    let hash = Digest(*blake3::hash(&token).as_bytes());
    desk.look_in_public(|view| {
        let id = view.bank.household_by_view_token(&hash).ok_or(Denial::ViewTokenUnknown)?;
        let household = view.bank.household(id)?;
        if household.closed {
            return Err(Refusal::HouseholdClosed { household: id }.into());
        }
        let limit = view.bank.policy(id.branch()).pin_free_points;
        let free = limit.saturating_sub(household.pin_free_spent(view.now.day()));
        Ok(pb::GetPassbookResponse {
            household: id.to_string(),
            points: household.points.balance,
            pin_free_points: i64::from(free),
            pin_set: household.pin.is_some(),
            pin_locked: household.pin_locked,
        })
    })
    .await
}

fn to_pb(view: &View, id: HouseholdId, household: &bank::Household) -> pb::Household {
    let today = view.now.day();
    let (earned_month, earned_year) = household.earned_on(today);
    let lot =
        |lot: &bank::Lot| pb::Lot { last_day: lot.month.end().plus(-1).to_string(), points: lot.amount };
    pb::Household {
        household: id.to_string(),
        members: u32::from(household.members),
        closed: household.closed,
        points: household.points.balance,
        score: household.score_on(today),
        lots: household.lots.iter().map(lot).collect(),
        liaison: household.liaison.map(|liaison| liaison.to_string()).unwrap_or_default(),
        card: household.passbook.map_or(0, |passbook| passbook.card.get()),
        pin_set: household.pin.is_some(),
        pin_locked: household.pin_locked,
        debt: household.debt,
        vetoed: household.veto_year == today.year(),
        publicity: household.standings,
        earned_month,
        earned_year,
    }
}
