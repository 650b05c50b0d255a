//! Warm children, for pictures only.

use std::sync::{Mutex, PoisonError};

use super::JailConfig;
use super::process::Child;
use crate::error::ReadError;

/// Idle children. As many exist as pictures were ever read at once.
#[derive(Debug, Default)]
pub struct Pool {
    idle: Mutex<Vec<Child>>,
}

impl Pool {
    /// An idle child, or a new one. A child that ended while it was idle is passed over: the next
    /// item is not to blame for it.
    pub fn take(&self, config: &JailConfig) -> Result<Child, ReadError> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(child) if child.is_silent() => return Ok(child),
                Some(_ended) => {}
                None => return Child::start(config),
            }
        }
    }

    /// Keeps a child that answered, unless it is worn out.
    pub fn give_back(&self, child: Child, config: &JailConfig) {
        let limits = &config.limits;
        let worn = child.items >= limits.child_items_max
            || child.resident_bytes().is_none_or(|bytes| bytes > limits.child_resident_bytes_max);
        if !worn {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(child);
        }
    }
}
