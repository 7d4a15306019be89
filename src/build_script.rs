//! Runs before the program is compiled. The program's own sources and themes in → a number out that tells one program
//! from any other, so that what an older one remembers is never taken for this one's work; and the names of emoji → one
//! text with all of them, for a table of as many pieces would have to be laid out anew whenever the program starts.
#![allow(clippy::print_stdout, reason = "this is how cargo is told")]

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

fn main() {
    let mut hasher = DefaultHasher::new();
    for place in ["src", "themes", "Cargo.toml", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={place}");
        add(Path::new(place), &mut hasher);
    }
    println!("cargo:rustc-env=BOARDS_FINGERPRINT={:016x}", hasher.finish());
    #[cfg(feature = "import")]
    emoji();
}

/// Writes the names of emoji for the importers: a line for each, with the name, a space and the emoji.
#[cfg(feature = "import")]
fn emoji() {
    let named = |emoji: &'static emojis::Emoji| emoji.shortcodes().map(move |name| format!("{name} {emoji}\n"));
    let lines: String = emojis::iter().flat_map(named).collect();
    let out = std::env::var_os("OUT_DIR").expect("cargo names a folder for what is made");
    fs::write(Path::new(&out).join("emoji.txt"), lines).expect("that folder can be written");
}

fn add(place: &Path, hasher: &mut DefaultHasher) {
    if place.is_dir() {
        let mut inside: Vec<_> =
            fs::read_dir(place).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.sort();
        for path in inside {
            add(&path, hasher);
        }
    } else {
        place.to_string_lossy().replace('\\', "/").hash(hasher);
        fs::read(place).unwrap_or_default().hash(hasher);
    }
}
