//! A path → a lock on it that one process at a time holds, and whom a second one waits for. The kernel holds the lock, and
//! lets go of it when the process ends in any way.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::monitor::Monitor;
use crate::{Error, Result};

/// How often a lock that another process holds is tried again, and how long after each time: ten seconds in all.
const MOST_TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

/// A lock file that is held until the value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock file at `path`, made when it isn't there. While another process holds it, waits for ten seconds and
    /// tells the monitor whom for; `verb` tells others who holds it then.
    ///
    /// # Errors
    /// The file can't be made, or another process doesn't let go of it.
    pub fn take(path: &Path, verb: &str, monitor: &dyn Monitor) -> Result<Lock> {
        Lock::take_within(path, verb, monitor, MOST_TRIES)
    }

    fn take_within(path: &Path, verb: &str, monitor: &dyn Monitor, patience: u32) -> Result<Lock> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(Error::io(path))?;
        for tried in 0_u32.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tried < patience => {
                    if tried == 0 {
                        monitor.waits(&holder(path));
                    }
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::other(
                        format!("{}: another boards is at work here ({})", path.display(), holder(path)),
                        "wait until it has ended, or end it",
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
            }
        }
        let note = format!("process {}, {verb}\n", std::process::id());
        // The kernel holds the lock. The note only says who has it, and a full disk has no room for it.
        let _ = file.set_len(0).and_then(|()| file.write_all(note.as_bytes()));
        Ok(Lock { _file: file })
    }
}

/// Who wrote into a lock that they hold it.
fn holder(lock: &Path) -> String {
    fs::read_to_string(lock).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;
    use crate::monitor::Quiet;

    /// Tells what it is told of whom is waited for.
    struct WaitMessage(Sender<String>);

    impl Monitor for WaitMessage {
        fn waits(&self, holder: &str) {
            self.0.send(holder.to_owned()).unwrap();
        }
    }

    #[test]
    fn a_second_one_is_told_who_holds_it_and_has_it_after_that() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path, "build", &Quiet).unwrap();
        let holder = format!("process {}, build", std::process::id());
        let refused = Lock::take_within(&path, "build", &Quiet, 1).unwrap_err().to_string();
        assert!(refused.contains(&format!("at work here ({holder})")), "{refused}");
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Lock::take_within(&path, "merge", &WaitMessage(tell), u32::MAX).map(drop));
            assert_eq!(told.recv().unwrap(), holder);
            drop(first);
            second.join().unwrap().unwrap();
        });
    }
}
