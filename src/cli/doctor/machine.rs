//! Clock, limits and versions. Invariant: of a running server its own limits are told, not those of this shell.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{Finding, Patient, Server};
use crate::domain::{Clock, Timestamp};
use crate::engine::embedded::offline::condition;
use crate::http::date;

/// Nobody had this program before.
const EARLIEST: &str = "2025-01-01T00:00:00Z";

/// Files that an open site takes: its store, readers of it, and an index while it is written.
const FILES_OF_A_SITE: u64 = 100;

/// For logs, listening, and everything else.
const FILES_BESIDE: u64 = 100;

pub(super) fn versions() -> Finding {
    let store = condition::STORE_FORMAT;
    let words = format!(
        "vetrina {}, stores of format {store}",
        env!("CARGO_PKG_VERSION")
    );
    Finding::ok("version", words)
}

/// Signatures hold for a minute, schedules to the second.
pub(super) fn clock() -> Finding {
    const OF: &str = "clock";
    let now = Clock::system().now();
    let is_early = Timestamp::parse(EARLIEST).is_some_and(|earliest| now < earliest);
    if is_early || !date::is_now_writable() {
        let words = format!(
            "it says {now}: set it, or no signature will hold (NTP: `timedatectl set-ntp true`)"
        );
        return Finding::fault(OF, words);
    }
    Finding::ok(
        OF,
        format!("it says {now}; compare that with a clock you trust"),
    )
}

/// Who holds the lock of the data folder.
pub(super) fn server_on(data_dir: &Path) -> Server {
    let Ok(file) = fs::File::open(data_dir.join("lock")) else {
        return Server::None;
    };
    let inode = file.metadata().map(|file| file.ino()).unwrap_or_default();
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    if let Some(id) = locks.lines().find_map(|line| holder(line, inode)) {
        return Server::Running(Some(id));
    }
    // Where the system does not tell; given back at once.
    match file.try_lock_shared() {
        Ok(()) => Server::None,
        Err(_) => Server::Running(None),
    }
}

/// `1: FLOCK  ADVISORY  WRITE 6700 fd:01:12345 0 EOF`
fn holder(line: &str, inode: u64) -> Option<u32> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_it =
        words.get(1) == Some(&"FLOCK") && words.get(5)?.rsplit(':').next()?.parse() == Ok(inode);
    // One of another name space has none.
    is_it.then(|| words[4].parse().ok()).flatten()
}

pub(super) fn open_files(patient: &Patient) -> Finding {
    const OF: &str = "open files";
    let (limits, whose) = match patient.server {
        Server::Running(Some(id)) => (format!("/proc/{id}/limits"), "the running server"),
        _ => ("/proc/self/limits".to_owned(), "this shell"),
    };
    let limits = fs::read_to_string(limits).unwrap_or_default();
    let Some(limit) = open_files_max(&limits) else {
        return Finding::ok(OF, "this system does not tell");
    };
    let Some(config) = &patient.config else {
        return Finding::ok(OF, format!("{whose} may have {limit}"));
    };
    let sites = config.sites.len() as u64 * FILES_OF_A_SITE;
    let wanted = config.limits.connections_max as u64 + sites + FILES_BESIDE;
    let words =
        format!("{whose} may have {limit}, `limits.connections_max` and the sites want {wanted}");
    if limit < wanted {
        let to_do = "raise it (`LimitNOFILE=` of the unit, `ulimit -n`), or connections are refused when many come";
        return Finding::warning(OF, format!("{words}: {to_do}"));
    }
    Finding::ok(OF, words)
}

/// `Max open files            1024                 524288               files`
fn open_files_max(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    match line.split_whitespace().nth(3)? {
        "unlimited" => Some(u64::MAX),
        soft => soft.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_locks_are_read_as_the_kernel_writes_them() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\n\
                      Max open files            1024                 524288               files\n";
        assert_eq!(open_files_max(limits), Some(1024));
        assert_eq!(
            open_files_max(&limits.replace("1024  ", "unlimited")),
            Some(u64::MAX)
        );
        assert_eq!(open_files_max(""), None);
        let line = "1: FLOCK  ADVISORY  WRITE 6700 fd:01:12345 0 EOF";
        assert_eq!(holder(line, 12345), Some(6700));
        assert_eq!(holder(line, 2345), None);
        assert_eq!(
            holder("2: POSIX  ADVISORY  READ 5 fd:01:12345 0 9", 12345),
            None
        );
        assert_eq!(holder("3: -> FLOCK", 12345), None);
    }
}
