//! Additions to banks under way: how far the reading of each is, for whoever makes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lamassu_case::RequestId;
use lamassu_media::{Progress, SoFar};

use crate::engine::{Actor, Engine};

/// Whose addition it is, and what they call it.
type Name = (String, RequestId);

/// The additions that are under way and have a name: at most one for each request that is being answered.
#[derive(Debug, Default)]
pub struct Additions(Mutex<HashMap<Name, Arc<Progress>>>);

/// An addition under way. It is forgotten when this is dropped.
#[derive(Debug)]
pub struct Addition<'a> {
    additions: &'a Additions,
    name: Option<Name>,
    /// Is to be told how far its reading is.
    pub progress: Arc<Progress>,
}

impl Additions {
    fn under_way(&self) -> MutexGuard<'_, HashMap<Name, Arc<Progress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Begins an addition of `sender`'s. Under the `request` that they call it by it can be asked about; of two with the
    /// same one, the later one is told.
    pub fn begin_addition(&self, request: Option<RequestId>, sender: &Actor) -> Addition<'_> {
        let (additions, progress) = (&self.additions, Arc::<Progress>::default());
        let name = request.map(|request| (sender.0.clone(), request));
        if let Some(name) = &name {
            additions.under_way().insert(name.clone(), Arc::clone(&progress));
        }
        Addition { additions, name, progress }
    }

    /// How far the reading of an addition of `sender`'s is; none unless it is under way and plays.
    pub fn addition_so_far(&self, request: &RequestId, sender: &Actor) -> Option<SoFar> {
        self.additions.under_way().get(&(sender.0.clone(), request.clone()))?.so_far()
    }
}

impl Drop for Addition<'_> {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let mut under_way = self.additions.under_way();
        if under_way.get(name).is_some_and(|progress| Arc::ptr_eq(progress, &self.progress)) {
            under_way.remove(name);
        }
    }
}
