//! Parameters that nobody would think of.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_parameters_make_a_server_error(query in "(q|f|f\\[\\]|size|page|from|sort|facets|hit_fields|tracker_id|[=&:,|%+\u{1}-\u{7f}]){0,30}") {
        let encoded: String = query.bytes().map(|b| match b {
            b'!'..=b'~' if !b"\"#<>".contains(&b) => char::from(b).to_string(),
            _ => format!("%{b:02x}"),
        }).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let status = runtime.expect("a runtime").block_on(async {
            let query = format!("{encoded}&tracker_id=1234-5678");
            server(|| counted(1_000)).get(&query).await.status()
        });
        prop_assert_eq!(status, StatusCode::OK);
    }
}
