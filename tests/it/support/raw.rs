//! A bare connection, for what no HTTP library lets a test send.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PATIENCE;

pub(crate) struct RawConnection {
    stream: TcpStream,
    /// Received and not yet part of an answer.
    received: Vec<u8>,
}

/// One answer off a raw connection.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl RawAnswer {
    /// The first line of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| panic!("no JSON ({error}): {} {}", self.status, self.text()))
    }
}

impl RawConnection {
    /// `authority` as in `127.0.0.1:7700`.
    pub(crate) async fn open(authority: &str) -> Self {
        let stream = TcpStream::connect(authority)
            .await
            .expect("the server accepts");
        stream.set_nodelay(true).expect("a connected socket");
        Self {
            stream,
            received: Vec::new(),
        }
    }

    /// Sends bytes; whether the server still took them is not asked.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = tokio::time::timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await;
        assert!(sent.is_ok(), "the server stopped reading");
    }

    /// The next answer; `1xx` ones count too.
    pub(crate) async fn answer(&mut self) -> RawAnswer {
        self.try_answer()
            .await
            .expect("an answer before the end of the connection")
    }

    /// Sends one request and takes its answer.
    pub(crate) async fn exchange(&mut self, request: impl AsRef<[u8]>) -> RawAnswer {
        self.send(request).await;
        self.answer().await
    }

    /// `None` when the connection ends first.
    pub(crate) async fn try_answer(&mut self) -> Option<RawAnswer> {
        let head_end = loop {
            if let Some(at) = self
                .received
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break at + 4;
            }
            if !self.receive().await {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&self.received[..head_end]).into_owned();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = RawAnswer {
            status: status.expect("a status line"),
            head,
            body: Vec::new(),
        };
        let length = answer
            .header("content-length")
            .map_or(0, |value| value.parse().expect("a length"));
        while self.received.len() < head_end + length {
            assert!(self.receive().await, "the body ended early");
        }
        answer.body = self.received[head_end..head_end + length].to_vec();
        self.received.drain(..head_end + length);
        Some(answer)
    }

    /// Whether the server ends the connection without sending anything more.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.received.is_empty() && !self.receive().await
    }

    /// `false` at the end of the connection.
    async fn receive(&mut self) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await;
        let count = read.expect("the server sends or closes").unwrap_or(0);
        self.received.extend_from_slice(&buffer[..count]);
        count > 0
    }
}
