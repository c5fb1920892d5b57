//! `[events]` from its raw form to the checked one.

use serde::Deserialize;

use super::check::{Checks, GIB, MIB};

/// As the file has it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsSection {
    enabled: Option<bool>,
    queue_bytes: Option<u64>,
    file_bytes_max: Option<u64>,
    per_session_max: Option<u64>,
    counters_kept_days: Option<u64>,
    clients_kept_days: Option<u64>,
    clients_max: Option<u64>,
    client_objects_max: Option<u64>,
    client_queries_max: Option<u64>,
    queries_per_day_max: Option<u64>,
}

/// What is kept of events and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    pub enabled: bool,
    pub queue_bytes: usize,
    pub file_bytes_max: u64,
    /// 0: no limit.
    pub per_session_max: u32,
    pub counters_kept_days: u32,
    pub clients_kept_days: u32,
    pub clients_max: usize,
    pub client_objects_max: usize,
    pub client_queries_max: usize,
    pub queries_per_day_max: usize,
}

impl Checks<'_> {
    pub(super) fn events(&mut self, s: &EventsSection) -> Events {
        let mut number = |key: &str, value, default, bounds| {
            self.number(&format!("events.{key}"), value, default, bounds)
        };
        // Answers look back for thirty days.
        let days = 30..=3_660;
        Events {
            enabled: s.enabled.unwrap_or(true),
            queue_bytes: number("queue_bytes", s.queue_bytes, 16 * MIB, MIB..=GIB) as usize,
            file_bytes_max: number("file_bytes_max", s.file_bytes_max, GIB, MIB..=GIB * GIB),
            per_session_max: number("per_session_max", s.per_session_max, 0, 0..=MIB) as u32,
            counters_kept_days: number("counters_kept_days", s.counters_kept_days, 90, days) as u32,
            clients_kept_days: number("clients_kept_days", s.clients_kept_days, 90, 1..=3_660)
                as u32,
            clients_max: number("clients_max", s.clients_max, 100_000, 1..=100 * MIB) as usize,
            client_objects_max: number("client_objects_max", s.client_objects_max, 50, 0..=1_000)
                as usize,
            client_queries_max: number("client_queries_max", s.client_queries_max, 10, 0..=1_000)
                as usize,
            queries_per_day_max: number(
                "queries_per_day_max",
                s.queries_per_day_max,
                5_000,
                1..=MIB,
            ) as usize,
        }
    }
}
