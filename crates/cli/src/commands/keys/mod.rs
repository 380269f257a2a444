//! `modelseal keys`: one module a group of commands. docs/keys.md says how they work together.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use modelseal_serve::seal_path;
use modelseal_signing::Keyring;
use serde::Serialize;

use crate::failure::Failure;
use crate::files;
use crate::options::{ProjectOption, TrustOption, load_keyring};
use crate::voice::{Format, report, say};

mod entry;
mod exchange;
mod life;
mod list;
mod new;
mod seal;

pub(super) use new::create;

use entry::Entry;

/// Make, hand out, replace and revoke the keys that seal
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(new::New),
    List(list::List),
    Status(list::Status),
    Rotate(life::Rotate),
    Activate(life::Activate),
    Retire(life::Retire),
    Revoke(life::Revoke),
    Require(life::Require),
    Import(exchange::Import),
    Export(exchange::Export),
    Seal(seal::Seal),
}

pub(crate) fn run(command: &Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::New(arguments) => new::run(arguments, format),
        Command::List(arguments) => list::run(arguments, format),
        Command::Status(arguments) => list::run_status(arguments, format),
        Command::Rotate(arguments) => life::rotate(arguments, format),
        Command::Activate(arguments) => life::activate(arguments, format),
        Command::Retire(arguments) => life::retire(arguments, format),
        Command::Revoke(arguments) => life::revoke(arguments, format),
        Command::Require(arguments) => life::require(arguments, format),
        Command::Import(arguments) => exchange::import(arguments, format),
        Command::Export(arguments) => exchange::export(arguments, format),
        Command::Seal(arguments) => seal::run(arguments, format),
    }
}

/// The keyring that is changed. Its seal is not asked for: it is made anew after the change.
#[derive(Debug, Args)]
struct KeyringOption {
    /// The keyring [default: as the project file says]
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectOption,
}

impl KeyringOption {
    fn path(&self) -> Result<PathBuf, Failure> {
        TrustOption::of_keyring(self.keyring.clone()).path(&self.project)
    }

    /// Changes the keyring, as its next version, while every other command waits.
    fn change(
        &self,
        change: impl FnOnce(&mut Keyring) -> Result<(), Failure>,
    ) -> Result<Changed, Failure> {
        let path = self.path()?;
        let (keyring, ()) = change_keyring(&path, change)?;
        Ok(Changed::of(path, &keyring))
    }
}

/// What a command made of the keyring.
#[derive(Debug, Serialize)]
struct Changed {
    keyring: PathBuf,
    version: u64,
    required_seals: usize,
    /// There is a seal, and it is of the version before.
    needs_seal: bool,
    keys: Vec<Entry>,
}

impl Changed {
    fn of(path: PathBuf, keyring: &Keyring) -> Self {
        Self {
            version: keyring.version(),
            required_seals: keyring.required_seals(),
            needs_seal: seal_path(&path).exists(),
            keys: Entry::all(keyring),
            keyring: path,
        }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.keys.iter().find(|key| key.name == name)
    }

    fn report(&self, format: Format, what: &str) -> Result<(), Failure> {
        report(format, self, || {
            let keyring = self.keyring.display();
            format!(
                "{what}\n  keyring  {keyring}, version {}\n{}",
                self.version,
                Entry::table(&self.keys)
            )
        })?;
        if self.needs_seal {
            say(
                "note: the keyring's seal is of the version before; renew it with `modelseal keys seal`",
            );
        }
        Ok(())
    }
}

/// A file that does not exist yet is an empty keyring.
fn change_keyring<T>(
    path: &Path,
    change: impl FnOnce(&mut Keyring) -> Result<T, Failure>,
) -> Result<(Keyring, T), Failure> {
    // Two commands at once would each write a keyring without the other's change.
    let _lock = files::lock(path)?;
    let mut keyring = if path.exists() { load_keyring(path)? } else { Keyring::new() };
    let done = change(&mut keyring)?;
    keyring.advance()?;
    files::write(path, keyring.to_json().as_bytes())?;
    Ok((keyring, done))
}
