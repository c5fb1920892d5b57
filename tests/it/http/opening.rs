//! A server whose engine opens for ever.

use std::convert::Infallible;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use vetrina::config::Config;
use vetrina::domain::Clock;
use vetrina::engine::Engine;
use vetrina::server::{self, Supervisor};

pub(super) struct Opening {
    pub(super) base: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), Infallible>>,
}

impl Opening {
    pub(super) async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("a bound socket"));
        let (stop, stopped) = oneshot::channel::<()>();
        let opens_for_ever = std::future::pending::<Result<Engine, Infallible>>();
        let shutdown = async { drop(stopped.await) };
        let serving = tokio::spawn(async move {
            let (_, reloads) = mpsc::channel(1);
            let clock = Clock::system();
            server::serve(
                listener,
                &config,
                clock,
                opens_for_ever,
                reloads,
                Supervisor::default(),
                shutdown,
            )
            .await
        });
        Self {
            base,
            stop,
            serving,
        }
    }

    pub(super) async fn end(self) {
        self.stop.send(()).expect("the server runs");
        let Ok(()) = self.serving.await.expect("the server ends well");
    }
}
