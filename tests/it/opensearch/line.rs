//! A line to the cluster that can be cut, or stalls. Invariant: while it is cut nobody can connect, and who was connected is not.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(super) struct Line {
    address: SocketAddr,
    target: String,
    carrying: Option<JoinHandle<()>>,
}

impl Line {
    /// To a URL without a path.
    pub(super) async fn to(url: &str) -> Self {
        let target = url.strip_prefix("http://").expect("plain HTTP").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut line = Self {
            address: listener.local_addr().expect("a bound socket"),
            target,
            carrying: None,
        };
        line.carry(listener);
        line
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) async fn cut(&mut self) {
        let carrying = self.carrying.take().expect("it is not cut");
        carrying.abort();
        let _ = carrying.await;
    }

    /// From here on nothing that is sent arrives, and nobody is told.
    pub(super) async fn stall(&mut self) {
        self.cut().await;
        let listener = TcpListener::bind(self.address).await.expect("the port");
        self.carrying = Some(tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                held.push(listener.accept().await.expect("a connection"));
            }
        }));
    }

    pub(super) async fn mend(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("the port");
        self.carry(listener);
    }

    fn carry(&mut self, listener: TcpListener) {
        let target = self.target.clone();
        self.carrying = Some(tokio::spawn(async move {
            // Dropped, it ends all of them.
            let mut open = JoinSet::new();
            loop {
                let (mut near, _) = listener.accept().await.expect("a connection");
                let target = target.clone();
                open.spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        let _ = copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        }));
    }
}
