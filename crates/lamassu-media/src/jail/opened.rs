//! A picture that its child still holds.

use std::sync::Arc;

use lamassu_fingerprint::local::{Features, decode_features};

use super::{Child, Jail, deadline_after};
use crate::child::message::Request;
use crate::error::ReadError;

/// A decoded picture in its jailed child, for as long as this is held. Nobody else uses the child meanwhile.
#[derive(Debug)]
pub struct Opened(Option<(Arc<Jail>, Child)>);

impl Opened {
    pub(super) fn new(jail: Arc<Jail>, child: Child) -> Self {
        Self(Some((jail, child)))
    }

    /// Of what is no single picture.
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    /// The picture's local features; none of what is no single picture.
    ///
    /// # Errors
    /// [`ReadError`], as for reading the item; there is nothing more to ask after it.
    pub fn features(&mut self) -> Result<Features, ReadError> {
        let Some((jail, mut child)) = self.0.take() else { return Ok(Features::default()) };
        let limits = jail.limits();
        let deadline = deadline_after(limits.image_wall_ms_max);
        let asked = child.ask(&Request::Features, None, limits.image_cpu_s_max, deadline);
        let answer = asked.map_err(|error| error.within(limits.image_wall_ms_max))?;
        let features = decode_features(&answer.features).map_err(|_| ReadError::Crashed { signal: 0 })?;
        self.0 = Some((jail, child));
        Ok(features)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some((jail, child)) = self.0.take() {
            jail.pool.give_back(child, &jail.config);
        }
    }
}
