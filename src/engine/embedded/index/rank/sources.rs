//! Which attributes the signals of a ranking are read from, and which of them are hidden.

use crate::domain::{SearchQuery, SignalSource, is_hidden_path};

/// Which attribute a signal is read from.
pub(in super::super) fn attribute<'a>(source: &'a SignalSource, usual: &'a str) -> Option<&'a str> {
    match source {
        SignalSource::Usual => Some(usual),
        SignalSource::Attribute(name) => Some(name.as_str()),
        SignalSource::Off => None,
    }
}

/// Which signals are read from hidden attributes, so that no number may be told of them.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each signal")]
pub(in super::super) struct HiddenSignals {
    pub(in super::super) boost: bool,
    pub(in super::super) availability: bool,
    pub(in super::super) freshness: bool,
    pub(in super::super) factor: bool,
}

impl HiddenSignals {
    pub(in super::super) fn of(query: &SearchQuery) -> Self {
        let is_hidden = |source: &SignalSource| attribute(source, "").is_some_and(is_hidden_path);
        let sources = &query.signals;
        let mut boosts = query.functional_boosts.iter();
        Self {
            boost: is_hidden(&sources.boost),
            availability: is_hidden(&sources.availability) || is_hidden(&sources.availability_rank),
            freshness: is_hidden(&sources.freshness),
            factor: boosts.any(|boost| is_hidden_path(boost.field.as_str())),
        }
    }
}
