//! Documents with random damage. Invariant: whatever is damaged, each is a document or a reason, and the tests go on.

use std::io::{Cursor, Read};

use vetrina::files::extract::{Declared, Format};

use super::hostile::{is_an_answer, limits};
use super::make::office::{docx, ods, odt, pptx, xlsx};
use super::make::pdf::{self, HELVETICA, Table};
use super::make::zipped;
use super::{extractor, file};
use crate::support::Chance;

const SAMPLES: usize = 1_000;
/// How many are read at once.
const AT_ONCE: usize = 4;

/// A whole document of each kind, with its media type.
fn documents() -> Vec<(Vec<u8>, &'static str)> {
    let words = [
        "Wool socks & more",
        "žluťoučký kůň",
        "a third line with some more words in it",
    ];
    let rows: [&[&str]; 2] = [&["Name", "Price"], &["Wool socks", "12.50"]];
    let pages = [pdf::lines(&[
        (50, 700, "some words"),
        (50, 680, "and more"),
    ])];
    let page = "<!doctype html><html lang=cs><title>T</title><nav>no</nav><table><tr><td>a<td hidden>b</table>";
    vec![
        (
            pdf::with_font(Table::Plain, HELVETICA, &pages),
            "application/pdf",
        ),
        (
            pdf::with_font(Table::Compressed, HELVETICA, &pages),
            "application/pdf",
        ),
        (docx(&words), ""),
        (odt(&words), ""),
        (xlsx(&rows), ""),
        (ods(&rows), ""),
        (pptx(&[&words, &["second"]]), ""),
        (page.as_bytes().to_vec(), "text/html"),
        (
            "name;price\n\"a;b\";1\n".repeat(20).into_bytes(),
            "text/csv",
        ),
        (
            "# A\n\n*b* [c](d)\n\n| e | f |\n|---|---|\n"
                .repeat(10)
                .into_bytes(),
            "text/markdown",
        ),
        ("Žluťoučký kůň.\n".repeat(20).into_bytes(), "text/plain"),
    ]
}

/// Bytes with some damage.
fn damaged(mut bytes: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    const NUMBERS: [&[u8]; 6] = [
        b"0",
        b"-1",
        b"65536",
        b"2147483647",
        b"4294967296",
        b"99999999999999999999",
    ];
    for _ in 0..=chance.below(6) {
        let len = bytes.len() as u64;
        if len == 0 {
            return bytes;
        }
        let at = chance.below(len) as usize;
        let some = 1 + chance.below(64.min(len - at as u64)) as usize;
        match chance.below(7) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at..at + some].fill(chance.below(256) as u8),
            2 => {
                bytes.drain(at..at + some);
            }
            3 => {
                let again = bytes[at..at + some].to_vec();
                let to = chance.below(len) as usize;
                bytes.splice(to..to, again);
            }
            4 => bytes.truncate(at + 1),
            // A number that is written in digits becomes another one.
            5 => {
                let digits = (at..bytes.len()).find(|at| bytes[*at].is_ascii_digit());
                if let Some(from) = digits {
                    let end = (from..bytes.len()).find(|at| !bytes[*at].is_ascii_digit());
                    let number = NUMBERS[chance.below(NUMBERS.len() as u64) as usize];
                    bytes.splice(from..end.unwrap_or(from + 1), number.iter().copied());
                }
            }
            _ => {
                let end = (at + 4).min(bytes.len());
                bytes[at..end].fill(0xff);
            }
        }
    }
    bytes
}

/// A damaged document. Of an archive, every other time what is in it: damage to the outside is soon noticed.
fn sample(documents: &[(Vec<u8>, &'static str)], chance: &mut Chance) -> (Vec<u8>, &'static str) {
    let (bytes, media_type) = &documents[chance.below(documents.len() as u64) as usize];
    let is_archive = bytes.starts_with(b"PK");
    if !is_archive || chance.below(3) == 0 {
        return (damaged(bytes.clone(), chance), media_type);
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a whole archive");
    let chosen = chance.below(zip.len() as u64) as usize;
    let mut entries = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("a whole entry");
        if index == chosen {
            bytes = damaged(bytes, chance);
        }
        entries.push((name, bytes));
    }
    let entries: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    (zipped(&entries), media_type)
}

#[tokio::test]
async fn a_thousand_damaged_documents_are_read_or_refused() {
    let documents = documents();
    for (bytes, media_type) in &documents {
        let declared = Declared {
            media_type: Some(*media_type),
            file_name: None,
        };
        let read = extractor(limits())
            .text_of(file(bytes).path(), declared)
            .await;
        assert!(
            read.is_ok_and(|document| !document.text.is_empty()),
            "{media_type}"
        );
    }
    let mut chance = Chance::new();
    let (mut read, mut refused) = (0, 0);
    for _ in 0..SAMPLES / AT_ONCE {
        let samples: Vec<(Vec<u8>, &'static str)> = (0..AT_ONCE)
            .map(|_| sample(&documents, &mut chance))
            .collect();
        let mut reading = tokio::task::JoinSet::new();
        for (bytes, media_type) in samples {
            reading.spawn(async move {
                let declared = Declared {
                    media_type: Some(media_type),
                    file_name: None,
                };
                let outcome = extractor(limits())
                    .text_of(file(&bytes).path(), declared)
                    .await;
                (bytes, media_type, outcome)
            });
        }
        while let Some(done) = reading.join_next().await {
            let (bytes, media_type, outcome) = done.expect("it does not panic");
            let shown = String::from_utf8_lossy(&bytes);
            assert!(
                is_an_answer(&outcome),
                "{chance:?} {media_type} {outcome:?}\n{shown}"
            );
            if outcome.is_ok() {
                read += 1;
            } else {
                refused += 1;
            }
        }
    }
    // Damage that nobody noticed, and readers that give up at once, would be no test.
    assert!(
        read > SAMPLES / 10 && refused > SAMPLES / 10,
        "{chance:?} {read} {refused}"
    );
    assert_eq!(Format::ALL.len(), documents.len() - 1, "a kind is missing");
}
