//! `vetrina sign`: a signed request, as headers or as a curl command to paste (docs/reference/01-auth.md §2, §3).
//! Invariant: the key goes into the digest and nowhere else; what is printed can be shared.

use super::Failure;
use crate::auth::{SecretKey, digest, string_to_sign};
use crate::domain::TrackerId;
use crate::http::date;

#[derive(clap::Args)]
pub(super) struct Args {
    /// HTTP method, as in `POST`
    method: String,
    /// Path of the request, as in `/v1/content`; a query string is not signed
    path: String,
    /// Tracker id of the site
    #[arg(long, value_name = "ID")]
    tracker: String,
    /// Private key of the site
    #[arg(long, value_name = "KEY", env = "VETRINA_KEY", hide_env_values = true)]
    key: String,
    /// Value of the Content-Type header, signed byte by byte
    #[arg(
        long,
        value_name = "TYPE",
        default_value = "application/json; charset=utf-8"
    )]
    content_type: String,
    /// Value of the Date header; the present time if left out
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Print a whole curl command
    #[arg(long)]
    curl: bool,
    /// Server for the curl command; a path in it is put before PATH and signed with it
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:7700",
        requires = "curl"
    )]
    url: String,
    /// Body for the curl command: as it stands, or `@FILE`, or `@-` for standard input
    #[arg(long, value_name = "DATA", requires = "curl")]
    data: Option<String>,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a subcommand owns its arguments"
)]
pub(super) fn run(args: Args) -> Result<(), Failure> {
    let date = match &args.date {
        Some(date) => date.clone(),
        None => date::now(),
    };
    println!("{}", printed(&args, &date)?);
    Ok(())
}

fn printed(args: &Args, date: &str) -> Result<String, Failure> {
    let request = Request::of(args)?;
    let headers = request.headers(args, date);
    Ok(if args.curl {
        request.curl(args, &headers)
    } else {
        let lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        lines.join("\n")
    })
}

struct Request {
    method: String,
    /// Scheme and host, nothing after it.
    origin: String,
    /// As it will stand on the request line.
    target: String,
}

impl Request {
    fn of(args: &Args) -> Result<Self, Failure> {
        if TrackerId::new(&args.tracker).is_none() {
            return Err(format!("`{}` is no tracker id", args.tracker).into());
        }
        if !args.path.starts_with('/') {
            return Err(format!("`{}` is no path: it begins with `/`", args.path).into());
        }
        let (scheme, rest) = args
            .url
            .split_once("://")
            .ok_or_else(|| format!("`{}` is no URL", args.url))?;
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok(Self {
            method: args.method.to_uppercase(),
            origin: format!("{scheme}://{host}"),
            target: format!("{}{}", prefix.trim_end_matches('/'), args.path),
        })
    }

    fn headers(&self, args: &Args, date: &str) -> [(&'static str, String); 3] {
        let path = self.target.split('?').next().unwrap_or_default();
        let to_sign = string_to_sign(
            &self.method,
            args.content_type.as_bytes(),
            date.as_bytes(),
            path.as_bytes(),
        );
        let digest = digest(&SecretKey::new(&args.key), &to_sign);
        [
            ("Content-Type", args.content_type.clone()),
            ("Date", date.to_owned()),
            (
                "Authorization",
                format!("vetrina {}:{digest}", args.tracker),
            ),
        ]
    }

    fn curl(&self, args: &Args, headers: &[(&str, String)]) -> String {
        // `--globoff`: brackets as in `f[]` are meant as they stand.
        let mut parts = vec![format!("curl --globoff -X {}", quoted(&self.method))];
        parts.extend(
            headers
                .iter()
                .map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))),
        );
        if let Some(data) = &args.data {
            parts.push(format!("--data-binary {}", quoted(data)));
        }
        parts.push(quoted(&format!("{}{}", self.origin, self.target)));
        parts.join(" \\\n  ")
    }
}

/// One word for a POSIX shell, whatever it holds.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    const DATE: &str = "Thu, 29 Jun 2017 12:11:16 GMT";

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn sign(words: &[&str]) -> Result<String, Failure> {
        let common = ["sign", "--tracker", "1234-5678", "--key", "secret"];
        let line = Line::try_parse_from(common.iter().chain(words))?;
        printed(&line.args, DATE)
    }

    #[test]
    fn headers_carry_the_digest_of_the_references_test_vector() {
        let printed = sign(&["post", "/v1/content"]).expect("signed");
        assert_eq!(
            printed,
            "Content-Type: application/json; charset=utf-8\n\
             Date: Thu, 29 Jun 2017 12:11:16 GMT\n\
             Authorization: vetrina 1234-5678:6DyKg257unB1yLVi5aPuy+Xqy9xII5wuGJtG71gMX2w="
        );
    }

    #[test]
    fn the_query_string_is_sent_and_not_signed() {
        let plain = sign(&["POST", "/v1/content", "--curl"]).expect("signed");
        let with_query = sign(&["POST", "/v1/content?wait_for=visible", "--curl"]).expect("signed");
        assert!(with_query.ends_with("'http://127.0.0.1:7700/v1/content?wait_for=visible'"));
        let digest = |command: &str| command.lines().nth(3).map(str::to_owned);
        assert_eq!(digest(&plain), digest(&with_query));
    }

    #[test]
    fn a_path_in_the_url_is_signed_too() {
        let url = ["--curl", "--url", "https://shop.example/lb/"];
        let behind_proxy = sign(&[&["POST", "/v1/content"], &url[..]].concat()).expect("signed");
        let direct = sign(&["POST", "/lb/v1/content", "--curl"]).expect("signed");
        assert!(behind_proxy.ends_with("https://shop.example/lb/v1/content"));
        assert_eq!(behind_proxy.lines().nth(3), direct.lines().nth(3));
    }

    #[test]
    fn a_command_survives_the_shell() {
        let command = sign(&["POST", "/v1/content", "--curl", "--data", "@it's here.json"]);
        let command = command.expect("signed");
        assert!(
            command.contains(r"--data-binary '@it'\''s here.json'"),
            "{command}"
        );
        assert!(!command.contains("secret"), "{command}");
    }

    #[test]
    fn what_cannot_be_signed_is_refused_in_words() {
        assert!(sign(&["POST", "v1/content"]).is_err());
        assert!(sign(&["POST", "/v1/content", "--curl", "--url", "example"]).is_err());
        assert!(sign(&["POST", "/v1/content", "--url", "http://a"]).is_err());
    }
}
