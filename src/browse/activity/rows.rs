//! Queues, jobs and sources as rows. Invariant: how far something is, is a part of what is known of the whole, and none
//! where nothing is.

use std::time::Duration;

use super::hour::seconds;
use crate::api::ops::SourceLook;
use crate::browse::Browse;
use crate::browse::actions::Action;
use crate::browse::chart::{count, length};
use crate::browse::link;
use crate::browse::value::when;
use crate::domain::{JobLook, JobStatus, Timestamp, TrackerId};
use crate::engine::stats::SiteStats;

/// What waits on one site.
pub(super) struct SiteQueues {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) is_open: bool,
    pub(super) is_well: bool,
    pub(super) writes: usize,
    pub(super) writes_kb: String,
    pub(super) writes_refused: String,
    pub(super) to_index: u64,
    pub(super) index_groups: usize,
    pub(super) index_operations: usize,
    pub(super) index_age: String,
    pub(super) jobs: u64,
    pub(super) receipts: u64,
    pub(super) events: usize,
    pub(super) refused: String,
}

impl SiteQueues {
    pub(super) fn of(root: &str, stats: &SiteStats) -> Self {
        let open = stats.open.clone().unwrap_or_default();
        let store = open.store.unwrap_or_default();
        let id = stats.site.as_str();
        Self {
            id: id.to_owned(),
            href: format!("{}/activity", link::of_site(root, id)),
            is_open: stats.open.is_some(),
            is_well: stats.is_well,
            writes: open.write_queue_requests,
            writes_kb: count((open.write_queue_bytes / 1024) as u64),
            writes_refused: count(open.writes_refused),
            to_index: store.written.saturating_sub(open.visible),
            index_groups: open.index_queue_groups,
            index_operations: open.index_queue_operations,
            index_age: seconds(open.index_commit_age),
            jobs: store.jobs.queued + store.jobs.running,
            receipts: store.receipts.pending,
            events: open.events.queue_requests,
            refused: count(open.objects_refused),
        }
    }
}

pub(super) struct JobRow {
    pub(super) number: u64,
    pub(super) state: &'static str,
    /// The style of the state.
    pub(super) look: &'static str,
    /// Length of the bar and what it says; `None` while nobody knows how many match.
    pub(super) progress: Option<(f64, String)>,
    pub(super) applied: String,
    pub(super) refused: String,
    pub(super) ended: String,
    pub(super) reason: Option<String>,
}

impl From<JobLook> for JobRow {
    fn from(look: JobLook) -> Self {
        let JobLook {
            job,
            matched,
            ended_at,
        } = look;
        let done = job.applied + job.refused;
        let (state, style, reason) = match job.status {
            JobStatus::Queued => ("queued", "wait", None),
            JobStatus::Running => ("running", "wait", None),
            JobStatus::Complete => ("complete", "good", None),
            JobStatus::Failed { reason } => ("failed", "bad", Some(reason)),
        };
        Self {
            number: job.number.0,
            state,
            look: style,
            progress: matched.map(|matched| part_of(done, matched)),
            applied: count(job.applied),
            refused: count(job.refused),
            ended: ended_at.map(when).unwrap_or_default(),
            reason,
        }
    }
}

/// The length of a bar, and what it says. Nothing of nothing is all.
fn part_of(done: u64, all: u64) -> (f64, String) {
    let words = format!("{} of {}", count(done), count(all));
    if all == 0 {
        return (length(1.0, 1.0), words);
    }
    (length(done as f64, all as f64), words)
}

pub(super) struct SourceRow {
    pub(super) name: String,
    pub(super) site: String,
    pub(super) state: &'static str,
    pub(super) look: &'static str,
    pub(super) phase: Option<&'static str>,
    pub(super) progress: Option<(f64, String)>,
    pub(super) failed: String,
    pub(super) deleted: String,
    pub(super) last_success: Option<String>,
    pub(super) mode: &'static str,
    pub(super) lag: String,
    pub(super) pending: String,
    pub(super) error: Option<String>,
    /// Where a sync can be started, where the pages may.
    pub(super) start: Option<String>,
}

impl SourceRow {
    /// Of a site, or of all.
    pub(super) fn all(browse: &Browse, site: Option<&TrackerId>) -> Vec<Self> {
        let looks = browse.sources.looks(site).into_iter();
        let root = browse.path("");
        let row = |look: SourceLook| {
            let action = Action::Sync {
                source: look.name.clone(),
            };
            let href = action.href(&root, &look.site);
            let is_listed = action.is_listed(browse.actions);
            Self {
                start: is_listed.then_some(href),
                ..Self::from(look)
            }
        };
        looks.map(row).collect()
    }
}

impl From<SourceLook> for SourceRow {
    fn from(look: SourceLook) -> Self {
        let is_running = look.phase.is_some();
        let style = match look.status {
            _ if look.has_failed => "bad",
            "complete" => "good",
            _ => "wait",
        };
        let last_success = look.last_success_at_ms.map(Timestamp::from_millis);
        Self {
            progress: (is_running && look.total > 0).then(|| part_of(look.indexed, look.total)),
            name: look.name,
            site: look.site,
            state: look.status,
            look: style,
            phase: look.phase,
            failed: count(look.failed),
            deleted: count(look.deleted),
            last_success: last_success.map(when),
            mode: look.mode.unwrap_or("not known yet"),
            lag: seconds(Duration::try_from_secs_f64(look.lag_s).unwrap_or_default()),
            pending: count(look.pending),
            error: look.last_error,
            start: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_how_far_and_nothing_of_nothing_is_all() {
        let told = |done, all| {
            let (length, words) = part_of(done, all);
            format!("{length} {words}")
        };
        assert_eq!(told(3, 4), "75 3 of 4");
        assert_eq!(told(0, 0), "100 0 of 0");
        assert_eq!(told(9, 4), "100 9 of 4");
    }
}
