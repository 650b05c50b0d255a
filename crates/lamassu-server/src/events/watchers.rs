//! How many watch, by caller.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::codes::Code;
use crate::fault::Fault;

/// The connections that watch, by who opened them.
#[derive(Debug, Clone, Default)]
pub struct Watchers(Arc<Mutex<HashMap<String, usize>>>);

/// A watcher's place; given back when dropped.
#[derive(Debug)]
pub struct Place {
    watchers: Watchers,
    caller: String,
}

impl Watchers {
    /// A place for one more connection of `caller`, who may have `places_max`.
    ///
    /// # Errors
    /// [`Code::WatchersTooMany`].
    pub fn enter(&self, caller: &str, places_max: usize) -> Result<Place, Fault> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(caller).copied().unwrap_or(0);
        if own >= places_max {
            return Err(Fault::new(Code::WatchersTooMany));
        }
        open.insert(caller.to_owned(), own + 1);
        Ok(Place { watchers: self.clone(), caller: caller.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.watchers.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.caller) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = open.remove(&self.caller),
        }
    }
}
