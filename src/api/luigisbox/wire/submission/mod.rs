//! Whole objects, read only where their words are new. A nightly upload repeats most of the last one
//! word for word but for its generation; such an object is looked at (its identity, its generation,
//! its [`Fingerprint`]) and handed on unread. Invariant: whatever is unusual about a request, it is
//! answered as if every object had been read.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::content::{Batch, BatchError, DEPTH_MAX, VALUES_MAX};
use super::element::Element;
use super::object::{ElementShape, Sent, SentObject};
use super::report::SentFile;
use super::shape::{Expect, Key};
use super::value::{Budget, ValueSeed};
use crate::domain::{
    FieldValue, Fingerprint, Generation, Identity, Object, ObjectType, Problems, Rule, Submission,
    Unread,
};
use crate::http::json::nesting_depth_exceeds;

impl Element for Submission {
    fn check(sent: &mut SentObject, identity: Result<Identity, Rule>) -> Result<Self, Problems> {
        Object::check(sent, identity).map(Self::from)
    }

    fn identity(&self) -> &Identity {
        self.identity()
    }

    fn object_type(&self) -> Option<&ObjectType> {
        match self {
            Self::Read { object, .. } => Some(&object.object_type),
            Self::Unread(_) => None,
        }
    }

    fn generation(&self) -> Option<&Generation> {
        match self {
            Self::Read { object, .. } => object.generation.as_ref(),
            Self::Unread(unread) => unread.generation.as_ref(),
        }
    }

    fn file(&self) -> Option<SentFile> {
        match self {
            Self::Read { object, .. } => SentFile::of(object),
            Self::Unread(_) => None,
        }
    }
}

impl Batch<Submission> {
    /// Reads a body of at most `elements_max` objects, but for those that are remembered.
    pub fn read_new(
        body: &Bytes,
        elements_max: usize,
        remembers: impl Fn(Fingerprint) -> bool,
    ) -> Result<Self, BatchError> {
        match Self::read_elements(body, elements_max, remembers) {
            Some(batch) => Ok(batch),
            None => Self::read(body, elements_max),
        }
    }

    /// `None` when only reading the request as a whole tells what it is.
    fn read_elements(
        body: &Bytes,
        elements_max: usize,
        remembers: impl Fn(Fingerprint) -> bool,
    ) -> Option<Self> {
        let budget = Budget::new(VALUES_MAX, elements_max);
        let elements = read_whole(body, EnvelopeSeed(&budget))?;
        if elements.len() > elements_max {
            return None;
        }
        let mut batch = Self::default();
        for (position, raw) in elements.into_iter().enumerate() {
            let words = raw.get();
            match Sketch::of(words, &budget) {
                Some(sketch) if remembers(sketch.fingerprint) => {
                    let words = body.slice_ref(words.as_bytes());
                    batch.accept(Submission::Unread(sketch.unread(words)));
                }
                // What is remembered was not too deep when it was read.
                _ if nesting_depth_exceeds(words.as_bytes(), DEPTH_MAX - 2) => return None,
                sketch => {
                    let sent = read_whole(words.as_bytes(), Expect(ElementShape(&budget)))?;
                    let fingerprint = sketch.map(|sketch| sketch.fingerprint);
                    batch.add_as(position, sent, |read: Object| Submission::Read {
                        object: read,
                        fingerprint,
                    });
                }
            }
        }
        Some(batch)
    }
}

/// The value of the seed, if that is all there is.
fn read_whole<'de, S: DeserializeSeed<'de>>(json: &'de [u8], seed: S) -> Option<S::Value> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let value = seed.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(value)
}

/// The elements of `objects`, as sent once and as a list.
struct EnvelopeSeed<'b>(&'b Budget);

impl<'de> DeserializeSeed<'de> for EnvelopeSeed<'_> {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EnvelopeSeed<'_> {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a write request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut objects = None;
        while let Some(Key(key)) = map.next_key()? {
            if key == "objects" {
                set_once(&mut objects, map.next_value()?)?;
            } else {
                let beside: &RawValue = map.next_value()?;
                let beside = beside.get().as_bytes();
                if nesting_depth_exceeds(beside, DEPTH_MAX - 1) {
                    return Err(A::Error::custom("too deep"));
                }
                read_whole(beside, ValueSeed(self.0)).ok_or_else(|| A::Error::custom("broken"))?;
            }
        }
        objects.ok_or_else(|| A::Error::missing_field("objects"))
    }
}

