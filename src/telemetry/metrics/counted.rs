//! What is counted while requests are answered. Invariant: each server has a recorder of its own, so two
//! in one process do not count for each other; and counting makes no text, takes no lock and fails never.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use metrics::{Counter, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::labels::{
    Api, FileOutcome, Operation, Outcome, Overload, SearchOutcome, StatusClass, Verb,
};
use super::lately::{LastHour, Lately, Timed};
use super::names::{self, Kind, Metric};

/// Upper bounds of the durations that are told apart, in seconds: from a search of a small catalog to
/// the longest write.
const DURATIONS: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0,
];

const ABOUT: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, None);

pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// By API, method and class. Made with the first request of its kind: most never come.
    requests: Vec<OnceLock<Counter>>,
    durations: Vec<Histogram>,
    overload: Vec<Counter>,
    /// By API that writes, operation and outcome.
    objects: Vec<Counter>,
    searches: Vec<Counter>,
    search_durations: Vec<Histogram>,
    file_fetches: Vec<Counter>,
    file_bytes: Counter,
    /// Files that are being fetched; told to whoever asks.
    downloads: AtomicUsize,
    lately: Lately,
}

/// APIs that objects are written with.
const WRITING: [Api; 2] = [Api::Content, Api::Swiftype];

/// APIs that are searched with.
const SEARCHED: [Api; 4] = [
    Api::Search,
    Api::Autocomplete,
    Api::Swiftype,
    Api::ProductSync,
];

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let recorder = recorder();
        let counters = |metric: &Metric, values: Vec<Vec<&'static str>>| {
            let made = values
                .iter()
                .map(|values| counter(&recorder, metric, values));
            made.collect::<Vec<_>>()
        };
        let histograms = |metric: &Metric, apis: &[Api]| {
            let made = apis
                .iter()
                .map(|api| recorder.register_histogram(&key(metric, &[api.as_str()]), &ABOUT));
            made.collect::<Vec<_>>()
        };
        let requests = Api::ALL.len() * Verb::ALL.len() * StatusClass::ALL.len();
        Self {
            requests: (0..requests).map(|_| OnceLock::new()).collect(),
            durations: histograms(&names::HTTP_DURATION, Api::ALL),
            overload: counters(
                &names::HTTP_OVERLOAD,
                pairs(
                    &texts(Api::ALL, Api::as_str),
                    &texts(Overload::ALL, Overload::as_str),
                ),
            ),
            objects: counters(&names::OBJECTS, object_labels()),
            searches: counters(
                &names::SEARCHES,
                pairs(
                    &texts(&SEARCHED, Api::as_str),
                    &texts(SearchOutcome::ALL, SearchOutcome::as_str),
                ),
            ),
            search_durations: histograms(&names::SEARCH_DURATION, &SEARCHED),
            file_fetches: counters(
                &names::FILE_FETCHES,
                FileOutcome::ALL
                    .iter()
                    .map(|outcome| vec![outcome.as_str()])
                    .collect(),
            ),
            file_bytes: counter(&recorder, &names::FILE_BYTES, &[]),
            downloads: AtomicUsize::new(0),
            lately: Lately::new(Instant::now()),
            handle: recorder.handle(),
            recorder,
        }
    }

    pub fn answered(&self, api: Api, method: &str, status: u16, took: Duration) {
        let (verb, class) = (Verb::of(method), StatusClass::of(status));
        let at = (api as usize * Verb::ALL.len() + verb as usize) * StatusClass::ALL.len();
        let counter = self.requests[at + class as usize].get_or_init(|| {
            let values = [api.as_str(), verb.as_str(), class.as_str()];
            counter(&self.recorder, &names::HTTP_REQUESTS, &values)
        });
        counter.increment(1);
        self.durations[api as usize].record(took.as_secs_f64());
        if api == Api::Content && matches!(verb, Verb::Post | Verb::Patch | Verb::Delete) {
            self.lately.record(Timed::Writes, took);
        }
        if let Some(overload) = Overload::of(status) {
            let at = api as usize * Overload::ALL.len() + overload as usize;
            self.overload[at].increment(1);
        }
    }

    /// What became of the objects of a request; of an API that writes none, nothing.
    pub fn objects(&self, api: Api, operation: Operation, accepted: usize, refused: usize) {
        let Some(at) = WRITING.iter().position(|known| *known == api) else {
            return;
        };
        let at = (at * Operation::ALL.len() + operation as usize) * Outcome::ALL.len();
        for (outcome, count) in [(Outcome::Accepted, accepted), (Outcome::Refused, refused)] {
            self.objects[at + outcome as usize].increment(count as u64);
        }
    }

    pub fn searched(&self, api: Api, outcome: SearchOutcome, took: Duration) {
        let Some(at) = SEARCHED.iter().position(|known| *known == api) else {
            return;
        };
        self.searches[at * SearchOutcome::ALL.len() + outcome as usize].increment(1);
        if outcome == SearchOutcome::Answered {
            self.search_durations[at].record(took.as_secs_f64());
            let timed = match api {
                Api::Autocomplete => Timed::Suggestions,
                _ => Timed::Searches,
            };
            self.lately.record(timed, took);
        }
    }

    /// What came of a try to fetch a file.
    pub fn downloaded(&self, outcome: FileOutcome, bytes: u64) {
        self.file_fetches[outcome as usize].increment(1);
        self.file_bytes.increment(bytes);
    }

    /// How many files are being fetched from now on.
    pub fn downloads_running(&self, count: usize) {
        self.downloads.store(count, Ordering::Relaxed);
    }

    pub fn downloads(&self) -> usize {
        self.downloads.load(Ordering::Relaxed)
    }

    /// How long they took lately.
    pub fn last_hour(&self, timed: Timed) -> LastHour {
        self.lately.last_hour(timed, Instant::now())
    }

    /// All that was counted, as text.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Sorts durations that came since into their classes. Until then each takes memory: somebody has to
    /// call this now and then, whether or not the metrics are read.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
        self.lately.turn(Instant::now());
    }
}

