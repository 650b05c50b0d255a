//! The one closed table of what can go wrong over HTTP: code, status, sentence.

use std::fmt::Write;

use axum::http::StatusCode;

/// Makes [`Code`] and its table from one list.
macro_rules! codes {
    ($($variant:ident = $status:ident $code:literal $sentence:literal;)+) => {
        /// What went wrong, as a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $sentence] $variant,)+
        }

        impl Code {
            /// All codes, in the order of the document.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable word.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// What happened and what to do.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }
        }
    };
}

codes! {
    BodyInvalid = BAD_REQUEST "body-invalid" "The body is not the JSON that this route takes; `field` or the place in the text says where.";
    MultipartInvalid = BAD_REQUEST "multipart-invalid" "The multipart body is damaged, or a part is missing, unknown or there twice.";
    QueryInvalid = BAD_REQUEST "query-invalid" "A query parameter is unknown, there twice, or not of its kind.";
    RequestInvalid = BAD_REQUEST "request-invalid" "The request is not one that HTTP allows here.";
    Unauthenticated = UNAUTHORIZED "unauthenticated" "No valid key or session came with the request.";
    SignInRefused = UNAUTHORIZED "sign-in-refused" "Name and password do not belong together.";
    SessionEnded = UNAUTHORIZED "session-ended" "The session has ended; sign in again.";
    SessionNeeded = FORBIDDEN "session-needed" "This is for people who signed in; a key cannot do it.";
    ScopeMissing = FORBIDDEN "scope-missing" "The key or person may not do this; an administrator can give the scope.";
    CsrfRefused = FORBIDDEN "csrf-refused" "A change with a session needs the header X-CSRF-Token, from the server's own pages.";
    NotFound = NOT_FOUND "not-found" "There is nothing at this address.";
    BankNotFound = NOT_FOUND "bank-not-found" "There is no bank of this name.";
    EntryNotFound = NOT_FOUND "entry-not-found" "The bank has no entry of this id.";
    ItemNotFound = NOT_FOUND "item-not-found" "There is no item of this id.";
    CaseNotFound = NOT_FOUND "case-not-found" "There is no case of this id.";
    MediaNotKept = NOT_FOUND "media-not-kept" "Nothing to look at was kept of this: no media, or none with a picture.";
    NoSound = NOT_FOUND "no-sound" "There is no sound in it, or none from this time on.";
    KeyNotFound = NOT_FOUND "key-not-found" "There is no key of this id.";
    PersonNotFound = NOT_FOUND "person-not-found" "There is no person of this id.";
    WebhookNotFound = NOT_FOUND "webhook-not-found" "There is no webhook of this id.";
    DeliveryNotFound = NOT_FOUND "delivery-not-found" "There is no delivery of this id.";
    MethodNotAllowed = METHOD_NOT_ALLOWED "method-not-allowed" "This address takes other methods; the header Allow names them.";
    RequestTimeout = REQUEST_TIMEOUT "request-timeout" "The body did not arrive in time.";
    BankExists = CONFLICT "bank-exists" "The name is taken.";
    IdempotencyKeyReused = CONFLICT "idempotency-key-reused" "This idempotency key or request came before with something else; take a new one.";
    CaseChanged = CONFLICT "case-changed" "The case changed since it was looked at; nothing was written. Look at it again.";
    CaseDecided = CONFLICT "case-decided" "Somebody decided the case already.";
    CaseNotDecided = CONFLICT "case-not-decided" "The case is not decided, so there is nothing to take back.";
    CaseTookEffect = CONFLICT "case-took-effect" "The decision took effect and can no longer be taken back.";
    NothingToUndo = CONFLICT "nothing-to-undo" "No rule acted on the case, or what it did was undone already.";
    BankWithoutRule = CONFLICT "bank-without-rule" "The policy has no rule by which this bank could act, so there is nothing to approve.";
    RuleChanged = CONFLICT "rule-changed" "The bank's rule is another one by now; nothing was written. Look at it again.";
    ApprovalsMissing = CONFLICT "approvals-missing" "Two different people must approve the rule before the bank may act.";
    PersonRefused = FORBIDDEN "person-refused" "This person may not approve.";
    WebhookDisabled = CONFLICT "webhook-disabled" "The webhook is disabled; add it anew.";
    WebhooksTooMany = CONFLICT "webhooks-too-many" "There are as many webhooks as there may be; disable one first.";
    DeliveryWaiting = CONFLICT "delivery-waiting" "The delivery waits to be sent already.";
    TooManyKeys = CONFLICT "too-many-keys" "There are as many keys as there may be; revoke one first.";
    PersonExists = CONFLICT "person-exists" "Another person has this name, perhaps in other upper and lower case.";
    TooManyPeople = CONFLICT "too-many-people" "There are as many people as there may be.";
    LastAdministrator = CONFLICT "last-administrator" "This is the last administrator; make another one first.";
    AlreadySetUp = CONFLICT "already-set-up" "There is an administrator already.";
    SetupLinkRefused = GONE "setup-link-refused" "The link was used, replaced or is too old; `lamassu person setup-link` prints a new one.";
    SignInLinkRefused = GONE "sign-in-link-refused" "The link was used, replaced or is too old; `lamassu person link NAME` prints a new one.";
    BodyTooLarge = PAYLOAD_TOO_LARGE "body-too-large" "The body is larger than this route takes.";
    TypeUnsupported = UNSUPPORTED_MEDIA_TYPE "type-unsupported" "The header Content-Type names a type that this route does not take.";
    FieldInvalid = UNPROCESSABLE_ENTITY "field-invalid" "The value of a field is not acceptable; `field` names it.";
    SubmissionInvalid = UNPROCESSABLE_ENTITY "submission-invalid" "What is said about the item is not acceptable; `field` and `reason` say why.";
    PostEmpty = UNPROCESSABLE_ENTITY "post-empty" "An item needs a file, a text, a link or an address.";
    PostTooLong = UNPROCESSABLE_ENTITY "post-too-long" "The text and its links are too long; `reason` names the limit.";
    ReasonInvalid = UNPROCESSABLE_ENTITY "reason-invalid" "A decision and a removal need a reason; `reason` names the limit.";
    KeyNameInvalid = UNPROCESSABLE_ENTITY "key-name-invalid" "A key's name is too short, too long, or not on one line.";
    KeyWithoutScope = UNPROCESSABLE_ENTITY "key-without-scope" "A key needs at least one scope.";
    ExpiryPast = UNPROCESSABLE_ENTITY "expiry-past" "The expiry is in the past.";
    PasswordInvalid = UNPROCESSABLE_ENTITY "password-invalid" "The password is too short or too long.";
    PersonNameInvalid = UNPROCESSABLE_ENTITY "person-name-invalid" "Nobody can sign in with such a name.";
    DisplayNameInvalid = UNPROCESSABLE_ENTITY "display-name-invalid" "The display name is too short, too long, or not on one line.";
    UrlRefused = UNPROCESSABLE_ENTITY "url-refused" "Nothing is sent to or fetched from this address: it is no URL, or not a public one.";
    FingerprintInvalid = UNPROCESSABLE_ENTITY "fingerprint-invalid" "A fingerprint is written as 64 hexadecimal digits.";
    BatchTooLarge = UNPROCESSABLE_ENTITY "batch-too-large" "The batch holds more than is taken at once, or nothing.";
    MetadataInvalid = UNPROCESSABLE_ENTITY "metadata-invalid" "A title is missing, a text is too long, or there are too many labels.";
    MediaRefused = UNPROCESSABLE_ENTITY "media-refused" "The file cannot be read; `reason` holds the code of the file's own table.";
    RateLimited = TOO_MANY_REQUESTS "rate-limited" "Too much was asked for; the header Retry-After says when to ask again.";
    WatchersTooMany = TOO_MANY_REQUESTS "watchers-too-many" "There are as many connections to the events as one caller may have; close one first.";
    SignInWait = TOO_MANY_REQUESTS "sign-in-wait" "Too many failed attempts; the header Retry-After says when to try again.";
    SignInBusy = SERVICE_UNAVAILABLE "sign-in-busy" "Too many people sign in at this moment; the header Retry-After says when to try again.";
    HeadTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE "head-too-large" "The request's headers are too many or too long.";
    Internal = INTERNAL_SERVER_ERROR "internal" "The server failed at this; the log tells why under the request's id.";
    NotReady = SERVICE_UNAVAILABLE "not-ready" "The server is starting, stopping, or does not find its own canary.";
    QueueFull = SERVICE_UNAVAILABLE "queue-full" "The queue is full; the header Retry-After says when to send again.";
    Unavailable = SERVICE_UNAVAILABLE "unavailable" "Something that the server needs is missing; its log and `lamassu doctor` tell what.";
    AnswerTimeout = GATEWAY_TIMEOUT "answer-timeout" "The answer took too long. What was accepted goes on.";
    DiskFull = INSUFFICIENT_STORAGE "disk-full" "No space is left. Nothing stored was harmed.";
}

