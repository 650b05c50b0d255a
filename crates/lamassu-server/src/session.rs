//! Signing in and out, and the first person of all.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lamassu_engine::{PersonRow, Secret, Session};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{self, Caller, SESSION_COOKIE};
use crate::codes::Code;
use crate::extract::Json;
use crate::fault::Fault;
use crate::listen::Peer;
use crate::people::PersonView;
use crate::server::{App, Shared};
use crate::time::Time;

/// A name and its password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The name.
    name: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// What a set-up link makes: the first administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The token in the link.
    #[schema(value_type = String)]
    token: Secret,
    /// The name to sign in with from now on.
    name: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// What a sign-in link brings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInByLink {
    /// The token in the link.
    #[schema(value_type = String)]
    token: Secret,
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The one until now.
    #[schema(value_type = String, format = Password)]
    current: Secret,
    /// The one from now on.
    #[schema(value_type = String, format = Password)]
    new: Secret,
}

/// A session that begins. Its token is in the cookie.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// Who signed in.
    person: PersonView,
    /// What changes bring in the header X-CSRF-Token.
    #[schema(value_type = String)]
    csrf: Secret,
    /// When it ends at the latest.
    ends_at: Time,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Whoami {
    /// As the audit log names them: `key:ID` or `person:ID`.
    actor: String,
    /// What they may do.
    scopes: Vec<&'static str>,
    /// What changes bring in the header X-CSRF-Token; null for a key.
    #[schema(value_type = Option<String>)]
    csrf: Option<Secret>,
    /// Who signed in; null for a key.
    person: Option<PersonView>,
}

/// Signs a person in: the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", operation_id = "sign_in", request_body = SignIn,
    responses((status = 200, description = "Signed in.", body = Begun)))]
pub async fn sign_in(
    State(app): State<App>,
    parts: Parts,
    Json(asked): Json<SignIn>,
) -> Result<Response, Fault> {
    access::check_origin(&app, &parts.method, &parts.headers)?;
    let from = sender(&app, &parts);
    let (session, person) = app.engine.sign_in(&asked.name, &asked.password, &from).await?;
    Ok(begin(&app, session, person.into()))
}

/// Signs in whom a link was made for, by `lamassu person link`: the answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session/link", tag = "session", operation_id = "sign_in_by_link", request_body = SignInByLink,
    responses((status = 200, description = "Signed in.", body = Begun)))]
pub async fn sign_in_by_link(
    State(app): State<App>,
    parts: Parts,
    Json(asked): Json<SignInByLink>,
) -> Result<Response, Fault> {
    access::check_origin(&app, &parts.method, &parts.headers)?;
    let from = sender(&app, &parts);
    let (session, person) = app.engine.redeem_sign_in_link(&asked.token, &from).await?;
    Ok(begin(&app, session, person.into()))
}

/// Makes the first administrator, for whoever has the link that the server printed, and signs them in.
#[utoipa::path(post, path = "/api/v1/setup", tag = "session", operation_id = "set_up", request_body = SetUp,
    responses((status = 200, description = "Made and signed in.", body = Begun)))]
pub async fn set_up(
    State(app): State<App>,
    parts: Parts,
    Json(asked): Json<SetUp>,
) -> Result<Response, Fault> {
    access::check_origin(&app, &parts.method, &parts.headers)?;
    let from = sender(&app, &parts);
    let redeemed = app.engine.redeem_setup_link(&asked.token, &asked.name, &asked.password, &from).await;
    let (person, session) = redeemed?;
    Ok(begin(&app, session, person.into()))
}

/// Tells who asks and what they may do.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "whoami",
    responses((status = 200, description = "Who asks.", body = Whoami)))]
pub async fn whoami(State(app): State<App>, caller: Caller) -> Result<axum::Json<Whoami>, Fault> {
    let scopes = caller.scopes.iter().map(|scope| scope.name()).collect();
    let person = match &caller.person {
        Some(id) => Some(PersonRow::from(app.engine.person(id).await?).into()),
        None => None,
    };
    let csrf = caller.session.map(|session| session.csrf);
    Ok(axum::Json(Whoami { actor: caller.actor.0, scopes, csrf, person }))
}

/// Signs a person out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", operation_id = "sign_out",
    responses((status = 204, description = "Signed out.")))]
pub async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, Fault> {
    let session = caller.session.ok_or_else(|| Fault::new(Code::SessionNeeded))?;
    app.engine.sign_out(session.token.reveal()).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&app, "", 0))]).into_response())
}

/// Gives the person who asks a new password and ends their other sessions.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "session", operation_id = "change_password", request_body = NewPassword,
    responses((status = 204, description = "Changed.")))]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    parts: Parts,
    Json(asked): Json<NewPassword>,
) -> Result<StatusCode, Fault> {
    let session = caller.session.ok_or_else(|| Fault::new(Code::SessionNeeded))?;
    let from = sender(&app, &parts);
    app.engine.change_password(&session.token, &asked.current, &asked.new, &from).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn begin(app: &Shared, session: Session, person: PersonRow) -> Response {
    let Session { token, csrf, ends_at_ms } = session;
    let body = Begun { person: person.into(), csrf, ends_at: Time(ends_at_ms) };
    let cookie = cookie(app, token.reveal(), SESSION_S);
    ([(header::SET_COOKIE, cookie)], axum::Json(body)).into_response()
}

/// How long a browser keeps the cookie, in seconds; the engine ends sessions by itself, never later.
const SESSION_S: u32 = 7 * 24 * 60 * 60;

fn cookie(app: &Shared, token: &str, max_age_s: u32) -> HeaderValue {
    let secure = if app.settings.is_https() { "; Secure" } else { "" };
    let text =
        format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).expect("tokens are base64")
}

/// Where a request comes from: the connection's other end, or what a known proxy says it is.
fn sender(app: &Shared, parts: &Parts) -> String {
    let Some(Peer(peer)) = parts.extensions.get::<Peer>() else { return "unknown".to_owned() };
    let forwarded = || {
        let last = parts.headers.get_all("x-forwarded-for").into_iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse::<std::net::IpAddr>().ok()
    };
    let known = app.settings.proxies.contains(peer);
    if known { forwarded().unwrap_or(*peer) } else { *peer }.to_string()
}
