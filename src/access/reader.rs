//! *The* table of who may read what. Writing is authorised by the bank's own table over signatures; reading
//! leaves no entry, so it is authorised here, by the offices that the bank's state names.
//!
//! A reader is whoever holds the session's key: a person with their offices, a household's passbook, or a
//! terminal. An answer never tells apart what is not there from what may not be seen: "not found" goes only to
//! those who may look.

use crate::bank::authority::{Party, Subject};
use crate::bank::ids::{HouseholdId, PersonId};
use crate::bank::words::Role;
use crate::bank::{Signer, words::State};
use crate::engine::View;

use super::denial::Denial;

/// What a reader has to be, with respect to what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// Nobody in particular; no session is looked at.
    Anybody,
    /// Whoever has a key that is good.
    Enrolled,
    /// A member of the household, or its passbook.
    Household,
    /// A proxy of the household.
    Proxy,
    /// The liaison linked to the household.
    Liaison,
    /// Any liaison of the branch, who then sees their own households only.
    BranchLiaison,
    /// Committee member of the branch.
    Committee,
    /// Clerk of the branch.
    Clerk,
    /// Supervisor of the branch.
    Supervisor,
    /// Officer of the head bank.
    Officer,
    /// Auditor.
    Auditor,
    /// A signer of the entry, or a household that it concerns. Asked of the entry itself.
    Concerned,
}

macro_rules! reads {
    ($($(#[$doc:meta])* $read:ident = $needs:literal [$($sight:ident),*];)*) => {
        /// A method that reads (or puts a document), or a part of one that has its own readers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Read { $($(#[$doc])* $read),* }

        impl Read {
            /// Every row of the table.
            pub const ALL: &'static [Read] = &[$(Read::$read),*];

            /// Who may; one is enough.
            pub fn sights(self) -> &'static [Sight] {
                match self { $(Read::$read => &[$(Sight::$sight),*]),* }
            }

            /// The row in words, for those who may not.
            pub fn needs(self) -> &'static str {
                match self { $(Read::$read => $needs),* }
            }

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Read::$read => stringify!($read)),* }
            }
        }
    };
}

