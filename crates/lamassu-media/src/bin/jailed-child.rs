//! The jailed child alone: for the tests and benchmarks of this crate. `lamassu` is its own child.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The first argument is the one that tells a larger binary to call this.
    lamassu_media::run_child(std::env::args_os().skip(2))
}
