//! Documents of offices: DOCX, XLSX, PPTX, ODT, ODS.

use super::{escaped, zipped};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
     xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"";
const SLIDES: &str = "xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\" \
     xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const SHEETS: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
     xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
const OPEN: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
     xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
     xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
     xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
     xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
     xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
     xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\"";

/// A part with its declaration.
fn part(xml: &str) -> Vec<u8> {
    format!("{DECLARATION}{xml}").into_bytes()
}

fn types(main: &str, kind: &str) -> Vec<u8> {
    part(&format!(
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
         <Override PartName=\"/{main}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}.main+xml\"/>\
         </Types>"
    ))
}

/// Relations, each as (id, end of its type, target).
fn relations(relations: &[(&str, &str, &str)]) -> Vec<u8> {
    let relations: Vec<String> = relations
        .iter()
        .map(|(id, kind, target)| {
            format!(
                "<Relationship Id=\"{id}\" Target=\"{target}\" \
                 Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\"/>"
            )
        })
        .collect();
    let relations = relations.concat();
    part(&format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}</Relationships>"
    ))
}

fn core(title: &str, language: &str) -> Vec<u8> {
    part(&format!(
        "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>{}</dc:title><dc:creator>Anna</dc:creator>\
         <dc:language>{language}</dc:language></cp:coreProperties>",
        escaped(title)
    ))
}

/// A DOCX with this body, in the markup of Word; with a footnote and a header.
pub(crate) fn docx_of(body: &str) -> Vec<u8> {
    let document = part(&format!(
        "<w:document {WORD}><w:body>{body}</w:body></w:document>"
    ));
    let notes = part(&format!(
        "<w:footnotes {WORD}><w:footnote w:id=\"1\"><w:p><w:r><w:t>a note below</w:t></w:r></w:p></w:footnote></w:footnotes>"
    ));
    let header = part(&format!(
        "<w:hdr {WORD}><w:p><w:r><w:t>the head of each page</w:t></w:r></w:p></w:hdr>"
    ));
    let styles = part(&format!(
        "<w:styles {WORD}><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val=\"cs-CZ\"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>"
    ));
    let main = [
        ("r1", "styles", "styles.xml"),
        ("r2", "header", "header1.xml"),
        ("r3", "footnotes", "footnotes.xml"),
        ("r4", "hyperlink", "https://shop.example/"),
    ];
    zipped(&[
        (
            "[Content_Types].xml",
            &types("word/document.xml", "wordprocessingml.document"),
        ),
        (
            "_rels/.rels",
            &relations(&[("r1", "officeDocument", "word/document.xml")]),
        ),
        ("docProps/core.xml", &core("Wool & socks", "en-US")),
        ("word/document.xml", &document),
        ("word/_rels/document.xml.rels", &relations(&main)),
        ("word/styles.xml", &styles),
        ("word/header1.xml", &header),
        ("word/footnotes.xml", &notes),
    ])
}

/// A DOCX of these paragraphs.
pub(crate) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: Vec<String> = paragraphs
        .iter()
        .map(|text| {
            format!(
                "<w:p><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>",
                escaped(text)
            )
        })
        .collect();
    let body = body.concat();
    docx_of(&body)
}

/// A PPTX of these slides, each of these lines; the last slide is a hidden one. Slides are numbered backwards, so that
/// the names of their parts do not tell their order.
pub(crate) fn pptx(slides: &[&[&str]]) -> Vec<u8> {
    let slide = |lines: &[&str], attributes: &str| {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| {
                let line = escaped(line);
                format!("<a:p><a:r><a:rPr lang=\"de-DE\"/><a:t>{line}</a:t></a:r></a:p>")
            })
            .collect();
        let lines = lines.concat();
        part(&format!(
            "<p:sld {SLIDES}{attributes}><p:cSld><p:spTree><p:sp><p:txBody>{lines}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        ))
    };
    let mut parts: Vec<Vec<u8>> = slides.iter().map(|lines| slide(lines, "")).collect();
    parts.push(slide(&["a hidden slide"], " show=\"0\""));
    let count = parts.len();
    let names: Vec<String> = (0..count)
        .map(|number| format!("slides/slide{}.xml", count - number))
        .collect();
    let ids: Vec<String> = (0..count)
        .map(|number| format!("rId{}", number + 10))
        .collect();
    let list: Vec<String> = ids
        .iter()
        .enumerate()
        .map(|(number, id)| format!("<p:sldId id=\"{}\" r:id=\"{id}\"/>", 256 + number))
        .collect();
    let list = list.concat();
    let main = part(&format!(
        "<p:presentation {SLIDES}><p:sldIdLst>{list}</p:sldIdLst></p:presentation>"
    ));
    let related: Vec<(&str, &str, &str)> = ids
        .iter()
        .zip(&names)
        .map(|(id, name)| (id.as_str(), "slide", name.as_str()))
        .collect();
    let types = types("ppt/presentation.xml", "presentationml.presentation");
    let root = relations(&[("r1", "officeDocument", "/ppt/presentation.xml")]);
    let (core, related) = (core("Slides", "en-US"), relations(&related));
    let paths: Vec<String> = names.iter().map(|name| format!("ppt/{name}")).collect();
    let mut entries: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", &types),
        ("_rels/.rels", &root),
        ("docProps/core.xml", &core),
        ("ppt/presentation.xml", &main),
        ("ppt/_rels/presentation.xml.rels", &related),
    ];
    entries.extend(
        paths
            .iter()
            .zip(&parts)
            .map(|(path, part)| (path.as_str(), part.as_slice())),
    );
    zipped(&entries)
}

