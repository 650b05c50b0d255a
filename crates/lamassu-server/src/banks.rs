//! Banks over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use lamassu_case::BankName;
use lamassu_engine::{Answer, BankRow, Command};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::extract::{Json, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// A bank: a set of known things with one policy.
#[derive(Debug, Serialize, ToSchema)]
pub struct BankView {
    /// Its name.
    #[schema(examples("known"))]
    pub name: String,
    /// How many entries it holds.
    pub entries: u64,
    /// When it was made.
    pub created_at: Time,
    /// What the policy says that its entries are: `harmful`, `context` for what is known to be legitimate, or `logo`.
    #[schema(examples("harmful"))]
    pub purpose: String,
}

/// A bank to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBank {
    /// 1 to 64 of a-z, 0-9, '.', '_', '-', starting with a letter or digit.
    #[schema(examples("known"))]
    pub name: String,
}

impl From<BankRow> for BankView {
    fn from(row: BankRow) -> Self {
        Self {
            name: row.name,
            entries: row.entries,
            created_at: Time(row.created_at_ms),
            purpose: row.purpose,
        }
    }
}

/// Lists the banks, by name.
#[utoipa::path(get, path = "/api/v1/banks", tag = "banks", operation_id = "list_banks", params(PageQuery),
    responses((status = 200, description = "A page of banks.", body = Page<BankView>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<BankView>>, Fault> {
    let limit = page.limit(&app.settings.limits)? as usize;
    let mut rows = rows(&app, &caller).await?;
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    // Banks are few, and their cursor is a name.
    let mut rest = rows.into_iter().filter(|row| page.after.as_ref().is_none_or(|after| row.name > *after));
    let items: Vec<BankView> = rest.by_ref().take(limit).map(BankView::from).collect();
    let next = items.last().filter(|_| rest.next().is_some()).map(|bank| bank.name.clone());
    Ok(axum::Json(Page { items, next }))
}

/// Makes a bank.
#[utoipa::path(post, path = "/api/v1/banks", tag = "banks", operation_id = "create_bank", request_body = NewBank,
    responses((status = 201, description = "The bank was made.", body = BankView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewBank>,
) -> Result<(StatusCode, axum::Json<BankView>), Fault> {
    let name = new.name.parse::<BankName>();
    let name = name.map_err(|error| {
        Fault::new(crate::codes::Code::FieldInvalid).field("name").reason(error.to_string())
    })?;
    app.engine.execute(Command::CreateBank { name: name.clone() }, None, &caller.actor).await?;
    let made = rows(&app, &caller).await?.into_iter().find(|row| row.name == name.as_str());
    let made = made.ok_or_else(|| Fault::internal("a bank that was made is not listed"))?;
    Ok((StatusCode::CREATED, axum::Json(made.into())))
}

async fn rows(app: &App, caller: &Caller) -> Result<Vec<BankRow>, Fault> {
    match app.engine.execute(Command::ListBanks, None, &caller.actor).await? {
        Answer::Banks(rows) => Ok(rows),
        other => Err(Fault::internal(format!("banks were answered by {other:?}"))),
    }
}
