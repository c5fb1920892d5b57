//! Why a cluster did not do what it was asked for, and what that means to whoever asked this server. Invariant: what may
//! have been done is never told as not done.

use std::time::Duration;

use serde::Deserialize;

use crate::engine::EngineError;

/// Seconds after which a client may come again where the cluster does not say.
const COME_AGAIN_S: u32 = 5;

#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing of the request was done.
    #[error("no node of the cluster can be reached: {0}")]
    Unreachable(String),

    /// The request was sent and nobody knows what became of it.
    #[error("the cluster did not answer: {0}")]
    NoAnswer(String),

    /// It has too much to do; nothing of the request was done.
    #[error("the cluster answered {status} for too long: {reason}")]
    Busy {
        status: u16,
        reason: String,
        retry_after: Option<Duration>,
    },

    /// It takes no writes: its disks are full, or somebody said so.
    #[error("the cluster is read-only: {0}")]
    Blocked(String),

    #[error("the cluster refused the request with {status}: {kind}: {reason}")]
    Refused {
        status: u16,
        kind: String,
        reason: String,
    },

    #[error("the answer of the cluster cannot be read: {0}")]
    Unreadable(String),

    /// Less may be asked for at once.
    #[error("the answer of the cluster is longer than {bytes_max} bytes")]
    TooLong { bytes_max: usize },
}

/// `{"error": {"type": …, "reason": …}, "status": …}`; a proxy answers in other words.
#[derive(Deserialize)]
struct Told {
    error: Cause,
}

#[derive(Deserialize)]
pub(super) struct Cause {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    reason: Option<String>,
    /// What it came from: of a search, at the shards.
    #[serde(default, rename = "root_cause")]
    roots: Vec<Cause>,
    #[serde(default)]
    caused_by: Option<Box<Cause>>,
    #[serde(default)]
    failed_shards: Vec<FailedShard>,
}

#[derive(Deserialize)]
struct FailedShard {
    reason: Cause,
}

impl Cause {
    /// The reason with what it came from: `all shards failed` alone says nothing.
    pub(super) fn told(&self) -> String {
        let mut told = self.reason.clone().unwrap_or_default();
        let shards = self.failed_shards.iter().map(|shard| &shard.reason);
        let of_shards = self.roots.iter().chain(shards).next();
        let mut next = of_shards.or(self.caused_by.as_deref());
        while let Some(cause) = next {
            let reason = cause.reason.as_deref().unwrap_or_default();
            if !told.contains(reason) || reason.is_empty() {
                told = format!("{told}: {}: {reason}", cause.kind);
            }
            next = cause.caused_by.as_deref();
        }
        told
    }
}

/// Of an answer that is no error of a cluster.
const UNKNOWN_KIND: &str = "answer";

/// Characters of an answer that are told in an error.
const TOLD_CHARS_MAX: usize = 300;

impl CallError {
    /// What an answer without success says.
    pub(in crate::engine::opensearch) fn of_answer(
        status: u16,
        body: &[u8],
        retry_after: Option<Duration>,
    ) -> Self {
        let (kind, reason) = match serde_json::from_slice::<Told>(body) {
            Ok(told) => (told.error.kind.clone(), told.error.told()),
            Err(_) => (
                UNKNOWN_KIND.to_owned(),
                String::from_utf8_lossy(body).into_owned(),
            ),
        };
        let reason: String = reason.chars().take(TOLD_CHARS_MAX).collect();
        if kind == "cluster_block_exception" {
            return Self::Blocked(reason);
        }
        match status {
            429 | 502 | 503 | 504 => Self::Busy {
                status,
                reason: format!("{kind}: {reason}"),
                retry_after,
            },
            _ => Self::Refused {
                status,
                kind,
                reason,
            },
        }
    }

    /// What anybody may hear of it: no address, and nothing of an answer.
    pub(in crate::engine::opensearch) fn words(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "no node of the cluster can be reached",
            Self::NoAnswer(_) => "the cluster does not answer",
            Self::Busy { .. } => "the cluster cannot do it now",
            Self::Blocked(_) => "the cluster takes no writes",
            Self::Refused { .. } | Self::Unreadable(_) | Self::TooLong { .. } => {
                "the cluster does not do what it should"
            }
        }
    }

    /// Whether what answered is something else than a cluster.
    pub(in crate::engine::opensearch) fn is_of_another_server(&self) -> bool {
        match self {
            Self::Unreadable(_) => true,
            Self::Refused {
                status: 401 | 403, ..
            } => false,
            _ => self.is(UNKNOWN_KIND),
        }
    }

    /// The kind of a refusal.
    pub(in crate::engine::opensearch) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == wanted)
    }

    /// Whether the write may have been done all the same.
    pub(in crate::engine::opensearch) fn is_in_doubt(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer(_) | Self::Unreadable(_) | Self::TooLong { .. }
        ) || matches!(
            self,
            Self::Busy {
                status: 502 | 504,
                ..
            }
        )
    }

    /// Whether somebody else wrote in between.
    pub(in crate::engine::opensearch) fn is_conflict(&self) -> bool {
        matches!(self, Self::Refused { status: 409, .. })
    }
}

