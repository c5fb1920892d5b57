//! What the API is, for machines and for people (`/openapi.json`, `/docs`). A route is made of its description: method
//! and path stand in an [`Operation`] alone, and [`Described::on`] is the only way to serve one. Invariant: what the
//! server serves is described, and nothing else is.

mod described;
mod document;
mod example;
mod operation;
mod parameter;
pub mod schema;
mod serve;

pub use described::Described;
pub use document::{Description, Place};
pub use example::Example;
pub use operation::{Operation, Security, Verb};
pub use parameter::Parameter;
pub use serve::serve;
