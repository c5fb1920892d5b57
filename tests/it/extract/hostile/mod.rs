//! Files that were made to do harm. Invariant: each is a document or a reason, in bounded memory, and never the fault of
//! the machine.

mod archives;
mod pdfs;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use vetrina::files::extract::{Document, Limits, Reason};

use super::process::reader_of;
use super::{declared, extractor, file};

const MEMORY_BYTES: u64 = 256 << 20;
/// What the program takes when it does nothing, in a build for tests.
const BASE_BYTES: u64 = 100 << 20;

pub(super) fn limits() -> Limits {
    Limits {
        // However busy the machine is.
        time: Duration::from_secs(600),
        cpu: Duration::from_secs(3),
        memory_bytes: MEMORY_BYTES,
        text_bytes_max: 100_000,
    }
}

/// What is read of a file that is known by this name, and the most memory it took.
fn watched(name: &str, bytes: &[u8], media_type: &str) -> (Result<Document, Reason>, u64) {
    let (file, extractor) = (file(bytes), extractor(limits()));
    let (is_done, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let read = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut id = None;
            while !is_done.load(Ordering::Relaxed) {
                id = id.or_else(|| reader_of(name));
                let used = id.and_then(resident).unwrap_or(0);
                peak.fetch_max(used, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let read = runtime.block_on(extractor.text_of(file.path(), declared(media_type, name)));
        is_done.store(true, Ordering::Relaxed);
        read
    });
    (read, peak.into_inner())
}

/// The most memory that a process has had.
fn resident(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Whether it is what a file may end with, whatever is in it.
pub(super) fn is_an_answer(read: &Result<Document, Reason>) -> bool {
    match read {
        Ok(document) => document.text.len() <= limits().text_bytes_max,
        Err(reason) => reason.is_final() && !matches!(reason, Reason::Failed(_)),
    }
}

/// Reads each, and looks at the answer and at the memory it took.
fn survive(corpus: Vec<(&str, Vec<u8>, &str)>) {
    for (name, bytes, media_type) in corpus {
        let (read, peak) = watched(name, &bytes, media_type);
        assert!(is_an_answer(&read), "{name}: {read:?}");
        assert!(
            peak < MEMORY_BYTES + BASE_BYTES,
            "{name} took {} MB",
            peak >> 20
        );
    }
}

/// The reason that is given for one file.
fn reason(name: &str, bytes: &[u8]) -> String {
    let (read, _) = watched(name, bytes, "");
    read.expect_err(name).to_string()
}

#[test]
fn texts_that_are_hard_to_read() {
    let of = |part: &str, times: usize| part.repeat(times).into_bytes();
    survive(vec![
        ("deep.html", of("<div>", 300_000), "text/html"),
        (
            "ends.html",
            [of("<div>", 600), of("</p></b>", 300_000)].concat(),
            "text/html",
        ),
        ("items.html", of("<ul><li hidden>", 200_000), "text/html"),
        (
            "attributes.html",
            [b"<p ".to_vec(), of("a=b ", 500_000)].concat(),
            "text/html",
        ),
        (
            "entities.html",
            of("&amp;&#x10ffff;&#0;&notit;", 100_000),
            "text/html",
        ),
        ("comments.html", of("<!--", 500_000), "text/html"),
        (
            "title.html",
            [b"<title>".to_vec(), of("words ", 1_000_000)].concat(),
            "text/html",
        ),
        ("quotes.md", of(">", 100_000), "text/markdown"),
        ("brackets.md", of("[", 200_000), "text/markdown"),
        ("stars.md", of("*a **b ", 100_000), "text/markdown"),
        ("table.md", of("|a", 100_000), "text/markdown"),
        (
            "lists.md",
            (0..2_000)
                .flat_map(|depth| format!("{}- a\n", " ".repeat(depth * 2)).into_bytes())
                .collect(),
            "text/markdown",
        ),
        ("columns.csv", of(",", 2_000_000), "text/csv"),
        ("quotes.csv", of("\"", 1_000_001), "text/csv"),
        ("lines.txt", of("\n", 5_000_000), "text/plain"),
        ("word.txt", of("a", 5_000_000), "text/plain"),
        (
            "escapes.txt",
            of("\u{1b}$B", 100_000),
            "text/plain; charset=iso-2022-jp",
        ),
    ]);
}
