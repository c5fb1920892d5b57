//! JSON and query-string forms of the Luigi's Box API, and their conversion to and from the domain.

pub mod search;

mod attributes;
mod facet;
mod filter;
mod hit;
mod paging;
mod trim;
