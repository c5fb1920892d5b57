//! XML as documents of offices use it. Invariants: nothing is declared within a document, so no entity stands for
//! more than a character; and what is nested is bounded.

use std::io::BufRead;
use std::ops::ControlFlow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::super::Reason;
use super::super::text::Text;
use super::archive;

/// Most elements within each other; documents have some thirty.
const DEPTH_MAX: usize = 256;

/// What is met on the way through a document.
pub(super) enum Piece<'p> {
    Open(&'p Element<'p>),
    /// By its name without prefix.
    Close(&'p str),
    Text(&'p str),
}

/// The start of an element.
pub(super) struct Element<'p>(BytesStart<'p>);

impl Element<'_> {
    /// Without its prefix.
    pub(super) fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }

    /// The value of an attribute, by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.find(|key| key.rsplit(':').next() == Some(name))
    }

    /// The value of an attribute, by its name with its prefix.
    pub(super) fn prefixed_attribute(&self, name: &str) -> Option<String> {
        self.find(|key| key == name)
    }

    fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let mut attributes = self.0.attributes();
        let attributes = attributes.with_checks(false);
        let found = attributes
            .map_while(Result::ok)
            .find(|attribute| is_it(attribute.key.as_ref()))?;
        let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
        Some(value.into_owned())
    }
}

/// Goes through a document, until its end or until whoever looks has seen enough.
pub(super) fn walk(
    from: impl BufRead,
    mut visit: impl FnMut(Piece<'_>) -> ControlFlow<()>,
) -> Result<(), Reason> {
    let mut reader = Reader::from_reader(from);
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut depth = 0_usize;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(reason_of)?;
        let flow = match event {
            // Empty ones come as both.
            Event::Start(start) | Event::Empty(start) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err(Reason::damaged("it is nested too deeply"));
                }
                visit(Piece::Open(&Element(start)))
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                visit(Piece::Close(end.local_name().into_inner()))
            }
            Event::Text(text) => visit(Piece::Text(&text.xml10_content())),
            Event::CData(text) => visit(Piece::Text(&text.xml10_content())),
            Event::GeneralRef(entity) => {
                if let Ok(Some(c)) = entity.resolve_char_ref() {
                    visit(Piece::Text(c.encode_utf8(&mut [0; 4])))
                } else if let Some(text) = resolve_xml_entity(&entity) {
                    visit(Piece::Text(text))
                } else {
                    // Declared by the document, or by nobody.
                    ControlFlow::Continue(())
                }
            }
            Event::Eof => {
                if depth > 0 {
                    return Err(Reason::damaged("it ends too early"));
                }
                return Ok(());
            }
            Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {
                ControlFlow::Continue(())
            }
        };
        if flow.is_break() {
            return Ok(());
        }
    }
}

/// Goes through a document for its text, until its end or until there is enough of it.
pub(super) fn walk_into(
    text: &mut Text,
    from: impl BufRead,
    mut visit: impl FnMut(Piece<'_>, &mut Text),
) -> Result<(), Reason> {
    walk(from, |piece| {
        visit(piece, text);
        if text.is_full() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })
}

fn reason_of(error: quick_xml::Error) -> Reason {
    match error {
        quick_xml::Error::Io(error) => archive::reason_of(&error),
        other => Reason::damaged(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(xml: &str) -> Result<String, Reason> {
        let mut seen = String::new();
        walk(xml.as_bytes(), |piece| {
            match piece {
                Piece::Open(element) => {
                    seen.push('<');
                    seen.push_str(element.name());
                    seen.push('>');
                }
                Piece::Close(name) => {
                    seen.push_str("</");
                    seen.push_str(name);
                    seen.push('>');
                }
                Piece::Text(text) => seen.push_str(text),
            }
            ControlFlow::Continue(())
        })?;
        Ok(seen)
    }

    #[test]
    fn names_lose_their_prefixes() {
        let xml =
            "<?xml version='1.0'?><w:a x:b='&amp;1'>k&#367;&#x148; &lt;<c/><![CDATA[<&]]></w:a>";
        assert_eq!(seen(xml).as_deref(), Ok("<a>kůň <<c></c><&</a>"));
    }

    #[test]
    fn nothing_is_declared_within() {
        let xml = "<!DOCTYPE a [<!ENTITY b 'boom'><!ENTITY c '&b;&b;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
                   <a>x&b;&c;&f;&nbsp;y</a>";
        assert_eq!(seen(xml).as_deref(), Ok("<a>xy</a>"));
    }

    #[test]
    fn what_is_no_document_is_damaged() {
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        for xml in ["<a><b></a>", "<a>", "<a", "<a>&#xFFFFFFFF;</b>", &deep] {
            assert!(matches!(seen(xml), Err(Reason::Damaged(_))), "{xml:.20}");
        }
        let deepest = format!("{}{}", "<a>".repeat(DEPTH_MAX), "</a>".repeat(DEPTH_MAX));
        assert!(seen(&deepest).is_ok());
    }
}
