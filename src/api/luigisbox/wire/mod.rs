//! JSON and query-string forms of the Luigi's Box API, and their conversion to and from the domain.
//!
//! "Compatible" means that an integration written for the hosted service works unchanged: whatever
//! one of its clients has been seen to send is read, and answers have the shape those clients test
//! for. The public description of the API is at <https://docs.luigisbox.com>.

pub mod autocomplete;
pub mod content;
pub mod event;
pub mod export;
pub mod problem;
pub mod recommend;
pub mod search;
pub mod top_items;
pub mod types;
pub mod update_by_query;
pub mod write_options;

mod attributes;
mod context;
mod correction;
mod element;
mod explanation;
pub mod exported;
mod facet;
pub mod facet_value;
mod filter;
pub mod filter_tree;
mod hit;
mod names;
mod object;
mod paging;
mod quicksearch;
mod redirect;
mod report;
mod shape;
mod sort;
mod submission;
mod trim;
mod value;
pub mod weights;

pub use element::Element;
pub use report::{Pending, Report};
