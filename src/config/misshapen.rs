//! Values of another shape than their keys take, in words for who wrote them. Invariant: a value that may be a secret is
//! not repeated.

use toml::de::{DeArray, DeTable, DeValue};

use super::problem::Problem;

/// What is wrong with the text of a file: the key and what it takes, or the line. The error itself would print the line,
/// which may hold a key.
pub(super) fn problem(text: &str, error: &toml::de::Error) -> Problem {
    let Some(at) = error.span().map(|span| span.start) else {
        return Problem::new("file", error.message());
    };
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let words = words(error.message());
    match words.zip(key(text, at)) {
        Some((words, key)) => Problem::new(key, format!("{words} (line {line})")),
        None => Problem::new(format!("line {line}"), error.message()),
    }
}

/// What a value must be and is; `None` where its shape is not what is wrong.
pub(super) fn words(message: &str) -> Option<String> {
    let told = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "));
    let (found, wanted) = match told {
        Some(told) => told.rsplit_once(", expected ")?,
        // What a secret is instead is told to nobody.
        None => ("", message.strip_prefix("expected ")?),
    };
    let is_number = matches!(wanted, "u64" | "u32" | "usize" | "i64" | "f64");
    let wanted = match wanted {
        "u64" | "u32" | "usize" => "a whole number, 0 or more",
        "i64" => "a whole number",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "path string" => "a text in quotes",
        "a sequence" => "a list in brackets",
        "a map" => "a section of keys",
        of if of.starts_with("struct ") => "a section of keys",
        other => other,
    };
    let kind = found.split(['`', '"']).next().unwrap_or_default().trim();
    let found = match kind {
        // What stands for a number is no secret.
        "integer" | "floating point" if is_number => {
            format!(", and is {}", found.trim_start_matches(kind).trim())
        }
        "integer" | "floating point" => ", and is a number".to_owned(),
        "boolean" => ", and is true or false".to_owned(),
        "string" | "character" => ", and is a text".to_owned(),
        "sequence" => ", and is a list".to_owned(),
        _ => String::new(),
    };
    Some(format!("must be {wanted}{found}"))
}

/// The key of the value at this place, as it is called elsewhere: `sites[1].variants`.
fn key(text: &str, at: usize) -> Option<String> {
    let table = DeTable::parse(text).ok()?;
    let mut key = String::new();
    in_table(table.get_ref(), at, &mut key);
    (!key.is_empty()).then_some(key)
}

fn in_table(table: &DeTable<'_>, at: usize, key: &mut String) {
    if let Some((name, value)) = table.iter().find(|(_, value)| has(value, at)) {
        if !key.is_empty() {
            key.push('.');
        }
        key.push_str(name.get_ref());
        in_value(value.get_ref(), at, key);
    }
}

fn in_list(list: &DeArray<'_>, at: usize, key: &mut String) {
    let mut values = list.iter().enumerate();
    if let Some((index, value)) = values.find(|(_, value)| has(value, at)) {
        key.push('[');
        key.push_str(&index.to_string());
        key.push(']');
        in_value(value.get_ref(), at, key);
    }
}

fn in_value(value: &DeValue<'_>, at: usize, key: &mut String) {
    match value {
        DeValue::Table(table) => in_table(table, at, key),
        DeValue::Array(list) => in_list(list, at, key),
        _ => {}
    }
}

/// Whether the place is in the value. The span of a section is that of its head.
fn has(value: &toml::Spanned<DeValue<'_>>, at: usize) -> bool {
    let is_inside = value.span().contains(&at);
    is_inside
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(_, value)| has(value, at)),
            DeValue::Array(list) => list.iter().any(|value| has(value, at)),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use crate::config::Config;

    #[rstest]
    #[case::negative(
        "[files]\nredirects_max = -1",
        "files.redirects_max: must be a whole number, 0 or more, and is `-1` (line 5)"
    )]
    #[case::fraction(
        "[files]\ntries_max = 1.5",
        "files.tries_max: must be a whole number, 0 or more, and is `1.5` (line 5)"
    )]
    #[case::text(
        "[files]\nenabled = \"yes\"",
        "files.enabled: must be true or false, and is a text (line 5)"
    )]
    #[case::of_a_list(
        "[files]\nallow_ports = [80, -1]",
        "files.allow_ports[1]: must be a whole number, 0 or more, and is `-1` (line 5)"
    )]
    #[case::no_list(
        "[files]\nallow_hosts = \"a.example\"",
        "files.allow_hosts: must be a list in brackets, and is a text (line 5)"
    )]
    #[case::inline(
        "limits = { connections_max = -1 }",
        "limits.connections_max: must be a whole number, 0 or more, and is `-1` (line 4)"
    )]
    #[case::dotted(
        "limits.connections_max = -1",
        "limits.connections_max: must be a whole number, 0 or more, and is `-1` (line 4)"
    )]
    #[case::second_site(
        "[[sites]]\ntracker_id = 7",
        "sites[1].tracker_id: must be a text in quotes, and is a number (line 5)"
    )]
    #[case::no_section(
        "swiftype = 3",
        "swiftype: must be a section of keys, and is a number (line 4)"
    )]
    #[case::boolean(
        "[storage]\nsleep_after_s = true",
        "storage.sleep_after_s: must be a whole number, 0 or more, and is true or false (line 5)"
    )]
    #[case::list(
        "[log]\nlevel = [\"info\"]",
        "log.level: must be a text in quotes, and is a list (line 5)"
    )]
    #[case::secret("[admin]\ntoken = 1", "admin.token: must be a text in quotes (line 5)")]
    #[case::before_others(
        "[log]\nlevel = 1\n[files]\n[storage]",
        "log.level: must be a text in quotes, and is a number (line 5)"
    )]
    fn the_key_and_what_it_takes_are_told(#[case] more: &str, #[case] told: &str) {
        let site = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
        let text = if more.starts_with('[') {
            format!("{site}{more}\n")
        } else {
            format!("\n\n\n{more}\n{site}")
        };
        let error = Config::from_toml(&text).expect_err("a wrong value");
        assert_eq!(error.to_string(), told);
    }

    #[test]
    fn a_key_that_is_no_text_is_not_repeated() {
        let text = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = 73577357\n";
        let message = Config::from_toml(text).expect_err("no text").to_string();
        assert!(!message.contains("73577357"), "{message}");
        assert_eq!(
            message,
            "sites[0].private_key: must be a text in quotes (line 3)"
        );
    }
}
