//! Who has shown the token. Invariant: there are at most [`SESSIONS_MAX`] sessions, none lives longer than
//! [`SESSION_S`], and all end when the token is another.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use blake3::Hash;
use uuid::Uuid;

use crate::domain::Timestamp;

/// The oldest ends when there is one more.
const SESSIONS_MAX: usize = 64;

/// From its beginning: a working day.
pub(super) const SESSION_S: i64 = 12 * 60 * 60;

/// Sessions by the hash of what their cookies hold, so that how long a look-up takes says nothing.
#[derive(Debug)]
pub struct Sessions {
    opened: Mutex<Opened>,
    /// Of this run of the server: in place of a session where none is asked for.
    local: String,
}

#[derive(Debug, Default)]
struct Opened {
    token: Option<Hash>,
    since: HashMap<Hash, Timestamp>,
}

/// What the cookie of a session holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionKey(String);

impl SessionKey {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> Hash {
        blake3::hash(self.0.as_bytes())
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            opened: Mutex::default(),
            local: random(),
        }
    }
}

impl Sessions {
    /// The token there is from now on; another one than before ends every session.
    pub fn follow(&self, token: Option<&str>) {
        let token = token.map(|token| blake3::hash(token.as_bytes()));
        let mut opened = self.opened();
        if opened.token != token {
            *opened = Opened {
                token,
                since: HashMap::new(),
            };
        }
    }

    pub(super) fn open(&self, now: Timestamp) -> SessionKey {
        let key = SessionKey(random());
        let mut opened = self.opened();
        opened.since.retain(|_, since| !is_over(*since, now));
        while opened.since.len() >= SESSIONS_MAX {
            let oldest = opened
                .since
                .iter()
                .min_by_key(|(_, since)| since.as_millis());
            let Some(oldest) = oldest.map(|(hash, _)| *hash) else {
                break;
            };
            opened.since.remove(&oldest);
        }
        opened.since.insert(key.hash(), now);
        key
    }

    pub(super) fn is_open(&self, key: &SessionKey, now: Timestamp) -> bool {
        let since = self.opened().since.get(&key.hash()).copied();
        since.is_some_and(|since| !is_over(since, now))
    }

    pub(super) fn close(&self, key: &SessionKey) {
        self.opened().since.remove(&key.hash());
    }

    /// What forms of a page carry, which no other page can know: it follows from the session, or from this run of
    /// the server.
    pub(super) fn form_key(&self, session: Option<&SessionKey>) -> String {
        let secret = session.map_or(self.local.as_str(), SessionKey::as_str);
        let key = blake3::derive_key("vetrina 2026 forms of pages", secret.as_bytes());
        Hash::from(key).to_hex().to_string()
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        // Nothing under this lock can panic half way.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that was set back ends a session, too.
fn is_over(since: Timestamp, now: Timestamp) -> bool {
    let age_ms = now.as_millis() - since.as_millis();
    !(0..SESSION_S * 1000).contains(&age_ms)
}

/// 244 bits that nobody can guess.
fn random() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn a_session_ends_by_time_by_its_owner_and_with_the_token() {
        let sessions = Sessions::default();
        sessions.follow(Some("a"));
        let key = sessions.open(at(0));
        assert!(sessions.is_open(&key, at(SESSION_S - 1)));
        assert!(!sessions.is_open(&key, at(SESSION_S)));
        assert!(!sessions.is_open(&key, at(-1)));
        assert!(!sessions.is_open(&SessionKey::new("another"), at(0)));
        sessions.follow(Some("a"));
        assert!(sessions.is_open(&key, at(0)));
        sessions.close(&key);
        assert!(!sessions.is_open(&key, at(0)));
        let key = sessions.open(at(0));
        sessions.follow(Some("b"));
        assert!(!sessions.is_open(&key, at(0)));
    }

    #[test]
    fn the_oldest_session_makes_room() {
        let sessions = Sessions::default();
        let keys: Vec<_> = (0..=SESSIONS_MAX as i64)
            .map(|second| sessions.open(at(second)))
            .collect();
        let now = at(SESSIONS_MAX as i64);
        assert!(!sessions.is_open(&keys[0], now));
        assert!(keys[1..].iter().all(|key| sessions.is_open(key, now)));
    }

    #[test]
    fn each_session_has_forms_of_its_own() {
        let sessions = Sessions::default();
        let (one, other) = (sessions.open(at(0)), sessions.open(at(0)));
        let of_one = sessions.form_key(Some(&one));
        assert_eq!(of_one, sessions.form_key(Some(&one)));
        assert_ne!(of_one, sessions.form_key(Some(&other)));
        assert_ne!(of_one, sessions.form_key(None));
        assert!(!of_one.contains(one.as_str()));
        assert_ne!(sessions.form_key(None), Sessions::default().form_key(None));
    }
}
