//! What a body looks like, as lines: one a member, those of a member below it. Invariant: a schema that holds itself is
//! written once, and named where it comes again.

use serde_json::Value;

use super::{Words, list, members, text, words};

/// Members inside of members that are shown.
const DEPTH_MAX: usize = 6;

pub(super) struct Line {
    pub(super) depth: usize,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) words: Vec<Words>,
}

impl Line {
    /// A whole that is a map says nothing beside its members.
    pub(super) fn is_shown(&self) -> bool {
        self.depth > 0 || self.kind != "map"
    }
}

/// Every member of a schema; the first line is of the whole.
pub(super) fn lines(schema: &Value, named: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    let whole = Member {
        name: String::new(),
        is_required: true,
    };
    Writer {
        named,
        lines: &mut lines,
    }
    .write(whole, schema, 0, &mut Vec::new());
    lines
}

struct Member {
    name: String,
    is_required: bool,
}

struct Writer<'d, 'l> {
    named: &'d Value,
    lines: &'l mut Vec<Line>,
}

impl<'d> Writer<'d, '_> {
    fn write(&mut self, member: Member, schema: &'d Value, depth: usize, above: &mut Vec<&'d str>) {
        let (name, inside) = self.resolved(schema);
        let said = [schema, inside].map(|schema| text(&schema["description"]));
        let said = said.into_iter().find(|words| !words.is_empty());
        self.lines.push(Line {
            depth,
            name: member.name,
            kind: kind(schema),
            is_required: member.is_required,
            words: words(said.unwrap_or_default()),
        });
        let is_above = name.is_some_and(|name| above.contains(&name));
        if is_above || depth >= DEPTH_MAX {
            return;
        }
        above.extend(name);
        self.write_inside(inside, depth, above);
        if name.is_some() {
            above.pop();
        }
    }

    fn write_inside(&mut self, schema: &'d Value, depth: usize, above: &mut Vec<&'d str>) {
        let of_list = ["items", "additionalProperties"];
        for inner in of_list
            .map(|word| &schema[word])
            .into_iter()
            .filter(|inner| inner.is_object())
        {
            let (name, inside) = self.resolved(inner);
            if name.is_none_or(|name| !above.contains(&name)) {
                above.extend(name);
                self.write_inside(inside, depth, above);
                if name.is_some() {
                    above.pop();
                }
            }
        }
        for one in list(&schema["anyOf"]) {
            let either = Member {
                name: "or".to_owned(),
                is_required: false,
            };
            self.write(either, one, depth + 1, above);
        }
        let required = list(&schema["required"]);
        for (name, inner) in members(&schema["properties"]) {
            let member = Member {
                name: name.clone(),
                is_required: required.iter().any(|one| one == name),
            };
            self.write(member, inner, depth + 1, above);
        }
    }

    /// What a name stands for.
    fn resolved(&self, schema: &'d Value) -> (Option<&'d str>, &'d Value) {
        match named(schema) {
            Some(name) => (Some(name), &self.named[name]),
            None => (None, schema),
        }
    }
}

fn named(schema: &Value) -> Option<&str> {
    let path = schema.get("$ref")?.as_str()?;
    path.rsplit('/').next()
}

/// The type of a value in few words.
pub(super) fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return name.to_owned();
    }
    let texts = |list: &[Value]| list.iter().map(text).collect::<Vec<_>>().join(" | ");
    if let Some(values) = schema.get("enum") {
        return texts(list(values));
    }
    if schema.get("anyOf").is_some() {
        let kinds = list(&schema["anyOf"]).iter().map(kind);
        return kinds.collect::<Vec<_>>().join(" | ");
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => texts(kinds),
        Some(Value::String(word)) if word == "array" => {
            format!("list of {}", kind(&schema["items"]))
        }
        Some(Value::String(word)) if word == "object" => match &schema["additionalProperties"] {
            inner @ Value::Object(_) => format!("map of {}", kind(inner)),
            _ => "map".to_owned(),
        },
        Some(Value::String(word)) => match text(&schema["format"]) {
            "" => word.clone(),
            format => format!("{word} ({format})"),
        },
        _ => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_that_holds_itself_is_written_once() {
        let named = json!({"Node": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "title": {"type": "string"},
                "nested": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            },
        }});
        let schema = json!({"type": "array", "items": {"$ref": "#/components/schemas/Node"}});
        let lines = lines(&schema, &named);
        let told: Vec<(usize, &str, &str, bool)> = lines
            .iter()
            .map(|line| {
                (
                    line.depth,
                    line.name.as_str(),
                    line.kind.as_str(),
                    line.is_required,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (0, "", "list of Node", true),
                (1, "title", "string", true),
                (1, "nested", "list of Node", false),
            ]
        );
    }
}
