//! Numbers that people write in several ways: with thousands marks, as sizes, as fractions. Invariant: what is
//! read begins where the text does and ends where its last digit does, and its canonical form is read as itself.

/// A number that is more than a run of digits or a decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    /// The one form of all spellings: `1000`, `5x80`, `1/2`, `1-1/2`.
    pub(super) canonical: String,
    /// What it may as well be: `1.000` is one thousand here and one there.
    pub(super) other: Option<String>,
    /// What stands within a longer size: `20x30` of `20x30x40`.
    pub(super) inner: Vec<String>,
    /// The numbers it is written with.
    pub(super) parts: Vec<String>,
    /// Whether a part alone is another thing: half an inch is neither one nor two.
    pub(super) is_fraction: bool,
    /// Where it ends in the text, in bytes.
    pub(super) end: usize,
    /// How often blanks stand in it.
    pub(super) gaps: usize,
}

/// The figure a lower-case text begins with.
pub(super) fn read(text: &str) -> Option<Figure> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let figure = fraction(text)
        .or_else(|| size(text))
        .or_else(|| thousands(text))?;
    let behind = text[figure.end..].chars().next();
    (!behind.is_some_and(|c| c.is_ascii_digit())).then_some(figure)
}

/// Longest run of digits of a figure: longer ones are codes.
const DIGITS_MAX: usize = 6;
/// Most numbers of a size.
const SIDES_MAX: usize = 4;

