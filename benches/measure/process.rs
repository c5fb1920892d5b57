//! What Linux says of a process.

use std::fs;
use std::time::Duration;

use crate::Result;

/// Of `/proc/PID/stat`; fixed on Linux for user space (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time of all its threads so far, in user space and in the kernel.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    cpu_of(&format!("/proc/{pid}/stat"))
}

/// That of its threads whose name begins so, of those that live.
pub(crate) fn cpu_of_threads(pid: u32, name: &str) -> Result<Duration> {
    let mut all = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let thread = thread?.path();
        // A thread may end between two looks.
        let of_it = fs::read_to_string(thread.join("comm")).unwrap_or_default();
        if of_it.starts_with(name) {
            all += cpu_of(&thread.join("stat").to_string_lossy()).unwrap_or_default();
        }
    }
    Ok(all)
}

fn cpu_of(file: &str) -> Result<Duration> {
    let stat = fs::read_to_string(file)?;
    // The name in parentheses may hold anything; fields are counted from after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("an odd stat file")?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let (user, system) = (ticks.next(), ticks.next());
    match (user, system) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(Duration::from_secs_f64(
            (user + system) as f64 / TICKS_PER_SECOND,
        )),
        _ => Err("an odd stat file".into()),
    }
}

/// Most memory it ever had resident, in bytes.
pub(crate) fn memory_peak(pid: u32) -> Result<u64> {
    memory_by(pid, "VmHWM:")
}

/// Memory it has resident, in bytes.
pub(crate) fn memory(pid: u32) -> Result<u64> {
    memory_by(pid, "VmRSS:")
}

fn memory_by(pid: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Ok(kilobytes.ok_or("an odd status file")? * 1024)
}
