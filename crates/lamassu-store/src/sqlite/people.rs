//! People in SQL.

use async_trait::async_trait;
use lamassu_case::audit::Action;
use lamassu_case::{PersonId, PersonName, Role};
use lamassu_fingerprint::Digest;
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqliteExecutor};

use crate::people::{
    NewPerson, NewSetupLink, NewSignInLink, PEOPLE_MAX, PasswordHash, People, Person, PersonChange,
    PersonError,
};
use crate::sessions::NewSession;
use crate::sqlite::values::{Unreadable, bigint, name, number, page_rows};
use crate::sqlite::{SqliteStore, audit, mandates, sessions, sign_in_links};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;

macro_rules! select_people {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, name, display_name, role, password_hash, created_at_ms, disabled_at_ms \
             FROM people ",
            $rest
        )
    };
}

#[async_trait]
impl People for SqliteStore {
    async fn create_person(&self, person: NewPerson, stamp: &Stamp) -> Result<Person, PersonError> {
        let mut tx = self.begin().await?;
        let person = add(&mut tx, person, stamp).await?;
        tx.commit().await?;
        Ok(person)
    }

    async fn people(&self, after: u64, limit: u32) -> Result<Vec<Person>, StorageError> {
        let page = sqlx::query(select_people!("WHERE number > $1 ORDER BY number LIMIT $2"))
            .bind(bigint(after))
            .bind(page_rows(limit));
        Ok(page.try_map(|row: SqliteRow| person(&row)).fetch_all(&self.readers).await?)
    }

    async fn person(&self, id: &PersonId) -> Result<Person, PersonError> {
        find(&self.readers, id).await
    }

    async fn person_of_name(
        &self,
        name: &PersonName,
    ) -> Result<Option<(Person, PasswordHash)>, StorageError> {
        let found = sqlx::query(select_people!("WHERE name_folded = $1")).bind(name.folded());
        let both = |row: SqliteRow| Ok((person(&row)?, PasswordHash(row.try_get("password_hash")?)));
        Ok(found.try_map(both).fetch_optional(&self.readers).await?)
    }

