//! What a service manager has put into the environment for whoever it starts (systemd's `sd_notify`). Invariant: without
//! one, or with one that means another process, there is none.

use std::ffi::OsString;
use std::time::Duration;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupervisorSettings {
    /// Where it listens: a path, or with `@` in front an abstract name.
    pub socket: Option<OsString>,
    /// It ends a process that it does not hear of for so long.
    pub watchdog: Option<Duration>,
}

/// Of this process.
pub fn supervisor() -> SupervisorSettings {
    read(|name| std::env::var_os(name), std::process::id())
}

fn read(variable: impl Fn(&str) -> Option<OsString>, own_id: u32) -> SupervisorSettings {
    let number = |name| variable(name)?.to_str()?.parse::<u64>().ok();
    let is_meant = number("WATCHDOG_PID").is_none_or(|id| id == u64::from(own_id));
    let watchdog = number("WATCHDOG_USEC").filter(|micros| is_meant && *micros > 0);
    SupervisorSettings {
        socket: variable("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()),
        watchdog: watchdog.map(Duration::from_micros),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_from(variables: &[(&str, &str)]) -> SupervisorSettings {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
        read(|name| find(name).map(|(_, value)| OsString::from(value)), 7)
    }

    #[test]
    fn only_what_is_meant_for_this_process_counts() {
        assert_eq!(read_from(&[]), SupervisorSettings::default());
        let watched = read_from(&[("NOTIFY_SOCKET", "/run/n"), ("WATCHDOG_USEC", "30000000")]);
        assert_eq!(watched.socket, Some("/run/n".into()));
        assert_eq!(watched.watchdog, Some(Duration::from_secs(30)));
        for (id, is_watched) in [("7", true), ("8", false)] {
            let read = read_from(&[("WATCHDOG_USEC", "5"), ("WATCHDOG_PID", id)]);
            assert_eq!(read.watchdog.is_some(), is_watched, "{id}");
        }
        for bad in ["", "x", "-1", "0"] {
            assert_eq!(
                read_from(&[("WATCHDOG_USEC", bad), ("NOTIFY_SOCKET", "")]),
                SupervisorSettings::default()
            );
        }
    }
}
