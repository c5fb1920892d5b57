//! vetrina: a self-hosted server compatible with the Luigi's Box content and search APIs.
//!
//! The folders, in the order a request meets them:
//!
//! | module | what it is for | what it does not know |
//! |---|---|---|
//! | [`cli`] | subcommands; the only place that loads the configuration | |
//! | [`server`] | puts engine and routes together, serves, ends cleanly | |
//! | [`config`] | checked settings from file and environment | every module but the domain |
//! | [`telemetry`] | log lines and metrics of a running server | what is counted |
//! | [`http`] | connections, limits, encodings, request ids | any search API |
//! | [`auth`] | who is asking: signatures, keys, dates | HTTP types |
//! | [`throttle`] | how much each client may ask for | HTTP types |
//! | [`api`] | one folder per wire dialect: paths, JSON, error bodies | how data is kept |
//! | [`browse`] | the server's own pages for people | how data is kept |
//! | [`domain`] | what the product means | I/O, async, serde |
//! | [`engine`] | the data; the only door are the traits of [`engine::Engine`] | the wire |
//! | [`files`] | files of objects, fetched and read | the wire |
//! | `sync` | catalogs kept in step with a PostgreSQL database | the wire |

pub mod cli;
pub mod config;
pub mod server;
pub mod telemetry;

pub mod http;

pub mod auth;

pub mod throttle;

pub mod api;

pub mod browse;

pub mod domain;

pub mod engine;

pub mod files;

#[cfg(feature = "postgres")]
pub mod sync;

#[cfg(test)]
mod allocations;
