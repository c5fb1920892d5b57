//! The process that reads: what it may do, how it ends, and that it ends.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use vetrina::files::extract::{Declared, Extractor, Limits, Reason};

use super::make::pdf::{Pdf, Table};
use super::{declared, extractor, file};
use crate::support::eventually;

/// A PDF whose page draws what draws ten times what draws ten times…: nobody sees its end.
pub(super) fn endless() -> Vec<u8> {
    const LEVELS: usize = 30;
    let mut pdf = Pdf::default();
    let draws = "/X Do ".repeat(10);
    let mut below = pdf.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9]",
        b"0 0 m 1 1 l S",
    );
    for _ in 0..LEVELS {
        let entries = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {below} 0 R >> >>"
        );
        below = pdf.stream(&entries, draws.as_bytes());
    }
    let content = pdf.stream("", draws.as_bytes());
    let tree = pdf.reserve();
    let page = pdf.add(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 9 9] /Contents {content} 0 R \
         /Resources << /XObject << /X {below} 0 R >> >> >>"
    ));
    pdf.set(
        tree,
        format!("<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>"),
    );
    let catalog = pdf.add(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    pdf.finish(Table::Plain, &format!("/Root {catalog} 0 R"))
}

/// A PDF whose page unfolds to as many MiB.
pub(super) fn unfolding(mib: usize) -> Vec<u8> {
    let spaces = vec![b' '; mib << 20];
    super::make::pdf::with_font(Table::Plain, super::make::pdf::HELVETICA, &[spaces])
}

/// The process that reads a file that was declared to have this name.
pub(super) fn reader_of(file_name: &str) -> Option<u32> {
    let wanted = format!("--file-name={file_name}");
    let entries = std::fs::read_dir("/proc").expect("there are processes");
    entries.filter_map(Result::ok).find_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        let mut words = words.split(|byte| *byte == 0);
        let is_reader = words.any(|word| word == wanted.as_bytes());
        is_reader.then_some(id)
    })
}

fn of_process(id: u32, what: &str) -> String {
    let text = std::fs::read(format!("/proc/{id}/{what}")).unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

/// What a process has open, by number.
fn open_files(process: &str) -> BTreeMap<u32, PathBuf> {
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).expect("its files");
    let open = entries.filter_map(Result::ok).filter_map(|entry| {
        let number = entry.file_name().to_str()?.parse().ok()?;
        Some((number, std::fs::read_link(entry.path()).ok()?))
    });
    open.collect()
}

#[tokio::test]
async fn what_takes_too_much_processor_time_ends() {
    let limits = Limits {
        cpu: Duration::from_secs(1),
        ..Limits::default()
    };
    let read = extractor(limits)
        .text_of(file(&endless()).path(), Declared::default())
        .await;
    let reason = read.expect_err("it has no end");
    assert_eq!(reason, Reason::Processor(1));
    assert!(reason.is_final());
    assert_eq!(
        reason.to_string(),
        "reading it took more than 1 s of processor time"
    );
}

#[tokio::test]
async fn what_takes_too_long_ends() {
    let limits = Limits {
        time: Duration::from_secs(1),
        cpu: Duration::from_secs(600),
        ..Limits::default()
    };
    let name = "too-long.pdf";
    let file = file(&endless());
    let began = std::time::Instant::now();
    let read = extractor(limits)
        .text_of(file.path(), declared("", name))
        .await;
    assert_eq!(read, Err(Reason::Time(1)));
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(
        !Reason::Time(1).is_final(),
        "the machine may have been busy"
    );
    assert_eq!(reader_of(name), None);
}

#[tokio::test]
async fn what_takes_too_much_memory_ends() {
    let limits = Limits {
        memory_bytes: 64 << 20,
        ..Limits::default()
    };
    let read = extractor(limits)
        .text_of(file(&unfolding(200)).path(), Declared::default())
        .await;
    let reason = read.expect_err("it does not fit");
    assert_eq!(reason, Reason::Memory(64));
    assert!(reason.is_final());
    // The same where there is room.
    let limits = Limits {
        memory_bytes: 2 << 30,
        cpu: Duration::from_secs(600),
        ..Limits::default()
    };
    let read = extractor(limits)
        .text_of(file(&unfolding(200)).path(), Declared::default())
        .await;
    assert_eq!(read.expect("a document without words").text, "");
}

#[tokio::test]
async fn nobody_reads_what_nobody_waits_for() {
    let name = "dropped.pdf";
    let file = file(&endless());
    // It does not end by itself before the test gives up.
    let reading = extractor(Limits {
        cpu: Duration::from_secs(600),
        ..Limits::default()
    });
    let reading = reading.text_of(file.path(), declared("", name));
    tokio::select! {
        read = reading => panic!("it has an end: {read:?}"),
        _ = eventually("a process", async || reader_of(name)) => {}
    }
    eventually("its end", async || reader_of(name).is_none().then_some(())).await;
}