/// An XLSX whose first sheet has these rows, in the markup of Excel; beside it a hidden sheet.
pub(crate) fn xlsx_of(rows: &str, shared: &[&str]) -> Vec<u8> {
    let sheet = |rows: &str| {
        part(&format!(
            "<worksheet {SHEETS}><dimension ref=\"A1\"/><sheetData>{rows}</sheetData></worksheet>"
        ))
    };
    let workbook = part(&format!(
        "<workbook {SHEETS}><sheets><sheet name=\"Prices\" sheetId=\"1\" r:id=\"r1\"/>\
         <sheet name=\"Secret\" sheetId=\"2\" state=\"hidden\" r:id=\"r2\"/></sheets></workbook>"
    ));
    let strings: Vec<String> = shared
        .iter()
        .map(|text| format!("<si><t>{}</t></si>", escaped(text)))
        .collect();
    let strings = strings.concat();
    let strings = part(&format!("<sst {SHEETS}>{strings}</sst>"));
    // Format 1 is a date.
    let styles = part(&format!(
        "<styleSheet {SHEETS}><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
    ));
    let related = [
        ("r1", "worksheet", "worksheets/sheet1.xml"),
        ("r2", "worksheet", "worksheets/sheet2.xml"),
        ("r3", "sharedStrings", "sharedStrings.xml"),
        ("r4", "styles", "styles.xml"),
    ];
    let hidden = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>hidden words</t></is></c></row>";
    zipped(&[
        (
            "[Content_Types].xml",
            &types("xl/workbook.xml", "spreadsheetml.sheet"),
        ),
        (
            "_rels/.rels",
            &relations(&[("r1", "officeDocument", "xl/workbook.xml")]),
        ),
        ("docProps/core.xml", &core("Price list", "en-GB")),
        ("xl/workbook.xml", &workbook),
        ("xl/_rels/workbook.xml.rels", &relations(&related)),
        ("xl/worksheets/sheet1.xml", &sheet(rows)),
        ("xl/worksheets/sheet2.xml", &sheet(hidden)),
        ("xl/sharedStrings.xml", &strings),
        ("xl/styles.xml", &styles),
    ])
}

/// An XLSX of these rows of texts.
pub(crate) fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let row = |(number, cells): (usize, &&[&str])| {
        let cells: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, text)| {
                let name = char::from(b'A' + column as u8);
                format!(
                    "<c r=\"{name}{}\" t=\"inlineStr\"><is><t>{}</t></is></c>",
                    number + 1,
                    escaped(text)
                )
            })
            .collect();
        let cells = cells.concat();
        format!("<row r=\"{}\">{cells}</row>", number + 1)
    };
    let rows: String = rows.iter().enumerate().map(row).collect();
    xlsx_of(&rows, &[])
}

/// A document in the format of OASIS, of this kind and with this body.
pub(crate) fn opendocument(kind: &str, styles: &str, body: &str) -> Vec<u8> {
    let content = part(&format!(
        "<office:document-content {OPEN}><office:automatic-styles>{styles}</office:automatic-styles>\
         <office:body>{body}</office:body></office:document-content>"
    ));
    let meta = part(&format!(
        "<office:document-meta {OPEN}><office:meta><meta:initial-creator>Anna</meta:initial-creator>\
         <dc:title>Wool &amp; socks</dc:title></office:meta></office:document-meta>"
    ));
    let styles = part(&format!(
        "<office:document-styles {OPEN}><office:styles><style:default-style style:family=\"paragraph\">\
         <style:text-properties fo:language=\"sk\" fo:country=\"SK\"/></style:default-style></office:styles></office:document-styles>"
    ));
    let manifest = part(
        "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"/>",
    );
    let media_type = format!("application/vnd.oasis.opendocument.{kind}");
    zipped(&[
        ("mimetype", media_type.as_bytes()),
        ("content.xml", &content),
        ("meta.xml", &meta),
        ("styles.xml", &styles),
        ("META-INF/manifest.xml", &manifest),
    ])
}

/// An ODT of these paragraphs.
pub(crate) fn odt(paragraphs: &[&str]) -> Vec<u8> {
    let body: Vec<String> = paragraphs
        .iter()
        .map(|text| format!("<text:p>{}</text:p>", escaped(text)))
        .collect();
    let body = body.concat();
    opendocument("text", "", &format!("<office:text>{body}</office:text>"))
}

/// An ODS of these rows of texts.
pub(crate) fn ods(rows: &[&[&str]]) -> Vec<u8> {
    let row = |cells: &&[&str]| {
        let cells: Vec<String> = cells
            .iter()
            .map(|text| {
                format!(
                    "<table:table-cell><text:p>{}</text:p></table:table-cell>",
                    escaped(text)
                )
            })
            .collect();
        let cells = cells.concat();
        format!("<table:table-row>{cells}</table:table-row>")
    };
    let rows: String = rows.iter().map(row).collect();
    opendocument(
        "spreadsheet",
        "<style:style style:name=\"no\"><style:table-properties table:display=\"false\"/></style:style>",
        &format!(
            "<office:spreadsheet><table:table table:name=\"Prices\">{rows}</table:table>\
             <table:table table:name=\"Secret\" table:style-name=\"no\"><table:table-row><table:table-cell>\
             <text:p>hidden words</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"
        ),
    )
}
