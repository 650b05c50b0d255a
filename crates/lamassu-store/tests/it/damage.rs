//! Database files that something wrote over.

use lamassu_store::{Catalogue, EntryQuery, OpenError, SqliteStore, StorageError, Store};

use crate::samples::{Opened, database, fill, raw};

#[tokio::test]
async fn another_kind_of_file_is_damaged() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs_err::write(database(&folder), "not a database at all, ".repeat(500)).expect("writes");
    let refused = SqliteStore::open(&database(&folder)).await.expect_err("is no database");
    assert!(matches!(refused, OpenError::Storage(StorageError::Damaged(_))), "{refused:?}");
    assert_eq!(refused.code(), "database-damaged");
    assert_eq!(refused.to_string(), "the database is damaged");
}

#[tokio::test]
async fn overwritten_pages_are_damaged() {
    let opened = Opened::new().await;
    fill(&opened.store, 200).await;
    let mut connection = raw(&opened.path()).await;
    let roots = "SELECT rootpage FROM sqlite_schema WHERE name IN ('audit', 'entries')";
    let roots: Vec<i64> = sqlx::query_scalar(roots).fetch_all(&mut connection).await.expect("reads");
    sqlx::Connection::close(connection).await.expect("the connection ends");
    let folder = opened.close().await;
    let path = database(&folder);
    let mut bytes = fs_err::read(&path).expect("reads");
    for root in roots {
        let start = (usize::try_from(root).expect("a page") - 1) * 4096;
        bytes[start..start + 4096].fill(0xa5);
    }
    fs_err::write(&path, bytes).expect("writes");

    let store = SqliteStore::open(&path).await.expect("the pages of the layout are whole");
    let refused = store.live_entries(0, 1_000).await.expect_err("its pages are not");
    assert_eq!(refused.code(), "database-damaged", "{refused:?}");
    let refused = store.audit(0, 1_000).await.expect_err("its pages are not");
    assert_eq!(refused.code(), "database-damaged", "{refused:?}");
}

#[tokio::test]
async fn values_that_nobody_wrote_are_damaged() {
    for sql in [
        "UPDATE entries SET frames = x'0101ff'",
        "UPDATE entries SET frames = x'6301'",
        "UPDATE entries SET digest = x'00'",
        "UPDATE entries SET bank = 'NO NAME'",
        "UPDATE entries SET number = -4",
    ] {
        let opened = Opened::new().await;
        fill(&opened.store, 1).await;
        tamper_unchecked(&opened, sql).await;
        let refused = opened.store.changes(0, 10).await.expect_err("cannot be read");
        assert!(matches!(refused, StorageError::Damaged(_)), "{sql}: {refused:?}");
    }
    let opened = Opened::new().await;
    let bank = fill(&opened.store, 1).await;
    tamper_unchecked(&opened, "UPDATE entries SET metadata = '{'").await;
    let refused = opened.store.entries(&bank, &EntryQuery::default(), 10).await.expect_err("cannot be read");
    assert_eq!(refused.code(), "database-damaged");
}

async fn tamper_unchecked(opened: &Opened, sql: &'static str) {
    let mut connection = raw(&opened.path()).await;
    sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut connection).await.expect("may be set");
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("nothing stops it");
    sqlx::Connection::close(connection).await.expect("the connection ends");
}
