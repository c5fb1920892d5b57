//! What of a text people see: descriptions are HTML, and feeds escape them once or twice. Invariants: two
//! words that a browser shows apart stay apart, and a text without `<` and `&` is seen as it is, for nothing.

use std::borrow::Cow;
use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use crate::domain::TextForm;
use crate::domain::html::{is_inline, is_unseen};

/// What people see of a text of an object.
pub(in crate::engine) fn seen(text: &str, form: TextForm) -> Cow<'_, str> {
    match form {
        TextForm::Markup => visible(text),
        TextForm::Plain => Cow::Borrowed(text),
    }
}

/// The text without its markup, entities as the characters they mean. What was escaped once more, by a feed
/// that escaped what was escaped already, is read once more: entities are then what they mean, and tags are
/// tags where there is an end tag or a line break among them. Otherwise a `<` that was escaped is a sign.
pub(in crate::engine) fn visible(text: &str) -> Cow<'_, str> {
    if !may_be_markup(text) {
        return Cow::Borrowed(text);
    }
    let once = shown(unwrapped(text), Tags::AsBrowsers);
    if !may_be_markup(&once) {
        return Cow::Owned(once);
    }
    let tags = if is_escaped_markup(&once) {
        Tags::AllApart
    } else {
        Tags::AreText
    };
    Cow::Owned(shown(&once, tags))
}

fn may_be_markup(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'<' | b'&'))
}

/// Without the section of an XML feed that got into the value: to browsers it would be a comment.
fn unwrapped(text: &str) -> &str {
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix("<![CDATA[");
    inner.map_or(text, |inner| inner.strip_suffix("]]>").unwrap_or(inner))
}

/// What becomes of tags.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// Blocks end words, inline tags do not.
    AsBrowsers,
    /// Every tag ends a word: to a browser they are text.
    AllApart,
    /// They are no tags: entities alone are read.
    AreText,
}

fn shown(text: &str, tags: Tags) -> String {
    let mut escaped = String::new();
    let text = if tags == Tags::AreText {
        escaped.reserve(text.len());
        for c in text.chars() {
            match c {
                '<' => escaped.push_str("&lt;"),
                c => escaped.push(c),
            }
        }
        escaped.as_str()
    } else {
        text
    };
    let mut out = String::with_capacity(text.len());
    // Elements that are not shown, of which one is open.
    let mut unseen: Option<Vec<u8>> = None;
    let callback = |event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } if unseen.is_none() => {
                if is_unseen(name) {
                    unseen = Some(name.to_vec());
                }
                push_gap(&mut out, name, tags);
            }
            CallbackEvent::EndTag { name } => {
                if unseen.as_deref() == Some(name) {
                    unseen = None;
                } else if unseen.is_none() {
                    push_gap(&mut out, name, tags);
                }
            }
            CallbackEvent::String { value } if unseen.is_none() => {
                out.push_str(&String::from_utf8_lossy(value));
            }
            _ => {}
        }
        None
    };
    let mut emitter = CallbackEmitter::new(callback);
    emitter.naively_switch_states(true);
    match Tokenizer::new_with_emitter(text, emitter).finish() {
        Ok(()) => {}
        Err(never) => match never {},
    }
    out
}

