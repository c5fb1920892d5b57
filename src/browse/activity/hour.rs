//! How long searches and writes of the last hour took, drawn minute by minute. Invariant: what is drawn lies in its
//! frame, whatever the numbers are, and the numbers stand beside it as text.

use std::time::Duration;

use crate::api::AppState;
use crate::browse::chart::{Column, columns, count, number};
use crate::telemetry::metrics::{Minute, Timed};

/// Searches or writes of the last hour.
pub(super) struct HourChart {
    pub(super) name: &'static str,
    pub(super) count: String,
    /// `None` without any.
    pub(super) p50: Option<String>,
    pub(super) p99: Option<String>,
    pub(super) counts: Vec<Column>,
    pub(super) most: String,
    pub(super) slowest: Vec<Column>,
    pub(super) slowest_of_all: String,
}

impl HourChart {
    pub(super) fn all(app: &AppState) -> Vec<Self> {
        let chart = |timed: &Timed| {
            let hour = app.metrics.last_hour(*timed);
            let took = |minute: &Minute| minute.p99.map_or(0.0, |took| took.as_secs_f64());
            let counts = hour.minutes.iter().map(|minute| minute.count as f64);
            let most = hour.minutes.iter().map(|minute| minute.count).max();
            let slowest = hour.minutes.iter().filter_map(|minute| minute.p99).max();
            Self {
                name: match timed {
                    Timed::Searches => "Searches",
                    Timed::Suggestions => "Suggestions",
                    Timed::Writes => "Writes",
                },
                count: count(hour.count),
                p50: hour.p50.map(seconds),
                p99: hour.p99.map(seconds),
                counts: columns(counts),
                most: count(most.unwrap_or_default()),
                slowest: columns(hour.minutes.iter().map(took)),
                slowest_of_all: seconds(slowest.unwrap_or_default()),
            }
        };
        Timed::ALL.iter().map(chart).collect()
    }
}

/// As people say it.
pub(super) fn seconds(took: Duration) -> String {
    let s = took.as_secs_f64();
    if s < 1.0 {
        return format!("{} ms", number((s * 1e4).round() / 10.0));
    }
    if s < 60.0 {
        return format!("{} s", number((s * 10.0).round() / 10.0));
    }
    format!("{} min", number((s / 6.0).round() / 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_for_people() {
        for (ms, expected) in [
            (0, "0 ms"),
            (12, "12 ms"),
            (1_234, "1.2 s"),
            (90_000, "1.5 min"),
        ] {
            assert_eq!(seconds(Duration::from_millis(ms)), expected);
        }
        assert_eq!(seconds(Duration::from_micros(2_345)), "2.3 ms");
    }
}
