//! The engine as the server and the command line call it.

mod deliveries;
mod outward;
mod posting;
mod receiver;
mod running;
mod sending;
mod signatures;
