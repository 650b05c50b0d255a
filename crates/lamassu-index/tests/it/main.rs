//! The index against a naive scan, and the alignment against timelines made by hand.

mod samples;

mod damage;
mod digests;
mod exactness;
mod local;
mod merging;
mod search;
mod trace;
mod writing;
