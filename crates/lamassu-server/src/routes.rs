//! Adding routes: each says who may call it and how much room its body has, or it cannot be added.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use lamassu_case::Scope;
use tower_http::timeout::{RequestBodyDeadlineLayer, RequestBodyTimeoutLayer};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Ref, Response as Described};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};

use crate::access::{self, Access, CallerId};
use crate::codes::Code;
use crate::fault::{Fault, insert_left};
use crate::quota::Left;
use crate::server::App;

/// How much room a route's body has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// A piece of JSON.
    Json,
    /// A long list in JSON.
    Batch,
    /// A file.
    Upload,
}

/// What a route was added with.
#[derive(Clone)]
struct Guard {
    app: App,
    access: Access,
    bytes_max: usize,
    answer_ms_max: u64,
}

/// The routes, in the order of the document.
#[derive(Default)]
pub struct Routes(Vec<(Access, Room, UtoipaMethodRouter<App>)>);

impl Routes {
    /// Adds one path with its methods.
    #[must_use]
    pub fn add(mut self, access: Access, room: Room, routes: UtoipaMethodRouter<App>) -> Self {
        self.0.push((access, room, routes));
        self
    }

    /// The document of all routes, after what `head` says.
    pub fn document(self, head: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
        let mut router = OpenApiRouter::with_openapi(head);
        for (access, _, (schemas, mut paths, methods)) in self.0 {
            for item in paths.paths.values_mut() {
                let methods =
                    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
                methods.into_iter().flatten().for_each(|operation| describe(operation, access));
            }
            router = router.routes((schemas, paths, methods));
        }
        router.into_openapi()
    }

    /// The routes, each behind its guard.
    pub fn router(self, app: &App) -> axum::Router<App> {
        let routes = self.0.into_iter().map(|(access, room, routes)| guarded(app, access, room, routes));
        routes.fold(OpenApiRouter::new(), OpenApiRouter::routes).into()
    }
}

fn guarded(
    app: &App,
    access: Access,
    room: Room,
    routes: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    let limits = &app.settings.limits;
    let (bytes_max, body_ms_max, file_ms) = match room {
        Room::Json => (limits.json_bytes_max, limits.json_ms_max, 0),
        Room::Batch => (limits.batch_bytes_max, limits.json_ms_max, 0),
        Room::Upload => {
            (limits.upload_bytes_max, limits.upload_ms_max, limits.upload_ms_max + limits.file_answer_ms_max)
        }
    };
    let answer_ms_max = limits.answer_ms_max.max(file_ms);
    let guard = Guard { app: app.clone(), access, bytes_max, answer_ms_max };
    let body_idle = Duration::from_millis(limits.body_idle_ms_max);
    routes.map(|methods| {
        methods
            .route_layer(DefaultBodyLimit::max(bytes_max))
            .route_layer(RequestBodyTimeoutLayer::new(body_idle))
            .route_layer(RequestBodyDeadlineLayer::new(Duration::from_millis(body_ms_max)))
            .route_layer(middleware::from_fn_with_state(guard, watch))
    })
}

/// Writes into the document who may call, and what an error looks like.
fn describe(operation: &mut Operation, access: Access) {
    // Alternatives stand beside each other; what one names is needed together.
    let alternatives: Vec<&[Scope]> = match access {
        Access::Open => Vec::new(),
        Access::SignedIn => vec![&[]],
        _ => access.scopes().chunks(1).collect(),
    };
    let requirement = |scheme: &'static str, scopes: &[Scope]| {
        SecurityRequirement::new(scheme, scopes.iter().map(|scope| scope.name()))
    };
    let both =
        alternatives.iter().flat_map(|scopes| ["key", "session"].map(|scheme| requirement(scheme, scopes)));
    operation.security = Some(both.collect());
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    let mut described = Described::new("An error; docs/errors.md lists the codes.");
    described.content.insert("application/json".to_owned(), body.into());
    operation.responses.responses.insert("default".to_owned(), described.into());
}

/// Lets a request through to its route, or not.
async fn watch(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (caller, left) = match admit(&guard, &parts) {
        Ok(admitted) => admitted,
        Err(fault) => return fault.into_response(),
    };
    let id = caller.as_ref().map(|caller| CallerId(caller.actor.0.clone()));
    if let Some(caller) = caller {
        parts.extensions.insert(caller);
    }
    let request = Request::from_parts(parts, body);
    let answer = tokio::time::timeout(Duration::from_millis(guard.answer_ms_max), next.run(request)).await;
    let mut response = answer.unwrap_or_else(|_| Fault::new(Code::AnswerTimeout).into_response());
    if let Some(left) = left
        && !response.headers().contains_key("ratelimit-limit")
    {
        insert_left(response.headers_mut(), left);
    }
    if let Some(id) = id {
        response.extensions_mut().insert(id);
    }
    response
}

fn admit(guard: &Guard, request: &Parts) -> Result<(Option<access::Caller>, Option<Left>), Fault> {
    let app = &guard.app;
    let caller = access::check(app, guard.access, request)?;
    // Lookups have a quota of their own, by fingerprint.
    let left = match &caller {
        Some(caller) if guard.access != Access::Needs(Scope::Lookup) => {
            Some(app.take("requests", &app.quotas.requests, &caller.actor.0, 1)?)
        }
        _ => None,
    };
    let claimed = request.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let claimed = claimed.and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
    if claimed > guard.bytes_max as u64 || (request.method == Method::GET && claimed > 0) {
        return Err(Fault::new(Code::BodyTooLarge));
    }
    Ok((caller, left))
}
