//! How the cluster is, looked at every few seconds. Invariant: what is said here was so at the last look; who finds a cluster that
//! could not be reached then is told so at once and does not try again by itself.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Call, CallError, Client};
use super::layout::names::Names;
use crate::engine::EngineError;
use crate::engine::stats::ClusterStats;

/// Seconds after which a client may come again: by then somebody has looked again.
const COME_AGAIN_S: u32 = 5;

/// What anybody is told of something that is no cluster.
const NO_OPENSEARCH: &str = "there is no cluster that can be used";

/// For a question of a look; a cluster that is stopped takes what is sent and never answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(4);
/// Disks are asked for at all nodes.
const DISKS_WITHIN: Duration = Duration::from_secs(2);
/// Who has answered anything so lately is there, and has much to do.
const ANSWERED_LATELY: Duration = Duration::from_secs(2);

/// The oldest that has all that is asked for here.
const OLDEST: (u64, u64) = (2, 4);
/// What is tested.
const TESTED: u64 = 2;

#[derive(Default)]
pub(super) struct Health(RwLock<Arc<Condition>>);

/// What the last look has found.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    /// `None` before the first look, and while nobody answers.
    pub(super) version: Option<String>,
    /// Why it cannot be used.
    pub(super) unusable: Option<String>,
    /// The same in words for anybody.
    words: Option<&'static str>,
    pub(super) nodes: u64,
    pub(super) unassigned_shards: u64,
    /// The share of its disk that is used at the node that has used most of it.
    pub(super) disk_used: Option<f64>,
    /// By alias; those that are well are not among them.
    ill: HashMap<String, Illness>,
}

/// What is wrong with an index.
#[derive(Clone, Debug)]
pub(super) struct Illness {
    pub(super) reason: String,
    /// It can still be read.
    pub(super) is_readable: bool,
}

#[derive(Deserialize)]
struct Told {
    number_of_nodes: u64,
    unassigned_shards: u64,
    #[serde(default)]
    indices: HashMap<String, ToldIndex>,
}

#[derive(Deserialize)]
struct ToldIndex {
    status: String,
}

#[derive(Deserialize)]
struct Root {
    version: Version,
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    distribution: String,
    number: String,
}

impl Health {
    pub(super) fn condition(&self) -> Arc<Condition> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the cluster can be asked at all.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        let condition = self.condition();
        if condition.unusable.is_none() {
            return Ok(());
        }
        Err(EngineError::Unavailable {
            reason: condition.words.unwrap_or(NO_OPENSEARCH).to_owned(),
            retry_after_s: COME_AGAIN_S,
        })
    }

    /// Looks, and tells in the log what has changed.
    pub(super) async fn look(&self, client: &Client, names: &Names) {
        let before = self.condition();
        let now = match look(client, names, before.version.clone()).await {
            Ok(condition) => condition,
            Err(error @ CallError::NoAnswer(_)) if client.has_answered_within(ANSWERED_LATELY) => {
                tracing::debug!(%error, "a look at the cluster took too long; others were answered");
                return;
            }
            Err(error) => Condition {
                words: Some(error.words()),
                unusable: Some(error.to_string()),
                ..Condition::default()
            },
        };
        match (&before.unusable, &now.unusable) {
            (None, Some(reason)) => tracing::error!(reason, "the cluster cannot be used"),
            (Some(_), None) => tracing::info!("the cluster can be used again"),
            _ => {}
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(now);
    }
}

impl Condition {
    pub(super) fn stats(&self) -> ClusterStats {
        ClusterStats {
            is_usable: self.unusable.is_none(),
            version: self.version.clone(),
            nodes: self.nodes,
            unassigned_shards: self.unassigned_shards,
            disk_used: self.disk_used,
            figures_age: None,
        }
    }

    /// What is wrong with the catalog of this alias.
    pub(super) fn illness(&self, alias: &str, control: &str) -> Option<Illness> {
        if let Some(reason) = &self.unusable {
            return Some(Illness {
                reason: reason.clone(),
                is_readable: false,
            });
        }
        let ill = [alias, control]
            .into_iter()
            .filter_map(|of| self.ill.get(of));
        ill.min_by_key(|illness| illness.is_readable).cloned()
    }
}

