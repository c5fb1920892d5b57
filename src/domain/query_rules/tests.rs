//! What rules say of a query, and what is wrong with lists that say nothing clear.

use rstest::rstest;

use super::*;

fn phrase(text: &str) -> Phrase {
    Phrase::new(text).expect("not blank")
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn objects(queries: &[&str], objects: &[&str]) -> ObjectsEntry {
    ObjectsEntry {
        queries: texts(queries),
        objects: texts(objects),
    }
}

fn redirect(queries: &[&str], url: &str) -> RedirectEntry {
    RedirectEntry {
        queries: texts(queries),
        url: url.to_owned(),
    }
}

fn rules(lists: RuleLists) -> QueryRules {
    lists.into_rules().expect("faultless lists")
}

fn faults(lists: RuleLists) -> Vec<(String, RuleFault)> {
    let wrong = lists.into_rules().expect_err("something is wrong");
    wrong
        .into_iter()
        .map(|wrong| (wrong.at, wrong.fault))
        .collect()
}

fn synonyms(rules: &QueryRules, typed: &str) -> Vec<String> {
    let typed = phrase(typed);
    let found = rules.synonyms_of(&typed);
    let mut found: Vec<String> = found.map(|phrase| phrase.as_str().to_owned()).collect();
    found.sort();
    found
}

#[rstest]
#[case("Wool  Socks ", "wool socks")]
#[case("\u{a0}PONOŽKY\t", "ponozky")]
#[case("Ponoz\u{30c}ky", "PONOŽKY")]
#[case("STRASSE", "straße")]
fn queries_are_the_same_but_for_case_accents_and_blanks(#[case] one: &str, #[case] other: &str) {
    assert_eq!(phrase(one), phrase(other));
}

#[rstest]
#[case("wool socks", "woolsocks")]
#[case("wool-socks", "wool socks")]
#[case("sock", "socks")]
fn other_queries_are_others(#[case] one: &str, #[case] other: &str) {
    assert_ne!(phrase(one), phrase(other));
}

#[test]
fn nothing_is_no_phrase() {
    for text in ["", " \t", "\u{301}"] {
        assert_eq!(Phrase::new(text), None, "{text:?}");
    }
}

#[test]
fn synonyms_go_both_ways_or_one() {
    let rules = rules(RuleLists {
        synonyms: vec![
            SynonymsEntry::Mutual(texts(&[
                "Laptop",
                "notebook",
                "portable computer",
                "LAPTOP",
            ])),
            SynonymsEntry::Directed {
                typed: texts(&["laptop", "ultrabook"]),
                found: texts(&["macbook", "laptop"]),
            },
        ],
        ..RuleLists::default()
    });
    let of = |typed| synonyms(&rules, typed);
    assert_eq!(of("laptop"), ["macbook", "notebook", "portable computer"]);
    assert_eq!(of("Portable Computer"), ["laptop", "notebook"]);
    assert_eq!(of("ultrabook"), ["laptop", "macbook"]);
    assert_eq!(of("macbook"), Vec::<String>::new());
    assert_eq!(rules.typed_phrases().count(), 4);
}

#[test]
fn everything_said_of_a_query_is_found_by_it() {
    let rules = rules(RuleLists {
        stop_words: texts(&["Für"]),
        redirects: vec![redirect(&["Contact", "opening hours"], "/contact")],
        pins: vec![objects(&["socks", "Opening Hours"], &["b", "a", "b"])],
        hides: vec![objects(&["socks"], &["c"])],
        ..RuleLists::default()
    });
    assert!(rules.has_stop_words() && rules.is_stop_word(&phrase("FUR")));
    let rule = |query: &str| rules.for_query(&QueryText::new(query).expect("not blank"));
    let hours = rule(" OPENING  hours").expect("a rule");
    assert_eq!(hours.redirect.as_deref(), Some("/contact"));
    let shown: Vec<&str> = hours.pinned.iter().map(Identity::as_str).collect();
    assert_eq!(shown, ["b", "a"]);
    let socks = rule("socks").expect("a rule");
    assert_eq!((socks.redirect.as_ref(), socks.hidden.len()), (None, 1));
    assert_eq!(rule("sock"), None);
    assert_eq!(rule("wool socks"), None);
}

#[test]
fn lists_are_put_together() {
    let mut lists = RuleLists {
        redirects: vec![redirect(&["a"], "/a")],
        ..RuleLists::default()
    };
    lists.append(RuleLists {
        redirects: vec![redirect(&["A"], "/b")],
        ..RuleLists::default()
    });
    let repeated = RuleFault::Repeated("a".to_owned());
    assert_eq!(
        faults(lists),
        [("redirects[1].queries[0]".to_owned(), repeated)]
    );
}

#[test]
fn an_object_is_not_pinned_and_hidden() {
    let lists = RuleLists {
        pins: vec![objects(&["a", "b"], &["x"])],
        hides: vec![objects(&["c", "B"], &["y", "x"])],
        ..RuleLists::default()
    };
    let contradicted = RuleFault::Contradicted("b".to_owned());
    assert_eq!(
        faults(lists),
        [("hides[0].objects".to_owned(), contradicted)]
    );
}

#[test]
fn a_query_has_one_rule_of_a_kind() {
    let lists = RuleLists {
        pins: vec![objects(&["a", "A"], &["x"]), objects(&["a"], &["y"])],
        hides: vec![objects(&["a"], &["z"]), objects(&["a"], &["w"])],
        ..RuleLists::default()
    };
    let repeated = || RuleFault::Repeated("a".to_owned());
    let expected = ["pins[1].queries[0]", "hides[1].queries[0]"];
    assert_eq!(
        faults(lists),
        expected.map(|at| (at.to_owned(), repeated()))
    );
}

#[rstest]
#[case("https://shop.example/sale", true)]
#[case("http://shop.example", true)]
#[case("/sale?a=b#c", true)]
#[case("", false)]
#[case("sale", false)]
#[case("https://", false)]
#[case("//evil.example", false)]
#[case("javascript:alert(1)", false)]
#[case("/two words", false)]
fn a_redirect_leads_to_a_page(#[case] url: &str, #[case] is_good: bool) {
    let lists = RuleLists {
        redirects: vec![redirect(&["a"], url)],
        ..RuleLists::default()
    };
    assert_eq!(lists.into_rules().is_ok(), is_good);
}

#[test]
fn everything_has_a_bound() {
    let many = |count: usize| -> Vec<String> { (0..count).map(|n| n.to_string()).collect() };
    let lists = RuleLists {
        synonyms: vec![
            SynonymsEntry::Mutual(many(QueryRules::SYNONYM_PHRASES_MAX + 1)),
            SynonymsEntry::Mutual(texts(&[
                "one two three four five six seven eight nine",
                "x",
            ])),
            SynonymsEntry::Mutual(vec!["x".repeat(Phrase::BYTES_MAX + 1), "y".to_owned()]),
        ],
        stop_words: many(QueryRules::STOP_WORDS_MAX + 1),
        never_suggested: many(QueryRules::NEVER_SUGGESTED_MAX + 1),
        redirects: vec![redirect(
            &["a"],
            &format!("/{}", "x".repeat(QueryRules::URL_BYTES_MAX)),
        )],
        pins: vec![ObjectsEntry {
            queries: many(QueryRules::QUERIES_MAX + 1),
            objects: many(QueryRules::PINNED_MAX + 1),
        }],
        hides: vec![ObjectsEntry {
            queries: texts(&["hidden"]),
            objects: [many(QueryRules::HIDDEN_MAX), vec!["x".repeat(1025)]].concat(),
        }],
    };
    let too_many = |max| RuleFault::TooMany { max };
    let too_long = |bytes_max| RuleFault::TooLong { bytes_max };
    let expected = [
        (
            "synonyms[0].words",
            too_many(QueryRules::SYNONYM_PHRASES_MAX),
        ),
        (
            "synonyms[1].words[0]",
            RuleFault::TooManyWords {
                max: Phrase::WORDS_MAX,
            },
        ),
        ("synonyms[2].words[0]", too_long(Phrase::BYTES_MAX)),
        ("stop_words", too_many(QueryRules::STOP_WORDS_MAX)),
        ("never_suggested", too_many(QueryRules::NEVER_SUGGESTED_MAX)),
        ("redirects[0].url", too_long(QueryRules::URL_BYTES_MAX)),
        ("pins[0].objects", too_many(QueryRules::PINNED_MAX)),
        ("pins[0].queries", too_many(QueryRules::QUERIES_MAX)),
        ("hides[0].objects", too_many(QueryRules::HIDDEN_MAX)),
    ];
    assert_eq!(
        faults(lists),
        expected.map(|(at, fault)| (at.to_owned(), fault))
    );
}

#[test]
fn empty_entries_are_told() {
    let lists = RuleLists {
        synonyms: vec![SynonymsEntry::Directed {
            typed: Vec::new(),
            found: texts(&[" "]),
        }],
        stop_words: texts(&["a b"]),
        pins: vec![objects(&[], &["\n"])],
        ..RuleLists::default()
    };
    let expected = [
        ("synonyms[0].typed", RuleFault::Empty),
        ("synonyms[0].found[0]", RuleFault::Empty),
        ("stop_words[0]", RuleFault::NotOneWord),
        ("pins[0].objects[0]", RuleFault::NotAnIdentity),
        ("pins[0].queries", RuleFault::Empty),
    ];
    assert_eq!(
        faults(lists),
        expected.map(|(at, fault)| (at.to_owned(), fault))
    );
}
