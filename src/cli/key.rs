//! `key`: API keys from their first paste to their end. They lie encrypted to the identity's recipient, in `keys/` of the
//! configuration folder; a key's name is its file's name without `.age`.
//!
//! Results go to standard output, everything else to standard error. A secret is never an argument, a variable or a part
//! of any message. What is signed here is signed under the lock of the state directory (see `super::signed`).

mod add;
mod identity;
mod list;
mod remove;
mod ring;
mod rotate;
mod scopes;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use crate::app::clock::HouseClock;
use crate::config::Config;
use crate::secrets::{Identity, Lookup, Place};

use super::say::Failure;
use super::terminal;
use super::{configured, exit};

/// Arguments of `key`.
#[derive(Debug, Clone, Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum KeyCommand {
    /// Makes an age identity (0600) and prints its recipient
    Identity(Places),
    /// Asks for an API key and its secret, verifies them with the exchange, and keeps them encrypted
    Add(add::AddArgs),
    /// Asks the exchange what keys may do
    Verify(verify::VerifyArgs),
    /// Shows the keys: name, first characters of the id, recipient, age, who uses it
    List(list::ListArgs),
    /// Makes a new identity and encrypts every key to it
    Rotate(rotate::RotateArgs),
    /// Deletes a key file
    Remove(remove::RemoveArgs),
}

/// Where things are.
#[derive(Debug, Clone, Args)]
pub(super) struct Places {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub(super) config: PathBuf,
    /// The age identity that opens the key files
    #[arg(long, value_name = "FILE")]
    pub(super) identity: Option<PathBuf>,
}

impl Places {
    /// The configuration, with every complaint about it.
    pub(super) fn read(&self, env: &[(String, String)]) -> Result<Config, Failure> {
        configured::read(&self.config, env)
    }
}

/// What every command but `identity` begins with.
struct Scene<'a> {
    config: Config,
    flag: Option<&'a std::path::Path>,
    env: &'a [(String, String)],
    clock: Arc<HouseClock>,
}

impl<'a> Scene<'a> {
    fn set(places: &'a Places, env: &'a [(String, String)]) -> Result<Self, Failure> {
        Ok(Self { config: places.read(env)?, flag: places.identity.as_deref(), env, clock: HouseClock::real() })
    }

    fn place(&self) -> Result<Place, Failure> {
        let lookup = Lookup { flag: self.flag, configured: self.config.settings.identity.as_deref(), env: self.env };
        lookup.find().map_err(|error| Failure::new(exit::KEY, error))
    }

    fn identity(&self) -> Result<Identity, Failure> {
        terminal::identity(&self.place()?).map_err(|error| Failure::new(exit::KEY, error))
    }
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: KeyArgs, env: &[(String, String)]) -> u8 {
    let done = match args.command {
        KeyCommand::Identity(places) => identity::run(&places, env),
        KeyCommand::Add(args) => add::run(&args, env).await,
        KeyCommand::Verify(args) => verify::run(&args, env).await,
        KeyCommand::List(args) => list::run(&args, env),
        KeyCommand::Rotate(args) => rotate::run(&args, env),
        KeyCommand::Remove(args) => remove::run(&args, env).await,
    };
    done.unwrap_or_else(|failure| failure.tell())
}
