//! API keys in SQL.

use std::collections::BTreeSet;

use async_trait::async_trait;
use lamassu_case::audit::Action;
use lamassu_case::{KeyId, Scope};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};

use crate::keys::{KEYS_MAX, Key, KeyError, Keys, LiveKey, NewKey};
use crate::sqlite::values::{Unreadable, bigint, digest, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;

macro_rules! select_keys {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, name, scopes, digest, created_at_ms, expires_at_ms, last_used_at_ms, \
             revoked_at_ms FROM api_keys ",
            $rest
        )
    };
}

#[async_trait]
impl Keys for SqliteStore {
    async fn create_key(&self, key: NewKey, stamp: &Stamp) -> Result<Key, KeyError> {
        create(self.begin().await?, key, stamp).await
    }

    async fn keys(&self, after: u64, limit: u32) -> Result<Vec<Key>, StorageError> {
        let page = sqlx::query(select_keys!("WHERE number > $1 ORDER BY number LIMIT $2"))
            .bind(bigint(after))
            .bind(page_rows(limit));
        Ok(page.try_map(|row: SqliteRow| key(&row)).fetch_all(&self.readers).await?)
    }

    async fn live_keys(&self, after: u64, limit: u32) -> Result<Vec<LiveKey>, StorageError> {
        let select = select_keys!("WHERE revoked_at_ms IS NULL AND number > $1 ORDER BY number LIMIT $2");
        let page = sqlx::query(select).bind(bigint(after)).bind(page_rows(limit));
        let live = |row: SqliteRow| Ok(LiveKey { digest: digest(&row, "digest")?, key: key(&row)? });
        Ok(page.try_map(live).fetch_all(&self.readers).await?)
    }

    async fn revoke_key(&self, id: &KeyId, stamp: &Stamp) -> Result<(), KeyError> {
        revoke(self.begin().await?, id, stamp).await
    }

    async fn note_key_use(&self, uses: &[(KeyId, i64)]) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        for (id, at_ms) in uses {
            // A clock that was set back does not make a key look unused for longer.
            let note =
                "UPDATE api_keys SET last_used_at_ms = max(coalesce(last_used_at_ms, $1), $1) WHERE id = $2";
            sqlx::query(note).bind(at_ms).bind(id.as_str()).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn create(mut tx: Transaction<'static, Sqlite>, new: NewKey, stamp: &Stamp) -> Result<Key, KeyError> {
    let live: i64 = sqlx::query_scalar("SELECT count(*) FROM api_keys WHERE revoked_at_ms IS NULL")
        .fetch_one(&mut *tx)
        .await?;
    if live >= i64::from(KEYS_MAX) {
        return Err(KeyError::TooMany);
    }
    let insert = "INSERT INTO api_keys (number, id, name, scopes, digest, created_at_ms, expires_at_ms) \
                  SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM api_keys RETURNING number";
    let words: Vec<&str> = new.scopes.iter().map(|scope| scope.name()).collect();
    let inserted = sqlx::query(insert)
        .bind(new.id.as_str())
        .bind(&new.name)
        .bind(words.join(" "))
        .bind(&new.digest.0[..])
        .bind(stamp.at_ms)
        .bind(new.expires_at_ms)
        .fetch_one(&mut *tx)
        .await?;
    let number = number(&inserted, "number")?;
    let detail = json!({ "name": new.name, "scopes": words, "expires_at_ms": new.expires_at_ms });
    audit::append(&mut tx, &stamp.event(Action::KeyCreated, new.id.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(Key {
        number,
        id: new.id,
        name: new.name,
        scopes: new.scopes,
        created_at_ms: stamp.at_ms,
        expires_at_ms: new.expires_at_ms,
        last_used_at_ms: None,
        revoked_at_ms: None,
    })
}

async fn revoke(mut tx: Transaction<'static, Sqlite>, id: &KeyId, stamp: &Stamp) -> Result<(), KeyError> {
    let found: Option<(Option<i64>,)> = sqlx::query_as("SELECT revoked_at_ms FROM api_keys WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let Some((revoked_at_ms,)) = found else { return Err(KeyError::NotFound) };
    if revoked_at_ms.is_some() {
        return Ok(());
    }
    let revoke = "UPDATE api_keys SET revoked_at_ms = $1 WHERE id = $2";
    sqlx::query(revoke).bind(stamp.at_ms).bind(id.as_str()).execute(&mut *tx).await?;
    audit::append(&mut tx, &stamp.event(Action::KeyRevoked, id.as_str(), &json!({}))).await?;
    Ok(tx.commit().await?)
}

fn key(row: &SqliteRow) -> Result<Key, sqlx::Error> {
    Ok(Key {
        number: number(row, "number")?,
        id: name(row, "id")?,
        name: row.try_get("name")?,
        scopes: scopes(row.try_get("scopes")?)?,
        created_at_ms: row.try_get("created_at_ms")?,
        expires_at_ms: row.try_get("expires_at_ms")?,
        last_used_at_ms: row.try_get("last_used_at_ms")?,
        revoked_at_ms: row.try_get("revoked_at_ms")?,
    })
}

fn scopes(words: &str) -> Result<BTreeSet<Scope>, sqlx::Error> {
    let scope = |word| Scope::from_name(word).ok_or_else(|| damaged(Unreadable("scope")));
    words.split(' ').map(scope).collect()
}
