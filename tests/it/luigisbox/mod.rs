//! The Luigi's Box API as shops use it, one file per endpoint.

mod auth;
mod content;
mod generation;
mod search;
