//! Queries with human grades. Unjudged results count as grade 0; the condensed figure leaves them out.
//! Recall counts grades 2 and 3. Only queries with a relevant object (grade 1 or more) count.

use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;

use super::catalog::Catalog;
use super::server::Server;
use crate::Result;

/// Results looked at for recall; NDCG looks at the first [`DEPTH`].
const SIZE: usize = 100;
const DEPTH: usize = 10;
/// From which grade on recall counts an object.
pub(crate) const RELEVANT: u32 = 2;

pub(crate) struct Judged {
    pub(crate) catalog: Catalog,
    pub(crate) queries: Vec<Query>,
}

pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) grades: HashMap<String, u32>,
}

pub(crate) struct Scores(Vec<Score>);

struct Score {
    query: String,
    ndcg: f64,
    condensed: f64,
    /// `None` where no object has the grade.
    recall: Option<f64>,
    first: Vec<String>,
}

impl Judged {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let packed = folder.join("catalog.ndjson.gz");
        let catalog = if packed.is_file() {
            packed
        } else {
            folder.join("catalog.ndjson")
        };
        let mut grades: HashMap<String, HashMap<String, u32>> = HashMap::new();
        for line in fs::read_to_string(folder.join("judgments.tsv"))?.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let [query, identity, grade] = columns[..] else {
                return Err(format!("not three columns: `{line}`").into());
            };
            let of_query = grades.entry(query.to_owned()).or_default();
            of_query.insert(identity.to_owned(), grade.parse()?);
        }
        let mut queries = Vec::new();
        for line in fs::read_to_string(folder.join("queries.tsv"))?.lines() {
            let (id, text) = line.split_once('\t').ok_or("a query without text")?;
            let grades = grades.remove(id).unwrap_or_default();
            if grades.values().any(|&grade| grade > 0) {
                let text = text.to_owned();
                queries.push(Query { text, grades });
            }
        }
        Ok(Self {
            catalog: Catalog::read(&catalog)?,
            queries,
        })
    }
}

pub(crate) async fn ask(server: &Server, judged: &Judged) -> Result<Scores> {
    let mut scores = Vec::with_capacity(judged.queries.len());
    for query in &judged.queries {
        let found = server.search(&query.text, SIZE).await?;
        scores.push(query.score(found));
    }
    Ok(Scores(scores))
}

impl Query {
    fn score(&self, found: Vec<(String, String)>) -> Score {
        let grade = |identity: &String| self.grades.get(identity).copied();
        let identities: Vec<&String> = found.iter().map(|(identity, _)| identity).collect();
        let grades: Vec<u32> = identities.iter().map(|id| grade(id).unwrap_or(0)).collect();
        let judged: Vec<u32> = identities.iter().filter_map(|id| grade(id)).collect();
        let mut ideal: Vec<u32> = self.grades.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let is_relevant = |grade: &&u32| **grade >= RELEVANT;
        let relevant = ideal.iter().filter(is_relevant).count();
        let recalled = grades.iter().filter(is_relevant).count();
        let first = found.into_iter().take(DEPTH);
        Score {
            query: self.text.clone(),
            ndcg: gain(&grades) / gain(&ideal),
            condensed: gain(&judged) / gain(&ideal),
            recall: (relevant > 0).then(|| recalled as f64 / relevant as f64),
            first: first
                .map(|(id, title)| {
                    let grade = self.grades.get(&id).map_or("-".to_owned(), u32::to_string);
                    format!("{grade} {title}")
                })
                .collect(),
        }
    }
}

/// Discounted cumulative gain of the first results; a grade is its own gain.
fn gain(grades: &[u32]) -> f64 {
    let discounted = grades.iter().take(DEPTH).enumerate();
    discounted
        .map(|(at, &grade)| f64::from(grade) / (at as f64 + 2.0).log2())
        .sum()
}

impl Scores {
    /// The queries with the lowest NDCG, and what they found first.
    pub(crate) fn worst(&self, count: usize) -> impl Iterator<Item = String> {
        let mut by_ndcg: Vec<&Score> = self.0.iter().collect();
        by_ndcg.sort_by(|a, b| a.ndcg.total_cmp(&b.ndcg));
        by_ndcg.truncate(count);
        by_ndcg.into_iter().map(|score| {
            format!(
                "{:.2} / {:.2} / {:.2} {}\n      {}",
                score.ndcg,
                score.condensed,
                score.recall.unwrap_or(1.0),
                score.query,
                score.first.join("\n      ")
            )
        })
    }
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (mut sum, mut count) = (0.0, 0_u32);
            for value in values {
                sum += value;
                count += 1;
            }
            sum / f64::from(count.max(1))
        };
        write!(
            f,
            "{} queries: NDCG@{DEPTH} {:.4}, condensed {:.4}, recall@{SIZE} {:.4}",
            self.0.len(),
            mean(&mut self.0.iter().map(|score| score.ndcg)),
            mean(&mut self.0.iter().map(|score| score.condensed)),
            mean(&mut self.0.iter().filter_map(|score| score.recall)),
        )
    }
}
