//! Which objects are the result of a text (docs/reference/05-search.md §6): the rule of `engine::ranking` over counts that the
//! cluster makes, and what it takes as a query. Invariant: what belongs to the set is a function of the text, the types
//! asked for and what is visible, so totals, facets, sorts and pages of one search stand on the same objects.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::dictionary::Memo;
use super::lookups::Questions;
use super::misspelled::misspellings;
use super::sought::Sought;
use super::steps::{Choice, Taken, named};
use super::words::WordQuery;
use crate::domain::{Filters, ObjectType, Quicksearch};
use crate::engine::EngineError;
use crate::engine::asked::asked_types;
use crate::engine::expand::query_term::QueryWord;
use crate::engine::opensearch::search::asking::Asking;
use crate::engine::opensearch::search::filter::{all, any, not, nothing};
use crate::engine::opensearch::search::stand_ins::question::Counting;
use crate::engine::opensearch::site::OpenSite;
use crate::engine::ranking::{self, ChosenSteps, Counts, Step};

/// Types that are counted apart.
const TYPES_MAX: usize = 1_000;
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
    /// How many have no word by a misspelling alone, on each step; and of these those of the kind.
    right: [u64; STEPS.len()],
    right_kinds: [u64; STEPS.len()],
}

/// The steps of what has all words, and how they are called in questions.
const STEPS: [(&str, Step); 4] = [
    ("named", Step::Named),
    ("told", Step::Told),
    ("attributed", Step::Attributed),
    ("mentioned", Step::Mentioned),
];

impl OfType {
    /// How many of those that are taken have no word by a misspelling alone. What has most of the words alone is not among them.
    fn right(&self, steps: ChosenSteps) -> u64 {
        let counts = if steps.kinds_only {
            &self.right_kinds
        } else {
            &self.right
        };
        let taken = STEPS.iter().zip(counts);
        let taken = taken.filter(|((_, step), _)| steps.last.is_some_and(|last| *step <= last));
        taken.map(|(_, count)| count).sum()
    }
}

impl OpenSite {
    /// `None` where something was found out meanwhile that makes the text another one.
    pub(super) async fn chosen(
        &self,
        asking: &Asking<'_>,
        sought: &Sought,
        groups: &[(&Quicksearch, Filters)],
        memo: &mut Memo<'_>,
    ) -> Result<Option<ChosenSet>, EngineError> {
        let query = asking.query;
        let hidden = asking
            .reader()
            .hidden_variants(&query.filters, query.all_variants);
        // Variants that are asked for beside the hits are seen there, whatever the hits are.
        let (of_hidden, groups): (Vec<_>, Vec<_>) = { groups.iter() }
            .map(|(group, _)| *group)
            .partition(|group| hidden.is_some() && group.object_type.is_variant());
        let asked = asked_types(&query.filters).filter_map(|filter| filter.asked.text());
        let asked: Vec<&str> = asked.collect();
        let main = (query.quicksearch_alone || !asked.is_empty()).then_some(asked);
        let seen = hidden.map(not).into_iter().collect();
        let Some(mut set) = self
            .chosen_of(asking, sought, main, &groups, seen, memo)
            .await?
        else {
            return Ok(None);
        };
        if !of_hidden.is_empty() {
            let none = Some(Vec::new());
            let beside = self.chosen_of(asking, sought, none, &of_hidden, Vec::new(), memo);
            let Some(beside) = beside.await? else {
                return Ok(None);
            };
            set.by_type.extend(beside.by_type);
        }
        Ok(Some(set))
    }

    /// The same of some groups. `main`: the types of the hits, `None` for all; `seen` is what has to be so of everything.
    async fn chosen_of(
        &self,
        asking: &Asking<'_>,
        sought: &Sought,
        main: Option<Vec<&str>>,
        groups: &[&Quicksearch],
        mut seen: Vec<Value>,
        memo: &mut Memo<'_>,
    ) -> Result<Option<ChosenSet>, EngineError> {
        let names_asked: Option<Vec<&str>> = main.as_ref().map(|main| {
            let groups = groups.iter().map(|group| group.object_type.as_str());
            main.iter().copied().chain(groups).collect()
        });
        let is_asked = names_asked.as_ref();
        seen.extend(is_asked.map(|names| json!({ "terms": { "type": names } })));
        let telling: Vec<&QueryWord> = sought.telling().collect();
        let mut choice = Choice {
            site: self,
            asking,
            sought,
            words: telling
                .iter()
                .map(|word| WordQuery::of(word, None))
                .collect(),
            telling,
            visible: asking.seen(&seen),
            entirely: sought.entirely(),
            replaced: Vec::new(),
            asked_types: names_asked,
        };
        let suggests = asking.query.quicksearch_alone;
        if suggests || sought.drops_any() {
            let masks = choice.masks();
            if let Some(aggs) = misspellings(&masks) {
                let Some(told) = choice.ask_beside(asking, memo, aggs).await? else {
                    return Ok(None);
                };
                choice.find_replaced(&masks, &told["masks"]["buckets"]);
            }
        }
        let Some(told) = choice.ask_beside(asking, memo, choice.counting()).await? else {
            return Ok(None);
        };
        let types = of_types(&told["types"]);
        let set = choice.set(types, memo, main.as_deref(), groups, suggests);
        set.await.map(Some)
    }
}

