//! Archives and XML that were made to do harm.

use super::super::make::office::{docx, docx_of, opendocument, xlsx_of};
use super::super::make::zipped;
use super::{reason, survive, watched};

/// An archive whose second entry says that it lies where the first one does.
fn overlapping() -> Vec<u8> {
    let mut bytes = docx(&["words"]);
    let entries = bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"PK\x01\x02");
    let entries: Vec<usize> = entries.map(|(at, _)| at).collect();
    // Where its data lies, and how much there is of it.
    for (from, count) in [(42, 4), (16, 12)] {
        for at in 0..count {
            bytes[entries[3] + from + at] = bytes[entries[4] + from + at];
        }
    }
    bytes
}

#[test]
fn archives_that_unfold_without_end() {
    let mut words = b"<a>".to_vec();
    words.resize(270 << 20, b' ');
    words.extend(b"</a>");
    let much = &words[3..];
    let mut nested = zipped(&[("a.txt", &much[..1 << 20])]);
    for _ in 0..5 {
        let copies: Vec<String> = (0..16).map(|number| format!("{number}.zip")).collect();
        let entries: Vec<(&str, &[u8])> = copies
            .iter()
            .map(|name| (name.as_str(), nested.as_slice()))
            .collect();
        nested = zipped(&entries);
    }
    let types = b"<Types>spreadsheetml.sheet.main</Types>";
    let sheet = zipped(&[
        ("[Content_Types].xml", types),
        ("xl/workbook.xml", b"<a/>"),
        ("xl/sharedStrings.xml", &words),
    ]);
    let many: Vec<String> = (0..60_000).map(|number| number.to_string()).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let types = zipped(&[("[Content_Types].xml", &much[..64 << 20])]);
    assert_eq!(
        reason("sheet.xlsx", &sheet),
        "the file unfolds to more than 256 MB"
    );
    assert_eq!(
        reason("types.docx", &types),
        "the file unfolds to more than 8 MB"
    );
    assert!(reason("over.docx", &overlapping()).contains("lie over each other"));
    assert!(reason("many.docx", &zipped(&many)).contains("too many parts"));
    assert!(reason("nested.docx", &nested).contains("application/zip"));
    let mimetype: (&str, &[u8]) = ("mimetype", b"application/vnd.oasis.opendocument.text");
    survive(vec![
        ("text.odt", zipped(&[mimetype, ("content.xml", &words)]), ""),
        (
            "meta.odt",
            zipped(&[mimetype, ("content.xml", b"<a/>"), ("meta.xml", &words)]),
            "",
        ),
    ]);
}

#[test]
fn xml_that_is_deep_or_unfolds() {
    let laughs: Vec<String> = (1..20)
        .map(|level| {
            let below = format!("&l{};", level - 1).repeat(10);
            format!("<!ENTITY l{level} \"{below}\">")
        })
        .collect();
    let laughs = laughs.concat();
    let laughs = format!(
        "<!DOCTYPE a [<!ENTITY l0 \"lol\">{laughs}<!ENTITY f SYSTEM \"file:///etc/passwd\">]>\
         <w:document><w:p><w:t>a&l19;&f;b</w:t></w:p></w:document>"
    );
    let types = b"<Types>wordprocessingml.document.main</Types>";
    let with = |document: &[u8]| {
        zipped(&[
            ("[Content_Types].xml", types),
            ("word/document.xml", document),
        ])
    };
    let (read, _) = watched("laughs.docx", &with(laughs.as_bytes()), "");
    assert_eq!(read.expect("a document").text, "ab");
    let deep = "<w:p>".repeat(1_000_000);
    assert!(reason("deep.docx", &docx_of(&deep)).contains("nested too deeply"));
    let deep = "<text:span>".repeat(100_000);
    let deep = opendocument("text", "", &deep);
    assert!(reason("deep.odt", &deep).contains("nested too deeply"));
    let attributes: Vec<String> = (0..500_000)
        .map(|number| format!(" a{number}='b'"))
        .collect();
    let attributes = attributes.concat();
    let cells = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>".repeat(200_000);
    survive(vec![
        (
            "attributes.docx",
            docx_of(&format!("<w:p{attributes}></w:p>")),
            "",
        ),
        (
            "name.docx",
            docx_of(&format!("<{}>", "a".repeat(10 << 20))),
            "",
        ),
        ("half.docx", with(b"<w:document><w:p><w:t>words"), ""),
        ("utf16.docx", with(b"\xff\xfe<\0a\0"), ""),
        ("empty.docx", with(b""), ""),
        ("cells.xlsx", xlsx_of(&cells, &[]), ""),
        (
            "far.xlsx",
            xlsx_of(
                "<row r=\"4294967295\"><c r=\"ZZZZZZZ99999999999\"><v>1</v></c></row>",
                &[],
            ),
            "",
        ),
        (
            "string.xlsx",
            xlsx_of(
                "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>4294967295</v></c></row>",
                &[],
            ),
            "",
        ),
    ]);
}
