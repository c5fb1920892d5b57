//! A catalog that was put back from a backup: the outbox has handed out what it does not have, and hands out nothing twice.

use std::path::Path;

use super::auto::{restarted, shop_in};
use super::command::install;
use super::shop::source;
use crate::support::vetrina;

fn run(command: &str, data_dir: &Path, file: &Path, more: &[&str]) {
    let mut command = vetrina(&[command, "--data-dir"]);
    let output = command.arg(data_dir).args(more).arg(file).output();
    let output = output.expect("the binary runs");
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_catalog_comes_into_step_with_its_database_by_itself() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let Some(shop) = shop_in(&data, &source("")).await else {
        return;
    };
    install(&shop.database, &source(""));
    shop.sync().await;
    shop.in_step().await;
    let file = data.path().with_extension("backup");
    run("backup", data.path(), &file, &[]);
    shop.run("update items set title = 'Changed' where id = 1; delete from items where id = 2")
        .await;
    shop.in_step().await;
    let shop = restarted(shop, &data, async |_| {
        run("restore", data.path(), &file, &["--replace"]);
    })
    .await;
    std::fs::remove_file(&file).expect("a backup");
    shop.in_step().await;
}
