//! What is read of each format, and what is left out.

use vetrina::files::extract::{Declared, Format};

use super::make::office::{docx_of, ods, odt, opendocument, pptx, xlsx_of};
use super::make::pdf::{self, HELVETICA, Pdf, Table};
use super::{declared, file, read, refused, text_of};

#[tokio::test]
async fn a_docx_says_what_is_not_deleted_or_hidden() {
    let run = |text: &str| format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>");
    let body = format!(
        "<w:p><w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>{}{}<w:r><w:tab/></w:r>{}</w:p>\
         <w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>invisible</w:t></w:r><w:r><w:rPr><w:vanish w:val=\"0\"/></w:rPr><w:t>seen</w:t></w:r></w:p>\
         <w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:ins>{}</w:ins><w:moveFrom>{}</w:moveFrom></w:p>\
         <w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc><w:tc><w:p>{}</w:p></w:tc></w:tr></w:tbl>\
         <w:p><mc:AlternateContent><mc:Choice><w:p>{}</w:p></mc:Choice><mc:Fallback><w:p>{}</w:p></mc:Fallback></mc:AlternateContent></w:p>\
         <w:p><w:r><w:instrText>PAGE 1</w:instrText></w:r>{}<w:r><w:br/></w:r>{}</w:p>",
        run("Wool "),
        run("so"),
        run("cks"),
        run("inserted"),
        run("moved"),
        run("one cell"),
        run("another"),
        run("in a box"),
        run("in a box"),
        run("line one"),
        run("line &lt;two&gt;"),
    );
    let document = read(&docx_of(&body)).await;
    assert_eq!(document.format, Format::Docx);
    assert_eq!(
        document.text,
        "Wool so cks\nseen\ninserted\none cell\nanother\n\nin a box\nline one\nline <two>\n\n\
         a note below\n\nthe head of each page"
    );
    assert_eq!(document.title.as_deref(), Some("Wool & socks"));
    assert_eq!(document.language.as_deref(), Some("cs-CZ"), "of its styles");
}

#[tokio::test]
async fn a_pptx_says_its_slides_in_their_order() {
    let document = read(&pptx(&[&["First & foremost", "a line"], &["The second"]])).await;
    assert_eq!(document.format, Format::Pptx);
    assert_eq!(document.text, "First & foremost\na line\n\nThe second");
    assert_eq!(document.title.as_deref(), Some("Slides"));
    assert_eq!(document.language.as_deref(), Some("de-DE"), "of its words");
}

#[tokio::test]
async fn an_xlsx_says_its_cells_as_people_see_them() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c></row>\
                <row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><r><t xml:space=\"preserve\">Wool </t></r><r><t>socks</t></r></is></c><c r=\"B2\"><v>12.50</v></c>\
                <c r=\"C2\" s=\"1\"><v>46095</v></c><c r=\"D2\" t=\"b\"><v>1</v></c><c r=\"E2\" t=\"e\"><v>#REF!</v></c></row>\
                <row r=\"1048576\"><c r=\"XFD1048576\" t=\"str\"><f>A1</f><v>the last cell</v></c></row>";
    let document = read(&xlsx_of(rows, &["Name & kind", "Price"])).await;
    assert_eq!(document.format, Format::Xlsx);
    assert_eq!(
        document.text,
        "Prices\nName & kind Price\nWool socks 12.5 2026-03-14 TRUE\nthe last cell"
    );
    assert_eq!(document.title.as_deref(), Some("Price list"));
    assert_eq!(document.language.as_deref(), Some("en-GB"));
}

