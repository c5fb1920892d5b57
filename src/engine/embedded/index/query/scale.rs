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

    /// For as many as so many documents.
    pub(super) fn of_field(&self, field: usize, documents: u64) -> FieldScale<'_> {
        /// From so many on it is worth it to work everything out before.
        const MANY: u64 = 4_096;
        let lengths = self.lengths[field].as_ref();
        let lengths = lengths.filter(|_| documents >= MANY);
        let mut shares = Vec::new();
        if lengths.is_some() {
            for occurrences in 1..=KNOWN_OCCURRENCES {
                let of_length = |id: usize| {
                    let length = FieldNormReader::id_to_fieldnorm(id as u8);
                    self.share_of(field, occurrences, length)
                };
                shares.extend((0..LENGTHS).map(of_length));
            }
        }
        FieldScale {
            scale: self,
            field,
            lengths,
            shares,
        }
    }

    /// What so many occurrences of a word count in a field, between 0 and 1.
    pub(super) fn share(&self, field: usize, occurrences: u32, doc: DocId) -> f32 {
        if occurrences == 0 {
            return 0.0;
        }
        match &self.lengths[field] {
            Some(lengths) => self.share_of(field, occurrences, lengths.fieldnorm(doc)),
            None => 1.0,
        }
    }

    /// The same in a text of this length.
    fn share_of(&self, field: usize, occurrences: u32, length: u32) -> f32 {
        let Some(b) = TextField::ALL[field].b() else {
            return 1.0;
        };
        let relative = length as f32 / self.averages[field].max(1.0);
        let counted = TextField::ALL[field].counted(occurrences);
        ranking::tf(counted, relative, b)
    }
}

/// How many occurrences are looked up instead of worked out.
const KNOWN_OCCURRENCES: u32 = 2;
/// Lengths that an index tells apart.
const LENGTHS: usize = 256;

/// What occurrences count in one field, where many documents are asked about.
pub(super) struct FieldScale<'s> {
    scale: &'s Scale<'s>,
    field: usize,
    lengths: Option<&'s FieldNormReader>,
    /// By occurrences and length.
    shares: Vec<f32>,
}

impl FieldScale<'_> {
    pub(super) fn share(&self, occurrences: u32, doc: DocId) -> f32 {
        match self.lengths {
            Some(lengths) if (1..=KNOWN_OCCURRENCES).contains(&occurrences) => {
                let length = usize::from(lengths.fieldnorm_id(doc));
                self.shares[(occurrences as usize - 1) * LENGTHS + length]
            }
            _ => self.scale.share(self.field, occurrences, doc),
        }
    }
}
