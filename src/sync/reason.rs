//! Why a row makes no object, in a sentence for whoever keeps the database.

use crate::domain::{Problems, Refusal, Rule};

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
        .map(|problem| format!("{}: {}", problem.path.join("."), of_rule(problem.rule)))
        .collect();
    shortened(lines.join("; "))
}

pub(super) fn of_rule(rule: Rule) -> String {
    let text = match rule {
        Rule::Missing => "is missing",
        Rule::Blank => "must be filled",
        Rule::NotText => "must be a text",
        Rule::NotInteger => "must be an integer",
        Rule::NotList => "must be an array",
        Rule::NotMap => "must be an object",
        Rule::NotDateTime => {
            "must be a date time, such as 2019-05-17T21:12:35+00:00, 2019-05-17 21:12:35 or 2019-05-17"
        }
        Rule::NotTypeName => "must be a valid type name",
        Rule::ControlCharacters => "must not contain control characters",
        Rule::NotUnique => "must be unique",
        Rule::Unchangeable => "cannot be changed",
        Rule::TooLong { bytes_max } => return format!("must be at most {bytes_max} bytes long"),
        Rule::NotBetween { min, max } => return format!("must be between {min} and {max}"),
        Rule::TooManyAttributes { max } => return format!("must have at most {max} attributes"),
        Rule::TooManyEntries { max } => return format!("must have at most {max} entries"),
        Rule::SiteAttributesFull { max } => {
            return format!(
                "would add to the {max} attributes a site may have; `vetrina attributes` lists them"
            );
        }
    };
    text.to_owned()
}

fn shortened(words: String) -> String {
    if words.chars().count() <= CHARS_MAX {
        return words;
    }
    let mut short: String = words.chars().take(CHARS_MAX).collect();
    short.push('…');
    short
}
