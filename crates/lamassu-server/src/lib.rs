//! Maps HTTP to the engine: the only crate that knows a status code.