/// Codes of the engine that have a row of their own here under another name, or share one.
const SHARED: &[(&str, Code)] = &[
    ("tool-missing", Code::Unavailable),
    ("no-landlock", Code::Unavailable),
    ("jail-failed", Code::Unavailable),
    ("database-failed", Code::Unavailable),
    ("file-missing", Code::MultipartInvalid),
    ("folder-unusable", Code::Unavailable),
    ("jobs-file", Code::Unavailable),
    ("secrets-key-missing", Code::Unavailable),
    ("secrets-key-unusable", Code::Unavailable),
    ("secrets-refused", Code::Unavailable),
    ("url-invalid", Code::UrlRefused),
    ("host-unresolved", Code::UrlRefused),
    ("key-refused", Code::Unauthenticated),
    ("forbidden", Code::ScopeMissing),
];

/// Codes of a file that cannot be read: [`Code::MediaRefused`] names them as its reason.
const MEDIA: &[&str] = &[
    "empty",
    "unsupported",
    "unsupported-kind",
    "malformed",
    "truncated",
    "no-streams",
    "unreadable",
    "decoder-crashed",
    "limit-bytes",
    "limit-side",
    "limit-pixels",
    "limit-frames",
    "limit-memory",
    "limit-duration",
    "limit-streams",
    "limit-cpu",
    "limit-deadline",
];

