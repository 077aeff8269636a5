//! Declarations and sheets for readers: one with its timeline, or a list, newest first.
//!
//! Open ones of a branch are found in the bank's state; those that have ended are found in history, a bounded
//! piece a page, so a page may be shorter than asked and still lead on.

use prost::Message;
use tonic::metadata::MetadataMap;

use crate::access::concern::Objectors;
use crate::access::reader::{Read, Reader};
use crate::access::told::{Open, Told};
use crate::access::{Credential, Denial};
use crate::access::{field, history};
use crate::bank::Signer;
use crate::bank::authority::Subject;
use crate::bank::effects::Change;
use crate::bank::ids::{Branch, HouseholdId};
use crate::bank::words::State;
use crate::engine::{HistoryKind, View};
use crate::wire::limits::DECLARATION_PAGE;
use crate::wire::{Entry, Problem, pb};

use super::desk::Desk;
use super::{page, timeline};

/// Entries of history that one page may look through.
const SCAN_MAX: usize = 2_048;
/// Entries of history read at once.
const SCAN_CHUNK: usize = 256;
/// Bytes after which a page of sheets ends early: it stays below the 4 MiB that clients take.
const PAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// A declaration as a reader sees it.
struct Seen {
    told: Told,
    message: pb::Declaration,
    objectors: Objectors,
}

pub(super) async fn get(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::GetDeclarationRequest,
) -> Result<pb::GetDeclarationResponse, Denial> {
    let number = request.declaration;
    let who = desk.credential(metadata, Read::GetDeclaration)?;
    let nobody = Subject::default();
    // Size and open case in one look: the fold below ends where this look stood.
    let (size, open, sees_all) = desk
        .look(who, |view, reader| {
            if *reader == Reader::Anonymous {
                return Err(Denial::SessionMissing);
            }
            let sees_all = reader.may(view, Read::GetDeclaration, &nobody);
            Ok((view.size, Open::of(view, number), sees_all))
        })
        .await?;
    // Only those who see everything hear that a number is nobody's.
    let unknown = || match sees_all {
        true => Denial::DeclarationUnknown(number),
        false => Denial::ReadDenied(Read::GetDeclaration.needs()),
    };
    if number >= size {
        return Err(unknown());
    }
    let entries = history::of_declaration(&desk.engine, number, size).await?;
    let told = Told::fold(number, &entries).ok_or_else(unknown)?;
    let seen = see(desk, who, vec![(told, open)]).await?.pop();
    let Seen { told, message, objectors } = seen.ok_or(Denial::ReadDenied(Read::GetDeclaration.needs()))?;
    let sees = |household: HouseholdId| told.rows.iter().any(|row| row.household == household);
    let timeline = timeline::steps(&desk.engine, told.branch, number, &entries, sees, objectors).await?;
    Ok(pb::GetDeclarationResponse { declaration: Some(message), timeline })
}

/// What of these the reader may see: those with at least one row for them, with these rows only.
async fn see(desk: &Desk, who: Credential, told: Vec<(Told, Open)>) -> Result<Vec<Seen>, Denial> {
    desk.look(who, |view, reader| {
        let seen = told.into_iter().filter_map(|(mut told, open)| {
            told.rows
                .retain(|row| reader.sees_row(view, row.household, row.state, open.escalated(row.household)));
            let objectors = objectors(view, reader, told.branch);
            let message = told.to_pb(&open, view);
            (!told.rows.is_empty()).then_some(Seen { told, message, objectors })
        });
        Ok(seen.collect())
    })
    .await
}

/// Who objected is told to those who see the whole branch, and to whoever did it.
pub(super) fn objectors(view: &View, reader: &Reader, branch: Branch) -> Objectors {
    let person = reader.person();
    Objectors {
        all: reader.may(view, Read::GetDeclaration, &Subject::branch(branch)),
        person,
        household: match reader {
            Reader::Known(Signer::Passbook(id)) => Some(*id),
            Reader::Known(_) | Reader::Anonymous => person.and_then(|person| person.household()),
        },
    }
}

/// Whose declarations are listed.
#[derive(Clone, Copy)]
enum Of {
    Household(HouseholdId),
    Branch(Branch),
}

impl Of {
    fn read(request: &pb::ListDeclarationsRequest) -> Result<Of, Denial> {
        let household = field::optional("household", &request.household)?;
        let branch = field::optional("branch", &request.branch)?;
        match (household, branch) {
            (Some(id), None) => Ok(Of::Household(id)),
            (None, Some(branch)) => Ok(Of::Branch(branch)),
            (None, None) => Err(field::bad("household", Problem::Missing)),
            (Some(_), Some(_)) => Err(field::bad("branch", Problem::OnlyFor("lists that name no household"))),
        }
    }

