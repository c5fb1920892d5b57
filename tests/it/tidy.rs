//! House rules that no compiler checks (CONTRIBUTING.md): headers, sizes, leftovers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::layering::rust_files;

/// Most lines of a file; a longer one usually has two subjects.
const LINES_MAX: usize = 400;

struct File {
    /// From the root of the project.
    name: String,
    text: String,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "tests", "benches"].map(|folder| root.join(folder));
    let paths = folders.iter().filter(|folder| folder.is_dir());
    let read = |path: PathBuf| File {
        text: fs::read_to_string(&path).expect("a readable source"),
        name: path
            .strip_prefix(root)
            .expect("below the root")
            .to_string_lossy()
            .into_owned(),
    };
    let files: Vec<File> = paths
        .flat_map(|folder| rust_files(folder))
        .map(read)
        .collect();
    assert!(files.len() > 40, "the sources were not found");
    files
}

/// Every line with its place, for messages.
fn lines(files: &[File]) -> impl Iterator<Item = (String, &str)> {
    files.iter().flat_map(|file| {
        let place = |number: usize| format!("{}:{}", file.name, number + 1);
        file.text
            .lines()
            .enumerate()
            .map(move |(number, line)| (place(number), line))
    })
}

#[test]
fn every_file_says_what_it_is_for() {
    for file in files() {
        assert!(
            file.text.starts_with("//! "),
            "{} does not open with `//!`",
            file.name
        );
    }
}

#[test]
fn files_are_short() {
    for file in files() {
        let count = file.text.lines().count();
        assert!(count <= LINES_MAX, "{} has {count} lines", file.name);
    }
}

#[test]
fn a_module_with_parts_lies_in_its_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in files() {
        let folder = root.join(file.name.trim_end_matches(".rs"));
        let has_parts = folder.is_dir() && !rust_files(&folder).is_empty();
        assert!(
            !has_parts,
            "{} belongs into its folder as mod.rs",
            file.name
        );
    }
}

#[test]
fn nothing_unfinished_is_left_behind() {
    // Put together here, so that this file does not find itself.
    let leftovers = ["todo", "unimplemented", "dbg"].map(|name| format!("{name}!("));
    let notes = ["TO", "FIX", "X"].map(|start| match start {
        "TO" => "TODO".to_owned(),
        "FIX" => "FIXME".to_owned(),
        _ => "X".repeat(3),
    });
    for (place, line) in lines(&files()) {
        let found = leftovers
            .iter()
            .chain(&notes)
            .find(|word| line.contains(*word));
        let is_this_list = place.starts_with("tests/it/tidy.rs");
        assert!(found.is_none() || is_this_list, "{place}: {line}");
    }
}

#[test]
fn no_line_ends_in_blanks_or_holds_a_tab() {
    for (place, line) in lines(&files()) {
        assert_eq!(line, line.trim_end(), "{place} ends in blanks");
        assert!(!line.contains('\t'), "{place} holds a tab");
    }
}

#[test]
fn no_path_of_somebodys_machine_is_in_the_sources() {
    let homes = ["home", "Users", "root", "work"].map(|folder| format!("/{folder}/"));
    for (place, line) in lines(&files()) {
        let found = homes.iter().find(|home| {
            line.match_indices(home.as_str()).any(|(at, _)| {
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.' || c == '_')
            })
        });
        assert_eq!(found, None, "{place}: {line}");
    }
}

#[test]
fn exceptions_to_lints_are_expected_and_have_a_reason() {
    let allow = ["#[al", "low("].concat();
    for (place, line) in lines(&files()) {
        assert!(
            !line.contains(&allow),
            "{place}: use `expect` with a reason"
        );
    }
}
