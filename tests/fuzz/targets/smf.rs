//! Dumps of an SMF board's database in → a dry import that ends in a report.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| boards_fuzz::import("smf", data));