fn recorder() -> PrometheusRecorder {
    let durations = [names::HTTP_DURATION, names::SEARCH_DURATION];
    let builder = durations
        .iter()
        .fold(PrometheusBuilder::new(), |builder, metric| {
            builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), &DURATIONS)
                .expect("there are classes")
        });
    let recorder = builder.build_recorder();
    for metric in names::ALL {
        let name = KeyName::from_const_str(metric.name);
        match metric.kind {
            Kind::Counter => recorder.describe_counter(name, None, metric.meaning.into()),
            Kind::Gauge => recorder.describe_gauge(name, None, metric.meaning.into()),
            Kind::Histogram => recorder.describe_histogram(name, None, metric.meaning.into()),
        }
    }
    recorder
}

fn counter(recorder: &PrometheusRecorder, metric: &Metric, values: &[&'static str]) -> Counter {
    recorder.register_counter(&key(metric, values), &ABOUT)
}

fn key(metric: &Metric, values: &[&'static str]) -> Key {
    let labels = metric.labels.iter().zip(values);
    let labels: Vec<Label> = labels
        .map(|(name, value)| Label::from_static_parts(name, value))
        .collect();
    Key::from_parts(metric.name, labels)
}

fn texts<T: Copy>(all: &[T], text: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().copied().map(text).collect()
}

/// Each of the first with each of the second, in this order.
fn pairs(first: &[&'static str], second: &[&'static str]) -> Vec<Vec<&'static str>> {
    let each = |one: &&'static str| {
        let one = *one;
        second
            .iter()
            .map(move |two| vec![one, *two])
            .collect::<Vec<_>>()
    };
    first.iter().flat_map(each).collect()
}

fn object_labels() -> Vec<Vec<&'static str>> {
    let operations = pairs(
        &texts(Operation::ALL, Operation::as_str),
        &texts(Outcome::ALL, Outcome::as_str),
    );
    let of_api = |api: &Api| {
        let api = api.as_str();
        let with = |rest: &Vec<&'static str>| [vec![api], rest.clone()].concat();
        operations.iter().map(with).collect::<Vec<_>>()
    };
    WRITING.iter().flat_map(of_api).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every counter lies where its labels say.
    #[test]
    fn each_count_goes_under_its_own_labels() {
        let metrics = Metrics::new();
        metrics.answered(Api::Other, "BREW", 503, Duration::ZERO);
        metrics.answered(Api::Content, "POST", 201, Duration::from_secs(70));
        metrics.objects(Api::Swiftype, Operation::Patch, 3, 2);
        metrics.objects(Api::Search, Operation::Patch, 7, 7);
        metrics.searched(Api::ProductSync, SearchOutcome::TimedOut, Duration::ZERO);
        metrics.tidy();
        let page = metrics.render();
        for line in [
            "vetrina_http_requests_total{api=\"other\",method=\"other\",status=\"5xx\"} 1",
            "vetrina_http_requests_total{api=\"content\",method=\"POST\",status=\"2xx\"} 1",
            "vetrina_http_overload_answers_total{api=\"other\",status=\"503\"} 1",
            "vetrina_http_overload_answers_total{api=\"other\",status=\"429\"} 0",
            "vetrina_http_request_duration_seconds_bucket{api=\"content\",le=\"60\"} 0",
            "vetrina_http_request_duration_seconds_bucket{api=\"content\",le=\"+Inf\"} 1",
            "vetrina_objects_total{api=\"swiftype\",operation=\"patch\",outcome=\"accepted\"} 3",
            "vetrina_objects_total{api=\"swiftype\",operation=\"patch\",outcome=\"refused\"} 2",
            "vetrina_objects_total{api=\"content\",operation=\"patch\",outcome=\"accepted\"} 0",
            "vetrina_searches_total{api=\"product_sync\",outcome=\"timed_out\"} 1",
            "vetrina_search_duration_seconds_count{api=\"product_sync\"} 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(!page.contains("} 7\n"), "{page}");
    }

    #[test]
    fn two_servers_do_not_count_for_each_other() {
        let (one, other) = (Metrics::new(), Metrics::new());
        one.objects(Api::Content, Operation::Replace, 1, 0);
        assert_ne!(one.render(), other.render());
    }
}
