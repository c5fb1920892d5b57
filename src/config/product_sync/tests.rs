//! What is checked of sources, and what one has without settings.

use rstest::rstest;

use super::super::{Config, ConfigError};
use super::check::read_interval;
use super::*;

const SITE: &str = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
const SOURCE: &str = "[[product_sync.sources]]\nname = \"items\"\ndsn = \"env:SHOP_DSN\"\n\
    tracker = \"1-1\"\ntype = \"item\"\nquery = \"select id as key from v;\"\n";

fn read(more: &str) -> Result<Config, Vec<String>> {
    let variables = [("SHOP_DSN".to_owned(), "host=db password=hunter2".to_owned())];
    match Config::from_toml_with(&format!("{SITE}{more}"), variables) {
        Ok(config) => Ok(config),
        Err(ConfigError::Wrong(problems)) => {
            Err(problems.iter().map(ToString::to_string).collect())
        }
        Err(other) => panic!("{other}"),
    }
}

fn source(more: &str) -> SourceSettings {
    let config = read(&format!("{SOURCE}{more}")).expect("a good source");
    let sync = config.product_sync.expect("the section");
    sync.sources.into_iter().next().expect("the source")
}

#[test]
fn a_source_has_the_defaults_of_the_reference() {
    let source = source("");
    assert_eq!(source.query, "select id as key from v");
    assert_eq!(source.batch, 100);
    assert_eq!(source.throttle, None);
    assert_eq!(source.consistency, Consistency::Keyset);
    assert_eq!(source.on_row_error, OnRowError::KeepOld);
    assert_eq!(source.shrink_guard, 50);
    assert_eq!(source.auto, None);
    assert_eq!(source.watermark_column, None);
    assert_eq!(source.watermark(), "updated_at");
    assert_eq!(source.owner, Owner::Source);
    assert_eq!(source.watermark_overlap, Duration::from_secs(300));
    assert!(source.schedule.is_none() && source.affects.is_empty());
}

#[test]
fn without_the_section_there_is_no_sync() {
    assert!(read("").expect("good").product_sync.is_none());
    let empty = read("[product_sync]\n").expect("good").product_sync;
    let empty = empty.expect("the section");
    assert_eq!(empty.unavailable_error, "Elasticsearch is not available");
    assert!(empty.sources.is_empty());
}

#[test]
fn other_tables_are_named_with_or_without_a_column() {
    let affects = "[product_sync.sources.affects]\n\
        \"public.products\" = \"select 1;\"\n\"shop.stock (variant_id)\" = \"select 2\"\n";
    let affects = source(affects).affects;
    assert_eq!(affects[0].table, "products");
    assert_eq!(affects[0].column, None);
    assert_eq!(affects[0].keys, "select 1");
    assert_eq!(affects[1].schema, "shop");
    assert_eq!(affects[1].column.as_deref(), Some("variant_id"));
}

#[rstest]
#[case("1m", Some(60))]
#[case("6h", Some(21_600))]
#[case("2d", Some(172_800))]
#[case("0m", None)]
#[case("366d", None)]
#[case("h", None)]
#[case("", None)]
#[case("6 h", None)]
#[case("6é", None)]
fn intervals(#[case] text: &str, #[case] seconds: Option<u64>) {
    assert_eq!(
        read_interval(text).map(|interval| interval.as_secs()),
        seconds
    );
}

#[test]
fn every_problem_is_told_with_its_key() {
    let text = "[product_sync]\nadmin_tokens = [\"\"]\nuser_tokens = [\"a b\"]\n\
        [[product_sync.sources]]\nname = \"a-b\"\ndsn = \"postgres://u:hunter2@db/shop\"\n\
        tracker = \"1-1\"\ntype = \"a b\"\nbatch = 1001\nauto = \"slot\"\nschedule = \"1s\"\n\
        [product_sync.sources.affects]\nproducts = \"select 1\"\n";
    let problems = read(text).expect_err("problems");
    let keys: Vec<&str> = problems
        .iter()
        .filter_map(|problem| problem.split_once(": "))
        .map(|(key, _)| key)
        .collect();
    let at = |key| format!("product_sync.sources[0].{key}");
    let of_section = ["admin_tokens", "user_tokens"];
    let mut expected: Vec<String> = of_section.map(|key| format!("product_sync.{key}")).into();
    let wrong = [
        "name", "type", "dsn", "query", "auto", "batch", "schedule", "affects",
    ];
    expected.extend(wrong.map(at));
    assert_eq!(keys, expected);
    assert!(!problems.concat().contains("hunter2"));
}

#[test]
fn sources_get_along_with_each_other_and_with_the_sites() {
    let twice = format!("{SOURCE}{SOURCE}");
    let problems = read(&twice).expect_err("the same name and type");
    assert_eq!(problems.len(), 2, "{problems:?}");
    let second = SOURCE.replace("items", "others");
    let shared = format!("{SOURCE}owner = \"shared\"\n{second}owner = \"shared\"\n");
    assert!(read(&shared).is_ok());
    let elsewhere = SOURCE.replace("1-1", "2-2");
    let problems = read(&elsewhere).expect_err("no such site");
    assert_eq!(
        problems,
        ["product_sync.sources[0].tracker: no site is `2-2`"]
    );
    let missing = SOURCE.replace("SHOP_DSN", "NO_DSN");
    let problems = read(&missing).expect_err("no such variable");
    assert_eq!(
        problems,
        ["product_sync.sources[0].dsn: environment variable `NO_DSN` is not set"]
    );
}
