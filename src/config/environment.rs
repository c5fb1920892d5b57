//! Settings from the environment: every key of the file as a variable. Invariant: a variable means
//! exactly what the same text means in the file, so one set of checks serves both.
//!
//! `VETRINA_LISTEN` is `listen`; `VETRINA_LIMITS__BODY_BYTES_MAX` is `body_bytes_max` in `[limits]`;
//! `VETRINA_SITES__0__TRACKER_ID` is `tracker_id` of the first of `[[sites]]`.

use serde::Deserialize;
use toml::{Table, Value};

use super::file::FileConfig;
use super::misshapen;
use super::problem::{ConfigError, Problem};

const PREFIX: &str = "VETRINA_";

/// Most `[[sites]]` entries that can come from the environment.
const SITES_MAX: usize = 1000;

/// Every problem is told, not only the first.
pub(super) fn lay_over(
    table: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    let mut problems = Vec::new();
    // In the order of their names, so that sites come in order.
    let mut variables: Vec<Variable> = variables.into_iter().filter_map(Variable::new).collect();
    variables.sort_by(|a, b| a.path.cmp(&b.path));
    for variable in variables {
        if let Err(words) = variable.set_in(table) {
            problems.push(Problem::new(variable.name, words));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::Wrong(problems))
    }
}

struct Variable {
    name: String,
    path: Vec<Step>,
    text: String,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Index(usize),
    Key(String),
}

impl Variable {
    /// `None` for variables that are none of ours: another prefix, or a single word that is no key.
    /// Those are not errors, because container platforms set `VETRINA_PORT` and the like for a
    /// service of that name, and the other subcommands have variables of their own.
    fn new((name, text): (String, String)) -> Option<Self> {
        let steps = name.strip_prefix(PREFIX)?.split("__");
        let path: Vec<Step> = steps
            .map(|step| match step.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::Key(step.to_ascii_lowercase()),
            })
            .collect();
        let variable = Self { name, path, text };
        let is_ours = variable.path.len() > 1 || variable.value().is_ok();
        is_ours.then_some(variable)
    }

    fn set_in(&self, table: &mut Table) -> Result<(), String> {
        let value = self.value()?;
        set(table, &self.path, value)
    }

    /// Text where the key takes text, else what the text is in TOML. The shape of the configuration
    /// decides: it is asked with this one key set.
    fn value(&self) -> Result<Value, String> {
        let as_text = Value::String(self.text.clone());
        let refusal = match self.fits(as_text.clone()) {
            Ok(()) => return Ok(as_text),
            Err(refusal) => refusal,
        };
        let line = format!("value = {}", self.text);
        let read = line.parse::<Table>().ok().and_then(|mut table| {
            let is_one_value = table.len() == 1;
            table.remove("value").filter(|_| is_one_value)
        });
        match read {
            Some(value) => self.fits(value.clone()).map(|()| value),
            None => Err(refusal),
        }
    }

    fn fits(&self, value: Value) -> Result<(), String> {
        let mut alone = Table::new();
        // Where the index is, matters only among its neighbours.
        let path: Vec<Step> = self.path.iter().cloned().map(Step::at_the_start).collect();
        set(&mut alone, &path, value)?;
        match FileConfig::deserialize(alone) {
            Ok(_) => Ok(()),
            Err(error) => {
                let message = error.message();
                Err(misshapen::words(message).unwrap_or_else(|| message.to_owned()))
            }
        }
    }
}

impl Step {
    fn at_the_start(self) -> Self {
        match self {
            Self::Index(_) => Self::Index(0),
            key @ Self::Key(_) => key,
        }
    }
}

