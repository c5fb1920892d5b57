//! Which format bytes are. Invariant: what bytes are goes before what was said of them; only what is text may be any of
//! the formats of text, and there what was said decides.

use super::{Declared, Format, Reason, charset};

/// What the first look at bytes finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pdf,
    /// An archive: what it holds says which document it is.
    Zip,
    /// One of the formats of text.
    Written(Format),
}

/// How far into a file its first sign may be: some programs put something before it.
const SIGN_WITHIN_BYTES: usize = 1024;

/// Formats that are known, and no text can be read from.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ\x90\0", "application/x-msdownload"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
];

pub(super) fn kind(bytes: &[u8], declared: Declared<'_>) -> Result<Kind, Reason> {
    if bytes.is_empty() {
        return Err(Reason::Empty);
    }
    let head = &bytes[..bytes.len().min(SIGN_WITHIN_BYTES)];
    if contains(head, b"%PDF-") {
        return Ok(Kind::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Ok(Kind::Zip);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Err(compound(bytes));
    }
    if let Some((_, name)) = OTHERS.iter().find(|(sign, _)| bytes.starts_with(sign)) {
        return Err(Reason::UnknownFormat((*name).to_owned()));
    }
    let said = Said::of(declared);
    if !charset::may_be_text(bytes) {
        let known = said.format.filter(|format| !is_written(*format));
        return Err(match known {
            Some(format) => Reason::damaged(format_args!("it is no {} file", format.name())),
            None => Reason::UnknownFormat(said.name("application/octet-stream")),
        });
    }
    written(head, &said).map(Kind::Written)
}

/// Which format of text it is.
fn written(head: &[u8], said: &Said<'_>) -> Result<Format, Reason> {
    let is_html = begins_as_html(head);
    match said.format {
        Some(format) if is_written(format) => {
            // A page that says an error in place of a file is sent as the file was.
            let is_other = is_html && matches!(format, Format::Csv);
            Ok(if is_other { Format::Html } else { format })
        }
        _ if is_html => Ok(Format::Html),
        Some(format) => Err(Reason::damaged(format_args!(
            "it is no {} file",
            format.name()
        ))),
        None if said.may_be_plain() => Ok(Format::Text),
        None => Err(Reason::UnknownFormat(said.name("text/plain"))),
    }
}

fn is_written(format: Format) -> bool {
    matches!(
        format,
        Format::Html | Format::Text | Format::Csv | Format::Markdown
    )
}

/// What was declared, as far as it says anything.
struct Said<'a> {
    /// In lower case, without parameters; not what servers say who know nothing.
    media_type: Option<String>,
    extension: Option<&'a str>,
    format: Option<Format>,
}

impl<'a> Said<'a> {
    fn of(declared: Declared<'a>) -> Self {
        let essence = declared
            .media_type
            .and_then(|value| value.split(';').next());
        let essence = essence.map(|value| value.trim().to_ascii_lowercase());
        let media_type = essence.filter(|value| {
            !matches!(
                value.as_str(),
                "" | "application/octet-stream"
                    | "binary/octet-stream"
                    | "application/force-download"
                    | "application/x-download"
                    | "application/download"
                    | "application/unknown"
                    | "*/*"
            )
        });
        let extension = declared
            .file_name
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, extension)| extension.trim());
        let by_type = media_type.as_deref().map(of_media_type);
        let by_name = extension.and_then(of_extension);
        let format = match by_type {
            // Servers know no other type for what is written.
            Some(Some(Format::Text)) => by_name
                .filter(|format| is_written(*format))
                .or(Some(Format::Text)),
            Some(by_type) => by_type,
            None => by_name,
        };
        Self {
            media_type,
            extension,
            format,
        }
    }

    /// What to call a format that is not known.
    fn name(&self, otherwise: &str) -> String {
        match (&self.media_type, self.extension) {
            (Some(media_type), _) => media_type.clone(),
            (None, Some(extension)) => format!("{otherwise}, .{extension}"),
            (None, None) => otherwise.to_owned(),
        }
    }

    fn may_be_plain(&self) -> bool {
        match (&self.media_type, self.extension) {
            (Some(media_type), _) => {
                let kind = media_type.strip_prefix("text/");
                // Both are for programs, and have many words that nobody reads.
                kind.is_some_and(|kind| !matches!(kind, "xml" | "css" | "javascript"))
            }
            (None, extension) => {
                let others = ["xml", "json", "css", "js", "svg", "eps", "ps", "rtf"];
                extension.is_none_or(|given| {
                    !others.iter().any(|other| given.eq_ignore_ascii_case(other))
                })
            }
        }
    }
}

fn of_media_type(media_type: &str) -> Option<Format> {
    Some(match media_type {
        "application/pdf" | "application/x-pdf" => Format::Pdf,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Format::Docx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Format::Xlsx,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => Format::Pptx,
        "application/vnd.oasis.opendocument.text" => Format::Odt,
        "application/vnd.oasis.opendocument.spreadsheet" => Format::Ods,
        "text/html" | "application/xhtml+xml" => Format::Html,
        "text/csv" | "application/csv" | "text/tab-separated-values" => Format::Csv,
        "text/markdown" | "text/x-markdown" => Format::Markdown,
        "text/plain" => Format::Text,
        _ => return None,
    })
}

fn of_extension(extension: &str) -> Option<Format> {
    Some(match extension.to_ascii_lowercase().as_str() {
        "pdf" => Format::Pdf,
        "docx" => Format::Docx,
        "xlsx" => Format::Xlsx,
        "pptx" => Format::Pptx,
        "odt" => Format::Odt,
        "ods" => Format::Ods,
        "html" | "htm" | "xhtml" => Format::Html,
        "csv" | "tsv" => Format::Csv,
        "md" | "markdown" => Format::Markdown,
        "txt" | "text" | "log" => Format::Text,
        _ => return None,
    })
}