    async fn change_person(
        &self,
        id: &PersonId,
        change: &PersonChange,
        kept: Option<Digest>,
        stamp: &Stamp,
    ) -> Result<bool, PersonError> {
        let mut tx = self.begin().await?;
        let person = find(&mut *tx, id).await?;
        let mut detail = serde_json::Map::new();
        if let Some(password) = &change.password {
            let update = sqlx::query("UPDATE people SET password_hash = $1 WHERE id = $2");
            update.bind(&password.0).bind(id.as_str()).execute(&mut *tx).await?;
            detail.insert("password".to_owned(), json!("changed"));
        }
        if let Some(role) = change.role.filter(|role| *role != person.role) {
            let update = sqlx::query("UPDATE people SET role = $1 WHERE id = $2");
            update.bind(role.name()).bind(id.as_str()).execute(&mut *tx).await?;
            detail.insert("role".to_owned(), json!(role.name()));
        }
        if let Some(disabled) = change.disabled.filter(|wish| *wish != person.disabled_at_ms.is_some()) {
            let update = sqlx::query("UPDATE people SET disabled_at_ms = $1 WHERE id = $2");
            update.bind(disabled.then_some(stamp.at_ms)).bind(id.as_str()).execute(&mut *tx).await?;
            detail.insert("disabled".to_owned(), json!(disabled));
            if disabled {
                mandates::end_of_person(&mut tx, id, stamp).await?;
            }
        }
        if detail.is_empty() {
            return Ok(false);
        }
        keep_an_administrator(&mut tx, &person).await?;
        sessions::end_all(&mut tx, id, kept).await?;
        sign_in_links::forget(&mut tx, id).await?;
        audit::append(&mut tx, &stamp.event(Action::PersonChanged, id.as_str(), &detail.into())).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn create_setup_link(&self, link: NewSetupLink, stamp: &Stamp) -> Result<(), PersonError> {
        let mut tx = self.begin().await?;
        if link.first_only && administrators(&mut tx).await? > 0 {
            return Err(PersonError::SetUp);
        }
        sqlx::query("DELETE FROM setup_links").execute(&mut *tx).await?;
        sqlx::query("INSERT INTO setup_links (digest, expires_at_ms, first_only) VALUES ($1, $2, $3)")
            .bind(&link.digest.0[..])
            .bind(link.expires_at_ms)
            .bind(link.first_only)
            .execute(&mut *tx)
            .await?;
        let detail = json!({ "expires_at_ms": link.expires_at_ms, "first_only": link.first_only });
        audit::append(&mut tx, &stamp.event(Action::SetupLinkCreated, "setup-link", &detail)).await?;
        Ok(tx.commit().await?)
    }

    async fn redeem_setup_link(
        &self,
        link: Digest,
        person: NewPerson,
        session: NewSession,
        stamp: &Stamp,
    ) -> Result<Person, PersonError> {
        let mut tx = self.begin().await?;
        let used = "DELETE FROM setup_links WHERE digest = $1 RETURNING expires_at_ms, first_only";
        let found: Option<(i64, bool)> =
            sqlx::query_as(used).bind(&link.0[..]).fetch_optional(&mut *tx).await?;
        let Some((expires_at_ms, first_only)) = found else { return Err(PersonError::LinkRefused) };
        if stamp.at_ms >= expires_at_ms || (first_only && administrators(&mut tx).await? > 0) {
            return Err(PersonError::LinkRefused);
        }
        let person = add(&mut tx, person, stamp).await?;
        sessions::start(&mut tx, &session, stamp).await?;
        tx.commit().await?;
        Ok(person)
    }

    async fn create_sign_in_link(&self, link: NewSignInLink, stamp: &Stamp) -> Result<(), PersonError> {
        sign_in_links::create(self.begin().await?, &link, stamp).await
    }

    async fn person_of_link(&self, link: Digest) -> Result<Option<PersonId>, StorageError> {
        Ok(sign_in_links::person(&self.readers, link).await?)
    }

    async fn redeem_sign_in_link(
        &self,
        link: Digest,
        session: NewSession,
        stamp: &Stamp,
    ) -> Result<(Person, Vec<Digest>), PersonError> {
        sign_in_links::redeem(self.begin().await?, link, &session, stamp).await
    }
}

async fn add(tx: &mut SqliteConnection, new: NewPerson, stamp: &Stamp) -> Result<Person, PersonError> {
    let taken = sqlx::query("SELECT 1 FROM people WHERE name_folded = $1").bind(new.name.folded());
    if taken.fetch_optional(&mut *tx).await?.is_some() {
        return Err(PersonError::NameTaken);
    }
    let people: i64 = sqlx::query_scalar("SELECT count(*) FROM people").fetch_one(&mut *tx).await?;
    if people >= i64::from(PEOPLE_MAX) {
        return Err(PersonError::TooMany);
    }
    let insert = "INSERT INTO people \
                  (number, id, name, name_folded, display_name, role, password_hash, created_at_ms) \
                  SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM people \
                  RETURNING number";
    let inserted = sqlx::query(insert)
        .bind(new.id.as_str())
        .bind(new.name.as_str())
        .bind(new.name.folded())
        .bind(&new.display_name)
        .bind(new.role.name())
        .bind(&new.password.0)
        .bind(stamp.at_ms)
        .fetch_one(&mut *tx)
        .await?;
    let number = number(&inserted, "number")?;
    let detail = json!({ "name": new.name.as_str(), "role": new.role.name() });
    audit::append(tx, &stamp.event(Action::PersonCreated, new.id.as_str(), &detail)).await?;
    Ok(Person {
        number,
        id: new.id,
        name: new.name,
        display_name: new.display_name,
        role: new.role,
        created_at_ms: stamp.at_ms,
        disabled_at_ms: None,
    })
}

pub(super) async fn find(executor: impl SqliteExecutor<'_>, id: &PersonId) -> Result<Person, PersonError> {
    let found = sqlx::query(select_people!("WHERE id = $1")).bind(id.as_str());
    let found = found.try_map(|row: SqliteRow| person(&row)).fetch_optional(executor).await?;
    found.ok_or(PersonError::NotFound)
}

/// Refuses the change under way if it takes the last administrator who can sign in. `before` is the person
/// before it: who was no administrator is not missed.
async fn keep_an_administrator(tx: &mut SqliteConnection, before: &Person) -> Result<(), PersonError> {
    let was = before.role == Role::Administrator && before.disabled_at_ms.is_none();
    if was && administrators(tx).await? == 0 { Err(PersonError::LastAdministrator) } else { Ok(()) }
}

/// How many administrators can sign in.
async fn administrators(tx: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM people WHERE role = $1 AND disabled_at_ms IS NULL")
        .bind(Role::Administrator.name())
        .fetch_one(tx)
        .await
}

fn person(row: &SqliteRow) -> Result<Person, sqlx::Error> {
    Ok(Person {
        number: number(row, "number")?,
        id: name(row, "id")?,
        name: name(row, "name")?,
        display_name: row.try_get("display_name")?,
        role: role(row)?,
        created_at_ms: row.try_get("created_at_ms")?,
        disabled_at_ms: row.try_get("disabled_at_ms")?,
    })
}

pub(super) fn role(row: &SqliteRow) -> Result<Role, sqlx::Error> {
    Role::from_name(row.try_get("role")?).ok_or_else(|| damaged(Unreadable("role")))
}
