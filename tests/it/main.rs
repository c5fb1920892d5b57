//! The integration tests: one binary, so that the server is linked once. A list of modules, nothing
//! else.

mod strangers;
mod support;

mod at_rest;
mod audit;
mod bad_input;
mod browse;
mod cases;
mod cli;
mod config;
mod doc_links;
mod doctor;
mod documentation;
mod durability;
mod events;
mod export;
mod extract;
mod files;
mod first_steps;
#[cfg(target_os = "linux")]
mod flood;
mod hidden;
mod http;
mod import;
mod layering;
mod luigisbox;
#[cfg(feature = "postgres")]
mod luxmart;
mod many_sites;
mod metrics;
mod naive_model;
mod openapi;
mod opensearch;
mod recommend;
mod reload;
mod supervisor;
mod swiftype;
#[cfg(feature = "postgres")]
mod sync;
mod tidy;
