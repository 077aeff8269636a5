//! *The* table of who may sign what. A command is allowed when one of its rows is met: every party of the row
//! is there, each by another signer (and by another person, where they are people). Conflict of interest is
//! checked after, where the case is known.

use super::Bank;
use super::ids::{Branch, HouseholdId, PersonId, TerminalId};
use super::key::Signer;
use super::refusal::Refusal;
use super::time::Time;
use super::words::Role;

/// What a signer is with respect to what the command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// Officer of the head bank.
    Officer,
    /// Chair of the branch's committee.
    Chair,
    /// Committee member of the branch.
    Committee,
    /// Clerk of the branch.
    Clerk,
    /// Supervisor of the branch.
    Supervisor,
    /// Cashier of the branch.
    Cashier,
    /// The liaison linked to the household.
    Liaison,
    /// Any liaison of the branch.
    BranchLiaison,
    /// A proxy of the household.
    Proxy,
    /// A member of the household, with their own key.
    Member,
    /// The household's passbook.
    Passbook,
    /// A member or the passbook of any household of the branch.
    Villager,
    /// The person (or the terminal) that the command is about.
    Self_,
    /// A terminal of the branch.
    Terminal,
}

macro_rules! acts {
    ($($(#[$doc:meta])* $act:ident = $needs:literal $([$($party:ident),*])|+;)*) => {
        /// A command as the table sees it: finer than its kind where the context decides who may sign.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $act),* }

        impl Act {
            /// Every act.
            pub const ALL: &'static [Act] = &[$(Act::$act),*];

            /// Rows of the table; one must be met.
            pub fn rows(self) -> &'static [&'static [Party]] {
                match self { $(Act::$act => &[$(&[$(Party::$party),*]),+]),* }
            }

            /// The rows in words, for refusals.
            pub fn needs(self) -> &'static str {
                match self { $(Act::$act => $needs),* }
            }

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $(Act::$act => stringify!($act)),* }
            }
        }
    };
}

