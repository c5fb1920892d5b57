//! Servers that mean no good: each costs its own file, with a reason, and nothing else.

use std::io::Write;
use std::net::TcpStream;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{fetching, file, in_state, meets};
use crate::browse::read;
use crate::support::{FileHost, Request, TestServer, answer, answer_with, eventually, plain};

/// What is told of a file to who may look.
async fn told(server: &TestServer, identity: &str) -> String {
    let path = format!("/browse/sites/1234-5678/object?identity={identity}");
    read(&server.get(&path).await.status(200))
}

fn bomb(bytes: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b'0'; 1 << 16];
    for _ in 0..bytes / zeros.len() {
        packed.write_all(&zeros).expect("memory");
    }
    packed.finish().expect("memory")
}

/// Sends until the other end has enough; `Err` is that it has.
fn without_end(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    let piece = [b'a'; 1 << 14];
    loop {
        stream.write_all(&piece)?;
    }
}

fn script(request: &Request, stream: &mut TcpStream) -> std::io::Result<()> {
    let gone = std::io::ErrorKind::ConnectionAborted;
    match request.target.as_str() {
        "/endless" => without_end(stream, "HTTP/1.1 200 OK\r\n\r\n"),
        "/chunks" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            let piece = [&b"4000\r\n"[..], &[b'a'; 0x4000], b"\r\n"].concat();
            loop {
                stream.write_all(&piece)?;
            }
        }
        "/headers" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                stream
                    .write_all(b"X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")?;
            }
        }
        "/slow" => {
            // The head, then a byte now and then: it is never silent for long.
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")?;
            loop {
                std::thread::sleep(std::time::Duration::from_millis(50));
                stream.write_all(b"a")?;
            }
        }
        "/silent" => {
            std::thread::sleep(crate::support::PATIENCE);
            Err(gone.into())
        }
        "/claims-much" => answer_with(stream, 200, "", 1 << 40, b"little"),
        "/claims-more" => {
            answer_with(stream, 200, "", 100, b"little")?;
            Err(gone.into())
        }
        "/bomb" => answer(stream, 200, "Content-Encoding: gzip\r\n", &bomb(64 << 20)),
        "/no-gzip" => answer(
            stream,
            200,
            "Content-Encoding: gzip\r\n",
            b"this is no gzip",
        ),
        "/half-gzip" => {
            let packed = bomb(1 << 16);
            answer(
                stream,
                200,
                "Content-Encoding: gzip\r\n",
                &packed[..packed.len() / 2],
            )
        }
        "/brotli" => answer(stream, 200, "Content-Encoding: br\r\n", b"anything"),
        "/twice" => {
            let headers = "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n";
            answer(stream, 200, headers, &bomb(1 << 16))
        }
        "/circle" => answer(stream, 302, "Location: /circle\r\n", b""),
        "/nowhere" => answer(stream, 302, "", b""),
        "/odd" => answer(stream, 302, "Location: http://[::1\r\n", b""),
        "/elsewhere" => answer(stream, 302, "Location: ftp://127.0.0.1/x\r\n", b""),
        "/inside" => answer(stream, 302, "Location: file:///etc/passwd\r\n", b""),
        "/partial" => answer(stream, 206, "Content-Range: bytes 0-5/100\r\n", b"little"),
        "/unasked" => answer(stream, 304, "", b""),
        "/nothing" => answer(stream, 204, "", b""),
        "/forbidden" => answer(stream, 403, "", b"secret words of the server"),
        "/no-http" => {
            stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n")?;
            Err(gone.into())
        }
        "/hangs-up" => Err(gone.into()),
        _ => plain(stream, "Mount the hinge first."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_answer_ends_in_a_reason() {
    let host = FileHost::start(script);
    let more = "tries_max = 1\nfile_bytes_max = 1000000\ndownload_timeout_ms = 3000\n\
                downloads_concurrent_max = 8\ndownloads_per_host_max = 8";
    let server = fetching(&[&host], more).start().await;
    let site = server.site();
    let cases = [
        ("endless", "larger than"),
        ("chunks", "larger than"),
        ("headers", "more headers than are read"),
        ("slow", "within 3 s"),
        ("silent", "within 3 s"),
        ("claims-much", "larger than"),
        ("claims-more", "before all of it had come"),
        ("bomb", "larger than"),
        ("no-gzip", "cannot be unpacked"),
        ("half-gzip", "cannot be unpacked"),
        ("brotli", "not asked for"),
        ("twice", "not asked for"),
        ("circle", "more than 5 times"),
        ("nowhere", "leads on to nowhere"),
        ("odd", "leads on to nowhere"),
        ("elsewhere", "only http and https"),
        ("inside", "only http and https"),
        ("partial", "answered 206"),
        ("unasked", "answered 304"),
        ("nothing", "answered 204"),
        ("forbidden", "answered 403"),
        ("no-http", "is no HTTP"),
        ("hangs-up", "before all of it had come"),
    ];
    let files = cases.map(|(name, _)| Value::from(file(name, host.url(&format!("/{name}")))));
    site.replace(files).await.ok();
    site.replace([file("good", host.url("/good"))]).await.ok();
    // A server of TLS that speaks none.
    let tls = host.url("/good").replace("http:", "https:");
    // Another address of this machine, where nobody listens.
    let nobody = host.url("/good").replace("127.0.0.1", "127.0.0.9");
    site.replace([file("tls", tls), file("nobody", nobody)])
        .await
        .ok();
    for (name, reason) in cases {
        in_state(&site, name, "failed").await;
        let page = told(&server, name).await;
        assert!(page.contains(reason), "{name}: {page}");
        assert!(!page.contains("secret words"), "{name}");
        for of_a_library in ["hyper", "client error", "os error", "invalid", "unexpected"] {
            assert!(!page.contains(of_a_library), "{name}: {page}");
        }
    }
    // Which of its answers is seen first hangs on who is quicker.
    let no_tls = ["speaks no TLS that is understood", "ended the connection"];
    for (name, reasons) in [
        ("tls", &no_tls[..]),
        ("nobody", &["nobody takes connections there"]),
    ] {
        in_state(&site, name, "failed").await;
        let page = told(&server, name).await;
        assert!(
            reasons.iter().any(|reason| page.contains(reason)),
            "{name}: {page}"
        );
    }
    in_state(&site, "good", "fetched").await;
    assert_eq!(meets(&site, "hinge").await, ["good"]);
    assert_eq!(server.get("/health/ready").await.status, 200);
    server.stop().await;
}

/// Some of a body is on the disk when the rest is refused; nothing of it stays.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_was_fetched() {
    let host = FileHost::start(script);
    let home = tempfile::tempdir().expect("a temporary folder");
    let downloads = home.path().join("downloads");
    std::fs::create_dir_all(&downloads).expect("a new folder");
    std::fs::write(downloads.join("of-an-earlier-start"), "text").expect("a new file");
    let more = "tries_max = 1\nfile_bytes_max = 100000\ndownload_timeout_ms = 3000";
    let server = fetching(&[&host], more).data_dir(home.path()).start().await;
    let site = server.site();
    let files = ["endless", "slow", "bomb", "good"];
    site.replace(files.map(|name| file(name, host.url(&format!("/{name}")))))
        .await
        .ok();
    for name in ["endless", "slow", "bomb"] {
        in_state(&site, name, "failed").await;
    }
    in_state(&site, "good", "fetched").await;
    eventually("an empty folder", async || {
        let left = std::fs::read_dir(&downloads).expect("the folder").count();
        (left == 0).then_some(())
    })
    .await;
    server.stop().await;
}
