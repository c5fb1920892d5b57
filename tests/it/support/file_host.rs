//! A server of files on loopback, good or bad: what it sends is written by the test, byte for byte. Invariant: it
//! remembers every request, and every connection, also one that nobody asks anything over.

use std::io::{BufReader, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use super::scripted::{Request, read};

/// What is written to whoever asks; an error ends the connection.
type Script = dyn Fn(&Request, &mut TcpStream) -> std::io::Result<()> + Send + Sync;

pub(crate) struct FileHost {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FileHost {
    pub(crate) fn start(
        script: impl Fn(&Request, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::start_at([127, 0, 0, 1].into(), 0, script).expect("a free port")
    }

    /// At another address of this machine; `None` where it has none such.
    pub(crate) fn start_at(
        address: IpAddr,
        port: u16,
        script: impl Fn(&Request, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Option<Self> {
        let listener = TcpListener::bind((address, port)).ok()?;
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (counted, log) = (Arc::clone(&connections), Arc::clone(&requests));
        let script: Arc<Script> = Arc::new(script);
        // Ends with the test process; a blocked accept costs nothing.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (log, script) = (Arc::clone(&log), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &log, &*script));
            }
        });
        Some(Self {
            address,
            connections,
            requests,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("no test panics with it")
            .clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Request>>, script: &Script) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        log.lock()
            .expect("no test panics with it")
            .push(request.clone());
        if script(&request, reader.get_mut()).is_err() {
            return;
        }
    }
}

/// A plain text.
pub(crate) fn plain(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    answer(
        stream,
        200,
        "Content-Type: text/plain; charset=utf-8\r\n",
        text.as_bytes(),
    )
}

/// A status, whole lines of headers with their ends, and a body.
pub(crate) fn answer(
    stream: &mut TcpStream,
    status: u16,
    headers: &str,
    body: &[u8],
) -> std::io::Result<()> {
    answer_with(stream, status, headers, body.len(), body)
}

/// The same, with whatever length is claimed.
pub(crate) fn answer_with(
    stream: &mut TcpStream,
    status: u16,
    headers: &str,
    length: usize,
    body: &[u8],
) -> std::io::Result<()> {
    let head = format!("HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

/// Keeps those who come waiting until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().expect("no test panics with it") = true;
        self.0.1.notify_all();
    }

    pub(crate) fn pass(&self) {
        let is_open = self.0.0.lock().expect("no test panics with it");
        let passed = self
            .0
            .1
            .wait_timeout_while(is_open, super::PATIENCE, |is_open| !*is_open);
        drop(passed.expect("no test panics with it"));
    }
}
