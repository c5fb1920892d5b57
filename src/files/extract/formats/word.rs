//! DOCX (ECMA-376, part 1, section 17). Invariant: what is deleted, moved away or hidden in a document is no text of it.

use std::io::BufRead;

use super::super::Reason;
use super::super::text::Text;
use super::archive::Archive;
use super::xml::{Element, Piece, walk_into};
use super::{About, properties, relations};

/// Parts that are shown besides the text itself, in the order in which they are read.
const BESIDE: [&str; 4] = ["footnotes", "endnotes", "header", "footer"];

pub(super) fn read(archive: &mut Archive<'_>, text: &mut Text) -> Result<About, Reason> {
    let mut about = properties::read(archive, "docProps/core.xml");
    let main = relations::main_part(archive, "word/document.xml")?;
    let mut related = relations::of(archive, &main)?;
    // Properties say the language of the program that wrote them, as often as not.
    let styles = related.iter().find(|relation| relation.kind == "styles");
    let styles = styles.map(|relation| relation.part.clone());
    let of_styles =
        styles.and_then(|styles| properties::first_attribute(archive, &styles, "lang", "w:val"));
    about.language = of_styles.or(about.language);
    let Some(entry) = archive.entry(&main)? else {
        return Err(Reason::damaged("it has no text part"));
    };
    part(entry, text)?;
    related.retain(|relation| BESIDE.contains(&relation.kind.as_str()));
    related.sort_by_key(|relation| BESIDE.iter().position(|kind| *kind == relation.kind));
    related.dedup_by(|one, other| one.part == other.part);
    for relation in related {
        if let Some(entry) = archive.entry(&relation.part)?
            && !text.is_full()
        {
            text.paragraph();
            part(entry, text)?;
        }
    }
    Ok(about)
}

/// One part with text.
fn part(entry: impl BufRead, text: &mut Text) -> Result<(), Reason> {
    let mut state = State::default();
    walk_into(text, entry, |piece, text| match piece {
        Piece::Open(element) => state.open(element, text),
        Piece::Close(name) => state.close(name, text),
        Piece::Text(words) => state.text(words, text),
    })
}

#[derive(Default)]
struct State {
    /// Within an element whose content is text.
    is_text: bool,
    /// The run is not shown.
    is_hidden: bool,
    /// How many elements are open of which nothing is shown.
    skipped: usize,
}

impl State {
    fn open(&mut self, element: &Element<'_>, text: &mut Text) {
        let name = element.name();
        if is_skipped(name) {
            self.skipped += 1;
        }
        if self.skipped > 0 {
            return;
        }
        match name {
            "t" => self.is_text = true,
            "r" => self.is_hidden = false,
            "vanish" => {
                let value = element.attribute("val");
                self.is_hidden = !matches!(value.as_deref(), Some("0" | "false" | "off"));
            }
            "tab" | "ptab" => text.space(),
            "br" | "cr" => text.line(),
            "noBreakHyphen" if !self.is_hidden => text.push("-"),
            _ => {}
        }
    }

    fn close(&mut self, name: &str, text: &mut Text) {
        if is_skipped(name) {
            self.skipped = self.skipped.saturating_sub(1);
        }
        match name {
            "t" => self.is_text = false,
            // What is said of the mark at the end of a paragraph is no run's.
            "r" | "pPr" => self.is_hidden = false,
            "p" => text.line(),
            "tbl" => text.paragraph(),
            _ => {}
        }
    }

    fn text(&self, words: &str, text: &mut Text) {
        if self.is_text && !self.is_hidden && self.skipped == 0 {
            text.push(words);
        }
    }
}

/// `Fallback` says again, for old programs, what `Choice` says.
fn is_skipped(name: &str) -> bool {
    matches!(name, "Fallback" | "moveFrom" | "del" | "instrText")
}
