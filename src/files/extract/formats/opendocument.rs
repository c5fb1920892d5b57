//! ODT and ODS (`OpenDocument` 1.3). Invariant: text is what stands in paragraphs and headings; notes follow what
//! they are to, and what was deleted, hidden or said about the text is none of it.

use std::collections::HashSet;
use std::io::BufRead;
use std::ops::ControlFlow;

use super::super::text::Text;
use super::super::{Format, Reason};
use super::archive::Archive;
use super::xml::{Element, Piece, walk, walk_into};
use super::{About, properties};

/// Most bytes of notes that wait for the end of their paragraph.
const NOTES_BYTES_MAX: usize = 1 << 20;
/// Most styles of hidden tables that are remembered.
const STYLES_MAX: usize = 10_000;

pub(super) fn read(
    format: Format,
    archive: &mut Archive<'_>,
    text: &mut Text,
) -> Result<About, Reason> {
    let mut about = properties::read(archive, "meta.xml");
    // Properties say the language of the program that wrote them, as often as not.
    about.language = language(archive).or(about.language);
    let Some(entry) = archive.entry("content.xml")? else {
        return Err(Reason::damaged("it has no content"));
    };
    content(entry, format == Format::Ods, text)?;
    Ok(about)
}

/// The language of the document's default style.
fn language(archive: &mut Archive<'_>) -> Option<String> {
    let entry = archive.entry("styles.xml").ok()??;
    let mut found = None;
    let _ = walk(entry, |piece| {
        if let Piece::Open(element) = piece
            && element.name() == "text-properties"
            && let Some(language) = element.prefixed_attribute("fo:language")
        {
            let country = element.prefixed_attribute("fo:country");
            let country = country.filter(|country| country != "none");
            found =
                Some(country.map_or(language.clone(), |country| format!("{language}-{country}")));
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    found.filter(|language| language != "none")
}

fn content(entry: impl BufRead, is_sheet: bool, text: &mut Text) -> Result<(), Reason> {
    let mut state = State {
        is_sheet,
        ..State::default()
    };
    walk_into(text, entry, |piece, text| match piece {
        Piece::Open(element) => state.open(element, text),
        Piece::Close(name) => state.close(name, text),
        Piece::Text(words) => state.text(words, text),
    })
}

#[derive(Default)]
struct State {
    is_sheet: bool,
    /// How many paragraphs are open: those in a frame are within another one.
    paragraphs: usize,
    /// How many elements are open of which nothing is shown: any element within one counts.
    skipped: usize,
    /// Within a note, and what notes said.
    note: usize,
    notes: String,
    /// The style that is being defined, and those of tables that are not shown.
    style: Option<String>,
    hidden_styles: HashSet<String>,
}

impl State {
    fn open(&mut self, element: &Element<'_>, text: &mut Text) {
        let name = element.name();
        if self.skipped > 0 || self.is_skipped(element) {
            self.skipped += 1;
            return;
        }
        match name {
            "style" => self.style = element.prefixed_attribute("style:name"),
            "table-properties" => {
                let is_hidden =
                    element.prefixed_attribute("table:display").as_deref() == Some("false");
                if is_hidden && self.hidden_styles.len() < STYLES_MAX {
                    self.hidden_styles.extend(self.style.take());
                }
            }
            "p" | "h" => self.paragraphs += 1,
            "note-body" => self.note += 1,
            "s" | "tab" => self.gap(text, Text::space),
            "line-break" => self.gap(text, Text::line),
            "table" if self.is_sheet => {
                text.paragraph();
                text.push(&element.prefixed_attribute("table:name").unwrap_or_default());
                text.line();
            }
            _ => {}
        }
    }

    fn is_skipped(&self, element: &Element<'_>) -> bool {
        match element.name() {
            "tracked-changes" | "annotation" | "note-citation" | "forms" | "ruby-text" => true,
            "hidden-text" | "hidden-paragraph" | "section" => {
                let hides = |name| element.prefixed_attribute(name);
                hides("text:is-hidden").as_deref() == Some("true")
                    || hides("text:display").as_deref() == Some("none")
            }
            "table" => {
                let style = element.prefixed_attribute("table:style-name");
                style.is_some_and(|style| self.hidden_styles.contains(&style))
            }
            _ => false,
        }
    }

    fn close(&mut self, name: &str, text: &mut Text) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "p" | "h" => {
                self.paragraphs = self.paragraphs.saturating_sub(1);
                if self.note > 0 {
                    self.notes.push('\n');
                } else if self.is_sheet {
                    // Cells of a row stand in a line.
                    text.space();
                } else {
                    self.end_paragraph(name, text);
                }
            }
            "note-body" => self.note = self.note.saturating_sub(1),
            "table-row" => text.line(),
            "table" | "list" => text.paragraph(),
            _ => {}
        }
    }

    fn end_paragraph(&mut self, name: &str, text: &mut Text) {
        if name == "h" {
            text.paragraph();
        } else {
            text.line();
        }
        if self.paragraphs == 0 && !self.notes.is_empty() {
            for line in std::mem::take(&mut self.notes).lines() {
                text.push(line);
                text.line();
            }
        }
    }

    fn gap(&mut self, text: &mut Text, gap: fn(&mut Text)) {
        if self.note > 0 {
            self.notes.push(' ');
        } else {
            gap(text);
        }
    }

    fn text(&mut self, words: &str, text: &mut Text) {
        if self.paragraphs == 0 || self.skipped > 0 {
            return;
        }
        if self.note == 0 {
            text.push(words);
        } else if self.notes.len() < NOTES_BYTES_MAX {
            self.notes.push_str(words);
        }
    }
}
