//! Forms that no rule makes: people and children, eyes and feet. Invariant: every form of a word has the stems of the
//! word it is listed with.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::{Language, fold};

/// By language and word, without accents, the words it is a form of.
type Forms = HashMap<String, Vec<String>>;

/// Each line a language, a word, and its forms.
const LINES: &str = include_str!("gold/irregular.txt");

/// The irregular forms of a language; `None` where none are listed.
pub(super) fn of(language: Language) -> Option<&'static Forms> {
    static BY_LANGUAGE: LazyLock<HashMap<Language, Forms>> = LazyLock::new(|| {
        let mut all: HashMap<Language, Forms> = HashMap::new();
        for (language, words) in lines() {
            let forms = all.entry(language).or_default();
            for word in &words {
                let bases = forms.entry(word.clone()).or_default();
                if !bases.contains(&words[0]) {
                    bases.push(words[0].clone());
                }
            }
        }
        all
    });
    BY_LANGUAGE.get(&language)
}

fn lines() -> impl Iterator<Item = (Language, Vec<String>)> {
    LINES.lines().filter_map(|line| {
        let (code, words) = line.split_once(' ')?;
        let folded = words.split(' ').map(|word| {
            let mut lower = String::new();
            fold::lower(word, &mut lower);
            fold::without_accents(&lower)
        });
        Some((Language::from_code(code)?, folded.collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::analysis::{MARK, object_words, query_words};

    #[test]
    fn irregular_forms_find_each_other_in_every_language() {
        let read = LINES
            .lines()
            .map(|line| line.split(' ').collect::<Vec<&str>>());
        let mut languages = std::collections::HashSet::new();
        for line in read {
            let language = Language::from_code(line[0]).expect("a known language");
            languages.insert(language);
            for object in &line[1..] {
                let known = object_words(object, language);
                for typed in &line[1..] {
                    let mut lower = String::new();
                    fold::lower(typed, &mut lower);
                    for typed in [(*typed).to_owned(), fold::without_accents(&lower)] {
                        let word = query_words(&typed, language, 1).remove(0);
                        let stems = word.stems.iter();
                        let mut asked =
                            stems.flat_map(|stem| [stem.clone(), format!("{MARK}{stem}")]);
                        let is_found =
                            known.contains(&word.text) || asked.any(|form| known.contains(&form));
                        assert!(is_found, "{language:?}: {object} by {typed}");
                    }
                }
            }
        }
        assert_eq!(languages.len(), Language::ALL.len() - 1);
    }
}
