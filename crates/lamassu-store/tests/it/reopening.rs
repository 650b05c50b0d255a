//! What a database file keeps, refuses and gives away.

use lamassu_case::audit::{Broken, Verifier};
use lamassu_case::{CaseKind, Priority, decide};
use lamassu_store::{Cases, CasesOf, Catalogue, EntryFilter, EntryQuery, OpenError, SqliteStore, Store};

use crate::samples::{
    Opened, database, entry_id, evidence, fill, item, item_id, policy, recording, stamp, tamper,
    tamper_unchecked,
};

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let opened = Opened::new().await;
    let bank = fill(&opened.store, 3).await;
    opened.store.remove_entry(&bank, &entry_id(2), None, &stamp()).await.expect("is removed");
    let policy = policy(31);
    opened.store.put_policy(&policy, &stamp()).await.expect("is kept");
    let evidence = evidence(&policy);
    let decision = decide(&policy, &evidence);
    opened.store.record(&recording(item(1), &evidence, &decision), &stamp()).await.expect("is kept");
    let before = everything(&opened.store).await;
    let folder = opened.close().await;
    assert!(!folder.path().join("lamassu.db-wal").exists(), "closing leaves one file");

    let store = SqliteStore::open(&database(&folder)).await.expect("opens again");
    assert_eq!(everything(&store).await, before);
    assert_eq!(store.remove_entry(&bank, &entry_id(3), None, &stamp()).await.expect("is removed"), 5);
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let opened = Opened::new().await;
    fill(&opened.store, 3).await;
    // A copy taken while the store is open is what a killed process leaves behind.
    let copy = tempfile::tempdir().expect("a temporary folder");
    for end in ["", "-wal"] {
        let from = format!("{}{end}", opened.path().display());
        fs_err::copy(from, copy.path().join(format!("lamassu.db{end}"))).expect("copies");
    }
    let store = SqliteStore::open(&database(&copy)).await.expect("opens");
    assert_eq!(everything(&store).await, everything(&opened.store).await);
}

#[tokio::test]
async fn a_newer_layout_is_refused() {
    let opened = Opened::new().await;
    let path = opened.path();
    let folder = opened.close().await;
    tamper(&path, "PRAGMA user_version = 9").await.expect("may be set");
    let refused = SqliteStore::open(&database(&folder)).await.expect_err("is newer");
    assert_eq!(refused.code(), "database-newer");
    assert!(matches!(refused, OpenError::NewerSchema { found: 9, known: 8 }));
    assert_eq!(refused.to_string(), "the database has layout 9, this program knows layouts up to 8");
}

#[tokio::test]
async fn an_older_layout_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = database(&folder);
    let first = include_str!("../../src/sqlite/schema/1.sql");
    fs_err::write(&path, "").expect("an empty file is an empty database");
    tamper(&path, first).await.expect("makes the tables");
    let bank = "INSERT INTO banks (name, created_at_ms) VALUES ('old', 1); PRAGMA user_version = 1";
    tamper(&path, bank).await.expect("is an old database");
    let store = SqliteStore::open(&path).await.expect("opens");
    assert_eq!(store.banks().await.expect("reads").len(), 1);
    store.close().await;
    SqliteStore::open(&path).await.expect("opens again, nothing left to do").close().await;
}

/// A database as the second layout left it: a case that was decided, reopened and decided again.
const SECOND: &[&str] = &[
    include_str!("../../src/sqlite/schema/1.sql"),
    include_str!("../../src/sqlite/schema/2-intake.sql"),
    include_str!("../../src/sqlite/schema/2-outbox.sql"),
    include_str!("../../src/sqlite/schema/2-access.sql"),
    "INSERT INTO banks (name, created_at_ms) VALUES ('news', 1);
     INSERT INTO entries SELECT 1, '00000000-0000-7000-8000-000000000001', 'news', 'image', zeroblob(32), 9, 0,
         'pdq-1', '{\"title\":\"a\",\"source\":null,\"outlet\":null,\"published\":null,\"event\":null}', 1, 1, NULL, x'0101';
     INSERT INTO items SELECT '11111111-0000-7000-8000-000000000001', 'a', 'image', zeroblob(32), 9, 0, 'pdq-1', 1, x'0101';
     INSERT INTO policies SELECT zeroblob(32), '';
     INSERT INTO decisions SELECT '11111111-0000-7000-8000-000000000001', 4, 'review', zeroblob(32),
         '{\"policy_version\":\"00\",\"fingerprint_version\":\"pdq-1\",\"entries_sequence\":3,\"candidates\":[]}';
     INSERT INTO cases SELECT 1, '22222222-0000-7000-8000-000000000001', '11111111-0000-7000-8000-000000000001', 1,
         'violating', 'seen', 'person:a', 5, 6;
     INSERT INTO cases SELECT 2, '22222222-0000-7000-8000-000000000002', '11111111-0000-7000-8000-000000000002', 1,
         NULL, NULL, NULL, NULL, NULL;
     INSERT INTO actions SELECT 1, '33333333-0000-7000-8000-000000000001', '22222222-0000-7000-8000-000000000001',
         '11111111-0000-7000-8000-000000000001', 'disable', 5, 6, NULL;
     INSERT INTO audit SELECT 1, 1, 'a', 'item.decided', '11111111-0000-7000-8000-000000000001', '{}', zeroblob(32);
     INSERT INTO audit SELECT 2, 2, 'a', 'case.decided', '22222222-0000-7000-8000-000000000001', '{}', zeroblob(32);
     INSERT INTO audit SELECT 3, 3, 'a', 'case.reopened', '22222222-0000-7000-8000-000000000001', '{}', zeroblob(32);
     INSERT INTO audit SELECT 4, 4, 'a', 'entry.added', '22222222-0000-7000-8000-000000000001', '{}', zeroblob(32);
     INSERT INTO audit SELECT 5, 5, 'a', 'case.decided', '22222222-0000-7000-8000-000000000001', '{}', zeroblob(32);
     PRAGMA user_version = 2",
];

