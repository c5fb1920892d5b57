//! Objects with values that occur nowhere else, in every place where a shop may hide one.

use serde_json::{Map, Value, json};

use crate::support::Chance;

/// In every hidden name that is made here, and in no other.
pub(super) const MARK: &str = "_hid";

/// Hidden names that mean something, and are in no answer either.
pub(super) const MEANINGFUL: [&str; 3] = ["_margin", "_variant_preference", "_product_code"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Date,
    Point,
    Boolean,
}

const KINDS: [Kind; 5] = [
    Kind::Word,
    Kind::Number,
    Kind::Date,
    Kind::Point,
    Kind::Boolean,
];

/// What was hidden, and how searches call where.
pub(super) struct Canaries<'a> {
    chance: &'a mut Chance,
    count: u64,
    /// Texts to look for in answers.
    pub(super) texts: Vec<String>,
    /// Those among them that are words a query may have.
    pub(super) words: Vec<String>,
    /// Paths and values, as a filter has them.
    pub(super) filters: Vec<(String, String)>,
    pub(super) paths: Vec<String>,
}

impl<'a> Canaries<'a> {
    pub(super) fn new(chance: &'a mut Chance) -> Self {
        Self {
            chance,
            count: 0,
            texts: Vec::new(),
            words: Vec::new(),
            filters: Vec::new(),
            paths: Vec::new(),
        }
    }

    /// Twelve letters, unlike every other canary.
    fn word(&mut self) -> String {
        let mut word = String::from("xq");
        for _ in 0..5 {
            word.push(b"bdfgjkmpvz"[self.chance.below(10) as usize] as char);
            word.push(b"aeiou"[self.chance.below(5) as usize] as char);
        }
        self.words.push(word.clone());
        word
    }

    /// A value of a kind, and what of it would be found in an answer.
    fn value(&mut self, kind: Kind) -> (Value, Option<String>) {
        self.count += 1;
        let nine_digits = 731_000_000 + 1_000 * self.count + self.chance.below(1_000);
        match kind {
            Kind::Word => {
                let word = self.word();
                (json!(word), Some(word))
            }
            Kind::Number => (json!(nine_digits), Some(nine_digits.to_string())),
            Kind::Date => {
                let year = 2071 + self.count % 900;
                let day = format!(
                    "{year}-{:02}-{:02}",
                    1 + self.count % 12,
                    1 + self.count % 28
                );
                (json!(format!("{day}T05:26:53+00:00")), Some(day))
            }
            Kind::Point => {
                let digits = nine_digits.to_string();
                let lat: f64 = format!("41.{digits}").parse().expect("a number");
                (json!({"lat": lat, "lon": 17.0}), Some(digits))
            }
            Kind::Boolean => (json!(true), None),
        }
    }

    /// Attributes or inner keys of all kinds, some of the time each. `path` is what searches put before
    /// their names.
    fn hide(&mut self, place: &str, path: &str, into: &mut Map<String, Value>) {
        for kind in KINDS {
            if self.chance.below(4) == 0 && kind != Kind::Word {
                continue;
            }
            let name = format!("{MARK}_{place}_{kind:?}");
            let (value, found) = self.value(kind);
            if let (Some(text), Kind::Word) = (value.as_str(), kind) {
                self.filters
                    .push((format!("{path}{name}"), text.to_owned()));
            }
            self.texts.extend(found);
            self.note(format!("{path}{name}"));
            into.insert(name, value);
        }
    }

    fn note(&mut self, path: String) {
        if !self.paths.contains(&path) {
            self.paths.push(path);
        }
    }

    /// The same with what is shown.
    fn fields(&mut self, place: &str, path: &str, shown: Value) -> Value {
        let Value::Object(mut fields) = shown else {
            panic!("fields are an object");
        };
        self.hide(place, path, &mut fields);
        Value::Object(fields)
    }

