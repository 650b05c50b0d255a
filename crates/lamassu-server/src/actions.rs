//! Actions: what platforms were asked to do.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::extract::State;
use lamassu_case::{Action, CaseId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::extract::Query;
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// What a platform is asked to do with an item.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionRow {
    /// Its id, which is the idempotency key wherever it is sent.
    id: String,
    /// The case it follows from.
    case: String,
    /// The item.
    item: String,
    /// `disable` or `keep`.
    #[schema(examples("disable"))]
    kind: &'static str,
    /// `review`: a person decided; `rule`: a bank's rule acted; `undo`: a person undid that.
    #[schema(examples("review"))]
    origin: &'static str,
    /// When it was decided.
    requested_at: Time,
    /// From when on it is sent.
    due_at: Time,
    /// When it was taken back before it was sent.
    withdrawn_at: Option<Time>,
}

/// Which actions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActionQuery {
    /// Only those of this case.
    case: Option<String>,
    /// `next` of the page before; the first page if left out.
    after: Option<String>,
    /// Rows at most.
    limit: Option<u32>,
}

impl From<Action> for ActionRow {
    fn from(action: Action) -> Self {
        Self {
            id: action.id.into(),
            case: action.case.into(),
            item: action.item.into(),
            kind: action.kind.name(),
            origin: action.origin.name(),
            requested_at: Time(action.requested_at_ms),
            due_at: Time(action.due_at_ms),
            withdrawn_at: action.withdrawn_at_ms.map(Time),
        }
    }
}

/// Lists actions, oldest first.
#[utoipa::path(get, path = "/api/v1/actions", tag = "actions", operation_id = "list_actions", params(ActionQuery),
    responses((status = 200, description = "A page of actions.", body = Page<ActionRow>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<ActionQuery>,
) -> Result<axum::Json<Page<ActionRow>>, Fault> {
    let page = PageQuery { after: query.after, limit: query.limit };
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let case = query.case.map(|case| case.parse::<CaseId>()).transpose();
    let case = case.map_err(|_| Fault::new(Code::QueryInvalid).field("case"))?;
    let actions = app.engine.actions(case.as_ref(), after, limit).await?;
    Ok(axum::Json(Page::full(actions, limit, |action| action.number)))
}
