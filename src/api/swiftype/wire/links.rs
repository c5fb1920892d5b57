//! Absolute addresses of what answers speak of (docs/reference/10-swiftype.md §1, §5).

use std::fmt::Write as _;

use crate::domain::StampedId;

/// Makes links as the client reaches this server.
#[derive(Clone, Debug)]
pub(in crate::api::swiftype) struct Links {
    base: String,
}

impl Links {
    /// `base` is scheme and host.
    pub(in crate::api::swiftype) fn new(base: String) -> Self {
        Self { base }
    }

    /// `id` may be anything that was asked for.
    pub(in crate::api::swiftype) fn receipt(&self, id: &str) -> String {
        let mut link = format!("{}/api/v1/document_receipts/", self.base);
        push_encoded(&mut link, id);
        link.push_str(".json");
        link
    }

    pub(in crate::api::swiftype) fn batch(&self, ids: &[String]) -> String {
        format!(
            "{}/api/v1/document_receipts.json?ids={}",
            self.base,
            ids.join(",")
        )
    }

    pub(in crate::api::swiftype) fn document(
        &self,
        engine: StampedId,
        document_type: StampedId,
        document: StampedId,
    ) -> String {
        format!(
            "{}/api/v1/engines/{engine}/document_types/{document_type}/documents/{document}.json",
            self.base
        )
    }
}

fn push_encoded(link: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            link.push(byte.into());
        } else {
            write!(link, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
}
