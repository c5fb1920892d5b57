//! Text out of documents. Each document is read by a process of its own, `vetrina extract-text`, which limits itself
//! before it looks at a byte: a hostile file costs that process, and its job a reason.
//!
//! | part | for |
//! |---|---|
//! | `extractor` | the server's side: starts the process, bounds what it takes and says, tells why it ended |
//! | `child` | the other side: limits itself, reads, answers |
//! | `confine` | what the process may no longer do |
//! | `answer` | the one line between the two |
//! | `recognise` | which format bytes are: by what they are, then by what was declared |
//! | `formats` | one reader a format |
//! | `text` | what all readers write to: clean and bounded |
//!
//! Invariant: whatever the bytes are, the answer is a [`Document`] or a [`Reason`], within the [`Limits`].

mod answer;
mod charset;
mod child;
mod confine;
mod extractor;
mod formats;
mod reason;
mod recognise;
mod text;

use std::time::Duration;

pub use child::{Request, answer_standard_input};
pub use extractor::Extractor;
pub use reason::Reason;

/// What reading one document may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the process to its end.
    pub time: Duration,
    /// Time of the processor, in whole seconds, at least one.
    pub cpu: Duration,
    /// Memory besides what the program takes when it does nothing; the file itself counts.
    pub memory_bytes: u64,
    /// Of the text; what follows is cut off.
    pub text_bytes_max: usize,
}

/// What large documents of offices need, several times over: a PDF of 1,000 pages takes some seconds and some 100 MB.
/// 1 MiB of text are 500 pages.
impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            cpu: Duration::from_secs(20),
            memory_bytes: 512 << 20,
            text_bytes_max: 1 << 20,
        }
    }
}

/// What was said of a file by who gave it. Hints: what the bytes are says the format first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared<'a> {
    /// The value of `Content-Type`, as it was sent.
    pub media_type: Option<&'a str>,
    /// Its name without folders: the end of the path of its address, or of `Content-Disposition`.
    pub file_name: Option<&'a str>,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Lines without control characters, paragraphs apart by an empty one. Empty for a file without text, as a scan is.
    pub text: String,
    /// One line.
    pub title: Option<String>,
    /// As the document says it, in the form `cs` or `en-GB`.
    pub language: Option<String>,
    pub format: Format,
    /// Whether there was more text than was wanted.
    pub cut: bool,
}

/// What text can be read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    Pdf,
    Docx,
    Odt,
    Xlsx,
    Ods,
    Pptx,
    Html,
    Text,
    Csv,
    Markdown,
}

impl Format {
    pub const ALL: [Self; 10] = [
        Self::Pdf,
        Self::Docx,
        Self::Odt,
        Self::Xlsx,
        Self::Ods,
        Self::Pptx,
        Self::Html,
        Self::Text,
        Self::Csv,
        Self::Markdown,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Odt => "odt",
            Self::Xlsx => "xlsx",
            Self::Ods => "ods",
            Self::Pptx => "pptx",
            Self::Html => "html",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Markdown => "markdown",
        }
    }

    /// By its [`name`](Self::name).
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}
