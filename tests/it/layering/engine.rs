//! The folders inside `engine`: a table from the bottom to the top, and no circle between files (style §2), read off
//! the imports. What a `mod.rs` passes on counts as an import of the file that it lies in. A folder and what lies in
//! it are one: only there may an import go both ways. Invariant: there is no list of exceptions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, sources};

/// Folders, and what lies in them from the bottom to the top: nothing uses what stands behind it.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "engine",
        &[
            "analysis",
            "functional_boost",
            "ranking",
            "score",
            "words",
            "highlight",
            "met_by",
            "written",
            "expand",
            "door",
            "asked",
            "facets",
            "plan",
            "codec",
            "refused_notes",
            "unseen_texts",
            "recommend",
            "transfer",
            "queue",
            "folder",
            "sqlite",
            "events",
            "embedded",
            "opensearch",
            "conformance",
        ],
    ),
    (
        "engine/embedded",
        &[
            // Names, bounds, errors and places that all parts share.
            "ids",
            "settings",
            "error",
            "share",
            "spare",
            "store",
            "index",
            // Writes made ready, and what a batch of them does to the store.
            "batch",
            "learning",
            // The state of a site, and what works on it.
            "catalog",
            "follow",
            "write",
            "record",
            "jobs",
            // All sites.
            "sites",
            "maintenance",
            "read",
            "offline",
            "engine",
            "door",
        ],
    ),
    (
        "engine/embedded/index",
        &[
            "effort", "segments", "write", "expand", "query", "rank", "facets", "search",
        ],
    ),
];

/// What the files of the engine import.
struct Imports {
    /// Each file with those that it imports; the `mod.rs` of a folder by the name of the folder.
    edges: BTreeMap<String, BTreeSet<String>>,
}

/// What a path in a file means.
struct Modules {
    names: BTreeSet<String>,
    /// What the `mod.rs` of a folder imports, by the name it is known by there.
    passed_on: BTreeMap<(String, String), Vec<String>>,
}

fn is_within(module: &str, folder: &str) -> bool {
    let rest = module.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn joined(folder: &str, name: &str) -> String {
    format!("{folder}/{name}")
}

/// The paths of one `use`, groups taken apart, each with the name it is known by.
fn expand(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or_else(|| {
            let last = tree.rsplit("::").find(|step| *step != "self");
            (tree, last.unwrap_or_default())
        });
        return vec![(path.trim().to_owned(), name.trim().to_owned())];
    };
    let (inside, _) = rest.rsplit_once('}').expect("groups are closed");
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[from..]);
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| expand(&format!("{prefix}{}", part.trim())))
        .collect()
}

/// Every `use` of the code, and the code without them.
fn uses(code: &str) -> (Vec<(String, String)>, String) {
    let (mut found, mut rest) = (Vec::new(), String::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let statement = line.trim_start();
        let statement = match statement.strip_prefix("pub") {
            Some(after) if after.starts_with('(') => after.split_once(") ").map(|(_, rest)| rest),
            Some(after) => after.strip_prefix(' '),
            None => Some(statement),
        };
        let Some(tree) = statement.and_then(|statement| statement.strip_prefix("use ")) else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            tree.push_str(lines.next().expect("a `use` ends"));
        }
        let (tree, _) = tree.split_once(';').expect("just looked for");
        found.extend(expand(tree));
    }
    (found, rest)
}

/// Paths that stand in the code itself.
fn inline_paths(code: &str) -> Vec<String> {
    let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    for prefix in ["super::", "crate::engine::", "self::"] {
        for (at, _) in code.match_indices(prefix) {
            if !code[..at].ends_with(is_of_path) {
                let path: String = code[at..].chars().take_while(|c| is_of_path(*c)).collect();
                found.push(path.trim_end_matches(':').to_owned());
            }
        }
    }
    found
}

