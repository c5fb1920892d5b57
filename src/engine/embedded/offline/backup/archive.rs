//! The file of a backup: an ordinary tar (POSIX ustar), so that it can be looked into, and in need unpacked, without this
//! program. Written here rather than with a library: plain files with names of our own are all there is in it.
//! Invariant: whatever is read is read once, in bounded memory, and a file that ends early is an error.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use blake3::{Hash, Hasher};

const BLOCK: usize = 512;
const BUFFER_BYTES: usize = 1 << 20;

/// Where in a header its parts lie: first byte, length.
const NAME: (usize, usize) = (0, 100);
const MODE: (usize, usize) = (100, 8);
const SIZE: (usize, usize) = (124, 12);
const TIME: (usize, usize) = (136, 12);
const CHECKSUM: (usize, usize) = (148, 8);
const KIND: usize = 156;
const MAGIC: (usize, usize) = (257, 8);

const USTAR: &[u8; 8] = b"ustar\x0000";
/// In place of the first digit of a number: the rest is binary.
const IS_BINARY: u8 = 0x80;

pub(super) struct ArchiveWriter {
    out: BufWriter<File>,
    /// Seconds since 1970, of everything in it.
    time: u64,
}

impl ArchiveWriter {
    /// For its owner alone: keys are in it.
    pub(super) fn create(path: &Path, time: u64) -> io::Result<Self> {
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            out: BufWriter::with_capacity(BUFFER_BYTES, file),
            time,
        })
    }

    /// Adds a file of so many bytes, no less and no more; its checksum.
    pub(super) fn add(
        &mut self,
        name: &str,
        content: &mut impl Read,
        bytes: u64,
    ) -> io::Result<Hash> {
        self.out.write_all(&header(name, bytes, self.time))?;
        let mut sum = Hasher::new();
        let copied = copy(&mut content.take(bytes), &mut self.out, &mut sum)?;
        if copied != bytes || content.read(&mut [0])? > 0 {
            return Err(io::Error::other("it changed while it was read"));
        }
        self.out.write_all(&vec![0; padding(bytes)])?;
        Ok(sum.finalize())
    }

    /// All of it is on the disk when this returns.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        let file = self
            .out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}

/// A file in an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) bytes: u64,
}

pub(super) struct ArchiveReader {
    input: BufReader<File>,
}

impl ArchiveReader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            input: BufReader::with_capacity(BUFFER_BYTES, File::open(path)?),
        })
    }

    /// The next file, whose content is to be [copied](Self::copy) before the one after it; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut block = [0; BLOCK];
        self.input.read_exact(&mut block)?;
        if block == [0; BLOCK] {
            return Ok(None);
        }
        let entry = read_header(&block);
        entry.map(Some).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it has an entry of another form",
            )
        })
    }

    /// Copies the content of an entry; its checksum.
    pub(super) fn copy(&mut self, entry: &Entry, out: &mut impl Write) -> io::Result<Hash> {
        let mut sum = Hasher::new();
        let copied = copy(&mut (&mut self.input).take(entry.bytes), out, &mut sum)?;
        if copied < entry.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.input.read_exact(&mut vec![0; padding(entry.bytes)])?;
        Ok(sum.finalize())
    }
}

fn copy(from: &mut impl Read, to: &mut impl Write, sum: &mut Hasher) -> io::Result<u64> {
    let mut buffer = vec![0; 64 << 10];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sum.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        copied += read as u64;
    }
}

/// What follows a content of so many bytes, up to the next block.
fn padding(bytes: u64) -> usize {
    (BLOCK - bytes as usize % BLOCK) % BLOCK
}

fn header(name: &str, bytes: u64, time: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put =
        |at: (usize, usize), text: &[u8]| block[at.0..][..text.len()].copy_from_slice(text);
    put(NAME, name.as_bytes());
    put(MODE, b"0000600\0");
    put((108, 8), b"0000000\0");
    put((116, 8), b"0000000\0");
    put(TIME, format!("{time:011o}\0").as_bytes());
    put((KIND, 1), b"0");
    put(MAGIC, USTAR);
    if bytes < 1 << 33 {
        put(SIZE, format!("{bytes:011o}\0").as_bytes());
    } else {
        put(SIZE, &[IS_BINARY, 0, 0, 0]);
        put((SIZE.0 + 4, 8), &bytes.to_be_bytes());
    }
    let sum = checksum(&block);
    block[CHECKSUM.0..][..CHECKSUM.1].copy_from_slice(&sum);
    block
}

