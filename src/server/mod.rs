//! The window: a forum on the disk → its site in a browser, built again at each change. It builds as everybody does and
//! has no quicker way of its own; it shows only what was built, and only to this machine unless told otherwise.

mod answer;
mod built;
mod connection;
mod current;
mod page;
mod request;
mod rounds;
mod site_state;
mod watch;

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::build::{CacheAt, Order, Report};
use crate::git::{Repository, Source};
use crate::monitor::Monitor;
use crate::{Error, Result};

use connection::Shared;
use current::Window;
use request::Hosts;
use rounds::Rounds;
use watch::Event;

/// What begins so isn't the forum's: no name of a forum's folder or file begins with this sign.
const OWN: &str = "/_boards/";
/// Where pages wait for news.
const CHANGES: &str = "/_boards/changes";
/// The script of every page.
const SCRIPT: &str = "/_boards/serve.js";
/// Its style sheet.
const STYLE: &str = "/_boards/serve.css";

/// The port that is tried first when none is named.
const FIRST_PORT: u16 = 8000;
/// How many are tried.
const TRIED_PORTS: u16 = 10;

/// How long the server waits for itself when it ends.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a server tells while it runs.
#[derive(Debug)]
pub enum News<'n> {
    /// The forum can't be watched, for this reason: it is looked at once a second.
    Blind(&'n str),
    /// The forum was built, or has errors, after so many seconds. Not told when that changed nothing.
    Built(&'n Report, f64),
    /// The world was in the way of a build. It will be tried again.
    Failed(&'n Error),
}

/// A server that doesn't answer yet.
#[derive(Debug)]
pub struct Server {
    order: Order,
    listener: TcpListener,
    hosts: Hosts,
    tell: Sender<Event>,
    events: Receiver<Event>,
    /// Held while the server is: no other one works in its folder.
    _alone: File,
    _temporary: Option<tempfile::TempDir>,
}

/// Ends a server from another thread.
#[derive(Debug, Clone)]
pub struct Stop(Sender<Event>);

impl Stop {
    /// Ends it, after the build that is at work.
    pub fn now(&self) {
        // It may have ended already.
        let _ = self.0.send(Event::End);
    }
}

impl Server {
    /// A server of the working copy of the forum that `order` names, at this host and port. Its output folder is left
    /// alone: the site is built in the git folder, or, without one, in a temporary folder.
    ///
    /// # Errors
    /// There is no forum in a working copy, the host or port can't be had, another server serves this forum, or its
    /// folder can't be made.
    pub fn open(order: &Order, host: &str, port: Option<u16>) -> Result<Server> {
        let content = order.repository.join(&order.content);
        if !content.is_dir() {
            let message = format!("{}: there is no such folder", content.display());
            return Err(Error::other(
                message,
                "a forum's content lies there: go to the forum's working copy or name it with `-C`",
            ));
        }
        let (listener, open) = bind(host, port)?;
        let repository = Repository::find(&order.repository)?;
        let (temporary, place, cache) = match repository {
            Some(repository) => (None, repository.place().join("boards/serve"), order.cache.clone()),
            None => {
                let folder = tempfile::tempdir().map_err(Error::io(std::env::temp_dir()))?;
                let place = folder.path().to_owned();
                let cache = CacheAt::Folder(place.join("cache"));
                (Some(folder), place, cache)
            }
        };
        let alone = alone(&place)?;
        let out = place.join("site");
        let order = Order { source: Source::WorkingCopy, out, cache, swap: false, force: true, ..order.clone() };
        let hosts = Hosts { name: host.to_owned(), open };
        let (tell, events) = channel();
        Ok(Server { order, listener, hosts, tell, events, _alone: alone, _temporary: temporary })
    }

    /// The address that it answers at.
    ///
    /// # Errors
    /// The system doesn't know it.
    pub fn address(&self) -> Result<SocketAddr> {
        self.listener.local_addr().map_err(|error| Error::other(format!("the server's address: {error}"), ""))
    }

    /// Whether it can be reached from other machines.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.hosts.open
    }

    /// What ends it.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.tell.clone())
    }

    /// Builds, serves, and builds again at each change, until it is stopped.
    ///
    /// # Errors
    /// The system gives no thread. What is in the way of a build ends nothing: it is told, and tried again.
    pub fn run(self, monitor: &dyn Monitor, say: &mut dyn FnMut(News<'_>)) -> Result<()> {
        let address = self.address()?;
        let mend = self.tell.clone();
        let mend = Box::new(move || {
            let _ = mend.send(Event::Changed(Vec::new()));
        });
        let shared = Arc::new(Shared { hosts: self.hosts.clone(), window: Window::new(), mend });
        std::thread::scope(|scope| {
            scope.spawn(|| connection::listen(&self.listener, &shared));
            let rounds = Rounds { order: &self.order, window: &shared.window, monitor, tell: &self.tell };
            rounds.run(&self.events, say);
            shared.window.close();
            // The listener looks up only when somebody comes.
            let _ = TcpStream::connect_timeout(&reachable(address), PATIENCE);
        });
        Ok(())
    }
}

/// Takes a folder for one server alone, for as long as what it gives is held.
fn alone(place: &Path) -> Result<File> {
    fs::create_dir_all(place).map_err(Error::io(place))?;
    let path = place.join("lock");
    let file = File::create(&path).map_err(Error::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{}: another boards serves this forum", place.display());
            Err(Error::other(message, "open it there, or stop that one"))
        }
        Err(TryLockError::Error(error)) => Err(Error::io(&path)(error)),
    }
}

/// Takes a port of a host, and says whether other machines reach it there.
fn bind(host: &str, port: Option<u16>) -> Result<(TcpListener, bool)> {
    let ports = port.map_or(FIRST_PORT..=FIRST_PORT + TRIED_PORTS - 1, |port| port..=port);
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for port in ports.clone() {
        match TcpListener::bind((host, port)) {
            Ok(listener) => {
                let open = listener.local_addr().map_or(true, |at| !at.ip().is_loopback());
                return Ok((listener, open));
            }
            Err(error) => last = error,
        }
        if last.kind() != ErrorKind::AddrInUse {
            break;
        }
    }
    let place = if ports.start() == ports.end() {
        ports.start().to_string()
    } else {
        format!("{}-{}", ports.start(), ports.end())
    };
    let hint = match last.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there: name another port with --port, or 0 for any that is free"
        }
        ErrorKind::PermissionDenied => "ports below 1024 are the system's: name another with --port",
        _ => "name an address of this machine with --host",
    };
    Err(Error::other(format!("can't serve at {host}:{place}: {last}"), hint))
}

/// An address by which this machine reaches its own listener at `address`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_named_unless_another_will_do() {
        let (first, open) = bind("127.0.0.1", Some(0)).unwrap();
        assert!(!open);
        let port = first.local_addr().unwrap().port();
        let refused = bind("127.0.0.1", Some(port)).unwrap_err();
        assert!(refused.to_string().contains(&format!("127.0.0.1:{port}")) && refused.hint().is_some(), "{refused}");
        assert!(bind("0.0.0.0", Some(0)).unwrap().1, "everybody reaches it");
    }
}
