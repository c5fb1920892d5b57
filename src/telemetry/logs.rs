//! Logging: set up once, at the start of `serve`. Invariant: logs go to standard error, so that
//! standard output holds only what a person asked for.
//!
//! Names shared by spans and lines, so that one search finds a thing everywhere:
//!
//! | field | meaning |
//! |---|---|
//! | `http.request_id` | id of the request, as in `X-Request-Id`; on the request's span |
//! | `site.tracker_id` | the site a line is about |
//! | `object.identity` | the object a line is about |
//! | `method`, `path`, `status`, `bytes` | of one answered request |
//! | `duration_ms` | how long something took |
//! | `error` | the cause of a failure, logged once, where it is handled |
//! | `panic` | the words of a panic |
//! | `call`, `object_type`, `generation`, `is_forced`, `deleted` | of a call that deleted something ([`super::audit`]) |

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use super::audit;
use crate::config::{Log, LogFormat};

/// Starts logging, as `[log]` of the configuration says.
pub fn start(settings: &Log) -> Result<(), ParseError> {
    let filter = filter(&settings.level)?;
    let is_terminal = std::io::stderr().is_terminal();
    let human = match settings.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Human => true,
        LogFormat::Json => false,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A log that cannot be written, on a full disk say, must not end the server.
        .log_internal_errors(false)
        .with_ansi(human && is_terminal);
    // A second start in one process keeps the first: nothing is lost but the new settings.
    let started = if human {
        lines.with_target(false).try_init()
    } else {
        lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    };
    if started.is_ok() {
        log_panics();
    }
    Ok(())
}

/// What is no news, and what is left of it: a merge of which a segment went meanwhile, as all in it was deleted, begins
/// anew; a foreign server whose certificate is not trusted is the reason of its file.
const NOISE: [(&str, &str); 2] = [
    ("tantivy::indexer::segment_manager", "error"),
    ("rustls_platform_verifier", "off"),
];

/// What was deleted is told also where little else is, and what is no news to anybody only to who asks for it.
fn filter(level: &str) -> Result<EnvFilter, ParseError> {
    let mut filter: EnvFilter = level.parse()?;
    for (target, level_of_it) in [(audit::TARGET, "info")].into_iter().chain(NOISE) {
        if !level.contains(target) {
            filter = filter.add_directive(format!("{target}={level_of_it}").parse()?);
        }
    }
    Ok(filter)
}

/// Panics become log lines, with their place.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current().name().map(str::to_owned);
        let payload = panic.payload();
        let words = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        tracing::error!(panic = words, place, thread, "a thread panicked");
    }));
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    reason = "a level that cannot be read is a test that fails"
)]
mod tests {
    use super::*;

    #[test]
    fn what_was_deleted_is_told_and_noise_is_not_unless_somebody_says_otherwise() {
        let quiet = filter("warn").unwrap().to_string();
        assert!(
            quiet.contains(&format!("{}=info", audit::TARGET)),
            "{quiet}"
        );
        for (noise, level) in NOISE {
            assert!(quiet.contains(&format!("{noise}={level}")), "{quiet}");
            let own = format!("warn,{}=off,{noise}=debug", audit::TARGET);
            let own = filter(&own).unwrap().to_string();
            assert!(own.contains(&format!("{}=off", audit::TARGET)), "{own}");
            assert!(own.contains(&format!("{noise}=debug")), "{own}");
        }
    }
}
