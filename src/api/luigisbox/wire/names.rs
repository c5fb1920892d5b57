//! Names of attributes as parameters write them (docs/reference/04-data-layout.md §1): `:`, `,` and `\` of a
//! name are written `\:`, `\,` and `\\`, every other backslash stands for itself. Invariant: what [`plain`]
//! reads back is the name, whatever it holds; only separators without a backslash before them separate.

use std::borrow::Cow;

use crate::domain::FieldName;

const ESCAPE: char = '\\';
const ESCAPED: [char; 3] = [':', ',', ESCAPE];

/// The entries of a comma list, as they were sent, without the blanks around them and none empty.
pub(super) fn entries(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(list);
    let pieces = std::iter::from_fn(move || {
        let (piece, behind) = split_at_first(rest?, ',');
        rest = behind;
        Some(piece)
    });
    pieces.map(str::trim).filter(|entry| !entry.is_empty())
}

/// The name before the first colon, and what is behind that, word for word.
pub(super) fn name_and_rest(text: &str) -> (FieldName, Option<&str>) {
    let (name, rest) = split_at_first(text, ':');
    (plain(name), rest)
}

/// The name that was meant.
pub(super) fn plain(sent: &str) -> FieldName {
    FieldName::new(&unescaped(sent))
}

fn unescaped(sent: &str) -> Cow<'_, str> {
    if !sent.contains(ESCAPE) {
        return Cow::Borrowed(sent);
    }
    let mut name = String::with_capacity(sent.len());
    let mut rest = sent.chars().peekable();
    while let Some(c) = rest.next() {
        match rest.peek() {
            Some(next) if c == ESCAPE && ESCAPED.contains(next) => name.extend(rest.next()),
            _ => name.push(c),
        }
    }
    Cow::Owned(name)
}

fn split_at_first(text: &str, separator: char) -> (&str, Option<&str>) {
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if c == separator {
            return (&text[..at], Some(&text[at + c.len_utf8()..]));
        }
        let escapes = c == ESCAPE && rest.peek().is_some_and(|(_, next)| ESCAPED.contains(next));
        if escapes {
            rest.next();
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::luigisbox::wire::facet::read_facets;
    use crate::api::luigisbox::wire::filter::field_filter;
    use crate::api::luigisbox::wire::sort::read_sort;
    use crate::api::luigisbox::wire::trim::Trim;

    fn escaped(name: &str) -> String {
        let mut sent = String::new();
        for c in name.chars() {
            if ESCAPED.contains(&c) {
                sent.push(ESCAPE);
            }
            sent.push(c);
        }
        sent
    }

    #[test]
    fn only_separators_without_a_backslash_separate() {
        let read = |list| {
            entries(list)
                .map(|entry| plain(entry).to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(read(r" a , b\,c ,, \d\\,e\:f"), ["a", "b,c", r"\d\", "e:f"]);
        let split = |text| {
            let (name, rest) = name_and_rest(text);
            (name.to_string(), rest)
        };
        assert_eq!(split(r"a\:b:c\:d"), ("a:b".to_owned(), Some(r"c\:d")));
        assert_eq!(split(r"a\\:b"), (r"a\".to_owned(), Some("b")));
        assert_eq!(split(r"a\"), (r"a\".to_owned(), None));
        assert_eq!(split(r"a\b:c"), (r"a\b".to_owned(), Some("c")));
    }

    proptest! {
        /// Lists drop the blanks around a name, and a name that is none; filters take any.
        #[test]
        fn every_name_can_be_asked_for(name in r"[a,:\\ ěx.|]{0,8}", value in ".{0,4}") {
            let sent = escaped(&name);
            let filter = field_filter(&format!("{sent}:{value}")).expect("a filter");
            prop_assert_eq!((filter.field.as_str(), filter.asked.text()), (name.as_str(), Some(value.as_str())));
            prop_assume!(!name.is_empty() && name.trim() == name);
            for list in [sent.clone(), format!("x1,{sent}:5,y1")] {
                let facets = read_facets(&list).expect("few facets");
                prop_assert!(facets.iter().any(|facet| facet.field.as_str() == name), "{list}");
            }
            let sort = read_sort(&format!("x1:asc,{sent}:desc"));
            prop_assert_eq!(sort[1].field.as_str(), name.as_str());
            let sort = read_sort(&sent);
            prop_assert_eq!(sort[0].field.as_str(), name.as_str());
            let list = format!("x1,{sent}");
            prop_assert!(Trim::read(Some(&list), None).keeps(&name));
            prop_assert!(name == "title" || !Trim::read(None, Some(&list)).keeps(&name));
        }
    }
}
