//! Additions to banks that are under way: how far each is.

use axum::Json;
use axum::extract::State;
use lamassu_case::RequestId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::Caller;
use crate::codes::Code;
use crate::extract::Path;
use crate::fault::Fault;
use crate::items::ProgressRow;
use crate::server::App;

/// What an addition is called while it is under way.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Attempt {
    /// A UUID of the client's for this attempt, under which its progress can be asked for.
    #[param(value_type = Option<String>, format = "uuid")]
    pub request: Option<RequestId>,
}

/// How far the reading of a file is that the caller is adding to a bank under this `request`; `null` unless it is read now,
/// and plays.
#[utoipa::path(get, path = "/api/v1/additions/{request}", tag = "entries", operation_id = "get_addition",
    params(("request" = String, Path, description = "What the caller calls it: a UUID.")),
    responses((status = 200, description = "How far it is.", body = Option<ProgressRow>)))]
pub async fn get(
    State(app): State<App>,
    Path(request): Path<String>,
    caller: Caller,
) -> Result<Json<Option<ProgressRow>>, Fault> {
    let request: RequestId = request.parse().map_err(|_| Fault::new(Code::FieldInvalid).field("request"))?;
    Ok(Json(app.engine.addition_so_far(&request, &caller.actor).map(ProgressRow::from)))
}
