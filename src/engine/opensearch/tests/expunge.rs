//! What was written over goes out of an index, so that it does not count in the weight of words.

use super::{add, id, start};
use crate::engine::conformance::cluster::Indices;
use crate::engine::conformance::objects::{integer, product};
use crate::engine::opensearch::expunge::{Expunged, expunge, to_expunge};

/// The cluster lets go of it half a minute after it was written over.
#[tokio::test]
async fn what_was_written_over_goes_out_of_the_index() {
    let Some(indices) = Indices::new() else {
        return;
    };
    let catalogs = start(indices.settings());
    let cluster = &catalogs.cluster;
    for round in 0..3 {
        let objects = (0..200).map(|at| product(&format!("p{at}")).with("round", integer(round)));
        add(&catalogs, objects).await;
        cluster
            .refresh(&cluster.names.catalog(&id()))
            .await
            .unwrap();
    }
    let mut expunged = Expunged::new();
    let found = to_expunge(cluster, &mut expunged).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(
        to_expunge(cluster, &mut expunged).await.unwrap().is_empty(),
        "not at once again"
    );
    for _ in 0..30 {
        expunge(cluster, &found[0]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        if to_expunge(cluster, &mut Expunged::new())
            .await
            .unwrap()
            .is_empty()
        {
            return;
        }
    }
    panic!("it stays");
}
