//! `deploy/grafana.json` and `deploy/alerts.yml`: every metric they ask for is one that the server has, with the labels
//! they ask for.

use std::collections::BTreeSet;

use serde_json::Value;
use vetrina::telemetry::metrics::{Metric, names};

/// Of the process, which every exporter has.
const OF_THE_PROCESS: [&str; 3] = [
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
];

/// Labels that Prometheus adds.
const ADDED: [&str; 3] = ["job", "instance", "le"];

fn deployed(file: &str) -> String {
    let path = format!("{}/deploy/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).expect("a file of the project")
}

fn alert_expressions() -> Vec<String> {
    let text = deployed("alerts.yml");
    let lines = text.lines().map(str::trim);
    let expressions = lines.filter_map(|line| line.strip_prefix("expr: "));
    expressions.map(str::to_owned).collect()
}

fn panel_expressions() -> Vec<String> {
    let board: Value = serde_json::from_str(&deployed("grafana.json")).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets
        .map(|target| target["expr"].as_str().expect("a query").to_owned())
        .collect()
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// Names of metrics in a query, each with the labels that its braces ask for.
fn asked(expression: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for prefix in ["vetrina_", "process_"] {
        for (at, _) in expression.match_indices(prefix) {
            if expression[..at].ends_with(is_of_a_name) {
                continue;
            }
            let rest = &expression[at..];
            let end = rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len());
            let braces = rest[end..].strip_prefix('{');
            let inside = braces.and_then(|rest| Some(rest.split_once('}')?.0));
            let labels = inside.into_iter().flat_map(|inside| inside.split(','));
            let labels = labels.filter_map(|label| {
                let name = label.split(['=', '!']).next()?;
                Some(name.trim().to_owned())
            });
            found.push((rest[..end].to_owned(), labels.collect()));
        }
    }
    found
}

/// Labels by which sums are made.
fn grouped(expression: &str) -> BTreeSet<String> {
    let groups = expression.split(" by (").skip(1);
    let names = groups.flat_map(|rest| rest.split(')').next().unwrap_or_default().split(','));
    names.map(|name| name.trim().to_owned()).collect()
}

fn known(name: &str) -> &'static Metric {
    let parts = ["_bucket", "_sum", "_count"];
    let base = parts.iter().find_map(|part| name.strip_suffix(part));
    let mut all = names::ALL.iter();
    let found = all.find(|metric| metric.name == name || Some(metric.name) == base);
    found.unwrap_or_else(|| panic!("there is no metric `{name}`"))
}

fn check(expression: &str) {
    let asked = asked(expression);
    let mut labels_of_all = BTreeSet::from(ADDED.map(str::to_owned));
    for (name, labels) in &asked {
        if OF_THE_PROCESS.contains(&name.as_str()) {
            continue;
        }
        let metric = known(name);
        for label in labels {
            let has_it = metric.labels.contains(&label.as_str()) || ADDED.contains(&label.as_str());
            assert!(has_it, "`{name}` has no label `{label}`: {expression}");
        }
        labels_of_all.extend(metric.labels.iter().map(|label| (*label).to_owned()));
    }
    for label in grouped(expression) {
        assert!(
            labels_of_all.contains(&label),
            "nobody has `{label}`: {expression}"
        );
    }
}

#[test]
fn dashboard_and_alerts_ask_for_metrics_that_there_are() {
    let (alerts, panels) = (alert_expressions(), panel_expressions());
    assert!(
        alerts.len() > 10 && panels.len() > 30,
        "{} {}",
        alerts.len(),
        panels.len()
    );
    let mut count = 0;
    for expression in alerts.iter().chain(&panels) {
        check(expression);
        count += asked(expression).len();
    }
    assert!(count > 45, "{count} metrics");
}

#[test]
fn every_alert_has_a_paragraph_that_says_what_to_do() {
    let text = deployed("alerts.yml");
    let alerts = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- alert: "));
    let manual = deployed("../docs/operations.md");
    for alert in alerts {
        let heading = format!("#### `{alert}`\n");
        assert!(manual.contains(&heading), "nothing is said of `{alert}`");
    }
}

/// Somebody hears of files that fail, and of those that wait.
#[test]
fn files_are_watched() {
    for (of, expressions) in [
        ("alerts", alert_expressions()),
        ("panels", panel_expressions()),
    ] {
        for name in ["vetrina_files", "vetrina_file_fetches_total"] {
            let asks = |expression: &String| asked(expression).iter().any(|(of, _)| of == name);
            assert!(expressions.iter().any(asks), "no `{name}` in the {of}");
        }
    }
}

#[test]
#[should_panic(expected = "there is no metric `vetrina_nothing`")]
fn a_metric_that_there_is_not_is_found_out() {
    check("rate(vetrina_nothing[5m]) > 0");
}

#[test]
#[should_panic(expected = "has no label `shop`")]
fn a_label_that_there_is_not_is_found_out() {
    check(r#"vetrina_site_up{shop="a"} == 0"#);
}
