//! The program `boards`: hands the arguments to the command line and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    boards::cli::run(std::env::args_os())
}
