//! The recipe, step by step.

use super::*;

#[test]
fn more_words_are_better_and_the_title_decides_among_full_matches() {
    let no = Called::OTHERWISE;
    let in_order = [
        MatchQuality::CODE,
        MatchQuality::FULL,
        MatchQuality::new(1.0, 0, no),
        MatchQuality::new(1.0, 1, no),
        MatchQuality::new(1.0, 40, no),
        MatchQuality::new(0.8, 0, no.in_title(true)),
        MatchQuality::new(0.1, 0, no),
    ];
    assert!(in_order.is_sorted_by(|a, b| a > b));
    for called in [
        no.in_title(true),
        Called::new(true, false),
        Called::new(false, true),
    ] {
        assert_eq!(MatchQuality::new(1.0, 0, called), MatchQuality::FULL);
    }
    assert_eq!(MatchQuality::new(0.999_99, 0, no), in_order[2]);
    assert!(!in_order[1].meets_as_much_as(in_order[0]));
    assert!(in_order[2].meets_as_much_as(in_order[1]));
    assert!(!in_order[3].meets_as_much_as(in_order[2]));
}

#[test]
fn what_is_called_so_comes_before_its_kind_and_that_before_what_was_made_for_it() {
    let in_order = [
        Called::new(true, true),
        Called::new(true, false),
        Called::new(false, true),
        Called::OTHERWISE.in_title(true),
        Called::OTHERWISE,
        Called::OTHERWISE.in_title(true).made_for_it(),
        Called::OTHERWISE.made_for_it(),
    ];
    assert!(in_order.is_sorted_by(|a, b| a > b));
    assert!(in_order.iter().all(|called| called.rank() <= Called::MAX));
    for itself in &in_order[..3] {
        assert_eq!(itself.made_for_it(), *itself);
    }
}

#[test]
fn a_title_says_a_word_twice_at_most() {
    assert_eq!(TextField::Title.counted(1), 1);
    assert_eq!(TextField::Title.counted(2), 2);
    assert_eq!(TextField::Title.counted(7), 1);
    assert_eq!(TextField::Everything.counted(7), 7);
}

#[test]
fn a_word_counts_once_by_its_best_field_and_a_little_by_others() {
    let title_only = word_worth([4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let brand_only = word_worth([0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    let both = word_worth([4.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert!(both > title_only && title_only > brand_only);
    assert!(both < title_only + brand_only);
}

#[test]
fn a_line_says_what_a_thing_is_and_a_sentence_or_a_longer_text_tells_of_it() {
    let line = "x".repeat(LINE_BYTES_MAX - 1) + "\n";
    let longer = "x".repeat(LINE_BYTES_MAX) + "\n";
    let sentence = "It keeps working when the tent did not.\n";
    for (attribute, text, values, field) in [
        ("description", line.as_str(), 1, Some(TextField::Line)),
        ("description", longer.as_str(), 1, None),
        ("description", longer.as_str(), 2, Some(TextField::Line)),
        ("description", sentence, 1, None),
        ("product_type", sentence, 1, None),
        ("description", &format!("Tent\n{sentence}"), 2, None),
        ("slogan", sentence, 1, Some(TextField::Attributes)),
        ("title", sentence, 1, Some(TextField::Title)),
    ] {
        assert_eq!(
            field_of(attribute, text, values),
            field,
            "{attribute}: {text}"
        );
    }
}

#[test]
fn unavailable_comes_after_every_rank() {
    let available = Availability::new(Some(1.0), None);
    let ranked = Availability::new(Some(1.0), Some(14.0));
    let unavailable = Availability::new(Some(0.0), Some(3.0));
    assert!(available < ranked && ranked < unavailable);
    assert_eq!(Availability::new(None, None), available);
    assert_eq!(Availability::new(None, Some(15.0)), unavailable);
    assert_eq!(Availability::new(None, Some(f64::MAX)), unavailable);
}

#[test]
fn freshness_fades_over_sixty_days() {
    let now = Timestamp::from_millis(100 * DAY_MS);
    let ago = |days: i64| Some(Timestamp::from_millis((100 - days) * DAY_MS));
    assert!((freshness(ago(0), now) - 1.0).abs() < 1e-6);
    assert!((freshness(ago(30), now) - 0.5).abs() < 1e-6);
    assert!(freshness(ago(60), now).abs() < 1e-6);
    assert!(freshness(ago(99), now).abs() < 1e-6);
    assert!((freshness(ago(-5), now) - 1.0).abs() < 1e-6);
    assert!(freshness(None, now).abs() < 1e-6);
    assert!(lifted(2.0, 1.0, 0.0) > lifted(2.0, 0.0, 0.0));
}

#[test]
fn margins_lift_from_nothing_to_all() {
    for (sent, counts) in [
        (None, 0.0),
        (Some(-3.0), 0.0),
        (Some(0.25), 0.25),
        (Some(26.0), 1.0),
    ] {
        assert!((margin(sent) - counts).abs() < f32::EPSILON, "{sent:?}");
    }
    assert!(lifted(2.0, 0.0, 0.3) > lifted(2.0, 0.0, 0.2));
}

#[test]
fn rare_words_and_short_texts_count_more() {
    assert!(idf(1, 1000) > idf(900, 1000));
    assert!(idf(2000, 1000) > 0.0, "never negative");
    assert!(tf(1, 0.3, 0.7) > tf(1, 3.0, 0.7));
    assert!(tf(3, 1.0, 0.7) > tf(1, 1.0, 0.7));
    assert!(tf(1, 3.0, 0.0) >= tf(1, 0.3, 0.0));
}

#[test]
fn links_are_not_searched() {
    for link in ["web_url", "url", "image_link", "image_link_s", "ancestors"] {
        assert!(!is_searchable(link, false), "{link}");
        assert_eq!(is_searchable(link, true), link != "ancestors", "{link}");
    }
    for text in ["title", "_margin", "description", "Rodzaj cery"] {
        assert!(is_searchable(text, false), "{text}");
    }
}

#[test]
fn boost_counts_from_zero_to_three() {
    assert_eq!(boost(None), 0);
    assert_eq!(boost(Some(2.0)), 2);
    assert_eq!(boost(Some(99.0)), 3);
    assert_eq!(boost(Some(-1.0)), 0);
}
