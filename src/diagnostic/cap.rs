//! All faults of some files in → those that are reported. A single file can have a fault in every word, and a report
//! that nobody can read to its end hides the others.

use super::{Diagnostic, Rule, Severity};

/// Stands for the faults of a file that aren't reported one by one.
pub static MORE_FAULTS: Rule = Rule { name: "more-faults", severity: Severity::Hint };

/// So many faults of one file are reported.
pub const MOST_FAULTS: usize = 100;

/// The faults that are reported: of each file at most [`MOST_FAULTS`], errors first, then warnings. What is left out is counted in
/// a fault of its own behind them. `faults` are in the order of their paths, and so is the answer.
#[must_use]
pub fn reported<'d>(faults: impl IntoIterator<Item = &'d Diagnostic>) -> Vec<Diagnostic> {
    let faults: Vec<&Diagnostic> = faults.into_iter().collect();
    faults.chunk_by(|a, b| a.path == b.path).flat_map(of_file).collect()
}

fn of_file(faults: &[&Diagnostic]) -> Vec<Diagnostic> {
    let mut order: Vec<usize> = (0..faults.len()).collect();
    order.sort_by_key(|&at| faults[at].severity);
    let left = order.split_off(MOST_FAULTS.min(order.len()));
    order.sort_unstable();
    let note = left.iter().min().map(|&next| {
        let message = match left.len() {
            1 => String::from("one more fault of this file isn't shown"),
            count => format!("{count} more faults of this file aren't shown"),
        };
        MORE_FAULTS.at(&faults[next].path, faults[next].at, message, "fix those above, and run it again")
    });
    order.into_iter().map(|at| faults[at].clone()).chain(note).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Spot;
    use super::*;

    fn fault(path: &str, line: u32, severity: Severity) -> Diagnostic {
        Diagnostic { severity, ..MORE_FAULTS.at(path, Spot { line, column: 1 }, "x", "") }
    }

    #[test]
    fn what_fits_is_reported_as_it_is() {
        let faults: Vec<_> = (1..=100).map(|line| fault("a", line, Severity::Warning)).collect();
        assert_eq!(reported(&faults), faults);
        assert_eq!(reported(&[]), []);
    }

    #[test]
    fn what_is_left_out_is_counted_for_each_file() {
        let of = |path, count| (1..=count).map(move |line| fault(path, line, Severity::Warning));
        let faults: Vec<_> = of("a", 101).chain(of("b", 3)).chain(of("c", 4410)).collect();
        let reported = reported(&faults);
        assert_eq!(reported.len(), 101 + 3 + 101);
        assert_eq!(reported[100].message, "one more fault of this file isn't shown");
        assert_eq!(
            (reported[204].message.as_str(), reported[204].at.line),
            ("4310 more faults of this file aren't shown", 101)
        );
    }

    #[test]
    fn an_error_behind_a_hundred_warnings_is_reported_and_stands_in_its_place() {
        let mut faults: Vec<_> = (1..=300).map(|line| fault("a", line, Severity::Warning)).collect();
        faults[250].severity = Severity::Error;
        let reported = reported(&faults);
        assert_eq!((reported[99].severity, reported[99].at.line), (Severity::Error, 251));
        assert!(reported[..100].is_sorted_by_key(|it| it.at.line));
    }
}
