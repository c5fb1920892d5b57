//! Figures in the text format of Prometheus (docs/operations.md). Invariant: [`names`] has every metric there is,
//! and no label holds what a client sent.
//!
//! | file | for |
//! |---|---|
//! | `names` | every metric: name, kind, labels, meaning |
//! | `labels` | the label values that code chooses among |
//! | `counted` | what is counted while requests are answered; one recorder a server |
//! | `lately` | how long searches and writes of the last hour took |
//! | `page` | what is looked up when somebody asks, written beside it |
//! | `process` | what the operating system says of this process |

mod counted;
pub mod labels;
mod lately;
pub mod names;
mod page;
mod process;

pub use counted::Metrics;
pub use labels::{Api, FileOutcome, Operation, SearchOutcome};
pub use lately::{LastHour, MINUTES, Minute, Timed};
pub use names::{Kind, Metric};
pub use page::Page;
pub use process::look_up as look_up_process;
