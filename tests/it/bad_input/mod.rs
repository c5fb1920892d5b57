//! What outsiders send by mistake or on purpose. Every case goes over one keep-alive connection, gets
//! the answer the reference lists, and the request after it works as if nothing had happened.

mod bodies;
mod objects;
mod odd;
mod requests;

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{RawAnswer, RawConnection, SiteClient, TestServer};

/// A server and the one connection that all cases of a test share.
struct Line {
    server: TestServer,
    site: SiteClient,
    connection: RawConnection,
}

impl Line {
    async fn open() -> Self {
        let server = TestServer::start().await;
        let (site, connection) = (server.site(), server.raw().await);
        Self {
            server,
            site,
            connection,
        }
    }

    /// The head of a request that is signed as it should be, without the line that ends it.
    fn head(&self, method: &str, target: &str) -> String {
        let headers = self.site.headers(method, target);
        let lines = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .concat();
        format!("{method} {target} HTTP/1.1\r\nHost: test\r\n{lines}")
    }

    /// Sends a head and a body, then proves that the connection still works.
    async fn send(&mut self, head: &str, body: &[u8]) -> RawAnswer {
        let answer = self.send_last(head, body).await;
        assert_ne!(answer.header("connection"), Some("close"), "{head}");
        self.next_request_works().await;
        answer
    }

    /// The same for a case that may end the connection.
    async fn send_last(&mut self, head: &str, body: &[u8]) -> RawAnswer {
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        let request = [head.as_bytes(), length.as_bytes(), body].concat();
        self.connection.exchange(request).await
    }

    async fn next_request_works(&mut self) {
        let object = json!({"identity":"good","type":"product","fields":{"title":"Good"}});
        let head = self.head("POST", "/v1/content");
        let answer = self.send_last(&head, &post(&object)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(
            answer.json(),
            json!({"ok_count":1,"errors_count":0,"errors":{}})
        );
    }

    async fn content(&mut self, method: &str, body: &[u8]) -> RawAnswer {
        let head = self.head(method, "/v1/content");
        self.send(&head, body).await
    }

    /// A new connection, after one that the server closed.
    async fn reconnect(&mut self) {
        self.connection = self.server.raw().await;
        self.next_request_works().await;
    }
}

/// A request body with one object.
fn post(object: &Value) -> Vec<u8> {
    json!({"objects":[object]}).to_string().into_bytes()
}

/// The answer to a request that is refused as a whole.
fn refused_whole(caused_by: &Value) -> Value {
    json!({"type":"malformed_input","reason":"incorrect parameters provided","caused_by":caused_by})
}

/// The answer to a request with one object, refused for what is wrong with it.
fn refused_object(key: &str, caused_by: &Value) -> Value {
    json!({"ok_count":0,"errors_count":1,"errors":{
        key: {"type":"malformed_input","reason":"incorrect object format","caused_by":caused_by}}})
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}
