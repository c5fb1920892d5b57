//! Text out of documents, through the process that reads them. Invariant: nothing here reads a document in the process
//! of the tests.

mod encodings;
#[cfg(feature = "files")]
mod formats;
#[cfg(all(feature = "files", target_os = "linux"))]
mod hostile;
#[cfg(feature = "files")]
pub(crate) mod make;
#[cfg(all(feature = "files", target_os = "linux"))]
mod mutated;
#[cfg(feature = "files")]
mod office;
#[cfg(all(feature = "files", target_os = "linux"))]
mod process;

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use vetrina::files::extract::{Declared, Document, Extractor, Limits, Reason};

/// What reads documents in tests.
fn extractor(limits: Limits) -> Extractor {
    Extractor::new(PathBuf::from(env!("CARGO_BIN_EXE_vetrina")), limits)
}

fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a writable file");
    file.flush().expect("a writable file");
    file
}

fn declared<'a>(media_type: &'a str, file_name: &'a str) -> Declared<'a> {
    let some = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    Declared {
        media_type: some(media_type),
        file_name: some(file_name),
    }
}

async fn text_of(path: &Path, declared: Declared<'_>) -> Result<Document, Reason> {
    extractor(Limits::default()).text_of(path, declared).await
}

/// What a document of which nothing is declared says.
#[cfg(feature = "files")]
async fn read(bytes: &[u8]) -> Document {
    let document = text_of(file(bytes).path(), Declared::default()).await;
    document.expect("a document")
}

/// Why a document of which nothing is declared says nothing.
#[cfg(feature = "files")]
async fn refused(bytes: &[u8]) -> Reason {
    let document = text_of(file(bytes).path(), Declared::default()).await;
    document.expect_err("no document")
}
