//! The command line's grammar.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use lamassu_case::{BankName, EntryId, KeyId, Medium, PersonName, Scope, Standing};
use lamassu_engine::Expiry;

use crate::bank::show::{BankShow, parse_standing};
use crate::key::parse_expiry;

/// Finds known terrorist media when it comes back. People decide; proof is kept.
#[derive(Debug, Parser)]
#[command(name = "lamassu", version, propagate_version = true)]
pub struct Arguments {
    /// The folder that holds banks, decisions and the audit log; it is made when it is not there
    #[arg(long, global = true, env = "LAMASSU_DATA", default_value = "lamassu-data", value_name = "DIR")]
    pub data: PathBuf,
    /// How answers are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[command(subcommand)]
    pub verb: Verb,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading
    Human,
    /// One JSON object a line
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make, fill, show and weed out banks of known things
    #[command(subcommand)]
    Bank(BankVerb),
    /// Look for known things in files; exit status 0: nothing found, 1: something found, 2: an error
    Check(Check),
    /// Print the fingerprints of files
    Fingerprint(Fingerprint),
    /// Tell what is missing on this machine and how to mend it
    Doctor(Doctor),
    /// Look after the audit log
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Look after the index, in which fingerprints are searched
    #[command(subcommand)]
    Index(IndexVerb),
    /// Measure on this machine, on made-up hashes
    #[command(subcommand)]
    Bench(BenchVerb),
    /// Copy everything into a new folder, while a server goes on; the copy is a data folder itself
    Backup {
        /// The new folder
        folder: PathBuf,
    },
    /// Look after the keys by which programs are let in
    #[command(subcommand)]
    Key(KeyVerb),
    /// Look after the people who sign in
    #[command(subcommand)]
    Person(PersonVerb),
    /// Add and look after receivers of messages, and what was sent to them
    #[command(subcommand)]
    Webhook(crate::webhook::WebhookVerb),
    /// Keep the data folder open: answer over HTTP, decide what comes in, and let commands work in it at once
    Serve(Serve),
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Ask the server at this address instead whether it is well
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen for HTTP
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
    /// The file with the table `[server]`; `lamassu.toml` in the data folder if not given
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum BankVerb {
    /// Make a bank
    Create {
        /// Its name: a-z, 0-9, '.', '_', '-'
        name: BankName,
    },
    /// Add files to a bank; a folder adds every file in it
    Add(BankAdd),
    /// Add the hashes of a list: CSV with a header, JSON lines, or a hash a line; exit status 2 when lines were rejected
    Import(BankImport),
    /// List the banks
    List,
    /// List the entries of a bank, all or those that are asked for
    Show(BankShow),
    /// Banks that ask the platform for action by themselves, by a rule that two people approved
    #[command(subcommand)]
    Acting(ActingVerb),
    /// Take an entry out of a bank
    Remove {
        /// The bank
        name: BankName,
        /// The entry's id, as `bank show` prints it
        entry: EntryId,
        /// Why; the audit log keeps it
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ActingVerb {
    /// Tell a bank's rule, who approved it, and whether the bank acts
    Show {
        /// The bank
        name: BankName,
    },
    /// Approve a bank's rule with all entries that it has now; the password is read from standard input
    Approve {
        /// The bank
        name: BankName,
        /// Who approves: a person who signs in
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// The rule that they saw, as `bank acting show` prints it
        #[arg(long, value_name = "VERSION")]
        rule: String,
    },
    /// Take an approval back; the password is read from standard input
    Withdraw {
        /// The bank
        name: BankName,
        /// Whose
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
    },
    /// Let a bank act by its rule; an administrator's password is read from standard input
    On {
        /// The bank
        name: BankName,
        /// The administrator
        #[arg(long = "as", value_name = "PERSON")]
        person: PersonName,
        /// The rule that they saw, as `bank acting show` prints it
        #[arg(long, value_name = "VERSION")]
        rule: String,
    },
    /// Let a bank act no more
    Off {
        /// The bank
        name: BankName,
    },
}

#[derive(Debug, Args)]
pub struct BankAdd {
    /// The bank
    pub name: BankName,
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What reviewers see first; the file's name if not given
    #[arg(long)]
    pub title: Option<String>,
    /// Where this copy was obtained
    #[arg(long)]
    pub source: Option<String>,
    /// The outlet that released it
    #[arg(long)]
    pub outlet: Option<String>,
    /// The series that it is a part of
    #[arg(long)]
    pub series: Option<String>,
    /// Who released it: official, supporter, unknown
    #[arg(long, default_value = "unknown", value_parser = parse_standing)]
    pub standing: Standing,
    /// When it was released
    #[arg(long, value_name = "DATE")]
    pub published: Option<String>,
    /// The event it belongs to
    #[arg(long)]
    pub event: Option<String>,
    /// A label; may be given several times
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
}

#[derive(Debug, Args)]
pub struct BankImport {
    /// The bank
    pub name: BankName,
    /// The list
    pub file: PathBuf,
    /// What reviewers see first where a line has no title; the file's name if not given
    #[arg(long)]
    pub title: Option<String>,
    /// Where the list was obtained, where a line does not say
    #[arg(long)]
    pub source: Option<String>,
    /// A label for every line; may be given several times
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// What a hash is where its line does not say
    #[arg(long, value_enum, default_value_t = Kind::Pdq)]
    pub kind: Kind,
    /// What the hashes are of, where a line does not say: image, video, audio, document, text
    #[arg(long, default_value = "image", value_parser = parse_medium)]
    pub medium: Medium,
}

/// What a hash of a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// PDQ of a picture
    Pdq,
    /// SHA-256 of a file
    Sha256,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Look into this bank only
    #[arg(long, value_name = "NAME")]
    pub bank: Option<BankName>,
}

#[derive(Debug, Args)]
pub struct Fingerprint {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the safe preview of a single file here, as JPEG
    #[arg(long, value_name = "FILE")]
    pub preview: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum AuditVerb {
    /// Check that no record was changed or removed
    Verify,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum IndexVerb {
    /// Compare its files with their checksums and its entries with the database; exit status 2 when some differ
    Verify,
    /// Build it anew from the database
    Rebuild,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum BenchVerb {
    /// What a search costs
    Index(BenchIndex),
}

#[derive(Debug, Clone, Copy, Args)]
pub struct BenchIndex {
    /// How many hashes
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=200_000_000))]
    pub entries: u32,
    /// How far is searched, in bits
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(..=96))]
    pub radius: u32,
    /// How the hashes lie
    #[arg(long, value_enum, default_value_t = Hashes::Uniform)]
    pub hashes: Hashes,
}

