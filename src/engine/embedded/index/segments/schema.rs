//! The fields of the index and the checkpoint a commit carries. Invariant: whoever changes a field, a term
//! or what feeds them raises [`LAYOUT`], so that indexes made before are made anew.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, JsonObjectOptions, NumericOptions, Schema,
    TextFieldIndexing, TextOptions,
};

use super::settings::{IndexSettings, LAYOUT, LAYOUT_READ_FROM};
use super::tokenizer;
use crate::domain::Language;
use crate::engine::embedded::ids::{Sequence, StoreId};
use crate::engine::ranking::TextField;

/// Column fields, by the names their columns are opened with.
pub(in super::super) const VERSION_ID: &str = "version_id";
pub(in super::super) const FIRST_SEEN: &str = "first_seen";
pub(in super::super) const STAND_IN: &str = "stand_in";
pub(in super::super) const TYPE: &str = "type";
pub(in super::super) const ACTIVE_FROM: &str = "active_from";
pub(in super::super) const ACTIVE_TO: &str = "active_to";
pub(in super::super) const TITLE_WORDS: &str = "title_words";
/// The column that sparse attributes share, of [`super::sparse_key`]s.
pub(in super::super) const SPARSE: &str = "sparse";
/// The column of the hashes of [`super::fact`]s.
pub(in super::super) const FACTS: &str = "facts";
/// JSON fields: one column per attribute number below each.
pub(in super::super) const ATTRIBUTES: &str = "attributes";
pub(in super::super) const NUMBERS: &str = "numbers";
pub(in super::super) const DATES: &str = "dates";

/// Handles of the fields. Nothing is stored in the index: the store has the objects.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct IndexFields {
    pub(in super::super) version_id: Field,
    pub(in super::super) first_seen: Field,
    pub(in super::super) object_type: Field,
    /// Milliseconds; absent where the schedule is open.
    pub(in super::super) active_from: Field,
    pub(in super::super) active_to: Field,
    /// [`VariantKind`] of what has to do with variants, else absent.
    pub(in super::super) variant: Field,
    /// Place of a variant among the nested objects of the one it stands for.
    pub(in super::super) stand_in: Field,
    title: Field,
    brand: Field,
    category: Field,
    codes: Field,
    line: Field,
    short: Field,
    text: Field,
    /// What of all text is hidden: looked for like the rest, in `text` it would be suggested.
    pub(in super::super) hidden: Field,
    /// Of each attribute, as `tokenizer` has them; only where the settings wants them.
    pub(in super::super) words_by_attribute: Field,
    /// The words of the title by number, as `analysis::title_words` has them.
    pub(in super::super) title_words: Field,
    /// Terms of `super::keyword`, and the buckets of `super::fact`.
    pub(in super::super) exact: Field,
    pub(in super::super) facts: Field,
    /// All values of attributes that have no columns of their own.
    pub(in super::super) sparse: Field,
    /// Text and boolean values, and what does not fit an attribute of another type: facets, sort, existence.
    pub(in super::super) attributes: Field,
    /// Numeric values, all f64, those of text attributes included, and points as two numbers.
    pub(in super::super) numbers: Field,
    /// Dates in milliseconds, those of text attributes included.
    pub(in super::super) dates: Field,
}

impl IndexFields {
    pub(in super::super) fn text(&self, field: TextField) -> Field {
        match field {
            TextField::Title => self.title,
            TextField::Brand => self.brand,
            TextField::Category => self.category,
            TextField::Codes => self.codes,
            TextField::Line => self.line,
            TextField::Attributes => self.short,
            TextField::Everything => self.text,
        }
    }
}

/// What an object has to do with variants, as far as it matters for what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum VariantKind {
    /// Taken out of a master, an object of its own.
    Variant = 1,
    /// In its master's place.
    StandIn = 2,
    /// Has variants in its place.
    Master = 3,
}

