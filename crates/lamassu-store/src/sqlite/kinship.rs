//! Which entries share seconds, in SQL.

use async_trait::async_trait;
use lamassu_case::BankName;
use lamassu_fingerprint::{ReadFrame, decode_frames, encode_frames};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::kinship::{Kin, Kinships, NewKin, WaitingKinSearch};
use crate::sqlite::SqliteStore;
use crate::sqlite::values::{bigint, json, name, number, page_rows};
use crate::storage::{StorageError, damaged};
use crate::store::Stamp;

#[async_trait]
impl Kinships for SqliteStore {
    async fn waiting_kin_searches(&self, limit: u32) -> Result<Vec<WaitingKinSearch>, StorageError> {
        let page = "SELECT entry, frames FROM kin_searches WHERE done_at_ms IS NULL ORDER BY entry LIMIT $1";
        let rows = sqlx::query(page).bind(page_rows(limit)).try_map(|row: SqliteRow| {
            let frames = decode_frames(row.try_get("frames")?).map_err(damaged)?;
            Ok(WaitingKinSearch { entry: number(&row, "entry")?, frames })
        });
        Ok(rows.fetch_all(&self.readers).await?)
    }

    async fn finish_kin_search(&self, entry: u64, kin: &[NewKin], stamp: &Stamp) -> Result<(), StorageError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM kin WHERE entry = $1").bind(bigint(entry)).execute(&mut *tx).await?;
        for NewKin { other, method, segments } in kin {
            sqlx::query("INSERT INTO kin (entry, other, method, segments) VALUES ($1, $2, $3, $4)")
                .bind(bigint(entry))
                .bind(bigint(*other))
                .bind(serde_json::to_string(method).expect("a method is a word"))
                .bind(serde_json::to_string(segments).expect("segments are numbers"))
                .execute(&mut *tx)
                .await?;
        }
        let done = "UPDATE kin_searches SET done_at_ms = $1, frames = NULL WHERE entry = $2";
        sqlx::query(done).bind(stamp.at_ms).bind(bigint(entry)).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    async fn kin_of_bank(&self, bank: &BankName, limit: u32) -> Result<Vec<Kin>, StorageError> {
        let pairs = "SELECT e.id AS entry_id, o.id AS other_id, k.method, k.segments FROM kin AS k \
                     JOIN entries AS e ON e.number = k.entry JOIN entries AS o ON o.number = k.other \
                     WHERE (e.bank = $1 OR o.bank = $1) \
                     AND e.removed_sequence IS NULL AND o.removed_sequence IS NULL \
                     ORDER BY k.entry DESC, k.other, k.method LIMIT $2";
        let rows = sqlx::query(pairs).bind(bank.as_str()).bind(page_rows(limit)).try_map(|row: SqliteRow| {
            Ok(Kin {
                entry: name(&row, "entry_id")?,
                other: name(&row, "other_id")?,
                method: json(&row, "method")?,
                segments: json(&row, "segments")?,
            })
        });
        Ok(rows.fetch_all(&self.readers).await?)
    }

    async fn kin_waiting(&self, bank: &BankName) -> Result<u64, StorageError> {
        let count = "SELECT count(*) AS waiting FROM kin_searches AS s JOIN entries AS e ON e.number = s.entry \
                     WHERE s.done_at_ms IS NULL AND e.removed_sequence IS NULL AND e.bank = $1";
        let row = sqlx::query(count).bind(bank.as_str()).try_map(|row: SqliteRow| number(&row, "waiting"));
        Ok(row.fetch_one(&self.readers).await?)
    }
}

/// Inside the transaction of an entry's addition: it is yet to be compared with those before it.
pub(super) async fn ask_for_kin(
    tx: &mut SqliteConnection,
    entry: u64,
    frames: &[ReadFrame],
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO kin_searches (entry, frames) VALUES ($1, $2)")
        .bind(bigint(entry))
        .bind(encode_frames(frames))
        .execute(tx)
        .await?;
    Ok(())
}
