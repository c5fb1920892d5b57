//! `vetrina source`: what it tells of a source, and the outbox it makes.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::source;
use crate::support::{Launch, TestDatabase, vetrina};

/// A configuration file with one site and these sections.
pub(crate) fn config_file(folder: &Path, sections: &str) -> PathBuf {
    let file = folder.join("vetrina.toml");
    let site = "[[sites]]\ntracker_id = \"1234-5678\"\nprivate_key = \"secret\"\n\
        attributes_form = \"as_sent\"\n";
    std::fs::write(&file, format!("{site}{sections}")).expect("a writable folder");
    file
}

/// The binary, to be started with these sections over a database; all it has lies in the folder.
pub(crate) fn launch(folder: &Path, sections: &str, database: &TestDatabase) -> Launch {
    let config = config_file(folder, sections);
    Launch::without_site(&folder.join("data"))
        .variable("SHOP_DSN", &database.dsn())
        .arg("--config")
        .arg(&config.to_string_lossy())
}

/// Runs `vetrina source <args> --config …` with these sections and variables.
pub(crate) fn source_command(sections: &str, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = config_file(folder.path(), sections);
    let mut command = vetrina(&["source"]);
    command.args(args).arg("--config").arg(file);
    command.envs(variables.iter().copied());
    command.output().expect("the binary starts")
}

