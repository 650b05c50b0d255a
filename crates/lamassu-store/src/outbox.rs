//! Messages to webhooks.

use lamassu_case::MessageId;

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An item was decided by the policy.
    ItemDecided,
    /// A case was opened.
    CaseOpened,
    /// A person decided, and the platform is asked to do something with an item.
    ActionRequested,
}

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::ItemDecided, Self::CaseOpened, Self::ActionRequested];

    /// The word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ItemDecided => "item.decided",
            Self::CaseOpened => "case.opened",
            Self::ActionRequested => "action.requested",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message that is to go out.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// Its id; the action's id if it asks for one.
    pub id: MessageId,
    /// What it tells.
    pub event: EventKind,
    /// The id of what it is about.
    pub subject: String,
    /// Its data, as it goes out.
    pub data: serde_json::Value,
    /// Before this it is not sent, milliseconds since 1970.
    pub due_at_ms: i64,
}
