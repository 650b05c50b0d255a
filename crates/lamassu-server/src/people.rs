//! People who sign in.

use axum::extract::State;
use axum::http::StatusCode;
use lamassu_case::{PersonId, Role};
use lamassu_engine::{PersonDraft, PersonRow, PersonWish, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Caller;
use crate::codes::Code;
use crate::extract::{Json, Path, Query};
use crate::fault::Fault;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// Their id.
    id: String,
    /// What they sign in with.
    name: String,
    /// What others see, if not the name.
    display_name: Option<String>,
    /// `reviewer` or `administrator`.
    role: &'static str,
    /// When they were added.
    created_at: Time,
    /// When they were disabled.
    disabled_at: Option<Time>,
}

/// A person to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// What they sign in with.
    name: String,
    /// What others see, if not the name.
    display_name: Option<String>,
    /// `reviewer` or `administrator`.
    #[schema(value_type = String, examples("reviewer"))]
    role: Role,
    /// Their first password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// What changes about a person; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    /// `reviewer` or `administrator`.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Whether they are kept out.
    disabled: Option<bool>,
    /// A new password.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
}

impl From<PersonRow> for PersonView {
    fn from(row: PersonRow) -> Self {
        Self {
            id: row.person,
            name: row.name,
            display_name: row.display_name,
            role: row.role.name(),
            created_at: Time(row.created_at_ms),
            disabled_at: row.disabled_at_ms.map(Time),
        }
    }
}

/// Lists the people, also disabled ones, in the order they were added.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", operation_id = "list_people", params(PageQuery),
    responses((status = 200, description = "A page of people.", body = Page<PersonView>)))]
pub async fn list(
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<PersonView>>, Fault> {
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let people = app.engine.people(after, limit).await?;
    let row = |person| PersonView::from(PersonRow::from(person));
    let next = people.last().filter(|_| people.len() >= limit as usize).map(|last| last.number.to_string());
    Ok(axum::Json(Page { items: people.into_iter().map(row).collect(), next }))
}

/// Adds a person.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", operation_id = "create_person", request_body = NewPerson,
    responses((status = 201, description = "The person was added.", body = PersonView)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewPerson>,
) -> Result<(StatusCode, axum::Json<PersonView>), Fault> {
    let NewPerson { name, display_name, role, password } = new;
    let draft = PersonDraft { name, display_name, role, password };
    let person = app.engine.create_person(draft, &caller.actor).await?;
    Ok((StatusCode::CREATED, axum::Json(PersonRow::from(person).into())))
}

/// Changes a person's role, leave and password, all or none. Any of these ends their sessions.
#[utoipa::path(patch, path = "/api/v1/people/{person}", tag = "people", operation_id = "change_person", request_body = PersonChange,
    params(("person" = String, Path, description = "The person's id.")),
    responses((status = 200, description = "The person as they are now.", body = PersonView)))]
pub async fn change(
    State(app): State<App>,
    Path(person): Path<String>,
    caller: Caller,
    Json(change): Json<PersonChange>,
) -> Result<axum::Json<PersonView>, Fault> {
    let id: PersonId = person.parse().map_err(|_| Fault::new(Code::PersonNotFound))?;
    let PersonChange { role, disabled, password } = change;
    app.engine.change_person(&id, PersonWish { role, disabled, password }, None, &caller.actor).await?;
    Ok(axum::Json(PersonRow::from(app.engine.person(&id).await?).into()))
}