pub(in super::super) fn build() -> (Schema, IndexFields) {
    let words = |record, length_counts| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(tokenizer::WORDS)
                .set_index_option(record)
                .set_fieldnorms(length_counts),
        )
    };
    let presence = || words(IndexRecordOption::Basic, false);
    let by_attribute = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(tokenizer::BY_ATTRIBUTE)
            .set_index_option(IndexRecordOption::WithFreqs)
            .set_fieldnorms(false),
    );
    let terms = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false),
    );
    let columns = || JsonObjectOptions::from(FAST);

    let mut schema = Schema::builder();
    let fields = IndexFields {
        version_id: schema.add_u64_field(VERSION_ID, NumericOptions::from(INDEXED | FAST)),
        first_seen: schema.add_u64_field(FIRST_SEEN, FAST),
        object_type: schema.add_text_field(TYPE, terms.clone() | TextOptions::from(FAST)),
        active_from: schema.add_i64_field(ACTIVE_FROM, FAST),
        active_to: schema.add_i64_field(ACTIVE_TO, FAST),
        variant: schema.add_u64_field("variant", INDEXED),
        stand_in: schema.add_u64_field(STAND_IN, FAST),
        // Positions are kept for the title alone: it is short, and where phrases matter.
        title: schema.add_text_field(
            "title",
            words(IndexRecordOption::WithFreqsAndPositions, true),
        ),
        brand: schema.add_text_field("brand", presence()),
        category: schema.add_text_field("category", presence()),
        codes: schema.add_text_field("codes", presence()),
        line: schema.add_text_field("line", words(IndexRecordOption::WithFreqs, true)),
        short: schema.add_text_field("short", words(IndexRecordOption::WithFreqs, true)),
        text: schema.add_text_field("text", words(IndexRecordOption::WithFreqs, true)),
        hidden: schema.add_text_field("hidden", words(IndexRecordOption::WithFreqs, false)),
        words_by_attribute: schema.add_text_field("words_by_attribute", by_attribute),
        title_words: schema.add_u64_field(TITLE_WORDS, FAST),
        exact: schema.add_text_field("exact", terms),
        facts: schema.add_u64_field(FACTS, FAST),
        sparse: schema.add_text_field(SPARSE, TextOptions::from(FAST)),
        attributes: schema.add_json_field(ATTRIBUTES, columns()),
        numbers: schema.add_json_field(NUMBERS, columns()),
        dates: schema.add_json_field(DATES, columns()),
    };
    (schema.build(), fields)
}

/// What every commit carries: which store, up to where, in which version of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Checkpoint {
    pub(in super::super) settings: IndexSettings,
    pub(in super::super) applied: Sequence,
    /// Attributes that have columns because many objects have them.
    pub(in super::super) own_columns: Vec<u32>,
}

/// Words of a checkpoint for [`IndexSettings::has_stand_ins`].
const BEST: &str = "best";
const ALL: &str = "all";
/// Words of a checkpoint for [`IndexSettings::has_words_by_attribute`].
const APART: &str = "apart";
const TOGETHER: &str = "together";
/// Words of a checkpoint for [`IndexSettings::has_links`].
const LINKS: &str = "links";
const NO_LINKS: &str = "texts";
/// Stands before the attributes in [`Checkpoint::own_columns`].
const OWN_COLUMNS: &str = "columns=";

impl Checkpoint {
    pub(in super::super) fn encode(&self) -> String {
        let IndexSettings {
            store,
            language,
            has_stand_ins,
            has_words_by_attribute,
            has_links,
            layout,
            words_version,
        } = self.settings;
        format!(
            "{layout}.{words_version} {} {} {} {} {} {}",
            store.0,
            self.applied.0,
            language.code(),
            if has_stand_ins { BEST } else { ALL },
            if has_words_by_attribute {
                APART
            } else {
                TOGETHER
            },
            if has_links { LINKS } else { NO_LINKS },
        ) + &self.encode_own_columns()
    }

    fn encode_own_columns(&self) -> String {
        let attributes = self.own_columns.iter().map(u32::to_string);
        format!(" {OWN_COLUMNS}{}", attributes.collect::<Vec<_>>().join(","))
    }

