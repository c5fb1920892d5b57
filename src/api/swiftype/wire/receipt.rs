//! Receipts as this API writes them (docs/reference/10-swiftype.md §5).

use serde::Serialize;

use super::links::Links;
use super::problem::words;
use crate::domain::{Receipt, ReceiptState};

#[derive(Serialize)]
pub(in crate::api::swiftype) struct BatchBody {
    pub(in crate::api::swiftype) batch_link: String,
    pub(in crate::api::swiftype) document_receipts: Vec<ReceiptBody>,
}

#[derive(Serialize)]
pub(in crate::api::swiftype) struct ReceiptBody {
    pub(in crate::api::swiftype) id: String,
    external_id: Option<String>,
    status: &'static str,
    errors: Vec<String>,
    links: ReceiptLinks,
}

#[derive(Serialize)]
struct ReceiptLinks {
    document_receipt: String,
    document: Option<String>,
}

impl ReceiptBody {
    /// `document` links to what was written, if it was.
    pub(in crate::api::swiftype) fn new(
        links: &Links,
        id: String,
        receipt: Receipt,
        document: Option<String>,
    ) -> Self {
        let (status, errors) = match &receipt.state {
            ReceiptState::Pending => ("pending", Vec::new()),
            ReceiptState::Complete(_) => ("complete", Vec::new()),
            ReceiptState::Failed(problem) => ("failed", vec![words(problem)]),
        };
        Self {
            external_id: receipt.external_id,
            status,
            errors,
            links: ReceiptLinks {
                document_receipt: links.receipt(&id),
                document,
            },
            id,
        }
    }

    /// As it is accepted: failed when its shape alone shows why, else to be asked for later.
    pub(in crate::api::swiftype) fn accepted(links: &Links, id: String, receipt: Receipt) -> Self {
        let state = match receipt.state {
            ReceiptState::Failed(problem) if problem.is_of_shape() => ReceiptState::Failed(problem),
            _ => ReceiptState::Pending,
        };
        Self::new(links, id, Receipt { state, ..receipt }, None)
    }

    /// Of a receipt nobody can be told about: `expired` or `unknown`.
    pub(in crate::api::swiftype) fn without_document(
        links: &Links,
        id: String,
        status: &'static str,
    ) -> Self {
        Self {
            external_id: None,
            status,
            errors: Vec::new(),
            links: ReceiptLinks {
                document_receipt: links.receipt(&id),
                document: None,
            },
            id,
        }
    }
}
