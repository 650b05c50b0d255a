//! The jailed child for this crate's tests, which start it as the product starts itself.

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os();
    arguments.next();
    arguments.next();
    lamassu_media::run_child(arguments)
}
