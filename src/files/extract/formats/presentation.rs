//! PPTX (ECMA-376, part 1, section 19). Invariant: slides come in the order in which they are shown, and hidden ones
//! and notes of the speaker not at all.

use std::io::BufRead;
use std::ops::ControlFlow;

use super::super::Reason;
use super::super::text::Text;
use super::archive::Archive;
use super::xml::{Piece, walk};
use super::{About, properties, relations};

/// Most slides that are read.
const SLIDES_MAX: usize = 10_000;

pub(super) fn read(archive: &mut Archive<'_>, text: &mut Text) -> Result<About, Reason> {
    let mut about = properties::read(archive, "docProps/core.xml");
    let main = relations::main_part(archive, "ppt/presentation.xml")?;
    let related = relations::of(archive, &main)?;
    // Properties say the language of the program that wrote them, as often as not.
    let mut of_words = None;
    for id in slides(archive, &main)? {
        let Some(relation) = related.iter().find(|relation| relation.id == id) else {
            continue;
        };
        if let Some(entry) = archive.entry(&relation.part)? {
            let language = slide(entry, text)?;
            of_words = of_words.or(language);
            text.paragraph();
        }
        if text.is_full() {
            break;
        }
    }
    about.language = of_words.or(about.language);
    Ok(about)
}

/// The relations that lead to the slides.
fn slides(archive: &mut Archive<'_>, main: &str) -> Result<Vec<String>, Reason> {
    let Some(entry) = archive.entry(main)? else {
        return Err(Reason::damaged("it has no list of slides"));
    };
    let mut ids = Vec::new();
    walk(entry, |piece| {
        if let Piece::Open(element) = piece
            && element.name() == "sldId"
        {
            // Beside it there is an `id` of another kind.
            let id = element.prefixed_attribute("r:id");
            ids.extend(id);
        }
        if ids.len() >= SLIDES_MAX {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(ids)
}

/// One slide; gives the language that its first words are said to be in.
fn slide(entry: impl BufRead, text: &mut Text) -> Result<Option<String>, Reason> {
    let mut language = None;
    let (mut is_text, mut fallbacks) = (false, 0_usize);
    walk(entry, |piece| {
        match piece {
            Piece::Open(element) => match element.name() {
                // A slide that is not shown.
                "sld" if matches!(element.attribute("show").as_deref(), Some("0" | "false")) => {
                    return ControlFlow::Break(());
                }
                "Fallback" => fallbacks += 1,
                "t" => is_text = true,
                "br" => text.line(),
                "tab" => text.space(),
                "rPr" if language.is_none() => language = element.attribute("lang"),
                _ => {}
            },
            Piece::Close(name) => match name {
                "Fallback" => fallbacks = fallbacks.saturating_sub(1),
                "t" => is_text = false,
                "p" | "sp" | "graphicFrame" => text.line(),
                _ => {}
            },
            Piece::Text(words) => {
                if is_text && fallbacks == 0 {
                    text.push(words);
                }
            }
        }
        if text.is_full() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    Ok(language)
}
