//! A small client for JSON over HTTP/1.1 on this machine: one connection that is kept, no encryption, no redirects.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any answer takes, even on a busy machine.
const AT_MOST: Duration = Duration::from_secs(650);
/// Largest answer that is read. **Units**: bytes.
const LARGEST: u64 = 256 << 20;

/// What went wrong between here and the program.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the program at {address} does not answer: {source}")]
    Connection { address: String, source: std::io::Error },
    #[error("the program answers what is no HTTP: {0:?}")]
    NoHttp(String),
    #[error("{method} {path} answers {status}: {detail}")]
    Status { method: &'static str, path: String, status: u16, detail: String },
    #[error("{path} answers what is no JSON: {source}")]
    NoJson { path: String, source: serde_json::Error },
    #[error("{path} answers without {wanted}: {answer}")]
    Lacks { path: String, wanted: &'static str, answer: String },
}

/// A connection to the API with a token.
#[derive(Debug)]
pub struct Client {
    address: String,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: impl Into<String>, token: impl Into<String>) -> Client {
        Client { address: address.into(), token: token.into(), stream: None }
    }

    pub fn get(&mut self, path: &str) -> Result<Value, Refusal> {
        self.call("GET", path, None)
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.call("POST", path, Some(("application/json", body.to_string().into_bytes())))
    }

    pub fn put(&mut self, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.call("PUT", path, Some(("application/json", body.to_string().into_bytes())))
    }

    /// Hands in a file with the fields of a form.
    pub fn hand_in(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        content: &[u8],
    ) -> Result<Value, Refusal> {
        let mut body = Vec::with_capacity(content.len() + 1_000);
        for (field, value) in fields {
            let part =
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--frontier--\r\n");
        self.call("POST", path, Some(("multipart/form-data; boundary=frontier", body)))
    }

    /// All records of a list, page after page.
    pub fn all(&mut self, path: &str) -> Result<Vec<Value>, Refusal> {
        let mut all = Vec::new();
        let (mark, mut after) = (if path.contains('?') { '&' } else { '?' }, None::<String>);
        loop {
            let page = match &after {
                None => format!("{path}{mark}limit=200"),
                Some(after) => format!("{path}{mark}limit=200&after={}", percent(after)),
            };
            let mut answer = self.get(&page)?;
            let Some(data) = answer["data"].as_array_mut() else {
                let answer = answer.to_string();
                return Err(Refusal::Lacks { path: page, wanted: "data", answer });
            };
            all.append(data);
            match answer["next"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => return Ok(all),
            }
        }
    }

    /// A request; the path stands below `/api/v1`.
    fn call(
        &mut self,
        method: &'static str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Value, Refusal> {
        let (kind, body) = body.unwrap_or(("", Vec::new()));
        let mut head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nAccept: application/json\r\n",
            self.address, self.token
        );
        if !kind.is_empty() {
            head.push_str(&format!("Content-Type: {kind}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut request = head.into_bytes();
        request.extend_from_slice(&body);
        let (status, answer) = self.exchange(&request)?;
        let value = match answer.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&answer)
                .map_err(|source| Refusal::NoJson { path: path.to_owned(), source })?,
        };
        if (200..300).contains(&status) {
            return Ok(value);
        }
        let detail = value["detail"].as_str().map_or_else(|| value.to_string(), str::to_owned);
        Err(Refusal::Status { method, path: path.to_owned(), status, detail })
    }

    /// Sends a request and reads its answer; a kept connection that was closed meanwhile is opened anew.
    fn exchange(&mut self, request: &[u8]) -> Result<(u16, Vec<u8>), Refusal> {
        if let Some(mut stream) = self.stream.take()
            && stream.get_mut().write_all(request).is_ok()
            && let Ok(line) = line(&mut stream)
            && !line.is_empty()
        {
            return self.answer(stream, &line);
        }
        let broken = |source| Refusal::Connection { address: self.address.clone(), source };
        let connection = TcpStream::connect(&self.address).map_err(broken)?;
        connection.set_nodelay(true).map_err(broken)?;
        connection.set_read_timeout(Some(AT_MOST)).map_err(broken)?;
        let mut stream = BufReader::new(connection);
        stream.get_mut().write_all(request).map_err(broken)?;
        let line = line(&mut stream).map_err(broken)?;
        self.answer(stream, &line)
    }

    fn answer(&mut self, mut stream: BufReader<TcpStream>, first: &str) -> Result<(u16, Vec<u8>), Refusal> {
        let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status: u16 = status.ok_or_else(|| Refusal::NoHttp(first.to_owned()))?;
        let broken = |source| Refusal::Connection { address: self.address.clone(), source };
        let (mut length, mut chunked, mut closes) = (0u64, false, false);
        loop {
            let header = line(&mut stream).map_err(broken)?.to_ascii_lowercase();
            let Some((name, value)) = header.split_once(':') else { break };
            match (name, value.trim()) {
                ("content-length", value) => length = value.parse().unwrap_or(0),
                ("transfer-encoding", value) => chunked = value.contains("chunked"),
                ("connection", value) => closes = value == "close",
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            while let size @ 1.. = chunk_size(&line(&mut stream).map_err(broken)?)? {
                let before = body.len() as u64;
                stream.by_ref().take(size.min(LARGEST - before)).read_to_end(&mut body).map_err(broken)?;
                line(&mut stream).map_err(broken)?;
            }
            line(&mut stream).map_err(broken)?;
        } else {
            stream.by_ref().take(length.min(LARGEST)).read_to_end(&mut body).map_err(broken)?;
        }
        if !closes {
            self.stream = Some(stream);
        }
        Ok((status, body))
    }
}

fn chunk_size(line: &str) -> Result<u64, Refusal> {
    let size = line.split(';').next().unwrap_or("").trim();
    u64::from_str_radix(size, 16).map_err(|_| Refusal::NoHttp(line.to_owned()))
}

/// A line without its end; empty at the end of the headers and of the connection.
fn line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    stream.take(64 << 10).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A text as a value of a query.
pub fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