/// How hashes lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hashes {
    /// As chance has it
    Uniform,
    /// Around centres, as variants of the same pictures do
    Clustered,
}

#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Make a key and print its secret, once
    Create {
        /// What people call it
        name: String,
        /// What it may do; may be given several times
        #[arg(long = "scope", required = true, value_parser = parse_scope, value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// When it is refused: after so many days (90d), or after this day in UTC (2031-12-31); never if not
        /// given
        #[arg(long, value_parser = parse_expiry, value_name = "DAYS|DATE")]
        expires: Option<Expiry>,
    },
    /// List all keys
    List,
    /// Revoke a key for good
    Revoke {
        /// The key's id, as `key list` prints it
        key: KeyId,
    },
}

#[derive(Debug, Subcommand)]
pub enum PersonVerb {
    /// Print a token that makes an administrator, good once and for a day
    SetupLink,
    /// Print a link that signs a person in, good once and for a quarter of an hour
    Link {
        /// Their name
        name: PersonName,
    },
    /// List all people
    List,
    /// End a person's sessions and let them in no more
    Disable {
        /// Their name
        name: PersonName,
    },
    /// Let a disabled person in again
    Enable {
        /// Their name
        name: PersonName,
    },
    /// Set a person's password, read from standard input, and end their sessions
    Password {
        /// Their name
        name: PersonName,
    },
}

fn parse_medium(text: &str) -> Result<Medium, String> {
    Medium::from_name(text).ok_or_else(|| {
        let names = Medium::ALL.map(Medium::name).join(", ");
        format!("the kinds of content are {names}")
    })
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    Scope::from_name(text).ok_or_else(|| {
        let names = Scope::ALL.map(Scope::name).join(", ");
        format!("the scopes are {names}")
    })
}
