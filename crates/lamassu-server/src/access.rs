//! Who asks, and whether they may. Every route names what it needs; what names nothing cannot be added.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use lamassu_case::Scope;
use lamassu_engine::Actor;

use crate::codes::Code;
use crate::fault::Fault;
use crate::server::App;

/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "lamassu_session";
/// The header that holds the token against forged changes.
const CSRF_HEADER: &str = "x-csrf-token";
/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Everybody with a key or a session.
    SignedIn,
    /// Whose key or role has this scope.
    Needs(Scope),
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// For the audit log, and for quotas.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Vec<Scope>,
}

/// Who asked, for the log.
#[derive(Debug, Clone)]
pub struct CallerId(pub String);

impl Caller {
    /// Whether they may.
    ///
    /// # Errors
    /// [`Code::ScopeMissing`].
    pub fn allow(&self, scope: Scope) -> Result<(), Fault> {
        let allowed = self.scopes.contains(&scope);
        if allowed { Ok(()) } else { Err(Fault::new(Code::ScopeMissing).reason(scope.name())) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        // Only routes that are open to everybody have none, and those do not ask for it.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Fault::internal("a route without access asks who calls"))
    }
}

/// Who sends `request`, if they may do what `access` says.
pub async fn check(app: &App, access: Access, request: &Parts) -> Result<Option<Caller>, Fault> {
    let scope = match access {
        Access::Open => return Ok(None),
        Access::SignedIn => None,
        Access::Needs(scope) => Some(scope),
    };
    let caller = match credentials(&request.headers)? {
        Credentials::Key(key) => of_key(app, key).await?,
        Credentials::Session(token) => {
            let caller = of_session(app, token).await?;
            check_origin(app, &request.method, &request.headers)?;
            check_csrf(app, token, request)?;
            caller
        }
    };
    scope.map_or(Ok(()), |scope| caller.allow(scope))?;
    Ok(Some(caller))
}

/// What a request brings to show who sends it.
enum Credentials<'a> {
    Key(&'a str),
    Session(&'a str),
}

/// A key wins over a session: whoever can set the header is no forged form.
fn credentials(headers: &HeaderMap) -> Result<Credentials<'_>, Fault> {
    let short = |token: &&str| !token.is_empty() && token.len() <= TOKEN_BYTES_MAX;
    let unknown = || Fault::new(Code::Unauthenticated);
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let key = given.to_str().ok().and_then(|given| given.split_once(' '));
        let key = key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim());
        return key.filter(short).map(Credentials::Key).ok_or_else(unknown);
    }
    session_token(headers).filter(short).map(Credentials::Session).ok_or_else(unknown)
}

/// The session's token in the cookies.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, token)| token)
}

/// A change must come from the server's own pages, as the browser tells it.
pub fn check_origin(app: &App, method: &Method, headers: &HeaderMap) -> Result<(), Fault> {
    if method.is_safe() {
        return Ok(());
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let site = text("sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = text("origin").is_none_or(|origin| is_own_origin(app, origin, text("host")));
    if site && origin { Ok(()) } else { Err(Fault::new(Code::CsrfRefused)) }
}

fn is_own_origin(app: &App, origin: &str, host: Option<&str>) -> bool {
    match &app.settings.public_url {
        Some(url) => url.trim_end_matches('/') == origin,
        None => origin.split_once("://").map(|(_, authority)| authority) == host,
    }
}

fn check_csrf(app: &App, token: &str, request: &Parts) -> Result<(), Fault> {
    if request.method.is_safe() {
        return Ok(());
    }
    let given = request.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let matches = app.stand_in.csrf(token).is_some_and(|expected| expected == given);
    if matches { Ok(()) } else { Err(Fault::new(Code::CsrfRefused)) }
}

async fn of_key(app: &App, key: &str) -> Result<Caller, Fault> {
    app.stand_in.caller(key).ok_or_else(|| Fault::new(Code::Unauthenticated))
}

async fn of_session(app: &App, token: &str) -> Result<Caller, Fault> {
    app.stand_in.caller(token).ok_or_else(|| Fault::new(Code::Unauthenticated))
}

/// Keys and sessions until the engine knows them.
#[derive(Debug, Clone, Default)]
pub struct StandIn {
    /// Token, caller, token against forged changes.
    pub callers: Vec<(String, Caller, String)>,
}

impl StandIn {
    fn caller(&self, token: &str) -> Option<Caller> {
        self.callers.iter().find(|(known, ..)| known == token).map(|(_, caller, _)| caller.clone())
    }

    fn csrf(&self, token: &str) -> Option<&str> {
        self.callers.iter().find(|(known, ..)| known == token).map(|(.., csrf)| csrf.as_str())
    }
}
