//! The program `civbank`: hands its arguments to the command line's room.

use std::process::ExitCode;

fn main() -> ExitCode {
    civbank::cli::run(std::env::args_os())
}