acts! {
    /// A branch joins.
    OpenBranch = "officer" [Officer];
    /// Settings of the bank.
    SetBankPolicy = "officer" [Officer];
    /// Settings of a branch.
    SetBranchPolicy = "officer, or chair of the committee" [Officer] | [Chair];
    /// A key for somebody with an office.
    EnrolOfficeKey = "officer, or the holder" [Officer] | [Self_];
    /// A key for a villager without office.
    EnrolVillagerKey = "officer, the clerk with the household's passbook, or the holder"
        [Officer] | [Clerk, Passbook] | [Self_];
    /// A terminal's key.
    EnrolTerminalKey = "officer" [Officer];
    /// A key offered to a villager without office.
    InviteVillager = "officer, the clerk with the household's passbook, or the holder"
        [Officer] | [Clerk, Passbook] | [Self_];
    /// A key offered to somebody with an office.
    InviteOffice = "officer, or the holder" [Officer] | [Self_];
    /// A key offered to a terminal.
    InviteTerminal = "officer" [Officer];
    /// An invitation is withdrawn.
    CancelInvitation = "officer, who invited, or the holder" [Officer] | [Self_];
    /// An officer's key dies.
    RevokeOfficerKey = "officer, or the holder" [Officer] | [Self_];
    /// A key dies.
    RevokeKey = "officer, clerk, or the holder" [Officer] | [Clerk] | [Self_];
    /// A proxy is appointed or dismissed.
    AppointProxy = "the household, or officer" [Member] | [Passbook] | [Officer];
    /// Every other office.
    AppointStaff = "officer" [Officer];
    /// The catalogue.
    PublishCatalogue = "officer" [Officer];
    /// Points against money.
    FundBudget = "officer" [Officer];
    /// A book is opened.
    OpenHousehold = "clerk" [Clerk];
    /// A book is closed.
    CloseHousehold = "officer" [Officer];
    /// Two people are kin.
    DeclareKin = "one of the two, clerk, supervisor, or officer" [Self_] | [Clerk] | [Supervisor] | [Officer];
    /// A household's first card.
    IssueFirstPassbook = "clerk" [Clerk];
    /// A further card: nobody alone can take over a household's points.
    ReplacePassbook = "clerk, together with the household, its liaison or a supervisor"
        [Clerk, Member] | [Clerk, Liaison] | [Clerk, Supervisor];
    /// A PIN.
    SetPin = "a member, or the passbook with the clerk" [Member] | [Clerk, Passbook];
    /// Filing, completing, taking back.
    Declare = "a member, the passbook, or a proxy with the passbook" [Proxy, Passbook] | [Member] | [Passbook];
    /// Review in time.
    Review = "the household's liaison" [Liaison];
    /// Review once late.
    ReviewLate = "a liaison of the branch" [Liaison] | [BranchLiaison];
    /// Review when late twice.
    ReviewOverdue = "a liaison or committee member of the branch" [Liaison] | [BranchLiaison] | [Committee];
    /// A vote.
    Decide = "committee member of the branch" [Committee];
    /// An objection.
    Object = "a household of the branch, or its supervisor" [Villager] | [Supervisor];
    /// A ruling.
    Rule = "officer" [Officer];
    /// An inspection sheet.
    Assess = "clerk" [Clerk];
    /// Goods arrive.
    StockIn = "terminal, cashier or clerk of the branch" [Terminal] | [Cashier] | [Clerk];
    /// Prices.
    SetPrice = "clerk, or officer" [Clerk] | [Officer];
    /// Goods are counted.
    StockCount = "terminal or cashier, together with clerk or supervisor"
        [Terminal, Clerk] | [Terminal, Supervisor] | [Cashier, Clerk] | [Cashier, Supervisor];
    /// Points buy goods.
    Redeem = "terminal and passbook" [Terminal, Passbook];
    /// Goods come back.
    Refund = "terminal of the shop, and passbook" [Terminal, Passbook];
    /// A document is erased.
    Erase = "officer" [Officer];
    /// Whether a household's points may stand on the board.
    SetPublicity = "a member, or the passbook" [Member] | [Passbook];
    /// A suggestion to the village.
    Suggest = "a household of the branch" [Villager];
    /// Its answer.
    AnswerSuggestion = "clerk, supervisor, chair of the committee, or officer"
        [Clerk] | [Supervisor] | [Chair] | [Officer];
}

/// What a command is about, as far as the table needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Subject {
    /// The branch.
    pub branch: Option<Branch>,
    /// The household.
    pub household: Option<HouseholdId>,
    /// The person.
    pub person: Option<PersonId>,
    /// A second person.
    pub other: Option<PersonId>,
    /// The terminal.
    pub terminal: Option<TerminalId>,
}

impl Subject {
    /// About a household in its branch.
    pub fn household(id: HouseholdId) -> Self {
        Subject { branch: Some(id.branch()), household: Some(id), ..Self::default() }
    }

    /// About a branch.
    pub fn branch(branch: Branch) -> Self {
        Subject { branch: Some(branch), ..Self::default() }
    }
}

/// The signers that met a row, each as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting(Vec<(Party, Signer)>);

impl Acting {
    /// The person who acts as `party`.
    pub fn person(&self, party: Party) -> Option<PersonId> {
        self.0.iter().find(|(p, _)| *p == party).and_then(|(_, signer)| signer.person())
    }

    /// The person who acts, where the act has one signer.
    pub fn sole_person(&self) -> Option<PersonId> {
        self.0.first().and_then(|(_, signer)| signer.person())
    }

    /// The first signer.
    pub fn first(&self) -> Option<Signer> {
        self.0.first().map(|(_, signer)| *signer)
    }