impl Code {
    /// The row for a code of the engine, and the reason that may be told with it. What has no row is
    /// [`Code::Internal`].
    pub fn of_engine(code: &str) -> (Self, Option<&'static str>) {
        if let Some(reason) = MEDIA.iter().find(|media| **media == code) {
            return (Self::MediaRefused, Some(reason));
        }
        let shared = SHARED.iter().find(|(name, _)| *name == code).map(|(_, code)| *code);
        let same = || Self::ALL.iter().copied().find(|row| row.name() == code);
        (shared.or_else(same).unwrap_or(Self::Internal), None)
    }

    /// The row for an answer that came about below our routes.
    pub fn of_status(status: StatusCode) -> Self {
        let from_below = [
            Self::NotFound,
            Self::MethodNotAllowed,
            Self::RequestTimeout,
            Self::BodyTooLarge,
            Self::TypeUnsupported,
            Self::HeadTooLarge,
            Self::AnswerTimeout,
        ];
        let same = from_below.into_iter().find(|code| code.status() == status);
        same.unwrap_or(if status.is_client_error() { Self::RequestInvalid } else { Self::Internal })
    }
}

/// The section of docs/errors.md about HTTP.
pub fn document() -> String {
    let mut text = String::from("| code | status | meaning |\n|---|---|---|\n");
    for code in Code::ALL {
        writeln!(text, "| `{}` | {} | {} |", code.name(), code.status().as_u16(), code.sentence())
            .expect("writing to a text does not fail");
    }
    text
}
