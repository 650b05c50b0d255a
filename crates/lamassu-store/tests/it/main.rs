//! The store against its contract, and what only `SQLite` and the file system can do wrong.

mod samples;

mod conformance;
mod sqlite;

mod damage;
mod disk_full;
mod folder;
mod media;
mod reopening;
