//! Hex codes of colours (docs/reference/04-data-layout.md §5): the names of CSS and those common in clothing.
//! Invariant: the table is sorted, names in it are lower-case letters only.

use std::borrow::Cow;

/// The hex code of a colour value: `White` is `#ffffff`, `Sky~#87ceeb` is what it says.
pub fn color_code(value: &str) -> Option<Cow<'_, str>> {
    if let Some((_, hex)) = split_code(value) {
        return Some(match hex.strip_prefix('#') {
            Some(_) => Cow::Borrowed(hex),
            None => Cow::Owned(format!("#{hex}")),
        });
    }
    // `Light Blue`, `light-blue` and `lightblue` are one colour.
    let name: String = value
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_'))
        .take(NAME_CHARS_MAX + 1)
        .flat_map(char::to_lowercase)
        .collect();
    let at = CODES.binary_search_by_key(&name.as_str(), |(known, _)| known);
    at.ok().map(|at| Cow::Borrowed(CODES[at].1))
}

/// The name in a `name~hex` value, for display.
pub fn color_label(value: &str) -> Option<&str> {
    split_code(value).map(|(label, _)| label)
}

fn split_code(value: &str) -> Option<(&str, &str)> {
    let (label, hex) = value.rsplit_once('~')?;
    let digits = hex.strip_prefix('#').unwrap_or(hex);
    let is_code = matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_code.then_some((label, hex))
}

/// No name in the table is longer, so no more of a value is looked at.
const NAME_CHARS_MAX: usize = 24;

