//! How parts of a document lead to each other (ECMA-376, part 2). Invariant: a path never leads out of the archive, and
//! what lies elsewhere is not followed.

use std::ops::ControlFlow;

use super::super::Reason;
use super::archive::Archive;
use super::xml::{Piece, walk};

/// Where a part leads to.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) id: String,
    /// The end of the name of its type, as in `officeDocument`.
    pub(super) kind: String,
    /// The name of the other part.
    pub(super) part: String,
}

/// Most that are read of one part.
const RELATIONS_MAX: usize = 20_000;

/// Where a part leads to; the empty name is the document itself.
pub(super) fn of(archive: &mut Archive<'_>, part: &str) -> Result<Vec<Relation>, Reason> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    let mut found = Vec::new();
    let Some(entry) = archive.entry(&format!("{prefix}_rels/{name}.rels"))? else {
        return Ok(found);
    };
    walk(entry, |piece| {
        if let Piece::Open(element) = piece
            && element.name() == "Relationship"
            && element.attribute("TargetMode").as_deref() != Some("External")
            && let Some(target) = element.attribute("Target")
        {
            let kind = element.attribute("Type").unwrap_or_default();
            found.push(Relation {
                id: element.attribute("Id").unwrap_or_default(),
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                part: joined(folder, &target),
            });
        }
        if found.len() >= RELATIONS_MAX {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// The part that is the document.
pub(super) fn main_part(archive: &mut Archive<'_>, otherwise: &str) -> Result<String, Reason> {
    let relations = of(archive, "")?;
    let main = relations
        .into_iter()
        .find(|relation| relation.kind == "officeDocument");
    Ok(main.map_or_else(|| otherwise.to_owned(), |main| main.part))
}

/// A target as the name of an entry.
fn joined(folder: &str, target: &str) -> String {
    let path = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stay_within() {
        for (folder, target, part) in [
            ("", "word/document.xml", "word/document.xml"),
            ("ppt", "slides/slide1.xml", "ppt/slides/slide1.xml"),
            ("ppt", "/ppt/slides/slide1.xml", "ppt/slides/slide1.xml"),
            ("ppt/slides", "../media/a.png", "ppt/media/a.png"),
            ("a", "../../../../etc/passwd", "etc/passwd"),
            ("a", "./b//c", "a/b/c"),
        ] {
            assert_eq!(joined(folder, target), part);
        }
    }
}
