//! Which module may use which, and where a library may be named (CONTRIBUTING.md), read off the sources.
//! Invariant: the table below is the rule; a new arrow is a decision, made here.

mod engine;
mod source;

use std::collections::BTreeSet;

pub(crate) use source::rust_files;
use source::{Source, sources, without_comments_and_text};

/// Each module, and our modules that it may use. What is not listed may use nothing of ours.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("http", &[]),
    ("config", &["domain"]),
    ("telemetry", &["config"]),
    ("auth", &["domain"]),
    ("throttle", &["domain"]),
    ("engine", &["domain"]),
    // Its own section of the configuration is handed to it as it is.
    ("sync", &["domain", "engine", "config"]),
    // The same; what came of its tries is counted where everything is.
    ("files", &["domain", "engine", "config", "telemetry"]),
    (
        "api",
        &[
            "http",
            "auth",
            "throttle",
            "domain",
            "engine",
            "sync",
            "telemetry",
            "allocations",
        ],
    ),
    // Pages look through the same doors as the dialects, and show what these answer and what was counted.
    (
        "browse",
        &[
            "api",
            "http",
            "auth",
            "throttle",
            "domain",
            "engine",
            "telemetry",
        ],
    ),
    (
        "server",
        &[
            "browse",
            "api",
            "http",
            "auth",
            "throttle",
            "domain",
            "engine",
            "files",
            "sync",
            "config",
            "telemetry",
        ],
    ),
    (
        "cli",
        &[
            "server",
            "telemetry",
            "api",
            "http",
            "auth",
            "domain",
            "engine",
            "files",
            "sync",
            "config",
        ],
    ),
    // Of tests only.
    ("allocations", &[]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Libraries with a home: named nowhere else.
const HOMES: &[(&str, &[&str])] = &[
    (
        "rusqlite",
        &["engine/embedded/store", "engine/events", "engine/sqlite"],
    ),
    ("tantivy", &["engine/embedded/index"]),
    ("lz4_flex", &["engine/embedded/store"]),
    ("axum", &["http", "api", "browse"]),
    ("askama", &["browse"]),
    ("ipnet", &["http", "config", "files"]),
    ("hyper", &["http", "files/fetch"]),
    ("hyper_util", &["http"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    (
        "serde",
        &[
            "http",
            "config",
            "api",
            "browse",
            "cli",
            "engine/codec",
            "engine/embedded/store",
            "engine/embedded/offline/backup",
            "engine/opensearch",
            "files/extract/answer",
            "sync",
        ],
    ),
    (
        "serde_json",
        &[
            "http",
            "api",
            "browse",
            "cli",
            "engine/codec",
            "engine/embedded/store",
            "engine/embedded/offline/backup",
            "engine/opensearch",
            "files/extract/answer",
            "sync",
        ],
    ),
    ("tokio_postgres", &["sync"]),
    ("deadpool_postgres", &["sync"]),
    ("tokio_postgres_rustls", &["sync"]),
    ("rustls_native_certs", &["sync"]),
    ("toml", &["config"]),
    ("hmac", &["auth"]),
    ("sha2", &["auth"]),
    ("subtle", &["auth"]),
    ("clap", &["cli"]),
    ("reqwest", &["cli", "files", "engine/opensearch/client"]),
    (
        "rustls",
        &[
            "cli",
            "config/files",
            "sync/database",
            "files",
            "engine/opensearch/client",
        ],
    ),
    ("indicatif", &["cli"]),
    ("jiff", &["domain/time", "auth/freshness"]),
    ("calamine", &["files/extract/formats"]),
    ("chardetng", &["files/extract/charset"]),
    ("csv", &["files/extract/formats"]),
    ("encoding_rs", &["files/extract/charset"]),
    ("hayro_interpret", &["files/extract/formats/pdf"]),
    ("kurbo", &["files/extract/formats/pdf"]),
    ("pulldown_cmark", &["files/extract/formats"]),
    ("quick_xml", &["files/extract/formats/xml"]),
    ("zip", &["files/extract/formats/archive"]),
    ("mimalloc", &["main"]),
    ("metrics", &["telemetry/metrics"]),
    ("metrics_exporter_prometheus", &["telemetry/metrics"]),
];

/// Libraries that pure modules do without, so that they stay pure.
const NEVER_IN: &[(&str, &[&str])] = &[
    (
        "domain",
        &["tokio", "async_trait", "tracing", "uuid", "bytes", "rustix"],
    ),
    (
        "auth",
        &["tokio", "async_trait", "tracing", "uuid", "bytes", "rustix"],
    ),
];

/// Every name that follows `prefix`, which stands at the start of a path: `crate::` → `domain`.
fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let starts_path =
            !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        if !starts_path {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let group = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split('}').next());
        for name in
            group
                .unwrap_or(rest)
                .split(',')
                .take(if group.is_some() { usize::MAX } else { 1 })
        {
            let name: String = name
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            names.insert(name);
        }
    }
    names.remove("");
    names
}

/// Whether the code names a library: `rusqlite::…`, or `use rusqlite;`.
fn names_library(code: &str, library: &str) -> bool {
    code.match_indices(library).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + library.len()..];
        let is_whole = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        // `crate::http` and `super::http` are ours; a library's path has nothing before it.
        let is_first = !before.ends_with("::");
        let is_path = after.starts_with("::");
        let is_import = before.trim_end().ends_with("use") && after.starts_with([';', ' ']);
        is_whole && is_first && (is_path || is_import)
    })
}

