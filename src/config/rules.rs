//! The query rules of a site: a file of their own, a section of the site's entry, or both. Invariant:
//! the file is read here and nowhere else, at the start and at every reload.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;

use super::check::Checks;
use super::misshapen;
use crate::domain::{ObjectsEntry, QueryRules, RedirectEntry, RuleLists, SynonymsEntry};

/// Largest file of rules, in bytes.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// `[sites.rules]`, and the whole of a rules file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesSection {
    #[serde(default)]
    synonyms: Vec<SynonymsSection>,
    #[serde(default)]
    stop_words: Vec<String>,
    #[serde(default)]
    never_suggested: Vec<String>,
    #[serde(default)]
    redirects: Vec<RedirectSection>,
    #[serde(default)]
    pins: Vec<ObjectsSection>,
    #[serde(default)]
    hides: Vec<ObjectsSection>,
}

/// Either `words`, or `typed` and `found`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SynonymsSection {
    words: Option<Vec<String>>,
    typed: Option<Vec<String>>,
    found: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectSection {
    queries: Vec<String>,
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectsSection {
    queries: Vec<String>,
    objects: Vec<String>,
}

impl Checks<'_> {
    /// What the file and the section of a site say, together.
    pub(super) fn rules(
        &mut self,
        at: &str,
        file: Option<&Path>,
        section: Option<RulesSection>,
    ) -> QueryRules {
        let mut lists = RuleLists::default();
        if let Some(section) = section {
            let key = format!("{at}.rules");
            lists.append(self.checked_lists(&key, section));
        }
        if let Some(file) = file {
            let path = self.folder.join(file);
            let key = format!("{at}.rules_file: {}", path.display());
            match read(&path) {
                Ok(section) => lists.append(self.checked_lists(&key, section)),
                Err(words) => self.wrong(key, words),
            }
        }
        // Each part is faultless here, so what is wrong is that one contradicts the other.
        self.made(&format!("{at}.rules and rules_file"), lists)
    }

    /// The lists if nothing is wrong with them.
    fn checked_lists(&mut self, key: &str, section: RulesSection) -> RuleLists {
        let before = self.problem_count();
        let mut synonyms = Vec::with_capacity(section.synonyms.len());
        for (number, entry) in section.synonyms.into_iter().enumerate() {
            match entry.read() {
                Ok(entry) => synonyms.push(entry),
                Err(words) => self.wrong(format!("{key}.synonyms[{number}]"), words),
            }
        }
        let lists = RuleLists {
            synonyms,
            stop_words: section.stop_words,
            never_suggested: section.never_suggested,
            redirects: section.redirects.into_iter().map(Into::into).collect(),
            pins: section.pins.into_iter().map(Into::into).collect(),
            hides: section.hides.into_iter().map(Into::into).collect(),
        };
        if self.problem_count() == before {
            self.made(key, lists.clone());
        }
        if self.problem_count() == before {
            lists
        } else {
            RuleLists::default()
        }
    }

    fn made(&mut self, key: &str, lists: RuleLists) -> QueryRules {
        lists.into_rules().unwrap_or_else(|wrong| {
            for wrong in wrong {
                self.wrong(format!("{key}.{}", wrong.at), wrong.fault.to_string());
            }
            QueryRules::default()
        })
    }
}

impl SynonymsSection {
    fn read(self) -> Result<SynonymsEntry, &'static str> {
        match (self.words, self.typed, self.found) {
            (Some(words), None, None) if words.len() == 1 => {
                Err("`words` needs at least two that mean the same")
            }
            (Some(words), None, None) => Ok(SynonymsEntry::Mutual(words)),
            (None, Some(typed), Some(found)) => Ok(SynonymsEntry::Directed { typed, found }),
            _ => Err("needs `words`, or `typed` and `found`"),
        }
    }
}

impl From<RedirectSection> for RedirectEntry {
    fn from(section: RedirectSection) -> Self {
        Self {
            queries: section.queries,
            url: section.url,
        }
    }
}

impl From<ObjectsSection> for ObjectsEntry {
    fn from(section: ObjectsSection) -> Self {
        Self {
            queries: section.queries,
            objects: section.objects,
        }
    }
}