fn set(table: &mut Table, path: &[Step], value: Value) -> Result<(), String> {
    let unknown = || "no such key".to_owned();
    let [Step::Key(key), rest @ ..] = path else {
        return Err(unknown());
    };
    match rest {
        [] => {
            table.insert(key.clone(), value);
            Ok(())
        }
        [Step::Index(index), rest @ ..] => {
            let list = table
                .entry(key)
                .or_insert_with(|| Value::Array(Vec::new()))
                .as_array_mut()
                .ok_or_else(unknown)?;
            if *index > list.len() || *index >= SITES_MAX {
                return Err("entries are counted from 0, without a gap".to_owned());
            }
            if *index == list.len() {
                list.push(Value::Table(Table::new()));
            }
            let entry = list[*index].as_table_mut().ok_or_else(unknown)?;
            set(entry, rest, value)
        }
        rest => {
            let section = table
                .entry(key)
                .or_insert_with(|| Value::Table(Table::new()))
                .as_table_mut()
                .ok_or_else(unknown)?;
            set(section, rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, variables: &[(&str, &str)]) -> Result<FileConfig, String> {
        let variables = variables
            .iter()
            .map(|&(name, text)| (name.to_owned(), text.to_owned()));
        super::super::file::read(file, variables).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_win_over_the_file() {
        let file = "listen = \"127.0.0.1:1\"\n[limits]\nbody_bytes_max = 1\nconnections_max = 7";
        let variables = [
            ("VETRINA_LISTEN", "127.0.0.1:2"),
            ("VETRINA_LIMITS__BODY_BYTES_MAX", "2"),
            ("VETRINA_LOG__FORMAT", "json"),
        ];
        let config = read(file, &variables).expect("good settings");
        assert_eq!(config.listen.as_deref(), Some("127.0.0.1:2"));
        assert_eq!(config.limits.body_bytes_max, Some(2));
        assert_eq!(config.limits.connections_max, Some(7));
        assert_eq!(config.log.format.as_deref(), Some("json"));
    }

    #[test]
    fn sites_can_come_from_the_environment_alone() {
        let variables = [
            ("VETRINA_SITES__1__TRACKER_ID", "2"),
            ("VETRINA_SITES__0__TRACKER_ID", "1"),
            ("VETRINA_SITES__0__PRIVATE_KEY", "123"),
            ("VETRINA_SITES__1__PRIVATE_KEYS", r#"["a", "b"]"#),
            ("VETRINA_SITES__1__API_ALLOWED", "false"),
        ];
        let config = read("", &variables).expect("good settings");
        let [first, second] = &config.sites[..] else {
            panic!("two sites were set");
        };
        assert_eq!(first.tracker_id.as_deref(), Some("1"));
        let key = first.private_key.as_ref().expect("a key was set");
        assert_eq!(key.expose(), "123", "a key of digits is still text");
        assert_eq!(second.private_keys.len(), 2);
        assert_eq!(second.api_allowed, Some(false));
    }

    #[test]
    fn every_wrong_variable_is_told_by_name() {
        let variables = [
            ("VETRINA_LIMITS__BODY_BYTE_MAX", "1"),
            ("VETRINA_LIMITS__CONNECTIONS_MAX", "many"),
            ("VETRINA_SITES__3__TRACKER_ID", "a"),
        ];
        let message = read("", &variables).expect_err("three mistakes");
        for (name, _) in variables {
            assert!(message.contains(name), "{name} is missing in: {message}");
        }
    }

    #[test]
    fn what_a_key_takes_is_told_as_it_is_of_the_file() {
        let message = read("", &[("VETRINA_FILES__REDIRECTS_MAX", "-1")]);
        assert_eq!(
            message.expect_err("below zero"),
            "VETRINA_FILES__REDIRECTS_MAX: must be a whole number, 0 or more, and is `-1`"
        );
    }

    #[test]
    fn variables_of_others_are_left_alone() {
        let variables = [
            ("HOME", "/root"),
            ("VETRINA_KEY", "for `vetrina sign`"),
            ("VETRINA_PORT", "tcp://10.0.0.1:80"),
        ];
        assert!(read("", &variables).is_ok());
    }
}
