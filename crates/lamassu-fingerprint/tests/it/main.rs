//! Tests of the fingerprints: golden values, and laws that hold for every picture.

mod areas;
mod codec;
mod collapse;
mod golden;
mod laws;
mod local;
mod orientation;
mod panels;
mod pictures;
mod plain;
mod shots;
mod small;
mod sound;
mod trim;
