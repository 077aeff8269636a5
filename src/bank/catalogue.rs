//! The catalogue: versions by first day in force, the head bank's and the branches' overrides.

use serde::{Deserialize, Serialize};

use std::collections::HashSet;
use std::sync::Arc;

use super::Bank;
use super::command::Item;
use super::effects::{CatalogueVersion, Change, Effects};
use super::ids::{Branch, ItemCode};
use super::refusal::Refusal;
use super::time::{Day, Time};

/// A version may be published this many days ahead.
const AHEAD_DAYS_MAX: i32 = 366;

/// Versions of one publisher, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Catalogue {
    versions: Vec<Version>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    number: u32,
    valid_from: Day,
    items: Vec<Arc<Item>>,
}

impl Catalogue {
    /// The version in force on a day.
    fn on(&self, day: Day) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.valid_from <= day)
    }

    fn find(&self, code: ItemCode, day: Day) -> Option<(u32, &Arc<Item>)> {
        let version = self.on(day)?;
        version.items.iter().find(|item| item.code == code).map(|item| (version.number, item))
    }

    fn next_number(&self) -> u32 {
        self.versions.last().map_or(1, |version| version.number + 1)
    }
}

fn in_force(item: &Item, day: Day) -> bool {
    item.valid_from.is_none_or(|from| from <= day) && item.valid_to.is_none_or(|to| day <= to)
}

impl Bank {
    /// Lets open cases share their items with the catalogue again, as they do when they are filed: a state that was
    /// read back holds a copy in every row.
    pub fn share_items(&mut self) {
        let publishers = self.branches.values().flat_map(|branch| &branch.catalogue.versions);
        let known: HashSet<Arc<Item>> =
            publishers.flat_map(|version| &version.items).map(Arc::clone).collect();
        for row in self.cases.values_mut().flat_map(|case| &mut case.rows) {
            if let Some(shared) = known.get(&row.item) {
                row.item = Arc::clone(shared);
            }
        }
    }

    /// The item as it counts in a branch for a deed of this day.
    pub fn item(
        &self,
        branch: Branch,
        code: ItemCode,
        day: Day,
    ) -> Result<(CatalogueVersion, Arc<Item>), Refusal> {
        let own = self.branch(branch)?.catalogue.find(code, day);
        let found = match own {
            Some((number, item)) => Some((CatalogueVersion { number, of_branch: true }, item)),
            None => self
                .head_catalogue()
                .find(code, day)
                .map(|(number, item)| (CatalogueVersion { number, of_branch: false }, item)),
        };
        match found {
            Some((version, item)) if in_force(item, day) => Ok((version, item.clone())),
            Some(_) => Err(Refusal::ItemNotInForce { item: code, date: day }),
            None if self.was_ever_listed(branch, code) => {
                Err(Refusal::ItemNotInForce { item: code, date: day })
            }
            None => Err(Refusal::ItemUnknown { item: code }),
        }
    }

    fn was_ever_listed(&self, branch: Branch, code: ItemCode) -> bool {
        let own = self.branches.get(&branch).map(|b| &b.catalogue);
        own.into_iter()
            .chain([self.head_catalogue()])
            .flat_map(|catalogue| &catalogue.versions)
            .any(|version| version.items.iter().any(|item| item.code == code))
    }

    /// Items in force in a branch on a day (the head bank's where none is given), by code, with the versions
    /// of the head bank's catalogue and the branch's override.
    pub fn catalogue(&self, branch: Option<Branch>, day: Day) -> (Vec<Arc<Item>>, u32, u32) {
        let head = self.head_catalogue().on(day);
        let own = branch.and_then(|b| self.branches.get(&b)).and_then(|b| b.catalogue.on(day));
        let mut items: Vec<Arc<Item>> = own.map_or(Vec::new(), |v| v.items.clone());
        let listed: Vec<ItemCode> = items.iter().map(|item| item.code).collect();
        let of_head = head.into_iter().flat_map(|v| &v.items).filter(|item| !listed.contains(&item.code));
        items.extend(of_head.cloned());
        items.retain(|item| in_force(item, day));
        items.sort_by_key(|item| item.code);
        (items, head.map_or(0, |v| v.number), own.map_or(0, |v| v.number))
    }

