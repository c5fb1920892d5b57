//! Jobs as rows: numbers, turns, pages, refusals, forgetting, and stores made before there were jobs.

use super::*;
use crate::domain::{Criteria, FieldName, FieldValue, Number, ObjectType, UpdateByQuery};
use crate::engine::embedded::store::connection::open_for_writing;
use crate::engine::embedded::store::{Reader, open_or_create};
use rusqlite::OpenFlags;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

struct Store {
    folder: tempfile::TempDir,
    connection: Connection,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        open_or_create(folder.path(), Timestamp::from_millis(0)).unwrap();
        let connection = open_for_writing(folder.path(), OpenFlags::empty(), 0).unwrap();
        Self { folder, connection }
    }
}

fn request() -> JobRequest {
    let wool = FieldValue::List(vec!["wool".into(), FieldValue::Bool(true)]);
    let criteria = [("material", wool)].into_iter().collect();
    JobRequest::UpdateByQuery(UpdateByQuery {
        types: vec![ObjectType::new("product").unwrap()],
        criteria: Criteria::new(criteria).unwrap(),
        fields: vec![
            (FieldName::new("z"), None),
            (
                FieldName::new("a"),
                Some(FieldValue::Number(Number::Float(5.0))),
            ),
        ],
    })
}

fn refusal(identity: &str) -> (Identity, Refusal) {
    (Identity::new(identity).unwrap(), Refusal::NotFound)
}

#[test]
fn jobs_take_turns_in_the_order_they_came() {
    let store = Store::new().connection;
    assert_eq!(add(&store, &request()).unwrap(), JobNumber(1));
    assert_eq!(add(&store, &request()).unwrap(), JobNumber(2));
    assert_eq!(count_open(&store, JobKind::UpdateByQuery).unwrap(), 2);
    let first = first_open(&store, JobKind::UpdateByQuery).unwrap().unwrap();
    assert_eq!(first.number, JobNumber(1));
    assert!(!first.is_settled);
    assert_eq!(first.request.unwrap(), request());
    end(&store, JobNumber(1), NOW, None).unwrap();
    let second = first_open(&store, JobKind::UpdateByQuery).unwrap().unwrap();
    assert_eq!(second.number, JobNumber(2));
    end(&store, JobNumber(2), NOW, Some("no reason")).unwrap();
    assert!(
        first_open(&store, JobKind::UpdateByQuery)
            .unwrap()
            .is_none()
    );
    assert_eq!(count_open(&store, JobKind::UpdateByQuery).unwrap(), 0);
}

#[test]
fn a_job_tells_how_far_it_is() {
    let store = Store::new().connection;
    let number = add(&store, &request()).unwrap();
    let status = |store: &Connection| find(store, number).unwrap().unwrap().status;
    assert_eq!(status(&store), JobStatus::Queued);
    start(&store, number).unwrap();
    assert_eq!(status(&store), JobStatus::Running);
    advance(&store, number, 5, &[refusal("a"), refusal("b")]).unwrap();
    advance(&store, number, 1, &[refusal("c")]).unwrap();
    end(&store, number, NOW, None).unwrap();
    let job = find(&store, number).unwrap().unwrap();
    assert_eq!((job.applied, job.refused), (6, 3));
    assert_eq!(job.status, JobStatus::Complete);
    assert_eq!(find(&store, JobNumber(2)).unwrap(), None);
    assert_eq!(find(&store, JobNumber(u64::MAX)).unwrap(), None);
    let listed = |after, limit| {
        let refusals = refusals_after(&store, number, after, limit).unwrap();
        let names = refusals
            .iter()
            .map(|refusal| refusal.identity.as_str().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(listed(0, 2), ["a", "b"]);
    assert_eq!(listed(2, 2), ["c"]);
}

#[test]
fn pages_are_taken_in_order_and_begun_afresh() {
    let store = Store::new().connection;
    let number = add(&store, &request()).unwrap();
    add_page(&store, number, 0, &[1, 2]).unwrap();
    start(&store, number).unwrap();
    assert_eq!(
        take_page(&store, number).unwrap(),
        None,
        "half a set is none"
    );
    add_page(&store, number, 0, &[1, 500]).unwrap();
    add_page(&store, number, 1, &[501]).unwrap();
    settle(&store, number, 3).unwrap();
    assert!(
        first_open(&store, JobKind::UpdateByQuery)
            .unwrap()
            .unwrap()
            .is_settled
    );
    assert_eq!(take_page(&store, number).unwrap(), Some(vec![1, 500]));
    assert_eq!(take_page(&store, number).unwrap(), Some(vec![501]));
    assert_eq!(take_page(&store, number).unwrap(), None);
}

#[test]
fn ended_jobs_are_forgotten_bit_by_bit_and_their_numbers_never_come_again() {
    let store = Store::new().connection;
    let number = add(&store, &request()).unwrap();
    advance(
        &store,
        number,
        0,
        &[refusal("a"), refusal("b"), refusal("c")],
    )
    .unwrap();
    end(&store, number, NOW, None).unwrap();
    let open = add(&store, &request()).unwrap();
    assert!(!any_ended(&store, NOW).unwrap(), "not before its time");
    let later = Timestamp::from_millis(NOW.as_millis() + 1);
    assert!(any_ended(&store, later).unwrap());
    assert_eq!(forget_ended(&store, later, 2).unwrap(), 2);
    assert_eq!(forget_ended(&store, later, 2).unwrap(), 2);
    assert_eq!(forget_ended(&store, later, 2).unwrap(), 0);
    assert_eq!(find(&store, number).unwrap(), None);
    assert!(find(&store, open).unwrap().is_some(), "it has not ended");
    end(&store, open, NOW, None).unwrap();
    forget_ended(&store, later, 10).unwrap();
    assert_eq!(add(&store, &request()).unwrap(), JobNumber(3));
}

#[test]
fn a_store_made_before_there_were_jobs_gets_their_tables() {
    let Store { folder, connection } = Store::new();
    connection
        .execute_batch("DROP TABLE jobs; DROP TABLE job_pages; DROP TABLE job_refusals;")
        .unwrap();
    drop(connection);
    open_or_create(folder.path(), Timestamp::from_millis(0)).unwrap();
    let reader = Reader::open(folder.path(), 0).unwrap();
    assert!(
        first_open(&reader, JobKind::UpdateByQuery)
            .unwrap()
            .is_none()
    );
}
