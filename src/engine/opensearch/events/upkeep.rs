//! What keeps a log short, and forgets in it what is to be forgotten: now and then a process writes down what is counted up to an
//! entry; who begins goes on from there, and the entries up to it go. Invariants: a copy counts once all of it is in the
//! cluster, with the head that says so; no entry goes before a copy counts that has it; what is deleted can never count again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use uuid::Uuid;

use super::copies::put_copy;
use super::error::FollowError;
use super::log::{Head, Log, Making};
use super::state::SiteEvents;
use crate::domain::Timestamp;
use crate::engine::events::Mark;
use crate::engine::opensearch::cluster::Place;
use crate::engine::opensearch::site::OpenSite;

/// Between two copies, at least: a moment, and longer where they are large.
const COPY_EVERY_MS: i64 = 30_000;
const COPY_MS_A_MEBIBYTE: i64 = 1_000;

/// A copy is made when the log has grown by so much since the last, or by as much as that takes.
const LOG_BYTES_MIN: u64 = 8 << 20;
const LOG_ENTRIES_MAX: u64 = 20_000;
/// Or so long after it, if it has grown at all: nobody's events are kept longer one by one.
const COPY_AFTER_MS: i64 = 24 * 60 * 60 * 1000;

/// Who is behind by less than this goes on with the entries that are in a new copy, too.
const GRACE_MS: i64 = 5_000;

/// Somebody who makes a copy for longer has failed.
const MAKING_MS_MAX: i64 = 10 * 60 * 1000;

/// Times that a head is changed which somebody else has changed.
const TRIES_MAX: usize = 10;

/// Whether something is to be done for the log.
pub(super) fn is_needed(head: &Head, mark: &Mark, now: Timestamp) -> bool {
    is_copy_due(head, mark, now) || is_floor_due(head, now) || is_sweep_due(head)
}

fn is_copy_due(head: &Head, mark: &Mark, now: Timestamp) -> bool {
    let now = now.as_millis();
    let (upto, log_bytes, size, at) = match &head.copy {
        Some(copy) => (copy.upto, copy.log_bytes, copy.size, copy.at),
        None => (0, 0, 0, head.begun),
    };
    if mark.entry <= upto {
        return false;
    }
    let age = now - at;
    let least = COPY_EVERY_MS + COPY_MS_A_MEBIBYTE * (size >> 20) as i64;
    let may_be = head.copy.is_none() || age < 0 || age >= least;
    let is_long = mark.bytes.saturating_sub(log_bytes) >= LOG_BYTES_MIN.max(size)
        || mark.entry - upto >= LOG_ENTRIES_MAX;
    may_be && (mark.forgot > upto || is_long || age >= COPY_AFTER_MS)
}

/// Whether entries may go that are in the copy.
fn is_floor_due(head: &Head, now: Timestamp) -> bool {
    head.copy.as_ref().is_some_and(|copy| {
        let age = now.as_millis() - copy.at;
        copy.upto > head.floor && !(0..GRACE_MS).contains(&age)
    })
}

fn is_sweep_due(head: &Head) -> bool {
    head.swept < head.floor || !head.old.is_empty()
}

/// Does what is to be done, beside everything else, unless this process is at it.
pub(super) fn begin(site: &Arc<OpenSite>, mark: &Mark) {
    let Some(events) = &site.events else {
        return;
    };
    if events.is_tending.swap(true, Ordering::AcqRel) {
        return;
    }
    let (site, mark) = (Arc::clone(site), mark.clone());
    tokio::spawn(async move {
        let Some(events) = &site.events else {
            return;
        };
        if let Err(error) = tend(&site, events, &mark).await {
            tracing::warn!(site.tracker_id = %site.id, %error, "the log of events stays as long as it is");
        }
        events.is_tending.store(false, Ordering::Release);
    });
}

async fn tend(site: &Arc<OpenSite>, events: &SiteEvents, mark: &Mark) -> Result<(), FollowError> {
    let log = Log {
        cluster: &site.cluster,
        alias: &events.alias,
    };
    let Some((head, place)) = log.head().await? else {
        return Ok(());
    };
    let now = site.now();
    if is_floor_due(&head, now) {
        let upto = head.copy.as_ref().map_or(0, |copy| copy.upto);
        let lower = change(log, (head, place), |head| {
            head.floor = head.floor.max(upto);
            true
        });
        lower.await?;
    } else if is_sweep_due(&head) {
        if log.sweep(&head).await? {
            let done = change(log, (head.clone(), place), |now| {
                now.swept = now.swept.max(head.floor);
                now.old.retain(|name| !head.old.contains(name));
                true
            });
            done.await?;
        }
    } else if is_copy_due(&head, mark, now) {
        make_copy(site, events, log, (head, place)).await?;
    }
    Ok(())
}

