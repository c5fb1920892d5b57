//! What the user sees while an import runs: a bar on a terminal, a line now and then elsewhere.
//! Everything here goes to standard error; the summary at the end is the caller's.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::lines::ReadSoFar;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Progress {
    read_so_far: ReadSoFar,
    size: Option<u64>,
    started: Instant,
    shape: Shape,
}

enum Shape {
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Progress {
    /// `size` is that of the file as it lies on the disk, when it has one.
    pub(super) fn start(read_so_far: ReadSoFar, size: Option<u64>) -> Self {
        let started = Instant::now();
        let shape = if std::io::stderr().is_terminal() {
            Shape::Bar(bar(size))
        } else {
            Shape::Lines { last: started }
        };
        Self {
            read_so_far,
            size,
            started,
            shape,
        }
    }

    /// Shows how many objects were answered.
    pub(super) fn update(&mut self, accepted: u64, rejected: u64) {
        let read = self.read_so_far.bytes();
        let text = format!(
            "{accepted} accepted, {rejected} rejected, {:.0} objects/s",
            rate(accepted + rejected, self.started.elapsed())
        );
        match &mut self.shape {
            Shape::Bar(bar) => {
                bar.set_position(read);
                bar.set_message(text);
            }
            Shape::Lines { last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                match self.size.filter(|&size| size > 0) {
                    Some(size) => eprintln!("{text}, {} % of the file read", read * 100 / size),
                    None => eprintln!("{text}"),
                }
            }
            Shape::Lines { .. } => {}
        }
    }

    /// Prints a line that stays.
    pub(super) fn print(&self, line: &str) {
        match &self.shape {
            Shape::Bar(bar) => bar.suspend(|| eprintln!("{line}")),
            Shape::Lines { .. } => eprintln!("{line}"),
        }
    }

    /// Takes the bar away; returns how long it ran.
    pub(super) fn finish(self) -> Duration {
        if let Shape::Bar(bar) = self.shape {
            bar.finish_and_clear();
        }
        self.started.elapsed()
    }
}

/// Objects a second.
pub(super) fn rate(objects: u64, elapsed: Duration) -> f64 {
    objects as f64 / elapsed.as_secs_f64().max(0.001)
}

fn bar(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => (
            ProgressBar::new(size),
            "{wide_bar} {percent:>3} %  {msg}  {eta}",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} read  {msg}"),
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
