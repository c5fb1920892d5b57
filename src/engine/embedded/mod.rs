//! The engine that needs no other service: one catalog folder a site, SQLite and tantivy inside,
//! named nowhere else.

pub mod index;
