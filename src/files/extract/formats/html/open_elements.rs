//! Which elements are open, as far as it matters for what is shown. Invariant: an element that is hidden hides until it
//! ends, whether by its own end tag, by that of one around it, or by one that cannot stand in it.

use crate::domain::html::is_unseen;

/// Most elements within each other that are kept apart; browsers have such a limit too.
const DEPTH_MAX: usize = 512;

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) name: Vec<u8>,
    is_hidden: bool,
    is_open: bool,
}

impl Opened {
    pub(super) fn named(name: &[u8]) -> Self {
        Self {
            name: name.to_vec(),
            is_hidden: is_unseen(name) || name == b"nav",
            is_open: false,
        }
    }

    /// Notes what an attribute says of the element.
    pub(super) fn attribute(&mut self, name: &[u8], value: &[u8]) {
        match name {
            // What is hidden until it is found wants to be found.
            b"hidden" => self.is_hidden |= !value.eq_ignore_ascii_case(b"until-found"),
            b"open" => self.is_open = true,
            b"role" => self.is_hidden |= value.trim_ascii().eq_ignore_ascii_case(b"navigation"),
            b"style" => self.is_hidden |= hides(value),
            _ => {}
        }
    }
}

/// Whether a style says that an element is not displayed.
fn hides(style: &[u8]) -> bool {
    let style = String::from_utf8_lossy(style).to_ascii_lowercase();
    style.split(';').any(|rule| {
        let (name, value) = rule.split_once(':').unwrap_or((rule, ""));
        let value = value.trim().trim_end_matches("!important").trim_end();
        matches!(
            (name.trim(), value),
            ("display", "none") | ("visibility", "hidden")
        )
    })
}

#[derive(Debug, Default)]
pub(super) struct OpenElements {
    stack: Vec<Opened>,
    /// How many of them are hidden, hold text in lines, hold pictures or formulas.
    hidden: usize,
    pre: usize,
    foreign: usize,
}

impl OpenElements {
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden > 0
    }

    pub(super) fn is_in_pre(&self) -> bool {
        self.pre > 0
    }

    pub(super) fn is_in_foreign(&self) -> bool {
        self.foreign > 0
    }

    pub(super) fn open(&mut self, mut tag: Opened, is_self_closing: bool) {
        let is_whole = is_self_closing && (self.is_in_foreign() || is_foreign(&tag.name));
        if is_void(&tag.name) || is_whole || self.stack.len() >= DEPTH_MAX {
            return;
        }
        tag.is_hidden |= tag.name == b"dialog" && !tag.is_open;
        self.count(&tag, 1);
        self.stack.push(tag);
    }

    pub(super) fn close(&mut self, name: &[u8]) {
        if let Some(at) = self.stack.iter().rposition(|open| open.name == name) {
            self.cut(at);
        }
    }

    /// Ends what is open and cannot hold an element of this name, although no tag ended it.
    pub(super) fn end_implied(&mut self, name: &[u8]) {
        let (ended, bounds): (&[&[u8]], &[&[u8]]) = match name {
            b"li" => (&[b"li"], &[b"ul", b"ol", b"menu"]),
            b"dt" | b"dd" => (&[b"dt", b"dd"], &[b"dl"]),
            b"option" | b"optgroup" => (&[b"option"], &[b"select", b"datalist"]),
            b"td" | b"th" => (&[b"td", b"th"], &[b"tr", b"table"]),
            b"tr" => (&[b"tr"], &[b"table"]),
            b"tbody" | b"thead" | b"tfoot" => (&[b"tbody", b"thead", b"tfoot"], &[b"table"]),
            name if ends_paragraph(name) => (
                &[b"p"],
                &[b"table", b"td", b"th", b"caption", b"button", b"object"],
            ),
            _ => return,
        };
        let is_one_of = |names: &[&[u8]], open: &Opened| names.contains(&open.name.as_slice());
        for at in (0..self.stack.len()).rev() {
            if is_one_of(ended, &self.stack[at]) {
                self.cut(at);
                return;
            }
            if is_one_of(bounds, &self.stack[at]) {
                return;
            }
        }
    }

    fn cut(&mut self, at: usize) {
        while self.stack.len() > at {
            if let Some(tag) = self.stack.pop() {
                self.count(&tag, -1);
            }
        }
    }

    fn count(&mut self, tag: &Opened, by: isize) {
        let add = |count: &mut usize, counts: bool| {
            if counts {
                *count = count.saturating_add_signed(by);
            }
        };
        add(&mut self.hidden, tag.is_hidden);
        add(
            &mut self.pre,
            matches!(tag.name.as_slice(), b"pre" | b"textarea" | b"listing"),
        );
        add(&mut self.foreign, is_foreign(&tag.name));
    }
}

fn is_foreign(name: &[u8]) -> bool {
    matches!(name, b"svg" | b"math")
}

/// Elements that hold nothing and have no end tag.
fn is_void(name: &[u8]) -> bool {
    matches!(
        name,
        b"area"
            | b"base"
            | b"br"
            | b"col"
            | b"embed"
            | b"frame"
            | b"hr"
            | b"img"
            | b"input"
            | b"keygen"
            | b"link"
            | b"meta"
            | b"param"
            | b"source"
            | b"track"
            | b"wbr"
    )
}

/// Elements that no paragraph can hold.
fn ends_paragraph(name: &[u8]) -> bool {
    matches!(
        name,
        b"address"
            | b"article"
            | b"aside"
            | b"blockquote"
            | b"center"
            | b"details"
            | b"dialog"
            | b"dir"
            | b"div"
            | b"dl"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"header"
            | b"hgroup"
            | b"hr"
            | b"main"
            | b"menu"
            | b"nav"
            | b"ol"
            | b"p"
            | b"pre"
            | b"search"
            | b"section"
            | b"table"
            | b"ul"
    )
}
