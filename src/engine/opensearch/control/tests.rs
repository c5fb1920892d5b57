//! Numbers, what is dead, and what processes do not agree on.

use super::*;

#[test]
fn numbers_behind_a_fence_are_below_all_behind_the_next() {
    let of = |fence| Control {
        fence,
        ..Control::default()
    };
    assert!(of(7).first_number() < of(7).last_number());
    assert_eq!(of(7).last_number() + 1, of(8).first_number());
    assert!(of(1).first_number() > 0, "a version is never nothing");
}

#[test]
fn who_had_an_index_made_twice_in_a_day_is_contested() {
    let made = |language: &str| Made {
        language: language.to_owned(),
        ..Made::default()
    };
    let mut control = Control::default();
    for (at, language) in ["cs", "sk", "cs", "sk"].into_iter().enumerate() {
        assert!(!control.is_contested(&made(language), at as i64), "{at}");
        control.note_turn(made(language), at as i64);
    }
    assert!(control.is_contested(&made("cs"), 9));
    assert!(!control.is_contested(&made("pl"), 9), "they are new");
    assert!(!control.is_contested(&made("cs"), TURNS_KEPT_MS + 2));
    control.note_turn(made("pl"), TURNS_KEPT_MS + 2);
    assert_eq!(control.turns.len(), 2, "a day has passed");
}

#[test]
fn what_comes_behind_a_place_has_a_greater_number() {
    for place in [
        0,
        1,
        (1 << NUMBER_BITS) - 1,
        1 << NUMBER_BITS,
        9 << NUMBER_BITS,
    ] {
        let mut control = Control {
            fence: 3,
            ..Control::default()
        };
        control.number_behind(place);
        assert!(control.fence >= 3);
        control.fence += 1;
        assert!(control.first_number() > place, "{place}");
    }
}

#[test]
fn what_is_dead_is_left_out_of_every_query() {
    let dead = Dead {
        generation: Some("g2".to_owned()),
        among: Among::OfType {
            object_type: "product".to_owned(),
            keeps_refused: true,
        },
        upto: 9,
    };
    let control = Control {
        dead: vec![dead],
        ..Control::default()
    };
    let query = control.alive(&[json!({ "term": { "type": "product" } })], Vec::new());
    let expected = json!({ "bool": {
        "filter": [{ "term": { "type": "product" } }],
        "must_not": [{ "bool": {
            "filter": [
                { "range": { "written": { "lte": 9 } } },
                { "term": { "type": "product" } },
            ],
            "must_not": [
                { "term": { "generation": "g2" } },
                { "term": { "refused.generation": "g2" } },
            ],
        }}],
    }});
    assert_eq!(query, expected);
}

#[test]
fn of_too_many_types_the_oldest_write_is_forgotten() {
    let mut control = Control::default();
    for at in 0..=LAST_WRITES_MAX as i64 {
        control.note_write(&format!("t{at}"), at);
    }
    assert_eq!(control.last_writes.len(), LAST_WRITES_MAX);
    assert!(!control.last_writes.contains_key("t0"));
}
