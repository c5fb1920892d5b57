//! Query strings as real clients write them (docs/reference/05-search.md §1). Invariant: parameters keep the order
//! they were sent in, are decoded once, and are at most [`QueryString::PARAMETERS_MAX`].

use std::fmt::Write as _;

/// One `name=value`, decoded; a missing value is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub value: String,
}

impl Parameter {
    /// The name of the list this parameter is an element of: `f` for `f[]`, `f[7]` and `f`.
    /// Names with a key in the brackets, such as `context[geo_location]`, stand for themselves.
    pub fn list_name(&self) -> &str {
        let bracketed = self.name.strip_suffix(']');
        match bracketed.and_then(|name| name.rsplit_once('[')) {
            Some((list, index)) if index.bytes().all(|b| b.is_ascii_digit()) => list,
            _ => &self.name,
        }
    }
}

/// The parameters of a request, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryString(Vec<Parameter>);

/// More than [`QueryString::PARAMETERS_MAX`] parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {} parameters", QueryString::PARAMETERS_MAX)]
pub struct TooManyParameters;

impl QueryString {
    /// Most parameters of one request. Their bytes are bounded by the request line.
    pub const PARAMETERS_MAX: usize = 1_000;

    /// Reads what follows the `?`. `+` and `%20` are blanks, bytes that are no UTF-8 are replaced.
    pub fn parse(encoded: &str) -> Result<Self, TooManyParameters> {
        let parameters: Vec<_> = form_urlencoded::parse(encoded.as_bytes())
            .take(Self::PARAMETERS_MAX + 1)
            .map(|(name, value)| Parameter {
                name: name.into_owned(),
                value: value.into_owned(),
            })
            .collect();
        if parameters.len() > Self::PARAMETERS_MAX {
            return Err(TooManyParameters);
        }
        Ok(Self(parameters))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }

    /// The value of a scalar: the last one sent, exactly under this name. An empty value counts as
    /// not sent.
    pub fn scalar(&self, name: &str) -> Option<&str> {
        let sent = self.0.iter().rev().find(|sent| sent.name == name)?;
        (!sent.value.is_empty()).then_some(sent.value.as_str())
    }
}

impl FromIterator<Parameter> for QueryString {
    fn from_iter<I: IntoIterator<Item = Parameter>>(parameters: I) -> Self {
        Self(parameters.into_iter().collect())
    }
}

/// The parameters encoded again, readable where a URL allows it: brackets, colons and commas stay as
/// they are, a blank is `%20`.
impl std::fmt::Display for QueryString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, parameter) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_char('&')?;
            }
            encode(&parameter.name, f)?;
            f.write_char('=')?;
            encode(&parameter.value, f)?;
        }
        Ok(())
    }
}

fn encode(text: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~[]:,".contains(&byte) {
            f.write_char(byte.into())?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn list<'a>(query: &'a QueryString, name: &str) -> Vec<&'a str> {
        query
            .iter()
            .filter(|parameter| parameter.list_name() == name)
            .map(|parameter| parameter.value.as_str())
            .collect()
    }

    #[rstest]
    #[case::brackets("f[]=a&f[]=b")]
    #[case::encoded_brackets("f%5B%5D=a&f%5b%5d=b")]
    #[case::indices("f[0]=a&f[1]=b")]
    #[case::order_sent_not_index_order("f[7]=a&f[3]=b")]
    #[case::bare("f=a&f=b")]
    #[case::mixed("f=a&q=x&f[0]=b&f_must[]=c&context[f]=d")]
    fn every_spelling_of_a_list_is_read_in_the_order_sent(#[case] sent: &str) {
        let query = QueryString::parse(sent).expect("few parameters");
        assert_eq!(list(&query, "f"), ["a", "b"]);
    }

    #[rstest]
    #[case("context[geo_location]", "context[geo_location]")]
    #[case("f[x]", "f[x]")]
    #[case("f[1x]", "f[1x]")]
    #[case("f]", "f]")]
    #[case("f[", "f[")]
    #[case("f[][]", "f[]")]
    #[case("[]", "")]
    fn only_an_empty_or_numeric_index_is_taken_off_a_name(
        #[case] name: &str,
        #[case] list_name: &str,
    ) {
        let parameter = Parameter {
            name: name.to_owned(),
            value: String::new(),
        };
        assert_eq!(parameter.list_name(), list_name);
    }

    #[rstest]
    #[case::plus("q=wool+sock", "wool sock")]
    #[case::percent("q=wool%20sock", "wool sock")]
    #[case::utf8("q=%C4%8Daj", "čaj")]
    #[case::raw_utf8("q=čaj", "čaj")]
    #[case::invalid_utf8_is_replaced("q=a%FFb", "a\u{fffd}b")]
    #[case::broken_percent_is_kept("q=50%&x=1", "50%")]
    #[case::last_one_wins("q=a&q=b", "b")]
    #[case::equals_signs_belong_to_the_value("q=a=b", "a=b")]
    fn scalars_are_decoded(#[case] sent: &str, #[case] value: &str) {
        let query = QueryString::parse(sent).expect("few parameters");
        assert_eq!(query.scalar("q"), Some(value));
    }

    #[test]
    fn an_empty_or_missing_scalar_was_not_sent() {
        let query = QueryString::parse("q=&size").expect("few parameters");
        assert_eq!(query.scalar("q"), None);
        assert_eq!(query.scalar("size"), None);
        assert_eq!(query.scalar("page"), None);
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let most = vec!["a=1"; QueryString::PARAMETERS_MAX].join("&");
        assert!(QueryString::parse(&most).is_ok());
        assert_eq!(
            QueryString::parse(&format!("{most}&a=1")),
            Err(TooManyParameters)
        );
    }

    #[test]
    fn encoding_leaves_filters_readable() {
        let query = QueryString::parse("q=wool+sock&f[]=price:5|7&x=a%26b%3Dc%2Bd%25,e%C4%8D")
            .expect("few parameters");
        assert_eq!(
            query.to_string(),
            "q=wool%20sock&f[]=price:5%7C7&x=a%26b%3Dc%2Bd%25,e%C4%8D"
        );
    }

    proptest! {
        #[test]
        fn any_text_parses_and_encodes_back_to_the_same_parameters(sent in ".*") {
            let query = QueryString::parse(&sent).expect("few parameters");
            prop_assert_eq!(QueryString::parse(&query.to_string()), Ok(query));
        }

        #[test]
        fn any_parameters_survive_encoding(sent in prop::collection::vec((".*", ".*"), 0..8)) {
            let query: QueryString = sent
                .into_iter()
                .map(|(name, value)| Parameter { name, value })
                .collect();
            prop_assert_eq!(QueryString::parse(&query.to_string()), Ok(query));
        }
    }
}
