//! What every backend has to do, asked through the door alone: the same cases, and the same random sequences
//! of writes and searches, for each of them. Invariant: nothing here knows a backend but `backends`, and what
//! a case expects is said in the case or worked out by the `reference`, which is a backend like the others.
//!
//! | file | for |
//! |---|---|
//! | `backends` | what takes part; a new backend is made here, and named in the macro below |
//! | `cluster` | where a backend is that needs one |
//! | `reference` | an engine in memory, naive and obviously right |
//! | `cases` | one file a part of the door, or of what a search can ask |
//! | `random` | random verbs and searches, compared with the reference |
//! | `shop`, `objects` | a site of a backend, and what is written to it |
//! | `visitors` | what visitors do, what files say |

mod backends;
pub(in crate::engine) mod cases;
pub(in crate::engine) mod cluster;
pub(in crate::engine) mod objects;
pub(in crate::engine) mod random;
pub(in crate::engine) mod reference;
mod shop;
pub(in crate::engine) mod visitors;

use crate::domain::{Clock, Site, TrackerId};
use crate::engine::Engine;

/// A backend on trial.
trait Backend: Sized {
    /// Whether it has the optional door of events.
    const COUNTS_EVENTS: bool;

    /// Whether it can be started here. One that cannot says so.
    fn is_there() -> bool {
        true
    }

    /// Starts it with nothing in it.
    fn start(sites: Vec<Site>, clock: Clock) -> Self;

    /// All it can do.
    fn doors(&self) -> Engine;

    /// Ends it and starts it again on what it has kept. Nobody holds its doors any more.
    fn restart(self, sites: Vec<Site>, clock: Clock) -> Self;

    /// What it finds wrong with what it has kept of a site.
    fn faults(&self, site: &TrackerId) -> Vec<String>;
}

/// Runs cases, each a function that is generic over its backend, on every backend. Those under `stored` ask for nothing but
/// writes, reads and looks into a catalog, those under `found` for searches besides; some backends have no more, and are not asked
/// what stands `elsewhere`. Those under `counted` ask for events. The reference makes no scores, and is not asked what is `scored`.
macro_rules! on_every_backend {
    (stored: $($stored:ident),+; found: $($found:ident),+ $(,)?) => {
        $crate::engine::conformance::on_every_backend![stored: $($stored),+];
        $crate::engine::conformance::on_every_backend![found: $($found),+];
    };
    (found: $($found:ident),+ $(,)?) => {
        $crate::engine::conformance::on_backend![opensearch_found, OpenSearch, $($found),+];
        $crate::engine::conformance::on_backend![embedded_found, Embedded, $($found),+];
        $crate::engine::conformance::on_backend![reference_found, InMemory, $($found),+];
    };
    (scored: $($scored:ident),+ $(,)?) => {
        $crate::engine::conformance::on_backend![opensearch_scored, OpenSearch, $($scored),+];
        $crate::engine::conformance::on_backend![embedded_scored, Embedded, $($scored),+];
    };
    (stored: $($stored:ident),+ $(,)?) => {
        $crate::engine::conformance::on_every_backend![$($stored),+];
        $crate::engine::conformance::on_backend![opensearch, OpenSearch, $($stored),+];
    };
    (counted: $($counted:ident),+ $(,)?) => {
        $crate::engine::conformance::on_backend![opensearch_counted, OpenSearch, $($counted),+];
        $crate::engine::conformance::on_backend![embedded_counted, Embedded, $($counted),+];
    };
    (elsewhere: $($case:ident),+ $(,)?) => {
        $crate::engine::conformance::on_backend![embedded_elsewhere, Embedded, $($case),+];
        $crate::engine::conformance::on_backend![reference_elsewhere, InMemory, $($case),+];
    };
    ($($case:ident),+ $(,)?) => {
        $crate::engine::conformance::on_backend![embedded, Embedded, $($case),+];
        $crate::engine::conformance::on_backend![reference, InMemory, $($case),+];
    };
}

macro_rules! on_backend {
    ($module:ident, $backend:ident, $($case:ident),+) => {
        mod $module {
            use super::Backend;
            use crate::engine::conformance::backends::$backend;
            $(#[tokio::test]
            async fn $case() {
                if $backend::is_there() {
                    super::$case::<$backend>().await;
                }
            })+
        }
    };
}

use on_backend;
use on_every_backend;
