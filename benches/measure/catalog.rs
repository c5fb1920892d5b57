//! The objects of a file, as text, ready to be sent.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde_json::Value;

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

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
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
