//! A page that signs a request, and one that says why a signature does not hold (docs/reference/01-auth.md).
//! Invariant: no private key of the server, and nothing computed with one, is in a page but whether a digest holds.

mod difference;
mod guesses;
mod pasted;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::Browse;
use super::failure::Failure;
use super::gate::{Visitor, read_form};
use super::page::{self, Frame};
use crate::api::address::base;
use crate::auth::{AuthError, AuthRules, RequestParts, SecretKey, digest, string_to_sign, verify};
use crate::domain::TrackerId;
use crate::http::date;
use crate::http::query_string::QueryString;
use difference::{CHARS_MAX, Side, difference, visible};
use guesses::guesses;
use pasted::Pasted;

const CONTENT_TYPE: &str = "application/json; charset=utf-8";

#[derive(Template)]
#[template(path = "signing.html", config = "src/browse/askama.toml")]
struct SigningPage {
    frame: Frame,
    build: BuildForm,
    built: Option<Built>,
    request: String,
    signed: String,
    checked: Option<Checked>,
}

struct BuildForm {
    method: String,
    target: String,
    content_type: String,
    tracker: String,
}

/// A request, signed.
struct Built {
    string: String,
    /// `None` without a key.
    headers: Option<String>,
    curl: Option<String>,
}

/// What is to be said of a request that was pasted.
struct Checked {
    holds: bool,
    verdict: String,
    advice: Vec<String>,
    /// What the server signs, as it can be seen.
    expected: Option<String>,
    pieces: Vec<(Side, String)>,
    is_cut: bool,
}

impl Checked {
    fn refused(verdict: impl Into<String>) -> Self {
        Self {
            holds: false,
            verdict: verdict.into(),
            advice: Vec::new(),
            expected: None,
            pieces: Vec::new(),
            is_cut: false,
        }
    }
}