impl Choice<'_> {
    pub(super) async fn ask(
        &self,
        query: &Value,
        aggs: Map<String, Value>,
    ) -> Result<Value, EngineError> {
        let body = self.question(query, aggs);
        let found = self.site.cluster.search(&self.site.alias, &body).await?;
        Ok(self.asking.counted(found.aggregations))
    }

    fn question(&self, query: &Value, aggs: Map<String, Value>) -> Value {
        let query = json!({ "bool": { "filter": [self.visible, query] } });
        json!({
            "query": self.asking.found(&query),
            "size": 0,
            "track_total_hits": false,
            "aggs": self.asking.counts(aggs, &query, Counting::StandIns),
        })
    }

    /// The types that are counted: where none is asked for, of what stands for an object that of the object.
    fn type_field(&self) -> &'static str {
        match self.asked_types {
            None => self.asking.object_type_field(),
            Some(_) => "type",
        }
    }

    /// Asks about what has all words, and all that is still open about them; `None` where that makes them others.
    async fn ask_beside(
        &self,
        asking: &Asking<'_>,
        memo: &mut Memo<'_>,
        aggs: Map<String, Value>,
    ) -> Result<Option<Value>, EngineError> {
        memo.look()?;
        let mut questions = Questions::of(memo, asking);
        questions.bodies.push(self.question(&self.complete(), aggs));
        let cluster = &self.site.cluster;
        let answers = cluster.search_all(&self.site.alias, &questions.bodies);
        let mut answers = answers.await?;
        let told = answers.pop();
        let told = told.map(|told| self.asking.counted(told.aggregations));
        let holds = questions.keep(memo, asking, answers);
        Ok(told.filter(|_| holds && self.sought.is_settled(memo)))
    }

    /// How many objects of each type stand on each step of those that have all words.
    fn counting(&self) -> Map<String, Value> {
        let mut filters = Map::new();
        let may_be_misspelled = self.words.iter().any(WordQuery::has_misspellings);
        for (name, step) in STEPS {
            let step = self.step(step);
            if may_be_misspelled {
                let right = all(vec![step.clone(), self.right()]);
                let kinds = all(vec![right.clone(), self.kind()]);
                filters.insert(format!("right-{name}"), right);
                filters.insert(format!("right-kinds-{name}"), kinds);
            }
            filters.insert(name.to_owned(), step);
        }
        filters.insert("kinds".to_owned(), self.kind());
        if may_be_misspelled {
            filters.insert("misspelled".to_owned(), not(self.right()));
        }
        let types = json!({
            "terms": { "field": self.type_field(), "size": TYPES_MAX },
            "aggs": { "steps": { "filters": { "filters": filters } } },
        });
        named("types", types)
    }

    async fn set(
        &self,
        mut types: BTreeMap<String, OfType>,
        memo: &Memo<'_>,
        main_types: Option<&[&str]>,
        groups: &[&Quicksearch],
        suggests: bool,
    ) -> Result<ChosenSet, EngineError> {
        let words = self.count();
        let is_main = |name: &str| main_types.is_none_or(|main| main.contains(&name));
        self.add_most(&mut types, memo).await?;
        let has_any_all = types.values().any(|of| of.counts.has_complete());
        let mut taken: BTreeMap<&str, Taken> = BTreeMap::new();
        for (name, of) in &types {
            let steps = ChosenSteps::of(of.counts, words);
            if steps.last.is_none() {
                continue;
            }
            let right = of.right(steps) as usize;
            let of_type = Taken {
                steps,
                only_right: of.misspelled > 0 && ranking::are_enough_right(right),
                most_share_min: of.counts.most_share_min(words),
            };
            taken.insert(name, of_type);
        }
        let (mut main, mut in_the_way) = (self.of_types(&taken, &is_main), Vec::new());
        let is_asked = main_types.is_none_or(|main| !main.is_empty());
        if is_asked && !taken.keys().any(|name| is_main(name)) && words > 0 {
            (main, in_the_way) = self.some(main_types).await?;
        }
        let mut by_type = HashMap::new();
        for group in groups {
            let name = group.object_type.as_str();
            let of_type = match taken.get(name) {
                Some(taken) => self.taken(taken),
                None if suggests && has_any_all || words == 0 => nothing(),
                None => self.some(Some(&[name])).await?.0,
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
    async fn add_most(
        &self,
        types: &mut BTreeMap<String, OfType>,
        memo: &Memo<'_>,
    ) -> Result<(), EngineError> {
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
            let of_few = json!({ "terms": { self.type_field(): few } });
            asked.push(all(vec![of_few, self.most(share_min)]));
        }
        let are_others = memo.types().is_none_or(|all| {
            let mut others = all.iter().filter(|name| !types.contains_key(*name));
            others.any(|name| self.asks_for(name))
        });
        if none.asks_for_most(words) && are_others {
            let known: Vec<&String> = few.iter().chain(&many).collect();
            let of_others = not(json!({ "terms": { self.type_field(): known } }));
            asked.push(all(vec![of_others, self.most(none.most_share_min(words))]));
        }
        if asked.is_empty() {
            return Ok(());
        }
        let by_type = json!({ "terms": { "field": self.type_field(), "size": TYPES_MAX } });
        let told = self.ask(&any(asked), named("types", by_type)).await?;
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
            let of_names = json!({ "terms": { self.type_field(): names } });
            all(vec![of_names, self.taken(of_type)])
        });
        any(queries.collect())
    }
}

fn of_types(told: &Value) -> BTreeMap<String, OfType> {
    let types = told["buckets"].as_array().into_iter().flatten();
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
            right: STEPS.map(|(name, _)| count(&format!("right-{name}"))),
            right_kinds: STEPS.map(|(name, _)| count(&format!("right-kinds-{name}"))),
        };
        Some((name, of_type))
    });
    types.collect()
}
