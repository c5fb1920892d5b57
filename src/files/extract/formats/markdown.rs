//! Markdown (`CommonMark` with tables and notes): read as the page that it becomes. Invariant: what is HTML in it is
//! treated as in a page.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::super::text::Text;
use super::{About, html};

/// Most bytes of the block at its head that tells of the document.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Its title is what the block at its head says, or else its first heading.
pub(super) fn read(markdown: &str, text: &mut Text) -> About {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut head = String::new();
    let mut is_head = false;
    let events = Parser::new_ext(markdown, options).filter(|event| {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => is_head = true,
            Event::End(TagEnd::MetadataBlock(_)) => {
                is_head = false;
                return false;
            }
            Event::Text(words) if is_head && head.len() < HEAD_BYTES_MAX => head.push_str(words),
            _ => {}
        }
        !is_head
    });
    let mut page = String::new();
    pulldown_cmark::html::push_html(&mut page, events);
    let page = html::page(&page, text);
    About {
        title: said(&head, "title").or(page.heading),
        language: said(&head, "lang").or_else(|| said(&head, "language")),
    }
}

/// The value of a key of the outermost level, as far as it stands in one line.
fn said(head: &str, key: &str) -> Option<String> {
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(':'))?;
    let value = value.trim();
    let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    let value = quoted('"').or_else(|| quoted('\'')).unwrap_or(value);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(markdown: &str) -> (String, About) {
        let mut text = Text::new(10_000);
        let about = read(markdown, &mut text);
        (text.finish().0, about)
    }

    #[test]
    fn signs_are_no_text() {
        let (text, about) = shown(
            "# Wool *socks*\n\nSee [the shop](https://shop.example/a_b) and `code`.\nOn.\n\n\
             * one\n* two\n\n| a | b |\n|---|---|\n| c | d |\n\n<nav>no</nav>\n\n```\nfn a() {}\n```\n",
        );
        assert_eq!(
            text,
            "Wool socks\n\nSee the shop and code. On.\n\none\ntwo\n\na b\nc d\n\nfn a() {}"
        );
        assert_eq!(about.title.as_deref(), Some("Wool socks"));
    }

    #[test]
    fn the_head_tells_of_the_document() {
        let (text, about) = shown("---\ntitle: \"A: b\"\nlang: cs\ntags: [c]\n---\n\n# Heading\n");
        assert_eq!(text, "Heading");
        assert_eq!(about.title.as_deref(), Some("A: b"));
        assert_eq!(about.language.as_deref(), Some("cs"));
    }
}
