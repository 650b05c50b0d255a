//! What happened to a case, from the audit log.

use lamassu_case::CaseId;
use lamassu_case::audit::Record;
use serde_json::Value;

use crate::engine::Engine;
use crate::error::EngineError;

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// Its record's number in the audit log; for pages.
    pub number: u64,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// `checked`, `opened`, `found-again`, `viewed`, `heard`, `decided`, `reopened`, `acted` or `undone`.
    pub change: &'static str,
    /// Particulars, if there are any.
    pub detail: Option<Value>,
}

impl Engine {
    /// A page of what happened to a case, oldest first: after the record of number `after`.
    ///
    /// # Errors
    /// [`EngineError::Case`]; [`EngineError::Storage`].
    pub async fn case_history(
        &self,
        id: &CaseId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, EngineError> {
        let case = self.store.case(id).await?;
        let records = self.store.case_history(&case, after, limit).await?;
        Ok(records.into_iter().map(HistoryRow::from).collect())
    }
}

impl From<Record> for HistoryRow {
    fn from(record: Record) -> Self {
        let detail: Option<Value> = serde_json::from_str(&record.detail).ok();
        let has = |field: &str| detail.as_ref().is_some_and(|detail| !detail[field].is_null());
        let change = match record.action.as_str() {
            // A look-back of an entry that came later.
            "item.decided" if has("look_back_of_entry") => "found-again",
            "item.decided" if has("action") => "acted",
            // The decision on the item is what opened the case.
            "item.decided" if has("case") => "opened",
            "item.decided" => "checked",
            "case.decided" => "decided",
            "case.reopened" => "reopened",
            "action.undone" => "undone",
            _ if has("heard_ms") => "heard",
            _ => "viewed",
        };
        let detail = detail.filter(|detail: &Value| detail.as_object().is_some_and(|it| !it.is_empty()));
        Self { number: record.number, at_ms: record.at_ms, actor: record.actor, change, detail }
    }
}
