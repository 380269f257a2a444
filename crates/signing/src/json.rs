//! Strict JSON (RFC 8259): each member once, no byte order mark, nothing after the document,
//! bounded depth and size.
//!
//! Two parsers that disagree about one text are an attack: Python keeps the last of two equal
//! members, others the first. So duplicates are refused at every level, in unknown members too.
//! Parsing gives a tree whose values know their place, for messages such as
//! `statement.predicate.resources[3].name: expected a string, found null`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::Limits;
use crate::error::excerpt;

/// A document that is not strict JSON or has not the expected form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct JsonFault {
    /// The place, from the name of the document: `bundle.dsseEnvelope.payload`.
    pub at: String,
    /// What was expected there and what was found.
    pub problem: String,
}

impl JsonFault {
    pub(crate) fn new(at: &str, problem: impl Into<String>) -> Self {
        Self { at: at.to_owned(), problem: problem.into() }
    }
}

/// A value and its place.
pub(crate) struct Value {
    pub(crate) at: String,
    tree: Tree,
}

/// The members of an object that nobody has taken yet.
pub(crate) struct Members {
    at: String,
    rest: BTreeMap<String, Tree>,
}

/// Numbers keep their value if it is natural: no other number is read by this crate.
enum Tree {
    Null,
    Bool(bool),
    Number(Option<u64>),
    Text(String),
    List(Vec<Tree>),
    Object(BTreeMap<String, Tree>),
}

/// Parses `bytes`; `document` starts every place in messages.
pub(crate) fn parse(document: &str, bytes: &[u8], limits: &Limits) -> Result<Value, JsonFault> {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return Err(JsonFault::new(
            document,
            "expected JSON text, found a byte order mark before it",
        ));
    }
    let values_left = Cell::new(limits.json_value_count_max);
    let builder = Builder { depth_left: limits.json_depth_max, values_left: &values_left };
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let tree = builder.deserialize(&mut parser).and_then(|tree| parser.end().map(|()| tree));
    match tree {
        Ok(tree) => Ok(Value { at: document.to_owned(), tree }),
        Err(error) => Err(JsonFault::new(document, format!("not strict JSON: {error}"))),
    }
}

/// `text` as a JSON string with its quotes. Characters outside ASCII stay as they are.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Value {
    pub(crate) fn object(self) -> Result<Members, JsonFault> {
        match self.tree {
            Tree::Object(rest) => Ok(Members { at: self.at, rest }),
            _ => Err(self.unexpected("an object")),
        }
    }

    pub(crate) fn list(self) -> Result<Vec<Value>, JsonFault> {
        match self.tree {
            Tree::List(items) => {
                let place = |(index, tree)| Value { at: format!("{}[{index}]", self.at), tree };
                Ok(items.into_iter().enumerate().map(place).collect())
            }
            _ => Err(self.unexpected("an array")),
        }
    }

    pub(crate) fn text(self) -> Result<String, JsonFault> {
        match self.tree {
            Tree::Text(text) => Ok(text),
            _ => Err(self.unexpected("a string")),
        }
    }

    pub(crate) fn boolean(self) -> Result<bool, JsonFault> {
        match self.tree {
            Tree::Bool(value) => Ok(value),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// A natural number. `8.0` is one: protocol buffers write every number so.
    pub(crate) fn natural(self) -> Result<u64, JsonFault> {
        match self.tree {
            Tree::Number(Some(value)) => Ok(value),
            _ => Err(self.unexpected("a natural number")),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.tree, Tree::Null)
    }

    fn unexpected(&self, expected: &str) -> JsonFault {
        let found = match self.tree {
            Tree::Null => "null",
            Tree::Bool(_) => "true or false",
            Tree::Number(_) => "a number",
            Tree::Text(_) => "a string",
            Tree::List(_) => "an array",
            Tree::Object(_) => "an object",
        };
        JsonFault::new(&self.at, format!("expected {expected}, found {found}"))
    }
}

impl Members {
    /// Takes a member that must be there.
    pub(crate) fn take(&mut self, name: &str) -> Result<Value, JsonFault> {
        self.take_optional(name)
            .ok_or_else(|| JsonFault::new(&self.at, format!("the member {name:?} is missing")))
    }

    pub(crate) fn take_optional(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name).map(|tree| Value { at: format!("{}.{name}", self.at), tree })
    }

    /// Refuses every member that was not taken.
    pub(crate) fn finish(self) -> Result<(), JsonFault> {
        match self.rest.keys().next() {
            Some(name) => {
                Err(JsonFault::new(&self.at, format!("unknown member {:?}", excerpt(name))))
            }
            None => Ok(()),
        }
    }

    /// The places of the members that were not taken, for formats that say to ignore them.
    pub(crate) fn ignore_rest(self) -> impl Iterator<Item = String> {
        self.rest
            .into_keys()
            .map(move |name| format!("{}.{}", self.at, excerpt(&name).escape_debug()))
    }
}

/// Builds the tree and enforces what `serde_json` alone does not.
#[derive(Clone, Copy)]
struct Builder<'a> {
    depth_left: usize,
    values_left: &'a Cell<usize>,
}

impl Builder<'_> {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth_left =
            self.depth_left.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth_left, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Builder<'_> {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        let left = self
            .values_left
            .get()
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom("too many values"))?;
        self.values_left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(u64::try_from(value).ok()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(Some(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        // Up to here every natural number is a double and every double is what was written.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        let natural = (0.0..=EXACT_MAX).contains(&value) && value.fract() == 0.0;
        Ok(Tree::Number(natural.then_some(value as u64)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut object = BTreeMap::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!(
                    "the member {:?} appears twice",
                    excerpt(&name)
                )));
            }
            object.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Tree::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &[u8]) -> String {
        let limits = Limits { json_depth_max: 2, json_value_count_max: 5, ..Limits::default() };
        parse("doc", text, &limits)
            .map_or_else(|fault| fault.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn refuses_what_parsers_disagree_about() {
        assert_eq!(problem(br#"{"a":[null,true,1.5]}"#), "accepted");
        assert!(problem(br#"{"a":1,"a":1}"#).contains("\"a\" appears twice"));
        assert!(problem(br#"{"a":1,"\u0061":1}"#).contains("\"a\" appears twice"));
        assert!(problem(b"\xEF\xBB\xBF{}").contains("byte order mark"));
        for text in [
            &b"{} {}"[..],
            b"",
            b"{\"a\":\"\xFF\"}",
            br#"{"a":"\ud800"}"#,
            b"[1,]",
            b"NaN",
            b"'a'",
            b"01",
        ] {
            assert!(problem(text).contains("not strict JSON"), "{text:?}");
        }
    }

    #[test]
    fn limits_hold_at_their_edges() {
        assert_eq!(problem(b"[[]]"), "accepted");
        assert!(problem(b"[[[]]]").contains("nested too deeply"));
        assert_eq!(problem(b"[1,2,3,4]"), "accepted");
        assert!(problem(b"[1,2,3,4,5]").contains("too many values"));
        // Far beyond any stack if the limit failed.
        assert!(problem(&vec![b'['; 1 << 20]).contains("nested too deeply"));
    }

    #[test]
    fn quotes_as_json() {
        assert_eq!(quote("a\"\\\n\u{1}ß"), r#""a\"\\\n\u0001ß""#);
    }
}
