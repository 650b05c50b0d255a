//! Reads hostile bytes in a jailed child and returns fingerprints and a safe preview.
