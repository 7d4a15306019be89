//! The browser and what drives it → where they are: `.ci/run` installs both.

use std::path::{Path, PathBuf};

/// The browser's program; none where it, node or the driver is missing.
pub fn browser() -> Option<PathBuf> {
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/playwright-core");
    let path = std::env::var_os("PATH")?;
    let find =
        |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.exists());
    find("node").filter(|_| driver.exists())?;
    find("chromium").or_else(|| find("chromium-browser"))
}
