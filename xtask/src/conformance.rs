//! Comparisons of our algorithms with their reference implementations.

pub mod pdq;
pub mod reduced;
