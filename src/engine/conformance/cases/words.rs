//! Words as they are typed: misspelled, begun, said in other words; what is told of them; and what belongs to the result of
//! several (docs/reference/05-search.md §6).

use std::sync::Arc;

use crate::domain::{
    AnswerMemory, CorrectedWord, HighlightRequest, LastWord, Projection, Quicksearch, ResultSet,
    RuleLists, SearchQuery, SearchResults, ShownName, Site, SynonymsEntry, TakesRoom, TextPart,
    Typos,
};
use crate::engine::conformance::objects::{
    Ascending, Draft, category, filters, integer, object_type, product, site_of, sort_keys, text,
};
use crate::engine::conformance::shop::{Shop, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    what_is_misspelled_is_found_and_told,
    typos_are_tolerated_told_or_nobodys_affair,
    an_article_code_is_no_misspelling_of_another,
    what_begins_so_is_found,
    the_site_says_other_words,
    what_is_met_is_marked,
    marks_are_of_the_whole_object_whatever_is_shown,
    what_is_called_so_comes_first,
    what_is_hidden_is_found,
    suggestions_say_which_words_they_have,
    suggestions_that_are_nearly_the_same_make_room,
    categories_are_suggested_by_what_they_lead_to,
    what_is_misspelled_goes_beside_enough_that_is_right,
    most_words_belong_to_few_with_all,
    numbers_and_the_most_telling_word_are_never_missed,
    what_is_in_a_category_called_so_is_all_of_it,
    each_type_has_a_result_of_its_own,
    titles_that_say_what_was_typed_and_resemble_others_come_first,
];

fn titled(titles: &[&str]) -> Vec<Draft> {
    titles
        .iter()
        .map(|title| product(title).titled(title))
        .collect()
}

fn narrow(typed: &str) -> SearchQuery {
    SearchQuery {
        result_set: ResultSet::Narrow,
        ..text(typed)
    }
}

fn begun(typed: &str) -> SearchQuery {
    SearchQuery {
        last_word: LastWord::Begun,
        ..text(typed)
    }
}

/// `wool>Wolle`, a dropped word as `-word`.
fn correction(found: &SearchResults) -> String {
    let words = found
        .correction
        .iter()
        .flat_map(|correction| &correction.words);
    let words = words.map(|word| match word {
        CorrectedWord::Kept(word) => word.clone(),
        CorrectedWord::Replaced { typed, by } => format!("{typed}>{by}"),
        CorrectedWord::Dropped(word) => format!("-{word}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

async fn sorted<B: Backend>(shop: &Shop<B>, query: &SearchQuery) -> String {
    let mut found = shop.find(query).await;
    found.sort_unstable();
    found.join(", ")
}

async fn what_is_misspelled_is_found_and_told<B: Backend>() {
    let shop = Shop::<B>::with(titled(&[
        "Žlutý kůň",
        "Headphones",
        "Grey sofa",
        "Power bank",
    ]))
    .await;
    for (typed, expected, told) in [
        ("zluty", "Žlutý kůň", ""),
        ("zlity", "Žlutý kůň", "zlity>žlutý"),
        ("headphnes", "Headphones", "headphnes>headphones"),
        ("haedphonse", "Headphones", "haedphonse>headphones"),
        // Two edits, one of them at the beginning.
        ("earphones", "Headphones", "earphones>headphones"),
        ("ehadphone", "Headphones", "ehadphone>headphones"),
        ("sfoa", "Grey sofa", "sfoa>sofa"),
        ("sof", "", "-sof"),
        ("grey sofaa qqqq", "Grey sofa", "grey sofaa>sofa -qqqq"),
        ("powerbank", "Power bank", "powerbank>power bank"),
    ] {
        let found = shop.search(&text(typed)).await;
        assert_eq!(identities(&found).join(", "), expected, "{typed}");
        assert_eq!(correction(&found), told, "{typed}");
    }
}

async fn typos_are_tolerated_told_or_nobodys_affair<B: Backend>() {
    let shop = Shop::<B>::with(titled(&["Grey sofa", "Sofas", "Green sofa"])).await;
    for (typos, expected, told) in [
        (Typos::Tolerated, "Green sofa, Grey sofa", "sofaa>sofa"),
        (Typos::Told, "", "sofaa>sofa"),
        (Typos::Off, "", ""),
    ] {
        let query = SearchQuery {
            typos,
            ..text("sofaa")
        };
        let found = sorted(&shop, &query).await;
        assert!(
            found.starts_with(expected) && expected.is_empty() == found.is_empty(),
            "{found}"
        );
        assert_eq!(correction(&shop.search(&query).await), told, "{typos:?}");
    }
    // Nothing else is tried where enough have the words.
    let mut many: Vec<String> = (0..10).map(|at| format!("Red chair {at}")).collect();
    many.push("Red chain".to_owned());
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&many)).await;
    assert_eq!(shop.search(&text("chair")).await.total_hits, 10);
    let shop = Shop::<B>::with(titled(&many[7..])).await;
    assert_eq!(shop.search(&text("chair")).await.total_hits, 4);
}

async fn an_article_code_is_no_misspelling_of_another<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").with("product_code", "ABCDE-FGH"),
        product("b").with("product_code", "ABCDE-FGI"),
        product("c")
            .titled("ABCDE FGH abcde fgh")
            .with("boost", integer(3)),
    ])
    .await;
    let found = shop.search(&text("abcdefgh")).await;
    assert_eq!(identities(&found)[0], "a", "a code is before a boost");
    assert!(found.hits[0].exact);
    assert_eq!(shop.find(&narrow("abcde-fgh")).await[0], "a");
}

