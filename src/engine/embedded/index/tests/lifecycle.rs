//! Opening, committing, deleting, closing, and folders that are not what they should be.

use std::fs;

use tantivy::SegmentReader;
use tempfile::TempDir;

use super::*;

/// A catalog on disk, and where.
fn on_disk(objects: impl IntoIterator<Item = Object>) -> (TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    let mut catalog = Catalog::over(Index::create(folder.path(), settings()).unwrap());
    catalog.add(objects);
    (folder, catalog)
}

fn reopen(folder: &TempDir) -> Result<(Index, Sequence), IndexError> {
    Index::open(folder.path(), settings().store)
}

fn is_unusable(opened: &Result<(Index, Sequence), IndexError>) -> bool {
    matches!(opened, Err(IndexError::Unusable { .. }))
}

#[test]
fn an_index_reopens_at_its_last_commit_with_all_objects() {
    let (folder, mut catalog) = on_disk([product("a").object(), product("b").object()]);
    catalog.queue(&product("never committed").object());
    let (index, applied) = reopen(&folder).unwrap();
    assert_eq!(applied, Sequence(1));
    let versions = index.versions().unwrap();
    assert_eq!(versions, [VersionId(0), VersionId(1)]);
    assert_eq!(index.damaged_files().unwrap(), Vec::<String>::new());
}

#[test]
fn a_new_index_reopens_empty() {
    let folder = tempfile::tempdir().unwrap();
    drop(Index::create(folder.path(), settings()).unwrap());
    let (index, applied) = reopen(&folder).unwrap();
    assert_eq!(applied, Sequence(0));
    assert_eq!(index.versions().unwrap(), []);
    assert_eq!(Catalog::over(index).search(&text("x")).total_hits, 0);
}

#[test]
fn an_index_of_another_store_is_refused() {
    let (folder, _catalog) = on_disk([]);
    let other = IndexSettings {
        store: StoreId(uuid::Uuid::from_u128(2)),
        ..settings()
    };
    assert!(is_unusable(&Index::open(folder.path(), other.store)));
}

#[test]
fn an_index_says_how_its_words_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let other = IndexSettings {
        language: Language::Slovak,
        words_version: 1,
        ..settings()
    };
    let mut catalog = Catalog::over(Index::create(folder.path(), other).unwrap());
    catalog.add([product("a").with("title", "Ponožky").object()]);
    let (index, _) = reopen(&folder).unwrap();
    assert_eq!(index.settings(), other);
    // It is asked in its own language, whatever the site's is.
    catalog.site.language = Language::Any;
    assert_eq!(catalog.find(&text("ponoziek")), ["a"]);
}

#[test]
fn an_object_with_variants_in_its_place_is_one_version() {
    let mut catalog = Catalog::with_variants(VariantMode::Best);
    let variant = || [("title", FieldValue::from("S"))];
    catalog.add([product("p").variant(variant()).variant(variant()).object()]);
    assert_eq!(catalog.index.versions().unwrap(), [VersionId(0)]);
    catalog.writer.delete(&[VersionId(0)]).unwrap();
    catalog.commit();
    assert_eq!(catalog.index.versions().unwrap(), []);
    assert_eq!(catalog.search(&everything()).total_hits, 0);
}

#[test]
fn a_missing_or_empty_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(is_unusable(&Index::open(folder.path(), settings().store)));
    assert!(is_unusable(&Index::open(
        &folder.path().join("none"),
        settings().store
    )));
}

#[test]
fn a_damaged_file_is_refused_or_named_but_never_a_panic() {
    let (folder, catalog) = on_disk([product("a").object()]);
    catalog.writer.close().unwrap();
    drop(catalog.index);
    let files = fs::read_dir(folder.path()).unwrap();
    let mut damaged = 0;
    for path in files.map(|entry| entry.unwrap().path()) {
        let content = fs::read(&path).unwrap();
        let is_lock = path
            .extension()
            .is_some_and(|extension| extension == "lock");
        if is_lock || content.is_empty() {
            continue;
        }
        for bad in [
            Vec::new(),
            content[..content.len() / 2].to_vec(),
            vec![0; content.len()],
        ] {
            fs::write(&path, bad).unwrap();
            match Index::open(folder.path(), settings().store) {
                Err(IndexError::Unusable { .. }) => {}
                Err(other) => panic!("{}: {other}", path.display()),
                Ok((index, _)) => {
                    let named = index.damaged_files();
                    let is_named = named.is_err() || !named.unwrap().is_empty();
                    // The list of files is only used to remove them.
                    assert!(
                        is_named || path.ends_with(".managed.json"),
                        "{}",
                        path.display()
                    );
                }
            }
            damaged += 1;
        }
        fs::write(&path, content).unwrap();
    }
    assert!(damaged > 10);
    assert!(Index::open(folder.path(), settings().store).is_ok());
}

