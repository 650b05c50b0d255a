//! A store that fails: the real database refuses one kind of statement, wherever in a transaction it comes.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

/// What is refused: each write that accepting, deciding, reviewing and sending consist of.
const STATEMENTS: [&str; 12] = [
    "INSERT ON submissions",
    "UPDATE ON submissions",
    "INSERT ON items",
    "INSERT ON decisions",
    "INSERT ON cases",
    "UPDATE ON cases",
    "INSERT ON actions",
    "INSERT ON outbox",
    "UPDATE ON outbox",
    "INSERT ON deliveries",
    "UPDATE ON deliveries",
    "INSERT ON audit",
];
/// Time for the engine of the last life to let go of the database.
const PATIENCE: Duration = Duration::from_secs(30);

/// While it lasts, the database refuses one kind of statement.
pub struct Fault(SqliteConnection);

impl Fault {
    /// How many kinds there are.
    pub const KINDS: u64 = STATEMENTS.len() as u64;

    pub async fn begin(folder: &Path, kind: u64) -> Self {
        let file = SqliteConnectOptions::new().filename(folder.join("lamassu.db")).busy_timeout(PATIENCE);
        let mut connection = file.connect().await.expect("opens");
        let refuse = format!(
            "CREATE TRIGGER fault BEFORE {} BEGIN SELECT RAISE(ABORT, 'refused by the simulation'); END",
            STATEMENTS[kind as usize]
        );
        sqlx::raw_sql(AssertSqlSafe(refuse)).execute(&mut connection).await.expect("is made");
        Self(connection)
    }

    pub async fn end(mut self) {
        sqlx::raw_sql("DROP TRIGGER fault").execute(&mut self.0).await.expect("is removed");
        self.0.close().await.expect("closes");
    }
}
