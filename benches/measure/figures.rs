//! Figures, one a line, as `name, unit: value`.

use std::fmt::Display;
use std::time::Duration;

use super::load::Latencies;

pub(crate) fn tell(name: &str, value: impl Display) {
    println!("{name}: {value}");
}

pub(crate) fn tell_cpu(name: &str, cpu: Duration, count: usize, unit: f64) {
    let of_each = cpu.as_secs_f64() * unit / count.max(1) as f64;
    tell(name, format!("{of_each:.2}"));
}

pub(crate) fn tell_seconds(name: &str, took: Duration) {
    tell(name, format!("{:.2}", took.as_secs_f64()));
}

pub(crate) fn tell_latencies(name: &str, latencies: &Latencies) {
    for (percentile, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
        let took = latencies.percentile(share).as_secs_f64() * 1e3;
        tell(&format!("{name} {percentile}, ms"), format!("{took:.2}"));
    }
}

pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
