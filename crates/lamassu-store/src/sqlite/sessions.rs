//! Sessions in SQL.

use async_trait::async_trait;
use lamassu_case::PersonId;
use lamassu_case::audit::Action;
use lamassu_fingerprint::Digest;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::people::{PasswordHash, PersonError};
use crate::sessions::{NewSession, PERSON_SESSIONS_MAX, Sessions, StoredSession};
use crate::sqlite::values::{bigint, digest, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit, people};
use crate::storage::StorageError;
use crate::store::Stamp;

#[async_trait]
impl Sessions for SqliteStore {
    async fn create_session(
        &self,
        session: NewSession,
        verified: &PasswordHash,
        stamp: &Stamp,
    ) -> Result<Vec<Digest>, PersonError> {
        let mut tx = self.begin().await?;
        // Both can change while the password is verified, which takes long.
        let still = "SELECT 1 FROM people WHERE id = $1 AND password_hash = $2 AND disabled_at_ms IS NULL";
        let found = sqlx::query(still).bind(session.person.as_str()).bind(&verified.0);
        if found.fetch_optional(&mut *tx).await?.is_none() {
            return Err(PersonError::NotFound);
        }
        let gone = start(&mut tx, &session, stamp).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn sessions(&self, after: u64, limit: u32) -> Result<Vec<StoredSession>, StorageError> {
        let page = "SELECT sessions.number, sessions.digest, sessions.person, people.role, \
                    sessions.created_at_ms, sessions.seen_at_ms \
                    FROM sessions JOIN people ON people.id = sessions.person \
                    WHERE sessions.number > $1 ORDER BY sessions.number LIMIT $2";
        let page = sqlx::query(page).bind(bigint(after)).bind(page_rows(limit));
        Ok(page.try_map(|row: SqliteRow| stored(&row)).fetch_all(&self.readers).await?)
    }

    async fn end_session(&self, digest: Digest, stamp: &Stamp) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        let end = "DELETE FROM sessions WHERE digest = $1 RETURNING person";
        let ended = sqlx::query(end).bind(&digest.0[..]).fetch_optional(&mut *tx).await?;
        let Some(row) = ended else { return Ok(()) };
        let person: PersonId = name(&row, "person")?;
        audit::append(&mut tx, &stamp.event(Action::SignedOut, person.as_str(), &json!({}))).await?;
        Ok(tx.commit().await?)
    }

    async fn note_session_use(&self, uses: &[(Digest, i64)], ended: &[Digest]) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        for (digest, at_ms) in uses {
            let note = "UPDATE sessions SET seen_at_ms = max(seen_at_ms, $1) WHERE digest = $2";
            sqlx::query(note).bind(at_ms).bind(&digest.0[..]).execute(&mut *tx).await?;
        }
        for digest in ended {
            sqlx::query("DELETE FROM sessions WHERE digest = $1")
                .bind(&digest.0[..])
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn note_refused_sign_in(
        &self,
        person: Option<&PersonId>,
        from: &str,
        stamp: &Stamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        // A name that nobody has is not written down: people type passwords there by mistake.
        let subject = person.map_or("unknown", PersonId::as_str);
        audit::append(&mut tx, &stamp.event(Action::SignInRefused, subject, &json!({ "from": from })))
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Starts a session inside a transaction, with its audit record, and gives the digests of those that gave
/// way.
pub(super) async fn start(
    tx: &mut SqliteConnection,
    session: &NewSession,
    stamp: &Stamp,
) -> Result<Vec<Digest>, sqlx::Error> {
    let insert = "INSERT INTO sessions (number, digest, person, created_at_ms, seen_at_ms) \
                  SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $3 FROM sessions";
    sqlx::query(insert)
        .bind(&session.digest.0[..])
        .bind(session.person.as_str())
        .bind(stamp.at_ms)
        .execute(&mut *tx)
        .await?;
    let crowd_out = "DELETE FROM sessions WHERE person = $1 AND number NOT IN \
                     (SELECT number FROM sessions WHERE person = $1 ORDER BY number DESC LIMIT $2) \
                     RETURNING digest";
    let gone = sqlx::query(crowd_out)
        .bind(session.person.as_str())
        .bind(i64::from(PERSON_SESSIONS_MAX))
        .try_map(|row: SqliteRow| digest(&row, "digest"))
        .fetch_all(&mut *tx)
        .await?;
    let detail = json!({ "from": session.from });
    audit::append(tx, &stamp.event(Action::SignedIn, session.person.as_str(), &detail)).await?;
    Ok(gone)
}

/// Ends all sessions of a person inside a transaction, except for `kept`.
pub(super) async fn end_all(
    tx: &mut SqliteConnection,
    person: &PersonId,
    kept: Option<Digest>,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE person = $1 AND digest IS NOT $2")
        .bind(person.as_str())
        .bind(kept.map(|digest| digest.0.to_vec()))
        .execute(tx)
        .await?;
    Ok(())
}

fn stored(row: &SqliteRow) -> Result<StoredSession, sqlx::Error> {
    Ok(StoredSession {
        number: number(row, "number")?,
        digest: digest(row, "digest")?,
        person: name(row, "person")?,
        role: people::role(row)?,
        created_at_ms: row.try_get("created_at_ms")?,
        seen_at_ms: row.try_get("seen_at_ms")?,
    })
}
