//! The index against a naive scan, and the alignment against timelines made by hand.

mod samples;

mod align;
mod digests;
mod search;
mod writing;
