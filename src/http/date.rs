//! Instants as HTTP writes them. Invariant: a clock that stands before 1970 or after 9999 gives the nearest date
//! that can be written, never a panic, also when it is set while the server runs.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

/// The first second of the year 10000, in seconds since the epoch.
const END_S: u64 = 253_402_300_800;

/// Whether HTTP can write the machine's time.
pub fn is_now_writable() -> bool {
    let now = SystemTime::now();
    now == within(now)
}

/// The machine's time as a `Date` header has it.
pub fn now() -> String {
    written(SystemTime::now())
}

/// The same as a header, written once a second and thread.
pub(super) fn header() -> HeaderValue {
    header_at(SystemTime::now())
}

fn header_at(at: SystemTime) -> HeaderValue {
    thread_local!(static LAST: RefCell<Option<(u64, HeaderValue)>> = const { RefCell::new(None) });
    let since = within(at).duration_since(UNIX_EPOCH).unwrap_or_default();
    LAST.with_borrow_mut(|last| match last {
        Some((second, header)) if *second == since.as_secs() => header.clone(),
        _ => {
            let header = HeaderValue::try_from(written(at)).expect("a date is visible ASCII");
            *last = Some((since.as_secs(), header.clone()));
            header
        }
    })
}

/// Has hyper write a date on this thread. It keeps one for each thread, looked at whether it is sent or not, and
/// panics where the first one it writes cannot be written; with one from before it waits for a later one.
pub fn prime_thread() {
    let nobody = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(Response::new(Body::empty()))
    });
    let closed = TokioIo::new(tokio::io::empty());
    let connection = pin!(http1::Builder::new().serve_connection(closed, nobody));
    // It ends at once: nothing comes.
    drop(connection.poll(&mut Context::from_waker(Waker::noop())));
}

fn written(at: SystemTime) -> String {
    httpdate::fmt_http_date(within(at))
}

fn within(at: SystemTime) -> SystemTime {
    let last = UNIX_EPOCH + Duration::from_secs(END_S - 1);
    at.clamp(UNIX_EPOCH, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_clocks_have_dates_too() {
        let day = Duration::from_secs(86_400);
        let before = UNIX_EPOCH.checked_sub(day).expect("an instant");
        let long_after = UNIX_EPOCH + Duration::from_secs(END_S);
        for (at, expected) in [
            (before, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (UNIX_EPOCH + day, "Fri, 02 Jan 1970 00:00:00 GMT"),
            (long_after, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(written(at), expected);
        }
    }

    /// A clock set before 1970 while the server ran made the tasks of connections panic.
    #[test]
    fn a_clock_that_jumps_while_the_server_runs_makes_headers_all_the_same() {
        let day = Duration::from_secs(86_400);
        let before = UNIX_EPOCH.checked_sub(day).expect("an instant");
        for (at, expected) in [
            (UNIX_EPOCH + day, "Fri, 02 Jan 1970 00:00:00 GMT"),
            (
                UNIX_EPOCH + day + Duration::from_millis(999),
                "Fri, 02 Jan 1970 00:00:00 GMT",
            ),
            (before, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (
                UNIX_EPOCH + Duration::from_secs(END_S * 2),
                "Fri, 31 Dec 9999 23:59:59 GMT",
            ),
            (UNIX_EPOCH + 2 * day, "Sat, 03 Jan 1970 00:00:00 GMT"),
        ] {
            assert_eq!(header_at(at), expected);
        }
    }

    #[test]
    fn a_thread_can_be_primed_anywhere() {
        std::thread::spawn(prime_thread).join().expect("no panic");
    }
}