reads! {
    /// The bank itself.
    GetBank = "anybody" [Anybody];
    /// Branches.
    ListBranches = "anybody" [Anybody];
    /// A catalogue.
    ListCatalogue = "anybody" [Anybody];
    /// Goods, prices and stock.
    ListGoods = "anybody" [Anybody];
    /// The public board, masked.
    GetBoard = "anybody" [Anybody];
    /// Where a branch's points came from and went.
    GetFunds = "anybody" [Anybody];
    /// Who holds which office.
    ListAppointments = "anybody" [Anybody];
    /// What a terminal needs of a card.
    GetPassbook = "whoever holds the view token" [Anybody];
    /// What a key is good for.
    GetKey = "whoever knows the key" [Anybody];
    /// What an invitation offers.
    GetInvitation = "whoever knows its key" [Anybody];
    /// The newest checkpoint.
    GetCheckpoint = "anybody" [Anybody];
    /// An inclusion proof.
    GetInclusionProof = "anybody" [Anybody];
    /// A consistency proof.
    GetConsistencyProof = "anybody" [Anybody];
    /// A household's book.
    GetHousehold = "the household, its liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Household, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Lines of a household's book.
    ListStatement = "the household, its liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Household, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Households of a branch.
    ListHouseholds = "the branch's committee, clerk or supervisor, its liaisons (their own households), an officer, an auditor"
        [BranchLiaison, Committee, Clerk, Supervisor, Officer, Auditor];
    /// A declaration, or the rows of a sheet that the reader may see. A review that is late is seen by every
    /// liaison of the branch, who may then give the verdict.
    GetDeclaration = "the household, its liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Household, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Declarations of a household.
    ListHouseholdDeclarations = "the household, its liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Household, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Declarations of a branch.
    ListBranchDeclarations = "the branch's committee, clerk or supervisor, its liaisons (their own households), an officer, an auditor"
        [BranchLiaison, Committee, Clerk, Supervisor, Officer, Auditor];
    /// One entry.
    GetEntry = "whom the entry concerns, their liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Concerned, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// The receipt of an entry.
    GetReceipt = "whom the entry concerns, their liaison or proxy, the branch's committee, clerk or supervisor, an officer, an auditor"
        [Concerned, Liaison, Proxy, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Entries in order.
    ListEntries = "an officer, an auditor" [Officer, Auditor];
    /// Entries as they come.
    WatchEntries = "an officer, an auditor" [Officer, Auditor];
    /// Keeping a document.
    PutDocument = "whoever has an enrolled key" [Enrolled];
    /// Photographs and records: those that an entry of the branch was the first to show.
    GetEvidence = "a liaison, committee member, clerk or supervisor of the branch that showed it first, an officer, an auditor"
        [BranchLiaison, Committee, Clerk, Supervisor, Officer, Auditor];
    /// Identities and texts.
    GetSealedDocument = "an officer, an auditor" [Officer, Auditor];
    /// PIN documents.
    GetPinDocument = "nobody" [];
}

impl Read {
    /// Whether no session is looked at.
    pub fn is_public(self) -> bool {
        self.sights().contains(&Sight::Anybody)
    }
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// No session, or a method that looks at none.
    Anonymous,
    /// Whoever holds the session's key.
    Known(Signer),
}

impl Reader {
    /// Whether a row of the table lets this reader see the subject.
    pub fn may(&self, view: &View, read: Read, subject: &Subject) -> bool {
        read.sights().iter().any(|sight| self.is(view, *sight, subject))
    }

    /// The same as a denial.
    pub(crate) fn check(&self, view: &View, read: Read, subject: &Subject) -> Result<(), Denial> {
        match self {
            _ if self.may(view, read, subject) => Ok(()),
            Reader::Anonymous => Err(Denial::SessionMissing),
            Reader::Known(_) => Err(Denial::ReadDenied(read.needs())),
        }
    }

    /// Whether this reader sees one row of a declaration or sheet. `escalated` counts how often its stage was
    /// found late.
    pub(crate) fn sees_row(&self, view: &View, household: HouseholdId, state: State, escalated: u32) -> bool {
        let subject = Subject::household(household);
        self.may(view, Read::GetDeclaration, &subject)
            || (state == State::Submitted && escalated > 0 && self.is(view, Sight::BranchLiaison, &subject))
    }

    /// What this reader is.
    pub fn is(&self, view: &View, sight: Sight, subject: &Subject) -> bool {
        let Reader::Known(signer) = *self else { return sight == Sight::Anybody };
        let is = |party| view.bank.is_party(signer, party, subject, view.now);
        match sight {
            Sight::Anybody | Sight::Enrolled => true,
            Sight::Household => is(Party::Member) || is(Party::Passbook),
            Sight::Proxy => is(Party::Proxy),
            Sight::Liaison => is(Party::Liaison),
            Sight::BranchLiaison => is(Party::BranchLiaison),
            Sight::Committee => is(Party::Committee),
            Sight::Clerk => is(Party::Clerk),
            Sight::Supervisor => is(Party::Supervisor),
            Sight::Officer => is(Party::Officer),
            Sight::Auditor => self.roles(view).contains(&Role::Auditor),
            Sight::Concerned => false,
        }
    }

    /// The person, where it is one.
    pub(crate) fn person(&self) -> Option<PersonId> {
        match self {
            Reader::Anonymous => None,
            Reader::Known(signer) => signer.person(),
        }
    }

    /// Whether this reader handles evidence in some branch.
    pub(crate) fn handles_evidence(&self, view: &View) -> bool {
        self.roles(view).into_iter().any(handles_evidence)
    }

    /// Offices in force, wherever.
    fn roles(&self, view: &View) -> Vec<Role> {
        let offices = self.person().map(|person| view.bank.offices(person, view.now));
        offices.into_iter().flatten().map(|office| office.role).collect()
    }
}

fn handles_evidence(role: Role) -> bool {
    match role {
        Role::Liaison | Role::Committee | Role::Supervisor | Role::Clerk => true,
        Role::Proxy | Role::Officer | Role::Cashier | Role::Auditor => false,
    }
}
