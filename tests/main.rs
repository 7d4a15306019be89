//! All tests that use boards as a whole, in one program: the library is linked once. `cargo test --test all NAME::` runs those
//! of one file.

#[allow(dead_code, reason = "not every system uses all of it")]
mod forum;

#[cfg(unix)]
mod book;
mod browser;
#[cfg(unix)]
mod cache;
mod check;
mod cli;
#[cfg(unix)]
mod damage;
mod docs;
mod doctor;
mod editor;
mod explain;
#[cfg(feature = "import")]
mod exports;
#[cfg(unix)]
mod forge;
mod headings;
mod help;
#[cfg(feature = "import")]
mod import;
#[cfg(feature = "import")]
mod inbox;
mod judge;
#[cfg(all(unix, feature = "import"))]
mod killed;
#[cfg(unix)]
mod land;
mod laws;
mod posting;
#[cfg(unix)]
mod publish;
#[cfg(unix)]
mod race;
mod real;
mod replay;
mod round;
mod serve;
mod signed;
mod site;
mod stats;
mod tidy;
#[cfg(unix)]
mod whole;
mod write;
