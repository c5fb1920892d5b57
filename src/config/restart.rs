//! What of a new configuration waits for the next start. Invariant: a key is taken over at once or
//! named here; nothing is silently half in force.

use super::Config;

/// Keys that need a restart, each with the field it sets.
macro_rules! keep_fields {
    ($next:expr, $started:expr, { $($key:literal => $($field:ident).+),* $(,)? }) => {{
        let mut keys = Vec::new();
        $(
            if $next.$($field).+ != $started.$($field).+ {
                $next.$($field).+.clone_from(&$started.$($field).+);
                keys.push($key);
            }
        )*
        keys
    }};
}

impl Config {
    /// Keeps what a running server cannot change as it was at the start, and names the keys.
    pub fn keep_until_restart(&mut self, started: &Self) -> Vec<&'static str> {
        keep_fields!(self, started, {
            "listen" => listen,
            "data_dir" => data_dir,
            "backend" => backend,
            "[opensearch]" => opensearch,
            "limits.bodies_bytes_max" => limits.bodies_bytes_max,
            "limits.unproven_bodies_bytes_max" => limits.unproven_bodies_bytes_max,
            "limits.answers_bytes_max" => limits.answers_bytes_max,
            "limits.connection_answers_bytes_max" => limits.connection_answers_bytes_max,
            "limits.answer_bytes_per_s_min" => limits.answer_bytes_per_s_min,
            "limits.connections_per_address_max" => limits.connections_per_address_max,
            "limits.connections_max" => limits.connections_max,
            "limits.first_byte_timeout_ms" => limits.first_byte_timeout,
            "limits.header_timeout_ms" => limits.header_timeout,
            "limits.idle_timeout_ms" => limits.idle_timeout,
            "limits.search_timeout_ms" => limits.search_timeout_ms,
            "limits.write_queue_requests" => limits.write_queue_requests,
            "limits.write_queue_bytes" => limits.write_queue_bytes,
            "limits.searches_concurrent_max" => limits.searches_concurrent_max,
            "limits.search_queue_max" => limits.search_queue_max,
            "limits.search_work_max" => limits.search_work_max,
            "[storage]" => storage,
            "files.enabled" => files.enabled,
            "[events]" => events,
            "[log]" => log,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(top: &str, limits: &str) -> Config {
        let site = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
        let text = format!("{top}\n{site}[limits]\n{limits}\n");
        Config::from_toml(&text).expect("a good configuration")
    }

    #[test]
    fn what_needs_a_restart_is_kept_and_named() {
        let started = config("listen = \"127.0.0.1:1\"", "");
        let limits = "connections_max = 7\nwrite_timeout_ms = 70\nbody_bytes_max = 700";
        let mut next = config("listen = \"127.0.0.1:2\"\ndate_tolerance_s = 7", limits);
        let kept = next.keep_until_restart(&started);
        assert_eq!(kept, ["listen", "limits.connections_max"]);
        assert_eq!(next.listen, started.listen);
        assert_eq!(next.limits.connections_max, 1024);
        assert_eq!(next.date_tolerance_s, 7);
        assert_eq!(next.limits.write_timeout_ms, 70);
        assert_eq!(next.limits.body_bytes_max, 700);
    }

    #[test]
    fn the_same_configuration_keeps_nothing() {
        let started = config("", "");
        assert!(started.clone().keep_until_restart(&started).is_empty());
    }
}
