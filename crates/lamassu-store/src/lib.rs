//! Owns everything persisted: the database, the data folder, blobs.