async fn what_begins_so_is_found<B: Backend>() {
    let shop = Shop::<B>::with([
        product("sofa").titled("Grey sofa"),
        product("soap").titled("Soap"),
        product("line").titled("Chair").with("color", "sorrel"),
        product("told").titled("Lamp").with(
            "description",
            "Whoever reads beneath it soon forgets that the sun has set, and how late it is for a walk in the woods",
        ),
    ])
    .await;
    for (typed, expected) in [
        ("so", "line, soap, sofa"),
        ("sor", "line"),
        ("sof", "sofa"),
        ("soo", "told"),
        ("gr", "sofa"),
        ("grey so", "sofa"),
        // One letter of the beginning is wrong.
        ("sifa", "sofa"),
        ("grye", "sofa"),
        ("xyz", ""),
    ] {
        let query = SearchQuery {
            result_set: ResultSet::Narrow,
            ..begun(typed)
        };
        assert_eq!(sorted(&shop, &query).await, expected, "{typed}");
    }
    assert_eq!(sorted(&shop, &text("sof")).await, "", "not begun");
    assert_eq!(shop.find(&begun("grey s")).await[0], "sofa");
}

async fn the_site_says_other_words<B: Backend>() {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let lists = RuleLists {
        synonyms: vec![
            SynonymsEntry::Mutual(owned(&["laptop", "notebook"])),
            SynonymsEntry::Mutual(owned(&["tv", "smart telly"])),
        ],
        stop_words: owned(&["cheap"]),
        ..RuleLists::default()
    };
    let shop = Shop::<B>::of(Site {
        rules: Arc::new(lists.into_rules().unwrap()),
        ..site_of("shop-1")
    });
    shop.add(titled(&[
        "Black laptop",
        "Black notebook",
        "Lamp",
        "Smart telly",
        "TV",
        "Smart lock",
    ]))
    .await;
    for (typed, expected) in [
        ("laptop", "Black laptop, Black notebook"),
        ("notebooks", "Black laptop, Black notebook"),
        ("cheap lamp", "Lamp"),
        ("tv", "Smart telly, TV"),
        ("smart telly", "Smart telly, TV"),
    ] {
        assert_eq!(sorted(&shop, &narrow(typed)).await, expected, "{typed}");
    }
    let first = shop.find(&text("notebook")).await;
    assert_eq!(
        first,
        ["Black notebook", "Black laptop"],
        "its own name first"
    );
    let without = SearchQuery {
        uses_rules: false,
        typos: Typos::Off,
        ..narrow("laptop")
    };
    assert_eq!(shop.find(&without).await, ["Black laptop"]);
}