#[tokio::test]
async fn an_odt_says_what_stands_in_its_paragraphs() {
    let body = "<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>\
         <text:h>A heading</text:h><text:p>Wool<text:s text:c=\"2\"/>so<text:span>cks</text:span>\
         <text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>a note</text:p></text:note-body></text:note> are warm\
         <office:annotation><text:p>remark</text:p></office:annotation>.<text:line-break/>Next<text:tab/>line</text:p>\
         <text:section text:display=\"none\"><text:p>hidden</text:p></text:section>\
         <table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>\
         <table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table></office:text>";
    let document = read(&opendocument("text", "", body)).await;
    assert_eq!(document.format, Format::Odt);
    assert_eq!(
        document.text,
        "A heading\n\nWool socks are warm.\nNext line\na note\na\nb"
    );
    assert_eq!(document.title.as_deref(), Some("Wool & socks"));
    assert_eq!(
        document.language.as_deref(),
        Some("sk-SK"),
        "of its default style"
    );
    assert_eq!(read(&odt(&["one", "two"])).await.text, "one\ntwo");
}

#[tokio::test]
async fn an_ods_says_its_rows() {
    let document = read(&ods(&[&["Name", "Price"], &["Wool socks", "12,50 €"]])).await;
    assert_eq!(document.format, Format::Ods);
    assert_eq!(document.text, "Prices\nName Price\nWool socks 12,50 €");
}

#[tokio::test]
async fn a_page_says_what_people_see_of_it() {
    let page = "<!doctype html><html lang=cs><title>Ponožky</title><nav>Domů</nav><main><h1>Vlna</h1>\
                <p>teplé <b>po</b>nožky &amp; šály<script>x()</script></p></main>";
    let document = read(page.as_bytes()).await;
    assert_eq!(document.format, Format::Html);
    assert_eq!(document.text, "Vlna\n\nteplé ponožky & šály");
    assert_eq!(document.title.as_deref(), Some("Ponožky"));
    assert_eq!(document.language.as_deref(), Some("cs"));
}

#[tokio::test]
async fn csv_and_markdown_are_what_they_are_declared_to_be() {
    let csv = file(b"name;price\n\"Wool; socks\";12,5\n");
    let document = text_of(csv.path(), declared("text/csv", ""))
        .await
        .expect("a document");
    assert_eq!(document.format, Format::Csv);
    assert_eq!(document.text, "name price\nWool; socks 12,5");
    let markdown = file(b"# Wool\n\n*warm* [socks](https://shop.example)\n");
    let document = text_of(markdown.path(), declared("text/plain", "a.md")).await;
    let document = document.expect("a document");
    assert_eq!(document.format, Format::Markdown);
    assert_eq!(document.text, "Wool\n\nwarm socks");
    assert_eq!(document.title.as_deref(), Some("Wool"));
}

#[tokio::test]
async fn a_pdf_says_its_lines_in_either_form_of_the_file() {
    let pages = [
        pdf::lines(&[
            (50, 800, "Wool socks, 12 €"),
            (50, 786, "Très chaud (“soft”) exam-"),
            (50, 772, "ples: Šaty"),
        ]),
        pdf::lines(&[
            (50, 800, "The second page"),
            (300, 800, "beside"),
            (50, 700, "apart"),
        ]),
    ];
    for table in [Table::Plain, Table::Compressed] {
        let document = read(&pdf::with_font(table, HELVETICA, &pages)).await;
        assert_eq!(document.format, Format::Pdf);
        assert_eq!(
            document.text,
            "Wool socks, 12 €\nTrès chaud (“soft”) examples: Šaty\n\nThe second page beside\n\napart"
        );
        assert_eq!(document.title.as_deref(), Some("Vlněné"));
        assert_eq!(document.language.as_deref(), Some("cs-CZ"));
    }
}

#[tokio::test]
async fn words_of_a_pdf_are_apart_where_gaps_show() {
    let content = b"BT /F1 10 Tf 50 800 Td [(W) 80 (ool) -300 (so) 20 (cks)] TJ 1 0 0 1 50 780 Tm \
                    (bold) Tj 1 0 0 1 50.2 780 Tm (bold) Tj ET";
    let document = read(&pdf::with_font(
        Table::Plain,
        HELVETICA,
        &[content.to_vec()],
    ))
    .await;
    assert_eq!(document.text, "Wool socks\n\nbold");
}

