//! The bytes before a request's body → what is asked for, or why it is refused. Nothing is looked up here, and a body is
//! never read.

use std::net::IpAddr;

use super::answer::Refusal;

/// The most header lines of a request.
const MOST_HEADERS: usize = 64;

/// What is asked for (RFC 9110).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// `HEAD`: the answer without its body.
    pub head: bool,
    /// The path, decoded once; it begins with a slash.
    pub path: String,
    /// What stands behind the question mark, as it was sent.
    pub query: String,
    /// A browser says that another site's page asks.
    pub foreign: bool,
}

/// The names by which the server may be called. A page of any other name that leads here is an attack by way of the
/// name's address (DNS rebinding).
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// The name or address that the server was told to stand at.
    pub name: String,
    /// Whether it can be reached from elsewhere: then by any address of this machine too. An address can't be rebound.
    pub open: bool,
}

/// Reads the head of a request; `None` when it isn't whole yet.
///
/// # Errors
/// Everything but a plain `GET` or `HEAD` of a path here, by a page from here.
pub(super) fn read(bytes: &[u8], hosts: &Hosts) -> Result<Option<Request>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(bytes) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TOO_LARGE),
        Err(_) => return Err(Refusal::BAD),
    }
    let (method, target) = head.method.zip(head.path).ok_or(Refusal::BAD)?;
    let header = |name: &str| {
        let all = head.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let mut all = all.map(|header| str::from_utf8(header.value).unwrap_or("\u{fffd}").trim());
        (all.next(), all.next().is_some())
    };
    let (Some(host), false) = header("host") else { return Err(Refusal::BAD) };
    if !hosts.allow(host) {
        return Err(Refusal::HOST);
    }
    let head = match method {
        "GET" => false,
        "HEAD" => true,
        _ => return Err(Refusal::METHOD),
    };
    // A browser sends no Origin with what a page asks of its own site, or this one.
    let own = |origin: &str| origin.strip_prefix("http://").is_some_and(|rest| rest.eq_ignore_ascii_case(host));
    if let (Some(origin), more) = header("origin")
        && (more || !own(origin))
    {
        return Err(Refusal::ORIGIN);
    }
    let foreign = header("sec-fetch-site").0.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    // Only the form of a plain server (RFC 9112, section 3.2.1); the others are for proxies.
    if !target.starts_with('/') {
        return Err(Refusal::BAD);
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = decoded(path).ok_or(Refusal::BAD)?;
    Ok(Some(Request { head, path, query: query.to_owned(), foreign }))
}

/// A text without its percent-encoding (RFC 3986, section 2.1); `None` where that is broken, or is no plain text.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? << 4 | digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.chars().any(char::is_control))
}

/// The value of a field of a query, decoded.
pub(super) fn field(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).and_then(|(_, value)| decoded(value))
}

impl Hosts {
    /// Whether the server may be called by the name in this `Host` header (RFC 9110, section 7.2).
    fn allow(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        if let Ok(address) = name.parse::<IpAddr>() {
            return address.is_loopback() || self.open;
        }
        let name = name.to_ascii_lowercase();
        name == "localhost" || name.ends_with(".localhost") || name.eq_ignore_ascii_case(&self.name)
    }
}

/// The name in `name`, `name:port`, `[address]` or `[address]:port`.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(name, port)| (name, port.strip_prefix(':').or(empty(port)))),
        None => Some(host.split_once(':').map_or((host, Some("")), |(name, port)| (name, Some(port)))),
    }?;
    (port?.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty()).then_some(name)
}

fn empty(text: &str) -> Option<&str> {
    text.is_empty().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(head: &str) -> Result<Request, u16> {
        let hosts = Hosts { name: String::from("127.0.0.1"), open: false };
        match read(head.as_bytes(), &hosts) {
            Ok(Some(request)) => Ok(request),
            Ok(None) => Err(0),
            Err(refusal) => Err(refusal.status),
        }
    }

    fn of(path: &str) -> Result<String, u16> {
        ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).map(|request| request.path)
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(of("/a%20b/%D1%87").as_deref(), Ok("/a b/ч"));
        assert_eq!(of("/%252e%252e/").as_deref(), Ok("/%2e%2e/"));
        assert_eq!(of("/a?page=b%2Fc").as_deref(), Ok("/a"));
        for broken in ["/%", "/%4", "/%zz", "/%ff", "/%00", "/%0a", "a", "*", "http://localhost/", "//%"] {
            assert_eq!(of(broken), Err(400), "{broken}");
        }
    }

    #[test]
    fn only_local_names_are_answered() {
        let hosts = |name: &str, open| Hosts { name: name.into(), open };
        let local = hosts("127.0.0.1", false);
        for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:80", "tea.localhost"] {
            assert!(local.allow(host), "{host}");
        }
        for host in [
            "",
            ":80",
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "localhost:80:80",
            "localhost:x",
            "0.0.0.0",
            "192.168.1.2",
            "[::1",
            "[::1]x",
            "::1",
            "localhost@evil.example",
            "127.0.0.1.evil.example",
            "localhost/",
        ] {
            assert!(!local.allow(host), "{host}");
        }
        let open = hosts("tea.lan", true);
        assert!(open.allow("192.168.1.2:8000") && open.allow("TEA.lan") && open.allow("localhost"));
        assert!(!open.allow("evil.example"));
    }

    #[test]
    fn requests_that_no_reader_makes_are_refused() {
        let with =
            |more: &str| ask(&format!("GET / HTTP/1.1\r\nHost: localhost:8000\r\n{more}\r\n")).map(|it| it.foreign);
        assert_eq!(with(""), Ok(false));
        assert_eq!(with("Origin: http://LOCALHOST:8000\r\n"), Ok(false));
        assert_eq!(with("Sec-Fetch-Site: cross-site\r\n"), Ok(true));
        for (more, status) in [
            ("Origin: http://localhost:8001\r\n", 403),
            ("Origin: https://localhost:8000\r\n", 403),
            ("Origin: http://evil.example\r\n", 403),
            ("Origin: null\r\n", 403),
            ("Origin: http://localhost:8000\r\nOrigin: http://evil.example\r\n", 403),
            ("Host: localhost:8000\r\n", 400),
            (" folded\r\n", 400),
            ("no colon\r\n", 400),
        ] {
            assert_eq!(with(more), Err(status), "{more}");
        }
        assert_eq!(ask("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"), Err(405));
        assert_eq!(ask("GET / HTTP/1.1\r\n\r\n"), Err(400));
        assert_eq!(ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), Err(421));
        assert_eq!(ask("GET / HTTP/1.1\r\nHost: localhost\r\n"), Err(0));
        let many = "A: b\r\n".repeat(MOST_HEADERS + 1);
        assert_eq!(with(&many), Err(431));
    }

    #[test]
    fn fields_of_a_query_are_decoded() {
        assert_eq!(field("page=a%2Fb&key=1", "page").as_deref(), Some("a/b"));
        assert_eq!(field("page=a%2Fb&key=1", "key").as_deref(), Some("1"));
        assert_eq!(field("page", "page"), None);
    }
}