/// What is marked in brackets.
fn marked(found: &SearchResults) -> String {
    let hits = found.hits.iter().flat_map(|hit| &hit.highlights);
    let texts = hits.map(|(name, text)| {
        let parts = text.parts().iter().map(|part| match part {
            TextPart::Plain(text) => text.clone(),
            TextPart::Met(text) => format!("[{text}]"),
        });
        format!("{}: {}", name.as_str(), parts.collect::<String>())
    });
    texts.collect::<Vec<_>>().join("; ")
}

fn highlighted(query: SearchQuery, names: &[&str]) -> SearchQuery {
    let highlight = |name: &&str| HighlightRequest {
        field: ShownName::new(name).unwrap(),
        chars_max: None,
        fallback: false,
    };
    SearchQuery {
        highlights: names.iter().map(highlight).collect(),
        ..query
    }
}

async fn what_is_met_is_marked<B: Backend>() {
    let shop = Shop::<B>::with([product("a")
        .titled("Žluté kolo, red")
        .with("note", "A yellow wheel")
        .with("size", integer(1))])
    .await;
    for (query, expected) in [
        (text("zlute"), "title: [Žluté] kolo, red"),
        (text("zlutr red"), "title: [Žluté] kolo, [red]"),
        (text("wheel"), "note: A yellow [wheel]"),
        (begun("yel"), "note: A [yellow] wheel"),
    ] {
        let query = highlighted(query, &["title", "note", "unknown"]);
        assert_eq!(marked(&shop.search(&query).await), expected);
        let by_size = SearchQuery {
            sort: sort_keys(&[("size", Ascending)]),
            ..query
        };
        assert_eq!(marked(&shop.search(&by_size).await), expected, "sorted");
    }
}

/// Room for all.
#[derive(Debug)]
struct Room;

impl TakesRoom for Room {
    fn take(&self, _: usize) -> bool {
        true
    }

    fn give_back(&self, _: usize) {}
}

async fn marks_are_of_the_whole_object_whatever_is_shown<B: Backend>() {
    let shop = Shop::<B>::with([product("a")
        .titled("Lamp")
        .with("note", "A wobbly one")
        .with("size", integer(1))
        .with("manual", "x ".repeat(50_000).as_str())])
    .await;
    let query = SearchQuery {
        projection: Projection {
            only: Some(["size".to_owned()].into()),
            ..Projection::default()
        },
        memory: AnswerMemory::new(Arc::new(Room)),
        explain: true,
        ..highlighted(text("wobbly"), &["note"])
    };
    let by_size = SearchQuery {
        sort: sort_keys(&[("size", Ascending)]),
        ..query.clone()
    };
    for query in [query, by_size] {
        let found = shop.search(&query).await;
        assert_eq!(marked(&found), "note: A [wobbly] one");
        let words = &found.hits[0].explanation.as_ref().unwrap().words;
        assert_eq!(words[0].attributes, ["note"]);
        let shown = found.hits[0].object.shown();
        assert!(
            shown
                .fields()
                .iter()
                .all(|(name, _)| name.as_str() != "manual")
        );
    }
}

async fn what_is_called_so_comes_first<B: Backend>() {
    let shop = Shop::<B>::with([
        product("long")
            .titled("Red lamp shade")
            .with("boost", integer(1)),
        product("more")
            .titled("Lamp red lamp")
            .with("brand", "Lamp"),
        product("in")
            .titled("Standing light lamp")
            .nesting(category("c", "Lamp")),
        product("so").titled("Lamp"),
    ])
    .await;
    let found = shop.search(&text("lamp")).await;
    let products = identities(&found);
    let place = |name: &str| products.iter().position(|one| one == name).unwrap();
    assert_eq!(place("long"), 0, "a boost is before a name: {products:?}");
    assert!(place("so") < place("more"), "{products:?}");
    assert!(place("in") < place("more"), "{products:?}");
}

async fn what_is_hidden_is_found<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Lamp").with("_note", "zanzibar"),
        product("b").titled("Zanzibar"),
        product("c").titled("Sofa").with("_note", "mombasa"),
    ])
    .await;
    assert_eq!(shop.find(&text("zanzibar")).await, ["b", "a"]);
    let alone = shop.search(&text("mombasa")).await;
    assert_eq!(identities(&alone), ["c"]);
    assert_eq!(correction(&alone), "");
    // Nobody is told of it.
    let misspelled = shop.search(&text("mombsa")).await;
    assert!(misspelled.hits.is_empty());
    assert_eq!(correction(&misspelled), "-mombsa");
}

