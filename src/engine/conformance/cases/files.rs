//! Files: told to be fetched, and taken over with what was found (docs/reference/02-content.md §8).

use crate::domain::{
    FileEnd, FileLook, FileState, FileTask, FoundFile, Identity, Object, Outcome, Timestamp,
    TrackerId, Validators,
};
use crate::engine::Files;
use crate::engine::conformance::objects::{identity, key, patch, product, setting, text};
use crate::engine::conformance::shop::Shop;
use crate::engine::conformance::{Backend, on_every_backend};

on_every_backend![found:
    a_file_is_there_at_once_and_its_text_when_it_came,
    what_was_found_stays_while_the_place_is_the_same,
    another_place_is_another_file,
    an_object_patched_as_a_file_is_one,
    what_comes_late_changes_nothing,
    a_file_that_is_gone_takes_its_task_along,
    tries_in_vain_are_counted_until_they_end,
    a_file_is_fetched_again_when_that_is_asked_for,
    what_was_sent_under_the_names_of_what_is_found_comes_back,
    busy_hosts_are_left_out,
    tasks_are_there_after_a_restart,
];

const URL: &str = "https://a.example/manual.pdf";

fn file(of: &str, url: &str) -> Object {
    let file = product(of).of_type("file").with("url", url);
    file.object().into_file()
}

fn found(content: &str) -> FileEnd {
    FileEnd::Found {
        file: FoundFile {
            content: content.to_owned(),
            format: "pdf",
            title: Some("A manual".to_owned()),
            language: None,
        },
        validators: Validators {
            etag: Some("\"1\"".to_owned()),
            last_modified: None,
        },
        bytes: 7,
        due: None,
    }
}

fn failed(is_gone: bool) -> FileEnd {
    FileEnd::Failed {
        reason: "the server answered 404".to_owned(),
        is_gone,
    }
}

impl<B: Backend> Shop<B> {
    fn files(&self) -> &dyn Files {
        self.engine.files.as_deref().unwrap()
    }

    async fn due(&self) -> Vec<FileTask> {
        self.files()
            .due_files(self.id(), Vec::new(), 9)
            .await
            .unwrap()
    }

    async fn sites(&self) -> Vec<(TrackerId, Timestamp)> {
        self.files().sites_with_files().await.unwrap()
    }

    async fn finish(&self, task: &FileTask, end: FileEnd) -> bool {
        let finished = self.files().finish_file(self.id(), task.clone(), end);
        finished.await.unwrap()
    }

    /// The only one that is due.
    async fn fetch(&self, of: &str, end: FileEnd) {
        let due = self.due().await;
        let [task] = due.as_slice() else {
            panic!("{due:?}");
        };
        assert_eq!(task.identity, identity(of));
        assert!(self.finish(task, end).await);
    }

    async fn look(&self, of: &str) -> Option<FileLook> {
        self.files().file(self.id(), identity(of)).await.unwrap()
    }

    async fn attribute(&self, of: &str, name: &str) -> Option<String> {
        let object = self.stored_as(of).await?;
        object.fields.get(name)?.as_text().map(str::to_owned)
    }

    async fn state(&self, of: &str) -> Option<String> {
        self.attribute(of, "file_state").await
    }

    async fn meets(&self, words: &str) -> Vec<String> {
        self.find(&text(words)).await
    }
}

async fn a_file_is_there_at_once_and_its_text_when_it_came<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    assert_eq!(shop.meets("manual").await, ["manual"]);
    assert!(shop.meets("hinge").await.is_empty());
    assert_eq!(shop.state("manual").await.as_deref(), Some("waiting"));
    let waiting = shop.look("manual").await.unwrap();
    assert_eq!(waiting.state, FileState::Waiting);
    assert_eq!(waiting.due, Some(shop.now()));
    assert_eq!(shop.sites().await, [(shop.id().clone(), shop.now())]);
    let due = shop.due().await;
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].url.as_str(), due[0].tries), (URL, 0));
    shop.advance(1_000);
    shop.fetch("manual", found("Mount the hinge first.")).await;
    assert_eq!(shop.meets("hinge").await, ["manual"]);
    assert_eq!(shop.state("manual").await.as_deref(), Some("fetched"));
    assert_eq!(
        shop.attribute("manual", "file_format").await.as_deref(),
        Some("pdf")
    );
    assert_eq!(
        shop.attribute("manual", "file_title").await.as_deref(),
        Some("A manual")
    );
    assert_eq!(shop.attribute("manual", "file_language").await, None);
    assert!(shop.due().await.is_empty());
    assert!(shop.sites().await.is_empty());
    let fetched = shop.look("manual").await.unwrap();
    assert_eq!(fetched.fetched_at, Some(shop.now()));
    assert_eq!((fetched.bytes, fetched.due), (Some(7), None));
    let list = shop.files().latest_files(shop.id(), 9).await.unwrap();
    assert_eq!((list.counts.fetched, list.counts.all()), (1, 1));
    assert_eq!(list.listed, [fetched]);
}

