//! Links that sign people in, in SQL.

use lamassu_case::PersonId;
use lamassu_case::audit::Action;
use lamassu_fingerprint::Digest;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::people::{NewSignInLink, Person, PersonError};
use crate::sessions::NewSession;
use crate::sqlite::values::name;
use crate::sqlite::{audit, people, sessions};
use crate::store::Stamp;

pub(super) async fn create(
    mut tx: Transaction<'static, Sqlite>,
    link: &NewSignInLink,
    stamp: &Stamp,
) -> Result<(), PersonError> {
    let person = people::find(&mut *tx, &link.person).await?;
    if person.disabled_at_ms.is_some() {
        return Err(PersonError::NotFound);
    }
    forget(&mut tx, &link.person).await?;
    sqlx::query("INSERT INTO sign_in_links (person, digest, expires_at_ms) VALUES ($1, $2, $3)")
        .bind(link.person.as_str())
        .bind(&link.digest.0[..])
        .bind(link.expires_at_ms)
        .execute(&mut *tx)
        .await?;
    let detail = json!({ "expires_at_ms": link.expires_at_ms });
    audit::append(&mut tx, &stamp.event(Action::SignInLinkCreated, link.person.as_str(), &detail)).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn person(pool: &SqlitePool, link: Digest) -> Result<Option<PersonId>, sqlx::Error> {
    sqlx::query("SELECT person FROM sign_in_links WHERE digest = $1")
        .bind(&link.0[..])
        .try_map(|row: SqliteRow| name(&row, "person"))
        .fetch_optional(pool)
        .await
}

pub(super) async fn redeem(
    mut tx: Transaction<'static, Sqlite>,
    link: Digest,
    session: &NewSession,
    stamp: &Stamp,
) -> Result<(Person, Vec<Digest>), PersonError> {
    let used = "DELETE FROM sign_in_links WHERE digest = $1 AND person = $2 RETURNING expires_at_ms";
    let used = sqlx::query(used).bind(&link.0[..]).bind(session.person.as_str());
    let used = used.fetch_optional(&mut *tx).await?.ok_or(PersonError::SignInLinkRefused)?;
    let person = people::find(&mut *tx, &session.person).await?;
    if stamp.at_ms >= used.try_get("expires_at_ms")? || person.disabled_at_ms.is_some() {
        return Err(PersonError::SignInLinkRefused);
    }
    audit::append(&mut tx, &stamp.event(Action::SignInLinkUsed, person.id.as_str(), &json!({}))).await?;
    let gone = sessions::start(&mut tx, session, stamp).await?;
    tx.commit().await?;
    Ok((person, gone))
}

/// Makes the link of a person no good, inside the transaction of what makes it so.
pub(super) async fn forget(tx: &mut SqliteConnection, person: &PersonId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sign_in_links WHERE person = $1").bind(person.as_str()).execute(tx).await?;
    Ok(())
}
