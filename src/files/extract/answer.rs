//! What the process that reads says to the server: one JSON object. Invariant: what was written is read back as it was,
//! and what is no such object is no answer.

use serde::{Deserialize, Serialize};

use super::{Document, Format, Reason};

/// Both are absent in no answer; a document wins over a reason.
#[derive(Serialize, Deserialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<ReasonForm>,
}

#[derive(Serialize, Deserialize)]
struct DocumentForm {
    text: String,
    title: Option<String>,
    language: Option<String>,
    format: String,
    cut: bool,
}

/// Those reasons that only a look at the bytes can give.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonForm {
    UnknownFormat(String),
    Empty,
    Encrypted,
    Damaged(String),
    Unfolds(u64),
    NotBuiltIn(String),
    Failed(String),
}

pub(super) fn written(outcome: Result<Document, Reason>) -> Vec<u8> {
    let answer = match outcome {
        Ok(document) => Answer {
            document: Some(DocumentForm {
                text: document.text,
                title: document.title,
                language: document.language,
                format: document.format.name().to_owned(),
                cut: document.cut,
            }),
            reason: None,
        },
        Err(reason) => Answer {
            document: None,
            reason: Some(ReasonForm::from(reason)),
        },
    };
    serde_json::to_vec(&answer).expect("texts and numbers can be written")
}

pub(super) fn read(bytes: &[u8]) -> Option<Result<Document, Reason>> {
    let answer: Answer = serde_json::from_slice(bytes).ok()?;
    if let Some(form) = answer.document {
        return Some(Ok(Document {
            format: Format::named(&form.format)?,
            text: form.text,
            title: form.title,
            language: form.language,
            cut: form.cut,
        }));
    }
    Some(Err(match answer.reason? {
        ReasonForm::UnknownFormat(what) => Reason::UnknownFormat(what),
        ReasonForm::Empty => Reason::Empty,
        ReasonForm::Encrypted => Reason::Encrypted,
        ReasonForm::Damaged(how) => Reason::Damaged(how),
        ReasonForm::Unfolds(bytes) => Reason::Unfolds(bytes),
        ReasonForm::NotBuiltIn(format) => Reason::NotBuiltIn(Format::named(&format)?),
        ReasonForm::Failed(how) => Reason::Failed(how),
    }))
}

impl From<Reason> for ReasonForm {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::UnknownFormat(what) => Self::UnknownFormat(what),
            Reason::Empty => Self::Empty,
            Reason::Encrypted => Self::Encrypted,
            Reason::Damaged(how) => Self::Damaged(how),
            Reason::Unfolds(bytes) => Self::Unfolds(bytes),
            Reason::NotBuiltIn(format) => Self::NotBuiltIn(format.name().to_owned()),
            Reason::Failed(how) => Self::Failed(how),
            other => Self::Failed(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let document = Document {
            text: "kůň \"a\"\n".to_owned(),
            title: None,
            language: Some("cs".to_owned()),
            format: Format::Pdf,
            cut: true,
        };
        let reasons = [
            Reason::UnknownFormat("image/png".to_owned()),
            Reason::Empty,
            Reason::Encrypted,
            Reason::Damaged("it ends too early".to_owned()),
            Reason::Unfolds(7),
            Reason::NotBuiltIn(Format::Docx),
            Reason::Failed("?".to_owned()),
        ];
        let outcomes = reasons.map(Err).into_iter().chain([Ok(document)]);
        for outcome in outcomes {
            assert_eq!(read(&written(outcome.clone())), Some(outcome));
        }
    }

    #[test]
    fn anything_else_is_no_answer() {
        for bytes in [
            "",
            "{}",
            "thread panicked",
            "{\"document\":null}",
            "{\"reason\":\"hungry\"}",
            "{\"document\":{\"text\":\"\",\"format\":\"exe\",\"cut\":false}}",
        ] {
            assert_eq!(read(bytes.as_bytes()), None, "{bytes}");
        }
    }
}