    fn check(self, view: &View, reader: &Reader) -> Result<(), Denial> {
        match self {
            Of::Household(id) => {
                reader.check(view, Read::ListHouseholdDeclarations, &Subject::household(id))?;
                view.bank.household(id)?;
            }
            Of::Branch(branch) => {
                reader.check(view, Read::ListBranchDeclarations, &Subject::branch(branch))?;
                view.bank.branch(branch)?;
            }
        }
        Ok(())
    }

    fn of_household(self, id: HouseholdId) -> bool {
        match self {
            Of::Household(of) => of == id,
            Of::Branch(_) => true,
        }
    }
}

pub(super) async fn list(
    desk: &Desk,
    metadata: &MetadataMap,
    request: pb::ListDeclarationsRequest,
) -> Result<pb::ListDeclarationsResponse, Denial> {
    const METHOD: &str = "ListDeclarations";
    let of = Of::read(&request)?;
    let state = field::word("state", request.state, State::from_number)?;
    let size = page::size(DECLARATION_PAGE, request.page_size)?;
    let filter: [&[u8]; 3] =
        [request.household.as_bytes(), request.branch.as_bytes(), &request.state.to_be_bytes()];
    let cursor = desk.pages.cursor::<1>(METHOD, &filter, &request.page_token)?;
    let read = match of {
        Of::Household(_) => Read::ListHouseholdDeclarations,
        Of::Branch(_) => Read::ListBranchDeclarations,
    };
    let who = desk.credential(metadata, read)?;
    let list = List { desk, who, of, state, size, before: cursor.map_or(u64::MAX, |[before]| before) };
    let (declarations, next) = match (of, state) {
        (Of::Branch(branch), Some(state)) if is_open(state) => list.open(branch, state).await?,
        _ => list.scan().await?,
    };
    let (declarations, next) = within_bytes(declarations, next);
    let next_page_token = next.map_or(String::new(), |next| desk.pages.token(METHOD, &filter, [next]));
    Ok(pb::ListDeclarationsResponse { declarations, next_page_token })
}

/// As many of these as one answer holds; the next page goes on below the last.
fn within_bytes(mut declarations: Vec<pb::Declaration>, next: Option<u64>) -> Listed {
    let mut bytes = 0;
    let fit = declarations.iter().take_while(|declaration| {
        bytes += declaration.encoded_len();
        bytes <= PAGE_BYTES_MAX
    });
    let fit = fit.count();
    if fit == declarations.len() {
        return (declarations, next);
    }
    declarations.truncate(fit);
    let next = declarations.last().map(|declaration| declaration.declaration);
    (declarations, next)
}

/// States in which a row keeps its case in the bank's state. A disputed one was credited and left it.
fn is_open(state: State) -> bool {
    match state {
        State::Submitted | State::Returned | State::Endorsed | State::OnNotice | State::Objected => true,
        State::Credited
        | State::Refused
        | State::Withdrawn
        | State::Voided
        | State::Disputed
        | State::Reversed => false,
    }
}

/// One page of a list.
struct List<'a> {
    desk: &'a Desk,
    who: Credential,
    of: Of,
    state: Option<State>,
    /// Most rows.
    size: usize,
    /// Numbers below this.
    before: u64,
}

/// Declarations, and below which number the next page goes on.
type Listed = (Vec<pb::Declaration>, Option<u64>);

