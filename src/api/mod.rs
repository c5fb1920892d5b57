//! The wire dialects, one folder each; they do not know each other. This file joins their routers.

pub mod luigisbox;
mod state;

pub use state::{AppState, Limits, Parts, Sites};
