//! What occurrences of a word count by the length of the text they stand in. Invariant: texts of average length
//! count the same in every segment.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::{DocId, SegmentReader};

use crate::engine::embedded::index::segments::schema::IndexFields;
use crate::engine::ranking::{self, TextField};

const FIELDS: usize = TextField::ALL.len();

/// How long the texts of a segment are, by [`TextField::ALL`]; only those whose length counts.
pub(in super::super) struct Scale<'a> {
    lengths: [Option<FieldNormReader>; FIELDS],
    averages: &'a [f32; FIELDS],
}

impl<'a> Scale<'a> {
    pub(in super::super) fn open(
        averages: &'a [f32; FIELDS],
        fields: &IndexFields,
        segment: &SegmentReader,
    ) -> tantivy::Result<Self> {
        let mut lengths = [const { None }; FIELDS];
        for (length, field) in lengths.iter_mut().zip(TextField::ALL) {
            if field.b().is_some() {
                *length = Some(segment.get_fieldnorms_reader(fields.text(field))?);
            }
        }
        Ok(Self { lengths, averages })
    }

    /// What so many occurrences of a word count in a field, between 0 and 1.
    pub(super) fn share(&self, field: usize, occurrences: u32, doc: DocId) -> f32 {
        if occurrences == 0 {
            return 0.0;
        }
        let b = TextField::ALL[field].b();
        let (Some(b), Some(lengths)) = (b, &self.lengths[field]) else {
            return 1.0;
        };
        let relative = lengths.fieldnorm(doc) as f32 / self.averages[field].max(1.0);
        let counted = TextField::ALL[field].counted(occurrences);
        ranking::tf(counted, relative, b)
    }
}
