//! The client against a cluster that misbehaves (`fake`).

mod bulk;
mod fake;
mod tries;