/// Installs the outbox as the administrator of the database.
#[track_caller]
pub(crate) fn install(database: &TestDatabase, sections: &str) {
    let dsn = database.dsn();
    let output = source_command(
        sections,
        &["install", "items", "--apply"],
        &[("SHOP_DSN", &dsn)],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn told(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(errors)
    )
}

const TABLE: &str =
    "create table items (id bigint primary key, title text, price float8, category text)";

fn check(sections: &str, dsn: &str) -> (bool, String) {
    let output = source_command(sections, &["check", "items"], &[("SHOP_DSN", dsn)]);
    (output.status.success(), told(&output))
}

/// Roles of the owner of the tables, of the application and of the sync.
async fn three_roles(database: &TestDatabase) -> [String; 3] {
    let name = &database.name;
    let roles = ["owner", "app", "sync"].map(|role| format!("{name}_{role}"));
    let [owner, app, sync] = &roles;
    database
        .run(&format!(
            "create role {owner} login; create role {app} login; create role {sync} login; \
             grant create on database {name} to {owner}; grant all on schema public to {owner}"
        ))
        .await;
    let tables = format!(
        "{TABLE}; grant select, insert, update, delete on items to {app}; \
         grant select on items to {sync}"
    );
    let made = database
        .connect_as(owner)
        .await
        .batch_execute(&tables)
        .await;
    made.expect("the owner may");
    roles
}

/// The owner of the tables installs; the application writes and needs no rights for it; the role of the
/// sync reads what it was granted and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn three_roles_share_a_database() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let [owner, app, sync] = three_roles(&database).await;
    let as_owner = database.connect_as(&owner).await;

    let sections = source("auto = \"outbox\"");
    let dsn = database.dsn_of(&sync);
    let (is_good, words) = check(&sections, &dsn);
    assert!(!is_good && words.contains("there is no outbox"), "{words}");
    // The role of the sync may not install, and then nothing of it is there.
    let variables = [("SHOP_DSN", dsn.as_str())];
    let output = source_command(&sections, &["install", "items", "--apply"], &variables);
    assert!(!output.status.success());
    assert!(
        told(&output).contains("permission denied"),
        "{}",
        told(&output)
    );
    // Printed is what is applied, and who gets which rights.
    let printed = source_command(&sections, &["install", "items"], &variables);
    let sql = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(sql.contains(&format!("to \"{sync}\"")), "{sql}");
    let owner_dsn = database.dsn_of(&owner);
    let args = ["install", "items", "--apply", "--dsn-env", "OWNER_DSN"];
    let variables = [
        ("SHOP_DSN", dsn.as_str()),
        ("OWNER_DSN", owner_dsn.as_str()),
    ];
    for _ in 0..2 {
        let output = source_command(&sections, &args, &variables);
        assert!(output.status.success(), "{}", told(&output));
    }
    let as_app = database.connect_as(&app).await;
    as_app
        .batch_execute("insert into items (id, title) values (1, 'One'), (2, 'Two')")
        .await
        .expect("the application needs no rights on the outbox");
    as_app
        .batch_execute("select * from search_sync.outbox")
        .await
        .expect_err("the outbox is not the application's");
    let (is_good, words) = check(&sections, &dsn);
    assert!(is_good, "{words}");
    assert!(
        words.contains("changes of `public.items` are followed"),
        "{words}"
    );
    let status = source_command(&sections, &["status", "items"], &variables);
    assert!(
        told(&status).contains("outbox: 2 entries wait"),
        "{}",
        told(&status)
    );
    assert_eq!(
        told(&status).matches(" on\n").count(),
        4,
        "{}",
        told(&status)
    );

    let server = crate::support::TestServer::builder()
        .set_for_site("attributes_form", "\"as_sent\"")
        .sections(&sections)
        .variable("SHOP_DSN", &dsn)
        .start()
        .await;
    crate::support::eventually("the rows of the application", async || {
        let objects = super::shop::objects_of(&server.site(), "item").await;
        (objects.len() == 2).then_some(())
    })
    .await;
    server.stop().await;

    let args = ["uninstall", "items", "--apply", "--dsn-env", "OWNER_DSN"];
    let output = source_command(&sections, &args, &variables);
    assert!(output.status.success(), "{}", told(&output));
    let status = source_command(&sections, &["status", "items"], &variables);
    assert!(told(&status).contains("no triggers"), "{}", told(&status));
    as_app
        .batch_execute("update items set title = 'x'")
        .await
        .expect("as before");
    let schema = "select from pg_namespace where nspname = 'search_sync'";
    assert!(
        as_owner
            .query(schema, &[])
            .await
            .expect("an answer")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sources_share_an_outbox() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    install(&database, &source(""));
    let other = source("").replace("\"items\"", "\"others\"");
    let dsn = database.dsn();
    let variables = [("SHOP_DSN", dsn.as_str())];
    let output = source_command(&other, &["install", "others", "--apply"], &variables);
    assert!(output.status.success(), "{}", told(&output));
    database
        .run("insert into items (id, title) values (1, 'One')")
        .await;
    for (sections, name) in [(source(""), "items"), (other, "others")] {
        let status = source_command(&sections, &["status", name], &variables);
        assert!(
            told(&status).contains("outbox: 1 entries wait"),
            "{}",
            told(&status)
        );
        let output = source_command(&sections, &["uninstall", name, "--apply"], &variables);
        assert!(output.status.success(), "{}", told(&output));
    }
    let client = database.connect().await;
    let schema = "select from pg_namespace where nspname = 'search_sync'";
    assert!(
        client
            .query(schema, &[])
            .await
            .expect("an answer")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_source_is_told_before_anything_runs() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    database.run(TABLE).await;
    database
        .run(
            "insert into items (id, title, price) values (1, 'One', 1), (2, null, 'NaN'); \
              create table loose (n int, title text); create role reader login",
        )
        .await;
    let dsn = database.dsn();
    let told_of = |query: &str, more: &str| check(&super::shop::source_of(query, more), &dsn);
    for (query, words) in [
        ("selekt 1", "syntax error"),
        (
            "select id as key, title from itemz",
            "relation \"itemz\" does not exist",
        ),
        (
            "select id, title from items",
            "the query returns no column `key`",
        ),
        (
            "select price as key, title from items",
            "`key` is of type `float8`",
        ),
        ("select id as key, price from items", "no column `title`"),
        (
            "select id as key, title, title from items",
            "two columns are called `title`",
        ),
        (
            "select n as key, title from loose",
            "no index on `public.loose.n`",
        ),
        (
            "select id as key, title, price from items",
            "row `2`: price: NaN is no number",
        ),
        (
            "select id as key, title from items where 1 / (id - 1) > 0",
            "division by zero",
        ),
    ] {
        let (is_good, told) = told_of(query, "");
        assert!(!is_good && told.contains(words), "{query}\n{told}");
    }
    let good = "select id as key, title, price from items where title is not null";
    let (is_good, told) = told_of(good, "");
    assert!(
        is_good && told.contains("warning  there is no outbox"),
        "{told}"
    );
    let (_, told) = told_of("select id::text as key, title from items where id = 1", "");
    assert!(told.contains("`key` is no plain column"), "{told}");
    let (is_good, told) = told_of(good, "auto = \"watermark\"");
    assert!(
        !is_good && told.contains("no column `updated_at`"),
        "{told}"
    );
    let affects = "[product_sync.sources.affects]\n\"public.none\" = \"select 1\"\n";
    let (is_good, told) = told_of(good, affects);
    assert!(
        !is_good && told.contains("there is no table `public.none`"),
        "{told}"
    );
    let affects = "[product_sync.sources.affects]\n\"public.loose\" = \"select 1\"\n";
    let (is_good, told) = told_of(good, affects);
    assert!(
        !is_good && told.contains("has no primary key of one column"),
        "{told}"
    );

    let (is_good, told) = check(&source(""), &database.dsn_of("reader"));
    assert!(!is_good && told.contains("grant SELECT"), "{told}");
    let (is_good, told) = check(&source(""), "host=127.0.0.1 port=1 user=u dbname=d");
    assert!(
        !is_good && told.contains("the database cannot be reached"),
        "{told}"
    );
    let (is_good, told) = check(&source(""), "host=127.0.0.1 pasword=hunter2");
    assert!(!is_good && !told.contains("hunter2"), "{told}");
}
