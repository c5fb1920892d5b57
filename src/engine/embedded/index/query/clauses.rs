//! Conditions put together: all of them, none of them. Invariant: nothing is asked where there is nothing to ask.

use tantivy::query::{AllQuery, BooleanQuery, Occur, Query};

pub(super) fn not(query: Box<dyn Query>) -> Box<dyn Query> {
    let everything: Box<dyn Query> = Box::new(AllQuery);
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, everything),
        (Occur::MustNot, query),
    ]))
}

/// `None` when there is nothing to ask.
pub(super) fn all(mut clauses: Vec<(Occur, Box<dyn Query>)>) -> Option<Box<dyn Query>> {
    if clauses.is_empty() {
        return None;
    }
    if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    Some(Box::new(BooleanQuery::new(clauses)))
}
