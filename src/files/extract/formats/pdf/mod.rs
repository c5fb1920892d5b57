//! PDF (ISO 32000). Invariants: pages come in their order and the text of a page in the order in which it is written,
//! but for columns that are written line by line; pictures are not looked at.

mod about;
mod columns;
mod glyphs;
mod lines;

use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, TransformExt, interpret_page,
};
use kurbo::Rect;

use self::glyphs::PageReader;
use super::super::Reason;
use super::super::text::Text;
use super::About;

/// Most pages that are read.
const PAGES_MAX: usize = 20_000;

pub(super) fn read(bytes: &[u8], text: &mut Text) -> Result<About, Reason> {
    // It keeps the bytes for as long as it likes.
    let pdf = Pdf::new(bytes.to_vec()).map_err(reason_of)?;
    let about = about::of(&pdf);
    let settings = InterpreterSettings::default();
    let cache = InterpreterCache::new();
    for page in pdf.pages().iter().take(PAGES_MAX) {
        let bounds = Rect::new(0.0, 0.0, 1.0, 1.0);
        let from_above = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(from_above, bounds, &cache, pdf.xref(), settings.clone());
        let mut reader = PageReader::default();
        interpret_page(page, &mut context, &mut reader);
        lines::write(&reader.finish(), text);
        text.paragraph();
        if text.is_full() {
            break;
        }
    }
    Ok(about)
}

fn reason_of(error: LoadPdfError) -> Reason {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Reason::Encrypted,
        LoadPdfError::Decryption(_) => Reason::damaged("how it is encrypted is not known"),
        LoadPdfError::Invalid => Reason::damaged("it has no pages that can be found"),
    }
}
