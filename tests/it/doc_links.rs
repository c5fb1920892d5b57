//! The pages for readers: what they link to is there, every page can be reached from the first one, and what
//! the sources cite of them has that page and section. Invariant: nothing is asked of the network.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::layering::rust_files;

/// Where pages are, from the root; of a folder all that end in `.md`.
const PLACES: [&str; 6] = [
    ".",
    "docs",
    "docs/reference",
    "deploy",
    "benches",
    ".github",
];

/// The page a reader begins with.
const FIRST: &str = "README.md";

struct Page {
    /// From the root of the project.
    name: PathBuf,
    /// Without what stands in blocks and spans of code.
    prose: String,
}

struct Link {
    target: String,
    /// Behind the `#`.
    anchor: Option<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<Page> {
    let mut pages = Vec::new();
    for place in PLACES {
        let entries = fs::read_dir(root().join(place)).expect("a folder of pages");
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(root()).expect("below the root");
                let text = fs::read_to_string(&path).expect("a readable page");
                pages.push(Page {
                    name: normal(name),
                    prose: without_code(&text),
                });
            }
        }
    }
    assert!(pages.len() > 20, "the pages were not found");
    pages
}

/// Code holds brackets and parentheses of its own.
fn without_code(text: &str) -> String {
    let mut in_block = false;
    let mut prose = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            // A link's text may be code; its target never is.
            prose.extend(line.split('`').step_by(2).flat_map(|part| [part, " "]));
        }
        prose.push('\n');
    }
    prose
}

/// `[text](target)`; what leads out of the repository is left out.
fn links(prose: &str) -> Vec<Link> {
    let targets = prose.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')').map(|(target, _)| target.trim()));
    let own = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    own.map(|target| {
        let (target, anchor) = match target.split_once('#') {
            Some((target, anchor)) => (target, Some(anchor.to_owned())),
            None => (target, None),
        };
        Link {
            target: target.to_owned(),
            anchor,
        }
    })
    .collect()
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// What a link on a page leads to, from the root.
fn target_of(page: &Page, link: &Link) -> PathBuf {
    if link.target.is_empty() {
        return page.name.clone();
    }
    let folder = page.name.parent().unwrap_or(Path::new(""));
    normal(&folder.join(&link.target))
}

/// Headings as links name them: small letters, digits, blanks as hyphens, nothing else.
fn anchors(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).expect("a readable page");
    let mut in_block = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        }
        if line.starts_with('#') && !in_block {
            anchors.insert(anchor(line.trim_start_matches('#').trim()));
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

#[test]
fn links_lead_to_files_and_headings_that_are_there() {
    let mut followed = 0;
    for page in pages() {
        for link in links(&page.prose) {
            let target = target_of(&page, &link);
            let place = format!("{}: `{}`", page.name.display(), link.target);
            let path = root().join(&target);
            assert!(path.exists(), "{place} is not there");
            if let Some(anchor) = &link.anchor {
                let known = anchors(&path);
                assert!(
                    known.contains(anchor),
                    "{place} has no `#{anchor}`: {known:?}"
                );
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "only {followed} links were found");
}

#[test]
fn every_page_can_be_reached_from_the_first() {
    let pages = pages();
    let mut reached = BTreeSet::from([PathBuf::from(FIRST)]);
    let mut next = vec![PathBuf::from(FIRST)];
    while let Some(name) = next.pop() {
        let Some(page) = pages.iter().find(|page| page.name == name) else {
            continue;
        };
        for link in links(&page.prose) {
            let target = target_of(page, &link);
            if reached.insert(target.clone()) {
                next.push(target);
            }
        }
    }
    // Read by the host of the repository, not by people who look for something.
    let of_the_host = Path::new(".github");
    for page in &pages {
        let is_reached = reached.contains(&page.name) || page.name.starts_with(of_the_host);
        assert!(is_reached, "nothing leads to {}", page.name.display());
    }
}

/// The map says `read/search.rs` for short: some source of ours has that path or ends with it, and what is named
/// from the top is there.
#[test]
fn the_map_names_files_that_are_there() {
    let sources: Vec<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|path| {
            format!(
                "/{}",
                path.strip_prefix(root()).expect("below the root").display()
            )
        })
        .collect();
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map");
    let mut named = 0;
    for line in map.lines() {
        for code in line.split('`').skip(1).step_by(2) {
            let is_from_top = ["src/", "tests/", "engine/", "docs/", "deploy/"]
                .iter()
                .any(|top| code.starts_with(top));
            let is_there = match code.strip_suffix(".rs") {
                Some(_) => sources
                    .iter()
                    .any(|path| path.ends_with(&format!("/{code}"))),
                None if is_from_top => {
                    root().join(code).exists() || root().join("src").join(code).exists()
                }
                None => continue,
            };
            assert!(is_there, "`{code}` is not there: {line}");
            named += 1;
        }
    }
    assert!(named > 150, "only {named} files were found");
}

/// `docs/reference/04-data-layout.md §2, §3`: the page, and each section as a heading that begins with its
/// number.
#[test]
fn what_comments_cite_is_there() {
    const REFERENCE: &str = "docs/reference/";
    /// Fewer would mean that they are not looked for as they are written.
    const CITATIONS_MIN: usize = 300;
    let mut citations = 0;
    for folder in ["src", "tests", "benches"] {
        for path in rust_files(&root().join(folder)) {
            if path.ends_with(file!()) {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a readable source");
            // A citation may go on behind the end of a line.
            let lines = text.lines().map(|line| {
                let line = line.trim_start();
                line.trim_start_matches(['/', '!']).trim()
            });
            let text: String = lines.flat_map(|line| [line, " "]).collect();
            for (at, _) in text.match_indices(REFERENCE) {
                citations += 1;
                let cited = &text[at..];
                let end = cited.find(".md").map(|end| end + ".md".len());
                let (page, sections) = cited.split_at(end.unwrap_or(cited.len()));
                let place = format!("{}: `{page}`", path.display());
                let page = root().join(page);
                assert!(page.is_file(), "{place} is not there");
                let known = anchors(&page);
                for number in numbers(sections) {
                    let found = known.iter().any(|known| {
                        let rest = known.strip_prefix(&number);
                        rest.is_some_and(|rest| rest.starts_with('-'))
                    });
                    assert!(found, "{place} has no section {number}");
                }
            }
        }
    }
    assert!(citations >= CITATIONS_MIN, "{citations} citations");
}

/// Of ` §2, §3 and §4` and what follows.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let start = rest.trim_start_matches([' ', ',']);
        let start = start.strip_prefix("and ").unwrap_or(start);
        let start = start.strip_prefix("to ").unwrap_or(start);
        let Some(number) = start.strip_prefix('§') else {
            return numbers;
        };
        let end = number
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(number.len());
        numbers.push(number[..end].to_owned());
        rest = &number[end..];
    }
}

#[test]
fn headings_become_anchors_and_code_no_links() {
    assert_eq!(anchor("2. Attribute types"), "2-attribute-types");
    assert_eq!(anchor("8. Files: `_file`"), "8-files-_file");
    let found = links(&without_code(
        "[a](b.md#c) `[x](y)` [`d`](e)\n```\n[f](g)\n```\n[h](https://i)",
    ));
    let targets: Vec<_> = found.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["b.md", "e"]);
    assert_eq!(found[0].anchor.as_deref(), Some("c"));
    assert_eq!(numbers(" §2, §10 and §3: more"), ["2", "10", "3"]);
}
