//! Comparisons of our algorithms with their reference implementations.

pub mod luma;
pub mod pdq;
