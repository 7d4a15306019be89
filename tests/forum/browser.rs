//! The browser and what drives it → where they are: `.ci/run` installs both. And a forum that it can visit.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use serde_json::Value;

use super::Forum;
use super::program::command;

/// The browser's program; none where it, node or the driver is missing.
pub fn browser() -> Option<PathBuf> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/playwright-core");
    let path = std::env::var_os("PATH")?;
    let find =
        |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists());
    find("node").filter(|_| driver.exists())?;
    find("chromium").or_else(|| find("chromium-browser"))
}

/// A served forum and its address; it ends with the test.
pub struct Served(Child, pub String);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Serves a forum; its address has no slash at the end.
pub fn serve(forum: &Forum) -> Served {
    let mut command = command(forum.dir());
    command.args(["serve", "--port", "0", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    // What it says later must not stop it.
    std::thread::spawn(move || lines.for_each(drop));
    Served(child, line["address"].as_str().unwrap().trim_end_matches('/').to_owned())
}
