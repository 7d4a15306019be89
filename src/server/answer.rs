//! A status, headers and a body → the bytes of an answer (RFC 9112). Each answer ends its connection.

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status, RFC 9110 section 15.
    pub status: u16,
    /// Its words, which are all that is said.
    words: &'static str,
}

impl Refusal {
    pub(super) const BAD: Refusal = Refusal { status: 400, words: "Bad Request" };
    pub(super) const ORIGIN: Refusal = Refusal { status: 403, words: "Forbidden" };
    pub(super) const METHOD: Refusal = Refusal { status: 405, words: "Method Not Allowed" };
    pub(super) const LATE: Refusal = Refusal { status: 408, words: "Request Timeout" };
    /// The name that the server was called by isn't its own.
    pub(super) const HOST: Refusal = Refusal { status: 421, words: "Misdirected Request" };
    pub(super) const TOO_LARGE: Refusal = Refusal { status: 431, words: "Request Header Fields Too Large" };
    pub(super) const BUSY: Refusal = Refusal { status: 503, words: "Service Unavailable" };
}

/// The headers of what isn't the forum's own: what `_headers` says of pages, as strict.
pub(super) const STRICT: [(&str, &str); 3] = [
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
];

/// An answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status line's number and words.
    pub status: (u16, &'static str),
    /// All headers but those that the connection needs.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer of the server's own.
    pub(super) fn own(status: (u16, &'static str), kind: &str, body: impl Into<Vec<u8>>) -> Answer {
        let own = STRICT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let kind = ("Content-Type".to_owned(), kind.to_owned());
        Answer { status, headers: [kind].into_iter().chain(own).collect(), body: body.into() }
    }

    /// The bytes to send; those of the head alone for a `HEAD` request. What a browser kept could hide a change, so
    /// nothing is kept unless the headers say otherwise.
    pub(super) fn bytes(&self, head: bool) -> Vec<u8> {
        let mut out = format!("HTTP/1.1 {} {}\r\nConnection: close\r\n", self.status.0, self.status.1);
        out.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("cache-control")) {
            out.push_str("Cache-Control: no-store\r\n");
        }
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        let mut bytes = out.into_bytes();
        if !head {
            bytes.extend(&self.body);
        }
        bytes
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        let mut answer = Answer::own((refusal.status, refusal.words), "text/plain; charset=utf-8", refusal.words);
        if refusal == Refusal::METHOD {
            answer.headers.push(("Allow".to_owned(), "GET, HEAD".to_owned()));
        }
        answer
    }
}

/// What kind of content a file of this name has, for browsers.
pub(super) fn kind(path: &str) -> &'static str {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_head_is_that_to_get_without_its_body() {
        let answer = Answer::own((200, "OK"), kind("a.html"), "Tea");
        let (whole, head) = (answer.bytes(false), answer.bytes(true));
        assert_eq!(whole.strip_suffix(b"Tea"), Some(&head[..]));
        let head = String::from_utf8(head).unwrap();
        assert!(
            head.starts_with(
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\nCache-Control: no-store\r\n"
            )
        );
        assert!(head.contains("\r\nContent-Type: text/html; charset=utf-8\r\n") && head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn the_kind_is_told_by_the_ending_of_the_name() {
        assert_eq!(kind("a.b/c"), "application/octet-stream");
        assert_eq!(kind("a/b.PNG"), "image/png");
    }
}