async fn suggestions_say_which_words_they_have<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Red lamp"),
        product("b").titled("Blue lamp").of_type("article"),
        product("c").titled("Red sofa").of_type("article"),
    ])
    .await;
    let suggest = |typed: &str, types: &[&str]| SearchQuery {
        quicksearch: types
            .iter()
            .map(|name| Quicksearch::new(object_type(name), 5))
            .collect(),
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun(typed)
    };
    let told = async |query: SearchQuery| {
        let found = shop.search(&query).await;
        let hits = found.quicksearch_hits.iter();
        let mut names: Vec<String> = hits
            .map(|hit| hit.object.shown().identity().to_string())
            .collect();
        names.sort_unstable();
        assert!(found.hits.is_empty() && found.total_hits == 0);
        (names.join(" "), found.partial_words.join(" "))
    };
    let both = &["product", "article"];
    assert_eq!(
        told(suggest("red la", both)).await,
        ("a".to_owned(), String::new())
    );
    // Where nothing has all words, some of them are told.
    let some = told(suggest("blue so", &["product", "article"])).await;
    assert_eq!(some.0, "b c");
    let some = told(suggest("green lamp", both)).await;
    assert_eq!(some, ("a b".to_owned(), "lamp".to_owned()));
}

fn suggested(found: &SearchResults) -> String {
    let hits = found.quicksearch_hits.iter();
    let names = hits.map(|hit| hit.object.shown().identity().to_string());
    names.collect::<Vec<_>>().join(" ")
}

async fn suggestions_that_are_nearly_the_same_make_room<B: Backend>() {
    let shop = Shop::<B>::with([
        product("a").titled("Wool socks for men red"),
        product("b").titled("Wool socks for men blue"),
        product("c").titled("Wool socks for men"),
        product("d").titled("Wool hat"),
        product("e").titled("Wool scarf with a long fringe"),
    ])
    .await;
    let suggest = |limit| SearchQuery {
        quicksearch: vec![Quicksearch::new(object_type("product"), limit)],
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun("woo")
    };
    let few = suggested(&shop.search(&suggest(3)).await);
    let alike = ["a", "b", "c"].iter().filter(|name| few.contains(**name));
    assert_eq!(alike.count(), 1, "{few}");
    assert!(few.contains('d') && few.contains('e'), "{few}");
    let all = suggested(&shop.search(&suggest(5)).await);
    assert_eq!(all.len(), "a b c d e".len(), "nothing is left out: {all}");
}

async fn categories_are_suggested_by_what_they_lead_to<B: Backend>() {
    let kinds = ["Wool socks", "Wool hats", "Wool scarves"];
    let of_kinds = [1, 3, 2];
    let categories = kinds
        .iter()
        .map(|kind| product(kind).titled(kind).of_type("category"));
    let products = kinds.iter().zip(of_kinds).flat_map(|(kind, count)| {
        (0..count).map(move |at| product(&format!("{kind} {at}")).with("kind", *kind))
    });
    // What cannot be had leads nowhere.
    let gone = (0..4).map(|at| {
        product(&format!("gone {at}"))
            .with("kind", "Wool socks")
            .with("availability", integer(0))
    });
    let shop = Shop::<B>::with(categories.chain(products).chain(gone)).await;
    let leading = Quicksearch {
        led_to_by: Some("kind".into()),
        ..Quicksearch::new(object_type("category"), 3)
    };
    let query = SearchQuery {
        quicksearch: vec![leading],
        quicksearch_alone: true,
        result_set: ResultSet::Narrow,
        ..begun("wool")
    };
    let found = suggested(&shop.search(&query).await);
    assert_eq!(found, "Wool hats Wool scarves Wool socks");
}

async fn what_is_misspelled_goes_beside_enough_that_is_right<B: Backend>() {
    let four = ["Bank one", "Bank two", "Bank three", "Back four"];
    let shop = Shop::<B>::with(titled(&four)).await;
    assert_eq!(shop.search(&narrow("bank")).await.total_hits, 3);
    assert_eq!(shop.search(&text("bank")).await.total_hits, 4, "wide");
    let shop = Shop::<B>::with(titled(&four[1..])).await;
    assert_eq!(shop.search(&narrow("bank")).await.total_hits, 3, "too few");
}

