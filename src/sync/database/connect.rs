//! How a source is connected to. Invariant: with `verify-full` nothing is sent to a server whose
//! certificate does not prove its name.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::ClientWrapper as Client;
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{DbError, Session, answered};
use crate::config::product_sync::{SourceSettings, TlsMode};

/// Connections that read rows; one more listens.
const POOL_SIZE: usize = 2;

/// For a connection to open.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A peer that is gone without a word is found out within about this.
const PEER_GONE_AFTER: Duration = Duration::from_secs(30);

pub(in crate::sync) struct Database {
    pool: Pool,
    config: Config,
    tls: MakeRustlsConnect,
    /// Of connections, in the database's own lists.
    settings: String,
}

impl Database {
    /// Connects to nothing yet.
    pub(in crate::sync) fn new(source: &SourceSettings) -> Result<Self, DbError> {
        let dsn = Dsn::read(source.dsn.expose())?;
        let mut config = dsn.config;
        let mode = source.tls.or(dsn.mode).unwrap_or(TlsMode::Prefer);
        config.ssl_mode(match mode {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::Prefer => SslMode::Prefer,
            TlsMode::Require | TlsMode::VerifyFull => SslMode::Require,
        });
        config
            .connect_timeout(CONNECT_WITHIN)
            .tcp_user_timeout(PEER_GONE_AFTER)
            .keepalives_idle(PEER_GONE_AFTER)
            .application_name(format!("vetrina {}", source.name));
        let roots = source.tls_ca_file.as_deref().or(dsn.root_file.as_deref());
        let tls = MakeRustlsConnect::new(tls_config(mode, roots)?);
        let settings = "set statement_timeout = '30s'; \
             set idle_in_transaction_session_timeout = '60s'; set lock_timeout = '5s'"
            .to_owned();
        let manager = Manager::from_config(
            config.clone(),
            tls.clone(),
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        let pool = Pool::builder(manager)
            .max_size(POOL_SIZE)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .create_timeout(Some(CONNECT_WITHIN))
            .wait_timeout(Some(super::ANSWER_WITHIN))
            .post_create(read_only_hook(&settings))
            .build()
            .map_err(|error| DbError::Unreachable(error.to_string()))?;
        Ok(Self {
            pool,
            config,
            tls,
            settings,
        })
    }

    /// A connection that cannot write.
    pub(in crate::sync) async fn reader(&self) -> Result<Object, DbError> {
        Ok(self.pool.get().await?)
    }

    /// Whether it answers at all.
    pub(in crate::sync) async fn reach(&self) -> Result<(), DbError> {
        let client = self.reader().await?;
        answered(client.simple_query("select 1")).await.map(drop)
    }

    /// A connection that listens for wake-ups of the source, and for what other servers tell.
    pub(in crate::sync) async fn session(
        &self,
        source: &str,
        hear: impl Fn(&str) + Send + 'static,
    ) -> Result<Session, DbError> {
        let (client, connection) = answered(self.config.connect(self.tls.clone())).await?;
        let session = Session::start(client, connection, source, hear);
        answered(session.client().batch_execute(&self.settings)).await?;
        Ok(session)
    }

    /// A connection of its own for a person at a command line.
    pub(in crate::sync) async fn client(&self) -> Result<Client, DbError> {
        Ok(self.session("", |_| ()).await?.into_client())
    }

    /// Where it is, for people: host and database, no password.
    pub(in crate::sync) fn place(&self) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(path) => path.display().to_string(),
        });
        let hosts: Vec<String> = hosts.collect();
        let database = self.config.get_dbname().or(self.config.get_user());
        format!("{} at {}", database.unwrap_or("?"), hosts.join(", "))
    }
}

fn read_only_hook(settings: &str) -> Hook {
    let settings = format!("{settings}; set default_transaction_read_only = on");
    Hook::async_fn(move |client, _| {
        let settings = settings.clone();
        Box::pin(async move {
            let set = client.batch_execute(&settings).await;
            set.map_err(HookError::Backend)
        })
    })
}