    /// Reads a checkpoint; the error says why the index cannot be used.
    pub(in super::super) fn decode(payload: &str) -> Result<Self, String> {
        let mut parts = payload.split(' ');
        let version = parts.next().unwrap_or_default();
        let numbers = version.split_once('.').and_then(|(layout, words)| {
            let layout = layout.parse().ok()?;
            let is_read = (LAYOUT_READ_FROM..=LAYOUT).contains(&layout);
            is_read.then_some((layout, words.parse().ok()?))
        });
        let Some((layout, words_version)) = numbers else {
            return Err(format!(
                "its layout is that of version `{version}`, not {LAYOUT}"
            ));
        };
        let store = parts.next().and_then(|id| uuid::Uuid::parse_str(id).ok());
        let applied = parts.next().and_then(|number| number.parse().ok());
        let language = parts.next().and_then(Language::from_code);
        let mut whether = |yes: &str, no: &str| match parts.next() {
            Some(word) if word == yes => Some(true),
            Some(word) if word == no => Some(false),
            _ => None,
        };
        let (stand_ins, apart) = (whether(BEST, ALL), whether(APART, TOGETHER));
        let links = whether(LINKS, NO_LINKS);
        let own_columns = parts.next().and_then(decode_own_columns);
        let is_whole = parts.next().is_none();
        let settings = || {
            Some(IndexSettings {
                store: StoreId(store?),
                language: language?,
                has_stand_ins: stand_ins?,
                has_words_by_attribute: apart?,
                has_links: links?,
                layout,
                words_version,
            })
        };
        match (settings().filter(|_| is_whole), applied, own_columns) {
            (Some(settings), Some(applied), Some(own_columns)) => Ok(Self {
                settings,
                applied: Sequence(applied),
                own_columns,
            }),
            _ => Err("the checkpoint of its last commit is damaged".to_owned()),
        }
    }
}

fn decode_own_columns(word: &str) -> Option<Vec<u32>> {
    match word.strip_prefix(OWN_COLUMNS)? {
        "" => Some(Vec::new()),
        attributes => attributes
            .split(',')
            .map(|number| number.parse().ok())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_back_as_written() {
        for own_columns in [vec![], vec![64], vec![70, 1_000]] {
            let mark = Checkpoint {
                settings: IndexSettings {
                    store: StoreId(uuid::Uuid::from_u128(7)),
                    language: Language::Czech,
                    has_stand_ins: true,
                    has_words_by_attribute: false,
                    has_links: true,
                    layout: LAYOUT_READ_FROM,
                    words_version: 3,
                },
                applied: Sequence(u64::MAX),
                own_columns,
            };
            assert_eq!(Checkpoint::decode(&mark.encode()), Ok(mark));
        }
    }

    #[test]
    fn a_mark_of_another_version_or_a_damaged_one_is_refused() {
        let other_layout = "0.1 00000000-0000-0000-0000-000000000000 1 none";
        let whole = " 00000000-0000-0000-0000-000000000000 1 cs all together links columns=";
        for (layout, is_read) in [
            (LAYOUT_READ_FROM - 1, false),
            (LAYOUT_READ_FROM, true),
            (LAYOUT, true),
            (LAYOUT + 1, false),
        ] {
            let read = Checkpoint::decode(&format!("{layout}.1{whole}"));
            assert_eq!(read.is_ok(), is_read, "{layout}");
        }
        for bad in ["", "0.0 x 1", "{}", other_layout] {
            assert!(Checkpoint::decode(bad).is_err(), "{bad}");
        }
        let damaged = [
            " ",
            " not-a-uuid 1",
            " 00000000-0000-0000-0000-000000000000 x none",
            " 00000000-0000-0000-0000-000000000000 1",
            " 00000000-0000-0000-0000-000000000000 1 xx all together",
            " 00000000-0000-0000-0000-000000000000 1 cs all",
            " 00000000-0000-0000-0000-000000000000 1 cs all together",
            " 00000000-0000-0000-0000-000000000000 1 cs all together links",
            " 00000000-0000-0000-0000-000000000000 1 cs all together links 64",
            " 00000000-0000-0000-0000-000000000000 1 cs all together links columns=64,",
            " 00000000-0000-0000-0000-000000000000 1 cs all together links columns= x",
            " 00000000-0000-0000-0000-000000000000 1 cs",
        ];
        for rest in damaged {
            assert!(
                Checkpoint::decode(&format!("{LAYOUT}.1{rest}")).is_err(),
                "{rest}"
            );
        }
    }
}
