//! How figures are printed: aligned, with units.

use std::time::Duration;

/// One line: a name and what there is to say.
pub(crate) fn row(name: &str, cells: &[String]) {
    let cells: Vec<_> = cells
        .iter()
        .filter(|cell| !cell.is_empty())
        .cloned()
        .collect();
    println!("{name:<22} {}", cells.join(" · "));
}

pub(crate) fn bytes(count: u64) -> String {
    format!("{:.1} MB", count as f64 / 1e6)
}

pub(crate) fn per_second(count: usize, took: Duration) -> String {
    format!("{:.0} objects/s", count as f64 / took.as_secs_f64())
}
