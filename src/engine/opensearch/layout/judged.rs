//! What a hit is judged by, in one value: how often each word stands in each field, how long the fields are, and the words of
//! the title by number. The cluster gives back values of fields much faster than documents. Invariant: what is read is what
//! was written; anything else is read as nothing.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::fields::{HIDDEN, field_name};
use crate::engine::ranking::TextField;

/// Fields of words, the hidden one last.
pub(in crate::engine::opensearch) const FIELDS: usize = TextField::ALL.len() + 1;

/// The field of it.
pub(in crate::engine::opensearch) const JUDGED: &str = "judged";

/// A cluster gives back values without the padding that they were sent with.
const READ: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Words of an object, in the order of their letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::engine::opensearch) struct Judged {
    pub(in crate::engine::opensearch) title_words: Vec<u64>,
    /// Words of each field.
    pub(in crate::engine::opensearch) lengths: [u32; FIELDS],
    words: Vec<u8>,
}

/// Terms by field, joined by blanks.
pub(super) fn write(terms: &BTreeMap<&'static str, String>, title_words: &[u64]) -> String {
    let (mut lengths, mut words) = ([0_u32; FIELDS], BTreeMap::<&str, [u32; FIELDS]>::new());
    for (at, name) in names().enumerate() {
        let of_field = terms
            .get(name)
            .into_iter()
            .flat_map(|terms| terms.split(' '));
        for word in of_field {
            lengths[at] += 1;
            words.entry(word).or_default()[at] += 1;
        }
    }
    let mut bytes = Vec::new();
    push(&mut bytes, title_words.len() as u64);
    for word in title_words {
        push(&mut bytes, *word);
    }
    for length in lengths {
        push(&mut bytes, length.into());
    }
    for (word, counts) in words {
        push(&mut bytes, word.len() as u64);
        bytes.extend_from_slice(word.as_bytes());
        let has = counts.iter().rev();
        bytes.push(has.fold(0, |mask, count| mask << 1 | u8::from(*count > 0)));
        for count in counts.into_iter().filter(|count| *count > 0) {
            push(&mut bytes, count.into());
        }
    }
    STANDARD.encode(bytes)
}

impl Judged {
    /// `None` for what nobody has written.
    pub(in crate::engine::opensearch) fn read(text: &str) -> Option<Self> {
        let bytes = READ.decode(text).ok()?;
        let mut rest = bytes.as_slice();
        let mut title_words = Vec::new();
        for _ in 0..pull(&mut rest)? {
            title_words.push(pull(&mut rest)?);
        }
        let mut lengths = [0; FIELDS];
        for length in &mut lengths {
            *length = u32::try_from(pull(&mut rest)?).ok()?;
        }
        Some(Self {
            title_words,
            lengths,
            words: rest.to_vec(),
        })
    }

    /// Each word, and how often it stands in each field.
    pub(in crate::engine::opensearch) fn words(
        &self,
    ) -> impl Iterator<Item = (&str, [u32; FIELDS])> {
        let mut rest = self.words.as_slice();
        std::iter::from_fn(move || {
            let length = usize::try_from(pull(&mut rest)?).ok()?;
            let (word, behind) = rest.split_at_checked(length)?;
            let (mask, behind) = behind.split_first()?;
            rest = behind;
            let mut counts = [0; FIELDS];
            for (at, count) in counts.iter_mut().enumerate() {
                if mask & (1 << at) != 0 {
                    *count = u32::try_from(pull(&mut rest)?).ok()?;
                }
            }
            Some((std::str::from_utf8(word).ok()?, counts))
        })
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    { TextField::ALL.map(field_name).into_iter() }.chain([HIDDEN])
}

/// Seven bits a byte, the lowest first.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_with_how_often_they_stand_where() {
        let terms = BTreeMap::from([
            ("title", "red shirt red".to_owned()),
            ("text", "red shirt red žár".to_owned()),
            (HIDDEN, "secret".to_owned()),
        ]);
        let written = write(&terms, &[7, u64::MAX]);
        assert!(written.ends_with('='), "{written}");
        let unpadded = Judged::read(written.trim_end_matches('='));
        let judged = Judged::read(&written).expect("it was written");
        assert_eq!(unpadded.as_ref(), Some(&judged));
        assert_eq!(judged.title_words, [7, u64::MAX]);
        assert_eq!(judged.lengths, [3, 0, 0, 0, 0, 0, 4, 1]);
        let words: Vec<(&str, [u32; FIELDS])> = judged.words().collect();
        let expected = [
            ("red", [2, 0, 0, 0, 0, 0, 2, 0]),
            ("secret", [0, 0, 0, 0, 0, 0, 0, 1]),
            ("shirt", [1, 0, 0, 0, 0, 0, 1, 0]),
            ("žár", [0, 0, 0, 0, 0, 0, 1, 0]),
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn what_was_not_written_is_nothing() {
        for text in ["!", "", "/w==", "AAAA"] {
            assert_eq!(Judged::read(text), None, "{text}");
        }
        let cut = STANDARD.encode([0, 0, 0, 0, 0, 0, 0, 0, 0, 5, b'a']);
        let judged = Judged::read(&cut).expect("its lengths are there");
        assert_eq!(judged.words().count(), 0);
    }
}