/// The module that a path starts in and what follows; `None` for paths of libraries and other modules of ours.
fn start<'p>(
    path: &'p str,
    module: &str,
    names: &BTreeSet<String>,
) -> Option<(String, Vec<&'p str>)> {
    let mut steps: Vec<&str> = path.split("::").collect();
    let mut at = module.to_owned();
    match steps[0] {
        "crate" if steps.get(1) == Some(&"engine") => {
            "engine".clone_into(&mut at);
            steps.drain(..2);
        }
        "super" | "self" => {
            while matches!(steps.first(), Some(&("super" | "self"))) {
                if steps.remove(0) == "super" {
                    let (above, _) = at.rsplit_once('/')?;
                    at = above.to_owned();
                }
            }
        }
        first if names.contains(&joined(module, first)) => {}
        _ => return None,
    }
    steps.retain(|step| *step != "self");
    Some((at, steps))
}

impl Modules {
    /// The file that a path leads to.
    fn resolve(&self, mut at: String, steps: &[&str]) -> String {
        for (number, step) in steps.iter().enumerate() {
            let below = joined(&at, step);
            if self.names.contains(&below) {
                at = below;
            } else if let Some(path) = self.passed_on.get(&(at.clone(), (*step).to_owned())) {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let (from, rest) = path.split_first().expect("a path has a start");
                let rest: Vec<&str> = rest.iter().chain(&steps[number + 1..]).copied().collect();
                return self.resolve((*from).to_owned(), &rest);
            } else {
                return at;
            }
        }
        at
    }
}

fn module_of(source: &Source) -> &str {
    source.name.strip_suffix("/mod").unwrap_or(&source.name)
}

fn imports() -> Imports {
    // The suite is for tests only, and a part of the engine all the same.
    let is_part = |source: &Source| !source.is_test() || source.is_under("engine/conformance");
    let is_ours = |source: &Source| source.is_under("engine") && is_part(source);
    let mut sources: Vec<Source> = sources().into_iter().filter(is_ours).collect();
    for source in &mut sources {
        source.cut_inline_tests();
    }
    let names: BTreeSet<String> = sources.iter().map(|of| module_of(of).to_owned()).collect();
    let mut modules = Modules {
        names,
        passed_on: BTreeMap::new(),
    };
    for source in &sources {
        let module = module_of(source);
        for (path, name) in uses(&source.code).0 {
            if let Some((from, steps)) = start(&path, module, &modules.names)
                && !(from == module && steps == [name.as_str()])
            {
                let path = std::iter::once(from).chain(steps.into_iter().map(str::to_owned));
                let key = (module.to_owned(), name);
                modules.passed_on.insert(key, path.collect());
            }
        }
    }
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in &sources {
        let module = module_of(source);
        let (used, code) = uses(&source.code);
        let paths = used.into_iter().map(|(path, _)| path);
        let of_module = edges.entry(module.to_owned()).or_default();
        for path in paths.chain(inline_paths(&code)) {
            let Some((from, steps)) = start(&path, module, &modules.names) else {
                continue;
            };
            let used = modules.resolve(from, &steps);
            if !is_within(module, &used) && !is_within(&used, module) {
                of_module.insert(used);
            }
        }
    }
    assert!(edges.len() > 100, "the engine was not found");
    Imports { edges }
}

/// Files that import each other in a circle, whatever way it takes.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    edges.keys().find_map(|file| {
        let mut way = Vec::new();
        walk(edges, file, &mut way, &mut done)
    })
}

fn walk(
    edges: &BTreeMap<String, BTreeSet<String>>,
    file: &str,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(at) = way.iter().position(|before| before == file) {
        return Some(way[at..].to_vec());
    }
    if done.contains(file) {
        return None;
    }
    way.push(file.to_owned());
    for used in edges.get(file).into_iter().flatten() {
        let found = walk(edges, used, way, done);
        if found.is_some() {
            return found;
        }
    }
    way.pop();
    done.insert(file.to_owned());
    None
}

