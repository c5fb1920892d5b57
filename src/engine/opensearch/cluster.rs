//! What this server asks of a cluster, beside bulk writes: indices, single documents, searches. Invariant: what a write of a
//! single document holds on is in its request, so nobody's write is written over unseen.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Call, CallError, Client, Method};
use super::health::Health;
use super::layout::mapping::{self, Copies};
use super::layout::names::Names;
use super::searched::{Searched, Shards};

/// How long a moment is kept that nobody asks about.
const MOMENT_KEPT: &str = "5m";

pub(super) struct Cluster {
    pub(super) client: Client,
    pub(super) names: Names,
    pub(super) health: Health,
    pub(super) copies: Copies,
    /// Names the copy of an index that is asked where several answers are to be of the same one: any, but always that.
    pub(super) copy: String,
}

/// Which state of a document somebody has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Place {
    #[serde(rename = "_seq_no")]
    seq_no: u64,
    #[serde(rename = "_primary_term")]
    primary_term: u64,
}

#[derive(Deserialize)]
struct Got<T> {
    #[serde(flatten)]
    place: Place,
    #[serde(rename = "_source")]
    source: T,
}

#[derive(Deserialize)]
struct Counted {
    count: u64,
    #[serde(rename = "_shards")]
    shards: Shards,
}

impl Cluster {
    pub(super) fn new(client: Client, names: Names, copies: Copies) -> Self {
        Self {
            client,
            names,
            health: Health::default(),
            copies,
            copy: Uuid::new_v4().to_string(),
        }
    }

    /// Makes the index of a catalog where there is none; the version of the one that is there.
    pub(super) async fn open_catalog(&self, alias: &str) -> Result<u64, CallError> {
        self.open(alias, mapping::catalog(alias, self.copies)).await
    }

    /// The same for what sites keep of themselves.
    pub(super) async fn open_control(&self) -> Result<u64, CallError> {
        let alias = self.names.control();
        let index = mapping::control(&alias, self.copies.replicas);
        self.open(&alias, index).await
    }

    async fn open(&self, alias: &str, index: Value) -> Result<u64, CallError> {
        let ask = Call::get(format!("/{alias}/_mapping"));
        if let Some(answer) = self.client.find(&ask).await? {
            return version_of(&answer.read()?);
        }
        let path = format!("/{}", Names::index(alias, 1));
        let make = Call::repeatable(Method::PUT, path).with_json(&index);
        match self.client.call(&make).await {
            Ok(_) => Ok(mapping::VERSION),
            // Somebody else was faster.
            Err(error) if error.is("resource_already_exists_exception") => Ok(mapping::VERSION),
            Err(error) => Err(error),
        }
    }

    /// Adds fields to an index; those that it has stay.
    pub(super) async fn add_fields(&self, alias: &str, mapping: &Value) -> Result<(), CallError> {
        let call = Call::repeatable(Method::PUT, format!("/{alias}/_mapping")).with_json(mapping);
        self.client.call(&call).await.map(drop)
    }

    /// The index that an alias stands for.
    pub(super) async fn serving_index(&self, alias: &str) -> Result<String, CallError> {
        let ask = Call::get(format!("/_alias/{alias}"));
        let told: Value = self.client.call(&ask).await?.read()?;
        let indices = told.as_object().into_iter().flatten();
        let mut names = indices.map(|(name, _)| name.clone());
        match (names.next(), names.next()) {
            (Some(name), None) => Ok(name),
            _ => Err(CallError::Unreadable(format!(
                "`{alias}` stands for several indices: {told}"
            ))),
        }
    }

    /// Makes an index beside the one that serves. What is left of one that nobody knows of goes.
    pub(super) async fn make_next(&self, alias: &str, number: u64) -> Result<(), CallError> {
        self.remove_idle(alias).await?;
        let index = mapping::catalog(&Names::next(alias), self.copies);
        let path = format!("/{}", Names::index(alias, number));
        let make = Call::repeatable(Method::PUT, path).with_json(&index);
        self.client.call(&make).await.map(drop)
    }

    /// From here on an index serves that was made beside another one. It may still be written to under both names.
    pub(super) async fn serve_next(&self, alias: &str, number: u64) -> Result<(), CallError> {
        let (serving, next) = (
            self.serving_index(alias).await?,
            Names::index(alias, number),
        );
        if serving == next {
            return Ok(());
        }
        let actions = json!({ "actions": [
            { "remove": { "index": serving, "alias": alias } },
            { "add": { "index": next, "alias": alias } },
        ]});
        let call = Call::repeatable(Method::POST, "/_aliases").with_json(&actions);
        match self.client.call(&call).await {
            Ok(_) => Ok(()),
            // Done by an earlier try that nobody heard the end of.
            Err(error) => match self.serving_index(alias).await {
                Ok(serving) if serving == next => Ok(()),
                _ => Err(error),
            },
        }
    }

    /// Removes the indices of a catalog that do not serve, and the other name of the one that does. Nobody makes one.
    pub(super) async fn remove_idle(&self, alias: &str) -> Result<(), CallError> {
        let serving = self.serving_index(alias).await?;
        let ask = Call::get(format!("/{alias}+*/_alias"));
        let told: Value = self.client.call(&ask).await?.read()?;
        let next = Names::next(alias);
        for (index, of) in told.as_object().into_iter().flatten() {
            if Names::of_index(index).is_none_or(|(of, _)| of != alias) {
                continue;
            }
            let has_other_name = of["aliases"].get(&next).is_some();
            let path = match *index == serving {
                true if has_other_name => format!("/{index}/_alias/{next}"),
                true => continue,
                false => format!("/{index}"),
            };
            let remove = Call::repeatable(Method::DELETE, path);
            self.client.find(&remove).await?;
        }
        Ok(())
    }

