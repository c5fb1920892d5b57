//! `vetrina source`: what is wrong with a source, and the outbox that auto-indexing needs. Invariant:
//! nothing is changed in a database but by `--apply`.

use std::path::PathBuf;

use clap::Subcommand;

use super::Failure;
use crate::config::product_sync::SourceSettings;
use crate::config::{Config, Overrides};
use crate::sync::{self, Severity};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell what is wrong with a source; fails when anything is
    Check(Which),
    /// Print the SQL of the tables and triggers that note down changes
    Install(Change),
    /// Tell which triggers there are and what waits in the outbox
    Status(Which),
    /// Print the SQL that takes the triggers away again
    Uninstall(Change),
}

#[derive(clap::Args)]
struct Which {
    /// Name of the source
    name: String,
    /// Configuration file
    #[arg(long, value_name = "FILE", env = "VETRINA_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Change {
    #[command(flatten)]
    which: Which,
    /// Run the SQL as well
    #[arg(long)]
    apply: bool,
    /// Environment variable with the connection string of whoever owns the tables; without it the
    /// SQL is run as the role of the source
    #[arg(long, value_name = "VARIABLE", requires = "apply")]
    dsn_env: Option<String>,
}

pub(super) fn run(args: Args) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            Command::Check(which) => check(&which.source()?).await,
            Command::Status(which) => status(&which.source()?).await,
            Command::Install(change) => {
                let source = change.which.source()?;
                let sql = sync::install_sql(&source).await?;
                print_or_apply(&source, &change, &sql).await
            }
            Command::Uninstall(change) => {
                let source = change.which.source()?;
                let sql = sync::uninstall_sql(&source).await?;
                print_or_apply(&source, &change, &sql).await
            }
        }
    })
}

impl Which {
    fn source(&self) -> Result<SourceSettings, Failure> {
        let config = Config::load(self.config.as_deref(), Overrides::default())?;
        let sources = config.product_sync.map(|sync| sync.sources);
        let mut sources = sources.unwrap_or_default().into_iter();
        let found = sources.find(|source| source.name.as_str() == self.name);
        found.ok_or_else(|| format!("no source is called `{}`", self.name).into())
    }
}

async fn check(source: &SourceSettings) -> Result<(), Failure> {
    let findings = sync::inspect(source).await;
    for finding in &findings {
        let mark = match finding.severity {
            Severity::Good => "good   ",
            Severity::Warning => "warning",
            Severity::Problem => "problem",
        };
        println!("{mark}  {}", finding.words);
    }
    let is_problem = |finding: &&sync::Finding| finding.severity == Severity::Problem;
    match findings.iter().filter(is_problem).count() {
        0 => Ok(()),
        1 => Err(format!("source `{}` has a problem", source.name).into()),
        problems => Err(format!("source `{}` has {problems} problems", source.name).into()),
    }
}

async fn status(source: &SourceSettings) -> Result<(), Failure> {
    let report = sync::outbox_report(source).await?;
    for (table, trigger, is_enabled) in &report.triggers {
        let state = if *is_enabled { "on" } else { "off" };
        println!("{table}: {trigger} {state}");
    }
    if report.triggers.is_empty() {
        println!("no triggers: changes are not followed");
    }
    if let Some((entries, lag_seconds)) = report.backlog {
        println!("outbox: {entries} entries wait, the oldest for {lag_seconds:.1} s");
    }
    Ok(())
}

async fn print_or_apply(
    source: &SourceSettings,
    change: &Change,
    sql: &str,
) -> Result<(), Failure> {
    print!("{sql}");
    if !change.apply || sql.is_empty() {
        return Ok(());
    }
    let dsn = match &change.dsn_env {
        None => None,
        Some(variable) => {
            let not_set = || format!("environment variable `{variable}` is not set");
            Some(Config::dsn_from(variable).ok_or_else(not_set)?)
        }
    };
    sync::apply(source, dsn, sql).await?;
    eprintln!("applied");
    Ok(())
}
