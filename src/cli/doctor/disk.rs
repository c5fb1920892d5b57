//! The data folder: its room, what it lies on, and whose it is. Invariant: a folder that is not there yet is judged by
//! the one that it will be made in.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::file_system::{self, Worth};
use super::{Finding, Patient};
use crate::engine::embedded::offline::{check, condition};

/// Fewer files than this can be made: an index has some hundreds.
const FILES_MIN: u64 = 10_000;

pub(super) fn look(patient: &Patient) -> Vec<Finding> {
    let Some(folder) = nearest(&patient.data_dir) else {
        let words = format!(
            "`{}` cannot be made: nothing above it is a folder",
            patient.data_dir.display()
        );
        return vec![Finding::fault("data folder", words)];
    };
    let mut findings = vec![permissions(patient, &folder)];
    findings.extend(kind(&folder));
    findings.extend(room(patient, &folder));
    findings
}

/// The folder itself, or the first above it that is there.
fn nearest(data_dir: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(data_dir).ok()?;
    let found = absolute.ancestors().find(|folder| folder.exists())?;
    found.is_dir().then(|| found.to_owned())
}

fn permissions(patient: &Patient, folder: &Path) -> Finding {
    const OF: &str = "data folder";
    let place = patient.data_dir.display();
    if let Err(error) =
        rustix::fs::access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
    {
        let words = format!(
            "`{}` may not be written to ({error}): `chown` it to whoever runs the server",
            folder.display()
        );
        return Finding::fault(OF, words);
    }
    if !patient.data_dir.is_dir() {
        return Finding::ok(
            OF,
            format!("`{place}` is not there yet; the first start makes it"),
        );
    }
    let owner = |path: &Path| fs::metadata(path).map(|file| file.uid());
    let own = owner(folder).ok();
    let others = paths(folder)
        .into_iter()
        .find(|path| owner(path).ok() != own);
    if let Some(path) = others {
        let words = format!(
            "`{}` is another user's than `{place}`: a server that runs as the one cannot write what is the other's; \
             `chown -R --reference={place} {place}`",
            path.display()
        );
        return Finding::warning(OF, words);
    }
    Finding::ok(OF, format!("`{place}` can be written to"))
}

/// Folders and files of all sites, of each the first layer.
fn paths(data_dir: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut paths = vec![data_dir.join("lock"), data_dir.join("sites")];
    paths.retain(|path| path.exists());
    for site in below(&data_dir.join("sites")) {
        paths.extend(below(&site));
        paths.push(site);
    }
    paths
}

#[cfg(target_os = "linux")]
fn kind(folder: &Path) -> Option<Finding> {
    const OF: &str = "file system";
    let magic = rustix::fs::statfs(folder).ok()?.f_type as u32;
    Some(match file_system::of_magic(magic) {
        None => Finding::ok(
            OF,
            format!(
                "of a kind that is not known here (0x{magic:x}): it must keep what it syncs, and locks"
            ),
        ),
        Some((name, Worth::Good)) => Finding::ok(OF, name),
        Some((name, Worth::Passing)) => Finding::warning(
            OF,
            format!(
                "{name}: what is stored goes with the container or the machine; mount a volume for the data folder"
            ),
        ),
        Some((name, Worth::Doubtful)) => Finding::warning(
            OF,
            format!(
                "{name}: whether it keeps what was synced is not known; ext4, XFS, Btrfs and ZFS do"
            ),
        ),
        Some((name, Worth::Network)) => Finding::fault(
            OF,
            format!(
                "{name}, of a network or of several machines: locks and syncs need not hold there, and with them no \
                 acknowledgement; use a disk of this machine"
            ),
        ),
    })
}

#[cfg(not(target_os = "linux"))]
fn kind(_: &Path) -> Option<Finding> {
    let _ = (file_system::of_magic, Worth::Good);
    None
}

fn room(patient: &Patient, folder: &Path) -> Option<Finding> {
    const OF: &str = "disk";
    let disk = rustix::fs::statvfs(folder).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let reserve = patient.config.as_ref()?.storage.disk_reserve_bytes;
    if free < reserve {
        let words = format!(
            "{free} bytes are free, less than `storage.disk_reserve_bytes` ({reserve}): writes are refused; make room"
        );
        return Some(Finding::fault(OF, words));
    }
    let sites = check::sites(&patient.data_dir).unwrap_or_default();
    let largest = sites
        .iter()
        .map(|site| condition::index_bytes(&patient.data_dir, site));
    let largest = largest.max().unwrap_or_default();
    if free < reserve.saturating_add(largest) {
        let words = format!(
            "{free} bytes are free: with {reserve} in reserve there is no room to make the largest index again \
             ({largest} bytes), as after a change of language or an upgrade"
        );
        return Some(Finding::warning(OF, words));
    }
    // Some file systems count none.
    if disk.f_files > 0 && disk.f_favail < FILES_MIN {
        let words = format!(
            "only {} more files can be made on it (`df -i`)",
            disk.f_favail
        );
        return Some(Finding::warning(OF, words));
    }
    Some(Finding::ok(OF, format!("{free} bytes are free")))
}
