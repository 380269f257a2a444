//! `modelseal keys rotate | activate | retire | revoke | require`: the life of a key.

use clap::Args;
use jiff::Timestamp;
use modelseal_signing::{KeyState, LastActive, Revocation};

use super::entry::Entry;
use super::new::PairOptions;
use super::{Changed, KeyringOption};
use crate::clock;
use crate::failure::Failure;
use crate::voice::{Format, say};

/// Days for which a replaced key goes on verifying when nothing else is said.
const RETIRE_DAYS: u32 = 90;

/// Replace a key: a new one becomes active, the old one verifies until a date
///
/// Hand the keyring out before the first seal with the new key, or make that key ahead with
/// `keys new --next` and take it into use with `keys activate`.
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys rotate alice --private-key private/alice-2.pem")]
pub(crate) struct Rotate {
    /// The key that is replaced
    name: String,
    /// Name of the new key [default: the old name with the next number, such as alice-2]
    #[arg(long = "name", value_name = "NAME")]
    new_name: Option<String>,
    #[command(flatten)]
    pair: PairOptions,
    /// Days for which the old key goes on verifying
    #[arg(long, default_value_t = RETIRE_DAYS, value_name = "DAYS")]
    retire_days: u32,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// Take a next key into use: it seals from now on, its owner's older keys verify until a date
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys activate alice-2 --retire-days 90")]
pub(crate) struct Activate {
    /// The next key
    name: String,
    /// Days for which the older active keys of its owner go on verifying
    #[arg(long, default_value_t = RETIRE_DAYS, value_name = "DAYS")]
    retire_days: u32,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// Let a key seal no more: what it sealed stays valid until a date
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys retire alice --days 30")]
pub(crate) struct Retire {
    /// The key
    name: String,
    /// Days for which it goes on verifying; 0 ends it now
    #[arg(long, default_value_t = RETIRE_DAYS, value_name = "DAYS")]
    days: u32,
    /// Also if no active key is left then: nothing can be sealed any more
    #[arg(long)]
    leave_none_active: bool,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// Believe a key no more: everything that it ever sealed is refused
///
/// With --after only packages are refused that were made later, by the date under their seal. That
/// helps against mistakes, not against thieves: whoever has the key can seal with any date.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal keys revoke alice --reason \"laptop stolen\"
  modelseal keys revoke alice --reason \"left the company\" --after 2026-06-30T00:00:00Z")]
pub(crate) struct Revoke {
    /// The key
    name: String,
    /// Why, for people to read
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Refuse only what was sealed after this time; NOT for stolen keys
    #[arg(long, value_name = "TIME")]
    after: Option<Timestamp>,
    /// Also if no active key is left then: nothing can be sealed any more
    #[arg(long)]
    leave_none_active: bool,
    #[command(flatten)]
    keyring: KeyringOption,
}

/// Demand seals by several owners
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal keys require 2")]
pub(crate) struct Require {
    /// From how many distinct owners a package needs seals
    count: usize,
    #[command(flatten)]
    keyring: KeyringOption,
}

pub(super) fn rotate(arguments: &Rotate, format: Format) -> Result<(), Failure> {
    let old = &arguments.name;
    let new = arguments.new_name.clone().unwrap_or_else(|| successor(old));
    let retire_at = clock::days_after(clock::now(), arguments.retire_days)?;
    let path = arguments.keyring.path()?;
    let (keyring, _) = arguments.pair.make(&path, &new, |keyring, mut trusted| {
        keyring.retire(old, retire_at, LastActive::MayGo)?;
        trusted.terms.owner = keyring.find_name(old).map(|old| old.owner().to_owned());
        trusted.terms.state = KeyState::Next;
        keyring.add(trusted)?;
        Ok(keyring.activate(&new, retire_at)?)
    })?;
    Changed::of(path, &keyring)
        .report(format, &format!("{new:?} seals from now on, {old:?} verifies until {retire_at}"))
}

/// The next name of a series: `alice`, `alice-2`, `alice-3`.
fn successor(name: &str) -> String {
    let numbered = name.rsplit_once('-').and_then(|(front, number)| {
        let number: u32 = number.parse().ok()?;
        Some(format!("{front}-{}", number.checked_add(1)?))
    });
    numbered.unwrap_or_else(|| format!("{name}-2"))
}

pub(super) fn activate(arguments: &Activate, format: Format) -> Result<(), Failure> {
    let retire_at = clock::days_after(clock::now(), arguments.retire_days)?;
    let changed =
        arguments.keyring.change(|keyring| Ok(keyring.activate(&arguments.name, retire_at)?))?;
    changed.report(format, &format!("{:?} seals from now on", arguments.name))
}

pub(super) fn retire(arguments: &Retire, format: Format) -> Result<(), Failure> {
    let at = clock::days_after(clock::now(), arguments.days)?;
    let last = last_active(arguments.leave_none_active);
    let changed =
        arguments.keyring.change(|keyring| Ok(keyring.retire(&arguments.name, at, last)?))?;
    let until = changed.entry(&arguments.name).and_then(|key| key.not_after).unwrap_or(at);
    changed.report(format, &format!("{:?} verifies until {until}", arguments.name))
}

pub(super) fn revoke(arguments: &Revoke, format: Format) -> Result<(), Failure> {
    let Revoke { reason, after, .. } = arguments;
    let revocation = Revocation { at: clock::now(), reason: reason.clone(), after: *after };
    let last = last_active(arguments.leave_none_active);
    let changed = arguments
        .keyring
        .change(|keyring| Ok(keyring.revoke(&arguments.name, revocation, last)?))?;
    changed.report(format, &format!("{:?} is revoked", arguments.name))?;
    if after.is_some() {
        say(
            "warning: whoever has this key can still seal with an earlier date; revoke a stolen key without --after, and reseal",
        );
    }
    Ok(())
}

pub(super) fn require(arguments: &Require, format: Format) -> Result<(), Failure> {
    let count = arguments.count;
    let changed = arguments.keyring.change(|keyring| {
        let owners = Entry::signing_owners(keyring);
        if count > owners {
            return Err(Failure::usage(format!(
                "the keyring has active keys of {owners} owner(s), so nobody could make {count} seals"
            ))
            .with_hint("add keys first: `modelseal keys new` or `keys import`"));
        }
        Ok(keyring.require_seals(count)?)
    })?;
    changed.report(format, &format!("a package needs seals by {count} owner(s)"))
}

fn last_active(leave_none_active: bool) -> LastActive {
    if leave_none_active { LastActive::MayGo } else { LastActive::Keep }
}

#[cfg(test)]
mod tests {
    use super::successor;

    #[test]
    fn names_go_on() {
        let names = ["alice", "alice-2", "alice-9", "ci-bot", "a-4294967295"].map(successor);
        assert_eq!(names, ["alice-2", "alice-3", "alice-10", "ci-bot-2", "a-4294967295-2"]);
    }
}
