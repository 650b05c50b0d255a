//! Comparisons of our algorithms with their reference implementations.

pub mod local;
pub mod luma;
pub mod pdq;
