//! Runs the flow and its jobs.
