//! The `LuxMart` dialect: its answers, its log, its search, and its shop.

mod answers;
mod database;
mod progress;
mod related;
mod search;
