//! Archives that documents of offices are. Invariants: what is read of one is bounded, an entry and all together, by
//! what comes out and never by what an entry says of itself; and an archive within an archive is not opened.

use std::io::{self, BufReader, Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::super::{Format, Reason};

/// Most bytes that are read of one entry, and of all.
const ENTRY_BYTES_MAX: u64 = 256 << 20;
const ALL_BYTES_MAX: u64 = 512 << 20;
/// Most entries: documents have some per page, picture or sheet.
const ENTRIES_MAX: usize = 50_000;
/// Most bytes of an entry that is kept whole: names and properties.
const KEPT_BYTES_MAX: usize = 8 << 20;

/// An archive that is read.
pub(super) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// Bytes that may still come out.
    left: u64,
}

/// An entry that is read.
pub(super) type Entry<'a> = BufReader<Bounded<'a>>;

/// What reads no more than what is left.
pub(super) struct Bounded<'a> {
    from: Box<dyn Read + 'a>,
    left: &'a mut u64,
    left_of_entry: u64,
}

/// More came out than may.
#[derive(Debug, thiserror::Error)]
#[error("it unfolds to too much")]
struct Unfolds;

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        let bytes = count as u64;
        let left = self.left.checked_sub(bytes);
        let left_of_entry = self.left_of_entry.checked_sub(bytes);
        let (Some(left), Some(left_of_entry)) = (left, left_of_entry) else {
            return Err(io::Error::other(Unfolds));
        };
        *self.left = left;
        self.left_of_entry = left_of_entry;
        Ok(count)
    }
}

/// Why reading an entry failed.
pub(super) fn reason_of(error: &io::Error) -> Reason {
    if matches!(error.get_ref(), Some(inner) if inner.is::<Unfolds>()) {
        return Reason::Unfolds(ENTRY_BYTES_MAX >> 20);
    }
    Reason::damaged(error)
}

fn reason_of_zip(error: ZipError) -> Reason {
    match error {
        ZipError::Io(error) => reason_of(&error),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Reason::Encrypted,
        other => Reason::damaged(other),
    }
}

impl<'b> Archive<'b> {
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, Reason> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(reason_of_zip)?;
        if zip.len() > ENTRIES_MAX {
            return Err(Reason::damaged("it has too many parts"));
        }
        if zip.has_overlapping_files().map_err(reason_of_zip)? {
            return Err(Reason::damaged("its parts lie over each other"));
        }
        Ok(Self {
            zip,
            left: ALL_BYTES_MAX,
        })
    }

    /// The names of its entries.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.zip.file_names();
        names
            .filter_map(|name| Some(name.ok()?.into_owned()))
            .collect()
    }

    /// One of its entries; `None` where it has none of that name.
    pub(super) fn entry(&mut self, name: &str) -> Result<Option<Entry<'_>>, Reason> {
        let from = match self.zip.by_name(name) {
            Ok(file) => Box::new(file),
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(reason_of_zip(error)),
        };
        Ok(Some(BufReader::new(Bounded {
            from,
            left: &mut self.left,
            left_of_entry: ENTRY_BYTES_MAX,
        })))
    }

    /// All of a small entry.
    pub(super) fn whole(&mut self, name: &str) -> Result<Option<Vec<u8>>, Reason> {
        let Some(entry) = self.entry(name)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let mut some = entry.take(KEPT_BYTES_MAX as u64 + 1);
        some.read_to_end(&mut bytes)
            .map_err(|error| reason_of(&error))?;
        if bytes.len() > KEPT_BYTES_MAX {
            return Err(Reason::Unfolds(KEPT_BYTES_MAX as u64 >> 20));
        }
        Ok(Some(bytes))
    }

    /// Lets every entry whose name is wanted unfold once, for readers that do not count what comes out.
    pub(super) fn unfold(&mut self, is_wanted: impl Fn(&str) -> bool) -> Result<(), Reason> {
        for name in self.names() {
            if is_wanted(&name)
                && let Some(mut entry) = self.entry(&name)?
            {
                io::copy(&mut entry, &mut io::sink()).map_err(|error| reason_of(&error))?;
            }
        }
        Ok(())
    }

    /// Which document it is.
    pub(super) fn format(&mut self) -> Result<Format, Reason> {
        if let Some(media_type) = self.whole("mimetype")? {
            return self.opendocument(String::from_utf8_lossy(&media_type).trim());
        }
        if let Some(types) = self.whole("[Content_Types].xml")? {
            // Of a document, a template, and both with macros: `…+xml` is the same for all of them.
            let types = String::from_utf8_lossy(&types);
            let mains = [
                (
                    Format::Docx,
                    [
                        "wordprocessingml.document.main",
                        "wordprocessingml.template.main",
                        "ms-word.document.macro",
                        "ms-word.template.macro",
                    ],
                ),
                (
                    Format::Xlsx,
                    [
                        "spreadsheetml.sheet.main",
                        "spreadsheetml.template.main",
                        "ms-excel.sheet.macro",
                        "ms-excel.template.macro",
                    ],
                ),
                (
                    Format::Pptx,
                    [
                        "presentationml.presentation.main",
                        "presentationml.slideshow.main",
                        "presentationml.template.main",
                        "ms-powerpoint.presentation.macro",
                    ],
                ),
            ];
            let main = mains.into_iter().find(|(_, names)| {
                // Strict documents and old ones write it in another case.
                names.iter().any(|name| types.contains(name))
            });
            if let Some((format, _)) = main {
                return Ok(format);
            }
            return Err(unknown("application/vnd.openxmlformats-officedocument"));
        }
        Err(unknown("application/zip"))
    }

    fn opendocument(&mut self, media_type: &str) -> Result<Format, Reason> {
        const FAMILY: &str = "application/vnd.oasis.opendocument.";
        let format = match media_type.strip_prefix(FAMILY) {
            Some("text" | "text-template" | "text-master" | "text-web") => Format::Odt,
            Some("spreadsheet" | "spreadsheet-template") => Format::Ods,
            _ => {
                let shown = media_type.chars().filter(char::is_ascii_graphic);
                return Err(Reason::UnknownFormat(shown.take(100).collect()));
            }
        };
        let manifest = self.whole("META-INF/manifest.xml")?.unwrap_or_default();
        let mark = b"encryption-data";
        if manifest.windows(mark.len()).any(|window| window == mark) {
            return Err(Reason::Encrypted);
        }
        Ok(format)
    }
}

fn unknown(name: &str) -> Reason {
    Reason::UnknownFormat(name.to_owned())
}
