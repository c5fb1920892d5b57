//! What went wrong, as a page. Invariant: it says what to do in words of ours; what failed inside is in the log alone.

use axum::body::to_bytes;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Browse;
use super::gate::{Visitor, see_other};
use crate::engine::EngineError;
use crate::http::query_string::Parameter;
use crate::http::query_string::QueryString;
use crate::http::{BodyError, to_be_retried};

/// Of the answer of an endpoint that refused something, in bytes.
const TOLD_BYTES_MAX: usize = 4 << 10;

#[derive(Debug)]
pub(super) enum Failure {
    /// Nobody has logged in; afterwards they go on here.
    LogIn {
        then: String,
    },
    FromElsewhere,
    TooManyAttempts {
        retry_after_s: u32,
    },
    /// A form that stands on no page of this visitor's.
    StrangeForm,
    BadForm,
    NoPage,
    NoSite,
    NoObject,
    WrongMethod,
    /// An action that the configuration does not list.
    NotListed,
    /// What an endpoint said, with its status, and when to come again.
    Told(StatusCode, String, Option<HeaderValue>),
    Engine(EngineError),
}

/// Something went wrong: left in an answer for [`super::page::finish`], which knows how pages look.
#[derive(Clone, Debug)]
pub(super) struct ToTell {
    pub(super) title: &'static str,
    pub(super) words: String,
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<BodyError> for Failure {
    fn from(_: BodyError) -> Self {
        Self::BadForm
    }
}

impl Failure {
    /// What an endpoint of the API refused.
    pub(super) async fn told(refused: Response) -> Self {
        let status = refused.status();
        let retry_after = refused.headers().get(RETRY_AFTER).cloned();
        let body = to_bytes(refused.into_body(), TOLD_BYTES_MAX).await;
        let text = body.map(|body| String::from_utf8_lossy(&body).into_owned());
        Self::Told(status, text.unwrap_or_default(), retry_after)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        use StatusCode as Status;
        let tell = |status: StatusCode, title, words: &str| {
            let words = words.to_owned();
            let mut response = status.into_response();
            response.extensions_mut().insert(ToTell { title, words });
            response
        };
        match self {
            Self::LogIn { then } => log_in(&then),
            Self::FromElsewhere => tell(
                Status::FORBIDDEN,
                "Not from here",
                "Without `[admin] token` in the configuration these pages are for browsers on the server's own machine, \
                 at its own address (http://127.0.0.1:…), and not behind a proxy. Set a token to open them from elsewhere.",
            ),
            Self::TooManyAttempts { retry_after_s } => {
                let words = format!("Too many attempts to log in. Try again in {retry_after_s} s.");
                let response = tell(Status::TOO_MANY_REQUESTS, "Wait a little", &words);
                to_be_retried(response, retry_after_s)
            }
            Self::StrangeForm => tell(
                Status::FORBIDDEN,
                "Send it again",
                "This form was not sent from a page that is open here. Go back, load the page again, and repeat it.",
            ),
            Self::BadForm => tell(
                Status::BAD_REQUEST,
                "Not understood",
                "What was sent is too long, or cannot be read.",
            ),
            Self::NoPage => tell(Status::NOT_FOUND, "No such page", "There is no page here."),
            Self::NoSite => tell(
                Status::NOT_FOUND,
                "No such site",
                "No site of this server has this tracker id.",
            ),
            Self::NoObject => tell(
                Status::NOT_FOUND,
                "No such object",
                "No object of this site has this identity. It was never sent, or it was deleted.",
            ),
            Self::WrongMethod => tell(
                Status::METHOD_NOT_ALLOWED,
                "Not like this",
                "This page cannot be asked for in this way.",
            ),
            Self::NotListed => tell(
                Status::FORBIDDEN,
                "Not allowed",
                "`[browse] actions` of the configuration does not list this: these pages do not do it.",
            ),
            Self::Told(status, words, retry_after) => {
                let mut response = tell(status, "Refused", &words);
                let later = retry_after.map(|after| (RETRY_AFTER, after));
                response.headers_mut().extend(later);
                response
            }
            Self::Engine(error) => of_engine(&error, tell),
        }
    }
}

fn of_engine(
    error: &EngineError,
    tell: impl Fn(StatusCode, &'static str, &str) -> Response,
) -> Response {
    use StatusCode as Status;
    let busy = |words: &str, retry_after_s| {
        to_be_retried(
            tell(Status::SERVICE_UNAVAILABLE, "Not now", words),
            retry_after_s,
        )
    };
    match error {
        EngineError::UnknownSite(_) => Failure::NoSite.into_response(),
        EngineError::Overloaded { retry_after_s }
        | EngineError::Unavailable { retry_after_s, .. }
        | EngineError::InDoubt { retry_after_s } => {
            busy(&format!("{error}. Load the page again."), *retry_after_s)
        }
        EngineError::NoRoom | EngineError::TimedOut => {
            busy("The server is busy. Load the page again.", 1)
        }
        EngineError::UnknownAttribute(_)
        | EngineError::NoOrigin
        | EngineError::TooMuchWork
        | EngineError::Unsupported(_) => tell(Status::BAD_REQUEST, "Refused", &error.to_string()),
        EngineError::Internal { source, .. } => {
            tracing::error!(%error, cause = %source, "a page could not be made");
            let words = "Something failed; the server's log says what.";
            tell(Status::INTERNAL_SERVER_ERROR, "Failed", words)
        }
    }
}

/// The page that asks for the token stands beside every other, whatever lies before its path.
fn log_in(then: &str) -> Response {
    let root = then.find(super::ROOT).map_or("", |at| &then[..at]);
    let query: QueryString = [Parameter {
        name: "then".to_owned(),
        value: then.to_owned(),
    }]
    .into_iter()
    .collect();
    see_other(&format!("{root}{}/login?{query}", super::ROOT))
}

/// Whatever else lies below.
pub(super) async fn no_page(_: Visitor) -> Failure {
    Failure::NoPage
}

pub(super) async fn wrong_method(_: axum::extract::State<Browse>, _: Visitor) -> Failure {
    Failure::WrongMethod
}
