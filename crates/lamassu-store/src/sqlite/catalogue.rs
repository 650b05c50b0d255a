//! The catalogue of a bank in SQL.

use async_trait::async_trait;
use lamassu_case::{BankName, Entry, EntryMetadata, Released, Standing, searchable};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, SqlitePool};

use crate::catalogue::{
    BARS_MAX, Bar, Catalogue, EntryFilter, EntryOrder, EntryQuery, FACET_VALUES_MAX, Facet, Facets, Period,
    Standings, Timeline, UNDATED_MS,
};
use crate::entries::EntryError;
use crate::sqlite::values::{bigint, json, number, page_rows};
use crate::sqlite::{SqliteStore, banks, entries};

/// Entries that one statement takes over when an older layout is brought up to date.
const FILL_ROWS: i64 = 10_000;

/// Notes entries that the bank holds from now on. All rows travel together, as one text of JSON.
pub(super) async fn put<'a>(
    tx: &mut SqliteConnection,
    bank: &str,
    entries: impl Iterator<Item = (u64, &'a EntryMetadata)>,
) -> Result<(), sqlx::Error> {
    let rows = Value::Array(entries.map(|(number, metadata)| row(number, metadata)).collect()).to_string();
    let insert = "INSERT INTO catalogue (entry, bank, outlet, series, event, standing, published_ms, year, month) \
                  SELECT value ->> 0, $1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
                  value ->> 6, value ->> 7 FROM json_each($2) ORDER BY key";
    sqlx::query(insert).bind(bank).bind(&rows).execute(&mut *tx).await?;
    let words = "INSERT INTO catalogue_words (rowid, title) \
                 SELECT value ->> 0, value ->> 8 FROM json_each($1) ORDER BY key";
    sqlx::query(words).bind(&rows).execute(tx).await?;
    Ok(())
}

fn row(number: u64, metadata: &EntryMetadata) -> Value {
    let told = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let released = metadata.published.as_deref().and_then(Released::of);
    json!([
        number,
        told(&metadata.outlet),
        told(&metadata.series),
        told(&metadata.event),
        column(metadata.standing),
        released.map_or(UNDATED_MS, |released| released.start_ms),
        released.map(|released| released.year),
        released.and_then(|released| released.month),
        searchable(&metadata.title),
    ])
}

/// A standing as its column has it.
fn column(standing: Standing) -> Option<&'static str> {
    (standing != Standing::Unknown).then(|| standing.name())
}

/// Notes that the bank no longer holds an entry, or holds it as something else.
pub(super) async fn take(tx: &mut SqliteConnection, number: u64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM catalogue WHERE entry = $1").bind(bigint(number)).execute(&mut *tx).await?;
    sqlx::query("DELETE FROM catalogue_words WHERE rowid = $1").bind(bigint(number)).execute(tx).await?;
    Ok(())
}

/// Notes all entries of a database that had no catalogue.
pub(super) async fn fill(tx: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let page = "SELECT number, bank, metadata FROM entries \
                WHERE removed_sequence IS NULL AND number > $1 ORDER BY number LIMIT $2";
    let mut after = 0_i64;
    loop {
        let rows = sqlx::query(page).bind(after).bind(FILL_ROWS).fetch_all(&mut *tx).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.try_get("number")?;
        let read = |row: &SqliteRow| {
            Ok((
                row.try_get::<String, _>("bank")?,
                (number(row, "number")?, json::<EntryMetadata>(row, "metadata")?),
            ))
        };
        let held: Vec<(String, (u64, EntryMetadata))> =
            rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?;
        for stretch in held.chunk_by(|one, other| one.0 == other.0) {
            put(tx, &stretch[0].0, stretch.iter().map(|(_, (number, metadata))| (*number, metadata))).await?;
        }
    }
}

#[async_trait]
impl Catalogue for SqliteStore {
    async fn entries(
        &self,
        bank: &BankName,
        query: &EntryQuery,
        limit: u32,
    ) -> Result<Vec<Entry>, EntryError> {
        list(&self.readers, bank, query, limit).await
    }

    async fn facets(
        &self,
        bank: &BankName,
        filter: &EntryFilter,
        period: Option<Period>,
    ) -> Result<Facets, EntryError> {
        facets(&self.readers, bank, filter, period).await
    }
}

