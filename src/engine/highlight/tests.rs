//! Marks as a reader of the results would set them.

use rstest::rstest;

use super::*;

/// The text with what is met in brackets, by words the dictionary was asked for.
fn marked(language: Language, terms: &[&str], begun: Option<&str>, text: &str) -> String {
    let terms = terms.iter().map(|&term| term.to_owned());
    let marker = Marker::new(terms, begun.map(str::to_owned), language);
    MarkedText::new(text, &marker.met(text)).to_html("[", "]")
}

#[rstest]
#[case(&["wool"], "Wool socks, WOOL-lined", "[Wool] socks, [WOOL]-lined")]
#[case(&["zluty"], "Žlutý kůň (žlutý)", "[Žlutý] kůň ([žlutý])")]
#[case(&["zluty"], "Z\u{30c}luty\u{301} kůň", "[Z\u{30c}luty\u{301}] kůň")]
#[case(&["tshirt"], "A t-shirt.", "A [t-shirt].")]
#[case(&["shirt"], "A t-shirt.", "A t-[shirt].")]
#[case(&["15inch"], "43 cm (15 in) wide", "43 cm ([15 in]) wide")]
#[case(&["500ml"], "500 ml", "[500 ml]")]
#[case(&["500", "ml"], "500 ml", "[500] [ml]")]
#[case(&["c#"], "C# in (C#), c", "[C#] in ([C#]), c")]
#[case(&[".net"], "the .NET way", "the [.NET] way")]
#[case(&["s9+"], "Galaxy S9+.", "Galaxy [S9+].")]
#[case(&["s9"], "Galaxy S9+.", "Galaxy [S9]+.")]
#[case(&["5x80"], "Screw 5 x 80 mm", "Screw [5 x 80] mm")]
#[case(&["1000"], "1 000 pieces", "[1 000] pieces")]
#[case(&["hitman"], "Hitman™ 2", "[Hitman]™ 2")]
#[case(&["woollen"], "wool\u{ad}len socks", "[wool\u{ad}len] socks")]
#[case(&["2.9"], "2.9 l", "[2.9] l")]
#[case(&["京"], "東京 Tower", "東[京] Tower")]
#[case(&["東", "京"], "東京", "[東京]")]
#[case(&["iphone"], "iPhone手机", "[iPhone手机]")]
#[case(&["none"], "Wool socks", "Wool socks")]
#[case(&[], "", "")]
fn words_are_marked_where_the_index_finds_them(
    #[case] terms: &[&str],
    #[case] text: &str,
    #[case] expected: &str,
) {
    assert_eq!(marked(Language::Any, terms, None, text), expected);
}

#[test]
fn other_forms_are_marked_by_their_stems() {
    let stems: Vec<String> = analysis::query_words("socks", Language::English, 9)
        .into_iter()
        .flat_map(|word| word.stems)
        .flat_map(|stem| [stem.clone(), format!("{}{stem}", analysis::MARK)])
        .collect();
    let stems: Vec<&str> = stems.iter().map(String::as_str).collect();
    assert_eq!(
        marked(Language::English, &stems, None, "Sock for socks"),
        "[Sock] for [socks]"
    );
}

#[test]
fn a_begun_word_marks_all_that_begin_so() {
    assert_eq!(
        marked(Language::Any, &["red"], Some("so"), "Red SOCKS, sofa, also"),
        "[Red] [SOCKS], [sofa], also"
    );
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_marked(text in "\\PC{0,60}", word in "[a-z0-9]{1,4}") {
        let marked = marked(Language::Czech, &[&word], Some(&word), &text);
        let plain: String = MarkedText::new(&text, &[]).to_html("", "");
        proptest::prop_assert!(marked.len() >= plain.len());
    }
}
