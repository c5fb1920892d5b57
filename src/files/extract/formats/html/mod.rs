//! HTML as people see it: the elements that the index shows are shown (`domain::html`), and what a document says is
//! navigation or hidden is left out with all that is in it. Invariant: however tags are nested or left open, text is
//! read once, in the order in which it stands.

mod open_elements;

use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use self::open_elements::{OpenElements, Opened};
use super::super::text::{Text, beginning};
use super::About;
use crate::domain::html::is_inline;

/// Most bytes of a title or a heading that are kept.
const TITLE_BYTES_MAX: usize = 4096;
/// How far into a document its charset may be declared; browsers look at the first KiB.
const CHARSET_WITHIN_BYTES: usize = 4096;

/// Reads a page; its title is what it says in `title`.
pub(super) fn read(html: &str, text: &mut Text) -> About {
    let page = page(html, text);
    About {
        title: page.title,
        language: page.language,
    }
}

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: Option<String>,
    pub(super) language: Option<String>,
    /// What its first heading says.
    pub(super) heading: Option<String>,
}

pub(super) fn page(html: &str, text: &mut Text) -> Page {
    let mut reader = PageReader {
        text,
        page: Page::default(),
        tag: Opened::default(),
        attribute: None,
        elements: OpenElements::default(),
        is_in_title: false,
        is_in_heading: false,
    };
    let callback = |event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.see(&event);
        None
    };
    let mut emitter = CallbackEmitter::new(callback);
    emitter.naively_switch_states(true);
    match Tokenizer::new_with_emitter(html, emitter).finish() {
        Ok(()) => {}
        Err(never) => match never {},
    }
    reader.page
}

struct PageReader<'t> {
    text: &'t mut Text,
    page: Page,
    /// The start tag that is being read, and the name of its attribute.
    tag: Opened,
    attribute: Option<Vec<u8>>,
    elements: OpenElements,
    is_in_title: bool,
    is_in_heading: bool,
}

impl PageReader<'_> {
    fn see(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Opened::named(name);
                self.attribute = None;
            }
            CallbackEvent::AttributeName { name } => {
                self.end_attribute(b"");
                self.attribute = Some(name.to_vec());
            }
            CallbackEvent::AttributeValue { value } => self.end_attribute(value),
            CallbackEvent::CloseStartTag { self_closing } => {
                self.end_attribute(b"");
                self.open(*self_closing);
            }
            CallbackEvent::EndTag { name } => self.close(name),
            CallbackEvent::String { value } => self.words(value),
            _ => {}
        }
    }

    /// The attribute that is being read has this value.
    fn end_attribute(&mut self, value: &[u8]) {
        let Some(name) = self.attribute.take() else {
            return;
        };
        self.tag.attribute(&name, value);
        let is_of_page = matches!(self.tag.name.as_slice(), b"html" | b"body");
        let is_language = matches!(name.as_slice(), b"lang" | b"xml:lang");
        if is_of_page && is_language && self.page.language.is_none() {
            self.page.language = Some(String::from_utf8_lossy(value).into_owned());
        }
    }

    fn open(&mut self, is_self_closing: bool) {
        let tag = std::mem::take(&mut self.tag);
        self.elements.end_implied(&tag.name);
        if !self.elements.is_hidden() {
            self.gap(&tag.name);
        }
        match tag.name.as_slice() {
            // That of a picture is a description of it.
            b"title" if !self.elements.is_in_foreign() => {
                self.is_in_title = self.page.title.is_none();
            }
            name if is_heading(name) && !self.elements.is_hidden() => {
                self.is_in_heading = self.page.heading.is_none();
            }
            _ => {}
        }
        self.elements.open(tag, is_self_closing);
    }

    fn close(&mut self, name: &[u8]) {
        let was_hidden = self.elements.is_hidden();
        self.elements.close(name);
        if !was_hidden || !self.elements.is_hidden() {
            self.gap(name);
        }
        if name == b"title" {
            self.is_in_title = false;
        }
        if is_heading(name) {
            self.is_in_heading = false;
        }
    }

    fn words(&mut self, value: &[u8]) {
        let words = String::from_utf8_lossy(value);
        if self.is_in_title {
            keep(&mut self.page.title, &words);
        }
        if self.elements.is_hidden() {
            return;
        }
        if self.is_in_heading {
            keep(&mut self.page.heading, &words);
        }
        if self.elements.is_in_pre() {
            for (number, line) in words.split('\n').enumerate() {
                if number > 0 {
                    self.text.line();
                }
                self.text.push(line);
            }
        } else {
            self.text.push(&words);
        }
    }

    /// What an element is apart from.
    fn gap(&mut self, name: &[u8]) {
        match name {
            b"td" | b"th" | b"img" | b"input" | b"option" => self.text.space(),
            b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"table" | b"ul" | b"ol"
            | b"dl" | b"pre" | b"blockquote" | b"section" | b"article" => self.text.paragraph(),
            name if !is_inline(name) => self.text.line(),
            _ => {}
        }
    }
}

fn keep(kept: &mut Option<String>, words: &str) {
    let kept = kept.get_or_insert_default();
    let room = TITLE_BYTES_MAX.saturating_sub(kept.len());
    kept.push_str(beginning(words, room));
}

