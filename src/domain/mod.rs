//! What the product means: sites, objects, queries and answers, with the rules that make them
//! valid. No I/O, no async, no serde: the wire and the disk each have a form of their own and
//! convert by hand, so that either can change alone.
//!
//! Glossary:
//!
//! | word | meaning |
//! |---|---|
//! | [`Site`] | one tenant, keyed by its [`TrackerId`]; owns one catalog |
//! | [`Object`] | an entry of a catalog, keyed by its [`Identity`], unique across types |
//! | [`NestedObject`] | the copy of another object that an object carries |
//! | [`Generation`] | marker of one full upload; committing it removes what it did not mark |
//! | [`Fields`] | attributes by [`FieldName`], each a [`FieldValue`] |
//! | [`Schema`] | the type each attribute of a site got from its first value |
//! | [`Refusal`] | why one object of a batch was not applied |
//! | [`Document`] | an object whose attributes have declared types; its [`Receipt`] says what became of it |
//! | [`UpdateByQuery`] | one change for all objects that match its [`Criteria`] |
//! | [`FileTask`] | a file that is to be fetched; a [`FileEnd`] what came of it |
//! | [`Job`] | work that is done after its request was answered |
//! | [`SourceRows`] | what a source outside says of its rows; a full read of it ends in a [`SourceCommit`] |
//! | [`Event`] | what a visitor of a shop did; a [`Session`] is one client's events that belong together |
//! | [`SearchQuery`] | a whole search; [`QueryText`] is only what was typed |
//! | [`QueryRules`] | what a site has said about queries: synonyms, redirects, pins |
//! | [`SearchResults`] | the answer: [`Hit`]s, a count, [`FacetCounts`] |
//! | [`ShownObject`], [`ShownName`] | what answers may say of an object: nothing that a shop hides |

pub mod fold;
mod language;
mod query_rules;
mod site;
mod time;
mod titles;

mod identity;
mod problem;
mod value;

mod availability;
mod batch;
mod colors;
mod derived;
mod document;
mod entry;
mod event;
mod extraction;
mod file;
mod memory;
mod mention;
mod nested;
mod object;
mod own_names;
mod patch;
mod price;
mod rules;
mod schema;
mod stand_in;
mod submission;
mod text_form;
mod update;

mod inspection;
mod job;
mod refused;
mod scan;
mod source;

mod answer_memory;
mod correction;
mod explanation;
mod facet;
mod filter;
mod filter_tree;
mod geo;
mod hidden;
pub mod html;
mod marked_text;
mod projection;
mod query;
mod recommendation;
mod results;
mod sort;
mod spelling_suggestion;
mod turn;

#[cfg(test)]
pub(crate) mod testing;

pub use answer_memory::{AnswerMemory, NoAnswerMemory, PartOfMemory, Passing, TakesRoom};
pub use batch::{
    CommitOutcome, CommitPreview, CommitSurvey, GenerationCommit, KeptMisfits, KeptRefused,
    ObjectKey, Outcome, Refusal, RefusedUpload,
};
pub use colors::{color_code, color_label};
pub use correction::{CorrectedWord, Correction};
pub use derived::{Derived, derive};
pub use document::{
    Declaration, DeclaredField, Document, DocumentOutcome, DocumentPart, DocumentPlace,
    DocumentProblem, DocumentType, DocumentTypes, EngineNumber, FieldChanges, FieldType, Receipt,
    ReceiptState, SentField, StampedId, StoredDocument, slug,
};
pub use event::{
    Act, ClientId, Event, EventId, EventKind, FaultKind, Faults, Group, GroupKind, ItemCounts,
    ItemKey, Label, Line, ListKind, ListView, Place as ListPlace, QUERY_TYPE, Recorded,
    RecordedQuery, SeenList, SentItem, SentList, SentQuery, Session, begins_a_word, day_of, moment,
    query_meets, word_starts,
};
pub use explanation::{Explanation, Told, WordExplanation};
pub use extraction::{Extracted, extract};
pub use facet::{DynamicFacets, FacetBucket, FacetCounts, FacetKind, FacetRequest, ValuePattern};
pub use file::{
    FILE_CONTENT, FILE_FORMAT, FILE_LANGUAGE, FILE_STATE, FILE_TITLE, FILE_URL, FileCounts,
    FileEnd, FileList, FileLook, FileMark, FileState, FileTask, FileTicket, FoundFile, SettledFile,
    Validators, fetchable_url, host_of,
};
pub use filter::{Asked, Condition, FieldFilter, Filters, Range};
pub use filter_tree::{FilterTree, TypeFilter};
pub use geo::{GeoPoint, Place};
pub use hidden::{
    FoundObject, ShownFields, ShownList, ShownName, ShownNested, ShownObject, ShownValue,
    is_hidden_path,
};
pub use identity::{Generation, Identity, ObjectType};
pub use inspection::{Inspected, MadeOf, Sample, Survey, TypeSurvey};
pub use job::{Job, JobKind, JobLook, JobNumber, JobRefusal, JobRequest, JobStatus};
pub use language::Language;
pub use marked_text::{HighlightRequest, MarkedText, TextPart};
pub use mention::mentioned;
pub use nested::NestedObject;
pub use object::{ActivePeriod, Object, ObjectParts};
pub use patch::{Change, ObjectPatch};
pub use price::parse_price;
pub use problem::{DATE_TIME_WANTED, Problem, Problems, Rule};
pub use projection::Projection;
pub use query::{
    Asker, BoostFunction, FunctionalBoost, LastWord, Page, QueryText, Quicksearch, ScopedField,
    SearchQuery, SignalSource, SignalSources, Typos,
};
pub use query_rules::{
    ObjectsEntry, Phrase, QueryRule, QueryRules, RedirectEntry, RuleFault, RuleLists,
    SynonymsEntry, WrongRule,
};
pub use recommendation::{
    CategoryOf, ClientHistory, CoPurchase, Model, Profile, RecommendationQuery, Remembered, Traits,
    Weekly, spread, week_of,
};
pub use refused::{
    RefusedCall, RefusedLately, RefusedList, RefusedObject, RefusedOfRequest, problems_reason,
    refusal_reason,
};
pub use results::{Hit, SearchResults};
pub use scan::{Scan, ScanPage, ScanPosition, Scope, TypesWanted};
pub use schema::{
    Admission, AttributeType, Criteria, Judged, Matcher, MisfitRule, Misfits, Mismatch,
    NewAttributes, Schema, SchemaError, TypedValue, Wanted,
};
pub use site::{AttributesForm, ResultSet, Site, TrackerId, TypeConflicts, VariantMode};
pub use sort::{Direction, SortKey, TypeSort};
pub use source::{
    Reach, RowOutcome, RowState, SourceBookmark, SourceCommit, SourceCommitOutcome, SourceName,
    SourceRow, SourceRows, SourceSurvey,
};
pub use spelling_suggestion::SpellingSuggestion;
pub use stand_in::{STAND_INS_MAX, Siblings, stand_in, stand_ins_of};
pub use submission::{Fingerprint, Submission, Unread};
pub use text_form::TextForm;
pub use time::{Clock, Timestamp};
pub use turn::Turn;
pub use update::UpdateByQuery;
pub use value::{FieldName, FieldValue, Fields, Number, composed};
