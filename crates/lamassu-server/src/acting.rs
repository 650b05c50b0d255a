//! Banks that act by a rule: who approved it, and whether it acts.

use axum::extract::State;
use lamassu_case::PersonId;
use lamassu_engine::{ActedView, ActingRow, ApprovalRow, RuleRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::codes::Code;
use crate::entries;
use crate::extract::{Json, Path};
use crate::fault::Fault;
use crate::server::App;
use crate::time::Time;

/// Whether a bank asks the platform for action by itself, by which rule, and who approved that.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActingView {
    /// The bank.
    bank: String,
    /// By which rule it could act; null where the policy has no `act_score` for it.
    rule: Option<RuleView>,
    /// The approvals of that rule that stand, oldest first; one of each person.
    approvals: Vec<ApprovalView>,
    /// How many people must approve before it can be switched on.
    approvals_needed: usize,
    /// Whether it acts.
    on: bool,
    /// Who switched it on, as others call them.
    on_by: Option<String>,
    /// When.
    on_since: Option<Time>,
    /// Entries on which it does not act until two people approve anew: added since, or by which it acted wrongly.
    entries_waiting: u64,
}

/// By which rule a bank could act.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleView {
    /// SHA-256 of its text: what an approval names.
    version: String,
    /// Its settings, one a line.
    text: String,
    /// How probable it must be that a match is right, 0 to 1.
    act_score: f64,
}

/// One person's approval of a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    /// Grows with every approval; decisions and messages name it.
    number: u64,
    /// Whose id it is.
    person: String,
    /// What others call them.
    name: String,
    /// When.
    approved_at: Time,
}

/// The rule that somebody saw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenRule {
    /// Its version. If it is another one by now, nothing is written.
    rule: String,
}

/// What a bank's rule did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActedRow {
    /// The bank.
    bank: String,
    /// The version of its rule.
    rule: String,
    /// How probable it had to be that a match is right, 0 to 1.
    act_score: f64,
    /// Who had approved the rule.
    approvals: Vec<ApprovalView>,
    /// Who had switched it on, as others call them.
    on_by: String,
    /// When.
    on_since: Time,
    /// The entries by which it acted.
    entries: Vec<String>,
}

impl From<ActingRow> for ActingView {
    fn from(row: ActingRow) -> Self {
        Self {
            bank: row.bank,
            rule: row.rule.map(|RuleRow { version, text, act_score }| RuleView { version, text, act_score }),
            approvals: row.approvals.into_iter().map(ApprovalView::from).collect(),
            approvals_needed: row.approvals_needed,
            on: row.on,
            on_by: row.on_by,
            on_since: row.on_since_ms.map(Time),
            entries_waiting: row.entries_waiting,
        }
    }
}

impl From<ApprovalRow> for ApprovalView {
    fn from(row: ApprovalRow) -> Self {
        let ApprovalRow { number, person, name, approved_at_ms } = row;
        Self { number, person, name, approved_at: Time(approved_at_ms) }
    }
}

impl From<ActedView> for ActedRow {
    fn from(acted: ActedView) -> Self {
        Self {
            bank: acted.bank.into(),
            rule: acted.rule,
            act_score: acted.act_score,
            approvals: acted.approvals.into_iter().map(ApprovalView::from).collect(),
            on_by: acted.on_by,
            on_since: Time(acted.on_since_ms),
            entries: acted.entries.into_iter().map(String::from).collect(),
        }
    }
}

/// How a bank stands: its rule, who approved it, and whether it acts.
#[utoipa::path(get, path = "/api/v1/banks/{bank}/acting", tag = "banks", operation_id = "get_acting",
    params(("bank" = String, Path, description = "The bank's name.")),
    responses((status = 200, description = "How it stands.", body = ActingView)))]
pub async fn get(State(app): State<App>, Path(bank): Path<String>) -> Result<axum::Json<ActingView>, Fault> {
    Ok(axum::Json(app.engine.acting(&entries::name(&bank)?).await?.into()))
}

/// Approves the rule of a bank with all entries that it has now. Only people can, each counts once, and whoever approved
/// before approves anew.
#[utoipa::path(put, path = "/api/v1/banks/{bank}/approval", tag = "banks", operation_id = "approve_rule",
    params(("bank" = String, Path, description = "The bank's name.")), request_body = SeenRule,
    responses((status = 200, description = "How the bank stands.", body = ActingView)))]
pub async fn approve(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
    Json(seen): Json<SeenRule>,
) -> Result<axum::Json<ActingView>, Fault> {
    let row =
        app.engine.approve_rule(&entries::name(&bank)?, person(&caller)?, &seen.rule, &caller.actor).await?;
    Ok(axum::Json(row.into()))
}

/// Takes the caller's approval back. With fewer than two left, the bank acts no more.
#[utoipa::path(delete, path = "/api/v1/banks/{bank}/approval", tag = "banks", operation_id = "withdraw_approval",
    params(("bank" = String, Path, description = "The bank's name.")),
    responses((status = 200, description = "How the bank stands.", body = ActingView)))]
pub async fn withdraw(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
) -> Result<axum::Json<ActingView>, Fault> {
    let row = app.engine.withdraw_approval(&entries::name(&bank)?, person(&caller)?, &caller.actor).await?;
    Ok(axum::Json(row.into()))
}

/// Lets a bank act by its rule, once two people approved it. Only people can.
#[utoipa::path(put, path = "/api/v1/banks/{bank}/acting", tag = "banks", operation_id = "switch_acting_on",
    params(("bank" = String, Path, description = "The bank's name.")), request_body = SeenRule,
    responses((status = 200, description = "How the bank stands.", body = ActingView)))]
pub async fn switch_on(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
    Json(seen): Json<SeenRule>,
) -> Result<axum::Json<ActingView>, Fault> {
    let bank = entries::name(&bank)?;
    let row = app.engine.switch_acting_on(&bank, person(&caller)?, &seen.rule, &caller.actor).await?;
    Ok(axum::Json(row.into()))
}

/// Lets a bank act no more, from when this is answered.
#[utoipa::path(delete, path = "/api/v1/banks/{bank}/acting", tag = "banks", operation_id = "switch_acting_off",
    params(("bank" = String, Path, description = "The bank's name.")),
    responses((status = 200, description = "How the bank stands.", body = ActingView)))]
pub async fn switch_off(
    State(app): State<App>,
    Path(bank): Path<String>,
    caller: Caller,
) -> Result<axum::Json<ActingView>, Fault> {
    Ok(axum::Json(app.engine.switch_acting_off(&entries::name(&bank)?, &caller.actor).await?.into()))
}

/// Who asks, who must be a person: a key is no one's word.
fn person(caller: &Caller) -> Result<&PersonId, Fault> {
    caller.person.as_ref().ok_or_else(|| Fault::new(Code::SessionNeeded))
}
