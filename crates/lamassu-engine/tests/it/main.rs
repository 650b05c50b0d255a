//! The engine as other crates meet it, on a data folder and a clock of the test.

mod keys;
mod people;
mod place;
mod sessions;
mod sign_in;
mod simulation;
