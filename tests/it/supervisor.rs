//! What a service manager hears of the server (systemd's `sd_notify`).

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use crate::support::{Launch, PATIENCE, get};

/// A service manager that hears what it is told.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn new(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a free path");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        Self { socket }
    }

    /// The next message but those of the watchdog.
    fn next(&self) -> String {
        loop {
            let told = self.any();
            if told != "WATCHDOG=1" {
                return told;
            }
        }
    }

    fn any(&self) -> String {
        let mut told = [0; 1024];
        let length = self.socket.recv(&mut told).expect("a message");
        String::from_utf8(told[..length].to_vec()).expect("text")
    }

    fn hear_watchdog(&self) {
        while self.any() != "WATCHDOG=1" {}
    }
}

fn config(folder: &Path, text: &str) {
    let site = "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n";
    std::fs::write(folder.join("vetrina.toml"), format!("{text}\n{site}"))
        .expect("a writable folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_is_told_of_start_reload_and_end() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (socket, data) = (folder.path().join("notify"), folder.path().join("data"));
    config(folder.path(), "");
    let manager = Manager::new(&socket);
    let file = folder.path().join("vetrina.toml");
    let server = Launch::without_site(&data)
        .arg("--config")
        .arg(&file.to_string_lossy())
        .variable("NOTIFY_SOCKET", &socket.to_string_lossy())
        .variable("WATCHDOG_USEC", "200000")
        .start();
    assert!(manager.next().starts_with("READY=1\n"));
    // Not a moment later.
    get(&format!("{}/health/ready", server.base()))
        .await
        .status(200);
    for _ in 0..3 {
        manager.hear_watchdog();
    }
    // One that is taken over, and one that is not.
    for text in ["date_tolerance_s = 61", "no_such_key = 1"] {
        config(folder.path(), text);
        server.reload();
        let told = manager.next();
        assert!(
            told.starts_with("RELOADING=1\nMONOTONIC_USEC="),
            "{text}: {told}"
        );
        assert!(manager.next().starts_with("READY=1\n"), "{text}");
    }
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    assert!(manager.next().starts_with("STOPPING=1\n"));
}

/// As when the service manager itself is started again.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_manager_that_does_not_listen_keeps_nothing_from_being_served() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let socket = folder.path().join("notify");
    let manager = Manager::new(&socket);
    let launch = |name: &str| {
        Launch::new(&folder.path().join(name))
            .variable("NOTIFY_SOCKET", &socket.to_string_lossy())
            .variable("WATCHDOG_USEC", "2000")
    };
    let server = launch("a").start();
    manager.next();
    // It takes nothing any more, until its queue is full; then it is gone.
    tokio::time::sleep(Duration::from_millis(100)).await;
    get(&format!("{}/health/ready", server.base()))
        .await
        .status(200);
    drop(manager);
    std::fs::remove_file(&socket).expect("a socket");
    get(&format!("{}/health/ready", server.base()))
        .await
        .status(200);
    let (status, log) = server.stop();
    assert!(status.success(), "{log}");
    let server = launch("b").start();
    server.ready().await;
}