/// `None` for what is no header of a plain file.
fn read_header(block: &[u8; BLOCK]) -> Option<Entry> {
    let part = |at: (usize, usize)| &block[at.0..][..at.1];
    let is_sound = part(CHECKSUM) == checksum(block);
    if !is_sound || part(MAGIC) != USTAR || block[KIND] != b'0' {
        return None;
    }
    let name = part(NAME).split(|byte| *byte == 0).next()?;
    let size = part(SIZE);
    let bytes = if size[0] == IS_BINARY {
        u64::from_be_bytes(size[4..].try_into().ok()?)
    } else {
        octal(size)?
    };
    Some(Entry {
        name: String::from_utf8(name.to_vec()).ok()?,
        bytes,
    })
}

fn octal(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

/// Of a header, its own place taken for blanks, as it is written there.
fn checksum(block: &[u8; BLOCK]) -> [u8; CHECKSUM.1] {
    let own = CHECKSUM.0..CHECKSUM.0 + CHECKSUM.1;
    let bytes = block.iter().enumerate();
    let bytes = bytes.map(|(at, byte)| if own.contains(&at) { b' ' } else { *byte });
    let sum: u32 = bytes.map(u32::from).sum();
    let mut text = *b"000000\0 ";
    // Less than 512 times 256: it has no more digits.
    text[..6].copy_from_slice(format!("{sum:06o}").as_bytes());
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(path: &Path, contents: &[(String, Vec<u8>)]) -> Vec<Hash> {
        let mut archive = ArchiveWriter::create(path, 1_480_000_000).unwrap();
        let add = |(name, content): &(String, Vec<u8>)| {
            archive.add(name, &mut &content[..], content.len() as u64)
        };
        let sums = contents.iter().map(add).collect::<Result<_, _>>().unwrap();
        archive.finish().unwrap();
        sums
    }

    fn read(path: &Path) -> io::Result<Vec<(String, Vec<u8>, Hash)>> {
        let mut archive = ArchiveReader::open(path)?;
        let mut found = Vec::new();
        while let Some(entry) = archive.next()? {
            let mut content = Vec::new();
            let sum = archive.copy(&entry, &mut content)?;
            found.push((entry.name, content, sum));
        }
        Ok(found)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn what_is_written_is_read_back_and_no_part_of_it_alone(
            contents in prop::collection::vec(("[a-z/.]{1,99}", prop::collection::vec(any::<u8>(), 0..1500)), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.tar");
            let sums = written(&path, &contents);
            let expected: Vec<_> = contents.into_iter().zip(sums).map(|((name, content), sum)| (name, content, sum)).collect();
            prop_assert_eq!(&read(&path).unwrap(), &expected);
            let bytes = std::fs::read(&path).unwrap();
            prop_assert_eq!(bytes.len() % BLOCK, 0);
            // The second block of zeros is not waited for.
            let cut = cut.index(bytes.len() - 2 * BLOCK + 1);
            std::fs::write(&path, &bytes[..cut]).unwrap();
            prop_assert!(read(&path).is_err());
        }

        #[test]
        fn a_header_keeps_every_size_and_a_changed_one_is_none(bytes in any::<u64>(), at in 0..BLOCK, by in 1..=u8::MAX) {
            let mut block = header("sites/a/store.db", bytes, 0);
            let entry = Entry { name: "sites/a/store.db".to_owned(), bytes };
            prop_assert_eq!(read_header(&block), Some(entry));
            block[at] = block[at].wrapping_add(by);
            prop_assert!(read_header(&block).is_none(), "byte {}", at);
        }
    }

    /// It is `tar` that says what a tar is.
    #[test]
    fn it_is_an_ordinary_tar() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tar");
        written(&path, &[("sites/a/store.db".to_owned(), vec![7; 700])]);
        let tar = std::process::Command::new("tar")
            .arg("tvf")
            .arg(&path)
            .output();
        let Ok(tar) = tar else {
            eprintln!("SKIPPED: there is no `tar` here");
            return;
        };
        let said = String::from_utf8(tar.stdout).unwrap();
        assert!(
            tar.status.success() && said.contains(" 700 ") && said.contains("sites/a/store.db"),
            "{said}"
        );
        assert!(said.starts_with("-rw------- 0/0"), "{said}");
    }

    #[test]
    fn a_content_that_changes_while_it_is_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [("shorter", 4), ("longer", 2)] {
            let path = folder.path().join(name);
            let mut archive = ArchiveWriter::create(&path, 0).unwrap();
            assert!(
                archive.add(name, &mut &b"abc"[..], bytes).is_err(),
                "{name}"
            );
        }
    }
}
