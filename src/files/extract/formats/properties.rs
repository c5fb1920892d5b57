//! Title and language of a document of an office. Invariant: what is missing or damaged there takes nothing from the
//! text.

use std::ops::ControlFlow;

use super::About;
use super::archive::Archive;
use super::xml::{Piece, walk};

/// Properties are short; what is longer is not read on.
const VALUE_BYTES_MAX: usize = 4096;

/// What a part with properties says in `dc:title` and `dc:language`, as both families of formats have them.
pub(super) fn read(archive: &mut Archive<'_>, part: &str) -> About {
    let mut about = About::default();
    let Ok(Some(entry)) = archive.entry(part) else {
        return about;
    };
    let mut current: Option<&'static str> = None;
    let mut value = String::new();
    let _ = walk(entry, |piece| {
        match piece {
            Piece::Open(element) => {
                current = match element.name() {
                    "title" => Some("title"),
                    "language" => Some("language"),
                    _ => None,
                };
                value.clear();
            }
            Piece::Text(text) => {
                if current.is_some() && value.len() < VALUE_BYTES_MAX {
                    value.push_str(text);
                }
            }
            Piece::Close(_) => {
                match current {
                    Some("title") => about.title = Some(value.clone()),
                    Some(_) => about.language = Some(value.clone()),
                    None => {}
                }
                current = None;
            }
        }
        ControlFlow::Continue(())
    });
    about
}

/// The value of an attribute of the first element of a name, in a part that may be missing.
pub(super) fn first_attribute(
    archive: &mut Archive<'_>,
    part: &str,
    element_name: &str,
    attribute: &str,
) -> Option<String> {
    let entry = archive.entry(part).ok()??;
    let mut found = None;
    let _ = walk(entry, |piece| {
        if let Piece::Open(element) = piece
            && element.name() == element_name
        {
            found = element.prefixed_attribute(attribute);
        }
        if found.is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    found
}