#[rustfmt::skip]
const CODES: [(&str, &str); 178] = [
    ("aliceblue", "#f0f8ff"),
    ("amber", "#ffbf00"),
    ("anthracite", "#383e42"),
    ("antiquewhite", "#faebd7"),
    ("apricot", "#fbceb1"),
    ("aqua", "#00ffff"),
    ("aquamarine", "#7fffd4"),
    ("azure", "#f0ffff"),
    ("beige", "#f5f5dc"),
    ("bisque", "#ffe4c4"),
    ("black", "#000000"),
    ("blanchedalmond", "#ffebcd"),
    ("blue", "#0000ff"),
    ("blueviolet", "#8a2be2"),
    ("bronze", "#cd7f32"),
    ("brown", "#a52a2a"),
    ("burgundy", "#800020"),
    ("burlywood", "#deb887"),
    ("cadetblue", "#5f9ea0"),
    ("camel", "#c19a6b"),
    ("champagne", "#f7e7ce"),
    ("charcoal", "#36454f"),
    ("chartreuse", "#7fff00"),
    ("chocolate", "#d2691e"),
    ("copper", "#b87333"),
    ("coral", "#ff7f50"),
    ("cornflowerblue", "#6495ed"),
    ("cornsilk", "#fff8dc"),
    ("cream", "#fffdd0"),
    ("crimson", "#dc143c"),
    ("cyan", "#00ffff"),
    ("darkblue", "#00008b"),
    ("darkcyan", "#008b8b"),
    ("darkgoldenrod", "#b8860b"),
    ("darkgray", "#a9a9a9"),
    ("darkgreen", "#006400"),
    ("darkgrey", "#a9a9a9"),
    ("darkkhaki", "#bdb76b"),
    ("darkmagenta", "#8b008b"),
    ("darkolivegreen", "#556b2f"),
    ("darkorange", "#ff8c00"),
    ("darkorchid", "#9932cc"),
    ("darkred", "#8b0000"),
    ("darksalmon", "#e9967a"),
    ("darkseagreen", "#8fbc8f"),
    ("darkslateblue", "#483d8b"),
    ("darkslategray", "#2f4f4f"),
    ("darkslategrey", "#2f4f4f"),
    ("darkturquoise", "#00ced1"),
    ("darkviolet", "#9400d3"),
    ("deeppink", "#ff1493"),
    ("deepskyblue", "#00bfff"),
    ("denim", "#1560bd"),
    ("dimgray", "#696969"),
    ("dimgrey", "#696969"),
    ("dodgerblue", "#1e90ff"),
    ("ecru", "#c2b280"),
    ("emerald", "#50c878"),
    ("firebrick", "#b22222"),
    ("floralwhite", "#fffaf0"),
    ("forestgreen", "#228b22"),
    ("fuchsia", "#ff00ff"),
    ("gainsboro", "#dcdcdc"),
    ("ghostwhite", "#f8f8ff"),
    ("gold", "#ffd700"),
    ("goldenrod", "#daa520"),
    ("graphite", "#41424c"),
    ("gray", "#808080"),
    ("green", "#008000"),
    ("greenyellow", "#adff2f"),
    ("grey", "#808080"),
    ("honeydew", "#f0fff0"),
    ("hotpink", "#ff69b4"),
    ("indianred", "#cd5c5c"),
    ("indigo", "#4b0082"),
    ("ivory", "#fffff0"),
    ("jade", "#00a86b"),
    ("khaki", "#f0e68c"),
    ("lavender", "#e6e6fa"),
    ("lavenderblush", "#fff0f5"),
    ("lawngreen", "#7cfc00"),
    ("lemonchiffon", "#fffacd"),
    ("lightblue", "#add8e6"),
    ("lightcoral", "#f08080"),
    ("lightcyan", "#e0ffff"),
    ("lightgoldenrodyellow", "#fafad2"),
    ("lightgray", "#d3d3d3"),
    ("lightgreen", "#90ee90"),
    ("lightgrey", "#d3d3d3"),
    ("lightpink", "#ffb6c1"),
    ("lightsalmon", "#ffa07a"),
    ("lightseagreen", "#20b2aa"),
    ("lightskyblue", "#87cefa"),
    ("lightslategray", "#778899"),
    ("lightslategrey", "#778899"),
    ("lightsteelblue", "#b0c4de"),
    ("lightyellow", "#ffffe0"),
    ("lilac", "#c8a2c8"),
    ("lime", "#00ff00"),
    ("limegreen", "#32cd32"),
    ("linen", "#faf0e6"),
    ("magenta", "#ff00ff"),
    ("maroon", "#800000"),
    ("mauve", "#e0b0ff"),
    ("mediumaquamarine", "#66cdaa"),
    ("mediumblue", "#0000cd"),
    ("mediumorchid", "#ba55d3"),
    ("mediumpurple", "#9370db"),
    ("mediumseagreen", "#3cb371"),
    ("mediumslateblue", "#7b68ee"),
    ("mediumspringgreen", "#00fa9a"),
    ("mediumturquoise", "#48d1cc"),
    ("mediumvioletred", "#c71585"),
    ("midnightblue", "#191970"),
    ("mint", "#98ff98"),
    ("mintcream", "#f5fffa"),
    ("mistyrose", "#ffe4e1"),
    ("moccasin", "#ffe4b5"),
    ("mustard", "#ffdb58"),
    ("navajowhite", "#ffdead"),
    ("navy", "#000080"),
    ("navyblue", "#000080"),
    ("nude", "#e3bc9a"),
    ("offwhite", "#faf9f6"),
    ("oldlace", "#fdf5e6"),
    ("olive", "#808000"),
    ("olivedrab", "#6b8e23"),
    ("orange", "#ffa500"),
    ("orangered", "#ff4500"),
    ("orchid", "#da70d6"),
    ("palegoldenrod", "#eee8aa"),
    ("palegreen", "#98fb98"),
    ("paleturquoise", "#afeeee"),
    ("palevioletred", "#db7093"),
    ("papayawhip", "#ffefd5"),
    ("peach", "#ffe5b4"),
    ("peachpuff", "#ffdab9"),
    ("peru", "#cd853f"),
    ("petrol", "#005f6a"),
    ("pink", "#ffc0cb"),
    ("plum", "#dda0dd"),
    ("powderblue", "#b0e0e6"),
    ("purple", "#800080"),
    ("rebeccapurple", "#663399"),
    ("red", "#ff0000"),
    ("rose", "#ff007f"),
    ("rosegold", "#b76e79"),
    ("rosybrown", "#bc8f8f"),
    ("royalblue", "#4169e1"),
    ("rust", "#b7410e"),
    ("saddlebrown", "#8b4513"),
    ("salmon", "#fa8072"),
    ("sand", "#c2b280"),
    ("sandybrown", "#f4a460"),
    ("seagreen", "#2e8b57"),
    ("seashell", "#fff5ee"),
    ("sienna", "#a0522d"),
    ("silver", "#c0c0c0"),
    ("skyblue", "#87ceeb"),
    ("slateblue", "#6a5acd"),
    ("slategray", "#708090"),
    ("slategrey", "#708090"),
    ("snow", "#fffafa"),
    ("springgreen", "#00ff7f"),
    ("steelblue", "#4682b4"),
    ("tan", "#d2b48c"),
    ("taupe", "#483c32"),
    ("teal", "#008080"),
    ("thistle", "#d8bfd8"),
    ("tomato", "#ff6347"),
    ("turquoise", "#40e0d0"),
    ("violet", "#ee82ee"),
    ("wheat", "#f5deb3"),
    ("white", "#ffffff"),
    ("whitesmoke", "#f5f5f5"),
    ("wine", "#722f37"),
    ("yellow", "#ffff00"),
    ("yellowgreen", "#9acd32"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_entry_of_it_is_found() {
        assert!(CODES.is_sorted_by(|(a, _), (b, _)| a < b));
        for (name, code) in CODES {
            assert_eq!(color_code(name).as_deref(), Some(code), "{name}");
            assert!(name.len() <= NAME_CHARS_MAX, "{name}");
        }
    }

    #[test]
    fn a_color_is_found_however_its_words_are_joined() {
        for name in ["White", "WHITE", " white "] {
            assert_eq!(color_code(name).as_deref(), Some("#ffffff"), "{name}");
        }
        for name in ["Light Blue", "light-blue", "LightBlue", "light_blue"] {
            assert_eq!(color_code(name).as_deref(), Some("#add8e6"), "{name}");
        }
        for name in ["", "blueish", "white white", "~", "rainbow~unicorn"] {
            assert_eq!(color_code(name), None, "{name}");
        }
    }

    #[test]
    fn a_code_sent_with_its_name_is_taken_as_sent() {
        assert_eq!(color_code("Sea~#00AAbb").as_deref(), Some("#00AAbb"));
        assert_eq!(color_code("Sea~00AAbb").as_deref(), Some("#00AAbb"));
        assert_eq!(color_code("Red~#f00").as_deref(), Some("#f00"));
        assert_eq!(color_label("Sea~#00AAbb"), Some("Sea"));
        assert_eq!(color_label("Sea"), None);
    }
}