async fn what_was_found_stays_while_the_place_is_the_same<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    shop.fetch("manual", found("Mount the hinge first.")).await;
    let before = shop.stored_as("manual").await;
    // The same again, with another attribute, and a part of it changed.
    shop.add([file("manual", URL)]).await;
    assert_eq!(shop.stored_as("manual").await, before);
    let wider = product("manual")
        .of_type("file")
        .with("url", URL)
        .with("color", "red");
    shop.add([wider.object().into_file()]).await;
    let patched = shop
        .patch(setting("manual", "brand", Some("Acme".into())))
        .await;
    assert_eq!(patched, Outcome::Applied);
    assert_eq!(shop.meets("hinge Acme red").await, ["manual"]);
    assert!(shop.due().await.is_empty());
    // What is sent whole takes away what it does not say, and nothing of what was found.
    shop.add([file("manual", URL)]).await;
    assert_eq!(
        shop.stored_as("manual").await.as_ref().map(of_no_order),
        before.as_ref().map(of_no_order)
    );
    assert!(shop.meets("Acme").await.is_empty());
}

/// By name, for comparisons.
fn of_no_order(object: &Object) -> Vec<String> {
    let fields = object.fields.iter();
    let mut fields: Vec<String> = fields.map(|entry| format!("{entry:?}")).collect();
    fields.sort();
    fields
}

async fn another_place_is_another_file<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    shop.fetch("manual", found("Mount the hinge first.")).await;
    let other = "https://a.example/other.pdf";
    shop.patch(setting("manual", "url", Some(other.into())))
        .await;
    assert!(shop.meets("hinge").await.is_empty());
    assert_eq!(shop.state("manual").await.as_deref(), Some("waiting"));
    let due = shop.due().await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].url, other);
    assert_eq!(due[0].validators, Validators::default());
    // Without one there is nothing to fetch.
    shop.patch(setting("manual", "url", None)).await;
    assert!(shop.due().await.is_empty());
    assert_eq!(shop.look("manual").await, None);
    assert_eq!(shop.state("manual").await, None);
}

async fn an_object_patched_as_a_file_is_one<B: Backend>() {
    let shop = Shop::<B>::with([product("manual").of_type("file").with("url", URL)]).await;
    assert!(shop.due().await.is_empty());
    let mut as_file = patch("manual");
    as_file.is_file = true;
    assert_eq!(shop.patch(as_file.clone()).await, Outcome::Applied);
    shop.fetch("manual", found("Mount the hinge first.")).await;
    // Of a file it asks for nothing.
    assert_eq!(shop.patch(as_file).await, Outcome::Applied);
    assert!(shop.due().await.is_empty());
    assert_eq!(shop.meets("hinge").await, ["manual"]);
}

async fn what_comes_late_changes_nothing<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    let first = shop.due().await.remove(0);
    // There and back: it is another task all the same.
    let other = "https://a.example/other.pdf";
    shop.patch(setting("manual", "url", Some(other.into())))
        .await;
    shop.patch(setting("manual", "url", Some(URL.into()))).await;
    assert!(!shop.finish(&first, found("hinge")).await);
    assert_eq!(shop.state("manual").await.as_deref(), Some("waiting"));
    // Gone, and sent anew.
    let second = shop.due().await.remove(0);
    assert_ne!(first.ticket, second.ticket);
    shop.delete(key("manual", "file")).await;
    assert!(!shop.finish(&second, found("hinge")).await);
    assert!(shop.names().await.is_empty());
    shop.add([file("manual", URL)]).await;
    assert!(!shop.finish(&second, found("hinge")).await);
    assert!(shop.meets("hinge").await.is_empty());
    shop.fetch("manual", found("hinge")).await;
    assert_eq!(shop.meets("hinge").await, ["manual"]);
}

async fn a_file_that_is_gone_takes_its_task_along<B: Backend>() {
    let shop = Shop::<B>::open();
    let upload = |of: &str, upload: &str| {
        let file = product(of)
            .of_type("file")
            .with("url", URL)
            .in_upload(upload);
        file.object().into_file()
    };
    shop.add([
        upload("old", "1"),
        upload("kept", "1"),
        upload("plain", "1"),
    ])
    .await;
    let before = shop.due().await;
    assert_eq!(before.len(), 3);
    shop.add([upload("kept", "2")]).await;
    shop.add([product("plain")
        .of_type("file")
        .with("url", URL)
        .in_upload("2")])
        .await;
    shop.commit("file", "2").await;
    let due: Vec<Identity> = shop
        .due()
        .await
        .into_iter()
        .map(|task| task.identity)
        .collect();
    assert_eq!(due, [identity("kept")]);
    for task in before {
        let is_kept = task.identity == identity("kept");
        let of = task.identity.as_str();
        assert_eq!(shop.finish(&task, found("hinge")).await, is_kept, "{of}");
    }
    assert_eq!(shop.meets("hinge").await, ["kept"]);
}

