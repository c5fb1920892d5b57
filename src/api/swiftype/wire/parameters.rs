//! One space of parameters out of the query string and the body (docs/reference/10-swiftype.md §1).
//! Invariant: each name stands once; what the body says wins.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::http::json::nesting_depth_exceeds;

/// Most `name=value` pairs of a query string: every id of a poll, and what clients add.
const PAIRS_MAX: usize = 2_000;

/// Deepest nesting of brackets in a name, and of JSON.
const BRACKETS_MAX: usize = 10;
const LEVELS_MAX: usize = 64;

/// Why there are no parameters, or why one cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::api::swiftype) enum BadParameters {
    #[error("Too many parameters: limit is {PAIRS_MAX}")]
    TooMany,
    #[error("Parameters are nested too deep")]
    TooDeep,
    #[error("Invalid JSON: {0}")]
    Syntax(String),
    #[error("Invalid JSON: an object is expected")]
    NotAnObject,
    #[error("Invalid field type: {0}")]
    WrongType(&'static str),
}

/// Parameters by name, their values unread.
#[derive(Debug, Default)]
pub(in crate::api::swiftype) struct Parameters(BTreeMap<String, Box<RawValue>>);

impl Parameters {
    /// Nested names in both spellings: `filters[books][genre][]=a`, `filters[books][genre][0]=a`.
    pub(in crate::api::swiftype) fn of_query(query: &str) -> Result<Self, BadParameters> {
        let mut tree = Map::new();
        for (at, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
            if at >= PAIRS_MAX {
                return Err(BadParameters::TooMany);
            }
            let steps = steps(&name)?;
            let (first, rest) = steps.split_first().expect("a name has at least one step");
            let entry = tree.entry(*first).or_insert(Value::Null);
            place(entry, rest, value.into_owned());
        }
        Ok(Self(
            tree.into_iter()
                .map(|(name, value)| (name, raw(&value)))
                .collect(),
        ))
    }

    /// A JSON object, or form fields as a browser sends them; an empty body says nothing.
    pub(in crate::api::swiftype) fn of_body(body: &[u8]) -> Result<Self, BadParameters> {
        match Form::of(body)? {
            Form::Nothing => Ok(Self::default()),
            Form::Json(json) => {
                let parameters =
                    serde_json::from_slice(json).map_err(|error| syntax(Some(error)))?;
                Ok(Self(parameters))
            }
            Form::Fields(fields) => Self::of_query(fields),
        }
    }

    pub(in crate::api::swiftype) fn add_body(&mut self, body: Self) {
        self.0.extend(body.0);
    }

    /// Takes a parameter out, if it is a text or number.
    pub(in crate::api::swiftype) fn take_text(&mut self, name: &str) -> Option<String> {
        text_of(&self.0.remove(name)?)
    }

    /// What was sent as it stands; `null` counts as not sent.
    pub(in crate::api::swiftype) fn raw(&self, name: &str) -> Option<&RawValue> {
        let found = self.0.get(name)?;
        (found.get() != "null").then_some(found)
    }

    /// The same, which is no parameter any more.
    pub(in crate::api::swiftype) fn take(&mut self, name: &str) -> Option<Box<RawValue>> {
        let found = self.0.remove(name)?;
        (found.get() != "null").then_some(found)
    }

    pub(in crate::api::swiftype) fn value(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.raw(name)?.get()).ok()
    }

    /// A text, or a number as text.
    pub(in crate::api::swiftype) fn text(&self, name: &str) -> Option<String> {
        text_of(self.raw(name)?)
    }

    /// A whole number, or a text that spells one.
    pub(in crate::api::swiftype) fn number(
        &self,
        name: &'static str,
    ) -> Result<Option<i64>, BadParameters> {
        match self.text(name).as_deref() {
            None if self.raw(name).is_some() => Err(BadParameters::WrongType(name)),
            None | Some("") => Ok(None),
            Some(text) => match text.trim().parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(BadParameters::WrongType(name)),
            },
        }
    }
}