impl From<CallError> for EngineError {
    fn from(error: CallError) -> Self {
        let retry_after_s = match &error {
            CallError::Busy {
                retry_after: Some(wait),
                ..
            } => u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).max(1),
            _ => COME_AGAIN_S,
        };
        match error {
            CallError::Busy { status: 429, .. } => Self::Overloaded { retry_after_s },
            CallError::Unreachable(_)
            | CallError::NoAnswer(_)
            | CallError::Busy { .. }
            | CallError::Blocked(_) => {
                tracing::debug!(%error, "the cluster does not serve");
                Self::Unavailable {
                    reason: error.words().to_owned(),
                    retry_after_s,
                }
            }
            // Removed at this very moment: the next one who asks is told so.
            error if error.is("index_not_found_exception") => Self::Unavailable {
                reason: error.to_string(),
                retry_after_s,
            },
            CallError::Refused { .. } | CallError::Unreadable(_) | CallError::TooLong { .. } => {
                Self::Internal {
                    context: "the cluster does not do what it should",
                    source: Box::new(error),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        429,
        r#"{"error":{"type":"opensearch_rejected_execution_exception","reason":"full"}}"#,
        "overloaded"
    )]
    #[case(
        429,
        r#"{"error":{"type":"cluster_block_exception","reason":"disk"}}"#,
        "unavailable"
    )]
    #[case(
        403,
        r#"{"error":{"type":"cluster_block_exception","reason":"read-only"}}"#,
        "unavailable"
    )]
    #[case(503, "upstream is down", "unavailable")]
    #[case(400, r#"{"error":{"type":"illegal_argument_exception"}}"#, "internal")]
    #[case(500, "{}", "internal")]
    fn an_answer_without_success_is_an_error_of_the_door(
        #[case] status: u16,
        #[case] body: &str,
        #[case] expected: &str,
    ) {
        let error = CallError::of_answer(status, body.as_bytes(), None);
        let told = match EngineError::from(error) {
            EngineError::Overloaded { retry_after_s } => {
                assert!(retry_after_s > 0);
                "overloaded"
            }
            EngineError::Unavailable { retry_after_s, .. } => {
                assert!(retry_after_s > 0);
                "unavailable"
            }
            EngineError::Internal { .. } => "internal",
            other => panic!("{other:?}"),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn what_failed_at_a_shard_is_told_with_why() {
        let at_shard = r#"{"type":"query_shard_exception","reason":"failed to create query","caused_by":
            {"type":"number_format_exception","reason":"For input: a"}}"#;
        for (body, told) in [
            (
                format!(r#"{{"error":{{"root_cause":[{at_shard}],"type":"search_phase_execution_exception",
                    "reason":"all shards failed"}},"status":400}}"#),
                "all shards failed: query_shard_exception: failed to create query: number_format_exception: For input: a",
            ),
            (
                format!(r#"{{"error":{{"root_cause":[],"type":"search_phase_execution_exception","reason":"all shards failed",
                    "failed_shards":[{{"shard":0,"reason":{at_shard}}}]}},"status":503}}"#),
                "all shards failed: query_shard_exception: failed to create query: number_format_exception: For input: a",
            ),
            (
                r#"{"error":{"root_cause":[{"type":"b","reason":"full"}],"type":"b","reason":"full"}}"#.to_owned(),
                "400: b: full",
            ),
        ] {
            let error = CallError::of_answer(400, body.as_bytes(), None).to_string();
            assert!(error.ends_with(told), "{error}");
        }
    }

    #[test]
    fn the_wait_that_the_cluster_asks_for_goes_upward() {
        let error = CallError::of_answer(503, b"", Some(Duration::from_secs(17)));
        let EngineError::Unavailable { retry_after_s, .. } = error.into() else {
            panic!("another error");
        };
        assert_eq!(retry_after_s, 17);
    }
}
