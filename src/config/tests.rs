//! What the checks find, and what a server without settings gets.

use super::*;

const ONE_SITE: &str = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";

fn problems(text: &str) -> Vec<String> {
    match Config::from_toml(text) {
        Err(ConfigError::Wrong(problems)) => problems.into_iter().map(|p| p.key).collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

#[test]
fn one_site_is_all_that_must_be_set() {
    let config = Config::from_toml(ONE_SITE).expect("a good configuration");
    assert_eq!(config.listen.to_string(), "127.0.0.1:7700");
    assert_eq!(config.data_dir, Path::new("data"));
    assert_eq!(config.date_tolerance_s, 60);
    assert_eq!(config.limits.body_bytes_max, 5_242_880);
    assert_eq!(config.limits.decoded_bytes_max, 10_485_760);
    assert_eq!(config.limits.patch_objects_max, 300);
    assert_eq!(config.sites.len(), 1);
    assert!(config.sites[0].site.api_allowed);
    assert!(!config.is_demo);
}

#[test]
fn all_problems_are_told_at_once_with_their_keys() {
    let text = r#"
        listen = "here"
        public_url = "search.example.com"
        path_prefix = "api"
        date_tolerance_s = 901
        trusted_proxies = ["127.0.0.1", "10.0.0.0/33"]
        [[sites]]
        tracker_id = "a b"
        [[sites]]
        tracker_id = "1-1"
        private_key = ""
        variants = "outside"
        content_per_minute = 1000001
        [limits]
        connections_max = 0
        bodies_bytes_max = 1000
        [throttle]
        search_per_minute = 1000001
        [storage]
        index_memory_bytes = 1
        [log]
        format = "xml"
    "#;
    let expected = [
        "throttle.search_per_minute",
        "listen",
        "public_url",
        "path_prefix",
        "date_tolerance_s",
        "trusted_proxies[1]",
        "sites[0].tracker_id",
        "sites[0].private_key",
        "sites[1].content_per_minute",
        "sites[1].private_key",
        "sites[1].variants",
        "limits.connections_max",
        "limits.bodies_bytes_max",
        "storage.index_memory_bytes",
        "log.format",
    ];
    assert_eq!(problems(text), expected);
}

#[test]
fn a_file_without_sites_is_refused() {
    assert_eq!(problems(""), ["sites"]);
}

#[test]
fn a_site_may_stand_only_once() {
    assert_eq!(problems(&ONE_SITE.repeat(2)), ["sites[1].tracker_id"]);
}

#[test]
fn several_keys_of_a_site_are_all_kept() {
    let text = format!("{ONE_SITE}private_keys = [\"next\", \"last\"]\n");
    let config = Config::from_toml(&text).expect("a good configuration");
    let keys: Vec<&str> = config.sites[0]
        .private_keys
        .iter()
        .map(|key| key.expose().as_str())
        .collect();
    assert_eq!(keys, ["secret", "next", "last"]);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let error =
        Config::from_toml("listen = \"127.0.0.1:0\"\nlisten_on = 1\n").expect_err("unknown");
    let message = error.to_string();
    assert!(message.starts_with("line 2: "), "{message}");
    assert!(message.contains("listen_on"), "{message}");
}

#[test]
fn a_broken_line_with_a_key_in_it_is_not_printed() {
    let text = "[[sites]]\nprivate_key = \"hunter2\" oops\n";
    let message = Config::from_toml(text).expect_err("no TOML").to_string();
    assert!(!message.contains("hunter2"), "{message}");
}

#[test]
fn without_file_and_sites_there_can_be_the_demo_site() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let overrides = Overrides {
        data_dir: Some(folder.path().to_owned()),
        ..Overrides::default()
    };
    let mut config = Config::read("", [], overrides, Path::new(""), true).expect("defaults");
    assert!(config.is_demo && config.sites.is_empty());
    config.add_demo_site().expect("a writable folder");
    let [demo] = &config.sites[..] else {
        panic!("one site");
    };
    assert_eq!(demo.site.tracker_id.as_str(), DEMO_TRACKER_ID);
    assert_eq!(demo.private_keys.len(), 1);
}

#[test]
fn a_site_is_throttled_as_all_are_but_for_what_it_sets_itself() {
    let text = "[throttle]\ncontent_per_minute = 10\nsearch_per_minute = 20\n\
        [[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"a\"\n\
        [[sites]]\ntracker_id = \"2-2\"\nprivate_key = \"b\"\n\
        content_per_minute = 0\ncontent_concurrent_max = 5\n";
    let config = Config::from_toml(text).expect("a good configuration");
    let numbers = |site: usize| {
        let throttle = config.sites[site].throttle;
        [
            throttle.content_per_minute,
            throttle.content_concurrent_max,
            throttle.search_per_minute,
        ]
        .map(|limit| limit.map_or(0, NonZeroU32::get))
    };
    assert_eq!(numbers(0), [10, 0, 20]);
    assert_eq!(numbers(1), [0, 5, 20]);
}

/// The bug: fetching was off, or in vain, and nobody was told but the log.
#[test]
fn files_that_could_not_be_fetched_are_told_at_the_start() {
    let of_files = |keys: &str| problems(&format!("{ONE_SITE}[files]\nenabled = true\n{keys}"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let no_certificate = folder.path().join("ca.pem");
    std::fs::write(&no_certificate, "nothing of the kind").expect("a file");
    let certificate = format!("tls_ca_file = {no_certificate:?}");
    for (key, wrong) in [
        ("tls_ca_file", r#"tls_ca_file = "/nowhere/ca.pem""#),
        ("tls_ca_file", &certificate),
        ("allow_ports", "allow_ports = []"),
        ("allow_networks", r#"allow_networks = ["10.1.2.3/8"]"#),
        ("extract_cpu_ms", "extract_cpu_ms = 1500"),
    ] {
        assert_eq!(of_files(wrong), [format!("files.{key}")], "{wrong}");
    }
    let off = format!("{ONE_SITE}[files]\ntls_ca_file = \"/nowhere/ca.pem\"");
    assert!(Config::from_toml(&off).is_ok(), "nothing is fetched");
    let good = format!("{ONE_SITE}[files]\nenabled = true\nallow_hosts = [\"Docs.Example.com\"]");
    let config = Config::from_toml(&good).expect("a good configuration");
    assert_eq!(config.files.allow_hosts, ["docs.example.com"]);
}
