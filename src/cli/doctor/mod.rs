//! `vetrina doctor`: whether this machine, this configuration and this data folder, or the cluster, will do. Invariant: it changes nothing,
//! says what to do about whatever it finds, and ends with the worst of it: 0 all is well, 1 a warning, 2 a fault.

mod cluster;
mod configuration;
mod disk;
mod file_system;
mod machine;
mod sites;

use std::path::PathBuf;
use std::process::ExitCode;

use super::Failure;
use super::data_folder::DataFolderArgs;
use super::output::print_lines;
use crate::config::{Backend, Config};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: DataFolderArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Ok,
    Warning,
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    verdict: Verdict,
    of: &'static str,
    words: String,
}

impl Finding {
    fn ok(of: &'static str, words: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, of, words)
    }

    fn warning(of: &'static str, words: impl Into<String>) -> Self {
        Self::new(Verdict::Warning, of, words)
    }

    fn fault(of: &'static str, words: impl Into<String>) -> Self {
        Self::new(Verdict::Fault, of, words)
    }

    fn new(verdict: Verdict, of: &'static str, words: impl Into<String>) -> Self {
        let words = words.into();
        Self { verdict, of, words }
    }

    fn line(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "WARNING",
            Verdict::Fault => "FAULT",
        };
        format!("{verdict:7}  {}: {}", self.of, self.words)
    }
}

/// What everything is looked at with.
struct Patient {
    /// `None` where it cannot be read.
    config: Option<Config>,
    data_dir: PathBuf,
    /// The server on the data folder.
    server: Server,
}

impl Patient {
    /// Whether catalogs lie in the data folder, as far as anybody knows.
    fn is_embedded(&self) -> bool {
        let config = self.config.as_ref();
        config.is_none_or(|config| config.backend == Backend::Embedded)
    }
}

/// Whether a server works on the data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    None,
    /// With its number, where the system tells.
    Running(Option<u32>),
}

pub(super) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut findings = vec![machine::versions(), machine::clock()];
    let (config, found) = configuration::read(&args.folder);
    findings.extend(found);
    let data_dir = match (&args.folder.data_dir, &config) {
        (Some(data_dir), _) => Some(data_dir.clone()),
        (None, Some(config)) => Some(config.data_dir.clone()),
        (None, None) => None,
    };
    if let Some(data_dir) = data_dir {
        let server = machine::server_on(&data_dir);
        let patient = Patient {
            config,
            data_dir,
            server,
        };
        findings.extend(configuration::look(&patient));
        findings.push(machine::open_files(&patient));
        if patient.is_embedded() {
            findings.extend(disk::look(&patient));
            findings.extend(sites::look(&patient, args.folder.site()?.as_ref()));
        } else {
            findings.extend(cluster::look(&patient));
        }
    }
    print_lines(findings.iter().map(Finding::line))?;
    let worst = findings.iter().map(|finding| finding.verdict).max();
    Ok(match worst {
        None | Some(Verdict::Ok) => ExitCode::SUCCESS,
        Some(Verdict::Warning) => ExitCode::from(1),
        Some(Verdict::Fault) => ExitCode::from(2),
    })
}