#[tokio::test]
async fn cases_of_the_second_layout_count_their_changes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = database(&folder);
    fs_err::write(&path, "").expect("an empty file is an empty database");
    for sql in SECOND {
        tamper_unchecked(&path, sql).await.expect("is an old database");
    }
    let store = SqliteStore::open(&path).await.expect("opens");
    let cases = store.cases(CasesOf::default(), 0, 10).await.expect("reads");
    assert_eq!(cases.iter().map(|case| case.version).collect::<Vec<_>>(), [4, 1]);
    // Nobody told queues apart then.
    assert!(cases.iter().all(|case| (case.kind, case.priority) == (CaseKind::Review, Priority::Normal)));
    let history = store.case_history(&cases[0], 0, 10).await.expect("reads");
    assert_eq!(history.iter().map(|record| record.number).collect::<Vec<_>>(), [1, 2, 3, 5]);
    let decision = store.decision(&item_id(1)).await.expect("reads").expect("was decided");
    assert_eq!((decision.decided_at_ms, decision.evidence.entries_sequence), (4, 3));
    let entry = store.entry_of_id(&entry_id(1)).await.expect("is there");
    assert!(!entry.removed);
    assert_eq!(store.entry_areas(1).await.expect("reads"), [], "nobody kept them then");
    assert_eq!(store.actions(None, 0, 10).await.expect("reads").len(), 1);
    let words = EntryFilter { words: Some("a".to_owned()), ..EntryFilter::default() };
    assert_eq!(store.facets(&entry.entry.bank, &words, None).await.expect("counts").entries, 1);
    store.close().await;
    SqliteStore::open(&path).await.expect("opens again, nothing left to do").close().await;
}

#[tokio::test]
async fn the_database_refuses_to_change_the_audit_log() {
    let opened = Opened::new().await;
    fill(&opened.store, 2).await;
    for sql in [
        "UPDATE audit SET actor = 'cli:nobody' WHERE number = 2",
        "DELETE FROM audit WHERE number = 3",
        "INSERT OR REPLACE INTO audit SELECT number, 0, actor, action, subject, detail, hash FROM audit",
        "INSERT INTO audit SELECT number + 5, at_ms, actor, action, subject, detail, hash FROM audit",
    ] {
        let refused = tamper(&opened.path(), sql).await.expect_err("is refused");
        assert!(refused.to_string().contains("the audit log is append-only"), "{sql}: {refused}");
    }
    assert_eq!(verify(&opened.store).await, Ok(()));
}

#[tokio::test]
async fn tampering_with_the_audit_log_shows() {
    let changes = [
        (
            "DROP TRIGGER audit_is_not_updated; UPDATE audit SET actor = 'cli:nobody' WHERE number = 2",
            Broken::Changed(2),
        ),
        ("DROP TRIGGER audit_is_not_deleted; DELETE FROM audit WHERE number = 2", Broken::Missing(2)),
    ];
    for (sql, broken) in changes {
        let opened = Opened::new().await;
        fill(&opened.store, 2).await;
        tamper(&opened.path(), sql).await.expect("nothing stops it");
        assert_eq!(verify(&opened.store).await, Err(broken));
    }
}

async fn verify(store: &SqliteStore) -> Result<(), Broken> {
    let mut verifier = Verifier::default();
    store.audit(0, 100).await.expect("reads").iter().try_for_each(|record| verifier.check(record))
}

async fn everything(store: &SqliteStore) -> impl PartialEq + std::fmt::Debug + use<> {
    let banks = store.banks().await.expect("reads");
    let entries = store.entries(&banks[0].name, &EntryQuery::default(), 100).await.expect("reads");
    let changes = store.changes(0, 100).await.expect("reads");
    let item = store.item(&item_id(1)).await.expect("reads");
    let decision = store.decision(&item_id(1)).await.expect("reads");
    let policy = store.policy(policy(31).version).await.expect("reads");
    let audit = store.audit(0, 100).await.expect("reads");
    (banks, entries, changes, item, decision, policy, audit)
}
