//! The text format of Prometheus, read strictly: what a scraper may be lenient about, fails here.

use std::collections::{BTreeMap, HashSet};

/// A page of figures.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Type and samples by name.
    pub(crate) families: BTreeMap<String, Family>,
}

#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    /// The family's, or with a suffix of histograms behind.
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Figures {
    #[track_caller]
    pub(crate) fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut help: Option<(String, String)> = None;
        let mut current = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                assert!(help.is_none(), "two helps in a row: {line}");
                let (name, words) = rest.split_once(' ').expect("words of help");
                help = Some((name.to_owned(), words.to_owned()));
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                let (helped, words) = help.take().expect("a help before the type");
                assert_eq!(helped, name, "a help of something else");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                name.clone_into(&mut current);
                let family = Family {
                    kind: kind.to_owned(),
                    help: words,
                    samples: Vec::new(),
                };
                let before = families.insert(current.clone(), family);
                assert!(before.is_none(), "`{name}` stands twice");
            } else {
                assert!(!line.starts_with('#') && help.is_none(), "{line}");
                let family = families.get_mut(&current).expect("a type before samples");
                family.samples.push(sample(line));
            }
        }
        for (name, family) in &families {
            family.check(name);
        }
        Self { families }
    }

    /// The sample with these labels; 0 where there is none, as sums have it.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels).unwrap_or(0.0)
    }

    /// Every sample of a gauge or counter, with its labels as they stand on the page.
    pub(crate) fn all(&self, name: &str) -> Vec<(String, f64)> {
        let samples = self.families.get(name).map(|family| &family.samples[..]);
        let samples = samples.unwrap_or_default().iter();
        let told = samples.map(|sample| {
            let labels = sample.labels.iter().map(|(n, v)| format!("{n}={v:?}"));
            let labels: Vec<String> = labels.collect();
            (format!("{name}{{{}}}", labels.join(",")), sample.value)
        });
        told.collect()
    }

    pub(crate) fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let suffixes = ["", "_bucket", "_sum", "_count"];
        let family = suffixes
            .iter()
            .find_map(|suffix| self.families.get(name.strip_suffix(suffix)?))?;
        let is_it = |sample: &&Sample| {
            let mut own = sample.labels.iter();
            sample.name == name
                && own.len() == labels.len()
                && own.all(|(n, v)| labels.contains(&(n.as_str(), v.as_str())))
        };
        family.samples.iter().find(is_it).map(|found| found.value)
    }
}

impl Family {
    /// Names of the labels of its samples, but for those of the type.
    pub(crate) fn label_names(&self) -> HashSet<&str> {
        let labels = self.samples.iter().flat_map(|sample| &sample.labels);
        labels
            .map(|(name, _)| name.as_str())
            .filter(|name| *name != "le")
            .collect()
    }

    #[track_caller]
    fn check(&self, name: &str) {
        assert!(is_name(name), "{name}");
        assert!(!self.samples.is_empty(), "`{name}` has no samples");
        let mut seen = HashSet::new();
        for sample in &self.samples {
            let mut labels = sample.labels.clone();
            labels.sort();
            let names: HashSet<&String> = labels.iter().map(|(name, _)| name).collect();
            assert_eq!(
                names.len(),
                labels.len(),
                "a label stands twice: {sample:?}"
            );
            assert!(seen.insert((&sample.name, labels)), "twice: {sample:?}");
            if self.kind == "histogram" {
                let suffix = sample.name.strip_prefix(name);
                let known = ["_bucket", "_sum", "_count"];
                assert!(
                    suffix.is_some_and(|suffix| known.contains(&suffix)),
                    "{sample:?}"
                );
            } else {
                assert_eq!(sample.name, name);
            }
            let is_sane = sample.value.is_finite() && (self.kind == "gauge" || sample.value >= 0.0);
            assert!(is_sane, "{sample:?}");
        }
        if self.kind == "histogram" {
            self.check_buckets(name);
        }
    }

    /// Buckets grow, and the last holds everything.
    #[track_caller]
    fn check_buckets(&self, name: &str) {
        let of = |suffix: &str| {
            let wanted = format!("{name}{suffix}");
            self.samples
                .iter()
                .filter(move |sample| sample.name == wanted)
        };
        for count in of("_count") {
            let of_these = |sample: &&Sample| {
                let mut own = sample.labels.iter().filter(|(name, _)| name != "le");
                own.all(|label| count.labels.contains(label))
            };
            let buckets: Vec<&Sample> = of("_bucket").filter(of_these).collect();
            let values: Vec<f64> = buckets.iter().map(|bucket| bucket.value).collect();
            assert!(values.is_sorted(), "{name}: {values:?}");
            let last = buckets.last().expect("buckets");
            assert!(last.labels.contains(&("le".to_owned(), "+Inf".to_owned())));
            assert!((last.value - count.value).abs() < f64::EPSILON, "{name}");
            assert_eq!(of("_sum").filter(of_these).count(), 1, "{name}");
        }
    }
}

/// `name{label="value",…} 1.5`
#[track_caller]
fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = match head.split_once('{') {
        None => (head, ""),
        Some((name, rest)) => (name, rest.strip_suffix('}').expect("a closing brace")),
    };
    assert!(is_name(name), "{line}");
    Sample {
        name: name.to_owned(),
        labels: read_labels(labels),
        value: value
            .parse()
            .unwrap_or_else(|_| panic!("no number: {line}")),
    }
}

#[track_caller]
fn read_labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").expect("a label");
        assert!(is_name(name), "{name}");
        let mut value = String::new();
        let mut chars = rest.char_indices();
        let end = loop {
            match chars.next().expect("a closing quote") {
                (at, '"') => break at,
                (_, '\\') => match chars.next().expect("something escaped").1 {
                    'n' => value.push('\n'),
                    c @ ('"' | '\\') => value.push(c),
                    other => panic!("`{other}` needs no escape"),
                },
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        text = &rest[end + 1..];
        text = text.strip_prefix(',').unwrap_or(text);
    }
    labels
}

fn is_name(text: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(is_fine) && !text.starts_with(|c: char| c.is_ascii_digit())
}