/// `GET /browse/signing`
pub(super) async fn ask(
    State(browse): State<Browse>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failure> {
    let query = QueryString::parse(request.uri().query().unwrap_or_default());
    let query = query.map_err(|_| Failure::BadForm)?;
    let site = query.scalar("site").unwrap_or_default();
    let page = empty_page(&browse, &visitor, site).await;
    Ok(page::html(StatusCode::OK, &page))
}

/// `POST /browse/signing`: what is pasted holds a digest, which belongs into no address.
pub(super) async fn answer(
    State(browse): State<Browse>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failure> {
    let (head, body) = request.into_parts();
    let form = read_form(&visitor, &head, body).await?;
    let site = form.scalar("tracker").unwrap_or_default();
    let mut page = empty_page(&browse, &visitor, site).await;
    if form.scalar("request").is_some() {
        form.scalar("request")
            .unwrap_or_default()
            .clone_into(&mut page.request);
        form.scalar("signed")
            .unwrap_or_default()
            .clone_into(&mut page.signed);
        page.checked = Some(check(&browse, &page.request, &page.signed));
    } else {
        let sent = |name, default: &str| form.scalar(name).unwrap_or(default).trim().to_owned();
        page.build = BuildForm {
            method: sent("method", "POST").to_ascii_uppercase(),
            target: sent("target", "/v1/content"),
            content_type: sent("content_type", ""),
            tracker: sent("tracker", ""),
        };
        let key = form.scalar("key");
        page.built = Some(build(&browse, &head, &page.build, key));
    }
    Ok(page::html(StatusCode::OK, &page))
}

async fn empty_page(browse: &Browse, visitor: &Visitor, site: &str) -> SigningPage {
    // Without it the page is of no site.
    let site = browse.app.site_named(site).await.ok().flatten();
    let site = site.map(|site| site.tracker_id.clone());
    SigningPage {
        frame: match &site {
            Some(site) => Frame::of_site(browse, visitor, site, "Signing"),
            None => Frame::new(browse, visitor, "Signing"),
        },
        build: BuildForm {
            method: "POST".to_owned(),
            target: "/v1/content".to_owned(),
            content_type: CONTENT_TYPE.to_owned(),
            tracker: site.map(|site| site.to_string()).unwrap_or_default(),
        },
        built: None,
        request: String::new(),
        signed: String::new(),
        checked: None,
    }
}

fn build(browse: &Browse, head: &Parts, form: &BuildForm, key: Option<&str>) -> Built {
    let date = date::now();
    let path = form.target.split('?').next().unwrap_or_default();
    let (content_type, when) = (form.content_type.as_bytes(), date.as_bytes());
    let text = string_to_sign(&form.method, content_type, when, path.as_bytes());
    let headers = key.map(|key| {
        let digest = digest(&SecretKey::new(key), &text);
        vec![
            format!("Content-Type: {}", form.content_type),
            format!("Date: {date}"),
            format!("Authorization: vetrina {}:{digest}", form.tracker),
        ]
    });
    let address = format!(
        "{}{}",
        base(&browse.app, &head.uri, &head.headers),
        form.target
    );
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let curl = headers.as_ref().map(|headers| {
        let headers = headers
            .iter()
            .map(|header| format!(" \\\n  -H {}", quoted(header)));
        let headers: String = headers.collect();
        format!(
            "curl --globoff -X {}{headers} \\\n  {}",
            quoted(&form.method),
            quoted(&address)
        )
    });
    Built {
        string: visible(&String::from_utf8_lossy(&text)),
        headers: headers.map(|headers| headers.join("\n")),
        curl,
    }
}

fn check(browse: &Browse, request: &str, signed: &str) -> Checked {
    let pasted = Pasted::read(request);
    if pasted.method.is_empty() {
        return Checked::refused(
            "There is no request line: the first line has to be one like `POST /v1/content`.",
        );
    }
    let sites = browse.app.sites.load();
    let method = pasted.method.to_ascii_uppercase();
    let parts = RequestParts {
        method: &method,
        path: pasted.path().as_bytes(),
        authorization: lines(&pasted.authorization),
        date: lines(&pasted.date),
        content_type: lines(&pasted.content_type),
    };
    let now = browse.app.clock.now();
    // It was sent a while ago: of its date is spoken apart.
    let patient = AuthRules {
        date_tolerance_s: u32::MAX,
        path_prefix: browse.app.auth.path_prefix.clone(),
    };
    let tolerance_s = browse.app.auth.date_tolerance_s;
    match verify(&parts, &sites.credentials, &patient, now) {
        Ok(site) => Checked {
            holds: true,
            advice: vec![format!(
                "It is taken within {tolerance_s} seconds of its date, by the server's clock; now it is {}.",
                date::now()
            )],
            ..Checked::refused(format!("The signature holds, for the site {site}."))
        },
        Err(AuthError::SignatureMismatch { string_to_sign }) => {
            let expected = String::from_utf8_lossy(&string_to_sign).into_owned();
            mismatch(browse, &pasted, &expected, signed)
        }
        Err(error) => Checked {
            advice: vec![advice(&error).to_owned()],
            ..Checked::refused(format!("Refused ({}): {error}.", error.reason()))
        },
    }
}

fn lines(lines: &[String]) -> Vec<&[u8]> {
    lines.iter().map(String::as_bytes).collect()
}

fn advice(error: &AuthError) -> &'static str {
    match error {
        AuthError::MissingAuthorization | AuthError::MalformedAuthorization => {
            "The header is `Authorization: <any word> <tracker id>:<digest>`."
        }
        AuthError::UnknownKey => {
            "What stands before the last colon has to be the tracker id of a site of this server, with a key."
        }
        AuthError::MissingDate | AuthError::MalformedDate => {
            "The header is `Date`, as in `Thu, 29 Jun 2017 12:11:16 GMT`, and the same text is signed."
        }
        AuthError::DateOutOfRange { .. } => "The clock of the client is wrong.",
        AuthError::DuplicateHeader { .. } => "Send it once.",
        AuthError::SignatureMismatch { .. } => "See below.",
    }
}

/// The digest is another: of which string it is, or what it may be.
fn mismatch(browse: &Browse, pasted: &Pasted, expected: &str, signed: &str) -> Checked {
    let sites = browse.app.sites.load();
    let sent = pasted.authorization.first().map_or("", String::as_str);
    let credential = sent.rsplit(char::is_whitespace).next().unwrap_or_default();
    let (tracker, sent) = credential.rsplit_once(':').unwrap_or_default();
    let site = TrackerId::new(tracker);
    let keys = site
        .as_ref()
        .and_then(|site| sites.credentials.keys_of(site));
    // Hashes are compared in the same time, whatever they are.
    let is_of = |text: &str| {
        let mut keys = keys.unwrap_or_default().iter();
        keys.any(|key| {
            blake3::hash(digest(key, text.as_bytes()).as_bytes()) == blake3::hash(sent.as_bytes())
        })
    };
    let mut told = Checked {
        expected: Some(visible(expected)),
        ..Checked::refused(
            "Refused (signature_mismatch): the digest is of another string, or under another key.",
        )
    };
    let signed_text = signed.replace("\r\n", "\n");
    let compared = if signed.is_empty() {
        let path = expected.rsplit('\n').next().unwrap_or_default();
        let guess = guesses(pasted, path)
            .into_iter()
            .find(|guess| is_of(&guess.text));
        if let Some(guess) = &guess {
            let mistakes = guess.mistakes.iter().map(|mistake| (*mistake).to_owned());
            told.advice.extend(mistakes);
            told.advice
                .push("The digest is of the string compared below.".to_owned());
        } else {
            told.advice.extend(without_guess(sent));
        }
        guess.map(|guess| guess.text)
    } else {
        let is_digest_of_it = [signed, &signed_text].into_iter().any(is_of);
        told.advice.push(if signed_text == expected {
            "The strings are the same, so the key is another, or the digest is no HMAC-SHA256 in Base64.".to_owned()
        } else if is_digest_of_it {
            "The key is right: the digest is of the string that was signed, and that differs.".to_owned()
        } else {
            "The digest is not of the string that was pasted, under the key of this site.".to_owned()
        });
        Some(signed_text)
    };
    if let Some(signed) = compared {
        told.is_cut = expected.chars().count().max(signed.chars().count()) > CHARS_MAX;
        let pieces = difference(expected, &signed).into_iter();
        told.pieces = pieces.map(|(side, text)| (side, visible(&text))).collect();
    }
    told
}

/// What a digest looks like that is of no usual string.
fn without_guess(sent: &str) -> Vec<String> {
    let is_hex = sent.len() == 64 && sent.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut advice = Vec::new();
    if is_hex {
        advice.push(
            "The digest is in hexadecimal; it has to be the 32 bytes themselves in Base64."
                .to_owned(),
        );
    } else if sent.len() != 44 {
        advice.push(format!(
            "The digest has {} characters; 32 bytes in Base64 have 44.",
            sent.chars().count()
        ));
    }
    advice.push(
        "No usual mistake explains it. Print what your client signs and paste it below; if it is the string of the server, \
         the private key is another one."
            .to_owned(),
    );
    advice
}
