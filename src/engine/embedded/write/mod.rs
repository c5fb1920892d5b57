//! What is written. Invariant: only the worker of a site changes its store while it is served.
//!
//! | file | for |
//! |---|---|
//! | `worker` | the thread that takes what waits as one write batch, makes it durable, and answers |
//! | `free_names` | names of attributes that no object has, found behind its back and given up by it |
//!
//! What waits for the worker is part of the state of a site: `catalog`.

pub(super) mod free_names;
pub(super) mod worker;