#[tokio::test]
async fn nobody_reads_for_a_process_that_was_killed() {
    let name = "orphaned.pdf";
    let file = file(&endless());
    let script = format!(
        "'{}' extract-text --parent=$$ --cpu-s=600 --memory-bytes=500000000 --text-bytes-max=1000 \
         --file-name={name} < '{}'; true",
        env!("CARGO_BIN_EXE_vetrina"),
        file.path().display()
    );
    let mut parent = Command::new("sh");
    let mut parent = parent
        .args(["-c", &script])
        .stdout(Stdio::null())
        .spawn()
        .expect("a shell");
    eventually("a process", async || {
        let id = reader_of(name)?;
        // It is confined last but for reading.
        of_process(id, "status")
            .contains("NoNewPrivs:\t1")
            .then_some(id)
    })
    .await;
    parent.kill().expect("it was started here");
    parent.wait().expect("it was started here");
    eventually("its end", async || reader_of(name).is_none().then_some(())).await;
}

#[tokio::test]
async fn a_process_whose_parent_is_another_one_reads_nothing() {
    let args = [
        "extract-text",
        "--parent=1",
        "--cpu-s=1",
        "--memory-bytes=1000000",
        "--text-bytes-max=9",
    ];
    let output = crate::support::vetrina(&args)
        .output()
        .expect("the binary starts");
    assert!(!output.status.success());
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("nobody waits for the answer"), "{words}");
}

#[tokio::test]
async fn the_process_has_no_rights_to_speak_of() {
    let name = "confined.pdf";
    let file = file(&endless());
    let limits = Limits {
        memory_bytes: 300 << 20,
        ..Limits::default()
    };
    let reading = extractor(limits);
    let reading = reading.text_of(file.path(), declared("", name));
    let looking = eventually("a confined process", async || {
        let id = reader_of(name)?;
        let limits = of_process(id, "limits");
        // What is set last.
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<String>>()
        };
        let of = |name: &str| {
            let line = limits
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .map(words)?;
            Some((line[0].clone(), line[1].clone()))
        };
        let nothing = Some(("0".to_owned(), "0".to_owned()));
        (of("Max open files") == nothing).then(|| {
            assert_eq!(of("Max core file size"), nothing);
            assert_eq!(of("Max file size"), nothing);
            assert_eq!(of("Max processes"), nothing);
            assert_eq!(of("Max cpu time"), Some(("20".to_owned(), "21".to_owned())));
            let memory = of("Max address space").expect("a limit").1;
            let memory: u64 = memory.parse().expect("a number");
            // The program itself, and what its allocator took when it started.
            assert!((300 << 20..800 << 20).contains(&memory), "{memory}");
            let environment = of_process(id, "environ");
            assert_eq!(environment.matches('=').count(), 1, "{environment}");
            let status = of_process(id, "status");
            assert!(status.contains("NoNewPrivs:\t1"), "{status}");
            // Besides what whoever runs the tests left open for everybody.
            let inherited = open_files("self");
            let own = open_files(&id.to_string());
            let others: Vec<&PathBuf> = own
                .iter()
                .filter(|(number, to)| **number > 2 && inherited.get(*number) != Some(*to))
                .map(|(_, to)| to)
                .collect();
            assert_eq!(others, [file.path()]);
        })
    });
    tokio::select! {
        read = reading => panic!("it has an end: {read:?}"),
        () = looking => {}
    }
}

#[tokio::test]
async fn a_program_that_does_something_else_is_a_reason() {
    let document = file(b"words");
    let read = async |program: &str, path: &std::path::Path| {
        let extractor = Extractor::new(PathBuf::from(program), Limits::default());
        let read = extractor.text_of(path, Declared::default()).await;
        read.expect_err("no document")
    };
    for program in ["/bin/true", "/bin/false", "/bin/echo", "/usr/bin/yes"] {
        let reason = read(program, document.path()).await;
        assert!(matches!(reason, Reason::Failed(_)), "{program}: {reason}");
    }
    let reason = read("/nowhere/vetrina", document.path()).await;
    assert!(matches!(reason, Reason::NotStarted(_)), "{reason}");
    assert!(!reason.is_final());
    let reason = read(
        env!("CARGO_BIN_EXE_vetrina"),
        std::path::Path::new("/nowhere/file"),
    )
    .await;
    assert!(matches!(reason, Reason::NotOpened(_)), "{reason}");
    assert!(!reason.is_final());
}

#[tokio::test]
async fn whatever_is_declared_is_handed_on_or_left_out() {
    let document = file(b"a;b\n1;2\n");
    for name in [
        "--help",
        "a\0b.csv",
        "\u{fffd}.csv",
        &"č".repeat(5000),
        "-",
        "' ; $(reboot).csv",
    ] {
        let read = extractor(Limits::default());
        let read = read
            .text_of(document.path(), declared("text/csv\r\nX: y", name))
            .await;
        assert!(
            read.is_ok() || matches!(read, Err(Reason::UnknownFormat(_))),
            "{name}: {read:?}"
        );
    }
}