/// As browsers tell HTML that nobody declared.
fn begins_as_html(head: &[u8]) -> bool {
    const FIRST: [&[u8]; 12] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<body",
        b"<title",
        b"<meta",
        b"<script",
        b"<style",
        b"<table",
        b"<div",
        b"<h1",
        b"<p",
    ];
    // As the letters are in UTF-16 too.
    let letters = head
        .iter()
        .filter(|byte| !matches!(byte, 0 | 0xef | 0xbb | 0xbf | 0xfe | 0xff));
    let letters: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    let mut rest = letters.trim_ascii_start();
    loop {
        let inside = [(&b"<!--"[..], &b"-->"[..]), (b"<?xml", b"?>")];
        let Some((_, end)) = inside
            .into_iter()
            .find(|(start, _)| rest.starts_with(start))
        else {
            break;
        };
        let Some(at) = rest.windows(end.len()).position(|window| window == end) else {
            return false;
        };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    FIRST.iter().any(|first| {
        let behind = rest.strip_prefix(*first);
        behind.is_some_and(|behind| {
            behind
                .first()
                .is_none_or(|byte| matches!(byte, b'>' | b'/') || byte.is_ascii_whitespace())
        })
    })
}

/// What old programs of offices made, and what new ones make of a document with a password.
fn compound(bytes: &[u8]) -> Reason {
    let is_there = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        contains(bytes, &name)
    };
    let name = if is_there("EncryptedPackage") {
        return Reason::Encrypted;
    } else if is_there("WordDocument") {
        "application/msword"
    } else if is_there("Workbook") || is_there("Book") {
        "application/vnd.ms-excel"
    } else if is_there("PowerPoint Document") {
        "application/vnd.ms-powerpoint"
    } else {
        "application/x-ole-storage"
    };
    Reason::UnknownFormat(name.to_owned())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bytes: &[u8], media_type: &str, file_name: &str) -> Result<Kind, Reason> {
        let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let (media_type, file_name) = (some(media_type), some(file_name));
        kind(
            bytes,
            Declared {
                media_type,
                file_name,
            },
        )
    }

    #[test]
    fn bytes_go_before_words() {
        let html = Ok(Kind::Written(Format::Html));
        for (bytes, media_type, file_name, expected) in [
            (&b"%PDF-1.4"[..], "text/html", "a.txt", Ok(Kind::Pdf)),
            (b"\xef\xbb\xbf junk %PDF-1.4", "", "", Ok(Kind::Pdf)),
            (b"PK\x03\x04", "application/pdf", "", Ok(Kind::Zip)),
            (b"<!DOCTYPE HTML>", "application/pdf", "a.pdf", html.clone()),
            (
                b"\xef\xbb\xbf <!-- a --> <html lang=cs>",
                "",
                "",
                html.clone(),
            ),
            (b"<?xml version='1.0'?>\n<html>", "", "", html.clone()),
            (b"<!doctype html>", "text/csv", "", html.clone()),
            (b"<\0h\0t\0m\0l\0>\0a\0a\0a\0", "", "", html),
        ] {
            assert_eq!(found(bytes, media_type, file_name), expected, "{bytes:?}");
        }
    }

    #[test]
    fn words_say_which_text_it_is() {
        for (media_type, file_name, format) in [
            ("", "", Format::Text),
            ("application/octet-stream", "README", Format::Text),
            ("text/plain", "", Format::Text),
            ("text/plain; charset=utf-8", "readme.MD", Format::Markdown),
            ("text/plain", "a.csv", Format::Csv),
            ("text/plain", "a.pdf", Format::Text),
            ("TEXT/HTML ; charset=x", "a.csv", Format::Html),
            ("text/markdown", "a.html", Format::Markdown),
            ("application/csv", "", Format::Csv),
            ("application/octet-stream", "a.b.tsv", Format::Csv),
            ("text/x-log", "", Format::Text),
        ] {
            let found = found(b"words\n", media_type, file_name);
            assert_eq!(found, Ok(Kind::Written(format)), "{media_type} {file_name}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let png = b"\x89PNG\r\n\x1a\n\0\0";
        let of = |bytes: &[u8], media_type: &str, file_name: &str| {
            found(bytes, media_type, file_name)
                .expect_err("not readable")
                .to_string()
        };
        let unknown = "its format is not one that text can be read from";
        assert_eq!(
            of(png, "application/pdf", ""),
            format!("{unknown} (image/png)")
        );
        assert_eq!(
            of(b"{}", "application/json", ""),
            format!("{unknown} (application/json)")
        );
        assert_eq!(
            of(b"{}", "", "a.json"),
            format!("{unknown} (text/plain, .json)")
        );
        let octets = format!("{unknown} (application/octet-stream)");
        assert_eq!(of(b"\0\x01\x02\x03", "", ""), octets);
        assert_eq!(
            of(b"\0\x01", "application/pdf", ""),
            "the file is damaged: it is no pdf file"
        );
        assert_eq!(
            of(b"words", "application/pdf", ""),
            "the file is damaged: it is no pdf file"
        );
        assert_eq!(of(b"", "text/plain", ""), "the file is empty");
        let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        old.extend("..WordDocument".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(of(&old, "", ""), format!("{unknown} (application/msword)"));
        old.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(of(&old, "", ""), "the file is encrypted");
    }
}
