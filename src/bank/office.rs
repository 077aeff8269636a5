//! Offices: who is liaison, committee member, clerk, officer and so on, where, and until when.

use serde::{Deserialize, Serialize};

use super::Bank;
use super::command::Appoint;
use super::effects::{Change, Effects};
use super::ids::{Branch, HouseholdId, PersonId};
use super::refusal::Refusal;
use super::time::{Day, Time};
use super::words::Role;

/// A proxy serves at most this many households.
pub const PROXY_HOUSEHOLDS_MAX: usize = 5;

/// An office that a person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Which.
    pub role: Role,
    /// Where.
    pub branch: Branch,
    /// Chair of the committee.
    pub chair: bool,
    /// Households linked to a liaison or served by a proxy.
    pub households: Vec<HouseholdId>,
    /// Last day of the term.
    pub valid_until: Option<Day>,
}

/// Offices that one person may not hold together in one branch: who writes the books neither decides nor
/// watches, who watches does not act, and an auditor does nothing else at all.
fn clash(held: Role, asked: Role) -> Option<&'static str> {
    const PAIRS: [(Role, Role); 8] = [
        (Role::Clerk, Role::Committee),
        (Role::Clerk, Role::Liaison),
        (Role::Clerk, Role::Supervisor),
        (Role::Clerk, Role::Cashier),
        (Role::Supervisor, Role::Committee),
        (Role::Supervisor, Role::Liaison),
        (Role::Supervisor, Role::Cashier),
        (Role::Supervisor, Role::Proxy),
    ];
    let pair = PAIRS.iter().any(|(a, b)| (*a, *b) == (held, asked) || (*b, *a) == (held, asked));
    let auditor = (held == Role::Auditor) != (asked == Role::Auditor);
    (pair || auditor).then_some(match held {
        Role::Proxy => "proxy",
        Role::Liaison => "liaison",
        Role::Committee => "committee",
        Role::Supervisor => "supervisor",
        Role::Clerk => "clerk",
        Role::Officer => "officer",
        Role::Cashier => "cashier",
        Role::Auditor => "auditor",
    })
}

impl Bank {
    /// Offices of a person whose term has not ended.
    pub fn offices(&self, person: PersonId, now: Time) -> impl Iterator<Item = &Office> {
        let today = now.day();
        self.offices
            .get(&person)
            .into_iter()
            .flatten()
            .filter(move |office| office.valid_until.is_none_or(|last| last >= today))
    }

    /// Whether a person holds an office.
    pub fn holds(&self, person: PersonId, role: Role, branch: Branch, now: Time) -> bool {
        self.offices(person, now).any(|office| office.role == role && office.branch == branch)
    }

    /// Committee members of a branch whose term has not ended.
    pub fn seated(&self, branch: Branch, now: Time) -> Vec<PersonId> {
        let committee = self.branches.get(&branch).map_or(&[][..], |b| &b.committee);
        committee.iter().copied().filter(|p| self.holds(*p, Role::Committee, branch, now)).collect()
    }

    /// Every office of a branch, by person.
    pub fn offices_of(&self, branch: Branch, now: Time) -> Vec<(PersonId, &Office)> {
        self.offices
            .keys()
            .flat_map(|person| self.offices(*person, now).map(move |office| (*person, office)))
            .filter(|(_, office)| office.branch == branch)
            .collect()
    }

    pub(super) fn decide_appoint(&self, asked: &Appoint, now: Time) -> Result<Effects, Refusal> {
        let Appoint { person, role, branch, chair, ref households, valid_until } = *asked;
        self.branch(branch)?;
        self.check_person(person)?;
        for household in households {
            self.open_household(*household)?;
            if household.branch() != branch {
                return Err(Refusal::HouseholdUnknown { household: *household });
            }
        }
        if let Some(date) = valid_until.filter(|last| *last < now.day()) {
            return Err(Refusal::DatePast { date, today: now.day() });
        }
        self.check_home(asked)?;
        let held = self.offices(person, now).find(|office| (office.role, office.branch) == (role, branch));
        let mut linked = held.map_or(Vec::new(), |office| office.households.clone());
        match (role, held) {
            // A liaison or proxy appointed again takes further households.
            (Role::Liaison | Role::Proxy, _) => {
                linked
                    .extend(households.iter().filter(|id| !linked.contains(id)).copied().collect::<Vec<_>>());
            }
            (_, Some(_)) => return Err(Refusal::OfficeHeld { person }),
            (_, None) => {}
        }
        // An auditor's office clashes wherever the other one is; all others only in their branch.
        let auditor = |held: Role| held == Role::Auditor || role == Role::Auditor;
        let near = self.offices(person, now).filter(|o| o.branch == branch || auditor(o.role));
        if let Some(held) = near.filter_map(|office| clash(office.role, role)).next() {
            return Err(Refusal::OfficesClash { person, held });
        }
        if chair && let Some(chair) = self.chair(branch, now) {
            return Err(Refusal::ChairTaken { chair });
        }
        self.check_place(asked)?;
        if role == Role::Proxy && linked.len() > PROXY_HOUSEHOLDS_MAX {
            return Err(Refusal::ProxyFull { person, households: linked.len() as u32 - 1 });
        }
        Ok(Change::Appointed(Appoint { households: linked, ..asked.clone() }).into())
    }

