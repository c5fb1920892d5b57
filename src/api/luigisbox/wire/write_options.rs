//! What the query string of a write may say (docs/reference/03-update-by-query-and-generations.md §5;
//! docs/reference/02-content.md). Of a parameter sent twice the last value counts; parameters nobody knows
//! are ignored.

use super::object::read_type;
use crate::domain::{Generation, GenerationCommit, Problem, Problems, Rule};
use crate::engine::Extraction;
use crate::http::query_string::QueryString;

/// A parameter has a value it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadParameter {
    pub name: &'static str,
    /// Ends the sentence "must be …".
    pub expected: &'static str,
}

/// How a write is done and when it is answered. Extensions of ours to the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// `extract=false`: exactly the objects sent, nothing made of what is nested in them.
    pub extraction: Extraction,
    /// `wait_for=visible`: answered once the write can be found.
    pub waits_until_visible: bool,
    /// `refetch_files=true`: the files of the objects are fetched again, whatever is there of them.
    pub refetches_files: bool,
}

impl WriteOptions {
    pub fn read(query: &QueryString) -> Result<Self, BadParameter> {
        let extraction = match query.scalar("extract") {
            None | Some("true") => Extraction::Extract,
            Some("false") => Extraction::Leave,
            Some(_) => return Err(bad("extract", "true or false")),
        };
        let waits_until_visible = match query.scalar("wait_for") {
            None => false,
            Some("visible") => true,
            Some(_) => return Err(bad("wait_for", "visible")),
        };
        let refetches_files = match query.scalar("refetch_files") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(bad("refetch_files", "true or false")),
        };
        Ok(Self {
            extraction,
            waits_until_visible,
            refetches_files,
        })
    }
}

/// Whether a commit is only tried: it says what it would delete, and deletes nothing. Whatever else
/// is sent under this name, nobody knows that the objects may go.
pub fn is_dry_run(query: &QueryString) -> Result<bool, BadParameter> {
    let sent = query.iter().filter(|sent| sent.list_name() == "dry_run");
    let mut said = sent.map(|sent| (sent.name.as_str(), sent.value.as_str()));
    match (said.next(), said.next()) {
        (None, _) | (Some(("dry_run", "false")), None) => Ok(false),
        (Some(("dry_run", "true")), None) => Ok(true),
        _ => Err(bad("dry_run", "true or false")),
    }
}

/// Whether a commit goes on however much it deletes, whatever `commit_guard_percent` of the site says.
pub fn is_forced(query: &QueryString) -> Result<bool, BadParameter> {
    match query.scalar("force") {
        None | Some("0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(bad("force", "1 or 0")),
    }
}

/// Which generation of which type a commit keeps. `validate_generation=false`, which official plugins
/// send, asks to go on without a single object of the generation.
pub fn read_commit(query: &QueryString) -> Result<GenerationCommit, Problems> {
    let object_type = query
        .scalar("type")
        .ok_or(Rule::Missing)
        .and_then(read_type);
    let generation = query
        .scalar("generation")
        .ok_or(Rule::Missing)
        .and_then(Generation::new);
    let broken = |name: &str, rule| Problem {
        path: vec![name.to_owned()],
        rule,
    };
    match (object_type, generation) {
        (Ok(object_type), Ok(generation)) => Ok(GenerationCommit {
            object_type,
            generation,
            must_exist: query.scalar("validate_generation") != Some("false"),
            guard_percent: 0,
            keeps_refused: false,
        }),
        (object_type, generation) => {
            let object_type = object_type.err().map(|rule| broken("type", rule));
            let generation = generation.err().map(|rule| broken("generation", rule));
            let list = object_type.into_iter().chain(generation).collect();
            Err(Problems::from_list(list).expect("one of the two is wrong"))
        }
    }
}

fn bad(name: &'static str, expected: &'static str) -> BadParameter {
    BadParameter { name, expected }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn query(text: &str) -> QueryString {
        QueryString::parse(text).expect("few parameters")
    }

    #[rstest]
    #[case("", Extraction::Extract, false)]
    #[case("extract=true", Extraction::Extract, false)]
    #[case("extract=false", Extraction::Leave, false)]
    #[case("extract=false&extract=true", Extraction::Extract, false)]
    #[case("wait_for=visible&v=1", Extraction::Extract, true)]
    fn options_are_off_unless_asked_for(
        #[case] sent: &str,
        #[case] extraction: Extraction,
        #[case] waits_until_visible: bool,
    ) {
        let expected = WriteOptions {
            extraction,
            waits_until_visible,
            refetches_files: false,
        };
        assert_eq!(WriteOptions::read(&query(sent)), Ok(expected));
    }

    #[rstest]
    #[case("extract=no", "extract")]
    #[case("wait_for=indexed", "wait_for")]
    #[case("refetch_files=1", "refetch_files")]
    fn a_mistyped_option_is_told(#[case] sent: &str, #[case] name: &str) {
        let error = WriteOptions::read(&query(sent)).expect_err("no such value");
        assert_eq!(error.name, name);
    }

    #[rstest]
    #[case("type=item&generation=X", "item", "X", true)]
    #[case("generation=1719000000&type=category", "category", "1719000000", true)]
    #[case("type=a&type=b&generation=X&generation=Y", "b", "Y", true)]
    #[case("type=_file&generation=%20X", "file", " X", true)]
    #[case("type=item&generation=X&validate_generation=true", "item", "X", true)]
    #[case("type=item&generation=X&validate_generation=false", "item", "X", false)]
    fn a_commit_names_type_and_generation(
        #[case] sent: &str,
        #[case] object_type: &str,
        #[case] generation: &str,
        #[case] must_exist: bool,
    ) {
        let commit = read_commit(&query(sent)).expect("a commit");
        assert_eq!(commit.object_type.as_str(), object_type);
        assert_eq!(commit.generation.as_str(), generation);
        assert_eq!(commit.must_exist, must_exist);
    }

    #[rstest]
    #[case("type=item", &[("generation", Rule::Missing)])]
    #[case("generation=X&type=", &[("type", Rule::Missing)])]
    #[case("", &[("type", Rule::Missing), ("generation", Rule::Missing)])]
    #[case("type=a/b&generation=", &[("type", Rule::NotTypeName), ("generation", Rule::Missing)])]
    fn everything_wrong_with_a_commit_is_told(
        #[case] sent: &str,
        #[case] expected: &[(&str, Rule)],
    ) {
        let problems = read_commit(&query(sent)).expect_err("not a commit");
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.path.join("."), problem.rule))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|&(name, rule)| (name.to_owned(), rule))
            .collect();
        assert_eq!(found, expected);
    }
}
