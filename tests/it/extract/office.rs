//! Documents as `LibreOffice` writes them. Skipped, loudly, where it is not installed (Debian:
//! `libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui`); with `VETRINA_REQUIRE_PROGRAMS` set that
//! is a failure.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use vetrina::files::extract::{Declared, Document, Format};

use super::text_of;

/// The program under either of its names.
fn program() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here =
        |program: &&str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let found = ["libreoffice", "soffice"].into_iter().find(is_here);
    if found.is_none() {
        let is_required = std::env::var_os("VETRINA_REQUIRE_PROGRAMS").is_some();
        assert!(!is_required, "LibreOffice is not installed");
        let words = b"SKIPPED: documents of LibreOffice: it is not installed\n";
        let _ = std::io::stderr().write_all(words);
    }
    found
}

/// Has a document of the fixtures written in another format.
fn convert(program: &str, folder: &Path, from: &str, to: &str) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/office");
    // A profile of its own: two of them cannot have the same one at a time.
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let output = Command::new(program)
        .arg(profile)
        .args(["--headless", "--convert-to", to, "--outdir"])
        .arg(folder)
        .arg(fixtures.join(from))
        .env("HOME", folder)
        .output()
        .expect("it starts");
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{from} to {to}: {words}");
}

async fn read(folder: &TempDir, name: &str) -> Document {
    let document = text_of(&folder.path().join(name), Declared::default()).await;
    document.unwrap_or_else(|reason| panic!("{name}: {reason}"))
}

#[tokio::test]
async fn what_libreoffice_writes_is_read() {
    let Some(program) = program() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (from, formats) in [
        ("text.fodt", ["docx", "odt", "pdf"]),
        ("sheet.fods", ["xlsx", "ods", "pdf"]),
    ] {
        for to in formats {
            convert(program, folder.path(), from, to);
        }
    }
    for to in ["pptx", "pdf"] {
        convert(program, folder.path(), "slides.fodp", to);
    }
    for (name, format) in [
        ("text.docx", Format::Docx),
        ("text.odt", Format::Odt),
        ("text.pdf", Format::Pdf),
    ] {
        let document = read(&folder, name).await;
        assert_eq!(document.format, format);
        // Where lines end is not part of what is said.
        let words: Vec<&str> = document.text.split_whitespace().collect();
        let text = words.join(" ");
        for said in [
            "Vlněné ponožky Žluťoučký kůň úpěl ďábelské ódy & „citát“.",
            "over the lazy dog, again and again and again, until the evening comes and the column has been filled \
             with words. A second paragraph which goes on in the other column of the page",
            "after those of the first. The end of the document.",
        ] {
            assert!(text.contains(said), "{name}: {text}");
        }
        assert_eq!(
            document.title.as_deref(),
            Some("Příručka o ponožkách"),
            "{name}"
        );
        assert_eq!(document.language.as_deref(), Some("cs-CZ"), "{name}");
    }
    for (name, format) in [
        ("sheet.xlsx", Format::Xlsx),
        ("sheet.ods", Format::Ods),
        ("sheet.pdf", Format::Pdf),
    ] {
        let document = read(&folder, name).await;
        assert_eq!(document.format, format);
        for said in ["Vlněné ponožky 129", "2026-03-14"] {
            assert!(document.text.contains(said), "{name}: {}", document.text);
        }
        assert_eq!(document.title.as_deref(), Some("Ceník ponožek"), "{name}");
    }
    for (name, format) in [("slides.pptx", Format::Pptx), ("slides.pdf", Format::Pdf)] {
        let document = read(&folder, name).await;
        assert_eq!(document.format, format);
        assert_eq!(
            document.text, "Teplé vlněné ponožky\n\nDruhý snímek",
            "{name}"
        );
    }
}
