//! The program `boards`: hands the arguments to the command line and returns its exit code.

fn main() {}
