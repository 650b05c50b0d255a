//! The store against its contract, and what only `SQLite` and the file system can do wrong.

mod samples;

mod conformance;
mod sqlite;

mod damage;
mod disk_full;
mod folder;
mod jobs;
mod media;
mod reopening;
mod segments;
mod vault;