fn push_gap(out: &mut String, element: &[u8], tags: Tags) {
    let ends_words = tags == Tags::AllApart || !is_inline(element);
    if ends_words && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Whether a text that was escaped is markup, and not one with a `<` in it: something in it is closed, or
/// breaks a line.
fn is_escaped_markup(text: &str) -> bool {
    let mut tags = text.split('<').skip(1);
    tags.any(|behind| {
        let Some((tag, _)) = behind.split_once('>') else {
            return false;
        };
        let name = tag.trim_start_matches('/');
        let name_bytes = name
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(name.len());
        let name = name[..name_bytes].to_ascii_lowercase();
        let is_closing = tag.starts_with('/');
        let breaks = matches!(name.as_str(), "br" | "hr" | "img");
        (is_closing && is_known(&name)) || breaks
    })
}

/// Elements that descriptions are made of.
fn is_known(element: &str) -> bool {
    const PHRASES: [&str; 26] = [
        "a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins",
        "kbd", "mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
        "style",
    ];
    PHRASES.contains(&element) || !is_inline(element.as_bytes()) || is_unseen(element.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> String {
        let seen = visible(text);
        let words: Vec<&str> = seen.split_whitespace().collect();
        words.join(" ")
    }

    #[test]
    fn markup_is_no_text() {
        for (html, seen) in [
            ("plain", "plain"),
            (
                "<p class=\"helvetica\">Wool <strong>socks</strong></p>",
                "Wool socks",
            ),
            ("w<b>oo</b>l", "wool"),
            ("<td>red</td><td>blue</td>", "red blue"),
            ("one<br>two<br/>three", "one two three"),
            ("a<img src=x alt='no'>b", "a b"),
            (
                "<style>p{color:red}</style>x<script>if(a<b)c()</script>",
                "x",
            ),
            ("x<!-- strong > comment -->y", "xy"),
            ("<title>no</title><textarea>yes</textarea>", "yes"),
            (
                "Caf&eacute; &#039;n&#x27; &amp; Wool&nbsp;socks",
                "Café 'n' & Wool socks",
            ),
            ("Caf&amp;eacute; &amp;amp; co", "Café & co"),
            (
                "&lt;p&gt;Wool&lt;br&gt;&lt;b&gt;socks&lt;/b&gt;&lt;/p&gt;",
                "Wool socks",
            ),
            ("5 &lt; 6 &gt; 3", "5 < 6 > 3"),
            ("a&lt;b and c&gt;d", "a<b and c>d"),
            ("5 < 6, <3, AT&T R&D", "5 < 6, <3, AT&T R&D"),
            ("<![CDATA[Wool <i>socks</i>]]>", "Wool socks"),
            ("<P>ŽLUŤOUČKÝ</P>kůň", "ŽLUŤOUČKÝ kůň"),
        ] {
            assert_eq!(words(html), seen, "{html}");
        }
    }

    proptest! {
        #[test]
        fn hostile_markup_does_no_harm(text in "\\PC{0,60}", html in "(<|>|&|;|/|!|-|\\[|script|b|p|a=|'|\"| |#x|amp|lt|\u{0}|ž){0,60}") {
            for text in [text, html] {
                let seen = visible(&text);
                prop_assert!(seen.len() <= 2 * text.len() + 8);
                let _ = visible(&seen);
            }
        }

        /// Words of their own blocks, cells and lines, as a browser shows them.
        #[test]
        fn words_that_are_shown_apart_stay_apart(
            parts in prop::collection::vec(("[a-z]{1,5}", "(p|div|li|td|h2|tr|option|blockquote)", 0..5_usize), 1..8),
        ) {
            let (mut html, mut expected) = (String::new(), Vec::new());
            for (word, element, way) in &parts {
                let written = match way {
                    0 => format!("<{element}>{word}</{element}>"),
                    1 => format!("<{element} class='a>b' id=\"<p>\">{word}"),
                    2 => format!("<br>{word}<hr/>"),
                    3 => format!(" <b>{word}</b>&nbsp;"),
                    _ => format!("</{element}>{word}<!-- > --><{element}>"),
                };
                html.push_str(&written);
                expected.push(word.as_str());
            }
            prop_assert_eq!(words(&html), expected.join(" "));
            // And so they do when a feed escaped them, whether they are taken for tags or for signs.
            let escaped = html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let seen = words(&escaped);
            let seen: Vec<&str> = seen.split(|c: char| !c.is_alphanumeric()).collect();
            for word in &expected {
                prop_assert!(seen.contains(word), "{:?} {}", seen, word);
            }
        }

        #[test]
        fn words_go_on_in_inline_tags(head in "[a-z]{1,4}", tail in "[a-z]{1,4}", tag in "(b|i|em|strong|span|a|u|mark|wbr|x-y)") {
            prop_assert_eq!(words(&format!("{head}<{tag} a=b>{tail}</{tag}>")), format!("{head}{tail}"));
        }

        #[test]
        fn text_without_markup_is_as_it_is(text in "[^<&]{0,40}") {
            prop_assert_eq!(visible(&text), text.as_str());
        }
    }
}
