//! Texts of shops and shoppers inside HTML, and which elements people see. Invariant: what is escaped opens no element
//! and ends no attribute.

/// Appends a text as HTML that shows it.
pub fn push_escaped(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

/// Elements whose text browsers do not show.
pub fn is_unseen(element: &[u8]) -> bool {
    matches!(
        element,
        b"script"
            | b"style"
            | b"title"
            | b"template"
            | b"noscript"
            | b"noembed"
            | b"noframes"
            | b"iframe"
            | b"datalist"
            | b"rp"
    )
}

/// Elements within which a word may go on: phrases, and all that HTML does not know. What is not listed
/// ends words: blocks, cells, line breaks, pictures, controls.
pub fn is_inline(element: &[u8]) -> bool {
    !matches!(
        element,
        b"address"
            | b"applet"
            | b"area"
            | b"article"
            | b"aside"
            | b"audio"
            | b"blockquote"
            | b"body"
            | b"br"
            | b"button"
            | b"canvas"
            | b"caption"
            | b"center"
            | b"col"
            | b"colgroup"
            | b"dd"
            | b"details"
            | b"dialog"
            | b"dir"
            | b"div"
            | b"dl"
            | b"dt"
            | b"embed"
            | b"fieldset"
            | b"figcaption"
            | b"figure"
            | b"footer"
            | b"form"
            | b"frame"
            | b"frameset"
            | b"h1"
            | b"h2"
            | b"h3"
            | b"h4"
            | b"h5"
            | b"h6"
            | b"head"
            | b"header"
            | b"hgroup"
            | b"hr"
            | b"html"
            | b"iframe"
            | b"image"
            | b"img"
            | b"input"
            | b"keygen"
            | b"legend"
            | b"li"
            | b"listing"
            | b"main"
            | b"marquee"
            | b"math"
            | b"menu"
            | b"menuitem"
            | b"meter"
            | b"nav"
            | b"object"
            | b"ol"
            | b"optgroup"
            | b"option"
            | b"p"
            | b"picture"
            | b"plaintext"
            | b"pre"
            | b"progress"
            | b"rp"
            | b"rt"
            | b"search"
            | b"section"
            | b"select"
            | b"source"
            | b"summary"
            | b"svg"
            | b"table"
            | b"tbody"
            | b"td"
            | b"textarea"
            | b"tfoot"
            | b"th"
            | b"thead"
            | b"tr"
            | b"track"
            | b"ul"
            | b"video"
            | b"xmp"
    )
}
