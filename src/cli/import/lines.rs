//! The lines of an import file, gzip or plain, one at a time. Invariant: a line longer than
//! [`LINE_BYTES_MAX`] is skipped without ever being held in memory, and still counted.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// Longest line read: no server takes a bigger object (docs/reference/02-content.md §7, decoded body).
pub(super) const LINE_BYTES_MAX: usize = 10 * 1024 * 1024;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const READ_BUFFER_BYTES: usize = 256 * 1024;

/// How many bytes of the file itself were read so far; what a progress bar shows.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadSoFar(Arc<AtomicU64>);

impl ReadSoFar {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Opens a file, or standard input for `-`, and unpacks it when it starts like gzip.
/// The size is that of the file, `None` for standard input.
pub(super) fn open(
    path: &Path,
    read_so_far: &ReadSoFar,
) -> io::Result<(Box<dyn BufRead + Send>, Option<u64>)> {
    let (raw, size): (Box<dyn Read + Send>, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None)
    } else {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        (Box::new(file), Some(size))
    };
    let counted = Counted {
        input: raw,
        read_so_far: read_so_far.clone(),
    };
    Ok((unpacked(counted)?, size))
}

/// Decides by the first two bytes, not by the name: standard input has none.
fn unpacked(mut input: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut start = Vec::with_capacity(GZIP_MAGIC.len());
    input
        .by_ref()
        .take(GZIP_MAGIC.len() as u64)
        .read_to_end(&mut start)?;
    let is_gzip = start == GZIP_MAGIC;
    let whole = io::Cursor::new(start).chain(input);
    Ok(if is_gzip {
        let buffered = BufReader::with_capacity(READ_BUFFER_BYTES, whole);
        Box::new(BufReader::with_capacity(
            READ_BUFFER_BYTES,
            MultiGzDecoder::new(buffered),
        ))
    } else {
        Box::new(BufReader::with_capacity(READ_BUFFER_BYTES, whole))
    })
}

struct Counted<R> {
    input: R,
    read_so_far: ReadSoFar,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read_so_far
            .0
            .fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// One non-blank line: its number, counted from 1, and its text or why it has none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: Result<String, String>,
}

/// Yields every non-blank line. An I/O error, such as a truncated gzip file, ends the file.
pub(super) struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// Reads one line without its end; `None` at the end of the file.
    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let limit = LINE_BYTES_MAX as u64 + 1;
        let count = self
            .input
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        self.number += 1;
        let ends_here = bytes.last() == Some(&b'\n');
        let text = if !ends_here && count as u64 == limit {
            drop(bytes);
            self.skip_rest()?;
            Err(format!("is longer than {LINE_BYTES_MAX} bytes"))
        } else {
            String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
        };
        Ok(Some(Line {
            number: self.number,
            text,
        }))
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let buffered = self.input.fill_buf()?;
            if buffered.is_empty() {
                return Ok(());
            }
            if let Some(end) = buffered.iter().position(|&byte| byte == b'\n') {
                self.input.consume(end + 1);
                return Ok(());
            }
            let all = buffered.len();
            self.input.consume(all);
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = match self.read() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            if let Ok(text) = &mut line.text {
                // A byte order mark is what some spreadsheets put before the first line.
                let content = text.trim_start_matches('\u{feff}').trim();
                if content.is_empty() {
                    continue;
                }
                *text = content.to_owned();
            }
            return Some(Ok(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn numbered(input: &[u8]) -> Vec<(u64, Result<String, String>)> {
        Lines::new(input)
            .map(|line| line.expect("reading memory cannot fail"))
            .map(|line| (line.number, line.text))
            .collect()
    }

    #[test]
    fn blank_lines_are_skipped_but_counted() {
        assert_eq!(
            numbered("\u{feff}{}\r\n\n  \n[1]".as_bytes()),
            [(1, Ok("{}".into())), (4, Ok("[1]".into()))]
        );
    }

    #[test]
    fn a_line_that_is_no_text_does_not_hide_the_next() {
        assert_eq!(
            numbered(b"\xff\xfe\n{}\n"),
            [(1, Err("is not UTF-8".into())), (2, Ok("{}".into()))]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let mut input = vec![b'x'; LINE_BYTES_MAX + 3];
        input.extend_from_slice(b"\n{}\n");
        let lines = numbered(&input);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].1.is_err());
        assert_eq!(lines[1], (2, Ok("{}".into())));
    }

    #[test]
    fn the_longest_line_is_kept() {
        let mut input = vec![b'x'; LINE_BYTES_MAX];
        input.push(b'\n');
        assert_eq!(
            numbered(&input)[0].1.as_ref().map(String::len),
            Ok(LINE_BYTES_MAX)
        );
    }

    #[test]
    fn gzip_is_told_by_its_first_bytes() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"{\"a\":1}\n").expect("writing to memory");
        let packed = packed.finish().expect("writing to memory");
        for (input, expected) in [
            (packed, vec!["{\"a\":1}"]),
            (b"{\"a\":1}\n".to_vec(), vec!["{\"a\":1}"]),
            (b"7".to_vec(), vec!["7"]),
            (Vec::new(), vec![]),
        ] {
            let input = unpacked(io::Cursor::new(input)).expect("reading memory");
            let lines: Vec<_> = Lines::new(input)
                .map(|line| line.expect("reading memory").text.expect("text"))
                .collect();
            assert_eq!(lines, expected);
        }
    }

    #[test]
    fn a_cut_off_gzip_file_is_an_error_after_its_good_lines() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        packed.write_all(b"{}\n").expect("writing to memory");
        let mut packed = packed.finish().expect("writing to memory");
        packed.truncate(packed.len() - 4);
        let results: Vec<_> =
            Lines::new(unpacked(io::Cursor::new(packed)).expect("reading memory"))
                .take(3)
                .map(|line| line.is_ok())
                .collect();
        assert!(results.contains(&false), "{results:?}");
    }
}
