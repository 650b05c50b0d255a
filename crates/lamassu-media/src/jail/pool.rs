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
    /// An idle child, or a new one.
    pub fn take(&self, config: &JailConfig) -> Result<Child, ReadError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| Child::start(config), Ok)
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