    /// The newest state of a document, whatever searches see.
    pub(super) async fn get<T: for<'d> Deserialize<'d>>(
        &self,
        alias: &str,
        id: &str,
    ) -> Result<Option<(T, Place)>, CallError> {
        let ask = Call::get(format!("/{alias}/_doc/{id}"));
        let Some(answer) = self.client.find(&ask).await? else {
            return Ok(None);
        };
        let got: Got<T> = answer.read()?;
        Ok(Some((got.source, got.place)))
    }

    /// Writes a document that is as it was read, or not there; where it is then.
    pub(super) async fn put_if(
        &self,
        alias: &str,
        id: &str,
        document: &Value,
        read: Option<Place>,
    ) -> Result<Place, CallError> {
        let condition = match read {
            Some(Place {
                seq_no,
                primary_term,
            }) => format!("if_seq_no={seq_no}&if_primary_term={primary_term}"),
            None => "op_type=create".to_owned(),
        };
        let path = format!("/{alias}/_doc/{id}?require_alias=true&{condition}");
        let call = Call::once(Method::PUT, path).with_json(document);
        self.client.call(&call).await?.read()
    }

    /// All of what is asked for, or an error.
    pub(super) async fn search(&self, alias: &str, body: &Value) -> Result<Searched, CallError> {
        let path = format!("/{alias}/_search?allow_partial_search_results=false");
        self.searched(&path, body).await
    }

    async fn searched(&self, path: &str, body: &Value) -> Result<Searched, CallError> {
        let found: Searched = self.client.call(&Call::ask(path, body)).await?.read()?;
        found.complete()
    }

    /// Keeps what searches see now, for as long as somebody asks within minutes; its name.
    pub(super) async fn open_moment(&self, alias: &str) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Opened {
            pit_id: String,
        }
        let path = format!(
            "/{alias}/_search/point_in_time?keep_alive={MOMENT_KEPT}&allow_partial_pit_creation=false"
        );
        let call = Call::repeatable(Method::POST, path);
        let opened: Opened = self.client.call(&call).await?.read()?;
        Ok(opened.pit_id)
    }

    /// A search of what was kept.
    pub(super) async fn search_moment(
        &self,
        moment: &str,
        mut body: Value,
    ) -> Result<Searched, CallError> {
        body["pit"] = json!({ "id": moment, "keep_alive": MOMENT_KEPT });
        self.searched("/_search?allow_partial_search_results=false", &body)
            .await
    }

    /// What is not given up is given up by the cluster some minutes later.
    pub(super) async fn close_moment(&self, moment: &str) {
        let call = Call::repeatable(Method::DELETE, "/_search/point_in_time");
        let call = call.with_json(&json!({ "pit_id": [moment] }));
        if let Err(error) = self.client.call(&call).await {
            tracing::debug!(%error, "a moment of a catalog stays open for a while");
        }
    }

    pub(super) async fn count(&self, alias: &str, query: &Value) -> Result<u64, CallError> {
        let ask = Call::ask(format!("/{alias}/_count"), &json!({ "query": query }));
        let counted: Counted = self.client.call(&ask).await?.read()?;
        if counted.shards.failed > 0 {
            return Err(CallError::NoAnswer("some shards did not count".to_owned()));
        }
        Ok(counted.count)
    }

    /// Lets searches see all that was written before.
    pub(super) async fn refresh(&self, alias: &str) -> Result<(), CallError> {
        let call = Call::repeatable(Method::POST, format!("/{alias}/_refresh"));
        self.client.call(&call).await.map(drop)
    }

    /// Begins to delete everything that the query finds; the name of the task.
    pub(super) async fn begin_delete(
        &self,
        alias: &str,
        query: &Value,
    ) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Begun {
            task: String,
        }
        let path = format!(
            "/{alias}/_delete_by_query?conflicts=proceed&slices=auto&wait_for_completion=false"
        );
        let call = Call::repeatable(Method::POST, path).with_json(&json!({ "query": query }));
        let begun: Begun = self.client.call(&call).await?.read()?;
        Ok(begun.task)
    }

    /// Whether a task has ended, or is not known any more.
    pub(super) async fn has_ended(&self, task: &str) -> Result<bool, CallError> {
        #[derive(Deserialize)]
        struct Task {
            completed: bool,
        }
        let ask = Call::get(format!("/_tasks/{task}"));
        match self.client.find(&ask).await? {
            Some(answer) => Ok(answer.read::<Task>()?.completed),
            None => Ok(true),
        }
    }
}

/// The version that an index was made with. One that somebody else made is not used.
fn version_of(answer: &Value) -> Result<u64, CallError> {
    let indices = answer.as_object().into_iter().flat_map(|all| all.values());
    let versions = indices.map(|index| index["mappings"]["_meta"]["version"].as_u64());
    match versions.flatten().max() {
        Some(version) if version > 0 => Ok(version),
        _ => Err(CallError::Unreadable(format!(
            "the index was not made by this server: {answer}"
        ))),
    }
}
