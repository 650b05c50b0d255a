//! What you type.
fn main() {}
