//! Maps HTTP to the engine: the only crate that knows a status code.
//!
//! Start at [`api`]: every route with who may call it. [`Server::serve`] listens; `observe` is what every
//! request goes through first and last.

mod access;
mod acting;
mod actions;
mod additions;
pub mod api;
mod banks;
mod cases;
mod catalogue;
pub mod codes;
mod connection;
mod console;
mod docs;
mod entries;
mod events;
mod extract;
mod fault;
mod genealogy;
mod health;
mod import;
mod items;
mod keys;
mod listen;
mod lookup;
mod matches;
pub mod metrics;
mod observe;
mod page;
mod parts;
mod people;
mod provenance;
mod quota;
mod reviewing;
mod routes;
mod server;
mod session;
mod settings;
mod sound;
mod staying;
mod time;
mod webhooks;

pub use console::Console;
pub use fault::{ErrorBody, ErrorRow, Fault};
pub use listen::{Listening, ServeError};
pub use server::Server;
pub use settings::{Limits, Rate, Rates, ServerSettings, SettingsError};
