//! The kinds of documents, and how large each may be.

/// What a document is. The kind is part of the address: the same bytes put as two kinds are
/// two documents, so that nobody can pass one off as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A picture that shows a deed.
    Photo,
    /// Who a person is: name, phone, group number.
    Identity,
    /// Words written about a case: a declaration's, an objection's, a ruling's.
    Text,
    /// The hash of a passbook's PIN.
    PinHash,
    /// A scanned paper: the record of a meeting, a mediation, a consent.
    Record,
}

impl DocumentKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Photo, Self::Identity, Self::Text, Self::PinHash, Self::Record];

    /// The most bytes a document of this kind may have, its salt included if it is sealed.
    pub const fn size_max(self) -> usize {
        match self {
            Self::Photo | Self::Record => 4 << 20,
            Self::Identity | Self::Text => 16 << 10,
            Self::PinHash => 512,
        }
    }

    /// The number that stands for this kind in files and addresses. Never changes.
    pub const fn number(self) -> u8 {
        match self {
            Self::Photo => 1,
            Self::Identity => 2,
            Self::Text => 3,
            Self::PinHash => 4,
            Self::Record => 5,
        }
    }

    /// The kind with this number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// What the kind is called in messages to operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Identity => "identity",
            Self::Text => "text",
            Self::PinHash => "pin hash",
            Self::Record => "record",
        }
    }
}
