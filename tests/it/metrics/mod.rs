//! `GET /metrics` (docs/operations.md): who may read it, that it is well-formed and documented, and that what
//! happens moves it by as much as happened.

mod access;
mod counts;
mod dashboards;
mod page;
mod receipts;

use crate::support::{Figures, TestServer};

/// The figures of a server without a token.
async fn figures(server: &TestServer) -> Figures {
    Figures::read(&server.get("/metrics").await.status(200).text())
}