#[test]
fn a_replaced_object_is_found_by_its_new_content_only() {
    let mut catalog = Catalog::of([product("a").with("color", "red").object()]);
    catalog.writer.delete(&[VersionId(0)]).unwrap();
    catalog.queue(&product("a").with("color", "blue").object());
    assert_eq!(
        catalog.find(&any_of(&["color:red"])),
        ["a"],
        "not before the commit"
    );
    catalog.commit();
    assert_eq!(catalog.find(&any_of(&["color:red"])), Vec::<&str>::new());
    assert_eq!(catalog.find(&any_of(&["color:blue"])), ["a"]);
    assert_eq!(catalog.search(&everything()).total_hits, 1);
}

#[test]
fn deletions_of_many_objects_take_no_other() {
    let objects = (0..300).map(|n| product(&format!("p{n}")).object());
    let mut catalog = Catalog::of(objects);
    let deleted: Vec<VersionId> = (0..300).filter(|n| n % 3 != 0).map(VersionId).collect();
    catalog.writer.delete(&deleted).unwrap();
    catalog.commit();
    let left: Vec<VersionId> = (0..300).filter(|n| n % 3 == 0).map(VersionId).collect();
    assert_eq!(catalog.index.versions().unwrap(), left);
}

#[test]
fn an_object_deleted_in_the_commit_that_added_it_is_not_there() {
    let mut catalog = Catalog::new();
    let version = catalog.queue(&product("a").object());
    catalog.writer.delete(&[version]).unwrap();
    catalog.commit();
    assert_eq!(catalog.index.versions().unwrap(), []);
}

#[test]
fn many_commits_leave_few_segments() {
    let mut catalog = Catalog::new();
    for n in 0..40 {
        catalog.add([product(&format!("p{n}")).object()]);
    }
    let Catalog { index, writer, .. } = catalog;
    writer.close().unwrap();
    let searcher = index.reader.searcher();
    assert!(searcher.segment_readers().len() <= 8, "merged");
    assert_eq!(index.versions().unwrap().len(), 40);
}

#[test]
fn an_index_may_have_a_writer_again_after_one_was_closed() {
    let catalog = Catalog::of([product("a").object()]);
    let Catalog { index, writer, .. } = catalog;
    assert!(index.writer().is_err(), "there is one");
    writer.close().unwrap();
    let mut writer = index.writer().unwrap();
    writer.delete(&[VersionId(0)]).unwrap();
    writer.commit(Sequence(9)).unwrap();
    assert_eq!(index.versions().unwrap(), []);
}

#[test]
fn an_index_at_rest_has_few_segments_and_all_objects() {
    let (folder, mut catalog) = on_disk([]);
    for number in 0..5 {
        catalog.add([product(&format!("p{number}")).object()]);
    }
    let segments = |index: &Index| index.reader.searcher().segment_readers().len();
    assert_eq!(segments(&catalog.index), 5);
    catalog.writer.tidy(Sequence(catalog.applied)).unwrap();
    catalog.writer.close().unwrap();
    let (index, applied) = reopen(&folder).unwrap();
    assert_eq!(segments(&index), 1);
    assert_eq!(applied, Sequence(catalog.applied));
    assert_eq!(index.versions().unwrap().len(), 5);
}

#[test]
fn a_large_segment_is_not_written_again_for_a_few_small_ones() {
    let (folder, mut catalog) = on_disk((0..50).map(|n| product(&format!("p{n}")).object()));
    for number in 50..54 {
        catalog.add([product(&format!("p{number}")).object()]);
    }
    catalog.writer.tidy(Sequence(catalog.applied)).unwrap();
    catalog.writer.close().unwrap();
    let (index, _) = reopen(&folder).unwrap();
    let searcher = index.reader.searcher();
    let sizes = searcher
        .segment_readers()
        .iter()
        .map(SegmentReader::max_doc);
    let mut sizes: Vec<u32> = sizes.collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [4, 50]);
}