/// A connection string, with what the driver does not read taken out of it.
struct Dsn {
    config: Config,
    mode: Option<TlsMode>,
    root_file: Option<std::path::PathBuf>,
}

impl Dsn {
    fn read(text: &str) -> Result<Self, DbError> {
        let mut text = text.to_owned();
        let mode = match take(&mut text, "sslmode=").as_deref() {
            None => None,
            Some("disable") => Some(TlsMode::Disable),
            Some("allow" | "prefer") => Some(TlsMode::Prefer),
            Some("require") => Some(TlsMode::Require),
            Some("verify-ca" | "verify-full") => Some(TlsMode::VerifyFull),
            Some(_) => return Err(DbError::Dsn("unknown `sslmode`".to_owned())),
        };
        let root_file = take(&mut text, "sslrootcert=").map(Into::into);
        let config = Config::from_str(&text).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            DbError::Dsn(cause.unwrap_or_else(|| error.to_string()))
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(DbError::Dsn("it names no host".to_owned()));
        }
        Ok(Self {
            config,
            mode,
            root_file,
        })
    }
}

/// Takes `name=value` out of a connection string, a URL or not.
fn take(text: &mut String, name: &str) -> Option<String> {
    let starts = |at: &usize| *at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'?' | b'&');
    let (at, _) = text.match_indices(name).find(|(at, _)| starts(at))?;
    let value_at = at + name.len();
    let length = text[value_at..].find([' ', '&']);
    let end = length.map_or(text.len(), |length| value_at + length);
    let value = text[value_at..end].trim_matches('\'').to_owned();
    let end = (end + 1).min(text.len());
    text.replace_range(at..end, "");
    let tidy = text.trim_end_matches(['&', '?', ' ']).len();
    text.truncate(tidy);
    Some(value)
}

fn tls_config(mode: TlsMode, roots: Option<&std::path::Path>) -> Result<ClientConfig, DbError> {
    let failed = |error: &dyn std::fmt::Display| DbError::Tls(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    if mode != TlsMode::VerifyFull {
        // What `require` means everywhere: nobody listens in, but anybody may be at the other end.
        let verifier = Arc::new(AnyServer(provider));
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth());
    }
    let mut trusted = RootCertStore::empty();
    if let Some(file) = roots {
        let file = CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))?;
        for certificate in file {
            let certificate = certificate.map_err(|error| failed(&error))?;
            trusted.add(certificate).map_err(|error| failed(&error))?;
        }
    } else {
        let native = rustls_native_certs::load_native_certs();
        trusted.add_parsable_certificates(native.certs);
    }
    if trusted.is_empty() {
        return Err(DbError::Tls(
            "no trusted certificates were found".to_owned(),
        ));
    }
    Ok(builder
        .with_root_certificates(trusted)
        .with_no_client_auth())
}

/// Takes every certificate, and checks that the server holds its key.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "host=db user=u sslmode=verify-full dbname=shop",
        "host=db user=u dbname=shop"
    )]
    #[case("postgres://u:p@db/shop?sslmode=verify-full", "postgres://u:p@db/shop")]
    #[case(
        "postgres://db/shop?a=1&sslmode=verify-full&b=2",
        "postgres://db/shop?a=1&b=2"
    )]
    #[case("postgres://db/shop?sslmode=verify-full&b=2", "postgres://db/shop?b=2")]
    fn the_mode_is_taken_out_of_either_form(#[case] dsn: &str, #[case] rest: &str) {
        let mut text = dsn.to_owned();
        assert_eq!(take(&mut text, "sslmode=").as_deref(), Some("verify-full"));
        assert_eq!(text, rest);
    }

    #[rstest]
    #[case("host=db sslmode=sometimes")]
    #[case("user=u dbname=shop")]
    #[case("host=db pasword=hunter2")]
    #[case("")]
    fn a_bad_string_is_refused_without_its_values(#[case] dsn: &str) {
        let Err(DbError::Dsn(words)) = Dsn::read(dsn) else {
            panic!("{dsn} was read");
        };
        assert!(!words.contains("hunter2"), "{words}");
    }
}
