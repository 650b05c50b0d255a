//! Who asks, and whether they may. Every route names what it needs; what names nothing cannot be added.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use lamassu_case::{PersonId, Scope};
use lamassu_engine::{Actor, CallerKind, Secret};

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
    /// Whose key or role has one of these scopes.
    NeedsEither([Scope; 2]),
}

impl Access {
    /// The scopes of which one is needed; none where none is.
    pub fn scopes(&self) -> &[Scope] {
        match self {
            Self::Open | Self::SignedIn => &[],
            Self::Needs(scope) => std::slice::from_ref(scope),
            Self::NeedsEither(scopes) => scopes,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// For the audit log, and for quotas.
    pub actor: Actor,
    /// What they may do.
    pub scopes: Vec<Scope>,
    /// Which person they are, if they are one.
    pub person: Option<PersonId>,
    /// Their session, if they came with one.
    pub session: Option<LiveSession>,
    /// Their key, if they came with one.
    key: Option<Secret>,
}

/// The session that a request came with.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// What the cookie holds.
    pub token: Secret,
    /// What changes must bring beside it.
    pub csrf: Secret,
}

/// Who asked, for the log.
#[derive(Debug, Clone)]
pub struct CallerId(pub String);

impl Caller {
    /// Whether they may do this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Lets through whoever has one of these scopes, or whoever it is if there are none.
    fn allow(&self, scopes: &[Scope]) -> Result<(), Fault> {
        match scopes.first() {
            Some(first) if !scopes.iter().any(|scope| self.may(*scope)) => {
                Err(Fault::new(Code::ScopeMissing).reason(first.name()))
            }
            _ => Ok(()),
        }
    }

    /// Whether they would be let in again, for what goes on for long.
    pub fn is_still_let_in(&self, app: &App) -> bool {
        let session = self.session.as_ref().map(|it| app.engine.is_session_running(it.token.reveal()));
        let key = self.key.as_ref().map(|key| app.engine.accepts_key(key.reveal()));
        session.or(key).unwrap_or(false)
    }

    fn new(caller: lamassu_engine::Caller, session: Option<LiveSession>, key: Option<Secret>) -> Self {
        let person = match caller.kind {
            CallerKind::Person(id) => Some(id),
            CallerKind::Key(_) => None,
        };
        Self { actor: caller.actor, scopes: caller.scopes.into_iter().collect(), person, session, key }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        // Only routes that are open to everybody have none, and those do not ask for it.
        let missing = || Fault::internal("a route without access asks who calls");
        // A handler asks once: it is given away, not copied.
        parts.extensions.remove::<Self>().ok_or_else(missing)
    }
}

/// Who sends a request, if they may do what `access` says.
pub fn check(app: &App, access: Access, request: &Parts) -> Result<Option<Caller>, Fault> {
    if access == Access::Open {
        return Ok(None);
    }
    let refused = |_| Fault::new(Code::Unauthenticated);
    let caller = match credentials(&request.headers)? {
        Credentials::Key(key) => {
            let known = app.engine.authenticate_key(key).map_err(refused)?;
            Caller::new(known, None, Some(Secret::new(key.to_owned())))
        }
        Credentials::Session(token) => {
            let signed_in = app.engine.check_session(token).map_err(refused)?;
            check_origin(app, &request.method, &request.headers)?;
            check_csrf(&signed_in.csrf, request)?;
            let session = LiveSession { token: Secret::new(token.to_owned()), csrf: signed_in.csrf };
            Caller::new(signed_in.caller, Some(session), None)
        }
    };
    caller.allow(access.scopes())?;
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
fn session_token(headers: &HeaderMap) -> Option<&str> {
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

fn check_csrf(expected: &Secret, request: &Parts) -> Result<(), Fault> {
    if request.method.is_safe() {
        return Ok(());
    }
    let given = request.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if expected.is(given) { Ok(()) } else { Err(Fault::new(Code::CsrfRefused)) }
}
