//! How many files a server may have open. Invariant: the limit is only ever raised, and one that is too low is told at
//! the start and not found out under load.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::config::Config;

/// What stores, indexes that are being written and logs take, however many sites there are: connections of those that
/// are awake, a log and a shared memory each.
const FOR_DATA: u64 = 768;

/// Raises the limit of this process as far as it needs and may, and says when that is not enough.
pub(super) fn raise_limit(config: &Config) {
    let needed = config.limits.connections_max as u64 + FOR_DATA;
    let found = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if is_enough(found.current) {
        return;
    }
    let mut raised = found;
    raised.current = found
        .maximum
        .map_or(Some(needed), |maximum| Some(maximum.min(needed)));
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) if is_enough(raised.current) => {
            tracing::info!(limit = raised.current, "the limit of open files was raised");
        }
        _ => tracing::warn!(
            limit = getrlimit(Resource::Nofile).current,
            needed,
            "few files may be open: connections are refused when many come; raise `LimitNOFILE=` of the unit or \
             `ulimit -n`, or lower `limits.connections_max`"
        ),
    }
}
