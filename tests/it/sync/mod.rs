//! Product sync against a real `PostgreSQL` (docs/reference/11-product-sync.md). Each test has a database of
//! its own.

mod auto;
mod changes;
mod command;
mod crash;
mod failures;
mod figures;
mod full;
mod guard;
mod model;
mod modes;
mod queue;
mod reload;
mod restored;
mod several;
mod shop;
mod tls;

pub(crate) use command::{install, launch, source_command};
pub(crate) use shop::{ADMIN, Shop, USER, ask_sync, ended, items, objects_of, source};
