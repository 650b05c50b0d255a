//! Every route with who may call it, and the document that describes them.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::middleware;
use axum::response::IntoResponse;
use lamassu_case::Scope;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::routes;

use crate::access::{Access, SESSION_COOKIE};
use crate::codes::Code;
use crate::fault::{ErrorBody, Fault};
use crate::observe;
use crate::routes::{Room, Routes};
use crate::server::App;
use crate::{
    acting, actions, additions, banks, cases, catalogue, console, docs, entries, events, genealogy, health,
    import, items, keys, lookup, people, provenance, reviewing, session, sound, webhooks,
};

/// What the document says before its routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lamassu",
        description = "Finds known terrorist media when it comes back. People decide; proof is kept.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ErrorBody))
)]
struct Document;

/// All routes.
fn routes() -> Routes {
    use Access::{Needs, NeedsEither, Open, SignedIn};
    use Room::{Batch, Json, Upload};
    Routes::default()
        .add(Needs(Scope::Items), Upload, routes!(items::send))
        .add(Needs(Scope::Items), Json, routes!(items::get))
        .add(Needs(Scope::Lookup), Json, routes!(lookup::one))
        .add(Needs(Scope::Lookup), Batch, routes!(lookup::batch))
        .add(Needs(Scope::BanksRead), Json, routes!(banks::list))
        .add(Needs(Scope::BanksWrite), Json, routes!(banks::create))
        .add(Needs(Scope::BanksRead), Json, routes!(acting::get))
        .add(Needs(Scope::BanksWrite), Json, routes!(acting::approve))
        .add(Needs(Scope::BanksWrite), Json, routes!(acting::withdraw))
        .add(Needs(Scope::Administer), Json, routes!(acting::switch_on))
        .add(Needs(Scope::Administer), Json, routes!(acting::switch_off))
        .add(Needs(Scope::BanksRead), Json, routes!(catalogue::list))
        .add(Needs(Scope::BanksRead), Json, routes!(catalogue::facets))
        .add(Needs(Scope::BanksWrite), Upload, routes!(entries::add))
        .add(Needs(Scope::BanksWrite), Json, routes!(additions::get))
        .add(Needs(Scope::BanksWrite), Upload, routes!(import::import))
        .add(Needs(Scope::BanksWrite), Json, routes!(entries::change))
        .add(Needs(Scope::BanksWrite), Json, routes!(entries::remove))
        .add(NeedsEither([Scope::BanksRead, Scope::CasesRead]), Json, routes!(entries::media))
        .add(NeedsEither([Scope::BanksRead, Scope::CasesRead]), Json, routes!(sound::of_entry))
        .add(Needs(Scope::BanksRead), Json, routes!(entries::look_back))
        .add(Needs(Scope::BanksRead), Json, routes!(genealogy::get))
        .add(Needs(Scope::CasesRead), Json, routes!(cases::list))
        .add(Needs(Scope::CasesRead), Json, routes!(cases::get))
        .add(Needs(Scope::CasesRead), Json, routes!(cases::media))
        .add(Needs(Scope::CasesRead), Json, routes!(sound::of_case))
        .add(Needs(Scope::CasesRead), Json, routes!(provenance::get))
        .add(Needs(Scope::CasesRead), Json, routes!(provenance::csv))
        .add(Needs(Scope::CasesRead), Json, routes!(provenance::svg))
        .add(Needs(Scope::CasesRead), Json, routes!(reviewing::history))
        .add(Needs(Scope::CasesRead), Json, routes!(reviewing::queue))
        .add(Needs(Scope::CasesRead), Json, routes!(events::events))
        .add(Needs(Scope::BanksWrite), Json, routes!(cases::bank_item))
        .add(Needs(Scope::CasesWrite), Json, routes!(cases::decide))
        .add(Needs(Scope::CasesWrite), Json, routes!(cases::reopen))
        .add(Needs(Scope::CasesWrite), Json, routes!(cases::undo))
        .add(Needs(Scope::Deliveries), Json, routes!(actions::list))
        .add(Needs(Scope::Deliveries), Json, routes!(webhooks::list))
        .add(Needs(Scope::Administer), Json, routes!(webhooks::create))
        .add(Needs(Scope::Administer), Json, routes!(webhooks::disable))
        .add(Needs(Scope::Administer), Json, routes!(webhooks::test))
        .add(Needs(Scope::Deliveries), Json, routes!(webhooks::deliveries))
        .add(Needs(Scope::Deliveries), Json, routes!(webhooks::replay))
        .add(Needs(Scope::Administer), Json, routes!(keys::list))
        .add(Needs(Scope::Administer), Json, routes!(keys::create))
        .add(Needs(Scope::Administer), Json, routes!(keys::revoke))
        .add(Needs(Scope::Administer), Json, routes!(people::list))
        .add(Needs(Scope::Administer), Json, routes!(people::create))
        .add(Needs(Scope::Administer), Json, routes!(people::change))
        .add(Open, Json, routes!(session::sign_in))
        .add(Open, Json, routes!(session::sign_in_by_link))
        .add(Open, Json, routes!(session::set_up))
        .add(SignedIn, Json, routes!(session::whoami))
        .add(SignedIn, Json, routes!(session::sign_out))
        .add(SignedIn, Json, routes!(session::change_password))
        .add(Open, Json, routes!(health::healthz))
        .add(Open, Json, routes!(health::readyz))
        .add(Needs(Scope::Metrics), Json, routes!(health::metrics))
        .add(Open, Json, routes!(docs::document))
}

fn head() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("lmk_…");
    let bearer = bearer.description(Some("A key; the words beside it are the scopes that it needs."));
    let cookie = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "A session; changes also need the header X-CSRF-Token.",
    );
    components.add_security_scheme("key", SecurityScheme::Http(bearer.build()));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    document
}

/// The routes with everything around them.
pub(crate) fn router(app: &App) -> Router {
    let panics = app.clone();
    let catch = CatchPanicLayer::custom(move |panic: Box<dyn std::any::Any + Send>| {
        observe::panicked(&panics, panic.as_ref())
    });
    docs::pages(routes().router(app))
        .fallback(console::answer)
        .method_not_allowed_fallback(async || Fault::new(Code::MethodNotAllowed))
        .layer(catch)
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app.clone())
}

/// Only the metrics, for those who reach `metrics_listen`.
pub(crate) fn metrics_router(app: &App) -> Router {
    let text = async |State(app): State<App>| {
        ([(header::CONTENT_TYPE, crate::metrics::CONTENT_TYPE)], health::metrics_text(&app).await)
            .into_response()
    };
    Router::new()
        .route("/metrics", axum::routing::get(text))
        .fallback(async || Fault::new(Code::NotFound))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app.clone())
}

/// The `OpenAPI` document as JSON, as `/api/v1/openapi.json` answers it.
pub fn document() -> String {
    routes().document(head()).to_pretty_json().expect("the document has text keys")
}