async fn most_words_belong_to_few_with_all<B: Backend>() {
    let shop = Shop::<B>::with(titled(&[
        "Red wool sock",
        "Red wool hat",
        "Red cotton sock",
        "Blue lamp",
        "Red box",
    ]))
    .await;
    let found = sorted(&shop, &narrow("red wool sock")).await;
    assert!(found.contains("Red wool sock"), "{found}");
    assert!(
        found.contains("Red wool hat") || found.contains("Red cotton sock"),
        "{found}"
    );
    assert!(
        !found.contains("Red box") && !found.contains("Blue lamp"),
        "{found}"
    );
    // Where nothing has enough of the words: what has as much of them as any.
    let found = shop.search(&narrow("blue sock")).await;
    assert!(found.total_hits > 0 && found.total_hits < 4);
    let found = shop.search(&narrow("lamp glove")).await;
    assert_eq!(identities(&found), ["Blue lamp"]);
    assert!(!found.hits[0].exact);
    assert_eq!(correction(&found), "lamp -glove");
}

async fn numbers_and_the_most_telling_word_are_never_missed<B: Backend>() {
    let mut titles = vec![
        "Acme phone case x10",
        "Acme phone case x11",
        "Acme phone strap x10",
    ];
    let others = [
        "Acme phone",
        "Acme case",
        "Acme phone one",
        "Acme phone two",
    ];
    titles.extend(others);
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = sorted(&shop, &narrow("acme phone case x10")).await;
    assert!(found.contains("case x10"), "{found}");
    assert!(
        !found.contains("x11"),
        "another model is another thing: {found}"
    );
    let found = sorted(&shop, &narrow("acme phone strap")).await;
    assert_eq!(found, "Acme phone strap x10");
}

async fn what_is_in_a_category_called_so_is_all_of_it<B: Backend>() {
    let socks = (0..11).map(|at| {
        let name = format!("s{at}");
        product(&name)
            .titled(&format!("Sock {at}"))
            .nesting(category("socks", "Socks"))
    });
    let washing = (0..20).map(|at| {
        let name = format!("w{at}");
        product(&name).titled(&format!("Bag for socks {at}"))
    });
    let shop = Shop::<B>::with(socks.chain(washing)).await;
    let mut query = narrow("socks");
    query.filters.any_of = filters(&["type:product"]);
    let found = shop.find(&query).await;
    assert_eq!(found.len(), 11, "{found:?}");
    assert!(found.iter().all(|name| name.starts_with('s')), "{found:?}");
}

async fn each_type_has_a_result_of_its_own<B: Backend>() {
    let shop = Shop::<B>::with([
        product("p1").titled("Red lamp"),
        product("p2").titled("Blue lamp"),
        product("a1").titled("Red").of_type("article"),
        product("a2").titled("Lamp").of_type("article"),
        product("a3").titled("Sofa").of_type("article"),
    ])
    .await;
    let mut query = narrow("red lamp");
    query.quicksearch = vec![Quicksearch::new(object_type("article"), 5)];
    query.filters.any_of = filters(&["type:product"]);
    let found = shop.search(&query).await;
    assert_eq!(identities(&found), ["p1"]);
    let hits = found.quicksearch_hits.iter();
    let mut names: Vec<String> = hits
        .map(|hit| hit.object.shown().identity().to_string())
        .collect();
    names.sort_unstable();
    assert!(
        !names.is_empty() && !names.contains(&"a3".to_owned()),
        "{names:?}"
    );
}

async fn titles_that_say_what_was_typed_and_resemble_others_come_first<B: Backend>() {
    let mut titles: Vec<String> = (0..12).map(|at| format!("Video projector {at}")).collect();
    titles.insert(0, "Projector lamp for video".to_owned());
    titles.insert(1, "Screen projector video stand holder".to_owned());
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let shop = Shop::<B>::with(titled(&titles)).await;
    let found = shop.find(&text("video projector")).await;
    assert_eq!(found.len(), 14);
    assert!(found[0].starts_with("Video projector"), "{found:?}");
    let place = |name: &str| found.iter().position(|one| one == name).unwrap();
    assert!(place("Projector lamp for video") > 9, "{found:?}");
}
