//! What kind of file system data lies on. Invariant: one that does not keep what it says is on the disk, or gives locks
//! that do not hold, is called by its name.

/// What a kind is worth for a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Good,
    /// What is written goes with the machine, the container, or at the next start.
    Passing,
    /// Whether it keeps its word is for others to say.
    Doubtful,
    /// Locks and syncs are those of another machine.
    Network,
}

/// By the magic numbers of statfs(2).
const KINDS: &[(u32, &str, Worth)] = &[
    (0xef53, "ext4", Worth::Good),
    (0x5846_5342, "XFS", Worth::Good),
    (0x9123_683e, "Btrfs", Worth::Good),
    (0x2fc1_2fc1, "ZFS", Worth::Good),
    (0xf2f5_2010, "F2FS", Worth::Good),
    (0xca45_1a4e, "bcachefs", Worth::Good),
    (0x794c_7630, "overlay", Worth::Passing),
    (0x6175_6673, "aufs", Worth::Passing),
    (0x0102_1994, "tmpfs", Worth::Passing),
    (0x8584_58f6, "ramfs", Worth::Passing),
    (0x6573_5546, "FUSE", Worth::Doubtful),
    (0x4d44, "FAT", Worth::Doubtful),
    (0x2011_bab0, "exFAT", Worth::Doubtful),
    (0x5346_544e, "NTFS", Worth::Doubtful),
    (0xf15f, "eCryptfs", Worth::Doubtful),
    (0x6969, "NFS", Worth::Network),
    (0xff53_4d42, "SMB", Worth::Network),
    (0xfe53_4d42, "SMB", Worth::Network),
    (0x517b, "SMB", Worth::Network),
    (0x0102_1997, "9P", Worth::Network),
    (0x00c3_6400, "Ceph", Worth::Network),
    (0x5346_414f, "AFS", Worth::Network),
    (0x0bd0_0bd0, "Lustre", Worth::Network),
    (0x0116_1970, "GFS2", Worth::Network),
    (0x7461_636f, "OCFS2", Worth::Network),
];

/// The kind of this number; `None` where it is not known.
pub(super) fn of_magic(magic: u32) -> Option<(&'static str, Worth)> {
    let known = KINDS.iter().find(|(number, ..)| *number == magic);
    known.map(|(_, name, worth)| (*name, *worth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_stands_for_one_kind() {
        for (place, (number, name, _)) in KINDS.iter().enumerate() {
            assert!(
                KINDS[..place].iter().all(|(other, ..)| other != number),
                "{name}"
            );
        }
        assert_eq!(of_magic(0x6969), Some(("NFS", Worth::Network)));
        assert_eq!(of_magic(0xef53), Some(("ext4", Worth::Good)));
        assert_eq!(of_magic(1), None);
    }
}
