//! Plain text in the encodings that people have.

use vetrina::files::extract::{Format, Limits};

use super::{declared, extractor, file, text_of};

const CZECH: &str =
    "Příliš žluťoučký kůň úpěl ďábelské ódy.\nŠťastné a veselé Vánoce všem čtenářům!";

#[tokio::test]
async fn utf8_is_read_as_it_is() {
    for bytes in [
        CZECH.as_bytes(),
        &[b"\xef\xbb\xbf", CZECH.as_bytes()].concat(),
    ] {
        let document = text_of(file(bytes).path(), declared("text/plain", "a.txt")).await;
        let document = document.expect("a document");
        assert_eq!(document.text, CZECH);
        assert_eq!(document.format, Format::Text);
        assert!(!document.cut && document.title.is_none() && document.language.is_none());
    }
}

#[tokio::test]
async fn a_text_that_is_too_long_is_cut_between_words() {
    let limits = Limits {
        text_bytes_max: 64,
        ..Limits::default()
    };
    let document = extractor(limits)
        .text_of(file(CZECH.as_bytes()).path(), declared("", ""))
        .await;
    let document = document.expect("a document");
    assert!(document.cut);
    assert!(document.text.len() <= 64);
    assert!(
        CZECH.starts_with(&document.text) && CZECH[document.text.len()..].starts_with([' ', '\n'])
    );
}

#[cfg(not(feature = "files"))]
#[tokio::test]
async fn a_build_without_readers_says_so() {
    use vetrina::files::extract::Reason;

    for (bytes, name, format) in [
        (&b"%PDF-1.4"[..], "", Format::Pdf),
        (b"<!doctype html><p>a", "", Format::Html),
        (b"\xe1\xe9\xed", "a.txt", Format::Text),
    ] {
        let document = text_of(file(bytes).path(), declared("", name)).await;
        assert_eq!(document, Err(Reason::NotBuiltIn(format)));
    }
}

#[cfg(feature = "files")]
mod others {
    use super::*;

    const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
    const POLISH: &str =
        "Zażółć gęślą jaźń. Święta wełniane skarpety w różnych kolorach, również żółte.";

    fn encoded(text: &str, label: &str) -> Vec<u8> {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
        match label {
            "utf-16le" => utf16(u16::to_le_bytes),
            "utf-16be" => utf16(u16::to_be_bytes),
            label => {
                let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("a label");
                let (bytes, _, is_lossy) = encoding.encode(text);
                assert!(!is_lossy, "{label}");
                bytes.into_owned()
            }
        }
    }

    async fn shown(bytes: &[u8], media_type: &str) -> String {
        let document = text_of(file(bytes).path(), declared(media_type, "")).await;
        document.expect("a document").text
    }

    #[tokio::test]
    async fn what_is_declared_is_read() {
        for (text, label) in [
            (CZECH, "windows-1250"),
            (CZECH, "iso-8859-2"),
            (JAPANESE, "shift_jis"),
            (JAPANESE, "euc-jp"),
            (JAPANESE, "iso-2022-jp"),
            ("Füße und Größe", "windows-1252"),
            ("Привет, мир", "koi8-r"),
            // Which nobody recognises.
            ("Füße", "macintosh"),
        ] {
            let media_type = format!("text/plain; charset={label}");
            assert_eq!(
                shown(&encoded(text, label), &media_type).await,
                text,
                "{label}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_not_declared_is_recognised() {
        for (text, label) in [
            (CZECH, "windows-1250"),
            (CZECH, "iso-8859-2"),
            (POLISH, "windows-1250"),
            (JAPANESE, "shift_jis"),
            (JAPANESE, "euc-jp"),
            (CZECH, "utf-16le"),
            (CZECH, "utf-16be"),
        ] {
            let bytes = encoded(text, label);
            assert_eq!(shown(&bytes, "text/plain").await, text, "{label}");
            // What a server says of every file that it has.
            assert_eq!(
                shown(&bytes, "text/plain; charset=utf-8").await,
                text,
                "{label}"
            );
        }
        let marked = [&b"\xff\xfe"[..], &encoded(CZECH, "utf-16le")].concat();
        assert_eq!(
            shown(&marked, "text/plain; charset=windows-1250").await,
            CZECH
        );
    }

    #[tokio::test]
    async fn a_page_says_its_own_encoding() {
        for (head, label) in [
            ("<meta charset=iso-8859-2>", "iso-8859-2"),
            (
                "<meta http-equiv=Content-Type content='text/html; charset=windows-1250'>",
                "windows-1250",
            ),
        ] {
            let page = format!("<!doctype html>{head}<p>šedý kůň</p>");
            let shown = shown(&encoded(&page, label), "text/html").await;
            assert_eq!(shown, "šedý kůň", "{label}");
        }
        // Which nobody recognises; and what its server says goes before.
        let page = |label| format!("<!doctype html><meta charset={label}><p>Füße</p>");
        let bytes = encoded(&page("macintosh"), "macintosh");
        assert_eq!(shown(&bytes, "text/html").await, "Füße");
        let bytes = encoded(&page("koi8-r"), "macintosh");
        let declared = "text/html; charset=macintosh";
        assert_eq!(shown(&bytes, declared).await, "Füße");
    }
}