    /// The terminal that acts.
    pub fn terminal(&self) -> Option<TerminalId> {
        self.0.iter().find_map(|(_, signer)| match signer {
            Signer::Terminal(terminal) => Some(*terminal),
            Signer::Person(_) | Signer::Passbook(_) => None,
        })
    }
}

impl Bank {
    /// Whether a signer is such a party to this subject at this moment.
    pub fn is_party(&self, signer: Signer, party: Party, subject: &Subject, now: Time) -> bool {
        match signer {
            Signer::Person(person) => self.person_is(person, party, subject, now),
            Signer::Passbook(id) => match party {
                Party::Passbook => subject.household == Some(id),
                Party::Villager => subject.branch == Some(id.branch()),
                _ => false,
            },
            Signer::Terminal(terminal) => match party {
                Party::Terminal => subject.branch.is_none_or(|b| b == terminal.branch()),
                Party::Self_ => subject.terminal == Some(terminal),
                _ => false,
            },
        }
    }

    fn person_is(&self, person: PersonId, party: Party, subject: &Subject, now: Time) -> bool {
        let holds = |role| subject.branch.is_some_and(|branch| self.holds(person, role, branch, now));
        let serves = |role| {
            subject.household.is_some_and(|id| {
                self.offices(person, now).any(|office| office.role == role && office.households.contains(&id))
            })
        };
        match party {
            Party::Officer => self.holds(person, Role::Officer, self.head(), now),
            Party::Chair => subject.branch.is_some_and(|branch| self.chair(branch, now) == Some(person)),
            Party::Committee => holds(Role::Committee),
            Party::Clerk => holds(Role::Clerk),
            Party::Supervisor => holds(Role::Supervisor),
            Party::Cashier => holds(Role::Cashier),
            Party::BranchLiaison => holds(Role::Liaison),
            Party::Liaison => serves(Role::Liaison),
            Party::Proxy => serves(Role::Proxy),
            Party::Member => subject.household.is_some() && person.household() == subject.household,
            Party::Villager => person.household().is_some_and(|id| subject.branch == Some(id.branch())),
            Party::Self_ => subject.person == Some(person) || subject.other == Some(person),
            Party::Passbook | Party::Terminal => false,
        }
    }

    /// Finds a signer for each party of a row, each another: who could stand for two parties stands for the
    /// one that nobody else can.
    fn meet(
        &self,
        row: &[Party],
        signers: &[Signer],
        subject: &Subject,
        now: Time,
        met: &mut Vec<(Party, Signer)>,
    ) -> bool {
        let Some((party, rest)) = row.split_first() else { return true };
        for signer in signers {
            let taken = met.iter().any(|(_, taken)| taken == signer);
            if !taken && self.is_party(*signer, *party, subject, now) {
                met.push((*party, *signer));
                if self.meet(rest, signers, subject, now, met) {
                    return true;
                }
                met.pop();
            }
        }
        false
    }

    /// Whether this signer alone may do it.
    pub fn may(&self, act: Act, signer: Signer, subject: &Subject, now: Time) -> bool {
        self.authorise(act, &[signer], subject, now).is_ok()
    }

    /// The row of the table that these signers meet, or why none.
    pub(super) fn authorise(
        &self,
        act: Act,
        signers: &[Signer],
        subject: &Subject,
        now: Time,
    ) -> Result<Acting, Refusal> {
        let mut half_there = false;
        for row in act.rows() {
            let mut met = Vec::with_capacity(row.len());
            if self.meet(row, signers, subject, now, &mut met) {
                return Ok(Acting(met));
            }
            let is_any = |signer: &Signer| row.iter().any(|p| self.is_party(*signer, *p, subject, now));
            half_there |= signers.iter().any(is_any);
        }
        let (command, needs) = (act.name(), act.needs());
        Err(if half_there {
            Refusal::SignatureMissing { command, needs }
        } else {
            Refusal::NotAuthorised { command, needs }
        })
    }
}
