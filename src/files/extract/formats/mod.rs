//! One reader a format. Invariant: a reader keeps its place in the limits by itself where it can (what unfolds, what is
//! nested), and stops as soon as the text is full.

#[cfg(feature = "files")]
mod archive;
#[cfg(feature = "files")]
mod delimited;
#[cfg(feature = "files")]
mod html;
#[cfg(feature = "files")]
mod markdown;
#[cfg(feature = "files")]
mod opendocument;
#[cfg(feature = "files")]
mod pdf;
#[cfg(feature = "files")]
mod presentation;
#[cfg(feature = "files")]
mod properties;
#[cfg(feature = "files")]
mod relations;
#[cfg(feature = "files")]
mod word;
#[cfg(feature = "files")]
mod workbook;
#[cfg(feature = "files")]
mod xml;

use super::recognise::{self, Kind};
use super::text::Text;
use super::{Declared, Document, Format, Reason, charset};

/// What a reader finds besides the text.
#[derive(Debug, Default)]
struct About {
    title: Option<String>,
    language: Option<String>,
}

/// What a file says.
pub(super) fn document(
    bytes: &[u8],
    declared: Declared<'_>,
    text_bytes_max: usize,
) -> Result<Document, Reason> {
    let kind = recognise::kind(bytes, declared)?;
    let mut text = Text::new(text_bytes_max);
    let (format, about) = match kind {
        #[cfg(feature = "files")]
        Kind::Written(format) => (format, written(format, bytes, declared, &mut text)),
        #[cfg(not(feature = "files"))]
        Kind::Written(format) => (format, written(format, bytes, &mut text)?),
        Kind::Pdf => (Format::Pdf, pdf(bytes, &mut text)?),
        Kind::Zip => zipped(bytes, &mut text)?,
    };
    let (text, cut) = text.finish();
    Ok(Document {
        text,
        title: about.title.as_deref().and_then(super::text::title),
        language: about.language.as_deref().and_then(super::text::language),
        format,
        cut,
    })
}

#[cfg(feature = "files")]
fn written(format: Format, bytes: &[u8], declared: Declared<'_>, text: &mut Text) -> About {
    let charset = declared.media_type.and_then(charset::of_media_type);
    let of_page = (format == Format::Html).then(|| html::declared_charset(bytes));
    let labels: Vec<&str> = charset.into_iter().chain(of_page.flatten()).collect();
    let characters = charset::decoded(bytes, &labels);
    match format {
        Format::Html => html::read(&characters, text),
        Format::Markdown => markdown::read(&characters, text),
        Format::Csv => delimited::read(&characters, text),
        _ => plain(&characters, text),
    }
}

#[cfg(not(feature = "files"))]
fn written(format: Format, bytes: &[u8], text: &mut Text) -> Result<About, Reason> {
    if format == Format::Html {
        return Err(Reason::NotBuiltIn(format));
    }
    let characters = charset::utf8(bytes).ok_or(Reason::NotBuiltIn(format))?;
    Ok(plain(characters, text))
}

/// Lines as they are.
fn plain(characters: &str, text: &mut Text) -> About {
    text.push_lines(characters);
    About::default()
}

#[cfg(feature = "files")]
fn pdf(bytes: &[u8], text: &mut Text) -> Result<About, Reason> {
    pdf::read(bytes, text)
}

#[cfg(not(feature = "files"))]
fn pdf(_bytes: &[u8], _text: &mut Text) -> Result<About, Reason> {
    Err(Reason::NotBuiltIn(Format::Pdf))
}

#[cfg(feature = "files")]
fn zipped(bytes: &[u8], text: &mut Text) -> Result<(Format, About), Reason> {
    let mut archive = archive::Archive::open(bytes)?;
    let format = archive.format()?;
    let about = match format {
        Format::Docx => word::read(&mut archive, text)?,
        Format::Pptx => presentation::read(&mut archive, text)?,
        Format::Xlsx => workbook::read(bytes, &mut archive, text)?,
        format => opendocument::read(format, &mut archive, text)?,
    };
    Ok((format, about))
}

#[cfg(not(feature = "files"))]
fn zipped(_bytes: &[u8], _text: &mut Text) -> Result<(Format, About), Reason> {
    Err(Reason::NotBuiltIn(Format::Docx))
}