async fn tries_in_vain_are_counted_until_they_end<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    for tries in 1..=3 {
        let due = Timestamp::from_millis(shop.now().as_millis() + 10_000);
        let reason = "the server answered 503".to_owned();
        let later = FileEnd::Later {
            reason: reason.clone(),
            due,
        };
        shop.fetch("manual", later).await;
        let look = shop.look("manual").await.unwrap();
        assert_eq!(
            (look.tries, look.due, look.reason),
            (tries, Some(due), Some(reason))
        );
        assert!(shop.due().await.is_empty());
        assert_eq!(shop.sites().await, [(shop.id().clone(), due)]);
        shop.advance(10_000);
        assert_eq!(shop.due().await[0].tries, tries);
    }
    assert_eq!(shop.state("manual").await.as_deref(), Some("waiting"));
    shop.fetch("manual", failed(false)).await;
    assert_eq!(shop.state("manual").await.as_deref(), Some("failed"));
    assert!(shop.due().await.is_empty());
    let look = shop.look("manual").await.unwrap();
    assert_eq!(
        (look.state, look.tries, look.due),
        (FileState::Failed, 4, None)
    );
    // The same again asks for nothing.
    shop.add([file("manual", URL)]).await;
    assert!(shop.due().await.is_empty());
}

async fn a_file_is_fetched_again_when_that_is_asked_for<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL)]).await;
    shop.add([product("p1")]).await;
    shop.fetch("manual", found("Mount the hinge first.")).await;
    shop.advance(1_000);
    let again = async || {
        let asked = vec![identity("manual"), identity("p1"), identity("nobody")];
        let asked = shop.files().refetch_files(shop.id(), asked).await;
        assert_eq!(asked.unwrap(), 1);
    };
    again().await;
    // What is there stays until something else is.
    assert_eq!(shop.meets("hinge").await, ["manual"]);
    assert_eq!(
        shop.due().await[0].validators.etag.as_deref(),
        Some("\"1\"")
    );
    shop.fetch("manual", FileEnd::Unchanged { due: None }).await;
    assert_eq!(shop.meets("hinge").await, ["manual"]);
    assert_eq!(
        shop.look("manual").await.unwrap().fetched_at,
        Some(shop.now())
    );
    again().await;
    shop.fetch("manual", found("Mount the door first.")).await;
    assert_eq!(shop.meets("door").await, ["manual"]);
    assert!(shop.meets("hinge").await.is_empty());
    // Trouble on the way takes nothing away, a file that is gone does.
    again().await;
    shop.fetch("manual", failed(false)).await;
    assert_eq!(shop.state("manual").await.as_deref(), Some("failed"));
    assert_eq!(shop.meets("door").await, ["manual"]);
    again().await;
    shop.fetch("manual", failed(true)).await;
    assert!(shop.meets("door").await.is_empty());
    again().await;
    assert_eq!(shop.due().await[0].validators, Validators::default());
}

async fn what_was_sent_under_the_names_of_what_is_found_comes_back<B: Backend>() {
    let shop = Shop::<B>::open();
    let sent = product("manual")
        .of_type("file")
        .with("content", "by hand")
        .with("url", URL);
    let sent = sent.object().into_file();
    shop.add([sent.clone()]).await;
    shop.fetch("manual", found("Mount the hinge first.")).await;
    assert_eq!(
        shop.attribute("manual", "content").await.as_deref(),
        Some("Mount the hinge first.")
    );
    let stored = shop.stored_as("manual").await.unwrap();
    assert_eq!(stored.as_sent(), sent);
    shop.patch(setting("manual", "content", Some("by another hand".into())))
        .await;
    assert_eq!(shop.meets("hinge").await, ["manual"]);
    shop.patch(setting("manual", "url", None)).await;
    assert_eq!(
        shop.attribute("manual", "content").await.as_deref(),
        Some("by another hand")
    );
}

async fn busy_hosts_are_left_out<B: Backend>() {
    let slow = "https://slow.example:8443/x";
    let shop = Shop::<B>::with([file("a", slow), file("b", slow), file("c", URL)]).await;
    let due = async |busy: &[&str], limit| {
        let busy = busy.iter().map(|&host| host.to_owned()).collect();
        let due = shop
            .files()
            .due_files(shop.id(), busy, limit)
            .await
            .unwrap();
        let names = due.into_iter().map(|task| task.identity.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(due(&[], 9).await, ["a", "b", "c"]);
    assert_eq!(due(&[], 2).await, ["a", "b"]);
    assert_eq!(due(&["slow.example:8443"], 1).await, ["c"]);
    assert!(due(&["slow.example:8443", "a.example"], 9).await.is_empty());
}

async fn tasks_are_there_after_a_restart<B: Backend>() {
    let shop = Shop::<B>::with([file("manual", URL), file("other", URL)]).await;
    let before = shop.due().await;
    let first = before[0].clone();
    assert!(shop.finish(&first, found("hinge")).await);
    let now = shop.now();
    let shop = shop.restart();
    assert_eq!(shop.sites().await, [(shop.id().clone(), now)]);
    assert_eq!(shop.due().await, before[1..]);
    assert_eq!(shop.meets("hinge").await, ["manual"]);
    assert!(shop.finish(&before[1], found("door")).await);
    assert_eq!(shop.meets("door").await, ["other"]);
    assert!(shop.backend.faults(shop.id()).is_empty());
}