impl List<'_> {
    /// Open cases of a branch, out of the bank's state.
    async fn open(&self, branch: Branch, state: State) -> Result<Listed, Denial> {
        let found = self.desk.look(self.who, |view, reader| {
            self.of.check(view, reader)?;
            let cases = view.bank.branch(branch)?.cases.range(..self.before).rev();
            let fits = cases.filter(|number| {
                view.bank.case(**number).is_ok_and(|case| {
                    case.rows.iter().any(|row| {
                        row.state == state && reader.sees_row(view, row.household, row.state, row.escalated)
                    })
                })
            });
            let mut numbers: Vec<u64> = fits.take(self.size + 1).copied().collect();
            let more = numbers.len() > self.size;
            numbers.truncate(self.size);
            let next = numbers.last().copied().filter(|_| more);
            let open = numbers.iter().map(|number| Open::of(view, *number));
            let opened: Vec<(u64, Open)> = numbers.iter().copied().zip(open).collect();
            Ok((view.size, opened, next))
        });
        let (size, opened, next) = found.await?;
        Ok((self.tell(opened, size).await?, next))
    }

    /// History, newest first, for what files a declaration.
    async fn scan(&self) -> Result<Listed, Denial> {
        let size = self.desk.look(self.who, |view, reader| {
            self.of.check(view, reader)?;
            Ok(view.size)
        });
        let size = size.await?;
        let mut below = self.before.min(size);
        let mut listed = Vec::new();
        let mut looked_through = 0;
        while looked_through < SCAN_MAX {
            let chunk = self.history(below).await?;
            let at_end = chunk.len() < SCAN_CHUNK;
            looked_through += chunk.len();
            if let Some(last) = chunk.last() {
                below = *last;
            }
            let filed: Vec<u64> = history::entries(&self.desk.engine, chunk)
                .await?
                .iter()
                .filter(|entry| self.files(entry))
                .map(|entry| entry.index)
                .collect();
            // Told a page's worth at a time: most of what is told is listed.
            for numbers in filed.chunks(self.size) {
                let opened = self.desk.look(self.who, |view, _| {
                    Ok(numbers.iter().map(|number| (*number, Open::of(view, *number))).collect())
                });
                listed.extend(self.tell(opened.await?, size).await?);
                if listed.len() > self.size {
                    listed.truncate(self.size);
                    let next = listed.last().map(|declaration| declaration.declaration);
                    return Ok((listed, next));
                }
            }
            if at_end {
                return Ok((listed, None));
            }
        }
        Ok((listed, Some(below)))
    }

    async fn history(&self, below: u64) -> Result<Vec<u64>, Denial> {
        let engine = &self.desk.engine;
        let indexes = match self.of {
            Of::Household(id) => {
                engine.history(HistoryKind::Household, &id.to_bytes(), Some(below), SCAN_CHUNK).await?
            }
            Of::Branch(branch) => {
                let id = branch.number().to_be_bytes();
                engine.history(HistoryKind::Branch, &id, Some(below), SCAN_CHUNK).await?
            }
        };
        Ok(indexes)
    }

    /// Whether an entry files a declaration or sheet of those that are listed.
    fn files(&self, entry: &Entry) -> bool {
        entry.effects.changes.iter().any(|change| match change {
            Change::DeclarationFiled { household, .. } => self.of.of_household(*household),
            Change::SheetFiled { rows, .. } => rows.iter().any(|row| self.of.of_household(row.household)),
            _ => false,
        })
    }

    /// These declarations as the reader sees them, those in the wanted state.
    async fn tell(&self, opened: Vec<(u64, Open)>, size: u64) -> Result<Vec<pb::Declaration>, Denial> {
        let mut told = Vec::with_capacity(opened.len());
        for (number, open) in opened {
            let entries = history::of_declaration(&self.desk.engine, number, size).await?;
            told.push((Told::fold(number, &entries).ok_or(Denial::Damaged)?, open));
        }
        let seen = see(self.desk, self.who, told).await?;
        Ok(seen.into_iter().filter(|seen| self.fits(&seen.told)).map(|seen| seen.message).collect())
    }

    fn fits(&self, told: &Told) -> bool {
        let mut rows = told.rows.iter().filter(|row| self.of.of_household(row.household));
        rows.any(|row| self.state.is_none_or(|state| row.state == state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of 300 rows measures some 14 KB, and 500 of them are asked for.
    #[test]
    fn a_page_of_long_sheets_ends_before_it_is_too_large_for_a_client() {
        let row = || pb::DeclarationRow {
            household: "370829199201-00001".to_owned(),
            title: "乱堆乱放".to_owned(),
            ..pb::DeclarationRow::default()
        };
        let sheet = |declaration| pb::Declaration {
            declaration,
            rows: std::iter::repeat_with(row).take(300).collect(),
            ..pb::Declaration::default()
        };
        let sheets: Vec<pb::Declaration> = (1..=500).rev().map(sheet).collect();
        let (page, next) = within_bytes(sheets, None);
        let size: usize = page.iter().map(Message::encoded_len).sum();
        assert!(page.len() > 100 && size <= PAGE_BYTES_MAX, "{} of {size} bytes", page.len());
        assert_eq!(next, page.last().map(|sheet| sheet.declaration));

        let (page, next) = within_bytes(vec![sheet(7), sheet(5)], Some(5));
        assert_eq!((page.len(), next), (2, Some(5)));
    }
}
