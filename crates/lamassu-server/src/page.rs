//! Pages: `?after=&limit=`, answered with rows and the cursor of the next page.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::fault::Fault;
use crate::settings::Limits;

/// Which page.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before; the first page if left out.
    pub after: Option<String>,
    /// Rows at most.
    #[param(minimum = 1)]
    pub limit: Option<u32>,
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl PageQuery {
    /// The number after which the page starts.
    ///
    /// # Errors
    /// [`Code::QueryInvalid`].
    pub fn after(&self) -> Result<Option<u64>, Fault> {
        // Numbers of rows fit a signed word; what does not is no cursor of ours.
        let number = |text: &String| text.parse().ok().filter(|number| i64::try_from(*number).is_ok());
        match &self.after {
            None => Ok(None),
            Some(text) => number(text).map(Some).ok_or_else(|| Fault::new(Code::QueryInvalid).field("after")),
        }
    }

    /// How many rows it may have.
    ///
    /// # Errors
    /// [`Code::QueryInvalid`].
    pub fn limit(&self, limits: &Limits) -> Result<u32, Fault> {
        match self.limit {
            None => Ok(limits.page_rows),
            Some(limit) if (1..=limits.page_rows_max).contains(&limit) => Ok(limit),
            Some(_) => Err(Fault::new(Code::QueryInvalid).field("limit")),
        }
    }
}

impl<T> Page<T> {
    /// A page of `rows`; there may be a next one when it is full. `number` tells a row's cursor.
    pub fn full<R: Into<T>>(rows: Vec<R>, limit: u32, number: impl Fn(&R) -> u64) -> Self {
        let next = rows.last().filter(|_| rows.len() >= limit as usize).map(|row| number(row).to_string());
        Self { items: rows.into_iter().map(Into::into).collect(), next }
    }
}
