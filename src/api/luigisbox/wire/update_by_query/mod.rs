//! The bodies of an update by query (docs/reference/03-update-by-query-and-generations.md §1, §2). What is
//! wrong with a request is told all at once, each under its path:
//! `{"search":{"partial":{"fields":["is missing"]}}}`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::content::{BatchError, DEPTH_MAX};
use super::object::read_type;
use super::problem;
use crate::domain::{
    Criteria, FieldName, FieldValue, Fields, Job, JobNumber, JobRefusal, Number, Object,
    ObjectType, Problem, Problems, Rule, TrackerId, UpdateByQuery,
};
use crate::http::json::nesting_depth_exceeds;
use crate::http::query_string::QueryString;

/// Where a client asks what became of the job it gets the number of.
const STATUS_URL: &str = "/v1/update_by_query?job_id=";

/// Why a request is refused; nothing was queued.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error(transparent)]
    Body(#[from] BatchError),
    /// Parts that are missing or of the wrong shape.
    #[error("unusable: {0:?}")]
    Parts(Problems),
}

/// Reads a request. Keys that nobody knows are ignored; an attribute sent twice has its last value.
pub fn read_update(body: &[u8]) -> Result<UpdateByQuery, UpdateError> {
    if nesting_depth_exceeds(body, DEPTH_MAX) {
        return Err(BatchError::TooDeep.into());
    }
    let root: Value = serde_json::from_slice(body).map_err(BatchError::Syntax)?;
    let mut parts = Parts::default();
    let search = parts.map(&root, &["search"]);
    let types = search.and_then(|search| parts.types(search));
    let partial = search.and_then(|search| parts.map(search, &["search", "partial"]));
    let criteria = partial.and_then(|partial| parts.criteria(partial));
    let update = parts.map(&root, &["update"]);
    let fields = update.and_then(|update| parts.changes(update));
    if let (Some(types), Some(criteria), Some(fields)) = (types, criteria, fields) {
        return Ok(UpdateByQuery {
            types,
            criteria,
            fields,
        });
    }
    let problems = Problems::from_list(parts.problems);
    let problems = problems.expect("a part is only left out with its problem noted");
    Err(UpdateError::Parts(problems))
}

/// Reads parts and notes what is wrong with them.
#[derive(Default)]
struct Parts {
    problems: Vec<Problem>,
}

const TYPES: [&str; 2] = ["search", "types"];
const CRITERIA: [&str; 3] = ["search", "partial", "fields"];
const CHANGES: [&str; 2] = ["update", "fields"];

impl Parts {
    fn wrong(&mut self, path: &[&str], rule: Rule) {
        self.problems.push(Problem {
            path: path.iter().map(|&step| step.to_owned()).collect(),
            rule,
        });
    }

    /// The value at the end of the path, `parent` being what the path is at before its last step.
    fn required<'v>(&mut self, parent: &'v Value, path: &[&str]) -> Option<&'v Value> {
        let key = path.last().copied().unwrap_or_default();
        let found = parent.get(key).filter(|value| !value.is_null());
        if found.is_none() {
            self.wrong(path, Rule::Missing);
        }
        found
    }

    /// A part that is a JSON object.
    fn map<'v>(&mut self, parent: &'v Value, path: &[&str]) -> Option<&'v Value> {
        let found = self.required(parent, path)?;
        if !found.is_object() {
            self.wrong(path, Rule::NotMap);
            return None;
        }
        Some(found)
    }

    /// A part that is a JSON object with something in it.
    fn fields<'v>(&mut self, parent: &'v Value, path: &[&str]) -> Option<&'v Map<String, Value>> {
        let fields = self.map(parent, path)?.as_object()?;
        if fields.is_empty() {
            self.wrong(path, Rule::Blank);
            return None;
        }
        Some(fields)
    }

    fn types(&mut self, search: &Value) -> Option<Vec<ObjectType>> {
        let Value::Array(list) = self.required(search, &TYPES)? else {
            self.wrong(&TYPES, Rule::NotList);
            return None;
        };
        if list.is_empty() {
            self.wrong(&TYPES, Rule::Blank);
            return None;
        }
        if list.len() > UpdateByQuery::TYPES_MAX {
            let max = UpdateByQuery::TYPES_MAX;
            self.wrong(&TYPES, Rule::TooManyEntries { max });
            return None;
        }
        let mut types = Vec::with_capacity(list.len());
        for (at, name) in list.iter().enumerate() {
            match name.as_str().ok_or(Rule::NotText).and_then(read_type) {
                Ok(object_type) => types.push(object_type),
                Err(rule) => self.wrong(&[TYPES[0], TYPES[1], &at.to_string()], rule),
            }
        }
        (types.len() == list.len()).then_some(types)
    }

    fn criteria(&mut self, partial: &Value) -> Option<Criteria> {
        let sent = self.fields(partial, &CRITERIA)?;
        let mut fields = Fields::new();
        for (name, value) in sent {
            // `null` asks for nothing, as an empty list does.
            let value = field_value(value).unwrap_or(FieldValue::List(Vec::new()));
            fields.insert(name.as_str(), value);
        }
        match Criteria::new(fields) {
            Ok(criteria) => Some(criteria),
            Err(problems) => {
                self.problems.extend(problems.under(&CRITERIA).into_list());
                None
            }
        }
    }

    fn changes(&mut self, update: &Value) -> Option<Vec<(FieldName, Option<FieldValue>)>> {
        let sent = self.fields(update, &CHANGES)?;
        let max = Object::ATTRIBUTES_MAX;
        if sent.len() > max {
            self.wrong(&CHANGES, Rule::TooManyAttributes { max });
            return None;
        }
        let changes = sent.iter();
        Some(
            changes
                .map(|(name, value)| (FieldName::new(name), field_value(value)))
                .collect(),
        )
    }
}

