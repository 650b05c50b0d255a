//! Cases: what people review, and what they decided.

#![expect(unused_qualifications, reason = "utoipa::path writes them")]

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use lamassu_case::{Action, CaseId, CaseKind, CaseState, Priority, RequestId, Verdict};
use lamassu_engine::{CaseMatch, CaseView, CasesOf, ReviewDraft};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Caller;
use crate::acting::ActedRow;
use crate::actions::ActionRow;
use crate::codes::Code;
use crate::entries::{self, AddedView, Metadata};
use crate::extract::{Json, Path, Query};
use crate::fault::Fault;
use crate::items::ItemRow;
use crate::matches::MatchView;
use crate::page::{Page, PageQuery};
use crate::server::App;
use crate::time::Time;

/// A case with all that a reviewer needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseRow {
    /// Its id.
    id: String,
    /// `open` or `decided`.
    state: CaseStateWord,
    /// 1 when it was opened, and one more with every change.
    version: u64,
    /// When it was opened.
    opened_at: Time,
    /// The item.
    item: ItemRow,
    /// Size of the item in bytes.
    size_bytes: u64,
    /// Length of the item in milliseconds; 0 for what does not play.
    duration_ms: u32,
    /// `review`, or `near-miss` where something known is nearly in it.
    kind: CaseKindWord,
    /// Before others (`raised`: a mark was found, too), in its turn (`normal`), or after others (`lowered`: context
    /// entries explain what was found).
    priority: PriorityWord,
    /// The entries found in it, best first; of a near miss, those that were nearly found.
    matches: Vec<MatchView>,
    /// Context entries found in it, best first: what is known to be legitimate.
    context: Vec<MatchView>,
    /// Marks found in it, best first.
    logos: Vec<MatchView>,
    /// The burst that it tells of, for an item in which nothing known was found.
    rising: Option<RisingRow>,
    /// The policy by which they count: SHA-256 of its text.
    policy_version: String,
    /// What was decided, if it was.
    review: Option<ReviewRow>,
    /// What the platform was asked to do, oldest first.
    actions: Vec<ActionRow>,
    /// What banks' rules did with the item before a person looked at it, by bank.
    acted: Vec<ActedRow>,
    /// Whether that can be undone: nobody decided the case or undid it yet.
    undoable: bool,
}

/// Near-identical items that no bank knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct RisingRow {
    /// How many items.
    items: u64,
    /// Of how many accounts that are known by name.
    accounts: u64,
    /// When the first came in.
    first_seen_at: Time,
    /// When the last came in.
    last_seen_at: Time,
}

/// The item of a case as an entry of a bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVariant {
    /// The bank's name.
    bank: String,
    /// What people say about it.
    metadata: Metadata,
    /// A UUID of the client's for this attempt, under which its progress can be asked for.
    #[schema(value_type = Option<String>, format = "uuid")]
    request: Option<RequestId>,
}

/// `open` or `decided`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseStateWord {
    /// Waits for a person.
    Open,
    /// Decided.
    Decided,
}

/// Which queue.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseKindWord {
    /// Something known was found, or many like it came in at once.
    Review,
    /// Something known is nearly in it.
    NearMiss,
}

/// When a case is looked at, beside others.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PriorityWord {
    /// Before others.
    Raised,
    /// In its turn.
    Normal,
    /// After others.
    Lowered,
}

impl From<CaseKind> for CaseKindWord {
    fn from(kind: CaseKind) -> Self {
        match kind {
            CaseKind::Review => Self::Review,
            CaseKind::NearMiss => Self::NearMiss,
        }
    }
}

impl From<Priority> for PriorityWord {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Raised => Self::Raised,
            Priority::Normal => Self::Normal,
            Priority::Lowered => Self::Lowered,
        }
    }
}

/// `violating` or `not-violating`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// It is what the bank holds, and nothing excuses it.
    Violating,
    /// It is not, or there is a reason why it may stay: news, research, evidence, art.
    NotViolating,
}

/// A person's decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewRow {
    /// What they decided.
    verdict: VerdictWord,
    /// Why, in their words.
    reason: String,
    /// Who.
    actor: String,
    /// When.
    decided_at: Time,
    /// When it takes effect; until then it can be taken back.
    due_at: Time,
}

