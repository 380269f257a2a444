//! `--method itsdangerous`: a file with a signature of Python's itsdangerous at its end.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use modelseal_signing::itsdangerous::{Signer, Unsigned};
use serde::Serialize;

use super::Arguments;
use crate::failure::{Exit, Failure};
use crate::shared_keys::SharedKeys;
use crate::voice::{Format, report};
use crate::{clock, files};

#[derive(Debug, Serialize)]
struct Report<'a> {
    verified: bool,
    file: &'a Path,
    method: String,
    /// Counted from 1, the oldest.
    key_number: usize,
    /// The secret's name in the keyring.
    key: Option<String>,
    signed_at: Option<u64>,
    payload: Option<&'a PathBuf>,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let Some(path) = &arguments.path else {
        return Err(Failure::usage("the file to verify is missing").with_hint("see --help"));
    };
    let (unsigned, key) = if arguments.trust.keyring.is_some() || arguments.key.is_some() {
        by_keyring(arguments, path)?
    } else {
        (unsign(arguments, path, &arguments.secret.signer()?, |_| Ok(()))?, None)
    };
    let value = Report {
        verified: true,
        file: path,
        method: arguments.method.to_string(),
        key_number: unsigned.key_number(),
        key,
        signed_at: unsigned.seconds(),
        payload: arguments.payload.as_ref(),
    };
    report(format, &value, || {
        let mut text = format!("trusted: {}\n  signed with ", path.display());
        text += &match &value.key {
            Some(name) => format!("the secret {name:?}"),
            None => format!("key {}, counted from the oldest", value.key_number),
        };
        if let Some(time) = unsigned.seconds() {
            text += &format!("\n  signed at {}", show(time));
        }
        match &arguments.payload {
            Some(payload) => text += &format!("\n  payload   {}", payload.display()),
            None => {
                text +=
                    "\n  the file that was read is trusted; --payload FILE keeps what was verified"
            }
        }
        text
    })
}

/// Verifies with one set of keys; `accept` sees what was verified before its value is kept.
///
/// What the signature covers comes into being when all of it is verified, or not at all.
fn unsign(
    arguments: &Arguments,
    path: &Path,
    signer: &Signer,
    accept: impl Fn(&Unsigned) -> Result<(), Failure>,
) -> Result<Unsigned, Failure> {
    let read = |sink: &mut dyn Write| {
        let (reading, timestamp) = (&arguments.reading, arguments.secret.timestamp);
        let unsigned = reading.unsign(signer, timestamp, path, sink)?;
        accept(&unsigned).map(|()| unsigned)
    };
    match &arguments.payload {
        Some(payload) => files::write_stream(payload, read),
        None => read(&mut std::io::sink()),
    }
}

/// Tries the secrets of the keyring, the newest first, and at last those that do not count now: a
/// signature of theirs is not damaged, but not trusted.
fn by_keyring(arguments: &Arguments, path: &Path) -> Result<(Unsigned, Option<String>), Failure> {
    arguments.secret.refuse_with_keyring()?;
    let keyring = arguments.trust.load(&arguments.project)?;
    let place = arguments.trust.path(&arguments.project)?;
    let shared = SharedKeys::of(&keyring, &place, arguments.key.as_deref())?;
    let now = clock::now();
    let mut keys: Vec<_> = shared.iter().map(|key| (key, key.terms.check(now))).collect();
    keys.sort_by_key(|(_, terms)| terms.is_err());
    let (mut unread, mut misfits) = (None, Vec::new());
    for (key, terms) in keys {
        let signer = match shared.signer(key) {
            Ok(signer) => signer,
            // The secret of a key that does not count may be gone for good.
            Err(_) if terms.is_err() => continue,
            Err(failure) => {
                unread.get_or_insert(failure);
                continue;
            }
        };
        let accept = |unsigned: &Unsigned| {
            let signed_at = unsigned.seconds().and_then(time);
            terms.clone().and_then(|()| key.terms.check_sealed_at(signed_at)).map_err(|error| {
                Failure::untrusted(format!("{}: the secret {:?} {error}", path.display(), key.name))
                    .with_hint("ask its maker to sign again with a secret that is trusted now")
            })
        };
        match unsign(arguments, path, &signer, accept) {
            Ok(unsigned) => return Ok((unsigned, Some(key.name.clone()))),
            Err(misfit) if matches!(misfit.exit(), Exit::Tampered | Exit::NotSealed) => {
                misfits.push((key.name.as_str(), misfit));
            }
            // It fits and does not count, or the file cannot be read.
            Err(failure) => return Err(failure),
        }
    }
    // As long as one could not be tried, nobody knows whether the file is damaged.
    Err(unread.unwrap_or_else(|| none_fits(path, misfits)))
}

/// No secret fits: the failure of the only one, or one that sums all of them up.
fn none_fits(path: &Path, mut misfits: Vec<(&str, Failure)>) -> Failure {
    let details: Vec<_> =
        misfits.iter().map(|(name, misfit)| format!("{name:?}: {}", misfit.message())).collect();
    // With one separator there is a signature, with another one there is none.
    misfits.sort_by_key(|(_, misfit)| misfit.exit() == Exit::NotSealed);
    match (details.len(), misfits.into_iter().next()) {
        (1, Some((_, only))) => only,
        (count, Some((_, first))) => first
            .summed_up(format!(
                "{}: none of the {count} secrets of the keyring fits",
                path.display()
            ))
            .with_details(details),
        (_, None) => Failure::untrusted(format!(
            "{}: no secret of the keyring is trusted now",
            path.display()
        ))
        .with_hint("`modelseal keys list` shows the terms of each"),
    }
}

/// A time as people read it, if it is one that calendars know.
fn show(seconds: u64) -> String {
    time(seconds).map_or_else(|| format!("{seconds} seconds since 1970"), |time| time.to_string())
}

fn time(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
