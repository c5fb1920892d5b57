//! vetrina: a self-hosted server compatible with the Luigi's Box content and search APIs.
//!
//! The folders, in the order a request meets them:
//!
//! | module | what it is for |
//! |---|---|
//! | [`auth`] | who is asking: signatures, keys, dates |
//! | [`api`] | one folder per wire dialect: paths, JSON, error bodies |
//! | [`domain`] | what the product means; no I/O, no async, no serde |
//! | [`engine`] | the data; the only door is the [`engine::Engine`] trait |

pub mod api;
pub mod auth;
pub mod domain;
pub mod engine;