/// A decision to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// What is decided.
    verdict: VerdictWord,
    /// Why; a person reads it later.
    #[schema(min_length = 1, max_length = 4000)]
    reason: String,
    /// The version of the case that was looked at. If it is another one by now, nothing is written.
    version: Option<u64>,
    /// A UUID of the client's for this attempt. Sent again by the same caller, it decides nothing anew.
    #[schema(value_type = Option<String>, format = "uuid")]
    request: Option<RequestId>,
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Only in this state.
    state: Option<CaseStateWord>,
    /// Of this queue; `review` if left out.
    kind: Option<CaseKindWord>,
    /// `next` of the page before; the first page if left out.
    after: Option<String>,
    /// Rows at most.
    limit: Option<u32>,
}

/// Which moment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Moment {
    /// Milliseconds from the start, for what plays; beyond its end, its end. If left out, where the best match
    /// begins in an item, and the start of an entry.
    pub at_ms: Option<u32>,
}

impl Moment {
    /// The moment in the item of a case.
    pub fn in_item(&self, case: &CaseView) -> u32 {
        let best = case.matches.first().and_then(|found| found.row.segments.first());
        self.at_ms.unwrap_or_else(|| (best.map_or(0.0, |it| it.item_start_s) * 1000.0).round() as u32)
    }
}

impl From<CaseView> for CaseRow {
    fn from(view: CaseView) -> Self {
        let review = view.case.review.as_ref().map(|review| ReviewRow {
            verdict: match review.verdict {
                Verdict::Violating => VerdictWord::Violating,
                Verdict::NotViolating => VerdictWord::NotViolating,
            },
            reason: review.reason.clone(),
            actor: review.actor.clone(),
            decided_at: Time(review.at_ms),
            due_at: Time(review.due_at_ms),
        });
        Self {
            state: match view.case.state() {
                CaseState::Open => CaseStateWord::Open,
                CaseState::Decided => CaseStateWord::Decided,
            },
            id: view.case.id.into(),
            version: view.case.version,
            opened_at: Time(view.case.opened_at_ms),
            item: view.item.into(),
            size_bytes: view.size_bytes,
            duration_ms: view.duration_ms,
            kind: view.case.kind.into(),
            priority: view.case.priority.into(),
            matches: views(view.matches),
            context: views(view.context),
            logos: views(view.logos),
            rising: view.rising.map(|rising| RisingRow {
                items: rising.items,
                accounts: rising.accounts,
                first_seen_at: Time(rising.first_seen_ms),
                last_seen_at: Time(rising.last_seen_ms),
            }),
            policy_version: view.policy_version,
            review,
            actions: view.actions.into_iter().map(|action: Action| action.into()).collect(),
            acted: view.acted.into_iter().map(ActedRow::from).collect(),
            undoable: view.undoable,
        }
    }
}

fn views(matches: Vec<CaseMatch>) -> Vec<MatchView> {
    matches.into_iter().map(MatchView::from).collect()
}

/// Lists the cases of one queue: open ones by priority and then the oldest first, others the oldest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", operation_id = "list_cases", params(CaseQuery),
    responses((status = 200, description = "A page of cases.", body = Page<CaseRow>)))]
pub async fn list(
    State(app): State<App>,
    Query(query): Query<CaseQuery>,
) -> Result<axum::Json<Page<CaseRow>>, Fault> {
    let page = PageQuery { after: query.after, limit: query.limit };
    let (after, limit) = (page.after()?.unwrap_or(0), page.limit(&app.settings.limits)?);
    let state = query.state.map(|state| match state {
        CaseStateWord::Open => CaseState::Open,
        CaseStateWord::Decided => CaseState::Decided,
    });
    let kind = match query.kind {
        None | Some(CaseKindWord::Review) => CaseKind::Review,
        Some(CaseKindWord::NearMiss) => CaseKind::NearMiss,
    };
    let views = app.engine.cases(CasesOf { kind, state }, after, limit).await?;
    let is_ranked = state == Some(CaseState::Open);
    Ok(axum::Json(Page::full(views, limit, |view| if is_ranked { view.place() } else { view.case.number })))
}

/// One case.
#[utoipa::path(get, path = "/api/v1/cases/{case}", tag = "cases", operation_id = "get_case",
    params(("case" = String, Path, description = "The case's id.")),
    responses((status = 200, description = "The case.", body = CaseRow)))]
