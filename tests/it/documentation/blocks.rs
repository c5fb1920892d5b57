//! Blocks of commands and programs in the documentation. Each says in its first line what becomes of it: ```` ```sh run ````, it is run
//! by a test; ```` ```sh run stopped ````, the same with the server stopped; ```` ```sh checked in PATH ````, something else
//! runs it; ```` ```sh not run: WHY ````.

use super::{pages, read, root};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Run,
    RunStopped,
    Elsewhere,
}

pub(super) struct Block {
    pub(super) place: String,
    pub(super) language: String,
    pub(super) fate: Fate,
    pub(super) commands: String,
}

/// What is code to be run, and not an answer or a configuration.
const LANGUAGES: [&str; 3] = ["sh", "ruby", "php"];

/// Every block of commands of a page; fails on one that does not say what becomes of it.
pub(super) fn blocks(page: &str) -> Vec<Block> {
    let text = read(page);
    let mut lines = text.lines().enumerate();
    let mut found = Vec::new();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let place = format!("{page}:{}", number + 1);
        let inside = lines.by_ref().map(|(_, line)| line);
        let commands: Vec<&str> = inside.take_while(|line| line.trim() != "```").collect();
        let (language, fate) = info.split_once(' ').unwrap_or((info, ""));
        assert!(
            !["bash", "shell", "console"].contains(&language),
            "{place}: `sh`, please"
        );
        if LANGUAGES.contains(&language) {
            found.push(Block {
                language: language.to_owned(),
                fate: read_fate(fate, &place),
                place,
                commands: commands.join("\n"),
            });
        }
    }
    found
}

fn read_fate(words: &str, place: &str) -> Fate {
    match words {
        "run" => return Fate::Run,
        "run stopped" => return Fate::RunStopped,
        _ => {}
    }
    if let Some(path) = words.strip_prefix("checked in ") {
        let path = path.split([':', ' ']).next().unwrap_or_default();
        assert!(root().join(path).exists(), "{place}: there is no `{path}`");
        return Fate::Elsewhere;
    }
    let why = words.strip_prefix("not run: ").unwrap_or_default();
    assert!(
        why.split_whitespace().count() >= 3,
        "{place}: say `run`, `checked in PATH` or `not run: WHY`"
    );
    Fate::Elsewhere
}

#[test]
fn every_block_of_commands_says_what_becomes_of_it() {
    let all: Vec<Block> = pages().iter().flat_map(|page| blocks(page)).collect();
    let count = |fate| all.iter().filter(|block| block.fate == fate).count();
    assert!(count(Fate::Run) >= 8, "{}", count(Fate::Run));
    assert!(count(Fate::RunStopped) >= 1);
    assert!(count(Fate::Elsewhere) < count(Fate::Run), "most are run");
}
