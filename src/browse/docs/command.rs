//! An example as a command to paste. Invariant: whatever a value holds, a POSIX shell hands it on as it is.

use serde_json::Value;

use super::{list, members, text};

/// The request of an example for `curl`; a signed one is made by `vetrina sign`, which prints the `curl` it makes.
pub(super) fn command(base: &str, method: &str, path: &str, json: &Value, example: &str) -> String {
    let target = target(path, json, example);
    let body = &json["requestBody"]["content"]["application/json"]["examples"][example]["value"];
    let scheme = list(&json["security"]).first();
    let scheme = scheme.and_then(|schemes| members(schemes).next());
    let scheme = scheme.map(|(name, _)| name.as_str());
    if scheme == Some("signature") {
        let body = match body {
            Value::Null => String::new(),
            body => format!(" \\\n  --data {}", quoted(&body.to_string())),
        };
        return format!(
            "vetrina sign {} {} --tracker 1234-5678 --key \"$KEY\" \\\n  --url {} --curl{body} | sh",
            method.to_uppercase(),
            quoted(&target),
            quoted(base),
        );
    }
    let address = quoted(&format!("{base}{target}"));
    let mut words = vec![format!("curl --globoff {address}")];
    if method != "get" && (method != "post" || body.is_null()) {
        words.push(format!("-X {}", method.to_uppercase()));
    }
    let header = match scheme {
        Some("apiKey") => Some("Authorization: Bearer $API_KEY"),
        Some("syncToken") => Some("Authorization: Token $SYNC_TOKEN"),
        Some("adminToken") => Some("Authorization: Bearer $ADMIN_TOKEN"),
        _ => None,
    };
    words.extend(header.map(|header| format!("-H \"{header}\"")));
    if !body.is_null() {
        words.push("-H 'Content-Type: application/json'".to_owned());
        words.push(format!("-d {}", quoted(&body.to_string())));
    }
    words.join(" \\\n  ")
}

fn target(path: &str, json: &Value, example: &str) -> String {
    let mut path = path.to_owned();
    let mut query = form_urlencoded::Serializer::new(String::new());
    for parameter in list(&json["parameters"]) {
        let value = &parameter["examples"][example]["value"];
        let several = match value {
            Value::Null => &[],
            Value::Array(values) => values.as_slice(),
            value => std::slice::from_ref(value),
        };
        let name = text(&parameter["name"]);
        for value in several {
            let written = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            if text(&parameter["in"]) == "path" {
                path = path.replace(&format!("{{{name}}}"), &written);
            } else {
                query.append_pair(name, &written);
            }
        }
    }
    match query.finish() {
        query if query.is_empty() => path,
        // As people write them; `curl --globoff` takes the brackets as they are.
        query => format!(
            "{path}?{}",
            query
                .replace("%5B%5D", "[]")
                .replace("%3A", ":")
                .replace("%2C", ",")
        ),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_hold_whatever_examples_hold() {
        let json = json!({
            "parameters": [
                {"name": "id", "in": "path", "examples": {"a": {"value": "n-1"}}},
                {"name": "f[]", "in": "query", "examples": {"a": {"value": ["type:a b", "c:d"]}}},
                {"name": "q", "in": "query", "examples": {"b": {"value": "x"}}},
            ],
            "requestBody": {"content": {"application/json": {"examples": {"a": {"value": {"it": "isn't"}}}}}},
        });
        assert_eq!(
            command("http://h", "put", "/x/{id}", &json, "a"),
            "curl --globoff 'http://h/x/n-1?f[]=type:a+b&f[]=c:d' \\\n  -X PUT \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '{\"it\":\"isn'\\''t\"}'"
        );
        let signed = json!({"security": [{"signature": [], "signatureDate": []}]});
        assert_eq!(
            command("http://h", "get", "/x", &signed, "a"),
            "vetrina sign GET '/x' --tracker 1234-5678 --key \"$KEY\" \\\n  --url 'http://h' --curl | sh"
        );
    }
}