async fn list(
    pool: &SqlitePool,
    bank: &BankName,
    query: &EntryQuery,
    limit: u32,
) -> Result<Vec<Entry>, EntryError> {
    if !banks::exists(pool, bank).await? {
        return Err(EntryError::BankNotFound);
    }
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(entries::COLUMNS);
    // The catalogue chooses and orders, and only the page's rows are looked up.
    sql.push(" FROM catalogue AS c CROSS JOIN entries AS e WHERE e.number = c.entry AND ");
    restrict(&mut sql, bank, &query.filter, Open::None);
    if let Some(after) = query.after {
        let (number, published_ms) = (bigint(after.number), after.published_ms);
        match query.order {
            EntryOrder::OldestAdded => sql.push(" AND c.entry > ").push_bind(number),
            EntryOrder::NewestAdded => sql.push(" AND c.entry < ").push_bind(number),
            EntryOrder::OldestPublished => beyond(&mut sql, ">", published_ms, number),
            EntryOrder::NewestPublished => beyond(&mut sql, "<", published_ms, number),
        };
    }
    sql.push(match query.order {
        EntryOrder::OldestAdded => " ORDER BY c.entry",
        EntryOrder::NewestAdded => " ORDER BY c.entry DESC",
        EntryOrder::OldestPublished => " ORDER BY c.published_ms, c.entry",
        EntryOrder::NewestPublished => " ORDER BY c.published_ms DESC, c.entry DESC",
    });
    sql.push(" LIMIT ").push_bind(page_rows(limit));
    let page = sql.build().try_map(|row: SqliteRow| entries::entry(&row)).fetch_all(pool).await?;
    Ok(page)
}

fn beyond<'a>(
    sql: &'a mut QueryBuilder<Sqlite>,
    than: &str,
    published_ms: i64,
    number: i64,
) -> &'a mut QueryBuilder<Sqlite> {
    sql.push(" AND (c.published_ms, c.entry) ").push(than).push(" (").push_bind(published_ms);
    sql.push(", ").push_bind(number).push(")")
}

/// The field of a filter that does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    None,
    Outlet,
    Series,
    Event,
    Standing,
    Published,
}

/// Writes the condition of a filter about `catalogue AS c`.
fn restrict(sql: &mut QueryBuilder<Sqlite>, bank: &BankName, filter: &EntryFilter, open: Open) {
    sql.push("c.bank = ").push_bind(bank.as_str().to_owned());
    let fields = [
        (Open::Outlet, " AND c.outlet = ", &filter.outlet),
        (Open::Series, " AND c.series = ", &filter.series),
        (Open::Event, " AND c.event = ", &filter.event),
    ];
    for (field, is, value) in fields {
        if let Some(value) = value.as_ref().filter(|_| field != open) {
            sql.push(is).push_bind(value.trim().to_owned());
        }
    }
    match filter.standing.filter(|_| open != Open::Standing).map(column) {
        Some(Some(standing)) => sql.push(" AND c.standing = ").push_bind(standing),
        Some(None) => sql.push(" AND c.standing IS NULL"),
        None => sql,
    };
    if open != Open::Published {
        if let Some(from_ms) = filter.published_from_ms {
            sql.push(" AND c.published_ms >= ").push_bind(from_ms);
        }
        if let Some(before_ms) = filter.published_before_ms {
            sql.push(" AND c.published_ms < ").push_bind(before_ms);
            sql.push(" AND c.published_ms > ").push_bind(UNDATED_MS);
        }
    }
    if let Some(words) = &filter.words {
        sql.push(" AND c.entry IN (SELECT rowid FROM catalogue_words WHERE catalogue_words MATCH ");
        sql.push_bind(wanted(words)).push(")");
    }
}

/// Words as the full-text index is asked for them: each in quotes, within which nothing means anything, and as the
/// beginning of a word.
fn wanted(words: &str) -> String {
    let quoted = words.split_whitespace().map(|word| format!("\"{}\"*", word.replace('"', "")));
    quoted.collect::<Vec<_>>().join(" ")
}

async fn facets(
    pool: &SqlitePool,
    bank: &BankName,
    filter: &EntryFilter,
    period: Option<Period>,
) -> Result<Facets, EntryError> {
    if !banks::exists(pool, bank).await? {
        return Err(EntryError::BankNotFound);
    }
    // In one transaction, so that all counts are of the same entries.
    let mut tx = pool.begin().await?;
    let mut counting = Counting { tx: &mut tx, bank, filter };
    let standings = counting.standings().await?;
    let entries = match filter.standing {
        Some(standing) => standings.of(standing),
        None => standings.official + standings.supporter + standings.unknown,
    };
    Ok(Facets {
        entries,
        outlets: counting.facet(Open::Outlet, "c.outlet").await?,
        series: counting.facet(Open::Series, "c.series").await?,
        events: counting.facet(Open::Event, "c.event").await?,
        standings,
        timeline: counting.timeline(period).await?,
    })
}

