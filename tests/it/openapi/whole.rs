//! Every route is described, and nothing else is.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{Demo, list, members};
use crate::layering::rust_files;
use crate::support::TestServer;

/// Answered everywhere, and said once for all in the description.
const BESIDE: [&str; 2] = ["HEAD", "OPTIONS"];

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_a_described_path_is_described() {
    let demo = Demo::start().await;
    let description = demo.description().await;
    let operations = description.operations();
    assert!(operations.len() > 50, "{}", operations.len());
    for path in operations
        .iter()
        .map(|operation| operation.path)
        .collect::<BTreeSet<_>>()
    {
        let filled = path.replace(['{', '}'], "");
        let answer = demo.server.ask("PURGE", &filled, &[]).await.status(405);
        let allowed = answer.header("Allow").expect("what is allowed");
        let allowed: BTreeSet<String> = allowed
            .split(", ")
            .filter(|method| !BESIDE.contains(method))
            .map(str::to_owned)
            .collect();
        let described = operations.iter().filter(|operation| operation.path == path);
        let described: BTreeSet<String> = described
            .map(|operation| operation.method.to_uppercase())
            .collect();
        assert_eq!(allowed, described, "{path}");
    }
}

/// `Described::on` takes a route with its description; nothing in `api` makes one in another way.
#[test]
fn no_route_of_the_api_is_made_without_its_description() {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut makers = BTreeSet::new();
    for file in rust_files(&api) {
        let text = std::fs::read_to_string(&file).expect("a readable source");
        let (code, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
        if [".route(", ".route_service(", ".nest("]
            .iter()
            .any(|word| code.contains(word))
        {
            let name = file.strip_prefix(&api).expect("below it");
            makers.insert(name.to_string_lossy().into_owned());
        }
    }
    // Beside it only what stands in while the engine opens.
    let known = ["luigisbox/mod.rs", "openapi/described.rs", "ops/mod.rs"];
    assert_eq!(makers, known.map(str::to_owned).into());
    for file in ["luigisbox/mod.rs", "ops/mod.rs"] {
        let text = std::fs::read_to_string(api.join(file)).expect("a readable source");
        let (before, _) = text
            .split_once("pub fn starting_routes")
            .or_else(|| text.split_once("pub(super) fn starting_routes"))
            .expect("what stands in comes last");
        assert!(!before.contains(".route("), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_configured_is_not_described() {
    let server = TestServer::start().await;
    let description = server.get("/openapi.json").await.status(200).json();
    let paths: Vec<&String> = members(&description["paths"])
        .map(|(path, _)| path)
        .collect();
    assert!(paths.iter().any(|path| *path == "/search"), "{paths:?}");
    for path in paths {
        assert!(
            !path.starts_with("/api/v1") && !path.starts_with("/v1/products"),
            "{path}"
        );
    }
    for (name, _) in members(&description["components"]["schemas"]) {
        assert!(name != "SwiftypeError" && name != "SyncReport", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_whole_in_itself() {
    let demo = Demo::start().await;
    let description = demo.description().await;
    let mut ids = BTreeSet::new();
    for operation in description.operations() {
        let (name, json) = (operation.name(), operation.json);
        let id = json["operationId"].as_str().expect("an id");
        assert!(ids.insert(id.to_owned()), "{id} stands for two");
        assert!(
            json["summary"]
                .as_str()
                .is_some_and(|words| !words.is_empty()),
            "{name}"
        );
        let schemes = list(&json["security"]).iter().flat_map(members);
        for (scheme, _) in schemes {
            let schemes = &description.json["components"]["securitySchemes"];
            assert!(schemes.get(scheme).is_some(), "{name}: {scheme}");
        }
        let statuses = || members(&json["responses"]).map(|(status, _)| status);
        assert!(statuses().any(|status| status.starts_with('2')), "{name}");
        let in_path = list(&json["parameters"])
            .iter()
            .filter(|parameter| parameter["in"] == "path");
        let in_path: Vec<String> = in_path
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().expect("a name")))
            .collect();
        assert_eq!(in_path.len(), operation.path.matches('{').count(), "{name}");
        assert!(
            in_path.iter().all(|piece| operation.path.contains(piece)),
            "{name}"
        );
    }
    let mut meant = BTreeSet::new();
    references(&description.json, &mut meant);
    let named: BTreeSet<String> = description.schemas().keys().cloned().collect();
    let meant: BTreeSet<String> = meant
        .iter()
        .filter_map(|path| path.strip_prefix("#/components/schemas/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(meant, named, "what is meant is there, and nothing else");
}

fn references(json: &Value, found: &mut BTreeSet<String>) {
    for (name, value) in members(json) {
        match value.as_str() {
            Some(path) if name == "$ref" => drop(found.insert(path.to_owned())),
            _ => references(value, found),
        }
    }
    for value in list(json) {
        references(value, found);
    }
}