async fn look(
    client: &Client,
    names: &Names,
    version: Option<String>,
) -> Result<Condition, CallError> {
    let version = match version {
        Some(known) => known,
        None => match read_version(client).await? {
            Ok(version) => version,
            Err(reason) => {
                return Ok(Condition {
                    unusable: Some(reason),
                    ..Condition::default()
                });
            }
        },
    };
    let all = names.all();
    // As the node knows it that is asked: while the nodes elect a manager they are searched and written all the same.
    let path = format!("/_cluster/health/{all}?level=indices&local=true");
    let told: Told = ask(client, path).await?;
    let path = format!("/{all}/_settings/index.blocks.*?flat_settings=true&local=true");
    let blocks: HashMap<String, Value> = ask(client, path).await?;
    let disks = Call::get("/_nodes/stats/fs?filter_path=nodes.*.fs.total&timeout=1s");
    let disks = disks.looking(DISKS_WITHIN);
    // A node that does not answer keeps nobody from the others.
    let disks: Value = match client.call(&disks).await {
        Ok(disks) => disks.read()?,
        Err(_) => Value::Null,
    };
    let mut ill = HashMap::new();
    let blocked = blocks.iter().filter_map(|(index, settings)| {
        let blocks = settings["settings"].as_object()?.iter();
        let mut set = blocks.filter(|(_, value)| value.as_str() == Some("true"));
        set.next().map(|(name, _)| (index, name))
    });
    for (index, block) in blocked {
        let reason = format!(
            "the cluster takes no writes for it (`{block}`): its disks are over the flood stage watermark, or somebody has \
             set it"
        );
        let is_readable = true;
        note(
            &mut ill,
            index,
            Illness {
                reason,
                is_readable,
            },
        );
    }
    for (index, _) in told.indices.iter().filter(|(_, of)| of.status == "red") {
        let reason = "its index is red: a shard is on no node".to_owned();
        let is_readable = false;
        note(
            &mut ill,
            index,
            Illness {
                reason,
                is_readable,
            },
        );
    }
    Ok(Condition {
        version: Some(version),
        unusable: None,
        words: None,
        nodes: told.number_of_nodes,
        unassigned_shards: told.unassigned_shards,
        disk_used: disk_used(&disks),
        ill,
    })
}

async fn ask<T: DeserializeOwned>(client: &Client, path: String) -> Result<T, CallError> {
    let call = Call::get(path).looking(ANSWERS_WITHIN);
    client.call(&call).await?.read()
}

fn note(ill: &mut HashMap<String, Illness>, index: &str, illness: Illness) {
    if let Some((alias, _)) = Names::of_index(index) {
        ill.insert(alias.to_owned(), illness);
    }
}

/// The version, or why it is none that can be used.
async fn read_version(client: &Client) -> Result<Result<String, String>, CallError> {
    let root: Root = match ask(client, "/".to_owned()).await {
        Ok(root) => root,
        Err(error) if error.is_of_another_server() => {
            let how = match error {
                CallError::Refused { status, .. } => format!("with {status}"),
                _ => "as no cluster does".to_owned(),
            };
            return Ok(Err(format!(
                "what answers is no OpenSearch, look at `nodes`: `GET /` is answered {how}"
            )));
        }
        Err(error) => return Err(error),
    };
    let judged = judge(&root.version);
    if let Ok((version, false)) = &judged {
        tracing::warn!(version, "this version of OpenSearch is not tested");
    }
    Ok(judged.map(|(version, _)| version))
}

/// The version and whether it is a tested one.
fn judge(told: &Version) -> Result<(String, bool), String> {
    let Version {
        distribution,
        number,
    } = told;
    if distribution != "opensearch" {
        return Err(format!(
            "what answers is no OpenSearch: it says that it is version {number} of something else, such as Elasticsearch"
        ));
    }
    let mut parts = number.split('.').map_while(|part| part.parse::<u64>().ok());
    let of = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if of < OLDEST {
        let (major, minor) = OLDEST;
        return Err(format!(
            "the cluster is OpenSearch {number}, which is older than {major}.{minor}"
        ));
    }
    Ok((number.clone(), of.0 == TESTED))
}

fn disk_used(told: &Value) -> Option<f64> {
    let nodes = told["nodes"].as_object()?.values();
    let used = nodes.filter_map(|node| {
        let total = &node["fs"]["total"];
        let bytes = |name| total[name].as_f64();
        Some(1.0 - bytes("available_in_bytes")? / bytes("total_in_bytes")?)
    });
    used.max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("opensearch", "2.19.1", "tested")]
    #[case("opensearch", "3.8.0", "untested")]
    #[case("opensearch", "2.3.0", "refused")]
    #[case("opensearch", "odd", "refused")]
    #[case("", "8.15.0", "refused")]
    fn versions_are_tested_untested_or_refused(
        #[case] distribution: &str,
        #[case] number: &str,
        #[case] expected: &str,
    ) {
        let judged = judge(&Version {
            distribution: distribution.to_owned(),
            number: number.to_owned(),
        });
        let told = match judged {
            Ok((_, true)) => "tested",
            Ok((_, false)) => "untested",
            Err(_) => "refused",
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn the_fullest_disk_is_told() {
        let node = |available: u64| json!({ "fs": { "total": { "total_in_bytes": 100, "available_in_bytes": available } } });
        let told = json!({ "nodes": { "a": node(50), "b": node(25) } });
        assert_eq!(disk_used(&told), Some(0.75));
        assert_eq!(disk_used(&json!({})), None);
    }

    #[test]
    fn what_cannot_be_read_counts_for_more_than_what_cannot_be_written() {
        let mut condition = Condition::default();
        let illness = |reason: &str, is_readable| Illness {
            reason: reason.to_owned(),
            is_readable,
        };
        note(&mut condition.ill, "cat-a+1", illness("full", true));
        note(&mut condition.ill, "ctl+1", illness("red", false));
        let reason = |alias| condition.illness(alias, "ctl").map(|one| one.reason);
        assert_eq!(reason("cat-a").as_deref(), Some("red"));
        assert_eq!(reason("cat-b").as_deref(), Some("red"), "it needs both");
        assert!(condition.illness("cat-b", "other").is_none());
    }
}