    /// A margin, whose digits are a canary.
    fn margin(&mut self) -> f64 {
        self.count += 1;
        let digits = 73_100 + self.count;
        self.texts.push(format!("0.{digits}"));
        format!("0.{digits}").parse().expect("a number")
    }

    fn variant(&mut self, identity: &str) -> Value {
        let special = self.fields("vi", "nested_variant_special.", json!({"material": "felt"}));
        let mut fields = self.fields(
            "variant",
            "nested_variant_",
            json!({"title": format!("Lantern variant {identity}"), "special": special}),
        );
        self.count += 1;
        let preference = 731_000_000 + self.count;
        self.texts.push(preference.to_string());
        fields["_variant_preference"] = preference.into();
        json!({"identity": identity, "type": "variant", "fields": fields})
    }

    /// A product with something hidden everywhere.
    pub(super) fn product(&mut self, identity: &str) -> Value {
        let list = self.fields("list", "special.deep.list.", json!({"step": "one"}));
        let mut deep = self.fields("deep", "special.deep.", json!({"fine": "brushed"}));
        deep["list"] = json!([list]);
        let mut special = self.fields("inner", "special.", json!({"material": "wool"}));
        special["deep"] = deep;
        let under = json!({"plain": self.word()});
        self.texts.extend(self.words.last().cloned());
        self.note(format!("{MARK}_map.plain"));
        let parts = [
            self.fields("part", "parts.", json!({"name": "bolt"})),
            json!({"name": "nut"}),
        ];
        let ancestor = self.fields("ancestor", "nested_category_", json!({"title": "Home"}));
        let beside = self.word();
        self.texts.push(beside.clone());
        let category = self.fields("category", "nested_category_", json!({"title": "Lamps", "ancestors": [
            {"identity": "cat-home", "type": "category", "fields": ancestor},
            {"identity": "cat-light", "type": "category", "title": "Light", "_hid_beside": beside},
        ]}));
        let brand = self.fields("brand", "nested_brand_", json!({"title": "Acme"}));
        let colour = self.fields("colour", "color_main.", json!({"name": "red"}));
        let mut fields = self.fields(
            "top",
            "",
            json!({
                "title": format!("Lantern {identity}"), "material": "glass", "on_sale": true,
                "special": special, "parts": parts, "color_main": colour,
                "_hid_map": under, "price": "2.90 EUR",
            }),
        );
        fields["_margin"] = self.margin().into();
        self.count += 1;
        let code = format!("QX{}", 7_310_000 + self.count);
        self.texts.push(code.to_lowercase());
        fields["_product_code"] = code.into();
        json!({
            "identity": identity, "type": "product", "fields": fields,
            "nested": [
                {"identity": "cat-lamps", "type": "category", "fields": category},
                {"identity": "brand-acme", "type": "brand", "fields": brand},
                self.variant(&format!("{identity}-s")), self.variant(&format!("{identity}-m")),
            ],
        })
    }

    /// A document of the Swiftype API.
    pub(super) fn document(&mut self, external_id: &str) -> Value {
        let mut fields = vec![json!({"name": "title", "type": "string", "value": "Lantern tale"})];
        for (kind, word) in [
            (Kind::Word, "string"),
            (Kind::Number, "integer"),
            (Kind::Date, "date"),
        ] {
            let name = format!("{MARK}_doc_{kind:?}");
            let (value, found) = self.value(kind);
            self.texts.extend(found);
            self.note(name.clone());
            fields.push(json!({"name": name, "type": word, "value": value}));
        }
        json!({"external_id": external_id, "fields": fields})
    }
}

/// Another spelling, one letter off.
pub(super) fn misspelled(word: &str) -> String {
    let at = word.len() / 2;
    let letter = if word.as_bytes()[at] == b'l' {
        "r"
    } else {
        "l"
    };
    format!("{}{letter}{}", &word[..at], &word[at + 1..])
}
