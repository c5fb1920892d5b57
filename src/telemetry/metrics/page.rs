//! Figures that are looked up when somebody asks for them, as text. Invariant: a page is well-formed
//! whatever it is told: each metric once, with its samples together and its label values escaped.

use std::fmt::Write as _;

use super::names::Metric;

#[derive(Debug, Default)]
pub struct Page {
    /// In the order in which they were first told.
    families: Vec<(Metric, String)>,
}

impl Page {
    /// One sample. Label values stand in the order of the metric's labels.
    pub fn add(&mut self, metric: &Metric, label_values: &[&str], value: f64) {
        debug_assert_eq!(metric.labels.len(), label_values.len(), "{}", metric.name);
        let family = self.families.iter().position(|(known, _)| known == metric);
        let at = family.unwrap_or_else(|| {
            self.families.push((*metric, String::new()));
            self.families.len() - 1
        });
        let samples = &mut self.families[at].1;
        samples.push_str(metric.name);
        for (position, (name, value)) in metric.labels.iter().zip(label_values).enumerate() {
            let opening = if position == 0 { '{' } else { ',' };
            // Writing to memory does not fail.
            let _ = write!(samples, "{opening}{name}=\"{}\"", escaped(value));
        }
        if !metric.labels.is_empty() {
            samples.push('}');
        }
        let _ = writeln!(samples, " {value}");
    }

    pub fn into_text(self) -> String {
        let mut text = String::new();
        for (metric, samples) in self.families {
            let Metric {
                name,
                kind,
                meaning,
                ..
            } = metric;
            let kind = kind.as_str();
            let _ = write!(
                text,
                "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{samples}\n"
            );
        }
        text
    }
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::names::{BUILD, JOBS, SITES};
    use super::*;

    #[test]
    fn samples_of_a_metric_stand_together() {
        let mut page = Page::default();
        page.add(&JOBS, &["a", "queued"], 1.0);
        page.add(&SITES, &[], 2.0);
        page.add(&JOBS, &["b", "queued"], 0.5);
        page.add(&BUILD, &["\"1\\\n"], 1.0);
        let text = page.into_text();
        let samples: Vec<&str> = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert_eq!(
            samples,
            [
                "vetrina_jobs{site=\"a\",state=\"queued\"} 1",
                "vetrina_jobs{site=\"b\",state=\"queued\"} 0.5",
                "vetrina_sites 2",
                "vetrina_build_info{version=\"\\\"1\\\\\\n\"} 1",
            ]
        );
        assert_eq!(text.matches("# TYPE vetrina_jobs gauge").count(), 1);
    }
}
