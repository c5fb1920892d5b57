//! How much memory JSON takes once it is parsed, told from its bytes alone. What that is depends on what it is
//! parsed into, so whoever parses says what each part weighs. Invariant: nothing is parsed, no part counts less
//! than its weight, and broken JSON counts at least as much as what stands before the break.

use serde_json::Value;

use super::text_end;

/// Far deeper than any parser here goes: what nests deeper is refused unparsed.
const LEVELS_MAX: usize = 128;

/// What the parts of a JSON text take once they are parsed, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    /// What a byte of a body usually takes, with all that is made of it: so much is set aside for a body before
    /// it is there.
    pub usual_per_byte: usize,
    /// For each byte of the whole text, and of what is copied, in tenths: other forms that are about as long.
    pub byte_tenths: usize,
    pub copied_byte_tenths: usize,
    /// A map beside what it holds.
    pub map: usize,
    /// A value of a list; an entry of a map, its name beside its text.
    pub element: usize,
    pub entry: usize,
    /// What an entry takes more in a map of more entries than this.
    pub entries_narrow: usize,
    pub entry_wide: usize,
    /// Values of which more is made than values.
    pub lists: &'static [ListWeight],
}

/// What is made of a list beside its values.
#[derive(Clone, Copy, Debug)]
pub struct ListWeight {
    /// The name it has in a map.
    pub name: &'static str,
    /// Of each element, whatever it is.
    pub each: usize,
    pub copies: Copies,
}

/// How often a list is there beside itself.
#[derive(Clone, Copy, Debug)]
pub enum Copies {
    Times(usize),
    /// All of it once, and each element once for each behind it, where there are at most so many.
    ForEachBehind {
        elements_max: usize,
    },
}

impl Copies {
    fn times(self, elements: usize) -> usize {
        match self {
            Self::Times(times) => times,
            Self::ForEachBehind { elements_max } => {
                let behind = elements.min(elements_max).saturating_sub(1);
                1 + behind.div_ceil(2)
            }
        }
    }
}

/// A list or map whose end has not come.
struct Open {
    is_map: bool,
    /// What the next text of a map is.
    name_is_next: bool,
    /// Elements or entries.
    count: usize,
    /// What becomes of the value of the last name, and of this list or map.
    of_value: Option<ListWeight>,
    of_itself: Option<ListWeight>,
    /// Where it began, and what was counted before.
    begins: usize,
    before: usize,
}

impl Weights {
    /// A [`Value`], and what is made of it once more.
    pub const TREE: Self = Self {
        usual_per_byte: 12,
        byte_tenths: 20,
        copied_byte_tenths: 0,
        // A table of its entries, for at least three of them.
        map: 274,
        element: size_of::<Value>() + 48,
        // It grows by doubling; each entry has a hash and a place in an index. Then what is made of it.
        entry: 2 * (size_of::<(u64, String, Value)>() + size_of::<u64>()) + 112,
        entries_narrow: 32,
        entry_wide: 2 * 57,
        lists: &[],
    };

    /// What the parsed text takes at most, at the moment when most of it is there.
    pub fn of(&self, json: &[u8]) -> usize {
        // A form: its fields are kept twice over.
        if !matches!(json.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return json.len().saturating_mul(2);
        }
        let mut scale = Scale {
            weights: self,
            bytes: 0,
            beside: tenths(json.len(), self.byte_tenths),
            open: Vec::with_capacity(16),
        };
        scale.weigh(json);
        while let Some(open) = scale.open.pop() {
            scale.close(&open, json.len());
        }
        scale.bytes.saturating_add(scale.beside)
    }
}

fn tenths(bytes: usize, of_each: usize) -> usize {
    bytes.saturating_mul(of_each) / 10
}

struct Scale<'w> {
    weights: &'w Weights,
    /// The values, and what is made of them beside: copies of copies are none.
    bytes: usize,
    beside: usize,
    open: Vec<Open>,
}

