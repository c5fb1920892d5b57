//! Which objects are the result of a text (docs/reference/05-search.md §6): the rule of `engine::ranking` over counts that the
//! cluster makes, and what it takes as a query. Invariant: what belongs to the set is a function of the text, the types
//! asked for and what is visible, so totals, facets, sorts and pages of one search stand on the same objects.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::sought::Sought;
use super::steps::{Choice, Taken};
use super::words::{WordQuery, all_met};
use crate::domain::{Filters, ObjectType, Quicksearch};
use crate::engine::EngineError;
use crate::engine::asked::asked_types;
use crate::engine::expand::query_term::QueryWord;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{BEGINNING, all, any, not, nothing, term};
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, ChosenSteps, Counts, Step};

/// Types that are counted apart.
const TYPES_MAX: usize = 1_000;
/// Words that may be misspelled, of which every combination is told apart.
const MISSPELLED_MAX: usize = 5;

/// What a search and each of its quicksearches find by their text.
pub(in crate::engine::opensearch::search) struct ChosenSet {
    pub(in crate::engine::opensearch::search) main: Value,
    pub(in crate::engine::opensearch::search) by_type: HashMap<ObjectType, Value>,
    /// Places of words typed that had to go.
    pub(in crate::engine::opensearch::search) in_the_way: Vec<usize>,
}

#[derive(Default)]
struct OfType {
    counts: Counts,
    misspelled: u64,
}

impl OpenSite {
    pub(in crate::engine::opensearch::search) async fn chosen(
        &self,
        asking: &Asking<'_>,
        sought: &Sought,
        groups: &[(&Quicksearch, Filters)],
    ) -> Result<ChosenSet, EngineError> {
        let query = asking.query;
        let asked = asked_types(&query.filters).filter_map(|filter| filter.asked.text());
        let asked: Vec<&str> = asked.collect();
        let main = (query.quicksearch_alone || !asked.is_empty()).then_some(asked);
        let is_main = |name: &str| main.as_ref().is_none_or(|main| main.contains(&name));
        let is_asked = main.as_ref().map(|main| {
            let groups = groups.iter().map(|(group, _)| group.object_type.as_str());
            let names: Vec<&str> = main.iter().copied().chain(groups).collect();
            json!({ "terms": { "type": names } })
        });
        // Variants that are asked for beside the hits are seen there, whatever the hits are.
        let hidden = asking
            .reader()
            .hidden_variants(&query.filters, query.all_variants);
        let of_groups: Vec<Value> = groups
            .iter()
            .filter(|(group, _)| group.object_type.is_variant())
            .map(|(group, _)| term("type", group.object_type.as_str()))
            .collect();
        let mut seen: Vec<Value> = is_asked.into_iter().collect();
        if let Some(hidden) = hidden {
            let mut shown = vec![not(hidden)];
            shown.extend(of_groups);
            seen.push(any(shown));
        }
        let telling: Vec<&QueryWord> = sought.telling().collect();
        let mut choice = Choice {
            site: self,
            sought,
            words: telling
                .iter()
                .map(|word| WordQuery::of(word, None))
                .collect(),
            telling,
            visible: asking.seen(&seen),
            entirely: sought.entirely(),
            replaced: Vec::new(),
        };
        let suggests = query.quicksearch_alone;
        if suggests || sought.drops_any() {
            choice.find_replaced().await?;
        }
        choice.set(&is_main, groups, suggests).await
    }
}

