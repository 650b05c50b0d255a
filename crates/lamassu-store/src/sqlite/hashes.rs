//! Hash lists in SQL.
//!
//! A statement costs more on its way between threads than its row in the database, so that all rows of a step travel
//! together, as one text of JSON.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;

use lamassu_case::audit::Action;
use lamassu_fingerprint::{Digest, encode_frames};
use serde_json::{Value, json};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use crate::entries::{EntryError, HeldHash, NewHash, NewHashes};
use crate::sqlite::values::{bigint, digest, number};
use crate::sqlite::{audit, banks, catalogue, changes, entries};
use crate::store::Stamp;

pub(super) async fn add(
    mut tx: Transaction<'static, Sqlite>,
    new: &NewHashes,
    stamp: &Stamp,
) -> Result<Vec<HeldHash>, EntryError> {
    if !banks::exists(&mut *tx, &new.bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let mut known = known(&mut tx, new).await?;
    let first = entries::last(&mut tx).await? + 1;
    let mut fresh: Vec<&NewHash> = Vec::new();
    let held = new.hashes.iter().map(|hash| match known.entry(hash.digest) {
        Place::Occupied(number) => HeldHash { number: *number.get(), already: true },
        Place::Vacant(place) => {
            let number = *place.insert(first + fresh.len() as u64);
            fresh.push(hash);
            HeldHash { number, already: false }
        }
    });
    let held: Vec<HeldHash> = held.collect();
    if fresh.is_empty() {
        return Ok(held);
    }
    let sequence = changes::last(&mut *tx).await? + 1;
    insert(&mut tx, (new, &fresh), (first, sequence), stamp).await?;
    let detail = json!({
        "added": fresh.len(),
        "already": held.len() - fresh.len(),
        "first_number": first,
        "first_sequence": sequence,
        "lines_sha256": new.lines.to_string(),
    });
    audit::append(&mut tx, &stamp.event(Action::EntriesImported, new.bank.as_str(), &detail)).await?;
    tx.commit().await?;
    Ok(held)
}

/// The numbers of those that the bank holds.
async fn known(tx: &mut SqliteConnection, new: &NewHashes) -> Result<HashMap<Digest, u64>, sqlx::Error> {
    let digests: Vec<String> = new.hashes.iter().map(|hash| hash.digest.to_string()).collect();
    let held = "SELECT e.digest, e.number FROM json_each($1) AS asked CROSS JOIN entries AS e \
                WHERE e.bank = $2 AND e.digest = unhex(asked.value) AND e.removed_sequence IS NULL";
    let rows =
        sqlx::query(held).bind(json!(digests).to_string()).bind(new.bank.as_str()).fetch_all(tx).await?;
    rows.iter().map(|row| Ok((digest(row, "digest")?, number(row, "number")?))).collect()
}

async fn insert(
    tx: &mut SqliteConnection,
    (new, fresh): (&NewHashes, &[&NewHash]),
    (first, sequence): (u64, u64),
    stamp: &Stamp,
) -> Result<(), sqlx::Error> {
    let rows: Vec<Value> = fresh.iter().map(|hash| row(hash)).collect();
    let insert = "INSERT INTO entries (number, id, bank, medium, digest, size_bytes, duration_ms, \
                  fingerprint_version, metadata, added_at_ms, added_sequence, frames) \
                  SELECT $1 + key, value ->> 0, $2, value ->> 1, unhex(value ->> 2), 0, 0, $3, value ->> 3, $4, \
                  $5 + key, unhex(value ->> 4) FROM json_each($6) ORDER BY key";
    sqlx::query(insert)
        .bind(bigint(first))
        .bind(new.bank.as_str())
        .bind(&new.fingerprint_version)
        .bind(stamp.at_ms)
        .bind(bigint(sequence))
        .bind(Value::Array(rows).to_string())
        .execute(&mut *tx)
        .await?;
    let numbered = (first..).zip(fresh.iter().map(|hash| &hash.metadata));
    catalogue::put(tx, new.bank.as_str(), numbered).await
}

fn row(hash: &NewHash) -> Value {
    let metadata = serde_json::to_string(&hash.metadata).expect("metadata is texts, which JSON can hold");
    let frames = hex::encode(encode_frames(hash.frame.as_slice()));
    json!([hash.id.as_str(), hash.medium.name(), hash.digest.to_string(), metadata, frames])
}
