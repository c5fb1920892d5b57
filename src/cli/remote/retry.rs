//! When a request is worth repeating, and after how long (docs/reference/07-http-principles.md §4). Pure: the
//! caller waits.

use std::time::Duration;

use http::StatusCode;

/// Bounded exponential back-off.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct RetryPolicy {
    /// How often one request is sent in all, at least once.
    pub(super) tries_max: u32,
    /// Wait before the second try; doubled with each further one.
    pub(super) first_wait: Duration,
    /// Longest wait, whatever the server asks for.
    pub(super) wait_max: Duration,
}

impl RetryPolicy {
    const WAIT_MAX: Duration = Duration::from_secs(60);
    const FIRST_WAIT: Duration = Duration::from_millis(250);

    pub(in crate::cli) fn with_tries(tries_max: u32) -> Self {
        Self {
            tries_max,
            first_wait: Self::FIRST_WAIT,
            wait_max: Self::WAIT_MAX,
        }
    }

    /// How long to wait after the given try (from 1) failed; `None` when it was the last one.
    /// A server's `Retry-After` can lengthen the wait, never shorten it.
    pub(super) fn wait_after(&self, tried: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if tried >= self.tries_max {
            return None;
        }
        let doublings = tried.saturating_sub(1).min(31);
        let own = self.first_wait.saturating_mul(1 << doublings);
        Some(own.max(retry_after.unwrap_or_default()).min(self.wait_max))
    }
}

/// Whether the same request may be answered differently later.
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// Reads `Retry-After` in whole seconds; the HTTP date form is left to the back-off.
pub(super) fn retry_after(headers: &http::HeaderMap) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        tries_max: 4,
        first_wait: Duration::from_millis(100),
        wait_max: Duration::from_secs(5),
    };

    #[test]
    fn waits_double_until_the_tries_are_used_up() {
        let waits: Vec<_> = (1..=4)
            .map(|tried| POLICY.wait_after(tried, None))
            .collect();
        let millis = |n| Some(Duration::from_millis(n));
        assert_eq!(waits, [millis(100), millis(200), millis(400), None]);
    }

    #[test]
    fn the_server_can_ask_for_a_longer_wait_up_to_the_bound() {
        let seconds = Duration::from_secs;
        assert_eq!(POLICY.wait_after(1, Some(seconds(2))), Some(seconds(2)));
        assert_eq!(POLICY.wait_after(1, Some(seconds(3600))), Some(seconds(5)));
        assert_eq!(
            POLICY.wait_after(2, Some(seconds(0))),
            POLICY.wait_after(2, None)
        );
    }

    #[test]
    fn only_passing_conditions_are_repeated() {
        for code in [408, 429, 500, 502, 503, 504] {
            assert!(
                is_transient(StatusCode::from_u16(code).expect("a status")),
                "{code}"
            );
        }
        for code in [200, 201, 400, 401, 403, 404, 405, 413, 415, 501] {
            assert!(
                !is_transient(StatusCode::from_u16(code).expect("a status")),
                "{code}"
            );
        }
    }

    #[test]
    fn retry_after_is_read_in_whole_seconds() {
        for (text, expected) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("-1", None),
            ("soon", None),
            ("Thu, 29 Jun 2017 12:11:16 GMT", None),
        ] {
            let mut headers = http::HeaderMap::new();
            headers.insert(
                http::header::RETRY_AFTER,
                text.parse().expect("a header value"),
            );
            assert_eq!(
                retry_after(&headers),
                expected.map(Duration::from_secs),
                "{text}"
            );
        }
        assert_eq!(retry_after(&http::HeaderMap::new()), None);
    }

    proptest! {
        #[test]
        fn no_wait_exceeds_the_bound(tried in 0_u32.., tries_max in 0_u32.., asked in 0_u64..) {
            let policy = RetryPolicy { tries_max, ..POLICY };
            if let Some(wait) = policy.wait_after(tried, Some(Duration::from_secs(asked))) {
                prop_assert!(wait <= policy.wait_max);
                prop_assert!(tried < tries_max);
            }
        }
    }
}