/// What a body is written in.
pub(super) enum Form<'a> {
    Nothing,
    /// An object that is not nested too deep, as far as can be seen without parsing it.
    Json(&'a [u8]),
    Fields(&'a str),
}

impl<'a> Form<'a> {
    pub(super) fn of(body: &'a [u8]) -> Result<Self, BadParameters> {
        let body = body.trim_ascii();
        match body.first() {
            None => Ok(Self::Nothing),
            Some(b'{') if nesting_depth_exceeds(body, LEVELS_MAX) => Err(BadParameters::TooDeep),
            Some(b'{') => Ok(Self::Json(body)),
            Some(b'[' | b'"' | b'0'..=b'9' | b'-') => Err(BadParameters::NotAnObject),
            Some(_) => {
                let is_form = body.contains(&b'=') && !body.contains(&b'{');
                let form = std::str::from_utf8(body).ok().filter(|_| is_form);
                let no_json = || syntax(serde_json::from_slice::<Value>(body).err());
                form.map(Self::Fields).ok_or_else(no_json)
            }
        }
    }
}

pub(super) fn syntax(error: Option<serde_json::Error>) -> BadParameters {
    BadParameters::Syntax(error.map_or_else(|| "not UTF-8".to_owned(), |error| error.to_string()))
}

fn raw(value: &Value) -> Box<RawValue> {
    to_raw_value(value).expect("values with text keys can always be written")
}

pub(super) fn text_of(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `filters[books][]` → `filters`, `books` and an empty step. A name with odd brackets stands for itself.
fn steps(name: &str) -> Result<Vec<&str>, BadParameters> {
    let Some((first, rest)) = name.split_once('[').filter(|(first, _)| !first.is_empty()) else {
        return Ok(vec![name]);
    };
    let Some(rest) = rest.strip_suffix(']') else {
        return Ok(vec![name]);
    };
    let steps: Vec<&str> = std::iter::once(first).chain(rest.split("][")).collect();
    if steps.len() > BRACKETS_MAX {
        return Err(BadParameters::TooDeep);
    }
    Ok(steps)
}

/// Puts a text where the steps lead. What is there of another shape gives way: the last one counts.
fn place(at: &mut Value, steps: &[&str], text: String) {
    let Some((step, rest)) = steps.split_first() else {
        *at = Value::String(text);
        return;
    };
    let is_index = step.bytes().all(|byte| byte.is_ascii_digit());
    if is_index && !at.is_object() {
        place_in_list(at, step, rest, text);
        return;
    }
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Value::Object(map) = at {
        let entry = map.entry(*step).or_insert(Value::Null);
        place(entry, rest, text);
    }
}

/// Indices only tell elements apart: gaps close. An empty index is a new element, unless the last one
/// still lacks what is put into it.
fn place_in_list(at: &mut Value, index: &str, rest: &[&str], text: String) {
    if !at.is_array() {
        *at = Value::Array(Vec::new());
    }
    let Value::Array(list) = at else { return };
    let lacks = |last: &Value| match (rest.first(), last) {
        (Some(step), Value::Object(map)) => !map.contains_key(*step),
        _ => false,
    };
    let place_of_it = match index.parse::<usize>() {
        Ok(index) if index < list.len() && !rest.is_empty() => index,
        Err(_) if list.last().is_some_and(lacks) => list.len() - 1,
        _ => {
            list.push(Value::Null);
            list.len() - 1
        }
    };
    place(&mut list[place_of_it], rest, text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn tree(query: &str) -> Value {
        let parameters = Parameters::of_query(query).expect("a good query string");
        let entries = parameters.0.iter().map(|(name, raw)| {
            let value = serde_json::from_str(raw.get()).expect("written here");
            (name.clone(), value)
        });
        Value::Object(entries.collect())
    }

    #[rstest]
    #[case::plain("q=wool+sock&page=2", json!({"q": "wool sock", "page": "2"}))]
    #[case::jquery("filters[books][genre][]=a&filters[books][genre][]=b",
        json!({"filters": {"books": {"genre": ["a", "b"]}}}))]
    #[case::node("filters[books][genre][0]=a&filters[books][genre][1]=b",
        json!({"filters": {"books": {"genre": ["a", "b"]}}}))]
    #[case::encoded("filters%5Bbooks%5D%5Bgenre%5D%5B%5D=a", json!({"filters": {"books": {"genre": ["a"]}}}))]
    #[case::ids("ids[]=a&ids[]=b", json!({"ids": ["a", "b"]}))]
    #[case::records("d[][a]=1&d[][b]=2&d[][a]=3", json!({"d": [{"a": "1", "b": "2"}, {"a": "3"}]}))]
    #[case::numbered_records("d[0][a]=1&d[0][b]=2&d[1][a]=3", json!({"d": [{"a": "1", "b": "2"}, {"a": "3"}]}))]
    #[case::the_last_one_counts("a=1&a=2", json!({"a": "2"}))]
    #[case::odd_brackets("a[=1&b]=2&[c]=3", json!({"a[": "1", "b]": "2", "[c]": "3"}))]
    #[case::years_of_a_map("a[x]=1&a[2012]=2", json!({"a": {"x": "1", "2012": "2"}}))]
    fn query_strings_nest(#[case] query: &str, #[case] expected: Value) {
        assert_eq!(tree(query), expected);
    }

    #[test]
    fn a_body_says_more_than_the_query_string_and_wins() {
        let mut parameters = Parameters::of_query("a=1&b=2&auth_token=K").expect("good");
        parameters
            .add_body(Parameters::of_body(br#" {"b": 3, "c": null, "d": [1]} "#).expect("good"));
        assert_eq!(parameters.take_text("auth_token").as_deref(), Some("K"));
        assert_eq!(parameters.text("auth_token"), None);
        assert_eq!(parameters.number("a"), Ok(Some(1)));
        assert_eq!(parameters.number("b"), Ok(Some(3)));
        assert_eq!(parameters.number("c"), Ok(None));
        assert_eq!(parameters.number("d"), Err(BadParameters::WrongType("d")));
    }

    #[rstest]
    #[case::nothing(b"", Ok(()))]
    #[case::form(b"a=1&b[]=2", Ok(()))]
    #[case::list(b"[1]", Err(BadParameters::NotAnObject))]
    #[case::text(b"\"x\"", Err(BadParameters::NotAnObject))]
    fn bodies_are_objects_or_forms(
        #[case] body: &[u8],
        #[case] expected: Result<(), BadParameters>,
    ) {
        assert_eq!(Parameters::of_body(body).map(drop), expected);
    }

    #[test]
    fn broken_and_deep_bodies_are_refused() {
        for body in [&b"{\"a\":"[..], b"{a:1}", b"nonsense", &[b'{', 0xff, b'}']] {
            let error = Parameters::of_body(body).expect_err("no JSON");
            assert!(matches!(error, BadParameters::Syntax(_)), "{error:?}");
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(70), "]".repeat(70));
        let error = Parameters::of_body(deep.as_bytes()).expect_err("too deep");
        assert_eq!(error, BadParameters::TooDeep);
        let deep = format!("a{}=1", "[b]".repeat(20));
        assert_eq!(
            Parameters::of_query(&deep).map(drop),
            Err(BadParameters::TooDeep)
        );
        let many = "a[]=1&".repeat(PAIRS_MAX + 1);
        assert_eq!(
            Parameters::of_query(&many).map(drop),
            Err(BadParameters::TooMany)
        );
    }

    proptest! {
        #[test]
        fn any_query_string_gives_an_answer(query in "[a-c0-2\\[\\]=&]{0,60}") {
            let _ = Parameters::of_query(&query);
        }

        #[test]
        fn any_body_gives_an_answer(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = Parameters::of_body(&body);
        }
    }
}
