//! PDF, object by object (ISO 32000-1, section 7.5).

use super::deflated;

/// A PDF that is being made.
#[derive(Default)]
pub(crate) struct Pdf {
    /// The number of an object is its place, from 1.
    objects: Vec<Vec<u8>>,
}

/// How the end of a PDF says where its objects are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// As before PDF 1.5.
    Plain,
    /// All objects that are no streams in a compressed one, and the table in another.
    Compressed,
}

impl Pdf {
    /// Takes the next number for an object that is not known yet.
    pub(crate) fn reserve(&mut self) -> usize {
        self.add("null")
    }

    pub(crate) fn add(&mut self, object: impl Into<Vec<u8>>) -> usize {
        self.objects.push(object.into());
        self.objects.len()
    }

    pub(crate) fn set(&mut self, number: usize, object: impl Into<Vec<u8>>) {
        self.objects[number - 1] = object.into();
    }

    /// A stream, as it is.
    pub(crate) fn stream(&mut self, entries: &str, bytes: &[u8]) -> usize {
        self.add(stream(entries, bytes))
    }

    /// A stream, compressed.
    pub(crate) fn deflated(&mut self, entries: &str, bytes: &[u8]) -> usize {
        self.stream(&format!("{entries} /Filter /FlateDecode"), &deflated(bytes))
    }

    /// The file; `entries` are those of its trailer, which leads to everything.
    pub(crate) fn finish(mut self, table: Table, entries: &str) -> Vec<u8> {
        let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let count = self.objects.len();
        if table == Table::Plain {
            let places = self.write_objects(&mut out, |_| true);
            let at = out.len();
            out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", count + 1).bytes());
            for place in places {
                out.extend(format!("{place:010} 00000 n \n").bytes());
            }
            out.extend(
                format!(
                    "trailer\n<< /Size {} {entries} >>\nstartxref\n{at}\n%%EOF\n",
                    count + 1
                )
                .bytes(),
            );
            return out;
        }
        let is_stream = |object: &[u8]| object.ends_with(b"endstream");
        let inside: Vec<usize> = (0..count)
            .filter(|at| !is_stream(&self.objects[*at]))
            .collect();
        let (mut head, mut bodies) = (String::new(), Vec::new());
        for at in &inside {
            head.extend([
                (at + 1).to_string(),
                " ".into(),
                bodies.len().to_string(),
                " ".into(),
            ]);
            bodies.extend_from_slice(&self.objects[*at]);
            bodies.push(b'\n');
        }
        let holder = self.deflated(
            &format!("/Type /ObjStm /N {} /First {}", inside.len(), head.len()),
            &[head.as_bytes(), &bodies].concat(),
        );
        let places = self.write_objects(&mut out, is_stream);
        let at = out.len();
        let mut rows = vec![0, 0, 0, 0, 0, 0, 0];
        for (number, place) in places.into_iter().enumerate() {
            let (kind, place, index) = match inside.iter().position(|at| *at == number) {
                Some(index) => (2, holder, index),
                None => (1, place, 0),
            };
            rows.push(kind);
            rows.extend_from_slice(&(place as u32).to_be_bytes());
            rows.extend_from_slice(&(index as u16).to_be_bytes());
        }
        // The table itself.
        rows.push(1);
        rows.extend_from_slice(&(at as u32).to_be_bytes());
        rows.extend_from_slice(&[0, 0]);
        let entries = format!(
            "/Type /XRef /W [1 4 2] /Size {} {entries} /Filter /FlateDecode",
            holder + 2
        );
        let table = stream(&entries, &deflated(&rows));
        out.extend(format!("{} 0 obj\n", holder + 1).bytes());
        out.extend(table);
        out.extend(format!("\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
        out
    }

    /// Where each object was written; zero for those that were not.
    fn write_objects(&self, out: &mut Vec<u8>, is_written: impl Fn(&[u8]) -> bool) -> Vec<usize> {
        let mut places = Vec::new();
        for (number, object) in self.objects.iter().enumerate() {
            if !is_written(object) {
                places.push(0);
                continue;
            }
            places.push(out.len());
            out.extend(format!("{} 0 obj\n", number + 1).bytes());
            out.extend_from_slice(object);
            out.extend(b"\nendobj\n");
        }
        places
    }
}

pub(crate) fn stream(entries: &str, bytes: &[u8]) -> Vec<u8> {
    let mut object = format!("<< /Length {} {entries} >>\nstream\n", bytes.len()).into_bytes();
    object.extend_from_slice(bytes);
    object.extend(b"\nendstream");
    object
}

/// A PDF whose pages have these contents, with a font `F1` of this description.
pub(crate) fn with_font(table: Table, font: &str, pages: &[Vec<u8>]) -> Vec<u8> {
    let mut pdf = Pdf::default();
    let font = pdf.add(font);
    finished(pdf, font, table, pages)
}

/// The same, where the font has objects of its own.
pub(crate) fn finished(mut pdf: Pdf, font: usize, table: Table, pages: &[Vec<u8>]) -> Vec<u8> {
    let tree = pdf.reserve();
    let mut kids = String::new();
    for content in pages {
        let content = pdf.deflated("", content);
        let page = pdf.add(format!(
            "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
             /Resources << /Font << /F1 {font} 0 R >> >> >>"
        ));
        kids.extend([page.to_string(), " 0 R ".to_owned()]);
    }
    pdf.set(
        tree,
        format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()),
    );
    let catalog = pdf.add(format!(
        "<< /Type /Catalog /Pages {tree} 0 R /Lang (cs-CZ) >>"
    ));
    let info = pdf.add("<< /Title <FEFF0056006C006E011B006E00E90020> /Producer (hand) >>");
    pdf.finish(table, &format!("/Root {catalog} 0 R /Info {info} 0 R"))
}

/// A font that every reader has, in the encoding of Windows.
pub(crate) const HELVETICA: &str =
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

/// Lines one below the other; each with its place from the left and from below.
pub(crate) fn lines(lines: &[(i32, i32, &str)]) -> Vec<u8> {
    let mut content = b"BT /F1 12 Tf\n".to_vec();
    for (x, y, text) in lines {
        content.extend(format!("1 0 0 1 {x} {y} Tm (").bytes());
        content.extend(win_ansi(text));
        content.extend(b") Tj\n");
    }
    content.extend(b"ET");
    content
}

/// A text in the encoding of Windows, as far as tests need it.
fn win_ansi(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        '€' => 0x80,
        '“' => 0x93,
        '”' => 0x94,
        'Š' => 0x8a,
        'ž' => 0x9e,
        c => u8::try_from(u32::from(c)).expect("a character of the encoding"),
    };
    let mut bytes = Vec::new();
    for c in text.chars() {
        if matches!(c, '(' | ')' | '\\') {
            bytes.push(b'\\');
        }
        bytes.push(byte(c));
    }
    bytes
}

/// A PDF of one page with these paragraphs, each in a line.
pub(crate) fn simple(paragraphs: &[&str]) -> Vec<u8> {
    let lines_of: Vec<(i32, i32, &str)> = paragraphs
        .iter()
        .enumerate()
        .map(|(number, text)| (50, 800 - 30 * number as i32, *text))
        .collect();
    with_font(Table::Plain, HELVETICA, &[lines(&lines_of)])
}
