//! Title and language of a PDF (ISO 32000-1, sections 14.3 and 14.9.2). Invariant: what is missing or damaged there takes
//! nothing from the text.

use std::ops::ControlFlow;

use hayro_interpret::hayro_syntax::Pdf;
use hayro_interpret::hayro_syntax::object::{Dict, Stream, String as PdfString};

use super::super::About;
use super::super::xml::{Piece, walk};

/// Most bytes of a title.
const TITLE_BYTES_MAX: usize = 4096;

pub(super) fn of(pdf: &Pdf) -> About {
    let xref = pdf.xref();
    let catalog = xref.get::<Dict<'_>>(xref.root_id()).unwrap_or_default();
    let language = catalog
        .get::<PdfString<'_>>("Lang")
        .map(|tag| characters(&tag));
    let title = pdf.metadata().title.as_deref().map(characters);
    let title = title.filter(|title| !title.trim().is_empty());
    let metadata = || {
        catalog
            .get::<Stream<'_>>("Metadata")
            .and_then(|xmp| title_of(&xmp))
    };
    About {
        title: title.or_else(metadata),
        language,
    }
}

/// The first form of `dc:title` in the metadata that a document has as XML.
fn title_of(xmp: &Stream<'_>) -> Option<String> {
    let xml = xmp.decoded().ok()?;
    let mut title: Option<String> = None;
    let (mut is_title, mut is_value) = (false, false);
    let _ = walk(&*xml, |piece| {
        match piece {
            Piece::Open(element) => match element.name() {
                "title" => is_title = true,
                "li" => is_value = is_title,
                _ => {}
            },
            Piece::Text(text) => {
                if is_value {
                    let title = title.get_or_insert_default();
                    if title.len() < TITLE_BYTES_MAX {
                        title.push_str(text);
                    }
                }
            }
            Piece::Close(_) => {
                if title.is_some() {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    title
}

/// A text of the document that is not on its pages (section 7.9.2.2).
fn characters(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(TITLE_BYTES_MAX)];
    let pairs = |of: fn([u8; 2]) -> u16| {
        let units = bytes[2..]
            .chunks_exact(2)
            .map(|pair| of([pair[0], pair[1]]));
        let units: Vec<u16> = units.collect();
        String::from_utf16_lossy(&units)
    };
    if bytes.starts_with(&[0xfe, 0xff]) {
        pairs(u16::from_be_bytes)
    } else if bytes.starts_with(&[0xff, 0xfe]) {
        pairs(u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        String::from_utf8_lossy(rest).into_owned()
    } else if let Some(utf8) = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_ascii())
    {
        // What it may not be, and often is.
        utf8.to_owned()
    } else {
        bytes
            .iter()
            .map(|byte| of_document_encoding(*byte))
            .collect()
    }
}

/// `PDFDocEncoding` (annex D.3): Latin 1, but for these.
fn of_document_encoding(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const SIGNS: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0xa0 => SIGNS[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_in_one_of_four_encodings() {
        for (bytes, title) in [
            (&b"Wool socks"[..], "Wool socks"),
            (b"\xfe\xff\0K\x01\x6f\x01\x48", "Kůň"),
            (b"\xff\xfeK\0\x6f\x01\x48\x01", "Kůň"),
            (b"\xef\xbb\xbfK\xc5\xaf\xc5\x88", "Kůň"),
            ("Kůň".as_bytes(), "Kůň"),
            (b"\x99ivot \x84 \xa012 \xe9", "Život — €12 é"),
            (b"\xfe\xff\0", ""),
        ] {
            assert_eq!(characters(bytes), title, "{bytes:?}");
        }
    }
}
