//! Why a row makes no object, in a sentence for whoever keeps the database.

use crate::domain::{Problems, Refusal};

/// Longest sentence kept, in characters.
const CHARS_MAX: usize = 300;

pub(super) fn of_refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Malformed(problems) => of_problems(problems),
        Refusal::NotFound => "is not in the catalog".to_owned(),
        Refusal::SchemaMismatch(mismatch) => shortened(format!(
            "{}: `{}` is not of the type that the attribute has ({:?})",
            mismatch.attribute, mismatch.value, mismatch.expected
        )),
    }
}

pub(super) fn of_problems(problems: &Problems) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.path.join("."), problem.rule))
        .collect();
    shortened(lines.join("; "))
}

fn shortened(words: String) -> String {
    if words.chars().count() <= CHARS_MAX {
        return words;
    }
    let mut short: String = words.chars().take(CHARS_MAX).collect();
    short.push('…');
    short
}
