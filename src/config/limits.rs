//! `[limits]` from its raw form to the checked one: a default and bounds for each key.

use super::Limits;
use super::check::{Checks, GIB, KIB, MIB};
use super::file::LimitsSection;

/// What holds for those who have proven nothing.
struct OfStrangers {
    unproven_bodies_bytes_max: usize,
    body_bytes_per_s_min: usize,
    answers_bytes_max: usize,
    connection_answers_bytes_max: usize,
    answer_bytes_per_s_min: usize,
    connections_per_address_max: usize,
}

impl Checks<'_> {
    pub(super) fn limits(&mut self, section: &LimitsSection) -> Limits {
        let strangers = self.of_strangers(section);
        let mut count = |key: &str, value, default, bounds| {
            self.number(&format!("limits.{key}"), value, default, bounds) as usize
        };
        let s = section;
        let body_bytes_max = count("body_bytes_max", s.body_bytes_max, 5 * MIB, 1..=GIB);
        let decoded_bytes_max = count("decoded_bytes_max", s.decoded_bytes_max, 10 * MIB, 1..=GIB);
        let bodies_bytes_max = count(
            "bodies_bytes_max",
            s.bodies_bytes_max,
            256 * MIB,
            1..=64 * GIB,
        );
        let update_by_query_bytes_max = count(
            "update_by_query_bytes_max",
            s.update_by_query_bytes_max,
            512 * KIB,
            1..=GIB,
        );
        let patch_objects_max = count("patch_objects_max", s.patch_objects_max, 300, 1..=MIB);
        let delete_objects_max = count("delete_objects_max", s.delete_objects_max, 10_000, 1..=MIB);
        let connections_max = count("connections_max", s.connections_max, 1024, 1..=MIB);
        let write_queue_requests =
            count("write_queue_requests", s.write_queue_requests, 64, 1..=MIB);
        let write_queue_bytes = count(
            "write_queue_bytes",
            s.write_queue_bytes,
            64 * MIB,
            MIB..=64 * GIB,
        );
        let searches_concurrent_max = count(
            "searches_concurrent_max",
            s.searches_concurrent_max,
            8,
            1..=1024,
        );
        let search_queue_max = count("search_queue_max", s.search_queue_max, 256, 1..=MIB);
        let search_work_max = count(
            "search_work_max",
            s.search_work_max,
            300_000_000,
            100_000..=1_000 * GIB,
        ) as u64;
        let largest_bytes = body_bytes_max.max(decoded_bytes_max.saturating_mul(2));
        if bodies_bytes_max < largest_bytes {
            let words = "must hold one body: body_bytes_max, and decoded_bytes_max twice";
            self.wrong("limits.bodies_bytes_max", words);
        }
        let mut time = |key: &str, value, default_ms| {
            self.duration(&format!("limits.{key}"), value, default_ms)
        };
        Limits {
            body_bytes_max,
            decoded_bytes_max,
            bodies_bytes_max,
            unproven_bodies_bytes_max: strangers.unproven_bodies_bytes_max,
            body_bytes_per_s_min: strangers.body_bytes_per_s_min,
            answers_bytes_max: strangers.answers_bytes_max,
            connection_answers_bytes_max: strangers.connection_answers_bytes_max,
            answer_bytes_per_s_min: strangers.answer_bytes_per_s_min,
            update_by_query_bytes_max,
            patch_objects_max,
            delete_objects_max,
            connections_max,
            connections_per_address_max: strangers.connections_per_address_max,
            first_byte_timeout: time("first_byte_timeout_ms", s.first_byte_timeout_ms, 10_000),
            header_timeout: time("header_timeout_ms", s.header_timeout_ms, 10_000),
            idle_timeout: time("idle_timeout_ms", s.idle_timeout_ms, 75_000),
            body_timeout: time("body_timeout_ms", s.body_timeout_ms, 60_000),
            search_timeout_ms: time("search_timeout_ms", s.search_timeout_ms, 5_000).as_millis()
                as u64,
            write_timeout_ms: time("write_timeout_ms", s.write_timeout_ms, 60_000).as_millis()
                as u64,
            write_queue_requests,
            write_queue_bytes,
            searches_concurrent_max,
            search_queue_max,
            search_work_max,
        }
    }

    fn of_strangers(&mut self, s: &LimitsSection) -> OfStrangers {
        let mut count = |key: &str, value, default, bounds| {
            self.number(&format!("limits.{key}"), value, default, bounds) as usize
        };
        let unproven_bodies_bytes_max = count(
            "unproven_bodies_bytes_max",
            s.unproven_bodies_bytes_max,
            64 * MIB,
            MIB..=64 * GIB,
        );
        let body_bytes_per_s_min = count(
            "body_bytes_per_s_min",
            s.body_bytes_per_s_min,
            4096,
            1..=GIB,
        );
        let answers_bytes_max = count(
            "answers_bytes_max",
            s.answers_bytes_max,
            128 * MIB,
            MIB..=64 * GIB,
        );
        let connection_answers_bytes_max = count(
            "connection_answers_bytes_max",
            s.connection_answers_bytes_max,
            16 * MIB,
            MIB..=64 * GIB,
        );
        let answer_bytes_per_s_min = count(
            "answer_bytes_per_s_min",
            s.answer_bytes_per_s_min,
            8192,
            1..=GIB,
        );
        let connections_per_address_max = count(
            "connections_per_address_max",
            s.connections_per_address_max,
            256,
            1..=MIB,
        );
        OfStrangers {
            unproven_bodies_bytes_max,
            body_bytes_per_s_min,
            answers_bytes_max,
            connection_answers_bytes_max,
            answer_bytes_per_s_min,
            connections_per_address_max,
        }
    }
}