    /// Officers and auditors sit at the head bank, everybody else in a branch.
    fn check_place(&self, asked: &Appoint) -> Result<(), Refusal> {
        let Appoint { role, branch, .. } = *asked;
        let at_head = branch == self.head();
        let head_office = match role {
            Role::Officer | Role::Auditor => true,
            Role::Proxy
            | Role::Liaison
            | Role::Committee
            | Role::Supervisor
            | Role::Clerk
            | Role::Cashier => false,
        };
        if head_office != at_head {
            return Err(Refusal::OfficeMisplaced { branch });
        }
        Ok(())
    }

    /// Who decides about villagers is a villager there.
    fn check_home(&self, asked: &Appoint) -> Result<(), Refusal> {
        let Appoint { person, role, branch, .. } = *asked;
        let villager = match role {
            Role::Liaison | Role::Committee | Role::Supervisor | Role::Proxy => true,
            Role::Clerk | Role::Officer | Role::Cashier | Role::Auditor => false,
        };
        if villager && person.branch() != branch {
            return Err(Refusal::PersonElsewhere { person, branch });
        }
        Ok(())
    }

    /// The chair of a branch's committee.
    pub fn chair(&self, branch: Branch, now: Time) -> Option<PersonId> {
        self.seated(branch, now).into_iter().find(|person| {
            self.offices(*person, now).any(|o| o.role == Role::Committee && o.branch == branch && o.chair)
        })
    }

    pub(super) fn decide_dismiss(
        &self,
        person: PersonId,
        role: Role,
        branch: Branch,
        household: Option<HouseholdId>,
        now: Time,
    ) -> Result<Effects, Refusal> {
        let not_held = Refusal::OfficeNotHeld { person };
        let offices = self.offices.get(&person).ok_or(not_held.clone())?;
        let office = offices.iter().find(|o| o.role == role && o.branch == branch).ok_or(not_held.clone())?;
        if household.is_some_and(|id| !office.households.contains(&id)) {
            return Err(not_held);
        }
        if role == Role::Officer {
            self.check_officer_remains(person, None, now)?;
        }
        // A proxy's last household takes the office with it.
        let household = household.filter(|_| office.households.len() > 1);
        Ok(Change::Dismissed { person, role, branch, household }.into())
    }

    pub(super) fn apply_appointed(&mut self, appointed: &Appoint) {
        let Appoint { person, role, branch, chair, ref households, valid_until } = *appointed;
        let offices = self.offices.entry(person).or_default();
        let before: Vec<Office> =
            offices.extract_if(.., |office| (office.role, office.branch) == (role, branch)).collect();
        offices.push(Office { role, branch, chair, households: households.clone(), valid_until });
        match role {
            Role::Committee => {
                let committee = &mut self.village(branch).committee;
                committee.retain(|member| *member != person);
                committee.push(person);
            }
            Role::Liaison => {
                // A lapsed term's households do not come back by themselves.
                for id in before.into_iter().flat_map(|office| office.households) {
                    self.book(id).liaison = None;
                }
                for id in households {
                    self.link(*id, person);
                }
            }
            Role::Proxy | Role::Supervisor | Role::Clerk | Role::Officer | Role::Cashier | Role::Auditor => {}
        }
    }

    /// A household has one liaison: the newest.
    fn link(&mut self, id: HouseholdId, liaison: PersonId) {
        let before = self.book(id).liaison.replace(liaison).filter(|before| *before != liaison);
        if let Some(offices) = before.and_then(|before| self.offices.get_mut(&before)) {
            for office in offices.iter_mut().filter(|office| office.role == Role::Liaison) {
                office.households.retain(|linked| *linked != id);
            }
        }
    }

    pub(super) fn apply_dismissed(
        &mut self,
        person: PersonId,
        role: Role,
        branch: Branch,
        household: Option<HouseholdId>,
    ) {
        let offices = self.offices.get_mut(&person).expect("changes name offices that are held");
        if let Some(id) = household {
            for office in offices.iter_mut().filter(|o| (o.role, o.branch) == (role, branch)) {
                office.households.retain(|served| *served != id);
            }
            return;
        }
        let gone: Vec<Office> =
            offices.extract_if(.., |office| (office.role, office.branch) == (role, branch)).collect();
        if offices.is_empty() {
            self.offices.remove(&person);
        }
        self.village(branch).committee.retain(|member| role != Role::Committee || *member != person);
        if role == Role::Liaison {
            for id in gone.into_iter().flat_map(|office| office.households) {
                self.book(id).liaison = None;
            }
        }
    }
}
