//! Tests of the fingerprints: golden values, and laws that hold for every picture.

mod areas;
mod codec;
mod collapse;
mod golden;
mod laws;
mod orientation;
mod pictures;
mod small;
mod sound;
mod trim;
