//! PDFs that were made to do harm.

use super::super::make::deflated;
use super::super::make::pdf::{self, HELVETICA, Pdf, Table, stream};
use super::super::process::unfolding;
use super::survive;

/// A PDF of one page, with more objects; they may be named by number from 1.
fn with_objects(objects: &[&str], page: &str, catalog: &str) -> Vec<u8> {
    let mut pdf = Pdf::default();
    for object in objects {
        pdf.add(*object);
    }
    let content = pdf.stream("", b"BT /F1 12 Tf 50 700 Td (words) Tj ET");
    let font = pdf.add(HELVETICA);
    let tree = pdf.reserve();
    let page = pdf.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
         /Resources << /Font << /F1 {font} 0 R >> >> {page} >>"
    ));
    pdf.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    let root = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R {catalog} >>"));
    pdf.finish(Table::Plain, &format!("/Root {root} 0 R"))
}

/// A PDF of these objects alone, of which the first is its catalog.
fn of_objects(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut pdf = Pdf::default();
    for object in objects {
        pdf.add(object.clone());
    }
    pdf.finish(Table::Plain, &format!("/Root 1 0 R {trailer}"))
}

#[test]
fn pdfs_that_lead_back_to_themselves() {
    let catalog = b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let tree = |kids: &str| format!("<< /Type /Pages /Kids [{kids}] /Count 1000 >>").into_bytes();
    // Each level has the next one ten times.
    let mut bushy = vec![catalog.clone()];
    bushy.extend((0..30).map(|level| tree(&format!("{} 0 R ", level + 3).repeat(10))));
    bushy.push(b"<< /Type /Page >>".to_vec());
    let previous = pdf::simple(&["words"]);
    let at = previous
        .windows(4)
        .rposition(|window| window == b"xref")
        .expect("a table");
    let text = String::from_utf8_lossy(&previous[at - 5..]).into_owned();
    let start: usize = text
        .rsplit('\n')
        .nth(2)
        .and_then(|line| line.parse().ok())
        .expect("a place");
    let trailer = format!("/Root 1 0 R /Prev {start}");
    let own_table = String::from_utf8_lossy(&previous).into_owned().len();
    let holder = stream(
        "/Type /ObjStm /N 2 /First 8 /Extends 3 0 R",
        b"3 0 4 6 (self)   (self)",
    );
    let form = stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 1 0 R >> >>",
        b"/X Do /X Do",
    );
    let form = String::from_utf8_lossy(&form).into_owned();
    let font = "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding 1 0 R /DescendantFonts [1 0 R] /ToUnicode 1 0 R >>";
    assert!(own_table > 0);
    survive(vec![
        (
            "tree.pdf",
            of_objects(&[catalog.clone(), tree("2 0 R")], ""),
            "",
        ),
        (
            "trees.pdf",
            of_objects(
                &[catalog.clone(), tree("3 0 R 3 0 R"), tree("2 0 R 2 0 R")],
                "",
            ),
            "",
        ),
        ("bushy.pdf", of_objects(&bushy, ""), ""),
        ("root.pdf", of_objects(&[b"1 0 R".to_vec()], ""), ""),
        (
            "previous.pdf",
            of_objects(&[catalog.clone(), tree("")], &trailer),
            "",
        ),
        (
            "holder.pdf",
            of_objects(&[catalog, b"4 0 R".to_vec(), holder], ""),
            "",
        ),
        (
            "form.pdf",
            with_objects(
                &[&form],
                "/Annots [<< /AP << /N 1 0 R >> /Rect [0 0 9 9] >>]",
                "",
            ),
            "",
        ),
        (
            "font.pdf",
            with_objects(&[font], "/Resources << /Font << /F1 1 0 R >> >>", ""),
            "",
        ),
        (
            "length.pdf",
            with_objects(
                &["<< /Length 1 0 R >>\nstream\nx\nendstream"],
                "/Contents 1 0 R",
                "/Metadata 1 0 R",
            ),
            "",
        ),
    ]);
}