#[tokio::test]
async fn glyphs_without_an_encoding_are_what_the_font_says() {
    let mut pdf = Pdf::default();
    let cmap = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def\n\
                 1 begincodespacerange <0000> <FFFF> endcodespacerange\n\
                 3 beginbfchar <0001> <016F> <0002> <0148> <0003> <00660066> endbfchar\n\
                 1 beginbfrange <0010> <0013> <0061> endbfrange endcmap end end";
    let cmap = pdf.deflated("", cmap);
    let descriptor = pdf.add("<< /Type /FontDescriptor /FontName /Kun /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>");
    let descendant = pdf.add(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Kun /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
         /FontDescriptor {descriptor} 0 R /DW 500 /CIDToGIDMap /Identity >>"
    ));
    let font = pdf.add(format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Kun /Encoding /Identity-H /DescendantFonts [{descendant} 0 R] /ToUnicode {cmap} 0 R >>"
    ));
    let content = b"BT /F1 12 Tf 50 800 Td <001200010002> Tj 40 0 Td <00100003> Tj ET".to_vec();
    let document = read(&pdf::finished(pdf, font, Table::Compressed, &[content])).await;
    assert_eq!(document.text, "cůň aff");
}

#[tokio::test]
async fn two_columns_are_read_one_after_the_other() {
    let side = |x: i32, word: &str| -> Vec<(i32, i32, String)> {
        (0..8)
            .map(|row| {
                (
                    x,
                    800 - 14 * row,
                    format!("{word} sentence of words, line {row}"),
                )
            })
            .collect()
    };
    let (left, right) = (side(50, "The left"), side(320, "A right"));
    let one_by_one: Vec<_> = left.iter().chain(&right).collect();
    let in_turn: Vec<_> = left
        .iter()
        .zip(&right)
        .flat_map(|(left, right)| [left, right])
        .collect();
    let expected: Vec<&str> = left
        .iter()
        .chain(&right)
        .map(|(_, _, text)| text.as_str())
        .collect();
    for order in [one_by_one, in_turn] {
        let lines: Vec<(i32, i32, &str)> = order
            .iter()
            .map(|(x, y, text)| (*x, *y, text.as_str()))
            .collect();
        let document = read(&pdf::with_font(
            Table::Plain,
            HELVETICA,
            &[pdf::lines(&lines)],
        ))
        .await;
        let lines: Vec<&str> = document
            .text
            .lines()
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(lines, expected);
    }
}

#[tokio::test]
async fn what_is_encrypted_says_so() {
    let manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>";
    let locked = super::make::zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"\x12\x34"),
        ("META-INF/manifest.xml", manifest),
    ]);
    let mut pdf = Pdf::default();
    let tree = pdf.add("<< /Type /Pages /Kids [] /Count 0 >>");
    let catalog = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    let noise: Vec<String> = (0..32)
        .map(|number| format!("{:02X}", number * 7 + 3))
        .collect();
    let noise = noise.concat();
    let lock = pdf.add(format!(
        "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O <{noise}> /U <{noise}> >>"
    ));
    let pdf = pdf.finish(
        Table::Plain,
        &format!("/Root {catalog} 0 R /Encrypt {lock} 0 R /ID [<00> <00>]"),
    );
    for locked in [locked, pdf] {
        assert_eq!(refused(&locked).await.to_string(), "the file is encrypted");
    }
}

#[tokio::test]
async fn archives_of_other_kinds_are_named() {
    let zip = super::make::zipped(&[("a.txt", b"words")]);
    let book = super::make::zipped(&[("mimetype", b"application/epub+zip")]);
    for (bytes, name) in [(zip, "application/zip"), (book, "application/epub+zip")] {
        let reason = text_of(file(&bytes).path(), Declared::default()).await;
        let reason = reason.expect_err("no document");
        assert!(reason.is_final());
        assert_eq!(
            reason.to_string(),
            format!("its format is not one that text can be read from ({name})")
        );
    }
}