/// What of a folder a file belongs to: `store` for `engine/embedded/store/heads`.
fn member<'m>(module: &'m str, folder: &str) -> Option<&'m str> {
    let rest = module.strip_prefix(folder)?.strip_prefix('/')?;
    rest.split('/').next()
}

#[test]
fn no_import_inside_the_engine_runs_back_up() {
    let Imports { edges } = imports();
    for (folder, layers) in LAYERS {
        let place = |name: &str| {
            let found = layers.iter().position(|layer| *layer == name);
            found.unwrap_or_else(|| panic!("`{folder}/{name}` has no place in LAYERS"))
        };
        for (file, used) in &edges {
            let Some(own) = member(file, folder) else {
                continue;
            };
            let own_place = place(own);
            for (other, used) in used
                .iter()
                .filter_map(|used| Some((member(used, folder)?, used)))
            {
                assert!(
                    other == own || place(other) < own_place,
                    "src/{file} uses {used}: in {folder}, `{other}` stands above `{own}`"
                );
            }
        }
        for layer in *layers {
            let is_there = edges.keys().any(|file| member(file, folder) == Some(layer));
            assert!(is_there, "there is no `{folder}/{layer}` any more");
        }
    }
}

/// What both use lies beside them, in `engine`.
#[test]
fn a_backend_imports_nothing_of_the_other() {
    let Imports { edges } = imports();
    for (own, other) in [("embedded", "opensearch"), ("opensearch", "embedded")] {
        let is_own = |file: &&String| member(file, "engine") == Some(own);
        let mut count = 0;
        for file in edges.keys().filter(is_own) {
            count += 1;
            let is_other = |used: &&String| member(used, "engine") == Some(other);
            let found = edges[file].iter().find(is_other);
            assert_eq!(found, None, "src/{file} uses the other backend");
        }
        assert!(count > 50, "`engine/{own}` was not found");
    }
}

#[test]
fn no_files_of_the_engine_import_each_other_in_a_circle() {
    let Imports { edges } = imports();
    assert_eq!(circle(&edges), None);
}

/// The reader itself: groups, other names, and what a `mod.rs` passes on.
#[test]
fn the_reader_follows_a_path_to_its_file() {
    let code = "use super::a::{self, b::{C, D as E}};\npub(in crate::x) use f::G;\nfn h() { super::i::j(); }\n";
    let (found, rest) = uses(code);
    let paths: Vec<(&str, &str)> = found
        .iter()
        .map(|(p, n)| (p.as_str(), n.as_str()))
        .collect();
    let expected = [
        ("super::a::self", "a"),
        ("super::a::b::C", "C"),
        ("super::a::b::D", "E"),
        ("f::G", "G"),
    ];
    assert_eq!(paths, expected);
    assert_eq!(inline_paths(&rest), ["super::i::j"]);
    let names = ["engine", "engine/a", "engine/a/b", "engine/c"].map(str::to_owned);
    let passed_on = [(
        ("engine/a".to_owned(), "B".to_owned()),
        vec!["engine/a".to_owned(), "b".to_owned(), "B".to_owned()],
    )];
    let modules = Modules {
        names: BTreeSet::from(names),
        passed_on: BTreeMap::from(passed_on),
    };
    let (from, steps) = start("super::a::B", "engine/c", &modules.names).expect("ours");
    assert_eq!(modules.resolve(from, &steps), "engine/a/b");
    assert_eq!(start("serde::Serialize", "engine/c", &modules.names), None);
}

#[test]
fn a_circle_is_found_whatever_way_it_takes() {
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let line = BTreeMap::from([edge("a", "b"), edge("b", "c")]);
    assert_eq!(circle(&line), None);
    let ring = BTreeMap::from([edge("a", "b"), edge("b", "c"), edge("c", "b")]);
    assert_eq!(circle(&ring), Some(vec!["b".to_owned(), "c".to_owned()]));
}
