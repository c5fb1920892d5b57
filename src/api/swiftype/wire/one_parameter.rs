//! One parameter of a body, found without keeping any other: what a body is read for before anybody has
//! proven anything. Invariant: it takes no memory but that of the parameter.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::parameters::{BadParameters, Form, syntax, text_of};

/// The parameter of this name, if it is a text or number; of several the last, as in
/// [`Parameters`](super::parameters::Parameters).
pub(in crate::api::swiftype) fn text_in(
    body: &[u8],
    name: &'static str,
) -> Result<Option<String>, BadParameters> {
    match Form::of(body)? {
        Form::Nothing => Ok(None),
        Form::Json(json) => {
            let mut found = None;
            let mut json = serde_json::Deserializer::from_slice(json);
            let search = Search {
                name,
                found: &mut found,
                is_first_enough: false,
            };
            let whole = json.deserialize_map(search).and_then(|()| json.end());
            whole.map_err(|error| syntax(Some(error)))?;
            Ok(found)
        }
        Form::Fields(fields) => {
            let fields = form_urlencoded::parse(fields.as_bytes());
            let found = fields.filter(|(found, _)| found == name).last();
            Ok(found.map(|(_, value)| value.into_owned()))
        }
    }
}

/// The first of this name in a JSON object of which only the beginning is there.
pub(in crate::api::swiftype) fn text_at_beginning(
    beginning: &[u8],
    name: &'static str,
) -> Option<String> {
    let mut found = None;
    let search = Search {
        name,
        found: &mut found,
        is_first_enough: true,
    };
    // It fails where the beginning ends, or at once where it is no JSON.
    let _ = serde_json::Deserializer::from_slice(beginning).deserialize_map(search);
    found
}

struct Search<'a> {
    name: &'static str,
    found: &'a mut Option<String>,
    is_first_enough: bool,
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            if name != self.name {
                members.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: &RawValue = members.next_value()?;
            *self.found = text_of(value);
            if self.is_first_enough && self.found.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::super::parameters::Parameters;
    use super::*;

    #[rstest]
    #[case::first(r#"{"auth_token":"K","documents":["#, Some("K"))]
    #[case::after_others(
        r#" { "a": {"auth_token":"no"}, "b": [1], "auth_token" : "K" , "#,
        Some("K")
    )]
    #[case::number(r#"{"auth_token":7,"#, Some("7"))]
    #[case::not_whole(r#"{"auth_token":"K"#, None)]
    #[case::inside_another(r#"{"documents":[{"auth_token":"K"}"#, None)]
    #[case::in_a_text(r#"{"a":"\"auth_token\":\"K\"","#, None)]
    #[case::a_form("auth_token=K", None)]
    #[case::nothing("", None)]
    fn the_beginning_tells_only_what_is_whole(#[case] json: &str, #[case] expected: Option<&str>) {
        let found = text_at_beginning(json.as_bytes(), "auth_token");
        assert_eq!(found.as_deref(), expected);
    }

    #[rstest]
    #[case::the_last_counts(r#"{"auth_token":"A","auth_token":"B"}"#)]
    #[case::no_text(r#"{"auth_token":["A"]}"#)]
    #[case::escaped(r#"{"auth\u005ftoken":"A\u0042"}"#)]
    #[case::number(r#"{"auth_token":1.5}"#)]
    #[case::form("a=1&auth_token=K+L&auth_token=M")]
    #[case::nothing("  ")]
    #[case::broken(r#"{"auth_token":"A""#)]
    #[case::more(r#"{"auth_token":"A"}{"#)]
    #[case::list("[1]")]
    fn it_is_what_all_parameters_say(#[case] body: &str) {
        agrees(body.as_bytes());
    }

    fn agrees(body: &[u8]) {
        let all = Parameters::of_body(body);
        let expected = all.map(|mut all| all.take_text("auth_token"));
        assert_eq!(text_in(body, "auth_token"), expected);
    }

    proptest! {
        #[test]
        fn any_object_gives_the_same(
            members in proptest::collection::vec(("auth_token|[a-c]", "\"[a-c]{0,3}\"|[1-9]{1,3}|\\[1,2\\]|null"), 0..6),
        ) {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect();
            agrees(format!("{{{}}}", members.join(",")).as_bytes());
        }

        #[test]
        fn any_body_gives_an_answer(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = text_in(&body, "auth_token");
            let _ = text_at_beginning(&body, "auth_token");
        }
    }
}