/// Changes a head as it is then, however often others do; whether it was changed.
async fn change(
    log: Log<'_>,
    read: (Head, Place),
    with: impl Fn(&mut Head) -> bool,
) -> Result<bool, FollowError> {
    let (mut head, mut place) = read;
    for _ in 0..TRIES_MAX {
        if !with(&mut head) {
            return Ok(false);
        }
        match log.put_head(&head, Some(place)).await {
            Ok(_) => return Ok(true),
            Err(error) if error.is_conflict() || error.is_in_doubt() => {}
            Err(error) => return Err(error.into()),
        }
        match log.head().await? {
            Some((there, at)) => (head, place) = (there, at),
            None => return Ok(false),
        }
    }
    Ok(false)
}

async fn make_copy(
    site: &Arc<OpenSite>,
    events: &SiteEvents,
    log: Log<'_>,
    read: (Head, Place),
) -> Result<(), FollowError> {
    let now = site.now().as_millis();
    let name = Uuid::new_v4().simple().to_string();
    let (mut head, place) = read;
    if let Some(making) = &head.making {
        let age = now - making.at;
        if (0..MAKING_MS_MAX).contains(&age) {
            return Ok(());
        }
        head.old.push(making.name.clone());
    }
    head.making = Some(Making {
        name: name.clone(),
        at: now,
    });
    match log.put_head(&head, Some(place)).await {
        Ok(_) => {}
        // Somebody else does it, or this is tried again.
        Err(error) if error.is_conflict() || error.is_in_doubt() => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let made = put_copy(site, events, log, &name).await;
    let Some(read) = log.head().await? else {
        return Ok(());
    };
    let is_mine = |head: &Head| head.making.as_ref().is_some_and(|it| it.name == name);
    let (copy, failed) = match made {
        Ok(copy) => (copy, None),
        Err(error) => (None, Some(error)),
    };
    change(log, read, |head| {
        let before = head.copy.as_ref().map_or(0, |copy| copy.upto);
        let newer = copy.clone().filter(|copy| copy.upto > before);
        match newer.filter(|_| is_mine(head)) {
            Some(newer) => head
                .old
                .extend(head.copy.replace(newer).map(|old| old.name)),
            None if head.copy.as_ref().is_some_and(|it| it.name == name) => return false,
            None if head.old.contains(&name) => return false,
            None => head.old.push(name.clone()),
        }
        if is_mine(head) {
            head.making = None;
        }
        true
    })
    .await?;
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::opensearch::events::log::Copy;

    const DAY_MS: i64 = COPY_AFTER_MS;

    fn head(copy: Option<Copy>) -> Head {
        Head {
            copy,
            ..Head::new("l".to_owned(), &[1; 32], 0)
        }
    }

    fn copy(upto: u64, at: i64) -> Copy {
        Copy {
            name: "a".to_owned(),
            upto,
            pieces: 1,
            hash: String::new(),
            size: 0,
            log_bytes: 1_000,
            at,
        }
    }

    fn mark(entry: u64, bytes: u64, forgot: u64) -> Mark {
        Mark {
            entry,
            bytes,
            forgot,
            ..Mark::default()
        }
    }

    #[test]
    fn a_copy_is_made_when_the_log_is_long_old_or_has_what_is_to_be_forgotten() {
        let due =
            |head: &Head, mark: &Mark, now| is_copy_due(head, mark, Timestamp::from_millis(now));
        let old = head(Some(copy(10, 0)));
        let soon = COPY_EVERY_MS;
        assert!(
            !due(&old, &mark(11, 1_100, 5), soon),
            "nothing calls for it"
        );
        assert!(
            due(&old, &mark(11, 1_100, 11), soon),
            "somebody is forgotten"
        );
        assert!(!due(&old, &mark(11, 1_100, 11), soon - 1), "not yet");
        assert!(due(&old, &mark(11, 1_000 + LOG_BYTES_MIN, 0), soon));
        assert!(due(&old, &mark(10 + LOG_ENTRIES_MAX, 1_100, 0), soon));
        assert!(due(&old, &mark(11, 1_100, 0), DAY_MS));
        assert!(!due(&old, &mark(10, 1_000, 10), DAY_MS), "nothing is new");
        assert!(due(&head(None), &mark(1, 100, 1), 0), "there is none yet");
    }

    #[test]
    fn entries_go_when_a_copy_has_them_for_a_while() {
        let due = |head: &Head, now| is_floor_due(head, Timestamp::from_millis(now));
        let fresh = head(Some(copy(10, 0)));
        assert!(!due(&fresh, GRACE_MS - 1) && due(&fresh, GRACE_MS));
        assert!(due(&fresh, -1), "a clock that is behind waits for nothing");
        let done = Head { floor: 10, ..fresh };
        assert!(!due(&done, GRACE_MS) && is_sweep_due(&done));
        let swept = Head { swept: 10, ..done };
        assert!(!is_sweep_due(&swept));
    }
}
