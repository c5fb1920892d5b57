//! `vetrina serve`: the server, until SIGTERM or SIGINT; SIGHUP has it read its configuration again. Standard output holds what a person starts
//! with (address, and for the demo site its key and a first search); logs go to standard error.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::{Failure, open_files};
use crate::config::{self, Config, ConfigError, ConfiguredSite, Overrides};
use crate::domain::Clock;
use crate::engine::Engine;
use crate::http::date;
use crate::server::{self, Supervisor};
use crate::telemetry;

/// Threads for what blocks: searches, reading files, taking bodies apart. Each keeps some megabytes of what it once
/// needed, and what finds none waits; searches have places of their own before they come here.
const BLOCKING_THREADS_MAX: usize = 48;

/// For threads that are still busy when the server has ended.
const RUNTIME_SHUTDOWN: Duration = Duration::from_millis(500);

/// Search to try first: finds something in the built-in catalog.
const FIRST_DEMO_QUERY: &str = "q=tent";

/// Search to try first on a site of one's own: counts what it holds.
const FIRST_QUERY: &str = "facets=type&size=0";

#[derive(clap::Args)]
pub(super) struct Args {
    /// Configuration file; without one: defaults and a demo site
    #[arg(long, value_name = "FILE", env = "VETRINA_CONFIG")]
    config: Option<PathBuf>,
    /// Load a small built-in catalog into the demo site
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on, over the configuration
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder of the data, over the configuration
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

pub(super) fn run(args: Args, give_back_memory: fn()) -> Result<(), Failure> {
    let source = Source {
        file: args.config,
        overrides: Overrides {
            listen: args.listen,
            data_dir: args.data_dir,
        },
    };
    let config = source.load()?;
    if args.demo && !config.is_demo {
        return Err("`--demo` fills the demo site, which exists only when no site is set".into());
    }
    telemetry::start(&config.log).map_err(|error| format!("log.level: {error}"))?;

    open_files::raise_limit(&config);
    if !date::is_now_writable() {
        return Err(
            "the clock of this machine stands before 1970 or after 9999: set it first".into(),
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .on_thread_start(date::prime_thread)
        .build()?;
    let outcome = runtime.block_on(serve(&config, source, args.demo, give_back_memory));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN);
    outcome
}

/// Where the configuration comes from, at the start and at every reload.
struct Source {
    file: Option<PathBuf>,
    overrides: Overrides,
}

impl Source {
    fn load(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(self.file.as_deref(), self.overrides.clone())?;
        if config.is_demo {
            config.add_demo_site()?;
        }
        Ok(config)
    }
}

async fn serve(
    config: &Config,
    source: Source,
    load_demo: bool,
    give_back_memory: fn(),
) -> Result<(), Failure> {
    let shutdown = shutdown_signal()?;
    let supervisor = Supervisor::new(&config::supervisor());
    let reloads = reloads(source, supervisor.clone())?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    greet(config, listener.local_addr()?, load_demo)?;
    let clock = Clock::system();
    let opened = open(config, clock.clone(), load_demo);
    let engine = async {
        let engine = opened.await?;
        give_back_memory();
        Ok::<_, Failure>(engine)
    };
    server::serve(
        listener, config, clock, engine, reloads, supervisor, shutdown,
    )
    .await?;
    Ok(())
}

/// Opens the engine, and fills the demo site if asked to before the first search is answered.
async fn open(config: &Config, clock: Clock, load_demo: bool) -> Result<Engine, Failure> {
    let engine = server::open_engine(config, clock).await?;
    if load_demo {
        let loaded = super::demo::load(&engine, &config.sites[0].site.tracker_id).await?;
        tracing::info!(objects = loaded, "loaded the demo catalog");
    }
    Ok(engine)
}

/// The first line is read by programs that start the server on port 0.
fn greet(config: &Config, address: SocketAddr, load_demo: bool) -> std::io::Result<()> {
    let base = format!("http://{address}");
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {base}")?;
    let demo_site = config.sites.first().filter(|_| config.is_demo);
    if let Some(ConfiguredSite {
        site, private_keys, ..
    }) = demo_site
    {
        let tracker_id = &site.tracker_id;
        let query = if load_demo {
            FIRST_DEMO_QUERY
        } else {
            FIRST_QUERY
        };
        writeln!(out, "tracker id: {tracker_id}")?;
        for key in private_keys {
            writeln!(out, "private key: {}", key.expose())?;
        }
        writeln!(
            out,
            "first search: {base}/search?tracker_id={tracker_id}&{query}"
        )?;
        writeln!(out, "shop to try: {base}/browse/shop")?;
        writeln!(out, "catalog browser: {base}/browse")?;
    }
    out.flush()
}

/// A configuration for every SIGHUP. A bad one is told and left where it is: the server goes on with
/// what it has.
fn reloads(source: Source, supervisor: Supervisor) -> std::io::Result<mpsc::Receiver<Config>> {
    let mut hangup = signal(SignalKind::hangup())?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            supervisor.reloading();
            match source.load() {
                Ok(config) => {
                    if sender.send(config).await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    let cause = error.source().map(ToString::to_string);
                    tracing::error!(%error, cause, "configuration not reloaded, the old one holds");
                    supervisor.ready();
                }
            }
        }
    });
    Ok(receiver)
}

fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
