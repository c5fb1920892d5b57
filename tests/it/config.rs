//! The example file is what the README points to: it loads, names every key, and shows the defaults.

use std::collections::BTreeSet;

use crate::support::vetrina;
use vetrina::config::Config;
use vetrina::domain::QueryText;

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The example with the one key set that has no default.
fn example() -> Config {
    Config::from_toml(EXAMPLE).expect("the example file is good")
}

#[test]
fn the_example_file_shows_the_defaults() {
    let site_only = "[[sites]]\ntracker_id = \"1234-5678\"\nprivate_key = \"change me\"\n";
    let defaults = Config::from_toml(site_only).expect("one site is all that must be set");
    assert_eq!(format!("{:?}", example()), format!("{defaults:?}"));
}

/// Keys are read off the error for an unknown key, which lists the ones there are.
#[test]
fn the_example_file_names_every_key() {
    let shown: BTreeSet<&str> = EXAMPLE
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
        .map(|(key, _)| key)
        .collect();
    let sections = [
        "sites",
        "admin",
        "browse",
        "limits",
        "throttle",
        "product_sync",
        "sources",
        "affects",
        "storage",
        "events",
        "files",
        "log",
        "rules",
        "synonyms",
        "redirects",
        "pins",
        "hides",
        "swiftype",
        "keys",
        "opensearch",
    ];
    for section in [
        "",
        "[[sites]]",
        "[[sites]]\n[sites.rules]",
        "[[sites]]\n[[sites.rules.synonyms]]",
        "[[sites]]\n[[sites.rules.redirects]]",
        "[[sites]]\n[[sites.rules.pins]]",
        "[swiftype]",
        "[[swiftype.keys]]",
        "[admin]",
        "[browse]",
        "[limits]",
        "[throttle]",
        "[product_sync]",
        "[[product_sync.sources]]",
        "[storage]",
        "[events]",
        "[files]",
        "[log]",
        "[opensearch]",
    ] {
        let error =
            Config::from_toml(&format!("{section}\nno_such_key = 1\n")).expect_err("unknown key");
        let message = error.to_string();
        let (_, known) = message.split_once("expected one of ").unwrap_or_else(|| {
            message
                .split_once("expected ")
                .expect("the error lists the keys")
        });
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(
            !known.is_empty(),
            "{section}: no list of keys in `{message}`"
        );
        for key in known.iter().filter(|key| !sections.contains(key)) {
            assert!(
                shown.contains(key),
                "`{key}` of {section} is not in config.example.toml"
            );
        }
    }
}

#[test]
fn the_rules_of_the_example_are_good() {
    let (before, rules) = EXAMPLE.split_once("\n[sites.rules]").expect("a section");
    let (rules, after) = rules.split_once("\n[swiftype]").expect("another section");
    let of_rules =
        |line: &&str| line.starts_with("[[") || line.contains(" = [") || line.contains("://");
    let lines = rules.lines().map(|line| line.trim_start_matches("# "));
    let rules: Vec<&str> = lines.filter(of_rules).collect();
    let text = format!(
        "{before}\n[sites.rules]\n{}\n[swiftype]{after}",
        rules.join("\n")
    );
    let config = Config::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let rules = &config.sites[0].site.rules;
    let rule = |query| rules.for_query(&QueryText::new(query).expect("not blank"));
    assert_eq!(rules.typed_phrases().count(), 4);
    assert!(rule("contact").expect("a rule").redirect.is_some());
    let socks = rule("socks").expect("a rule");
    assert_eq!((socks.pinned.len(), socks.hidden.len()), (2, 1));
}

#[test]
fn problems_are_told_on_standard_error_and_the_server_does_not_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("vetrina.toml");
    std::fs::write(&file, "listen = \"nowhere\"\ndate_tolerance_s = 0\n")
        .expect("a writable folder");
    let mut command = vetrina(&["serve", "--config"]);
    let output = command
        .arg(&file)
        .env("VETRINA_LOG__FORMAT", "xml")
        .output();
    let output = output.expect("the binary starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    for key in ["listen", "date_tolerance_s", "sites", "log.format"] {
        assert!(
            errors.contains(&format!("{key}: ")),
            "{key} is missing in {errors}"
        );
    }
    assert!(output.stdout.is_empty());
}
