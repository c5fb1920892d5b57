//! The objects of a file, as text, ready to be sent.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::random::Random;
use crate::Result;

const DEMO: &str = include_str!("../../src/cli/demo.ndjson");

pub(crate) struct Catalog {
    pub(crate) name: String,
    /// JSON objects, one each.
    lines: Vec<String>,
}

/// What is put into every object on the way out.
pub(crate) enum Marking {
    AsSent,
    Generation(&'static str),
}

impl Catalog {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut start = [0; 2];
        File::open(path)?.read_exact(&mut start)?;
        let file = File::open(path)?;
        let input: Box<dyn Read> = if start == [0x1f, 0x8b] {
            Box::new(MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        let lines = BufReader::new(input)
            .lines()
            .collect::<std::io::Result<_>>()?;
        Ok(Self {
            name: path.display().to_string(),
            lines,
        })
    }

    /// The catalog of `serve --demo`.
    pub(crate) fn demo() -> Self {
        let lines = DEMO.lines().map(str::to_owned).collect();
        Self {
            name: "demo".to_owned(),
            lines,
        }
    }

    pub(crate) fn of_lines(name: String, lines: Vec<String>) -> Self {
        Self { name, lines }
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(String::as_str)
    }

    /// Bytes of JSON.
    pub(crate) fn bytes(&self) -> u64 {
        self.lines.iter().map(|line| line.len() as u64).sum()
    }

    /// Identity and title of every object.
    pub(crate) fn titles(&self) -> Result<Vec<(String, String)>> {
        let named = |line: &String| -> Result<(String, String)> {
            let object: Value = serde_json::from_str(line)?;
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            Ok((text(&object["identity"]), text(&object["fields"]["title"])))
        };
        self.lines.iter().map(named).collect()
    }

    /// The same objects over and over, each time under other identities. What is nested keeps its own.
    pub(crate) fn multiplied_to(&self, objects: usize) -> Result<Self> {
        let mut lines = Vec::with_capacity(objects);
        for number in 0..objects {
            let (round, at) = (number / self.lines.len(), number % self.lines.len());
            if round == 0 {
                lines.push(self.lines[at].clone());
                continue;
            }
            let mut object: Value = serde_json::from_str(&self.lines[at])?;
            let identity = object["identity"]
                .as_str()
                .ok_or("an object without identity")?;
            object["identity"] = format!("{identity}~{round}").into();
            lines.push(object.to_string());
        }
        Ok(Self {
            name: self.name.clone(),
            lines,
        })
    }

    /// The objects of some catalogs in turn, over and over: each copy under another identity, with a word
    /// of another title, another price and other codes.
    pub(crate) fn grown(catalogs: &[Self], objects: usize) -> Result<Self> {
        let originals: Vec<&String> = catalogs.iter().flat_map(|catalog| &catalog.lines).collect();
        if originals.is_empty() {
            return Err("there are no objects".into());
        }
        let titles = catalogs.iter().map(Self::titles);
        let titles: Vec<_> = titles.collect::<Result<Vec<_>>>()?.concat();
        let mut random = Random::new(11);
        let mut lines = Vec::with_capacity(objects);
        for number in 0..objects {
            let (round, at) = (number / originals.len(), number % originals.len());
            let mut line = originals[at].clone();
            if round > 0 {
                let other = &random.of(&titles).1;
                line = perturbed(&line, round, other, &mut random)?;
            }
            lines.push(line);
        }
        let names: Vec<&str> = catalogs
            .iter()
            .map(|catalog| catalog.name.as_str())
            .collect();
        Ok(Self {
            name: names.join(" and "),
            lines,
        })
    }

    /// The same objects in another order, each with another price.
    pub(crate) fn repriced(&self) -> Result<Self> {
        let mut random = Random::new(13);
        let mut lines = self.lines.clone();
        for at in (1..lines.len()).rev() {
            lines.swap(at, random.below(at + 1));
        }
        for line in &mut lines {
            let mut object: Value = serde_json::from_str(line)?;
            object["fields"]["price_amount"] = (random.below(100_000) as f64 / 100.0).into();
            *line = object.to_string();
        }
        Ok(Self {
            name: self.name.clone(),
            lines,
        })
    }

    /// The objects themselves.
    pub(crate) fn objects(&self) -> impl Iterator<Item = Result<Value>> {
        let lines = self.lines.iter();
        lines.map(|line| Ok(serde_json::from_str(line)?))
    }

    /// The same objects, every other one with an attribute more.
    pub(crate) fn half_with(&self, name: &str, value: &str) -> Result<Self> {
        let mut lines = self.lines.clone();
        for line in lines.iter_mut().step_by(2) {
            let mut object: Value = serde_json::from_str(line)?;
            object["fields"][name] = value.into();
            *line = object.to_string();
        }
        Ok(Self {
            name: self.name.clone(),
            lines,
        })
    }

    /// Request bodies.
    pub(crate) fn batches(&self, objects: usize, marking: &Marking) -> Result<Vec<Bytes>> {
        let mark = |line: &String| -> Result<String> {
            let Marking::Generation(generation) = marking else {
                return Ok(line.clone());
            };
            let mut object: Value = serde_json::from_str(line)?;
            object["generation"] = (*generation).into();
            Ok(object.to_string())
        };
        let body = |some: &[String]| -> Result<Bytes> {
            let marked = some.iter().map(mark).collect::<Result<Vec<_>>>()?;
            Ok(Bytes::from(format!(
                "{{\"objects\":[{}]}}",
                marked.join(",")
            )))
        };
        self.lines.chunks(objects).map(body).collect()
    }
}

fn perturbed(line: &str, round: usize, other_title: &str, random: &mut Random) -> Result<String> {
    let mut object: Value = serde_json::from_str(line)?;
    let identity = object["identity"]
        .as_str()
        .ok_or("an object without identity")?;
    object["identity"] = format!("{identity}~{round}").into();
    let fields = &mut object["fields"];
    let mut title: Vec<&str> = fields["title"]
        .as_str()
        .unwrap_or_default()
        .split(' ')
        .collect();
    let at = random.below(title.len());
    let others: Vec<&str> = other_title.split(' ').collect();
    title[at] = *random.of::<&str>(&others);
    fields["title"] = title.join(" ").into();
    if let Some(price) = fields["price_amount"].as_f64() {
        let price = price * (0.8 + random.below(40) as f64 / 100.0);
        fields["price_amount"] = ((price * 100.0).round() / 100.0).into();
        fields["price"] = format!("{price:.2} EUR").into();
    }
    for code in ["sku", "product_code"] {
        if let Some(text) = fields[code].as_str() {
            fields[code] = format!("{text}{round}").into();
        }
    }
    Ok(object.to_string())
}
