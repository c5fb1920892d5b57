//! What is counted of a log up to an entry, as the cluster keeps it: the file of one process, packed, in pieces. Invariant: who
//! fetches it has what was written, or knows that it has not.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::FollowError;
use super::log::{Copy, Log};
use super::state::SiteEvents;
use crate::engine::EngineError;
use crate::engine::events::{CopyError, Mark};
use crate::engine::opensearch::site::OpenSite;

/// Of a copy, in one document; a third more as a text.
const PIECE_BYTES: usize = 2 << 20;

/// Does something with what this process has of a site's events, off the async threads.
pub(super) async fn with_copy<T: Send + 'static>(
    site: &Arc<OpenSite>,
    work: impl FnOnce(&SiteEvents) -> Result<T, CopyError> + Send + 'static,
) -> Result<T, FollowError> {
    let site = Arc::clone(site);
    let done = tokio::task::spawn_blocking(move || match &site.events {
        Some(events) => Ok(work(events)?),
        None => Err(FollowError::Engine(EngineError::Unsupported(
            "events are not counted",
        ))),
    });
    done.await.map_err(|_| FollowError::Panic)?
}

/// Writes down what is counted here, and brings it to the cluster.
pub(super) async fn put_copy(
    site: &Arc<OpenSite>,
    events: &SiteEvents,
    log: Log<'_>,
    name: &str,
) -> Result<Option<Copy>, FollowError> {
    let scratch = events.copy.scratch("written.db")?;
    let packed = events.copy.scratch("written.zst")?;
    let place = packed.clone();
    let at = site.now().as_millis();
    let written = with_copy(site, move |events| write_down(events, &scratch, &place));
    let Some((mark, bytes, hash)) = written.await? else {
        return Ok(None);
    };
    let mut pieces = 0;
    loop {
        let (place, from) = (packed.clone(), pieces * PIECE_BYTES as u64);
        let piece = with_copy(site, move |_| Ok(read_piece(&place, from)?)).await?;
        if piece.is_empty() {
            break;
        }
        log.put_piece(name, pieces, STANDARD.encode(&piece)).await?;
        pieces += 1;
    }
    let _ = std::fs::remove_file(&packed);
    Ok(Some(Copy {
        name: name.to_owned(),
        upto: mark.entry,
        pieces,
        hash,
        size: bytes,
        log_bytes: mark.bytes,
        at,
    }))
}

/// What is counted here, packed into a file: how far it is, its size and its hash.
fn write_down(
    events: &SiteEvents,
    scratch: &Path,
    packed: &Path,
) -> Result<Option<(Mark, u64, String)>, CopyError> {
    /// Packs well enough, and quickly.
    const LEVEL: i32 = 3;
    let gone = |path: &Path| match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    gone(scratch)?;
    gone(packed)?;
    let Some(mark) = events.copy.write_down(scratch)? else {
        return Ok(None);
    };
    let mut from = std::fs::File::open(scratch)?;
    let mut encoder = zstd::Encoder::new(std::fs::File::create(packed)?, LEVEL)?;
    std::io::copy(&mut from, &mut encoder)?;
    encoder.finish()?;
    gone(scratch)?;
    let mut hasher = blake3::Hasher::new();
    let size = std::io::copy(&mut std::fs::File::open(packed)?, &mut hasher)?;
    Ok(Some((mark, size, hasher.finalize().to_hex().to_string())))
}

fn read_piece(packed: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(packed)?;
    file.seek(SeekFrom::Start(from))?;
    let mut piece = Vec::new();
    file.take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

/// Goes on with a copy of the cluster; how far it is.
pub(super) async fn fetch(site: &Arc<OpenSite>, copy: &Copy) -> Result<Mark, FollowError> {
    let Some(events) = &site.events else {
        return Err(FollowError::Broken("events are not counted".to_owned()));
    };
    let log = Log {
        cluster: &site.cluster,
        alias: &events.alias,
    };
    let packed = events.copy.scratch("fetched.zst")?;
    let mut file = std::fs::File::create(&packed).map_err(CopyError::from)?;
    let mut hasher = blake3::Hasher::new();
    for number in 0..copy.pieces {
        let piece = log.piece(&copy.name, number).await?;
        let piece = piece.and_then(|piece| STANDARD.decode(piece).ok());
        let Some(piece) = piece else {
            return Err(FollowError::Broken(format!("piece {number} is missing")));
        };
        hasher.update(&piece);
        file.write_all(&piece).map_err(CopyError::from)?;
    }
    drop(file);
    if *hasher.finalize().to_hex() != *copy.hash {
        return Err(FollowError::Broken("it is not what was written".to_owned()));
    }
    let mark = with_copy(site, move |events| {
        let next = events.copy.begin_next()?;
        let mut unpacked = std::fs::File::create(next)?;
        zstd::stream::copy_decode(std::fs::File::open(&packed)?, &mut unpacked)?;
        unpacked.sync_all()?;
        std::fs::remove_file(&packed)?;
        events.copy.take_next()
    });
    let mark = mark.await?.filter(|mark| mark.entry == copy.upto);
    mark.ok_or_else(|| FollowError::Broken("it says another entry".to_owned()))
}