impl Choice<'_> {
    async fn ask(&self, query: &Value, aggs: Value) -> Result<Value, EngineError> {
        let body = json!({
            "query": { "bool": { "filter": [self.visible, query] } },
            "size": 0,
            "aggs": aggs,
        });
        let found = self.site.cluster.search(&self.site.alias, &body).await?;
        Ok(found.aggregations)
    }

    /// Of what has all words, what has a word misspelled that something else has as it was typed, which is as right in the
    /// other words.
    async fn find_replaced(&mut self) -> Result<(), EngineError> {
        let words: Vec<&WordQuery<'_>> = { self.words.iter() }
            .filter(|word| word.has_misspellings())
            .collect();
        if words.is_empty() || words.len() > MISSPELLED_MAX {
            return Ok(());
        }
        let misspelled = |mask: u32| {
            let words = words.iter().enumerate().map(|(at, word)| {
                let is_misspelled = mask & (1 << at) != 0;
                if is_misspelled {
                    not(word.right())
                } else {
                    word.right()
                }
            });
            let by_words = all(words.collect());
            match (&self.entirely, mask) {
                (None, _) => by_words,
                (Some(entirely), 0) => any(vec![entirely.clone(), by_words]),
                (Some(entirely), _) => all(vec![not(entirely.clone()), by_words]),
            }
        };
        let masks = 0..(1_u32 << words.len());
        let filters: Map<String, Value> = masks
            .clone()
            .map(|mask| (mask.to_string(), misspelled(mask)))
            .collect();
        let told = self
            .ask(
                &self.complete(),
                json!({ "masks": { "filters": { "filters": filters } } }),
            )
            .await?;
        let buckets = &told["masks"]["buckets"];
        let is_there = |mask: &u32| buckets[mask.to_string()]["doc_count"].as_u64() > Some(0);
        let there: Vec<u32> = masks.filter(is_there).collect();
        let is_replaced = |mask: &&u32| {
            let mut better = there.iter().filter(|other| other != mask);
            better.any(|other| other & !**mask == 0)
        };
        let replaced = there.iter().filter(is_replaced);
        let replaced: Vec<Value> = replaced.map(|mask| misspelled(*mask)).collect();
        self.replaced = replaced
            .into_iter()
            .map(|query| all(vec![query, all_met(&self.words)]))
            .collect();
        Ok(())
    }

    /// How many objects of each type stand on each step of those that have all words.
    async fn counts(&self) -> Result<BTreeMap<String, OfType>, EngineError> {
        let steps = [
            ("named", Step::Named),
            ("told", Step::Told),
            ("attributed", Step::Attributed),
            ("mentioned", Step::Mentioned),
        ];
        let mut filters: Map<String, Value> = steps
            .into_iter()
            .map(|(name, step)| (name.to_owned(), self.step(step)))
            .collect();
        filters.insert("kinds".to_owned(), self.kind());
        filters.insert("misspelled".to_owned(), not(self.right()));
        let told = self
            .ask(
                &self.complete(),
                json!({ "types": {
                    "terms": { "field": "type", "size": TYPES_MAX },
                    "aggs": { "steps": { "filters": { "filters": filters } } },
                }}),
            )
            .await?;
        let types = told["types"]["buckets"].as_array().into_iter().flatten();
        let types = types.filter_map(|bucket| {
            let name = bucket["key"].as_str()?.to_owned();
            let buckets = &bucket["steps"]["buckets"];
            let count = |name: &str| buckets[name]["doc_count"].as_u64().unwrap_or(0);
            let counts = Counts {
                named: count("named"),
                told: count("told"),
                attributed: count("attributed"),
                mentioned: count("mentioned"),
                most: 0,
                kinds: count("kinds"),
            };
            let of_type = OfType {
                counts,
                misspelled: count("misspelled"),
            };
            Some((name, of_type))
        });
        Ok(types.collect())
    }

    async fn set(
        &self,
        is_main: &impl Fn(&str) -> bool,
        groups: &[(&Quicksearch, Filters)],
        suggests: bool,
    ) -> Result<ChosenSet, EngineError> {
        let words = self.count();
        let mut types = self.counts().await?;
        self.add_most(&mut types).await?;
        let has_any_all = types.values().any(|of| of.counts.has_complete());
        let mut taken: BTreeMap<&str, Taken> = BTreeMap::new();
        for (name, of) in &types {
            let steps = ChosenSteps::of(of.counts, words);
            if steps.last.is_none() {
                continue;
            }
            let mut of_type = Taken {
                steps,
                only_right: false,
                most_share_min: of.counts.most_share_min(words),
            };
            if of.misspelled > 0 {
                let right = all(vec![
                    term("type", name),
                    self.complete(),
                    self.taken(&of_type),
                    self.right(),
                ]);
                of_type.only_right = ranking::are_enough_right(self.how_many(&right).await?);
            }
            taken.insert(name, of_type);
        }
        let (mut main, mut in_the_way) = (self.of_types(&taken, is_main), Vec::new());
        if !taken.keys().any(|name| is_main(name)) && words > 0 {
            (main, in_the_way) = self.some(None).await?;
        }
        let mut by_type = HashMap::new();
        for (group, _) in groups {
            let name = group.object_type.as_str();
            let of_type = match taken.get(name) {
                Some(taken) => self.taken(taken),
                None if suggests && has_any_all || words == 0 => nothing(),
                None => self.some(Some(name)).await?.0,
            };
            by_type.insert(group.object_type.clone(), of_type);
        }
        Ok(ChosenSet {
            main,
            by_type,
            in_the_way,
        })
    }

    /// Counts what has most of the words, of the types of which it is asked for.
    async fn add_most(&self, types: &mut BTreeMap<String, OfType>) -> Result<(), EngineError> {
        let words = self.count();
        if words < 2 {
            return Ok(());
        }
        let (few, many): (Vec<_>, Vec<_>) = { types.iter() }
            .partition(|(_, of)| of.counts.has_complete() && of.counts.asks_for_most(words));
        let names = |of: &[(&String, &OfType)]| {
            let names = of.iter().map(|(name, _)| (*name).clone());
            names.collect::<Vec<String>>()
        };
        let (few, many) = (names(&few), names(&many));
        let none = Counts::default();
        let mut asked = Vec::new();
        if let Some(of) = few.first().and_then(|name| types.get(name)) {
            let share_min = of.counts.most_share_min(words);
            let of_few = json!({ "terms": { "type": few } });
            asked.push(all(vec![of_few, self.most(share_min)]));
        }
        if none.asks_for_most(words) {
            let known: Vec<&String> = few.iter().chain(&many).collect();
            let of_others = not(json!({ "terms": { "type": known } }));
            asked.push(all(vec![of_others, self.most(none.most_share_min(words))]));
        }
        if asked.is_empty() {
            return Ok(());
        }
        let by_type = json!({ "types": { "terms": { "field": "type", "size": TYPES_MAX } } });
        let told = self.ask(&any(asked), by_type).await?;
        let buckets = told["types"]["buckets"].as_array().into_iter().flatten();
        for bucket in buckets {
            if let (Some(name), Some(count)) =
                (bucket["key"].as_str(), bucket["doc_count"].as_u64())
            {
                types.entry(name.to_owned()).or_default().counts.most = count;
            }
        }
        Ok(())
    }

    /// What is taken of all main types together.
    fn of_types(&self, taken: &BTreeMap<&str, Taken>, is_main: &impl Fn(&str) -> bool) -> Value {
        let mut alike: Vec<(&Taken, Vec<&str>)> = Vec::new();
        for (name, of_type) in taken.iter().filter(|(name, _)| is_main(name)) {
            match alike.iter_mut().find(|(other, _)| *other == of_type) {
                Some((_, names)) => names.push(name),
                None => alike.push((of_type, vec![name])),
            }
        }
        let queries = alike.into_iter().map(|(of_type, names)| {
            let of_names = json!({ "terms": { "type": names } });
            all(vec![of_names, self.taken(of_type)])
        });
        any(queries.collect())
    }

    /// Where nothing has enough of the words: what has as much of them as any, and as rightly; and the places of words that
    /// it has not.
    async fn some(&self, of_type: Option<&str>) -> Result<(Value, Vec<usize>), EngineError> {
        let met = any(self.words.iter().map(WordQuery::met).collect());
        let mut clauses = vec![self.visible.clone(), met];
        clauses.extend(of_type.map(|name| term("type", name)));
        let filter = all(clauses);
        let best = self.best_score(self.share(&filter, 0.0)).await?;
        let Some(best) = best else {
            return Ok((nothing(), Vec::new()));
        };
        let tells: f32 = self.telling.iter().map(|word| word.tells).sum();
        let as_good = self.share(&filter, best as f32 / tells);
        let as_right = self.rightness(&as_good, 0.0);
        let Some(least) = self.best_score(as_right).await? else {
            return Ok((nothing(), Vec::new()));
        };
        let chosen = self.rightness(&as_good, least);
        let has: Map<String, Value> = { self.words.iter().enumerate() }
            .map(|(at, word)| (at.to_string(), word.met()))
            .collect();
        let told = self
            .ask(
                &chosen,
                json!({ "words": { "filters": { "filters": has } } }),
            )
            .await?;
        let is_met = |at: usize| {
            let count = &told["words"]["buckets"][at.to_string()]["doc_count"];
            count.as_u64() > Some(0)
        };
        let places = || self.telling.iter().map(|word| word.place).enumerate();
        // What was typed as one word may be looked for as two.
        let has_met = |place: usize| places().any(|(at, other)| other == place && is_met(at));
        let dropped = places().filter(|&(_, place)| !has_met(place));
        let mut in_the_way: Vec<usize> = dropped.map(|(_, place)| place).collect();
        in_the_way.dedup();
        Ok((chosen, in_the_way))
    }

    /// The greatest score beyond the beginning.
    async fn best_score(&self, query: Value) -> Result<Option<f64>, EngineError> {
        let body = json!({ "query": query, "size": 1, "_source": false });
        let found = self.site.cluster.search(&self.site.alias, &body).await?;
        let best = found.hits().first().and_then(|hit| hit.score);
        Ok(best.map(|score| score - BEGINNING))
    }

    async fn how_many(&self, query: &Value) -> Result<usize, EngineError> {
        let query = json!({ "bool": { "filter": [self.visible, query] } });
        Ok(self.site.cluster.count(&self.site.alias, &query).await? as usize)
    }
}