fn read(path: &Path) -> Result<RulesSection, String> {
    let text = read_text(path).map_err(|error| format!("cannot be read: {error}"))?;
    toml::from_str(&text).map_err(|error| misshapen::problem(&text, &error).to_string())
}

fn read_text(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let mut text = String::new();
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!(
            "it is larger than {FILE_BYTES_MAX} bytes"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, ConfigError};
    use crate::domain::{Phrase, QueryText};

    const SITE: &str = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";

    fn problems(text: &str) -> Vec<String> {
        match Config::from_toml(&format!("{SITE}{text}")) {
            Err(ConfigError::Wrong(problems)) => problems.iter().map(ToString::to_string).collect(),
            other => panic!("expected problems, got {other:?}"),
        }
    }

    #[test]
    fn a_site_without_rules_has_none() {
        let config = Config::from_toml(SITE).expect("a good configuration");
        assert_eq!(*config.sites[0].site.rules, super::QueryRules::default());
    }

    #[test]
    fn file_and_section_count_together() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("rules.toml");
        let rules = "stop_words = [\"The\"]\n[[synonyms]]\nwords = [\"TV\", \"television\"]\n";
        std::fs::write(&file, rules).expect("a writable folder");
        let main = folder.path().join("vetrina.toml");
        let text = format!(
            "{SITE}rules_file = \"rules.toml\"\n\
             [[sites.rules.redirects]]\nqueries = [\"Contact\"]\nurl = \"/contact\"\n"
        );
        std::fs::write(&main, text).expect("a writable folder");
        let config = Config::load(Some(&main), crate::config::Overrides::default());
        let config = config.expect("a good configuration");
        let rules = &config.sites[0].site.rules;
        let phrase = |text| Phrase::new(text).expect("a phrase");
        assert!(rules.is_stop_word(&phrase("the")));
        let tv = phrase("tv");
        let found: Vec<_> = rules.synonyms_of(&tv).map(Phrase::as_str).collect();
        assert_eq!(found, ["television"]);
        let contact = QueryText::new("contact").expect("not blank");
        let rule = rules.for_query(&contact).expect("a rule");
        assert_eq!(rule.redirect.as_deref(), Some("/contact"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let text = r#"
            [sites.rules]
            stop_words = ["", "two words"]
            [[sites.rules.synonyms]]
            words = ["alone"]
            [[sites.rules.synonyms]]
            typed = ["tv"]
        "#;
        assert_eq!(
            problems(text),
            [
                "sites[0].rules.synonyms[0]: `words` needs at least two that mean the same",
                "sites[0].rules.synonyms[1]: needs `words`, or `typed` and `found`",
            ]
        );
        let text = r#"
            [sites.rules]
            stop_words = ["", "two words"]
            [[sites.rules.pins]]
            queries = ["socks"]
            objects = [" "]
        "#;
        assert_eq!(
            problems(text),
            [
                "sites[0].rules.stop_words[0]: is empty",
                "sites[0].rules.stop_words[1]: is not one word",
                "sites[0].rules.pins[0].objects[0]: is no identity of an object",
            ]
        );
    }

    #[test]
    fn a_file_that_is_not_there_or_no_rules_is_told() {
        let missing = problems("rules_file = \"/nowhere/rules.toml\"\n");
        assert_eq!(missing.len(), 1);
        assert!(missing[0].starts_with("sites[0].rules_file: /nowhere/rules.toml: cannot be read"));

        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("rules.toml");
        std::fs::write(&file, "\n[[synonym]]\n").expect("a writable folder");
        let unknown = problems(&format!("rules_file = {:?}\n", file.to_string_lossy()));
        assert!(
            unknown[0].contains("line 2: unknown field `synonym`"),
            "{unknown:?}"
        );

        let long = "x".repeat(super::FILE_BYTES_MAX as usize + 1);
        std::fs::write(&file, long).expect("a writable folder");
        let large = problems(&format!("rules_file = {:?}\n", file.to_string_lossy()));
        assert!(large[0].contains("larger than"), "{large:?}");
    }

    #[test]
    fn an_unknown_key_of_a_rule_is_an_error() {
        let text = "[[sites.rules.pins]]\nqueries = [\"a\"]\nobjects = [\"b\"]\nposition = 1\n";
        assert!(problems(text)[0].contains("position"));
    }
}