fn digits(text: &str) -> &str {
    let end = text.bytes().position(|b| !b.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

fn without_zeros(fraction: &str) -> &str {
    fraction.trim_end_matches('0')
}

/// A number with what of its decimals says something: `2.50` is `2.5`.
pub(super) fn decimal(whole: &str, fraction: &str) -> String {
    match without_zeros(fraction) {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// `1/2`, `1-1/2`, `1 1/2`.
fn fraction(text: &str) -> Option<Figure> {
    let simple = |text: &str| {
        let above = digits(text);
        let below = digits(text[above.len()..].strip_prefix('/')?);
        let is_whole = (1..=3).contains(&above.len()) && (1..=3).contains(&below.len());
        let end = above.len() + 1 + below.len();
        let goes_on = text[end..].starts_with('/')
            && text[end + 1..].starts_with(|c: char| c.is_ascii_digit());
        (is_whole && !goes_on).then(|| (above.to_owned(), below.to_owned(), end))
    };
    if let Some((above, below, end)) = simple(text) {
        return Some(Figure {
            canonical: format!("{above}/{below}"),
            other: None,
            inner: Vec::new(),
            parts: vec![above, below],
            is_fraction: true,
            end,
            gaps: 0,
        });
    }
    let whole = digits(text);
    let rest = text[whole.len()..].strip_prefix(['-', ' '])?;
    let is_gap = text[whole.len()..].starts_with(' ');
    let (above, below, end) = simple(rest).filter(|_| whole.len() <= 2)?;
    // `5 195/65` is no number.
    let is_proper = above.len() <= below.len() && above != below;
    is_proper.then(|| Figure {
        canonical: format!("{whole}-{above}/{below}"),
        other: None,
        inner: Vec::new(),
        parts: vec![whole.to_owned(), above, below],
        is_fraction: true,
        end: whole.len() + 1 + end,
        gaps: usize::from(is_gap),
    })
}

/// `5x80`, `5 x 80`, `5×80`, `5*80`, `20 x 30,5 x 40`.
fn size(text: &str) -> Option<Figure> {
    let mut parts: Vec<String> = Vec::new();
    let (mut end, mut gaps) = (0, 0);
    let mut next = (0, 0);
    loop {
        let (at, gaps_before) = next;
        let Some((side, length)) = side(&text[at..]) else {
            break;
        };
        parts.push(side);
        end = at + length;
        gaps += gaps_before;
        if parts.len() > SIDES_MAX {
            return None;
        }
        let behind = &text[end..];
        let sign = behind.trim_start_matches(' ');
        let Some(other) = sign.strip_prefix(['x', '×', 'х', '*', '✕', '✖']) else {
            break;
        };
        let beside = other.trim_start_matches(' ');
        let of_gap = |before: &str, after: &str| usize::from(before.len() != after.len());
        next = (
            text.len() - beside.len(),
            of_gap(behind, sign) + of_gap(other, beside),
        );
    }
    if parts.len() < 2 {
        return None;
    }
    let inner = if parts.len() > 2 {
        parts.windows(2).map(|pair| pair.join("x")).collect()
    } else {
        Vec::new()
    };
    Some(Figure {
        canonical: parts.join("x"),
        other: None,
        inner,
        parts,
        is_fraction: false,
        end,
        gaps,
    })
}

/// One number of a size, and how long it is written.
fn side(text: &str) -> Option<(String, usize)> {
    let whole = digits(text);
    if whole.is_empty() || whole.len() > DIGITS_MAX {
        return None;
    }
    let rest = &text[whole.len()..];
    let part = rest.strip_prefix(['.', ',']).map(digits);
    Some(match part {
        Some(part) if !part.is_empty() => (decimal(whole, part), whole.len() + 1 + part.len()),
        _ => (whole.to_owned(), whole.len()),
    })
}

/// Most groups of digits of a number: what goes on for longer is a list, and would be read anew at each of them.
const GROUPS_MAX: usize = 7;

/// `1.000`, `1,000`, `1 000`, `1'000`, `12,500.75`, `1,00,000`.
fn thousands(text: &str) -> Option<Figure> {
    let first = digits(text);
    if !(1..=3).contains(&first.len()) || first.starts_with('0') {
        return None;
    }
    let mark = text[first.len()..].chars().next()?;
    if !matches!(mark, '.' | ',' | ' ' | '\'' | '’') {
        return None;
    }
    let mut groups = vec![first];
    let mut end = first.len();
    while let Some(group) = text[end..].strip_prefix(mark).map(digits) {
        let is_lakh = mark == ',' && group.len() == 2;
        let more = &text[end + mark.len_utf8() + group.len()..];
        let more = more.strip_prefix(mark).map(digits);
        let is_group = group.len() == 3 || is_lakh && more.is_some_and(|group| !group.is_empty());
        if !is_group {
            break;
        }
        if groups.len() == GROUPS_MAX {
            return None;
        }
        end += mark.len_utf8() + group.len();
        groups.push(group);
    }
    let last = groups.last()?;
    if groups.len() < 2 || last.len() != 3 {
        return None;
    }
    // `13 128` are two numbers more often than one.
    if mark == ' ' && groups.len() == 2 && !last.ends_with('0') {
        return None;
    }
    let other = (groups.len() == 2 && matches!(mark, '.' | ',')).then(|| decimal(first, last));
    let parts: Vec<String> = groups.iter().map(|group| (*group).to_owned()).collect();
    let mut canonical = groups.concat();
    let decimals = text[end..].strip_prefix(['.', ',']).map(digits);
    let has_decimals = !text[end..].starts_with(mark);
    if let Some(decimals) = decimals.filter(|decimals| has_decimals && !decimals.is_empty()) {
        end += 1 + decimals.len();
        canonical = decimal(&canonical, decimals);
    }
    Some(Figure {
        canonical,
        other,
        inner: Vec::new(),
        gaps: if mark == ' ' { parts.len() - 1 } else { 0 },
        parts,
        is_fraction: false,
        end,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        read(text).map_or_else(|| "-".to_owned(), |figure| figure.canonical)
    }

    #[test]
    fn spellings_of_one_number_are_one() {
        for (one, spellings) in [
            ("1000", &["1.000", "1,000", "1 000", "1'000", "1’000"][..]),
            (
                "12500.75",
                &["12,500.75", "12.500,75", "12 500,75", "12'500.750"],
            ),
            ("100000", &["1,00,000", "100 000", "100.000"]),
            ("1111111111111111110", &["1 111 111 111 111 111 110"]),
            (
                "5x80",
                &[
                    "5x80", "5 x 80", "5×80", "5 × 80", "5*80", "5.0x80,0", "5х80",
                ],
            ),
            ("20x30.5x40", &["20 x 30,5 x 40 cm", "20×30.5×40"]),
            ("1/2", &["1/2", "1/2\""]),
            ("1-1/2", &["1-1/2\"", "1 1/2"]),
            (
                "-",
                &[
                    "1000",
                    "2.9",
                    "13 128",
                    "0.500",
                    "1/2/3",
                    "x",
                    "",
                    "5 x",
                    "5xl",
                    "1.0000",
                    "10000 000",
                    "1 111 111 111 111 111 111 110",
                ],
            ),
        ] {
            for spelling in spellings {
                assert_eq!(canonical(spelling), one, "{spelling}");
            }
        }
        assert_eq!(
            read("1.500").and_then(|figure| figure.other),
            Some("1.5".to_owned())
        );
    }

    proptest! {
        #[test]
        fn whatever_begins_with_digits_is_read_within_the_text(text in "[0-9 .,x×*/'a-]{0,24}") {
            if let Some(figure) = read(&text) {
                prop_assert!(text[..figure.end].ends_with(|c: char| c.is_ascii_digit()));
                if figure.canonical.contains(['x', '/']) {
                    prop_assert_eq!(canonical(&figure.canonical), figure.canonical);
                }
            }
        }
    }
}