fn is_heading(name: &[u8]) -> bool {
    matches!(name, [b'h', b'1'..=b'6'])
}

/// The charset that a page declares in its first bytes, if they are ASCII.
pub(super) fn declared_charset(bytes: &[u8]) -> Option<&str> {
    let head = &bytes[..bytes.len().min(CHARSET_WITHIN_BYTES)];
    let mut rest = head;
    while let Some(at) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[at + 1..];
        let end = rest
            .iter()
            .position(|byte| *byte == b'>')
            .unwrap_or(rest.len());
        let tag = &rest[..end];
        let begins = |name: &[u8]| {
            tag.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let label = if begins(b"meta") {
            label_behind(tag, b"charset")
        } else if begins(b"?xml") {
            label_behind(tag, b"encoding")
        } else {
            None
        };
        if label.is_some() {
            return label;
        }
    }
    None
}

fn label_behind<'b>(tag: &'b [u8], key: &[u8]) -> Option<&'b str> {
    let at = tag
        .windows(key.len())
        .position(|window| window.eq_ignore_ascii_case(key))?;
    let rest = tag[at + key.len()..]
        .trim_ascii_start()
        .strip_prefix(b"=")?;
    let rest = rest.trim_ascii_start();
    let rest = rest
        .strip_prefix(b"\"")
        .or(rest.strip_prefix(b"'"))
        .unwrap_or(rest);
    let is_of_label = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    let end = rest
        .iter()
        .position(|byte| !is_of_label(byte))
        .unwrap_or(rest.len());
    std::str::from_utf8(&rest[..end])
        .ok()
        .filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(html: &str) -> (String, About) {
        let mut text = Text::new(10_000);
        let about = read(html, &mut text);
        (text.finish().0, about)
    }

    #[test]
    fn a_page_is_what_people_see_of_it() {
        for (html, seen) in [
            (
                "<h1>One</h1><p>two<br>three</p>four",
                "One\n\ntwo\nthree\n\nfour",
            ),
            ("w<b>oo</b>l <i>socks</i>", "wool socks"),
            ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
            ("<pre>a  b\n c</pre>", "a b\nc"),
            ("<nav><ul><li>Home<li>Shop</ul></nav>text", "text"),
            ("<div role=navigation>Home</div>text", "text"),
            ("<nav><nav>a</nav>b</nav>text", "text"),
            ("<div hidden>a<div>b</div>c</div>text", "text"),
            ("<p hidden>a<p>text", "text"),
            ("<ul><li hidden>a<li>text</ul>", "text"),
            ("<ul><li hidden>a<ul><li>b</ul>c<li>text</ul>", "text"),
            ("<table><tr><td hidden>a<td>text</table>", "text"),
            ("<p style='color:red; DISPLAY : none'>a</p>text", "text"),
            ("<p hidden=until-found>text</p>", "text"),
            ("<input hidden>text<br hidden>", "text"),
            ("<dialog>a</dialog><dialog open>text</dialog>", "text"),
            (
                "<script>var a = '<p>b</p>'</script><style>p{}</style>text",
                "text",
            ),
            (
                "<template><p>a</p></template><noscript>b</noscript>text",
                "text",
            ),
            ("<textarea>a &lt;b&gt;</textarea>", "a <b>"),
            (
                "<svg><title>a</title><path d='M0'/><text>b</text></svg>c",
                "b\nc",
            ),
            ("<p>a &amp; b&nbsp;&shy;c &lt;d&gt;", "a & b c <d>"),
            ("</div></p>a<b", "a"),
        ] {
            assert_eq!(shown(html).0, seen, "{html}");
        }
    }

    #[test]
    fn title_and_language_are_what_the_page_says() {
        let (text, about) = shown(
            "<!doctype html><html lang=cs-CZ><head><title>Kůň &amp; pes</title><title>b</title>\
             <body lang=en><p>text",
        );
        assert_eq!(text, "text");
        assert_eq!(about.title.as_deref(), Some("Kůň & pes"));
        assert_eq!(about.language.as_deref(), Some("cs-CZ"));
        let (_, about) = shown("<p lang=de>text</p>");
        assert_eq!((about.title, about.language), (None, None));
    }

    #[test]
    fn a_charset_is_declared_in_a_tag() {
        for (html, charset) in [
            ("<meta charset=windows-1250>", Some("windows-1250")),
            (
                "<html><META http-equiv='a' content='text/html; charset=iso-8859-2'>",
                Some("iso-8859-2"),
            ),
            ("<?xml version='1.0' encoding=\"utf-8\"?>", Some("utf-8")),
            ("<p>charset=a <meta name=a content='b'>", None),
            ("<meta charset=", None),
        ] {
            assert_eq!(declared_charset(html.as_bytes()), charset, "{html}");
        }
    }

    proptest! {
        #[test]
        fn hostile_markup_does_no_harm(html in "(<|>|/|p|li|nav|div|table|td| hidden|svg|title|a|b|&|\"|'|=|!|-){0,80}") {
            let (text, _) = shown(&html);
            prop_assert!(text.len() <= html.len() * 2);
        }
    }
}
