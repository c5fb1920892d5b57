//! The sources as the rules read them. Invariant: a name in a comment or a text is no name.

use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Source {
    /// Below `src`, without the ending: `engine/embedded/mod`.
    pub(super) name: String,
    /// Without comments and string literals, which may name anything.
    pub(super) code: String,
}

impl Source {
    /// The top-level module: `engine`.
    pub(super) fn module(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// A file that is compiled for tests only: `…/tests.rs`, below `…/tests/`, `testing.rs`, `conformance`.
    pub(super) fn is_test(&self) -> bool {
        let mut steps = self.name.split('/');
        steps.any(|step| ["tests", "testing", "conformance"].contains(&step))
    }

    /// Tests inside a file stand at its end.
    pub(super) fn cut_inline_tests(&mut self) {
        if let Some(at) = self.code.find("\nmod tests {") {
            self.code.truncate(at);
        }
    }

    pub(super) fn is_under(&self, home: &str) -> bool {
        let rest = self.name.strip_prefix(home);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

pub(super) fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    let read = |path: &PathBuf| Source {
        name: path
            .strip_prefix(&src)
            .expect("found below src")
            .with_extension("")
            .to_string_lossy()
            .into_owned(),
        code: without_comments_and_text(&fs::read_to_string(path).expect("a readable source")),
    };
    let sources: Vec<Source> = files.iter().map(read).collect();
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Good enough for our sources: line comments and ordinary string literals are blanked.
pub(super) fn without_comments_and_text(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    for line in source.lines() {
        let mut in_text = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_text => {
                    chars.next();
                }
                '\'' if !in_text && chars.peek() == Some(&'"') => {
                    chars.next();
                }
                '"' => in_text = !in_text,
                '/' if !in_text && chars.peek() == Some(&'/') => break,
                _ if in_text => {}
                _ => code.push(c),
            }
        }
        code.push('\n');
    }
    code
}
