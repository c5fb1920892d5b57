//! What is wrong with a configuration. All of it is told at once, each problem with its key.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One key and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As in the file, `limits.body_bytes_max`; or a line of the file; or an environment variable.
    pub key: String,
    pub words: String,
}

impl Problem {
    pub(super) fn new(key: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            words: words.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.words)
    }
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read `{}`", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}", lines(.0))]
    Wrong(Vec<Problem>),
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self::Wrong(vec![problem])
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    lines.join("\n")
}
