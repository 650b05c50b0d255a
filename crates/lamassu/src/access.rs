//! Getting at a data folder: through the process that holds it, or by holding it ourselves.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use lamassu_engine::{Actor, Answer, Command, Engine, EngineError, Failure};
use lamassu_media::{Jail, Progress};
use lamassu_server::ServerSettings;

use crate::socket::Client;

/// A data folder that commands can be carried out on.
pub enum Access {
    /// Held by this process.
    Here(Box<Engine>),
    /// Held by a server, which is asked.
    Through(Client),
}

impl Access {
    /// Asks the server if one holds `data`, else opens the folder; `command` is what others are told.
    pub async fn open(data: &Path, command: &str) -> Result<Self, Failure> {
        if let Some(client) = Client::connect(data) {
            return Ok(Self::Through(client));
        }
        Ok(Self::Here(Box::new(engine(data, command).await?)))
    }

    /// Carries out a command.
    pub async fn execute(&self, command: Command, file: Option<File>) -> Result<Answer, Failure> {
        match self {
            Self::Here(engine) => engine.execute(command, file, &actor()).await,
            Self::Through(client) => client.execute(command, file, &Arc::default()).await,
        }
    }

    /// Carries out a command about a file, and tells `progress` how far its reading is.
    pub async fn execute_telling(
        &self,
        command: Command,
        file: File,
        progress: &Arc<Progress>,
    ) -> Result<Answer, Failure> {
        match self {
            Self::Here(engine) => engine.execute_telling(command, Some(file), &actor(), progress).await,
            Self::Through(client) => client.execute(command, Some(file), progress).await,
        }
    }

    /// Tells an engine of this process where its settings say that people will reach the console. A server knows it.
    pub fn set_address(&self, data: &Path) {
        let Self::Here(engine) = self else { return };
        let text = fs_err::read_to_string(data.join("lamassu.toml")).unwrap_or_default();
        let settings = ServerSettings::parse(&text).unwrap_or_default();
        engine.set_address(&settings.address(settings.listen));
    }

    /// Lets the folder go.
    pub async fn close(self) {
        if let Self::Here(engine) = self {
            engine.close().await;
        }
    }
}

/// Opens the folder in this process.
pub async fn engine(data: &Path, command: &str) -> Result<Engine, Failure> {
    let program = Jail::own_program()
        .map_err(|error| Failure { code: "internal".to_owned(), message: error.to_string() })?;
    Engine::open(data, command, program).await.map_err(|error: EngineError| Failure::from(&error))
}

/// Who types: the user's number, which cannot be pretended like a name in the environment.
fn actor() -> Actor {
    actor_of(rustix::process::getuid().as_raw())
}

/// The actor of a user's number.
pub fn actor_of(uid: u32) -> Actor {
    Actor(format!("cli:uid={uid}"))
}
