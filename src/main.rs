//! The program `boards`: hands the arguments to the command line and returns its exit code.
use boards::build::*;
fn main() {
 let a: Vec<String> = std::env::args().collect();
 let t = std::time::Instant::now();
 let r = build(&Order{repository: a[1].clone().into(), content: "content".into(), source: boards::git::Source::Revision("HEAD".into()), out: a[2].clone().into(), base: None, theme: None, cache: CacheAt::Repository, swap: false, force: false}, &boards::monitor::Quiet).unwrap();
 let mut by = std::collections::BTreeMap::new(); for d in &r.diagnostics { *by.entry(d.code.clone()).or_insert(0) += 1; }
 eprintln!("{:?} {:?} {:?} {:?}", r.counts, r.pages, by, t.elapsed());
 for d in r.diagnostics.iter().filter(|d| d.severity == boards::diagnostic::Severity::Error).take(10) { eprint!("{}", boards::diagnostic::draw(d, boards::diagnostic::Form::Short, None, false)); }
}