pub async fn get(State(app): State<App>, Path(case): Path<String>) -> Result<axum::Json<CaseRow>, Fault> {
    Ok(axum::Json(app.engine.case(&id(&case)?).await?.into()))
}

/// Decides a case. It takes effect a minute later; until then it can be taken back.
#[utoipa::path(post, path = "/api/v1/cases/{case}/review", tag = "cases", operation_id = "decide_case",
    params(("case" = String, Path, description = "The case's id.")), request_body = NewReview,
    responses((status = 200, description = "The decided case.", body = CaseRow)))]
pub async fn decide(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
    Json(review): Json<NewReview>,
) -> Result<axum::Json<CaseRow>, Fault> {
    let verdict = match review.verdict {
        VerdictWord::Violating => Verdict::Violating,
        VerdictWord::NotViolating => Verdict::NotViolating,
    };
    let NewReview { reason, version, request, .. } = review;
    let draft = ReviewDraft { verdict, reason, version, request };
    let view = app.engine.decide_case(&id(&case)?, &draft, &caller.actor).await?;
    Ok(axum::Json(view.into()))
}

/// Takes a decision back before it takes effect.
#[utoipa::path(delete, path = "/api/v1/cases/{case}/review", tag = "cases", operation_id = "reopen_case",
    params(("case" = String, Path, description = "The case's id.")),
    responses((status = 200, description = "The case, open again.", body = CaseRow)))]
pub async fn reopen(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
) -> Result<axum::Json<CaseRow>, Fault> {
    Ok(axum::Json(app.engine.reopen_case(&id(&case)?, &caller.actor).await?.into()))
}

/// Undoes what a bank's rule did: the platform is asked to keep the item, unless it was not asked for anything yet. The
/// case waits for a person all the same, and the rule acts by those entries no more until two people approve it anew.
#[utoipa::path(delete, path = "/api/v1/cases/{case}/action", tag = "cases", operation_id = "undo_action",
    params(("case" = String, Path, description = "The case's id.")),
    responses((status = 200, description = "The case.", body = CaseRow)))]
pub async fn undo(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
) -> Result<axum::Json<CaseRow>, Fault> {
    Ok(axum::Json(app.engine.undo_action(&id(&case)?, &caller.actor).await?.into()))
}

/// Adds the item of a case to a bank, as the variant that it is; once this is answered it matches, and it is looked
/// for in what came in before.
#[utoipa::path(post, path = "/api/v1/cases/{case}/entry", tag = "cases", operation_id = "bank_case_item",
    params(("case" = String, Path, description = "The case's id.")), request_body = NewVariant,
    responses((status = 201, description = "The entry was added.", body = AddedView),
        (status = 200, description = "The bank held these bytes before.", body = AddedView)))]
pub async fn bank_item(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
    Json(NewVariant { bank, metadata, request }): Json<NewVariant>,
) -> Result<(StatusCode, axum::Json<AddedView>), Fault> {
    let (case, bank, metadata) = (id(&case)?, entries::name(&bank)?, metadata.checked()?);
    let addition = app.engine.begin_addition(request, &caller.actor);
    let added = app.engine.bank_item(&case, (&bank, metadata), &caller.actor, &addition.progress).await?;
    Ok(entries::added(added))
}

/// What is seen of the case's item, as a JPEG made anew in the jail. That somebody looks is in the audit log first.
#[utoipa::path(get, path = "/api/v1/cases/{case}/media", tag = "cases", operation_id = "get_case_media",
    params(("case" = String, Path, description = "The case's id."), Moment),
    responses((status = 200, description = "The picture.", content_type = "image/jpeg", body = Vec<u8>)))]
pub async fn media(
    State(app): State<App>,
    Path(case): Path<String>,
    caller: Caller,
    Query(moment): Query<Moment>,
) -> Result<Response, Fault> {
    let view = app.engine.case(&id(&case)?).await?;
    let at_ms = moment.in_item(&view);
    picture(app.engine.show_item(&view.case.item, at_ms, &caller.actor).await?)
}

/// A picture, if there is one.
pub fn picture(jpeg: Option<Vec<u8>>) -> Result<Response, Fault> {
    let jpeg = jpeg.ok_or_else(|| Fault::new(Code::MediaNotKept))?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// The case of a path.
pub fn id(text: &str) -> Result<CaseId, Fault> {
    text.parse().map_err(|_| Fault::new(Code::CaseNotFound))
}
