//! What Linux says of a process.

use std::fs;
use std::time::Duration;

use crate::Result;

/// Of `/proc/PID/stat`; fixed on Linux for user space (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU time of all its threads so far, in user space and in the kernel.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
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
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Ok(kilobytes.ok_or("an odd status file")? * 1024)
}
