//! Whoever is woken by an alert finds out what it means and what to do.

use std::collections::BTreeSet;

use super::read;

#[test]
fn every_alert_has_a_paragraph() {
    let rules = read("deploy/alerts.yml");
    let names: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let told = read("docs/operations.md");
    let mut titles = BTreeSet::new();
    let sections = told.split("\n#### `Vetrina").skip(1);
    for section in sections {
        let (name, words) = section.split_once("`\n").expect("a title is a line");
        let words = words.split("\n#").next().unwrap_or_default();
        assert!(words.split_whitespace().count() >= 25, "{name}: {words}");
        titles.insert(format!("Vetrina{name}"));
    }
    let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
    assert_eq!(names, titles);
}
