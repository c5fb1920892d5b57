//! A request as somebody pastes it: a request line, headers a line each, as `curl -v`, a log or a debugger print them.
//! Invariant: what is read of a value is what stands behind its colon, blanks around it left out.

/// The parts that are signed, and how the signature was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pasted {
    pub(super) method: String,
    /// With a query string where one was pasted.
    pub(super) target: String,
    pub(super) authorization: Vec<String>,
    pub(super) date: Vec<String>,
    pub(super) content_type: Vec<String>,
}

impl Pasted {
    pub(super) fn read(text: &str) -> Self {
        let mut pasted = Self::default();
        for line in text.lines() {
            // `curl -v` prints what it sends behind `>`; commands have headers in quotes behind `-H`.
            let line = line.trim().trim_start_matches('>').trim();
            let line = line.strip_prefix("-H").map_or(line, str::trim);
            let line = line
                .trim_end_matches('\\')
                .trim()
                .trim_matches(['\'', '"', ',']);
            if let Some((method, target)) = request_line(line) {
                pasted.method = method;
                pasted.target = target;
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let name = name.trim().trim_matches(['\'', '"']).to_ascii_lowercase();
            let value = value.trim().trim_matches(['\'', '"']).to_owned();
            match name.replace('_', "-").as_str() {
                "authorization" => pasted.authorization.push(value),
                "date" => pasted.date.push(value),
                "content-type" => pasted.content_type.push(value),
                _ => {}
            }
        }
        pasted
    }

    /// What is signed of the target.
    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// `POST /v1/content HTTP/1.1`, or with a whole address.
fn request_line(line: &str) -> Option<(String, String)> {
    const METHODS: [&str; 5] = ["GET", "POST", "PATCH", "DELETE", "PUT"];
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?, words.next()?);
    if !METHODS
        .iter()
        .any(|known| method.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let path = match target.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    };
    path.starts_with('/')
        .then(|| (method.to_owned(), path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_as_they_are_printed() {
        let plain = Pasted::read(
            "POST /v1/content?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nDate: Thu, 29 Jun 2017 \
             12:11:16 GMT\r\nAuthorization: a 1-1:b=\r\n",
        );
        assert_eq!(
            (plain.method.as_str(), plain.path()),
            ("POST", "/v1/content")
        );
        assert_eq!(plain.content_type, ["application/json"]);
        assert_eq!(plain.date, ["Thu, 29 Jun 2017 12:11:16 GMT"]);
        assert_eq!(plain.authorization, ["a 1-1:b="]);
        let verbose = Pasted::read("> POST https://x.example/v1/content HTTP/2\n> date: D\n");
        assert_eq!(
            (verbose.path(), verbose.date[0].as_str()),
            ("/v1/content", "D")
        );
        let command = Pasted::read("-H 'Content-Type: text/plain' \\\n  -H \"Date: D\" \\");
        assert_eq!(command.content_type, ["text/plain"]);
        assert_eq!(command.date, ["D"]);
        assert_eq!(Pasted::read("nothing of it"), Pasted::default());
    }
}
