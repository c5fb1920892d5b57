//! Names that change what they mean: what is connected to was looked at, each time.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::config::Config;
use crate::domain::{FileTicket, Identity, Timestamp};

/// Answers whoever comes; how many came.
fn canary(address: [u8; 4], port: u16) -> Option<(u16, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind((Ipv4Addr::from(address), port)).ok()?;
    let port = listener.local_addr().ok()?.port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut asked = [0; 1_024];
            let _ = stream.read(&mut asked);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\ntext",
            );
        }
    });
    Some((port, count))
}

fn task(url: String) -> FileTask {
    FileTask {
        identity: Identity::new("manual").expect("an identity"),
        ticket: FileTicket(1),
        url,
        asked_at: Timestamp::from_millis(0),
        tries: 0,
        validators: Validators::default(),
    }
}

/// A fetcher to which the name means one list of addresses after the other, the last one for good.
fn fetcher(port: u16, meanings: &'static [&'static [[u8; 4]]]) -> Fetcher {
    let text = format!(
        "[[sites]]\ntracker_id = \"1-1\"\nprivate_key = \"secret\"\n\
         [files]\nallow_networks = [\"127.0.0.2/32\"]\nallow_ports = [{port}]\n"
    );
    let config = Config::from_toml(&text).expect("a good configuration");
    let asked = AtomicUsize::new(0);
    let look_up: LookUp = Arc::new(move |_| {
        let at = asked.fetch_add(1, Ordering::SeqCst).min(meanings.len() - 1);
        let found = meanings[at].iter().map(|&address| IpAddr::from(address));
        let found: Vec<IpAddr> = found.collect();
        Box::pin(async move { Ok(found) })
    });
    Fetcher::looking_up(&config.files, look_up).expect("a client")
}

fn spool() -> (tempfile::TempDir, Spool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let spool = Spool::open(folder.path(), 0).expect("a folder");
    (folder, spool)
}

#[tokio::test]
async fn a_name_that_means_another_address_a_moment_later_is_looked_at_again() {
    let Some((port, allowed)) = canary([127, 0, 0, 2], 0) else {
        eprintln!("SKIPPED: this machine has no 127.0.0.2");
        return;
    };
    let (_, refused) = canary([127, 0, 0, 1], port).expect("the same port");
    let (_folder, spool) = spool();
    let fetcher = fetcher(port, &[&[[127, 0, 0, 2]], &[[127, 0, 0, 1]]]);
    let task = task(format!("http://rebinding.example:{port}/"));
    let first = fetcher.fetch(&task, &spool).await;
    assert!(matches!(first, Ok(Fetched::New(_))));
    let second = fetcher.fetch(&task, &spool).await;
    assert!(matches!(second, Err(FetchError::Refused(_))));
    assert_eq!(allowed.load(Ordering::SeqCst), 1);
    assert_eq!(refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_several_addresses_only_those_that_are_allowed_are_asked() {
    let Some((port, allowed)) = canary([127, 0, 0, 2], 0) else {
        eprintln!("SKIPPED: this machine has no 127.0.0.2");
        return;
    };
    let (_, refused) = canary([127, 0, 0, 1], port).expect("the same port");
    let (_folder, spool) = spool();
    let fetcher = fetcher(port, &[&[[127, 0, 0, 1], [127, 0, 0, 2], [10, 0, 0, 1]]]);
    for _ in 0..3 {
        let task = task(format!("http://mixed.example:{port}/"));
        let answer = fetcher.fetch(&task, &spool).await;
        assert!(matches!(answer, Ok(Fetched::New(_))));
    }
    assert_eq!(allowed.load(Ordering::SeqCst), 3);
    assert_eq!(refused.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_of_nobody_may_be_somebodys_later() {
    let (_folder, spool) = spool();
    let fetcher = fetcher(80, &[&[]]);
    let answer = fetcher
        .fetch(&task("http://nobody.example/".to_owned()), &spool)
        .await;
    let Err(FetchError::Later { reason, .. }) = answer else {
        panic!("it cannot be asked, and may be later");
    };
    assert_eq!(reason, "the name of the host has no address");
}