/// `null` is `None`, and left out of the lists and maps it stands in (docs/reference/02-content.md §3).
fn field_value(value: &Value) -> Option<FieldValue> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(boolean) => FieldValue::Bool(*boolean),
        Value::Number(number) => FieldValue::Number(field_number(number)?),
        Value::String(text) => FieldValue::from(text.as_str()),
        Value::Array(list) => FieldValue::List(list.iter().filter_map(field_value).collect()),
        Value::Object(map) => {
            let entries = map.iter();
            let entries =
                entries.filter_map(|(name, value)| Some((name.as_str(), field_value(value)?)));
            FieldValue::Map(entries.collect())
        }
    })
}

/// Every JSON number is one of the three.
fn field_number(number: &serde_json::Number) -> Option<Number> {
    let integer = number.as_i64().map(Number::Integer);
    integer
        .or_else(|| number.as_u64().map(Number::Unsigned))
        .or_else(|| number.as_f64().map(Number::Float))
}

/// Why `job_id` names no job that could ever be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadJobId {
    #[error("job_id is missing")]
    Missing,
    #[error("job_id must be an integer")]
    NotInteger,
}

/// Reads `job_id`; `None` for an integer that is the number of no job, such as a negative one.
pub fn read_job_id(query: &QueryString) -> Result<Option<JobNumber>, BadJobId> {
    let text = query.scalar("job_id").ok_or(BadJobId::Missing)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadJobId::NotInteger);
    }
    Ok(text.parse().ok().map(JobNumber))
}

/// The answer to a request that was queued.
#[derive(Serialize)]
pub struct Queued {
    status_url: String,
}

impl Queued {
    pub fn new(number: JobNumber) -> Self {
        Self {
            status_url: format!("{STATUS_URL}{number}"),
        }
    }
}

/// The state of a job that is not complete yet.
#[derive(Serialize)]
pub struct Unfinished<'a> {
    tracker_id: &'a str,
    status: &'static str,
}

impl<'a> Unfinished<'a> {
    pub fn new(site: &'a TrackerId) -> Self {
        Self {
            tracker_id: site.as_str(),
            status: "in progress",
        }
    }
}

/// The state of a job that is complete, up to the first entry of `failures`: those may be too many to
/// be in memory together. [`push_failure`] and [`END`] write the rest.
#[derive(Serialize)]
pub struct Beginning<'a> {
    tracker_id: &'a str,
    status: &'static str,
    updates_count: u64,
    failures_count: u64,
    failures: Map<String, Value>,
}

/// Closes `failures` and the answer.
pub const END: &[u8] = b"}}";

impl<'a> Beginning<'a> {
    pub fn new(site: &'a TrackerId, job: &Job) -> Self {
        Self {
            tracker_id: site.as_str(),
            status: "complete",
            updates_count: job.applied,
            failures_count: job.refused,
            failures: Map::new(),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("a struct can be written to memory");
        bytes.truncate(bytes.len() - END.len());
        bytes
    }
}

/// Appends one entry of `failures`, with a comma before it unless it is the first.
pub fn push_failure(body: &mut Vec<u8>, failure: &JobRefusal) {
    if failure.position > 1 {
        body.push(b',');
    }
    let key = Value::from(failure.identity.as_str());
    let entry = problem::entry(&failure.refusal);
    body.extend_from_slice(format!("{key}:{entry}").as_bytes());
}

#[cfg(test)]
mod tests;
