//! `vetrina doctor`: each thing that may be wrong is told with what to do about it, and the command ends with the worst.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Launch, TRACKER_ID, product, vetrina};

const KEY: &str = "a-long-random-text-that-nobody-guesses";

/// A configuration file, and a data folder beside it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Self { folder };
        let data = place.data();
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = {:?}\n{more}\n\
             [[sites]]\ntracker_id = {TRACKER_ID:?}\nprivate_key = {KEY:?}\n",
            data.to_string_lossy()
        );
        fs::write(place.config(), text).expect("a writable folder");
        place.set_mode(0o600);
        place
    }

    fn set_mode(&self, mode: u32) {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.config(), mode).expect("a file of ours");
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("vetrina.toml")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn store(&self) -> PathBuf {
        self.data().join("sites").join(TRACKER_ID).join("store.db")
    }

    /// With a product, by a server that has ended.
    async fn served(more: &str) -> Self {
        let place = Self::new(more);
        let server = place.launch().start();
        server.ready().await;
        let site = crate::support::SiteClient::new(server.base(), TRACKER_ID, KEY);
        site.replace([product("p1")]).await.ok();
        let (status, log) = server.stop();
        assert!(status.success(), "{log}");
        place
    }

    fn launch(&self) -> Launch {
        let config = self.config();
        Launch::without_site(&self.data())
            .arg("--config")
            .arg(&config.to_string_lossy())
    }

    fn doctor(&self) -> Told {
        let mut doctor = vetrina(&["doctor", "--config"]);
        Told::by(doctor.arg(self.config()))
    }
}

/// What was said; that the status is that of the worst is looked at whenever it is asked.
struct Told(String);

impl Told {
    #[track_caller]
    fn by(command: &mut Command) -> Self {
        let output = command.output().expect("the binary runs");
        let said = String::from_utf8(output.stdout).expect("text");
        assert!(!said.contains(KEY), "a key is told");
        let worst = said
            .lines()
            .map(|line| match line.split_whitespace().next() {
                Some("ok") => 0,
                Some("WARNING") => 1,
                Some("FAULT") => 2,
                _ => panic!("a line of another form: {line}"),
            });
        assert_eq!(output.status.code(), worst.max(), "{said}");
        Self(said)
    }

    /// A line that begins like this has these words.
    #[track_caller]
    fn says(&self, begin: &str, words: &str) -> &Self {
        let is_it = |line: &str| {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            line.starts_with(begin) && line.contains(words)
        };
        assert!(
            self.0.lines().any(is_it),
            "no `{begin} … {words}` in\n{}",
            self.0
        );
        self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_well_is_told_too() {
    let place = Place::served("").await;
    place
        .doctor()
        .says("ok version:", env!("CARGO_PKG_VERSION"))
        .says("ok clock:", "it says 20")
        .says("ok configuration:", "sites: 1")
        .says("ok address:", "is free")
        .says("ok data folder:", "can be written to")
        .says("ok disk:", "bytes are free")
        .says("ok server:", "none works")
        .says("ok site:", "1234-5678: can be opened");
    // Whatever kind it is, it is named.
    assert!(cfg!(not(target_os = "linux")) || place.doctor().0.contains("file system: "));
    // Before the first start.
    Place::new("")
        .doctor()
        .says("ok data folder:", "the first start makes it")
        .says("ok site:", "has no folder yet");
}

#[test]
fn a_configuration_is_read_as_the_server_would_and_judged() {
    Place::new("lisen = 1")
        .doctor()
        .says("FAULT configuration:", "lisen");
    let place = Place::new("");
    place.set_mode(0o644);
    place.doctor().says(
        "WARNING configuration:",
        "every user of this machine can read",
    );
    let short = fs::read_to_string(place.config())
        .expect("a file")
        .replace(KEY, "secret");
    fs::write(place.config(), short).expect("a file");
    place.doctor().says(
        "WARNING configuration:",
        "a private key of `1234-5678` has fewer than 16 characters",
    );

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("a bound socket").to_string();
    let text = fs::read_to_string(place.config()).expect("a file");
    fs::write(place.config(), text.replace("127.0.0.1:0", &address)).expect("a file");
    place
        .doctor()
        .says("FAULT address:", &format!("cannot listen on {address}"));
}

#[test]
fn limits_and_room_are_compared_with_what_is_set() {
    let place = Place::new("");
    let run = format!(
        "ulimit -n 64; exec {} doctor --config {}",
        env!("CARGO_BIN_EXE_vetrina"),
        place.config().display()
    );
    Told::by(Command::new("sh").args(["-c", &run]))
        .says("WARNING open files:", "this shell may have 64");
    // The most that can be set.
    let place = Place::new("storage.disk_reserve_bytes = 1_099_511_627_776");
    let disk = rustix::fs::statvfs(place.folder.path()).expect("a disk");
    if disk.f_bavail * disk.f_frsize < 1 << 40 {
        place
            .doctor()
            .says("FAULT disk:", "writes are refused; make room");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_is_named_and_its_own_limits_are_told() {
    let place = Place::new("");
    let server = place.launch().start();
    server.ready().await;
    let told = place.doctor();
    if cfg!(target_os = "linux") {
        told.says(
            "ok server:",
            &format!("process {} works on the data folder", server.id()),
        );
        assert!(
            told.0.contains("open files: the running server"),
            "{}",
            told.0
        );
    }
    assert!(
        !told.0.contains("address:"),
        "its own address is taken: {}",
        told.0
    );
}

fn set_format(store: &Path, format: i64) {
    let store = rusqlite::Connection::open(store).expect("a store");
    store
        .execute("UPDATE meta SET format = ?1", [format])
        .expect("a table");
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_and_indexes_are_looked_at_site_by_site() {
    let place = Place::served("").await;
    let site = place.store().parent().expect("a site").to_owned();
    set_format(&place.store(), 99);
    place
        .doctor()
        .says("FAULT site: 1234-5678:", "store has format 99");
    set_format(&place.store(), 1);
    place.doctor().says(
        "WARNING site: 1234-5678:",
        "its store has format 1: the next start makes it 2",
    );
    set_format(&place.store(), 2);
    fs::remove_dir_all(site.join("index")).expect("an index");
    place.doctor().says(
        "WARNING site: 1234-5678:",
        "the next start makes it from the store",
    );
    fs::write(site.join("events.db"), vec![7; 8192]).expect("a file");
    place
        .doctor()
        .says("WARNING site: 1234-5678:", "events are not counted");
    fs::rename(&site, place.data().join("sites/other")).expect("a folder");
    place
        .doctor()
        .says("WARNING site: other:", "no configuration names it")
        .says("ok site: 1234-5678:", "has no folder yet");
    fs::write(place.data().join("sites/other/store.db"), "").expect("a file");
    place
        .doctor()
        .says("FAULT site: other:", "`store.db` is missing or empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_users_is_named() {
    let place = Place::served("").await;
    let owner = fs::metadata(place.store()).expect("a store").uid();
    if std::os::unix::fs::chown(place.store(), Some(owner + 1), None).is_err() {
        eprintln!("SKIPPED: files can be given away by root alone");
        return;
    }
    place
        .doctor()
        .says("WARNING data folder:", "store.db` is another user's than");
}
