//! Transport: everything about a request that no search API decides. Invariant: it knows HTTP and
//! no wire dialect, so an error body is always made by somebody else; what fails in here is told by
//! a type ([`BodyError`]) or has one body for every dialect (500).
//!
//! What a request meets, in order:
//!
//! | file | what it does |
//! |---|---|
//! | `listen` | accepts connections, HTTP/1 and HTTP/2; lets them finish on shutdown |
//! | `budgets` | what all requests and connections share, and how much of it is taken |
//! | `seats` | caps them, all together and by address |
//! | `pace`, `paced_body`, `stream` | how long a client may send or take nothing |
//! | `line_ends` | refuses heads that proxies may read in another way |
//! | `transport` | one request through the files below |
//! | `host` | refuses requests that are for no host, or for two |
//! | `request_log` | gives the request an id and a span; one log line when it is answered |
//! | `inbound` | bounds the body in time; takes an unread rest off the connection |
//! | `client_address` | says who asks, through configured proxies |
//! | `path` | one spelling for `/a`, `/a/` and `//a`; keeps the path as received |
//! | `panics` | a panic in a handler is an answer, not the end of the process |
//! | `body` | for handlers: the whole body, bounded and decoded by `encoding` |
//! | `answers` | bounds what waits for clients that do not take it |
//! | `compression` | a layer for routes: answers in gzip, deflate, br or zstd |
//! | `date` | the time as headers have it, whatever the clock says |
//! | `retry_after` | for handlers: when to come again |
//! | `query_string` | for handlers: the parameters, as real clients write lists |

mod answers;
mod body;
mod budgets;
mod client_address;
mod compression;
pub mod date;
mod encoding;
mod head_size;
mod host;
mod inbound;
pub mod json;
mod line_ends;
mod listen;
mod pace;
mod paced_body;
mod panics;
mod path;
pub mod query_string;
pub mod request_log;
mod retry_after;
mod seats;
mod stream;
mod transport;

pub use answers::{AnswerRoom, NoRoom, PieceWriter, SourceRoom};
pub use body::{
    BodyBudget, BodyError, BodyLimits, BodyRoom, SizeLimit, prove, prove_body, read_body,
    read_body_with_proof, refuse_declared_length,
};
pub use budgets::{BudgetSettings, Budgets};
pub use client_address::{ClientAddress, TrustedProxies};
pub use compression::compressed;
pub use listen::{ConnectionSettings, listen};
pub use panics::{Panicked, caught};
pub use path::{OriginalPath, path_without};
pub use request_log::RequestId;
pub use retry_after::{BODY_RETRY_AFTER_S, to_be_retried};
pub use transport::{Answered, Observer, Transport, TransportSettings};

pub use axum::Router;
