//! Line ends and lengths as RFC 9112 has them. The HTTP library takes a bare line feed for the end of a
//! line, and of a length beside a coding of transfers it forgets one; a proxy before us may read either in
//! another way. Invariant: of what is sent as HTTP/1, every line that says where a request ends comes to
//! the library with CR LF at its end, and every head says it once, or comes in a form that is refused (400).

/// Longest line that is looked into, in bytes; those that matter are shorter.
const LINE_BYTES_MAX: usize = 128;

/// What the library refuses wherever a line could end.
const REFUSED: u8 = 0;

/// Follows the bytes of one connection.
#[derive(Debug)]
pub(super) struct LineEnds {
    at: At,
    /// The line so far, as much of it as matters.
    line: Vec<u8>,
    /// How long it is.
    length: usize,
    last: u8,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// A request line and headers; what they have said of the body.
    Head(Head),
    /// A body, or a chunk of one with its line end.
    Data {
        left: u64,
        is_chunk: bool,
    },
    ChunkSize,
    Trailers,
    /// A line that ends in no sound way, or a head that says in two where its body ends.
    Refused,
    /// Not our business: HTTP/2, or what the library ends the connection for.
    Beyond,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Head {
    has_request_line: bool,
    is_http2: bool,
    length: Option<u64>,
    coding: Option<Coding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    Other,
}

impl LineEnds {
    pub(super) fn new() -> Self {
        Self {
            at: At::Head(Head::default()),
            line: Vec::new(),
            length: 0,
            last: 0,
        }
    }

    /// Looks at what came, and spoils it where a line ends with a bare line feed.
    pub(super) fn check(&mut self, mut bytes: &mut [u8]) {
        while !bytes.is_empty() {
            match self.at {
                At::Refused | At::Beyond => return,
                At::Data { left, is_chunk } => {
                    let here =
                        usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                    bytes = &mut bytes[here..];
                    let left = left - here as u64;
                    self.at = match (left, is_chunk) {
                        (0, true) => At::ChunkSize,
                        (0, false) => At::Head(Head::default()),
                        _ => At::Data { left, is_chunk },
                    };
                }
                At::Head(_) | At::ChunkSize | At::Trailers => {
                    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                        self.note(bytes);
                        return;
                    };
                    self.note(&bytes[..end]);
                    self.at = match self.last {
                        b'\r' => self.after_line(),
                        _ => At::Refused,
                    };
                    if self.at == At::Refused {
                        bytes[end] = REFUSED;
                        return;
                    }
                    self.line.clear();
                    self.length = 0;
                    self.last = 0;
                    bytes = &mut bytes[end + 1..];
                }
            }
        }
    }

    /// Nothing more of the connection is to be read, but for an end of the spoilt head.
    pub(super) fn has_refused(&self) -> bool {
        self.at == At::Refused
    }

    fn note(&mut self, part: &[u8]) {
        self.length += part.len();
        self.last = part.last().copied().unwrap_or(self.last);
        let room = LINE_BYTES_MAX.saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
    }

    fn after_line(&self) -> At {
        let is_empty = self.length == 1;
        let line = self.line.trim_ascii_end();
        match self.at {
            At::Head(head) if !head.has_request_line => At::Head(Head {
                // Empty lines before a request are skipped.
                has_request_line: !is_empty,
                is_http2: line == b"PRI * HTTP/2.0",
                ..head
            }),
            At::Head(head) if is_empty => head.then(),
            At::Head(head) => self.after_header(head, line),
            // Digits that do not end within what is kept of the line say no size that we could follow.
            At::ChunkSize
                if self.length > LINE_BYTES_MAX && line.iter().all(u8::is_ascii_hexdigit) =>
            {
                At::Refused
            }
            At::ChunkSize => chunk_of(line),
            At::Trailers if is_empty => At::Head(Head::default()),
            other => other,
        }
    }

    fn after_header(&self, mut head: Head, line: &[u8]) -> At {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return At::Head(head);
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let is_coding = name.eq_ignore_ascii_case(b"transfer-encoding");
        if is_coding {
            let is_chunked = head.coding.is_none() && value.eq_ignore_ascii_case(b"chunked");
            head.coding = Some(if is_chunked {
                Coding::Chunked
            } else {
                Coding::Other
            });
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let value = std::str::from_utf8(value).ok();
            let is_whole = self.length <= LINE_BYTES_MAX;
            match value.and_then(|value| value.parse().ok()) {
                Some(length) if is_whole => head.length = Some(length),
                // The library refuses it, or it is written in no way that a client would.
                _ => head.coding = Some(Coding::Other),
            }
        }
        At::Head(head)
    }
}

