//! What a dictionary of a cluster is looked through for, as expressions. Invariant: an expression means the words that are near
//! the one given, whatever signs that has.

/// What begins almost so, one letter inserted, left out, changed or swapped with its neighbour.
pub(super) fn almost_beginning(beginning: &str) -> String {
    let letters: Vec<char> = beginning.chars().collect();
    let mut ways = Vec::with_capacity(4 * letters.len());
    for at in 0..letters.len() {
        let (head, rest) = letters.split_at(at);
        ways.push(format!("{}.{}", text(head), text(&rest[1..])));
        ways.push(format!("{}{}", text(head), text(&rest[1..])));
        ways.push(format!("{}.{}", text(head), text(rest)));
        if let [one, other, rest @ ..] = rest {
            let swapped = text(&[*other, *one]);
            ways.push(format!("{}{swapped}{}", text(head), text(rest)));
        }
    }
    format!("({}).*", ways.join("|"))
}

/// What is two edits from the word at most, one of them at its beginning: words that a suggester of the cluster leaves out, as
/// it changes no first letter beside another one. Those of them that it can look for: expressions have bounds.
pub(super) fn near_beginning(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let [one, other, rest @ ..] = letters.as_slice() else {
        return Vec::new();
    };
    let changed = format!("(.{}?)?{}", text(&[*one]), within_an_edit(&letters[1..]));
    let swapped = format!("{}{}", text(&[*other, *one]), within_an_edit(rest));
    let mut patterns = vec![changed, swapped];
    patterns.retain(|pattern| pattern.len() <= PATTERN_BYTES_MAX);
    patterns
}

/// Longest expression that a cluster takes where nobody has set another bound.
const PATTERN_BYTES_MAX: usize = 1_000;

/// What is these letters, one at most inserted, left out, changed or swapped with its neighbour.
fn within_an_edit(letters: &[char]) -> String {
    match letters {
        [] => ".?".to_owned(),
        [last] => format!("(.?|.?{last}|{last}.)", last = text(&[*last])),
        [one, rest @ ..] => {
            let swapped = [&rest[..1], &[*one], &rest[1..]].concat();
            let (first, behind) = (text(&[*one]), text(rest));
            let (swapped, later) = (text(&swapped), within_an_edit(rest));
            format!("((.{first}?)?{behind}|{swapped}|{first}{later})")
        }
    }
}

fn text(letters: &[char]) -> String {
    escaped(&letters.iter().collect::<String>())
}

/// As a regular expression of the cluster that means nothing else.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_means_the_text_and_one_edit_of_it() {
        assert_eq!(escaped("c++ 5.5"), r"c\+\+\ 5\.5");
        let ways = almost_beginning("ab");
        for way in [".b", "b", ".ab", "ba", "a.", "a", "a.b"] {
            let has = ways.trim_start_matches('(').split(").*").next();
            let mut all = has.unwrap_or_default().split('|');
            assert!(all.any(|one| one == way), "{way} in {ways}");
        }
    }

    #[test]
    fn words_near_a_beginning_are_one_edit_there_and_one_behind() {
        assert_eq!(within_an_edit(&['a']), "(.?|.?a|a.)");
        assert_eq!(within_an_edit(&['a', 'b']), "((.a?)?b|ba|a(.?|.?b|b.))");
        assert_eq!(near_beginning("abc")[1], "ba(.?|.?c|c.)");
        assert!(near_beginning("a").is_empty());
        let longest = "interchangeabilities".repeat(2);
        assert!(near_beginning(&longest).is_empty());
    }
}
