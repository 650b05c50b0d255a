//! Answers which known entries lie within a radius, and aligns sequences of them.
