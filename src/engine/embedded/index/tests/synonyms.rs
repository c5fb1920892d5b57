//! What a site says about words: synonyms and stop words.

use super::*;
use crate::domain::{RuleLists, SynonymsEntry};

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

impl Catalog {
    fn wording(mut self, synonyms: Vec<SynonymsEntry>, stop_words: &[&str]) -> Self {
        let lists = RuleLists {
            synonyms,
            stop_words: owned(stop_words),
            ..RuleLists::default()
        };
        self.site.rules = Arc::new(lists.into_rules().unwrap());
        self
    }
}

fn mutual(words: &[&str]) -> SynonymsEntry {
    SynonymsEntry::Mutual(owned(words))
}

fn titled(titles: &[&str]) -> Catalog {
    let objects = titles
        .iter()
        .map(|title| product(title).with("title", *title).object());
    Catalog::of(objects)
}

/// Titles found, sorted, and whether all were full matches.
fn found(catalog: &Catalog, q: &str) -> (String, bool) {
    let found = catalog.search(&text(q));
    let mut titles = catalog.identities(&found);
    titles.sort_unstable();
    (titles.join(", "), found.hits.iter().all(|hit| hit.exact))
}

#[test]
fn each_word_of_a_mutual_entry_finds_all() {
    let catalog = titled(&["Black laptop", "Black notebook", "Black lamp"])
        .wording(vec![mutual(&["laptop", "notebook"])], &[]);
    let both = ("Black laptop, Black notebook".to_owned(), true);
    for q in ["laptop", "notebook", "LAPTOPS"] {
        assert_eq!(found(&catalog, q), both, "{q}");
    }
    let hits = catalog.find(&text("black notebook"));
    assert_eq!(
        hits[..2],
        ["Black notebook", "Black laptop"],
        "own name first"
    );
    assert_eq!(hits[2..], ["Black lamp"], "some words last");
}

#[test]
fn a_directed_entry_finds_one_way() {
    let directed = SynonymsEntry::Directed {
        typed: owned(&["trousers"]),
        found: owned(&["jeans"]),
    };
    let catalog = titled(&["Trousers", "Jeans"]).wording(vec![directed], &[]);
    assert_eq!(found(&catalog, "trousers").0, "Jeans, Trousers");
    assert_eq!(found(&catalog, "jeans").0, "Jeans");
}

#[test]
fn phrases_are_met_whole_on_either_side() {
    let catalog = titled(&[
        "SSD 1 TB",
        "Solid State Drive",
        "Drive",
        "Solid Oak",
        "Red car",
    ])
    .wording(vec![mutual(&["ssd", "solid state drive"])], &[]);
    let both = "SSD 1 TB, Solid State Drive";
    assert_eq!(found(&catalog, "ssd").0, both);
    let hits = catalog.search(&text("solid-state drive"));
    let exact: Vec<&str> = catalog
        .identities(&hits)
        .into_iter()
        .zip(&hits.hits)
        .filter(|(_, hit)| hit.exact)
        .map(|(identity, _)| identity)
        .collect();
    assert_eq!(exact, ["Solid State Drive", "SSD 1 TB"]);
    assert_eq!(
        found(&catalog, "state").0,
        "Solid State Drive",
        "no part of it"
    );
}

#[test]
fn a_search_may_leave_the_rules_out() {
    let catalog = titled(&["Laptop", "Notebook", "The end"])
        .wording(vec![mutual(&["laptop", "notebook"])], &["the"]);
    let plain = |q| SearchQuery {
        uses_rules: false,
        ..text(q)
    };
    assert_eq!(catalog.find(&plain("laptop")), ["Laptop"]);
    assert_eq!(catalog.find(&plain("the laptop")).len(), 2);
}

#[test]
fn stop_words_are_left_out_where_others_are_left() {
    let catalog = titled(&["Case for laptop", "Laptop", "Made for Walking"])
        .wording(Vec::new(), &["for", "the"]);
    assert_eq!(
        found(&catalog, "FOR laptop"),
        ("Case for laptop, Laptop".to_owned(), true)
    );
    assert_eq!(
        found(&catalog, "for").0,
        "Case for laptop, Made for Walking"
    );
    assert_eq!(
        found(&catalog, "for xyzzyx").0,
        "Case for laptop, Made for Walking",
        "a query is never emptied"
    );
    assert_eq!(catalog.find(&text("the")), Vec::<&str>::new());
    let correction = catalog.search(&text("the laptop")).correction;
    assert_eq!(correction, None, "what means nothing is not struck");
}
