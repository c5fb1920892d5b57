//! What is kept of events, and for how long. Plain values: checked where the configuration is read.

/// The section `[events]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSettings {
    pub enabled: bool,
    /// Size of the events of one site that may wait to be written, in bytes.
    pub queue_bytes: usize,
    /// What the file of one site may take, in bytes.
    pub file_bytes_max: u64,
    /// Events of one session; `None` is no limit.
    pub per_session_max: Option<u32>,
    /// How long counters are kept, in days.
    pub counters_kept_days: u32,
    /// How long a client that does nothing is remembered, in days.
    pub clients_kept_days: u32,
    /// Clients and customers remembered, of one site.
    pub clients_max: usize,
    /// Objects remembered of one client, of each kind: seen, clicked, put into a basket, bought. 0: none.
    pub client_objects_max: usize,
    /// Queries remembered of one client. 0: none.
    pub client_queries_max: usize,
    /// Queries that were never recorded before and are kept, a day.
    pub queries_per_day_max: usize,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            queue_bytes: 16 << 20,
            file_bytes_max: 1 << 30,
            per_session_max: None,
            counters_kept_days: 90,
            clients_kept_days: 90,
            clients_max: 100_000,
            client_objects_max: 50,
            client_queries_max: 10,
            queries_per_day_max: 5_000,
        }
    }
}
