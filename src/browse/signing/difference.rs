//! Two texts, character by character. Invariant: what both have together with what one has alone is that one, unchanged.

/// Of each text; the rest is not compared. The work grows with the product of the two.
pub(super) const CHARS_MAX: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    /// The server signs it, the client did not.
    Missing,
    /// The client signed it, the server does not.
    Extra,
}

/// Pieces of both texts in order.
pub(super) fn difference(expected: &str, signed: &str) -> Vec<(Side, String)> {
    let expected: Vec<char> = expected.chars().take(CHARS_MAX).collect();
    let signed: Vec<char> = signed.chars().take(CHARS_MAX).collect();
    let common = common_lengths(&expected, &signed);
    let (mut at, mut beside) = (0, 0);
    let mut pieces: Vec<(Side, String)> = Vec::new();
    let mut push = |side: Side, c: char| match pieces.last_mut() {
        Some((last, text)) if *last == side => text.push(c),
        _ => pieces.push((side, c.to_string())),
    };
    while at < expected.len() || beside < signed.len() {
        let (left, right) = (expected.get(at), signed.get(beside));
        match (left, right) {
            (Some(&c), Some(&other)) if c == other => {
                push(Side::Both, c);
                at += 1;
                beside += 1;
            }
            (Some(&c), right)
                if right.is_none() || common[at + 1][beside] >= common[at][beside + 1] =>
            {
                push(Side::Missing, c);
                at += 1;
            }
            (_, Some(&c)) => {
                push(Side::Extra, c);
                beside += 1;
            }
            _ => break,
        }
    }
    pieces
}

/// How much the rests of the two have in common, behind each pair of places.
fn common_lengths(one: &[char], other: &[char]) -> Vec<Vec<u16>> {
    let mut lengths = vec![vec![0_u16; other.len() + 1]; one.len() + 1];
    for at in (0..one.len()).rev() {
        for beside in (0..other.len()).rev() {
            lengths[at][beside] = if one[at] == other[beside] {
                lengths[at + 1][beside + 1] + 1
            } else {
                lengths[at + 1][beside].max(lengths[at][beside + 1])
            };
        }
    }
    lengths
}

/// What cannot be seen, made so.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("⏎\n"),
            '\r' => shown.push('␍'),
            '\t' => shown.push('⇥'),
            ' ' => shown.push('·'),
            '\u{a0}' => shown.push('⍽'),
            '\u{feff}' => shown.push('␀'),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(expected: &str, signed: &str) -> String {
        let pieces = difference(expected, signed).into_iter();
        let pieces = pieces.map(|(side, text)| match side {
            Side::Both => text,
            Side::Missing => format!("[-{text}]"),
            Side::Extra => format!("[+{text}]"),
        });
        pieces.collect()
    }

    #[test]
    fn what_differs_is_told() {
        assert_eq!(told("abc", "abc"), "abc");
        assert_eq!(told("POST\n", "post\n"), "[-POST][+post]\n");
        assert_eq!(
            told("json; charset=utf-8", "json"),
            "json[-; charset=utf-8]"
        );
        assert_eq!(told("/v1/content", "/v1/content/"), "/v1/content[+/]");
        assert_eq!(told("", "x"), "[+x]");
        assert_eq!(visible("a \r\n\tb"), "a·␍⏎\n⇥b");
    }

    proptest! {
        #[test]
        fn both_texts_are_there_unchanged(expected in "[ab\n ]{0,30}", signed in "[ab\n ]{0,30}") {
            let pieces = difference(&expected, &signed);
            let without = |left_out: Side| -> String {
                let kept = pieces.iter().filter(|(side, _)| *side != left_out);
                kept.map(|(_, text)| text.as_str()).collect()
            };
            prop_assert_eq!(without(Side::Extra), expected);
            prop_assert_eq!(without(Side::Missing), signed);
        }
    }
}
