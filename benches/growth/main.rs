//! Whether any parser takes more than its share of time when its input grows: each construct at sizes n, 2n and 4n. Fails
//! when four times the input takes more than [`MOST`] times the time, and sixteen times the input again. See `docs/performance.md`.
//!
//!     cargo bench --bench growth
//!     cargo bench --bench growth -- yaml html
//!
//! Without `--bench`, as `cargo test` runs it, each construct is read once at a small size, and nothing is measured.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints what it measures")]

mod constructs;
mod content;
mod dumps;
mod exports;
mod forums;
mod readers;

use std::process::Command;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use constructs::Construct;
use content::CONTENT;
use exports::EXPORTS;
use forums::FORUMS;

/// Four times the input may take so many times the time: halfway between what is linear, 4, and what is quadratic, 16.
const MOST: f64 = 8.0;
/// The smallest size that is measured takes at least so many milliseconds when `LEAST` doesn't say. More time shows what
/// only large inputs do.
const LEAST: u32 = 8;
/// No smallest size has more bytes for each of these milliseconds.
const LARGEST: usize = 128 << 10;
/// The first size that is tried.
const FIRST: usize = 1 << 10;
/// Of these the first size is larger: up to there they grow faster, and at some number it ends.
const BOUNDED: [(&str, usize); 1] = [("markdown: rows that lack cells", 4 << 10)];
/// Each size is read so often, and the least time counts.
const RUNS: usize = 3;

/// After how many milliseconds the allocator gives memory back; never when it is -1.
const KEEP: &str = "MIMALLOC_PURGE_DELAY";

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|it| it == "--bench") {
        CONTENT.iter().chain(EXPORTS).chain(FORUMS).for_each(|construct| (construct.reader)(&construct.text(1 << 10)));
        return;
    }
    // Memory that is given back and asked for anew costs time, in leaps that have nothing to do with the parsers.
    if std::env::var_os(KEEP).is_none() {
        let program = std::env::current_exe().expect("this program");
        let ran = Command::new(program).args(&arguments).env(KEEP, "-1").status().expect("this program again");
        std::process::exit(ran.code().unwrap_or(1));
    }
    let words: Vec<&String> = arguments.iter().filter(|it| !it.starts_with('-')).collect();
    let asked =
        |construct: &&Construct| words.is_empty() || words.iter().any(|word| construct.what.contains(word.as_str()));
    println!("| construct | n, bytes | n, ms | 2n | 4n | 4n / n |");
    println!("|---|---|---|---|---|---|");
    let least = std::env::var("LEAST").ok().and_then(|it| it.parse().ok()).unwrap_or(LEAST);
    let each = CONTENT.iter().chain(EXPORTS).chain(FORUMS).filter(asked);
    let failed: Vec<&str> = each.filter(|it| !is_linear(it, least)).map(|it| it.what).collect();
    if !failed.is_empty() {
        println!("\nfaster than their input grow: {}", failed.join("; "));
        std::process::exit(1);
    }
}

/// Measures a construct and prints its row. Where it seems to grow too fast it is measured at four times the size as well:
/// memory that no longer fits the processor's caches costs something once, and what is quadratic is so at every size. What
/// reading nothing takes, as an import's folders, is left out.
fn is_linear(construct: &Construct, least: u32) -> bool {
    let nothing = time(construct, 0);
    let beyond = |size| time(construct, size).saturating_sub(nothing);
    let bound = BOUNDED.iter().find(|(what, _)| *what == construct.what);
    let mut size = bound.map_or(FIRST, |(_, size)| *size);
    while size < LARGEST * least as usize && beyond(size) < Duration::from_millis(least.into()) {
        size *= 2;
    }
    [size, 4 * size].into_iter().any(|size| {
        let [once, twice, four] = [1, 2, 4].map(|times| beyond(times * size).as_secs_f64() * 1e3);
        let ratio = four / once;
        println!("| {} | {size} | {once:.2} | {twice:.2} | {four:.2} | {ratio:.1} |", construct.what);
        ratio <= MOST
    })
}

/// The least processor time, of all threads, that reading a construct of this size takes.
fn time(construct: &Construct, size: usize) -> Duration {
    let text = construct.text(size);
    let spent = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    };
    let runs = (0..RUNS).map(|_| {
        let began = spent();
        (construct.reader)(&text);
        spent() - began
    });
    runs.min().unwrap_or_default()
}