impl Head {
    /// What follows the head. `chunked` is the only coding of transfers that we know, and it goes with no
    /// length.
    fn then(self) -> At {
        match (self.coding, self.length) {
            _ if self.is_http2 => At::Beyond,
            (Some(Coding::Chunked), None) => At::ChunkSize,
            (Some(_), _) => At::Refused,
            (None, None | Some(0)) => At::Head(Self::default()),
            (None, Some(left)) => At::Data {
                left,
                is_chunk: false,
            },
        }
    }
}

fn chunk_of(line: &[u8]) -> At {
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let digits: Vec<u8> = line.iter().take_while(is_digit).copied().collect();
    let digits = std::str::from_utf8(&digits).unwrap_or_default();
    match u64::from_str_radix(digits, 16) {
        Ok(0) => At::Trailers,
        Ok(size) => At::Data {
            left: size.saturating_add(2),
            is_chunk: true,
        },
        Err(_) => At::Beyond,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(sent: &[u8], piece: usize) -> Vec<u8> {
        let mut bytes = sent.to_vec();
        let mut ends = LineEnds::new();
        for piece in bytes.chunks_mut(piece) {
            ends.check(piece);
        }
        bytes
    }

    /// Everything after the head may hold line feeds as it likes.
    const SOUND: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\n\n\nGET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding:  Chunked \r\n\r\n3;x=y\r\na\n\n\r\n0\r\nx: y\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\n\n",
    ];

    #[test]
    fn what_is_sound_is_left_alone() {
        for sent in SOUND {
            for piece in [1, 2, 3, 7, 1000] {
                assert_eq!(&checked(sent, piece), sent);
            }
        }
    }

    #[test]
    fn a_chunk_size_of_more_digits_than_are_kept_is_refused() {
        for noughts in [120, 127, 128, 200] {
            let head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
            let size = format!("{}4\r\n", "0".repeat(noughts));
            let sent = format!("{head}{size}{{}}\n\n\r\n0\r\n\r\nGET / HTTP/1.1\nHost: a\n\n");
            let got = checked(sent.as_bytes(), 1000);
            let first = got
                .iter()
                .position(|&byte| byte == REFUSED)
                .expect("spoilt");
            let of_size = head.len() + size.len() - 1;
            if noughts < LINE_BYTES_MAX - 1 {
                assert!(first > of_size + 8, "the chunk is followed");
            } else {
                assert_eq!(first, of_size, "{noughts}");
            }
        }
    }

    #[test]
    fn a_line_that_ends_in_no_sound_way_is_spoilt() {
        for (sent, at) in [
            (&b"GET / HTTP/1.1\nHost: a\r\n\r\n"[..], 14),
            (b"GET / HTTP/1.1\r\nHost: a\n\r\n", 23),
            (b"GET / HTTP/1.1\r\nHost: a\r\n\n", 25),
            (b"\nGET / HTTP/1.1\r\n\r\n", 0),
            (
                b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n\nGET / HTTP/1.1\n",
                53,
            ),
            (
                b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n\n",
                52,
            ),
            (
                b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                65,
            ),
            (
                b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\n",
                48,
            ),
            (
                b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n",
                50,
            ),
        ] {
            for piece in [1, 2, 3, 7, 1000] {
                let mut expected = sent.to_vec();
                assert_eq!(expected[at], b'\n');
                expected[at] = REFUSED;
                assert_eq!(checked(sent, piece), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            sent in "(GET|POST) / HTTP/1\\.1\r?\n((Content-Length: [0-9]|Transfer-Encoding: chunked|a: b)\r?\n){0,3}\r?\n[0-9a-z\r\n]{0,20}",
            piece in 1_usize..20,
        ) {
            let whole = checked(sent.as_bytes(), 1000);
            prop_assert_eq!(checked(sent.as_bytes(), piece), whole);
        }

        /// Of a head nothing is left that the library would take for a line end and others would not.
        #[test]
        fn no_bare_line_feed_of_a_head_is_left(lines in proptest::collection::vec("[a-z: ]{0,10}\r?", 1..6)) {
            let sent = format!("GET / HTTP/1.1\r\n{}\n", lines.join("\n"));
            let left = checked(sent.as_bytes(), 1000);
            let end = left.windows(4).position(|part| part == b"\r\n\r\n");
            let refused = left.iter().position(|byte| *byte == REFUSED);
            let upto = end.into_iter().chain(refused).min().unwrap_or(left.len());
            let head = &left[..upto];
            for (at, _) in head.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
                prop_assert_eq!(head[at - 1], b'\r');
            }
        }
    }
}
