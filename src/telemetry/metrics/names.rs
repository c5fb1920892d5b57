//! Every metric, named and described once. Names are stable: a metric may be added, and none changes
//! its meaning. `deploy/metrics.md` is the same table for readers, and a test compares the two.

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Grows, and begins at zero with the process, or with the opening of its site.
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub meaning: &'static str,
}

macro_rules! metrics {
    ($($constant:ident: $kind:ident $name:literal $labels:tt, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                labels: &$labels,
                meaning: $meaning,
            };
        )*

        /// All of them, in the order of the documentation.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    HTTP_REQUESTS: Counter "vetrina_http_requests_total" ["api", "method", "status"],
        "Requests answered, by class of the status";
    HTTP_DURATION: Histogram "vetrina_http_request_duration_seconds" ["api"],
        "From a request's head to the head of its answer";
    HTTP_OVERLOAD: Counter "vetrina_http_overload_answers_total" ["api", "status"],
        "Answers 429 and 503: clients told to come again later";
    HTTP_CONNECTIONS: Gauge "vetrina_http_connections" [],
        "Open connections of clients";
    HTTP_RUNNING: Gauge "vetrina_http_requests_running" [],
        "Requests whose answer is being made, the one for this page included";
    HTTP_BODIES: Gauge "vetrina_http_bodies_bytes" ["share"],
        "Memory that request bodies take, and what is made of them";
    HTTP_ANSWERS: Gauge "vetrina_http_answers_bytes" [],
        "Room that answers take until their clients have taken them";
    THROTTLE_PLACES: Gauge "vetrina_throttle_places_taken" [],
        "Content requests that run on sites with a limit of them";
    THROTTLE_WAITING: Gauge "vetrina_throttle_places_waiting" [],
        "Content requests that wait for a place on such a site";
    OBJECTS: Counter "vetrina_objects_total" ["api", "operation", "outcome"],
        "Objects and documents of write requests, accepted or refused one by one";
    SEARCHES: Counter "vetrina_searches_total" ["api", "outcome"],
        "Searches of clients by how they ended";
    SEARCH_DURATION: Histogram "vetrina_search_duration_seconds" ["api"],
        "Searches that were answered, from their place in the queue to their hits";

    FILE_FETCHES: Counter "vetrina_file_fetches_total" ["outcome"],
        "Tries to fetch a file, by what came of it";
    FILE_BYTES: Counter "vetrina_file_bytes_total" [],
        "Bytes of the files that were fetched, unpacked";
    FILES_RUNNING: Gauge "vetrina_files_running" [],
        "Files that are being fetched or read";

    SITES: Gauge "vetrina_sites" [],
        "Sites there are, configured or made";
    SITES_LEFT_OUT: Gauge "vetrina_sites_left_out" [],
        "Sites beyond the first 500 by id, which have no figures of their own here";
    SITES_AWAKE: Gauge "vetrina_sites_awake" [],
        "Sites whose index and connections are open; the others sleep until somebody asks; a setting bounds it";
    SITE_WAKINGS: Counter "vetrina_site_wakings_total" [],
        "Times a site woke up, those that were awake from the start included";
    SITE_UP: Gauge "vetrina_site_up" ["site"],
        "1 while nothing keeps the site from doing all it should, else 0; the reason is in /health/ready";
    WRITE_QUEUE_REQUESTS: Gauge "vetrina_write_queue_requests" ["site"],
        "Writes that wait or are being written";
    WRITE_QUEUE_BYTES: Gauge "vetrina_write_queue_bytes" ["site"],
        "Memory that these writes take";
    WRITE_QUEUE_REFUSED: Counter "vetrina_write_queue_refused_total" ["site"],
        "Writes turned away because the queue was full";
    SITE_REFUSED: Counter "vetrina_site_objects_refused_total" ["site"],
        "Objects, documents and rows of sources that were refused one by one";
    MISFITS_KEPT: Counter "vetrina_misfit_values_total" ["site"],
        "Values sent that did not fit the type of their attribute and were kept as text";
    ATTRIBUTE_NAMES: Gauge "vetrina_attribute_names" ["site"],
        "Names of attributes in use, also those that no object has until somebody has looked";
    ATTRIBUTE_NAMES_MAX: Gauge "vetrina_attribute_names_max" ["site"],
        "How many there may be; beyond it objects that bring another are refused";
    ATTRIBUTE_NAMES_FREED: Counter "vetrina_attribute_names_freed_total" ["site"],
        "Names that became free because no object had them any more";
    SEQUENCE_WRITTEN: Gauge "vetrina_sequence_written" ["site"],
        "Sequence number of the last group of changes on disk";
    SEQUENCE_VISIBLE: Gauge "vetrina_sequence_visible" ["site"],
        "Sequence number of the last group that searches see; behind the other one is the lag";
    INDEX_QUEUE_GROUPS: Gauge "vetrina_index_queue_groups" ["site"],
        "Groups of changes that wait for the index or are not committed in it";
    INDEX_QUEUE_OPERATIONS: Gauge "vetrina_index_queue_operations" ["site"],
        "Operations that wait for the index or are not committed in it; large objects count as several";
    INDEX_DOCUMENTS: Gauge "vetrina_index_documents" ["site"],
        "Documents that searches see, variants that stand in for their object included";
    INDEX_SEGMENTS: Gauge "vetrina_index_segments" ["site"],
        "Segments of the index";
    INDEX_COMMITS: Counter "vetrina_index_commits_total" ["site"],
        "Times the index was opened or showed something new";
    INDEX_COMMIT_AGE: Gauge "vetrina_index_commit_age_seconds" ["site"],
        "Time since the last of them";
    INDEX_DAMAGES: Counter "vetrina_index_damages_total" ["site"],
        "Times the files of the index were found to be damaged; another index is made each time";
    STORE_DAMAGED: Gauge "vetrina_store_damaged_objects" ["site"],
        "Objects that are left out because the store is damaged, as far as anybody asked for them or the daily look has come";
    STORE_LOST: Gauge "vetrina_store_lost_transactions" ["site"],
        "Acknowledged transactions that were lost at the start, at least: with a damaged write-ahead log, or with a store that is older than its index";
    EVENTS: Counter "vetrina_events_total" ["site", "outcome"],
        "Events of visitors: counted, repeated, dropped for their time, over the bound of their session, or turned away by a full queue or file";
    EVENT_FAULTS: Counter "vetrina_event_faults_total" ["site", "kind"],
        "What was wrong with events that were counted all the same, and with the lists in them";
    EVENT_QUEUE_REQUESTS: Gauge "vetrina_event_queue_requests" ["site"],
        "Requests with events that wait or are being written";
    EVENT_QUEUE_BYTES: Gauge "vetrina_event_queue_bytes" ["site"],
        "Memory that these events take";
    EVENT_FILE_BYTES: Gauge "vetrina_event_file_bytes" ["site"],
        "What the file of events takes, since it was written to; `file_bytes_max` bounds it";
    EVENT_SESSIONS: Gauge "vetrina_event_sessions" ["site"],
        "Sessions of visitors that go on, as far as nothing is being written";
    QUERIES_WITHOUT_RESULTS: Gauge "vetrina_queries_without_results" ["site"],
        "Queries of the last 30 days that found nothing when they were searched for last";
    QUERIES_WITHOUT_CLICKS: Gauge "vetrina_queries_without_clicks" ["site"],
        "Queries of the last 30 days that found something three times at least and nothing of it was clicked";
    RECOMMENDER_PAIRS: Gauge "vetrina_recommender_pairs" ["site"],
        "Counts of objects that were bought together, by week; at 4,000,000 new pairs are not counted any more";
    RECOMMENDER_WAITING: Gauge "vetrina_recommender_waiting_objects" ["site"],
        "Objects that were bought since it was found out last what goes with them";
    JOBS: Gauge "vetrina_jobs" ["site", "state"],
        "Jobs that are remembered: queued, running, complete or failed";
    FILES: Gauge "vetrina_files" ["site", "state"],
        "Files of objects: waiting to be fetched, fetched, or failed for good";
    RECEIPTS_PENDING: Gauge "vetrina_receipts_pending" ["site"],
        "Document receipts whose document cannot be found yet";
    RECEIPTS_OLDEST: Gauge "vetrina_receipts_oldest_pending_age_seconds" ["site"],
        "Age of the oldest of them, 0 without any";
    RECEIPTS: Counter "vetrina_receipts_total" ["site", "status"],
        "Document receipts that became complete or failed";
    BATCHES_PREPARING: Gauge "vetrina_batches_preparing" [],
        "Batches that are being made ready for the writers, all sites together";
    SEARCHES_RUNNING: Gauge "vetrina_searches_running" [],
        "Searches and reads of the stores that run, all sites together; a search runs until its answer is written";
    SEARCHES_WAITING: Gauge "vetrina_searches_waiting" [],
        "Searches and reads that wait for a place";
    SEARCHES_ABANDONED: Counter "vetrina_searches_abandoned_total" [],
        "Searches that ended early because nobody waited any more: their client was gone, or had been answered 408";
    SEARCHES_KEPT: Gauge "vetrina_search_caches_bytes" [],
        "Memory of what searches keep for the next ones: words, what has them, counts of facets; at most 88 MiB";

    CLUSTER_UP: Gauge "vetrina_cluster_up" ["version"],
        "1 while the cluster that holds the catalogs can be used, else 0; only where there is one, like those below";
    CLUSTER_FIGURES_AGE: Gauge "vetrina_cluster_figures_age_seconds" [],
        "Time since the cluster said what it has of the sites: documents, names, jobs, files; while it does not answer they stay as they were";
    CLUSTER_EVENTS_AGE: Gauge "vetrina_cluster_events_age_seconds" ["site"],
        "Time since this server has counted all events that came to any server; while somebody asks for events";
    CLUSTER_NODES: Gauge "vetrina_cluster_nodes" [],
        "Nodes of the cluster";
    CLUSTER_UNASSIGNED: Gauge "vetrina_cluster_unassigned_shards" [],
        "Shards of the catalogs, copies included, that are on no node";
    CLUSTER_DISK_USED: Gauge "vetrina_cluster_disk_used_ratio" [],
        "Share of its disk that is used at the node that has used most of it; at its watermarks, usually from 0.85 on, the cluster moves shards away, and from 0.95 on it takes no writes";

    SYNC_ROWS_READ: Counter "vetrina_sync_rows_read_total" ["source"],
        "Rows read from the database";
    SYNC_ROWS_WRITTEN: Counter "vetrina_sync_rows_written_total" ["source"],
        "Rows that changed the catalog";
    SYNC_ROWS_FAILED: Counter "vetrina_sync_rows_failed_total" ["source"],
        "Rows that made no object, or that the catalog refused";
    SYNC_PAGES: Counter "vetrina_sync_pages_total" ["source"],
        "Pages of rows read and written";
    SYNC_PAGES_SECONDS: Counter "vetrina_sync_pages_seconds_total" ["source"],
        "Time that these pages took together";
    SYNC_PAGE_LAST: Gauge "vetrina_sync_page_last_seconds" ["source"],
        "Time that the last page took";
    SYNC_PAGE_SLOWEST: Gauge "vetrina_sync_page_slowest_seconds" ["source"],
        "Time that the slowest page took";
    SYNC_RUNNING: Gauge "vetrina_sync_running" ["source"],
        "1 while a full sync runs, else 0";
    SYNC_DURATION: Gauge "vetrina_sync_duration_seconds" ["source"],
        "How long the running or the last full sync has taken";
    SYNC_LAST_SUCCESS: Gauge "vetrina_sync_last_success_timestamp_seconds" ["source"],
        "End of the last full sync that succeeded, Unix time";
    SYNC_LAG: Gauge "vetrina_sync_lag_seconds" ["source"],
        "How long the oldest change has waited, or the database has been away";
    SYNC_PENDING: Gauge "vetrina_sync_pending" ["source"],
        "Changes that wait in the outbox";

    BUILD: Gauge "vetrina_build_info" ["version"],
        "Always 1; the label says which program this is";
    PROCESS_START: Gauge "process_start_time_seconds" [],
        "When the server started, Unix time";
    PROCESS_CPU: Counter "process_cpu_seconds_total" [],
        "Processor time used, user and system (Linux)";
    PROCESS_MEMORY: Gauge "process_resident_memory_bytes" [],
        "Memory in use (Linux)";
    PROCESS_FDS: Gauge "process_open_fds" [],
        "Open file descriptors (Linux)";
    PROCESS_FDS_MAX: Gauge "process_max_fds" [],
        "How many there may be (Linux)";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Prometheus asks of names, and what its readers expect of ours.
    #[test]
    fn names_follow_the_conventions() {
        for (at, metric) in ALL.iter().enumerate() {
            let is_lower = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(metric.name.chars().all(is_lower), "{}", metric.name);
            assert!(
                ALL[..at].iter().all(|other| other.name != metric.name),
                "{} stands twice",
                metric.name
            );
            let is_total = metric.name.ends_with("_total");
            assert_eq!(is_total, metric.kind == Kind::Counter, "{}", metric.name);
            assert!(
                metric
                    .labels
                    .iter()
                    .all(|label| label.chars().all(is_lower))
            );
            assert!(
                !metric.meaning.contains(['\n', '\\', '|']),
                "{}",
                metric.name
            );
        }
    }
}
