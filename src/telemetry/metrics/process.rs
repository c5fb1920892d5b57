//! What the operating system says of this process, from `/proc`. Where there is none, or it says
//! something else than expected, a figure is left out.

use std::fs;

use super::names;
use super::page::Page;

/// Reads a few small files; blocks for moments.
pub fn look_up(page: &mut Page) {
    if let Some(seconds) = cpu_seconds() {
        page.add(&names::PROCESS_CPU, &[], seconds);
    }
    if let Some(bytes) = resident_bytes() {
        page.add(&names::PROCESS_MEMORY, &[], bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // One of them is the folder just opened.
        let open = open.count().saturating_sub(1);
        page.add(&names::PROCESS_FDS, &[], open as f64);
    }
    if let Some(most) = fds_max() {
        page.add(&names::PROCESS_FDS_MAX, &[], most);
    }
}

/// The value of a line `Name:   123 kB`.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024.0)
}

fn cpu_seconds() -> Option<f64> {
    /// What Linux counts in, whatever the machine.
    const TICKS_PER_SECOND: f64 = 100.0;
    /// Behind the name, which may hold anything and ends with the last `)`.
    const USER: usize = 11;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks = rest.split_whitespace().skip(USER).take(2);
    let ticks: Vec<f64> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    (ticks.len() == 2).then(|| ticks.iter().sum::<f64>() / TICKS_PER_SECOND)
}

fn fds_max() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    let soft = line.split_whitespace().next()?;
    soft.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_files_and_a_past() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1e6));
        assert!(cpu_seconds().is_some());
        assert!(fds_max().is_none_or(|most| most >= 3.0));
        let mut page = Page::default();
        look_up(&mut page);
        assert!(page.into_text().contains("process_open_fds "));
    }
}