#[test]
fn modules_use_only_what_the_table_allows() {
    for source in sources() {
        let module = source.module();
        let row = MAY_USE.iter().find(|(name, _)| *name == module);
        let (_, allowed) = row.unwrap_or_else(|| panic!("`{module}` has no row in MAY_USE"));
        let prefix = if module == "main" {
            "vetrina::"
        } else {
            "crate::"
        };
        for used in names_after(&source.code, prefix) {
            let is_module = MAY_USE.iter().any(|(name, _)| *name == used);
            let is_fine = !is_module || used == module || allowed.contains(&used.as_str());
            assert!(
                is_fine,
                "src/{}.rs uses `{used}`, which `{module}` may not",
                source.name
            );
        }
    }
}

#[test]
fn dialects_do_not_know_each_other() {
    let sources = sources();
    let dialects: BTreeSet<&str> = sources
        .iter()
        .filter_map(|source| source.name.strip_prefix("api/")?.split_once('/'))
        .map(|(dialect, _)| dialect)
        .collect();
    assert!(dialects.contains("luigisbox"));
    for source in &sources {
        let own = dialects
            .iter()
            .find(|dialect| source.is_under(&format!("api/{dialect}")));
        let Some(own) = own else { continue };
        for used in names_after(&source.code, "crate::api::") {
            // What all are described with knows none of them.
            let is_other = used != **own && used != "openapi" && dialects.contains(used.as_str());
            assert!(
                !is_other,
                "src/{}.rs knows the dialect `{used}`",
                source.name
            );
        }
    }
}

#[test]
fn libraries_are_named_only_in_their_homes() {
    // Tests beside the code may call a router or read JSON wherever they are.
    for mut source in sources().into_iter().filter(|source| !source.is_test()) {
        source.cut_inline_tests();
        for (library, homes) in HOMES {
            let is_home = homes.iter().any(|home| source.is_under(home));
            let is_fine = is_home || !names_library(&source.code, library);
            assert!(
                is_fine,
                "src/{}.rs names `{library}`; its home is {homes:?}",
                source.name
            );
        }
        for (module, libraries) in NEVER_IN {
            for library in libraries.iter().filter(|_| source.module() == *module) {
                assert!(
                    !names_library(&source.code, library),
                    "src/{}.rs names `{library}`",
                    source.name
                );
            }
        }
    }
}

/// What a write does is decided without a backend, so that each backend decides the same.
#[test]
fn plans_know_no_backend() {
    let sources = sources();
    let plans = sources.iter().filter(|one| one.is_under("engine/plan"));
    let mut count = 0;
    for plan in plans {
        count += 1;
        for used in names_after(&plan.code, "crate::") {
            let is_fine = ["domain", "engine"].contains(&used.as_str());
            assert!(is_fine, "src/{}.rs uses `{used}`", plan.name);
        }
        let is_named = plan.code.contains("embedded");
        assert!(!is_named, "src/{}.rs knows a backend", plan.name);
        for library in ["tokio", "async_trait", "tracing", "uuid", "std::fs"] {
            let is_named = names_library(&plan.code, library);
            assert!(!is_named, "src/{}.rs names `{library}`", plan.name);
        }
    }
    assert!(count > 10, "the plans were not found");
}

#[test]
fn the_environment_is_read_in_config_alone() {
    for source in sources()
        .iter()
        // A test is told there where a service is that it needs.
        .filter(|source| source.module() != "config" && !source.is_test())
    {
        let reads = ["env::var", "env::vars", "std::env;", "std::env::{"];
        let found = reads.iter().find(|read| source.code.contains(*read));
        assert_eq!(found, None, "src/{}.rs reads the environment", source.name);
    }
}

#[test]
fn domain_types_have_no_form_on_the_wire_or_on_disk() {
    for source in sources()
        .iter()
        .filter(|source| source.module() == "domain")
    {
        let derives = source.code.contains("Serialize") || source.code.contains("Deserialize");
        assert!(!derives, "src/{}.rs derives a serialised form", source.name);
    }
}

/// The reader itself: what it must see, and what it must not take for code.
#[test]
fn the_reader_sees_paths_and_not_words() {
    let code = without_comments_and_text(
        "use crate::{domain::Site, engine};\n// crate::api\nlet a = \"crate::http \\\" x\"; let q = '\"'; crate::auth::f();",
    );
    let used: Vec<String> = names_after(&code, "crate::").into_iter().collect();
    assert_eq!(used, ["auth", "domain", "engine"]);
    assert!(names_library("use rusqlite::Row;", "rusqlite"));
    assert!(names_library("fn f(r: &rusqlite::Row)", "rusqlite"));
    assert!(!names_library("use crate::http::json;", "http"));
    assert!(!names_library("let rusqlite_like = 1;", "rusqlite"));
}
