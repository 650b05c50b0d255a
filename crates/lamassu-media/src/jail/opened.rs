//! A picture that its child still holds.

use std::sync::Arc;

use lamassu_fingerprint::local::{Features, decode_features};
use lamassu_fingerprint::straighten::Map;
use lamassu_fingerprint::{DecodeError, ReadFrame, decode_frames};

use super::{Child, Jail, deadline_after};
use crate::child::message::{Answer, Request};
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
        self.ask(&Request::Features, |answer| decode_features(&answer.features))
    }

    /// The hashes of parts of the picture, each pulled straight by a map from the unit square; none of what is no single
    /// picture.
    ///
    /// # Errors
    /// As [`Opened::features`].
    pub fn straightened(&mut self, maps: Vec<Map>) -> Result<Vec<ReadFrame>, ReadError> {
        self.ask(&Request::Straightened(maps), |answer| decode_frames(&answer.frames))
    }

    fn ask<T: Default>(
        &mut self,
        request: &Request,
        decode: impl FnOnce(&Answer) -> Result<T, DecodeError>,
    ) -> Result<T, ReadError> {
        let Some((jail, mut child)) = self.0.take() else { return Ok(T::default()) };
        let limits = jail.limits();
        let deadline = deadline_after(limits.image_wall_ms_max);
        let asked = child.ask(request, None, limits.image_cpu_s_max, deadline);
        let answer = asked.map_err(|error| error.within(limits.image_wall_ms_max))?;
        let decoded = decode(&answer).map_err(|_| ReadError::Crashed { signal: 0 })?;
        self.0 = Some((jail, child));
        Ok(decoded)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some((jail, child)) = self.0.take() {
            jail.pool.give_back(child, &jail.config);
        }
    }
}
