//! What a server sends, unpacked into a file. Invariant: neither what comes nor what it unpacks to is more than the
//! bound; what is beyond it is not read, and nothing of it is kept in memory but a few pieces.

use std::fs::File;
use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use http::header;
use reqwest::Response;
use tokio::sync::mpsc;

use super::FetchError;
use crate::files::spool::TempFile;

/// Pieces on their way to the disk.
const PIECES: usize = 4;

/// Takes the body of an answer; how long it is unpacked.
pub(super) async fn take(
    mut answer: Response,
    file: TempFile,
    bytes_max: u64,
) -> Result<(TempFile, u64), FetchError> {
    let coding = Coding::of(&answer)?;
    if answer
        .content_length()
        .is_some_and(|length| length > bytes_max)
    {
        return Err(too_large(bytes_max));
    }
    let (pieces, mut to_write) = mpsc::channel::<Bytes>(PIECES);
    // On a thread of its own: unpacking and the disk take their time. It ends with the pieces.
    let writing = tokio::task::spawn_blocking(move || {
        let mut unpacked = coding.into_file(Bounded {
            file: file.create()?,
            left: bytes_max,
        });
        while let Some(piece) = to_write.blocking_recv() {
            unpacked.write_all(&piece)?;
        }
        let left = unpacked.finish()?;
        Ok::<_, io::Error>((file, bytes_max - left))
    });
    let mut received: u64 = 0;
    let mut failed = None;
    loop {
        match answer.chunk().await {
            Ok(Some(piece)) => {
                received += piece.len() as u64;
                if received > bytes_max {
                    failed = Some(too_large(bytes_max));
                    break;
                }
                // The other end is gone where it has failed, and says why below.
                if pieces.send(piece).await.is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                failed = Some(FetchError::of_request(error));
                break;
            }
        }
    }
    drop(pieces);
    let written = writing.await;
    if let Some(error) = failed {
        return Err(error);
    }
    match written {
        Ok(Ok(written)) => Ok(written),
        Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => Err(too_large(bytes_max)),
        Ok(Err(error)) if is_of_coding(&error) => Err(FetchError::failed(
            "what was sent cannot be unpacked".to_owned(),
        )),
        Ok(Err(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "writing a file ended unexpectedly");
            Err(FetchError::later("it cannot be written down".to_owned()))
        }
    }
}

fn too_large(bytes_max: u64) -> FetchError {
    FetchError::failed(format!(
        "it is larger than {bytes_max} bytes (`files.file_bytes_max`)"
    ))
}

fn is_of_coding(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
    )
}

/// How a body is packed.
enum Coding {
    Plain,
    Gzip,
    Deflate,
}

impl Coding {
    fn of(answer: &Response) -> Result<Self, FetchError> {
        let mut named = answer.headers().get_all(header::CONTENT_ENCODING).iter();
        let name = named.next().map(|value| value.to_str().unwrap_or("?"));
        let name = name.map(|name| name.trim().to_ascii_lowercase());
        match (name.as_deref(), named.next()) {
            (None | Some("" | "identity"), None) => Ok(Self::Plain),
            (Some("gzip" | "x-gzip"), None) => Ok(Self::Gzip),
            (Some("deflate"), None) => Ok(Self::Deflate),
            _ => Err(FetchError::failed(
                "it is packed in a way that was not asked for".to_owned(),
            )),
        }
    }

    fn into_file(self, file: Bounded) -> Unpacked {
        match self {
            Self::Plain => Unpacked::Plain(file),
            Self::Gzip => Unpacked::Gzip(Box::new(MultiGzDecoder::new(file))),
            Self::Deflate => Unpacked::Deflate(Box::new(ZlibDecoder::new(file))),
        }
    }
}

enum Unpacked {
    Plain(Bounded),
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Deflate(Box<ZlibDecoder<Bounded>>),
}

impl Unpacked {
    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(piece),
            Self::Gzip(file) => file.write_all(piece),
            Self::Deflate(file) => file.write_all(piece),
        }
    }

    /// How much room is left once all of it is in the file.
    fn finish(self) -> io::Result<u64> {
        let mut file = match self {
            Self::Plain(file) => file,
            Self::Gzip(file) => file.finish()?,
            Self::Deflate(file) => file.finish()?,
        };
        file.flush()?;
        Ok(file.left)
    }
}

/// A file that takes so much and no more.
struct Bounded {
    file: File,
    left: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let written = self.file.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
