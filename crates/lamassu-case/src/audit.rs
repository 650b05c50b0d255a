//! The audit log: who did what when, chained so that a change of the past shows.
//!
//! Each record's hash covers its fields and the hash of the record before it. Whoever noted the last
//! hash somewhere else can tell later whether records were changed, removed or cut off.

use lamassu_fingerprint::{Digest, Digester};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A bank was made.
    BankCreated,
    /// An entry was added.
    EntryAdded,
    /// Hashes were added from a list.
    EntriesImported,
    /// What people say about an entry changed.
    EntryChanged,
    /// An entry was removed.
    EntryRemoved,
    /// An item was checked and decided.
    ItemDecided,
    /// A new policy took effect.
    PolicyChanged,
    /// An item was let in, to be checked.
    ItemAccepted,
    /// An item could not be read.
    ItemFailed,
    /// A person decided a case.
    CaseDecided,
    /// A person took a decision back before it took effect.
    CaseReopened,
    /// A person undid what a bank's rule had asked for.
    ActionUndone,
    /// A person approved a bank's rule.
    BankApproved,
    /// An approval of a bank's rule ended.
    BankApprovalEnded,
    /// An administrator let a bank act.
    BankActingOn,
    /// A bank acts no more.
    BankActingOff,
    /// A person looked at kept media.
    MediaViewed,
    /// An API key was made.
    KeyCreated,
    /// An API key was revoked.
    KeyRevoked,
    /// A link to make the first person was printed.
    SetupLinkCreated,
    /// A link to sign a person in was printed.
    SignInLinkCreated,
    /// A link to sign a person in was used.
    SignInLinkUsed,
    /// A person was added.
    PersonCreated,
    /// A person's role, password or leave changed.
    PersonChanged,
    /// A person signed in.
    SignedIn,
    /// Somebody failed to sign in.
    SignInRefused,
    /// A person signed out.
    SignedOut,
    /// A webhook was added.
    WebhookCreated,
    /// A webhook was disabled, by a person or because its receiver said that it is gone.
    WebhookDisabled,
    /// A message was given up after its last try.
    DeliveryDead,
    /// A message is sent again because a person asked for it.
    DeliveryReplayed,
}

impl Action {
    /// The word in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::BankCreated => "bank.created",
            Self::EntryAdded => "entry.added",
            Self::EntriesImported => "entries.imported",
            Self::EntryChanged => "entry.changed",
            Self::EntryRemoved => "entry.removed",
            Self::ItemDecided => "item.decided",
            Self::PolicyChanged => "policy.changed",
            Self::ItemAccepted => "item.accepted",
            Self::ItemFailed => "item.failed",
            Self::CaseDecided => "case.decided",
            Self::CaseReopened => "case.reopened",
            Self::ActionUndone => "action.undone",
            Self::BankApproved => "bank.approved",
            Self::BankApprovalEnded => "bank.approval-ended",
            Self::BankActingOn => "bank.acting-on",
            Self::BankActingOff => "bank.acting-off",
            Self::MediaViewed => "media.viewed",
            Self::KeyCreated => "key.created",
            Self::KeyRevoked => "key.revoked",
            Self::SetupLinkCreated => "setup-link.created",
            Self::SignInLinkCreated => "sign-in-link.created",
            Self::SignInLinkUsed => "sign-in-link.used",
            Self::PersonCreated => "person.created",
            Self::PersonChanged => "person.changed",
            Self::SignedIn => "person.signed-in",
            Self::SignInRefused => "person.sign-in-refused",
            Self::SignedOut => "person.signed-out",
            Self::WebhookCreated => "webhook.created",
            Self::WebhookDisabled => "webhook.disabled",
            Self::DeliveryDead => "delivery.dead",
            Self::DeliveryReplayed => "delivery.replayed",
        }
    }
}

/// What is to be recorded; the store adds number and hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who: `cli:` and the user's number for the command line.
    pub actor: String,
    /// What.
    pub action: Action,
    /// To what: a bank's name, an entry's or item's id.
    pub subject: String,
    /// Particulars as JSON; never content or fingerprints.
    pub detail: String,
}

/// A record as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// 1 for the first record, then without gaps.
    pub number: u64,
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// Who.
    pub actor: String,
    /// What, as the log's word.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Particulars as JSON.
    pub detail: String,
    /// SHA-256 over this record and the hash before it.
    pub hash: Digest,
}

/// The hash before the first record.
pub const CHAIN_START: Digest = Digest([0; 32]);

/// The hash of a record: SHA-256 over the previous hash, number and time (8 bytes each, big-endian),
/// and each text after its length in bytes (8 bytes, big-endian).
pub fn chain(previous: Digest, number: u64, at_ms: i64, texts: [&str; 4]) -> Digest {
    let mut digester = Digester::default();
    digester.update(&previous.0);
    digester.update(&number.to_be_bytes());
    digester.update(&at_ms.to_be_bytes());
    for text in texts {
        digester.update(&(text.len() as u64).to_be_bytes());
        digester.update(text.as_bytes());
    }
    digester.finish()
}

/// The log does not hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing before this number.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record, or one before it, was changed.
    #[error("record {0} or one before it was changed")]
    Changed(u64),
}

/// Checks records one after the other, in the order of their numbers.
#[derive(Debug, Clone, Copy)]
pub struct Verifier {
    /// How many records were checked.
    pub records: u64,
    /// Hash of the last one.
    pub head: Digest,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { records: 0, head: CHAIN_START }
    }
}

impl Verifier {
    /// Takes the next record.
    ///
    /// # Errors
    /// [`Broken`] at the first record that does not follow from the ones before.
    pub fn check(&mut self, record: &Record) -> Result<(), Broken> {
        let number = self.records + 1;
        if record.number != number {
            return Err(Broken::Missing(number));
        }
        let texts = [&record.actor, &record.action, &record.subject, &record.detail].map(String::as_str);
        let hash = chain(self.head, number, record.at_ms, texts);
        if hash != record.hash {
            return Err(Broken::Changed(number));
        }
        *self = Self { records: number, head: hash };
        Ok(())
    }
}
