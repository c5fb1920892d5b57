//! Words as they are typed: misspelled, begun, said in other words; and what is told of them
//! (docs/reference/05-search.md §6).

use std::sync::Arc;

use crate::domain::{
    AnswerMemory, HighlightRequest, Projection, ResultSet, RuleLists, SearchQuery, SearchResults,
    ShownName, Site, SynonymsEntry, TakesRoom, TextPart, Typos,
};
use crate::engine::conformance::objects::{
    Ascending, begun, category, integer, narrow, product, site_of, sort_keys, text, titled,
};
use crate::engine::conformance::shop::{Shop, correction, identities};
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![
    scored:
    what_is_misspelled_is_found_and_told,
    typos_are_tolerated_told_or_nobodys_affair,
    an_article_code_is_before_what_has_only_its_letters,
    an_article_code_with_digits_is_before_what_is_called_so,
    no_word_with_digits_is_a_misspelling,
    what_begins_so_is_found,
    what_begins_so_is_no_title_where_few_titles_begin_so,
    the_site_says_other_words,
    what_is_met_is_marked,
    marks_are_of_the_whole_object_whatever_is_shown,
    what_is_called_so_comes_first,
    words_that_say_the_same_are_looked_for_side_by_side,
    what_says_little_else_comes_first,
    what_is_hidden_is_found,
];

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
        let found = shop.find_sorted(&query).await;
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

async fn an_article_code_is_before_what_has_only_its_letters<B: Backend>() {
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
}

async fn an_article_code_with_digits_is_before_what_is_called_so<B: Backend>() {
    let shop = Shop::<B>::with([
        product("called")
            .titled("GSB 18V 55 gsb18v55")
            .with("boost", integer(3)),
        product("it")
            .titled("Drill")
            .with("product_code", "GSB 18V-55"),
    ])
    .await;
    for typed in ["gsb18v55", "GSB 18V-55", "gsb-18v 55"] {
        let found = shop.search(&text(typed)).await;
        assert_eq!(identities(&found), ["it", "called"], "{typed}");
        assert!(found.hits[0].exact);
    }
}

async fn no_word_with_digits_is_a_misspelling<B: Backend>() {
    let shop = Shop::<B>::with(titled(&["Zanz1bar", "Kalimba"])).await;
    for (typed, expected) in [("zanzibar", ""), ("kalimbu", "Kalimba")] {
        assert_eq!(shop.find_sorted(&text(typed)).await, expected, "{typed}");
    }
}

async fn what_begins_so_is_found<B: Backend>() {
    let shop = Shop::<B>::with([
        product("sofa").titled("Grey sofa"),
        product("soap").titled("Soap"),
        product("line").titled("Chair").with("color", "sorrel"),
        product("drum").titled("Kalimbaphone"),
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
        // And it is longer than what is misspelled could be.
        ("kalmi", "drum"),
        ("xyz", ""),
    ] {
        let query = SearchQuery {
            result_set: ResultSet::Narrow,
            ..begun(typed)
        };
        assert_eq!(shop.find_sorted(&query).await, expected, "{typed}");
    }
    assert_eq!(shop.find_sorted(&text("sof")).await, "", "not begun");
    assert_eq!(shop.find(&begun("grey s")).await[0], "sofa");
}

async fn what_begins_so_is_no_title_where_few_titles_begin_so<B: Backend>() {
    let horses = (0..10).map(|at| product(&format!("h{at}")).with("color", "sorrel"));
    let dish = product("dish").titled("Dish").with("for", "soap");
    let soap = product("soap").titled("Soap");
    let shop = Shop::<B>::with(horses.chain([dish, soap])).await;
    assert_eq!(shop.search(&begun("so")).await.total_hits, 12);
    let soap = |at| product(&format!("s{at}")).titled(&format!("Soap {at}"));
    shop.add((0..9).map(soap)).await;
    let sofa = product("sofa").titled("Sofa");
    shop.add([sofa.with("note", "A sorrel one")]).await;
    let found = shop.search(&begun("so")).await;
    assert_eq!(found.total_hits, 11, "titles are enough");
    let hits = identities(&found);
    assert!(hits.iter().all(|hit| hit.starts_with('s')), "{hits:?}");
    // Whatever begins so is marked.
    let query = highlighted(begun("so"), &["note"]);
    let marked = marked(&shop.search(&query).await);
    assert_eq!(marked, "note: A [sorrel] one");
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
        assert_eq!(shop.find_sorted(&narrow(typed)).await, expected, "{typed}");
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

async fn what_says_little_else_comes_first<B: Backend>() {
    let shop = Shop::<B>::with(titled(&[
        "Red woollen lamp for tall people in small rooms",
        "Red woollen lamp",
        "Straw hat",
    ]))
    .await;
    let found = shop.find(&text("woollen")).await;
    assert_eq!(found[0], "Red woollen lamp");
    assert_eq!(found.len(), 2);
}

async fn words_that_say_the_same_are_looked_for_side_by_side<B: Backend>() {
    const LONG: &str = "Whoever reads beneath it soon forgets that the sun has set, and how late it is for a walk in the woods \
                        behind the house, where nobody has been since the spring of that year";
    let lists = RuleLists {
        synonyms: vec![SynonymsEntry::Mutual(vec![
            "tv".to_owned(),
            "smart telly".to_owned(),
        ])],
        ..RuleLists::default()
    };
    let shop = Shop::<B>::of(Site {
        rules: Arc::new(lists.into_rules().unwrap()),
        ..site_of("shop-1")
    });
    shop.add([
        product("apart")
            .titled("Smart lock")
            .with("description", "A telly. Of two sentences."),
        product("it")
            .titled("Smart telly")
            .with("description", LONG),
    ])
    .await;
    assert_eq!(shop.find(&text("tv")).await, ["it", "apart"]);
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
