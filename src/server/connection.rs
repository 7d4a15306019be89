//! A connection → one request read, one answer written. Nobody may keep a thread for long but by waiting for news of a
//! page.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::answer::{Answer, Refusal};
use super::current::Window;
use super::request::{self, Hosts, Request, field};
use super::site_state::waits;

/// The most bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
/// How long a client may take to send it.
const ASKING: Duration = Duration::from_secs(5);
/// How long a client may take to read its answer.
const READING: Duration = Duration::from_secs(60);
/// How often a page that waits is sent something, so that one that is gone is noticed.
const SIGN: Duration = Duration::from_secs(10);
/// How long a client that was answered early may go on sending.
const LINGER: Duration = Duration::from_millis(500);
/// The most connections at once.
const MOST_CONNECTIONS: usize = 128;
/// The stack of a connection's thread, in bytes: little is done there.
const STACK_BYTES: usize = 256 << 10;

/// What a connection works with.
pub(super) struct Shared {
    pub hosts: Hosts,
    pub window: Window,
    /// Asks for a build, because a file has vanished.
    pub mend: Box<dyn Fn() + Send + Sync>,
}

/// Answers everybody who comes, until the window is closed.
pub(super) fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    let seats = Arc::new(());
    while shared.window.now().is_some() {
        let Ok((stream, _)) = listener.accept() else {
            // Too many open files, mostly: some will be closed soon.
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        let (shared, seat) = (Arc::clone(shared), Arc::clone(&seats));
        if Arc::strong_count(&seats) > MOST_CONNECTIONS + 1 {
            let _ = stream.set_write_timeout(Some(LINGER)).and_then(|()| (&stream).write_all(&busy()));
            continue;
        }
        // Where no thread can be had the connection is closed, and the browser asks again.
        let _ = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
            // A client that is gone misses nothing.
            let _ = serve(&stream, &shared);
            drop(seat);
        });
    }
}

fn busy() -> Vec<u8> {
    Answer::from(Refusal::BUSY).bytes(false)
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match head(stream, &shared.hosts, ASKING)? {
        Err(refusal) => {
            write(stream, &Answer::from(refusal).bytes(false))?;
            linger(stream)
        }
        Ok(request) => {
            let Some(state) = shared.window.now() else { return Ok(()) };
            if waits(&request) {
                return wait(stream, &request, &shared.window);
            }
            let (answer, vanished) = state.answer(&request);
            if vanished {
                (shared.mend)();
            }
            write(stream, &answer.bytes(request.head))?;
            linger(stream)
        }
    }
}

/// Reads the head of a request, from a client that must send it within this time.
fn head(mut stream: &TcpStream, hosts: &Hosts, asking: Duration) -> io::Result<Result<Request, Refusal>> {
    let until = Instant::now() + asking;
    let mut bytes = Vec::new();
    let mut piece = [0; 2048];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Err(Refusal::LATE));
        }
        stream.set_read_timeout(Some(left))?;
        let count = match stream.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(error) => return Err(error),
        };
        let read = piece.get(..count).unwrap_or_default();
        bytes.extend_from_slice(read);
        // A head ends with a line, so nothing is to be tried before one does.
        if read.contains(&b'\n') {
            match request::read(&bytes, hosts) {
                Ok(None) => {}
                Ok(Some(request)) => return Ok(Ok(request)),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        if bytes.len() > HEAD_BYTES {
            return Ok(Err(Refusal::TOO_LARGE));
        }
    }
}

/// Writes all of an answer, to a client that must not be too slow in reading it.
fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    let until = Instant::now() + READING;
    let mut rest = bytes;
    while !rest.is_empty() {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Ends a connection so that the answer arrives: closed with something unread, it would be thrown away.
fn linger(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let until = Instant::now() + LINGER;
    let mut piece = [0; 4096];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        stream.set_read_timeout(Some(left))?;
        if stream.read(&mut piece)? == 0 {
            return Ok(());
        }
    }
}

/// Tells a page what it should know, and again whenever that changes: server-sent events, HTML Standard section 9.2.
fn wait(stream: &TcpStream, request: &Request, window: &Window) -> io::Result<()> {
    let page = field(&request.query, "page").unwrap_or_default();
    let key = field(&request.query, "key").unwrap_or_default();
    let mut head = Answer::own((200, "OK"), "text/event-stream", "");
    head.headers.push(("X-Accel-Buffering".to_owned(), "no".to_owned()));
    let head = String::from_utf8_lossy(&head.bytes(true)).replace("Content-Length: 0\r\n", "");
    write(stream, head.as_bytes())?;
    let Some(mut state) = window.now().filter(|_| !request.head) else { return Ok(()) };
    let mut last = String::new();
    loop {
        let news = state.news(&page, &key);
        // A comment is nothing to the page, and fails when nobody is there to read it.
        let event = if news == last { ":\n\n".to_owned() } else { format!("data: {news}\n\n") };
        write(stream, event.as_bytes())?;
        last = news;
        match window.next(&state, SIGN) {
            Some(next) => state = next,
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_slow_to_ask_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
        let hosts = Hosts { name: String::new(), open: false };
        assert_eq!(head(&server, &hosts, Duration::from_millis(20)).unwrap(), Err(Refusal::LATE));
        client.write_all(b"\r\n").unwrap();
        drop(client);
        let end = head(&server, &hosts, ASKING).unwrap_err();
        assert_eq!(end.kind(), ErrorKind::UnexpectedEof, "what was read before is gone");
    }
}
