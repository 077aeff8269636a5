//! Where in a message something is wrong, and what: the error that every reader of this room answers.
//!
//! A place is a chain of borrowed steps, so that reading a good message builds no text. This file does not
//! know any message.

use std::fmt;

/// A field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct BadField {
    /// Path of the field from the top of the message: `redeem.lines[3].quantity`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Wanted here, and not given.
    #[error("is missing")]
    Missing,
    /// Not of the form it should have; says which form that is.
    #[error("wants {0}")]
    Malformed(&'static str),
    /// A number that none of the enum's words has.
    #[error("{0} is not a word of this set")]
    UnknownWord(i32),
    /// A number outside its range.
    #[error("is {got}, outside of {min} to {max}")]
    OutOfRange {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
        /// What was given.
        got: i64,
    },
    /// A list that is too long or too short.
    #[error("has {got} members, not {min} to {max}")]
    Count {
        /// Fewest.
        min: usize,
        /// Most.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// Bytes that are not as many as they should be.
    #[error("has {got} bytes instead of {wants}")]
    Length {
        /// How many there should be.
        wants: usize,
        /// How many there are.
        got: usize,
    },
    /// A text with too many characters.
    #[error("has {got} characters, more than {max}")]
    TooLong {
        /// Most.
        max: usize,
        /// How many there are.
        got: usize,
    },
    /// A text that begins or ends with white space.
    #[error("begins or ends with white space")]
    Untrimmed,
    /// A text with a character that is not seen, or changes the order of others.
    #[error("holds the character U+{:04X}, which is not seen", u32::from(*.0))]
    Invisible(char),
    /// A member that stands in the list already.
    #[error("is the same as member {of}")]
    Repeated {
        /// Position of the first.
        of: usize,
    },
    /// Given where it has no meaning; says when it would have one.
    #[error("is only for {0}")]
    OnlyFor(&'static str),
    /// JSON that is not the message's; the parser's words.
    #[error("{0}")]
    Json(String),
    /// Bytes that are not protobuf.
    #[error("is not a protobuf message of its type")]
    Undecodable,
    /// Fields that nobody defined, fields out of order or given twice, or numbers in a longer form.
    #[error("has unknown fields or is not in the canonical encoding")]
    NotCanonical,
}

/// One step of a path.
#[derive(Clone, Copy)]
enum Step {
    Name(&'static str),
    Member(usize),
}

/// A place in a message. Borrowed from the place above it.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step,
}

impl<'a> At<'a> {
    /// A field of the top message.
    pub(crate) const fn top(name: &'static str) -> At<'static> {
        At { above: None, step: Step::Name(name) }
    }

    /// A field of the message at this place.
    pub(crate) fn name(&'a self, name: &'static str) -> At<'a> {
        At { above: Some(self), step: Step::Name(name) }
    }

    /// A member of the list at this place.
    pub(crate) fn member(&'a self, position: usize) -> At<'a> {
        At { above: Some(self), step: Step::Member(position) }
    }

    /// The error that says what is wrong here.
    #[cold]
    pub(crate) fn bad(&self, problem: Problem) -> BadField {
        BadField { field: self.to_string(), problem }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Name(name) if self.above.is_none() => f.write_str(name),
            Step::Name(name) => write!(f, ".{name}"),
            Step::Member(position) => write!(f, "[{position}]"),
        }
    }
}
