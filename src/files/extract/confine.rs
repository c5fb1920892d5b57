//! What a process that reads a foreign file takes from itself. Invariant: nothing of the file was looked at before.

use rustix::process::{Resource, Rlimit, setrlimit};

/// What it may still use up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// The process that waits for the answer.
    pub(super) parent: u32,
    pub(super) cpu_s: u64,
    /// On top of what it has now.
    pub(super) memory_bytes: u64,
}

/// How much it stands back behind those who answer requests.
const NICE: i32 = 10;

/// Limits this process for good: time, memory, files, connections, other processes, new rights.
pub(super) fn confine(allowance: Allowance) -> std::io::Result<()> {
    // It may be as low already.
    let _ = rustix::process::nice(NICE);
    #[cfg(target_os = "linux")]
    linux::bind_to(allowance.parent)?;
    #[cfg(not(target_os = "linux"))]
    let _ = (allowance.parent, allowance.memory_bytes);
    let to = |most: u64| Rlimit {
        current: Some(most),
        maximum: Some(most),
    };
    // The first of the two is a signal that says why, the second one that nothing can do anything about.
    let cpu = Rlimit {
        current: Some(allowance.cpu_s),
        maximum: Some(allowance.cpu_s + 1),
    };
    setrlimit(Resource::Cpu, cpu)?;
    setrlimit(Resource::Core, to(0))?;
    setrlimit(Resource::Fsize, to(0))?;
    #[cfg(target_os = "linux")]
    {
        linux::limit_memory(allowance.memory_bytes)?;
        setrlimit(Resource::Nproc, to(0))?;
    }
    // The last: with it, nothing can be opened any more, no file and no connection.
    setrlimit(Resource::Nofile, to(0))?;
    Ok(())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use rustix::process::{
        Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit,
    };
    use rustix::thread::set_no_new_privs;

    /// Ends with who waits for the answer; where memory is short, it is the first to go.
    pub(super) fn bind_to(parent: u32) -> io::Result<()> {
        // Not everywhere there is such a file.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
        set_no_new_privs(true)?;
        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have ended before that.
        let is_there = getppid().is_some_and(|pid| pid.as_raw_nonzero().get() as u32 == parent);
        if is_there {
            Ok(())
        } else {
            Err(io::Error::other("nobody waits for the answer"))
        }
    }

    pub(super) fn limit_memory(bytes: u64) -> io::Result<()> {
        let sizes = std::fs::read_to_string("/proc/self/statm")?;
        let pages = sizes.split(' ').next().and_then(|size| size.parse().ok());
        let pages: u64 = pages.ok_or_else(|| io::Error::other("the process has no size"))?;
        let most = Some(pages * rustix::param::page_size() as u64 + bytes);
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        Ok(setrlimit(Resource::As, limit)?)
    }
}
