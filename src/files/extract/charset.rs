//! Bytes as characters. Invariant: a byte order mark says the encoding, then bytes that are UTF-8 and could hardly be
//! anything else, then what was declared, then what the bytes look like.

#[cfg(feature = "files")]
use std::borrow::Cow;

/// The charset of a `Content-Type`.
#[cfg(feature = "files")]
pub(super) fn of_media_type(media_type: &str) -> Option<&str> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).trim();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// How many bytes are looked at to tell UTF-16 that does not say so, and text that is none.
const HEAD_BYTES: usize = 4096;

/// Whether the bytes are UTF-16 without a mark, and the high bytes come first. Every other byte of it is zero where
/// people write in Latin letters; so it is in numbers of two bytes, but these are small ones too.
fn unmarked_utf16(bytes: &[u8]) -> Option<bool> {
    /// Fewer tell nothing.
    const PAIRS_MIN: usize = 4;
    let pairs = bytes[..bytes.len().min(HEAD_BYTES)].chunks_exact(2);
    let count = pairs.len();
    let (many, few) = (count / 3, count / 50);
    let is_it = |high: usize| {
        let zeros = pairs.clone().filter(|pair| pair[high] == 0);
        let letters = zeros.clone().filter(|pair| !is_control(pair[1 - high]));
        let others = pairs.clone().filter(|pair| pair[1 - high] == 0).count();
        letters.clone().count() > many && zeros.count() <= letters.count() + few && others <= few
    };
    if count < PAIRS_MIN {
        None
    } else if is_it(0) {
        Some(true)
    } else {
        is_it(1).then_some(false)
    }
}

/// What texts are not written with. ISO-2022-JP changes between alphabets with escapes.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, 0x09..=0x0d | 0x1b)
}

/// Whether the bytes may be a text of some encoding: texts have no zeros and next to no other controls.
pub(super) fn may_be_text(bytes: &[u8]) -> bool {
    let is_marked = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if is_marked || unmarked_utf16(bytes).is_some() {
        return true;
    }
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let controls = head.iter().filter(|byte| is_control(**byte)).count();
    !bytes.contains(&0) && controls <= head.len() / 100
}

/// The text without its mark. `declared` are labels of encodings, the most trusted one first.
#[cfg(feature = "files")]
pub(super) fn decoded<'b>(bytes: &'b [u8], declared: &[&str]) -> Cow<'b, str> {
    use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
    use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

    /// Longer texts say no more of their encoding.
    const LOOKED_AT_BYTES: usize = 1 << 20;

    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark_bytes..]).0;
    }
    if let Some(high_first) = unmarked_utf16(bytes) {
        let encoding = if high_first { UTF_16BE } else { UTF_16LE };
        return encoding.decode_without_bom_handling(bytes).0;
    }
    // Servers declare what they are set up with, whatever the file is; letters of several bytes are no accident.
    let utf8 = std::str::from_utf8(bytes).ok();
    if let Some(text) = utf8.filter(|text| !text.is_ascii()) {
        return Cow::Borrowed(text);
    }
    let known = declared
        .iter()
        .filter_map(|label| Encoding::for_label(label.trim().as_bytes()));
    // UTF-8 and UTF-16 were looked for. Some other labels stand for what browsers do not read: it has no output.
    let is_usable =
        |encoding: &'static Encoding| encoding != UTF_8 && encoding.output_encoding() == encoding;
    let mut usable = known.filter(|encoding| is_usable(encoding));
    let encoding = usable.next().unwrap_or_else(|| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(&bytes[..bytes.len().min(LOOKED_AT_BYTES)], true);
        detector.guess(None, Utf8Detection::Allow)
    });
    encoding.decode_without_bom_handling(bytes).0
}

/// The text without its mark; `None` where it is in another encoding than UTF-8.
#[cfg(not(feature = "files"))]
pub(super) fn utf8(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "files")]
    #[test]
    fn the_charset_is_a_parameter() {
        for (media_type, charset) in [
            ("text/html", None),
            ("text/html; charset=utf-8", Some("utf-8")),
            (
                "text/html;Charset=\"windows-1250\" ; a=b",
                Some("windows-1250"),
            ),
            ("text/html; charset=", None),
            ("charset=utf-8", None),
        ] {
            assert_eq!(of_media_type(media_type), charset, "{media_type}");
        }
    }

    #[test]
    fn texts_are_told_from_other_bytes() {
        let utf16: Vec<u8> = "plain".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for text in [
            &b"plain\r\n\tlines"[..],
            b"",
            "kůň".as_bytes(),
            &utf16,
            b"\xe1\xe9",
        ] {
            assert!(may_be_text(text), "{text:?}");
        }
        for bytes in [
            &b"\x7fELF\x02\x01\0\0"[..],
            b"text\0more",
            &[1, 2, 3, 4, 5, 6, 7, 8],
            &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5],
        ] {
            assert!(!may_be_text(bytes), "{bytes:?}");
        }
    }

    #[cfg(feature = "files")]
    #[test]
    fn marks_and_bytes_go_before_what_is_declared() {
        use encoding_rs::{ISO_8859_2, SHIFT_JIS, WINDOWS_1250};

        let marked = b"\xef\xbb\xbfplain";
        assert_eq!(decoded(marked, &["windows-1250"]), "plain");
        let utf8 = "žluťoučký".as_bytes();
        assert_eq!(decoded(utf8, &["iso-8859-1"]), "žluťoučký");
        // Too short to be guessed.
        let (bytes, _, _) = ISO_8859_2.encode("šé");
        assert_eq!(decoded(&bytes, &["bogus", "ISO-8859-2"]), "šé");
        let czech =
            "Příliš žluťoučký kůň úpěl ďábelské ódy. Šťastné a veselé Vánoce všem čtenářům.";
        for encoding in [WINDOWS_1250, ISO_8859_2] {
            let (bytes, _, _) = encoding.encode(czech);
            let guessed = decoded(&bytes, &[]);
            assert_eq!(guessed, czech, "{}", encoding.name());
            // What was declared and cannot be.
            let guessed = decoded(&bytes, &["utf-8", "utf-16"]);
            assert_eq!(guessed, czech, "{}", encoding.name());
        }
        let japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。";
        let (bytes, _, _) = SHIFT_JIS.encode(japanese);
        assert_eq!(decoded(&bytes, &[]), japanese);
    }

    #[cfg(feature = "files")]
    #[test]
    fn utf16_is_known_with_and_without_a_mark() {
        let text = "Žluťoučký kůň, plain text and numbers 12345";
        let low: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = [&[0xff, 0xfe][..], &low].concat();
        for bytes in [&low, &high, &marked, &[&[0xfe, 0xff][..], &high].concat()] {
            assert_eq!(decoded(bytes, &["utf-8"]), text);
        }
    }
}
