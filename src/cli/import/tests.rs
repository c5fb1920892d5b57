//! Arguments as typed. The whole way, against servers, is in
//! `tests/it/import.rs`.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Typed {
    #[command(flatten)]
    args: Args,
}

fn typed(line: &str) -> Result<Args, clap::Error> {
    let words = ["import"].into_iter().chain(line.split(' '));
    Typed::try_parse_from(words).map(|typed| typed.args)
}

#[test]
fn file_tracker_and_key_are_enough() {
    let args = typed("f.ndjson.gz --tracker 1-2 --key secret").expect("complete");
    assert_eq!(args.url.as_str(), "http://127.0.0.1:7700/");
    assert_eq!((args.connections(), args.batch), (4, 100));
    assert!(!args.commit && !args.no_extract && args.generation.is_none());
    assert!(typed("- --tracker 1-2 --key secret").is_ok());
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for line in [
        "f --tracker a/b --key k",
        "f --tracker 1-2 --key k --commit",
        "f --tracker 1-2 --key k --generation g --commit-anyway",
        "f --tracker 1-2 --key k --generation ",
        "f --tracker 1-2 --key k --connections 0",
        "f --tracker 1-2 --key k --batch 0",
        "f --tracker 1-2 --key k --tries 0",
        "f --tracker 1-2 --key k --url nowhere",
        "--tracker 1-2 --key k",
    ] {
        assert!(typed(line).is_err(), "{line}");
    }
    assert!(typed("f --tracker 1-2 --key k --generation g --commit --commit-anyway").is_ok());
}

#[test]
fn an_export_keeps_its_order() {
    let args = typed("f --tracker 1-2 --key k --no-extract").expect("complete");
    assert_eq!(args.connections(), 1);
    let args = typed("f --tracker 1-2 --key k --no-extract --connections 3").expect("complete");
    assert_eq!(args.connections(), 3);
}
