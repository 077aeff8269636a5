//! What a JSON payload must not hold although parsers would take it: a name given twice, `null`, a fraction.
//!
//! With two values under one name, two readers may each see another command under the same signature; `null`
//! lets a name stand twice unseen. This file does not know which fields a command has.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::field::{BadField, Problem};
use super::json_path;

/// Refuses JSON with doubles, `null`s or fractions, and what is no JSON.
pub(super) fn check(payload: &[u8]) -> Result<(), BadField> {
    let mut found = Found::default();
    let mut parser = serde_json::Deserializer::from_slice(payload);
    let walked = Walk(&mut found).deserialize(&mut parser).and_then(|()| parser.end());
    match (walked, found.problem) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some(problem)) => Err(BadField { field: json_path::or_payload(found.path), problem }),
        (Err(error), None) => Err(json_path::bad_field(payload, &error)),
    }
}

/// Where the walk is, and what it met.
#[derive(Default)]
struct Found {
    path: String,
    problem: Option<Problem>,
}

impl Found {
    /// Ends the walk: the path stays where it is.
    fn stop<E: Error>(&mut self, problem: Problem) -> E {
        let error = E::custom(&problem);
        self.problem = Some(problem);
        error
    }
}

struct Walk<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a command")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(self.0.stop(Problem::Malformed("a whole number without fraction or exponent")))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(self.0.stop(Problem::Malformed("a value, not null")))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let end = self.0.path.len();
        let mut position = 0;
        loop {
            json_path::push_member(&mut self.0.path, position);
            if members.next_element_seed(Walk(&mut *self.0))?.is_none() {
                self.0.path.truncate(end);
                return Ok(());
            }
            self.0.path.truncate(end);
            position += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let end = self.0.path.len();
        let mut seen = BTreeSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            json_path::push_name(&mut self.0.path, &name);
            if !seen.insert(name) {
                return Err(self.0.stop(Problem::Malformed("one value; the name is given twice")));
            }
            fields.next_value_seed(Walk(&mut *self.0))?;
            self.0.path.truncate(end);
        }
        Ok(())
    }
}
