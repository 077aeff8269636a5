//! The closed sets of words that rules speak: units, offices, states, grounds. Numbers are the wire's.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(i32)]
        pub enum $name { $($(#[$vdoc])* $variant = $number),* }

        impl $name {
            /// Every word of the set.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word with this wire number; none for 0 (not given) and for numbers that nobody defined.
            pub fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some($name::$variant),)* _ => None }
            }

            /// Its wire number.
            pub fn number(self) -> i32 {
                self as i32
            }
        }
    )*};
}

words! {
    /// What an amount counts.
    Unit {
        /// Spendable points.
        Points = 1,
        /// Standing of the year.
        Score = 2,
        /// Volunteer time in minutes.
        Minutes = 3,
        /// Money in fen, memo only.
        Fen = 4,
    }
    /// The five beauties.
    Pillar {
        /// 人居环境美.
        Living = 1,
        /// 家庭和睦美.
        Family = 2,
        /// 乡村发展美.
        Development = 3,
        /// 公益奉献美.
        Service = 4,
        /// 自治守法美.
        Governance = 5,
    }
    /// Offices.
    Role {
        /// 代办员.
        Proxy = 1,
        /// 联户党员.
        Liaison = 2,
        /// 评价委员.
        Committee = 3,
        /// 村务监督.
        Supervisor = 4,
        /// 支行文书.
        Clerk = 5,
        /// 镇总行.
        Officer = 6,
        /// 收银.
        Cashier = 7,
        /// 审计.
        Auditor = 8,
    }
    /// What an item does.
    ItemKind {
        /// Earns points.
        Deed = 1,
        /// An extra that earns points.
        Bonus = 2,
        /// Takes score or points.
        Deduction = 3,
        /// Loses the year's stars and honours.
        Veto = 4,
    }
    /// Whose deed an item counts.
    ItemSubject {
        /// The household's.
        Household = 1,
        /// One member's.
        Person = 2,
    }
    /// The window of a cap.
    CapWindow {
        /// No cap.
        Event = 1,
        /// Calendar month.
        Month = 2,
        /// Calendar quarter.
        Quarter = 3,
        /// Calendar year.
        Year = 4,
        /// For ever.
        Once = 5,
    }
    /// Kinds of evidence.
    EvidenceKind {
        /// Photographs.
        Photo = 1,
        /// Sign-in list.
        Attendance = 2,
        /// Certificate.
        Certificate = 3,
        /// The served person.
        ServedPerson = 4,
        /// Record of an inspection or meeting.
        Record = 5,
        /// Record of a system.
        System = 6,
    }
    /// Where a declaration or a sheet's row stands.
    State {
        /// Waits for the liaison.
        Submitted = 1,
        /// Waits for the household.
        Returned = 2,
        /// Waits for the committee.
        Endorsed = 3,
        /// In public notice.
        OnNotice = 4,
        /// Waits for a ruling.
        Objected = 5,
        /// In the book.
        Credited = 6,
        /// Ended by liaison or committee.
        Refused = 7,
        /// Ended by the household.
        Withdrawn = 8,
        /// Approved, ended without credit.
        Voided = 9,
        /// Credited, waits for a ruling.
        Disputed = 10,
        /// Credited, taken back.
        Reversed = 11,
    }
    /// Why something is returned, refused or voided.
    Ground {
        /// Evidence does not show it.
        EvidenceUnclear = 1,
        /// Evidence is missing.
        EvidenceMissing = 2,
        /// Not done.
        NotDone = 3,
        /// Another item fits.
        WrongItem = 4,
        /// Somebody else did it.
        WrongPerson = 5,
        /// Another day.
        WrongDate = 6,
        /// Declared before.
        Duplicate = 7,
        /// Paid or official duty.
        OfficialDuty = 8,
        /// Knowingly false.
        False = 9,
        /// No quorum can be reached any more.
        NoQuorum = 10,
        /// Time ran out.
        TimedOut = 11,
        /// An objection was upheld.
        ObjectionUpheld = 12,
        /// A row of a sheet met a cap when the committee decided.
        CapReached = 13,
    }
    /// Why somebody objects.
    ObjectionGround {
        /// Not done.
        NotDone = 1,
        /// Less than declared.
        Exaggerated = 2,
        /// Somebody else did it.
        WrongPerson = 3,
        /// 优亲厚友.
        Favouritism = 4,
        /// Declared before.
        Duplicate = 5,
        /// Forged.
        Forged = 6,
        /// A deduction that is wrong or mended.
        UnjustDeduction = 7,
    }
    /// A ruling.
    Ruling {
        /// The objection fails.
        Dismiss = 1,
        /// A part stands.
        Partial = 2,
        /// The objection holds.
        Uphold = 3,
    }
    /// A liaison's verdict.
    Verdict {
        /// To the committee.
        Endorse = 1,
        /// Back to the household.
        Return = 2,
        /// Ended.
        Refuse = 3,
    }
    /// A vote.
    Vote {
        /// For.
        Approve = 1,
        /// Against.
        Refuse = 2,
    }
    /// How a declaration came.
    Channel {
        /// Phone or computer.
        App = 1,
        /// Terminal.
        Terminal = 2,
        /// Paper slip.
        Paper = 3,
    }
    /// Who pays.
    FundSource {
        /// County.
        County = 1,
        /// Town.
        Town = 2,
        /// Donation.
        Donation = 3,
        /// Village collective.
        Collective = 4,
    }
    /// How two people are kin.
    KinRelation {
        /// Spouse.
        Spouse = 1,
        /// Parent and child.
        ParentChild = 2,
        /// Brother or sister.
        Sibling = 3,
        /// Within three generations.
        Collateral = 4,
        /// By marriage.
        InLaw = 5,
    }
    /// Why a key is revoked.
    RevocationGround {
        /// Lost.
        Lost = 1,
        /// Stolen.
        Stolen = 2,
        /// The holder left.
        Left = 3,
    }
    /// What became of an invitation.
    InvitationState {
        /// It can be accepted.
        Open = 1,
        /// It made its key.
        Accepted = 2,
        /// It was withdrawn.
        Cancelled = 3,
        /// Its time ran out.
        Expired = 4,
    }
    /// Why a document is erased.
    ErasureGround {
        /// Asked for by the person.
        Requested = 1,
        /// Kept long enough.
        Retention = 2,
        /// Put there by mistake.
        Mistake = 3,
    }
}

impl State {
    /// Nothing further happens by itself; the case leaves memory.
    pub fn is_final(self) -> bool {
        match self {
            State::Credited | State::Refused | State::Withdrawn | State::Voided | State::Reversed => true,
            State::Submitted
            | State::Returned
            | State::Endorsed
            | State::OnNotice
            | State::Objected
            | State::Disputed => false,
        }
    }
}

impl Ground {
    /// Whether people give it; the others are the bank's own.
    pub fn is_given_by_people(self) -> bool {
        match self {
            Ground::NoQuorum | Ground::TimedOut | Ground::ObjectionUpheld | Ground::CapReached => false,
            Ground::EvidenceUnclear
            | Ground::EvidenceMissing
            | Ground::NotDone
            | Ground::WrongItem
            | Ground::WrongPerson
            | Ground::WrongDate
            | Ground::Duplicate
            | Ground::OfficialDuty
            | Ground::False => true,
        }
    }
}