/// Counts within one transaction.
struct Counting<'a> {
    tx: &'a mut SqliteConnection,
    bank: &'a BankName,
    filter: &'a EntryFilter,
}

impl Counting<'_> {
    /// `SELECT what FROM` the rows that the filter lets through with one field left open.
    fn of(&self, what: &str, open: Open) -> QueryBuilder<Sqlite> {
        let mut sql = QueryBuilder::new("SELECT ");
        sql.push(what).push(" FROM catalogue AS c WHERE ");
        restrict(&mut sql, self.bank, self.filter, open);
        sql
    }

    async fn count(&mut self, open: Open, and: &str) -> Result<u64, sqlx::Error> {
        let mut sql = self.of("count(*) AS n", open);
        let row = sql.push(and).build().fetch_one(&mut *self.tx).await?;
        number(&row, "n")
    }

    /// Those that somebody has told are few, and found by their index.
    async fn standings(&mut self) -> Result<Standings, sqlx::Error> {
        let all = self.count(Open::Standing, "").await?;
        let official = self.count(Open::Standing, " AND c.standing = 'official'").await?;
        let supporter = self.count(Open::Standing, " AND c.standing = 'supporter'").await?;
        Ok(Standings { official, supporter, unknown: all.saturating_sub(official + supporter) })
    }

    async fn facet(&mut self, open: Open, field: &str) -> Result<Facet, sqlx::Error> {
        let mut sql = self.of(&format!("{field} AS value, count(*) AS n"), open);
        sql.push(format!(" AND {field} IS NOT NULL GROUP BY {field} ORDER BY n DESC, value LIMIT "));
        let rows = sql.push_bind(i64::from(FACET_VALUES_MAX) + 1).build().fetch_all(&mut *self.tx).await?;
        let more = rows.len() > FACET_VALUES_MAX as usize;
        let values = rows.iter().take(FACET_VALUES_MAX as usize);
        let values = values.map(|row| Ok((row.try_get("value")?, number(row, "n")?)));
        Ok(Facet { values: values.collect::<Result<_, sqlx::Error>>()?, more })
    }

    async fn timeline(&mut self, period: Option<Period>) -> Result<Timeline, sqlx::Error> {
        let undated = self.count(Open::Published, &format!(" AND c.published_ms = {UNDATED_MS}")).await?;
        let (mut bars, mut more) = self.bars(period.unwrap_or(Period::Month)).await?;
        let by_year = period == Some(Period::Year) || (period.is_none() && more);
        if by_year && period.is_none() {
            (bars, more) = self.bars(Period::Year).await?;
        }
        let year_only = if by_year {
            0
        } else {
            self.count(Open::Published, " AND c.year IS NOT NULL AND c.month IS NULL").await?
        };
        let period = if by_year { Period::Year } else { Period::Month };
        Ok(Timeline { period, bars, undated, year_only, more })
    }

    /// The newest bars, the oldest first, and whether there are older ones.
    async fn bars(&mut self, period: Period) -> Result<(Vec<Bar>, bool), sqlx::Error> {
        let (what, group) = match period {
            Period::Month => ("c.year, c.month", " AND c.year IS NOT NULL AND c.month IS NOT NULL"),
            Period::Year => ("c.year, NULL AS month", " AND c.year IS NOT NULL"),
        };
        let standings = "count(*) AS n, count(*) FILTER (WHERE c.standing = 'official') AS official, \
                         count(*) FILTER (WHERE c.standing = 'supporter') AS supporter";
        let mut sql = self.of(&format!("{what}, {standings}"), Open::Published);
        sql.push(group).push(match period {
            Period::Month => " GROUP BY c.year, c.month ORDER BY c.year DESC, c.month DESC LIMIT ",
            Period::Year => " GROUP BY c.year ORDER BY c.year DESC LIMIT ",
        });
        let rows = sql.push_bind(i64::from(BARS_MAX) + 1).build().fetch_all(&mut *self.tx).await?;
        let more = rows.len() > BARS_MAX as usize;
        let bars = rows.iter().take(BARS_MAX as usize).rev().map(bar);
        Ok((bars.collect::<Result<_, sqlx::Error>>()?, more))
    }
}

fn bar(row: &SqliteRow) -> Result<Bar, sqlx::Error> {
    let (all, official, supporter): (u64, u64, u64) =
        (number(row, "n")?, number(row, "official")?, number(row, "supporter")?);
    let entries = Standings { official, supporter, unknown: all.saturating_sub(official + supporter) };
    Ok(Bar { year: row.try_get("year")?, month: row.try_get("month")?, entries })
}
