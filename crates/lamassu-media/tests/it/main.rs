//! The jail against hostile files, and the files people really send. All media is made here.

#![expect(clippy::unwrap_used, reason = "what prepares a test may fail it, too")]

mod blocks;
mod room;
mod samples;

mod kinds;
mod probe;
mod wire;

mod animations;
mod clips;
mod coded;
mod colours;
mod containers;
mod cut_off;
mod excerpts;
mod large;
mod matrix;
mod oddities;
mod pictures;
mod shots;
mod timeline;
mod truncated;

mod children;
mod limits;
mod sandbox;
mod stills;
