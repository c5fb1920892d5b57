//! What went wrong on the way to an answer, in words for who sent the URL. Invariant: the words are our own; those of
//! libraries are for the log, and what a server wrote is in neither.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// A name that leads nowhere.
#[derive(Debug, thiserror::Error)]
#[error("the name of the host has no address")]
pub(super) struct NoAddress(#[source] pub(super) Option<io::Error>);

/// What people are told of a request that failed.
pub(super) fn words(error: &reqwest::Error) -> &'static str {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut told = None;
    // What lies deepest says most.
    while let Some(error) = cause {
        told = of_cause(error).or(told);
        cause = error.source();
    }
    let is_connect = error.is_connect();
    told.unwrap_or(match (error.is_timeout(), is_connect) {
        (true, true) => "no connection was made in time",
        (true, false) => "it did not come in time",
        (false, true) => "no connection could be made",
        (false, false) => "the connection broke off",
    })
}

fn of_cause(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if error.is::<NoAddress>() {
        return Some("the name of the host has no address");
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_http(error);
    }
    let error = error.downcast_ref::<io::Error>()?;
    // What an error of the system wraps is no source of it.
    match error.get_ref() {
        Some(inner) => of_cause(inner).or_else(|| of_system(error)),
        None => of_system(error),
    }
}

fn of_tls(error: &rustls::Error) -> &'static str {
    use CertificateError as Of;
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return "the server speaks no TLS that is understood";
    };
    match certificate {
        Of::Expired | Of::ExpiredContext { .. } => "the certificate of the server has expired",
        Of::NotValidYet | Of::NotValidYetContext { .. } => {
            "the certificate of the server is not valid yet"
        }
        Of::NotValidForName | Of::NotValidForNameContext { .. } => {
            "the certificate of the server is for another name"
        }
        Of::UnknownIssuer => {
            "the certificate of the server is from nobody who is trusted (`files.tls_ca_file` names more)"
        }
        _ => "the certificate of the server is not valid",
    }
}

fn of_http(error: &hyper::Error) -> Option<&'static str> {
    if error.is_parse_too_large() {
        Some("the server sent more headers than are read")
    } else if error.is_parse() {
        Some("what the server sent is no HTTP")
    } else if error.is_incomplete_message() {
        Some("the server ended the connection before all of it had come")
    } else {
        None
    }
}

fn of_system(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Of;
    match error.kind() {
        Of::ConnectionRefused => Some("nobody takes connections there"),
        Of::ConnectionReset | Of::ConnectionAborted | Of::BrokenPipe | Of::UnexpectedEof => {
            Some("the server ended the connection before all of it had come")
        }
        Of::HostUnreachable | Of::NetworkUnreachable => Some("there is no way to the host"),
        Of::TimedOut => Some("no connection was made in time"),
        _ => None,
    }
}
