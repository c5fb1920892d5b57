//! Texts that are long and hostile cost as much as they are long: the index of a site waits for each.

use serde_json::json;

use super::{Catalog, product};

/// Each beginning of a list of numbers was read to the end of the list, and thrown away there: one description of
/// 80 KB held up a site for minutes.
#[tokio::test]
async fn a_long_list_of_numbers_does_not_hold_up_the_index() {
    let groups = "111 ".repeat(100_000);
    for (identity, mark) in [("blanks", " "), ("commas", ","), ("points", ".")] {
        let list = format!("1 {groups}111x").replace(' ', mark);
        let object = product(identity, json!({"title": "Listed", "description": list}));
        let catalog = Catalog::of([object]).await;
        assert_eq!(catalog.found("q=listed").await, identity);
        assert_eq!(catalog.found("q=111x").await, identity);
    }
}