impl Scale<'_> {
    fn weigh(&mut self, json: &[u8]) {
        let mut at = 0;
        while let Some(&byte) = json.get(at) {
            match byte {
                b'"' => {
                    let end = text_end(json, at + 1);
                    self.text(&json[at + 1..end.at], end.has_escapes);
                    at = end.behind;
                    continue;
                }
                b'{' | b'[' => {
                    if self.open.len() >= LEVELS_MAX {
                        return;
                    }
                    self.begin(byte == b'{', at);
                }
                b'}' | b']' => {
                    if let Some(open) = self.open.pop() {
                        self.close(&open, at + 1);
                    }
                }
                b',' => {
                    if let Some(open) = self.open.last_mut() {
                        open.name_is_next = open.is_map;
                    }
                }
                b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => {
                    self.value();
                    at = self.scalar(json, at);
                    continue;
                }
            }
            at += 1;
        }
    }

    /// A value begins; what a map holds was counted with its name.
    fn value(&mut self) {
        if let Some(open) = self.open.last_mut()
            && !open.is_map
        {
            open.count += 1;
        }
    }

    fn text(&mut self, text: &[u8], has_escapes: bool) {
        self.bytes += allocated(text.len());
        match self.open.last_mut() {
            Some(open) if open.name_is_next => {
                open.name_is_next = false;
                open.count += 1;
                let is_its = |list: &&ListWeight| list.name.as_bytes() == text;
                let lists = self.weights.lists.iter();
                // A name in disguise could be any of them.
                open.of_value = lists
                    .filter(|list| has_escapes || is_its(list))
                    .max_by_key(|list| list.copies.times(usize::MAX))
                    .copied();
            }
            _ => self.value(),
        }
    }

    /// A number or a word, whatever it spells; gives its end.
    fn scalar(&mut self, json: &[u8], from: usize) -> usize {
        /// What `1e15` is longer when it is written out.
        const WRITTEN_OUT: usize = 24;
        let is_part = |byte: &&u8| {
            !matches!(byte, b',' | b']' | b'}' | b'[' | b'{' | b':' | b'"') && **byte > b' '
        };
        let rest = &json[from..];
        let length = rest.iter().take_while(is_part).count();
        let is_number = rest
            .first()
            .is_some_and(|first| !first.is_ascii_alphabetic());
        if is_number
            && rest[..length]
                .iter()
                .any(|byte| matches!(byte, b'e' | b'E'))
        {
            self.bytes += WRITTEN_OUT;
        }
        from + length.max(1)
    }

    fn begin(&mut self, is_map: bool, at: usize) {
        self.value();
        let around = self.open.last().filter(|around| around.is_map);
        let of_itself = around.and_then(|around| around.of_value);
        self.open.push(Open {
            is_map,
            name_is_next: is_map,
            count: 0,
            of_value: None,
            of_itself,
            begins: at,
            before: self.bytes,
        });
    }

    fn close(&mut self, open: &Open, end: usize) {
        let weights = self.weights;
        let count = open.count;
        if open.is_map {
            let wide = usize::from(count > weights.entries_narrow) * weights.entry_wide;
            let held = if count < LONG { count } else { places(count) };
            self.bytes += weights.map + held * weights.entry + count * wide;
        } else {
            self.bytes += places(count) * weights.element;
        }
        if let Some(list) = open.of_itself {
            let text = tenths(end - open.begins, weights.copied_byte_tenths);
            let once = (self.bytes - open.before).saturating_add(text);
            let copies = once.saturating_mul(list.copies.times(count));
            self.beside = self.beside.saturating_add(count * list.each + copies);
        }
    }
}

/// What an allocator sets aside for a text.
fn allocated(bytes: usize) -> usize {
    match bytes {
        0 => 0,
        1..=64 => bytes.next_multiple_of(16),
        _ => bytes + bytes / 8 + 16,
    }
}

/// Lists of so many elements take what their growth takes: there may be one that is all of a body.
const LONG: usize = 4_096;

/// Places that a list has which was grown one by one: up to twice as many as are taken, and while it moves, as
/// a long one does, the old ones beside them.
fn places(count: usize) -> usize {
    match count {
        0 => 0,
        1..LONG => count.next_power_of_two().max(4),
        _ => count.next_power_of_two() / 2 * 3,
    }
}

#[cfg(test)]
mod tests;
