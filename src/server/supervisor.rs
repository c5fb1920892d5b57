//! What the server tells whoever supervises it (systemd's `sd_notify`, docs of the unit in deploy/vetrina.service).
//! Invariant: nothing waits for a supervisor, and one that does not listen is none.

use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use crate::config::SupervisorSettings;
use crate::engine::Readiness;

/// One that is told. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Supervisor {
    pub fn new(settings: &SupervisorSettings) -> Self {
        let Some(name) = &settings.socket else {
            return Self::default();
        };
        match connect(name.as_encoded_bytes()) {
            Ok(socket) => Self {
                socket: Some(Arc::new(socket)),
                watchdog: settings.watchdog,
            },
            Err(error) => {
                tracing::warn!(%error, "the supervisor named by NOTIFY_SOCKET cannot be told anything");
                Self::default()
            }
        }
    }

    /// Requests are answered; also the end of [`Self::reloading`].
    pub fn ready(&self) {
        self.tell("READY=1\nSTATUS=serving");
    }

    /// The configuration is being read again.
    pub fn reloading(&self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000;
        self.tell(&format!(
            "RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=reading the configuration again"
        ));
    }

    pub fn stopping(&self) {
        self.tell("STOPPING=1\nSTATUS=ending");
    }

    /// Says again and again that this thread pool still runs tasks; never returns.
    pub(super) async fn keep_watchdog(self) {
        let Some(watchdog) = self.watchdog else {
            return std::future::pending().await;
        };
        // Twice as often as it has to be.
        let mut ticks = tokio::time::interval((watchdog / 2).max(Duration::from_millis(1)));
        loop {
            ticks.tick().await;
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, state: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(state.as_bytes())
        {
            tracing::debug!(%error, "the supervisor was not told");
        }
    }
}

fn connect(name: &[u8]) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    // One that does not take what it is told is not waited for.
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address(name)?)?;
    Ok(socket)
}

fn address(name: &[u8]) -> io::Result<SocketAddr> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    match name.split_first() {
        #[cfg(target_os = "linux")]
        Some((b'@', name)) => {
            use std::os::linux::net::SocketAddrExt as _;
            SocketAddr::from_abstract_name(name)
        }
        _ => SocketAddr::from_pathname(OsStr::from_bytes(name)),
    }
}

/// Listening is not serving.
pub(super) fn tell_ready(readiness: &Readiness, sites: usize) {
    match readiness.problems.first() {
        Some(problem) if readiness.serving == 0 => {
            let reason = &problem.reason;
            tracing::warn!(sites, reason, "listening; no site can be served yet");
        }
        _ => tracing::info!(sites, "ready"),
    }
}
