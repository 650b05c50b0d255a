//! The engine as other crates meet it, on a data folder and a clock of the test.

mod deliveries;
mod hash_lists;
mod keys;
mod outward;
mod people;
mod place;
mod posting;
mod receiver;
mod running;
mod sending;
mod sessions;
mod sign_in;
mod signatures;
mod simulation;