/// What is told of an object without reading it.
struct Sketch {
    identity: Identity,
    generation: Option<Generation>,
    fingerprint: Fingerprint,
}

impl Sketch {
    /// `None` for what is no JSON object or has no good name.
    fn of(words: &str, budget: &Budget) -> Option<Self> {
        let keys = read_whole(words.as_bytes(), KeysSeed)?;
        let fingerprint = match keys.generation {
            None => Fingerprint::of(words, ""),
            Some((key, value)) => {
                let (before, behind) = around(words, key, value.get())?;
                Fingerprint::of(before, behind)
            }
        };
        let sent = SentObject {
            identity: read_key(keys.identity, budget)?,
            url: read_key(keys.url, budget)?,
            generation: read_key(keys.generation.map(|(_, value)| value), budget)?,
            ..SentObject::default()
        };
        Some(Self {
            identity: sent.identity().ok()?,
            generation: sent.generation().ok()?,
            fingerprint,
        })
    }

    fn unread(self, words: Bytes) -> Unread {
        let bytes = words.len();
        Unread::new(
            self.identity,
            self.generation,
            self.fingerprint,
            bytes,
            move || read_object(&words),
        )
    }
}

/// The text of an object before and behind one of its entries, as if it had never held it. Key and
/// value are parts of that text.
fn around<'t>(words: &'t str, key: &str, value: &str) -> Option<(&'t str, &'t str)> {
    const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];
    let offset = |part: &str| (part.as_ptr() as usize).checked_sub(words.as_ptr() as usize);
    let quote = offset(key)?.checked_sub(1)?;
    let before = words.get(..quote)?.trim_end_matches(BLANK);
    let behind = words.get(offset(value)? + value.len()..)?;
    if let Some(before) = before.strip_suffix(',') {
        return Some((before.trim_end_matches(BLANK), behind));
    }
    let behind = behind.trim_start_matches(BLANK);
    let behind = behind.strip_prefix(',').unwrap_or(behind);
    Some((before, behind.trim_start_matches(BLANK)))
}

fn read_object(words: &[u8]) -> Result<Object, Problems> {
    let budget = Budget::new(VALUES_MAX, 1);
    let sent = read_whole(words, Expect(ElementShape(&budget))).flatten();
    let mut sent = sent.ok_or_else(|| Problems::one(["object"], Rule::NotMap))?;
    let identity = sent.identity();
    Object::check(&mut sent, identity)
}

fn read_key(value: Option<&RawValue>, budget: &Budget) -> Option<Sent<FieldValue>> {
    match value {
        None => Some(Sent::Absent),
        Some(value) => read_whole(value.get().as_bytes(), ValueSeed(budget)).map(Sent::from),
    }
}

#[derive(Default)]
struct Keys<'a> {
    identity: Option<&'a RawValue>,
    url: Option<&'a RawValue>,
    /// The key as it stands in the text, and its value.
    generation: Option<(&'a str, &'a RawValue)>,
}

struct KeysSeed;

impl<'de> DeserializeSeed<'de> for KeysSeed {
    type Value = Keys<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for KeysSeed {
    type Value = Keys<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::default();
        while let Some(Key(key)) = map.next_key()? {
            match &*key {
                "generation" => {
                    let Cow::Borrowed(name) = key else {
                        return Err(A::Error::custom("sent in disguise"));
                    };
                    set_once(&mut keys.generation, (name, map.next_value()?))?;
                }
                "identity" => set_once(&mut keys.identity, map.next_value()?)?,
                "url" => set_once(&mut keys.url, map.next_value()?)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(keys)
    }
}

/// Of a key sent twice the last value counts, which is more than a sketch should have to know.
fn set_once<T, E: Error>(place: &mut Option<T>, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom("sent twice")),
    }
}

#[cfg(test)]
mod tests;