    /// Versions of one publisher (the head bank where none is given), oldest first: number, first day, items.
    pub fn catalogue_versions(
        &self,
        branch: Option<Branch>,
    ) -> impl Iterator<Item = (u32, Day, &[Arc<Item>])> {
        let of = branch.unwrap_or(self.head());
        let versions = self.branches.get(&of).map_or(&[][..], |branch| &branch.catalogue.versions);
        versions.iter().map(|version| (version.number, version.valid_from, &version.items[..]))
    }

    /// The newest wording of an item, for faces that show history.
    pub fn item_title(&self, branch: Branch, code: ItemCode) -> Option<&str> {
        let own = self.branches.get(&branch).map(|b| &b.catalogue);
        own.into_iter()
            .chain([self.head_catalogue()])
            .flat_map(|catalogue| catalogue.versions.iter().rev())
            .flat_map(|version| &version.items)
            .find(|item| item.code == code)
            .map(|item| item.title.as_str())
    }

    pub(super) fn head_catalogue(&self) -> &Catalogue {
        static NONE: Catalogue = Catalogue { versions: Vec::new() };
        self.branches.get(&self.head()).map_or(&NONE, |head| &head.catalogue)
    }

    pub(super) fn decide_publish(
        &self,
        branch: Option<Branch>,
        valid_from: Day,
        items: &[Item],
        now: Time,
    ) -> Result<Effects, Refusal> {
        let today = now.day();
        if valid_from < today {
            return Err(Refusal::DatePast { date: valid_from, today });
        }
        if valid_from > today.plus(AHEAD_DAYS_MAX) {
            return Err(Refusal::DateTooFar { date: valid_from, today });
        }
        // The head bank's own code means its catalogue, not an override of it.
        let branch = branch.filter(|branch| *branch != self.head());
        let catalogue = match branch {
            Some(branch) => {
                let state = self.branch(branch)?;
                items.iter().try_for_each(|item| self.check_override(item, valid_from))?;
                &state.catalogue
            }
            None => self.head_catalogue(),
        };
        if let Some(newest) = catalogue.versions.last().map(|v| v.valid_from).filter(|day| *day > valid_from)
        {
            return Err(Refusal::CatalogueOutOfOrder { valid_from, newest });
        }
        let version = catalogue.next_number();
        Ok(Change::CataloguePublished { branch, version, valid_from, items: items.to_vec() }.into())
    }

    /// A branch may move the head bank's points by half, up or down, and set its own caps, evidence and wording;
    /// what an item is stays the head bank's.
    fn check_override(&self, item: &Item, day: Day) -> Result<(), Refusal> {
        let (_, head) =
            self.head_catalogue().find(item.code, day).ok_or(Refusal::ItemNotAtHead { item: item.code })?;
        let (min, max) = (head.points_min.div_ceil(2), head.points_max + head.points_max / 2);
        let same = head.kind == item.kind
            && head.unit == item.unit
            && head.pillar == item.pillar
            && head.subject == item.subject
            && head.score_effect == item.score_effect;
        if !same || item.points_min < min || item.points_max > max {
            return Err(Refusal::OverrideOutOfBounds { item: item.code, min, max });
        }
        Ok(())
    }

    pub(super) fn apply_published(
        &mut self,
        branch: Option<Branch>,
        number: u32,
        valid_from: Day,
        items: &[Item],
    ) {
        let branch = branch.unwrap_or(self.head());
        let items = items.iter().cloned().map(Arc::new).collect();
        self.village(branch).catalogue.versions.push(Version { number, valid_from, items });
    }
}