#[test]
fn pdfs_that_say_to_be_huge() {
    let mut chain = b"BT /F1 12 Tf (words) Tj ET".to_vec();
    for _ in 0..200 {
        chain = deflated(&chain);
    }
    let filters = format!("/Filter [{}]", "/FlateDecode ".repeat(200));
    let chain = stream(&filters, &chain);
    let columns = stream(
        "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 2147483647 /Colors 32 /BitsPerComponent 16 >>",
        &deflated(b"words"),
    );
    let table = stream(
        "/Type /XRef /W [8 8 8] /Size 4294967295 /Index [0 4294967295] /Root 1 0 R",
        b"0",
    );
    let page = |object: Vec<u8>| {
        let page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>".to_vec();
        of_objects(
            &[
                b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                b"<< /Type /Pages /Kids [3 0 R] /Count 4294967295 >>".to_vec(),
                page,
                object,
            ],
            "",
        )
    };
    let entries: Vec<String> = (0..300_000)
        .map(|number| format!("/K{number} {number} "))
        .collect();
    let entries = entries.concat();
    let lying = b"<< /Length 999999999999 >>\nstream\nBT\nendstream".to_vec();
    let states = "q 1 0 0 1 0 0 cm BT /F1 12 Tf (w) Tj ET ".repeat(100_000);
    let far = "BT /F1 1e38 Tf 1e38 0 0 1e38 1e38 1e38 Tm (words) Tj 0 0 0 0 0 0 Tm (words) Tj ET";
    let map = "1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange 1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange";
    let mut font = Pdf::default();
    let map = font.deflated("", map.as_bytes());
    let number = font.add(format!(
        "<< /Type /Font /Subtype /TrueType /BaseFont /Helvetica /FirstChar -9 /LastChar 4294967295 /Widths [1] /ToUnicode {map} 0 R >>"
    ));
    let font = pdf::finished(
        font,
        number,
        Table::Plain,
        &[b"BT /F1 12 Tf (words) Tj ET".to_vec()],
    );
    survive(vec![
        (
            "arrays.pdf",
            with_objects(&[&"[".repeat(500_000)], "/A 1 0 R", "/B 1 0 R"),
            "",
        ),
        (
            "nested.pdf",
            with_objects(
                &[],
                "",
                &format!("/A {}{}", "<< /A ".repeat(100_000), ">>".repeat(100_000)),
            ),
            "",
        ),
        (
            "entries.pdf",
            with_objects(&[&format!("<< {entries} >>")], "/A 1 0 R", ""),
            "",
        ),
        ("chain.pdf", page(chain), ""),
        ("columns.pdf", page(columns), ""),
        ("table.pdf", page(table), ""),
        ("lying.pdf", page(lying), ""),
        (
            "kids.pdf",
            of_objects(
                &[
                    b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                    format!("<< /Kids [{}] >>", "3 0 R ".repeat(500_000)).into_bytes(),
                    b"<< /Type /Page >>".to_vec(),
                ],
                "",
            ),
            "",
        ),
        (
            "states.pdf",
            pdf::with_font(Table::Plain, HELVETICA, &[states.into_bytes()]),
            "",
        ),
        (
            "far.pdf",
            pdf::with_font(Table::Plain, HELVETICA, &[far.as_bytes().to_vec()]),
            "",
        ),
        ("font.pdf", font, ""),
        ("unfolding.pdf", unfolding(400), ""),
    ]);
}

#[test]
fn pdfs_that_end_too_early() {
    for table in [Table::Plain, Table::Compressed] {
        let pages = [
            pdf::lines(&[(50, 700, "some words")]),
            pdf::lines(&[(50, 700, "and more")]),
        ];
        let whole = pdf::with_font(table, HELVETICA, &pages);
        let cuts = (1..=16).map(|part| whole[..whole.len() * part / 17].to_vec());
        survive(
            cuts.map(|cut| ("cut.pdf", cut, "application/pdf"))
                .collect(),
        );
    }
}
