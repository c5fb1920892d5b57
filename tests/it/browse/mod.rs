//! The server's own pages: who may look, what they say, and that texts of a catalog stay texts.

mod access;
mod actions;
mod activity;
mod pages;
mod refused;
mod signing;
mod texts;

use crate::support::Answer;

/// What a person reads of a page: its text without tags, blanks as one.
pub(crate) fn read(page: &Answer) -> String {
    let html = page.text();
    let mut text = String::new();
    let mut rest = html.as_str();
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, after) = after.split_once('>').expect("tags end");
        let is_inline = ["a", "mark", "span", "code", "strong", "s"].contains(
            &tag.trim_start_matches('/')
                .split(' ')
                .next()
                .unwrap_or_default(),
        );
        if !is_inline {
            text.push(' ');
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, letter) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, letter);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The address of a link with this text.
#[track_caller]
pub(crate) fn link(page: &Answer, text: &str) -> String {
    let html = page.text();
    let end = format!(">{text}</a>");
    let at = html
        .find(&end)
        .unwrap_or_else(|| panic!("no link `{text}` in {html}"));
    let tag = &html[html[..at].rfind("<a ").expect("a tag")..at];
    let (_, href) = tag.split_once("href=\"").expect("an address");
    let (href, _) = href.split_once('"').expect("it ends");
    href.replace("&#38;", "&")
}
