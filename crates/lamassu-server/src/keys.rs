//! API keys.

use axum::extract::State;
use axum::http::StatusCode;
use lamassu_case::{KeyId, Scope};
use lamassu_engine::KeyRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::codes::Code;
use crate::extract::{Json, Path, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// When it was made.
    created_at: Time,
    /// From then on it is refused.
    expires_at: Option<Time>,
    /// When it was last used, to the minute.
    last_used_at: Option<Time>,
    /// When it was revoked.
    revoked_at: Option<Time>,
}

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What people call it.
    #[schema(examples("upload service"))]
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>, examples(json!(["items", "lookup"])))]
    scopes: Vec<Scope>,
    /// From then on it is refused; never if left out.
    expires_at: Option<Time>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// The key.
    key: KeyView,
    /// What its owner sends after `Bearer`. It is shown this once.
    #[schema(value_type = String)]
    secret: lamassu_engine::Secret,
}

impl From<KeyRow> for KeyView {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.key,
            name: row.name,
            scopes: row.scopes.into_iter().map(Scope::name).collect(),
            created_at: Time(row.created_at_ms),
            expires_at: row.expires_at_ms.map(Time),
            last_used_at: row.last_used_at_ms.map(Time),
            revoked_at: row.revoked_at_ms.map(Time),
        }
    }
}

/// Lists the keys, also revoked ones, in the order they were made.
#[utoipa::path(get, path = "/api/v1/keys", tag = "keys", operation_id = "list_keys", params(PageQuery),
    responses((status = 200, description = "A page of keys.", body = Page<KeyView>)))]
pub async fn list(
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<KeyView>>, Fault> {
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let keys = app.engine.keys(after, limit).await?;
    let row = |key| KeyView::from(KeyRow::from(key));
    let next = keys.last().filter(|_| keys.len() >= limit as usize).map(|last| last.number.to_string());
    Ok(axum::Json(Page { items: keys.into_iter().map(row).collect(), next }))
}

/// Makes a key.
#[utoipa::path(post, path = "/api/v1/keys", tag = "keys", operation_id = "create_key", request_body = NewKey,
    responses((status = 201, description = "The key, and its secret for this once.", body = CreatedKey)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, axum::Json<CreatedKey>), Fault> {
    let scopes = new.scopes.into_iter().collect();
    let expires_at_ms = new.expires_at.map(|time| time.0);
    let (key, secret) = app.engine.create_key(&new.name, &scopes, expires_at_ms, &caller.actor).await?;
    Ok((StatusCode::CREATED, axum::Json(CreatedKey { key: KeyRow::from(key).into(), secret })))
}

/// Revokes a key for good. Nobody is let in by it any more once this is answered.
#[utoipa::path(delete, path = "/api/v1/keys/{key}", tag = "keys", operation_id = "revoke_key",
    params(("key" = String, Path, description = "The key's id.")),
    responses((status = 204, description = "It is revoked.")))]
pub async fn revoke(
    State(app): State<App>,
    Path(key): Path<String>,
    caller: Caller,
) -> Result<StatusCode, Fault> {
    let key: KeyId = key.parse().map_err(|_| Fault::new(Code::KeyNotFound))?;
    app.engine.revoke_key(&key, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
