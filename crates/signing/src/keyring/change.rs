//! The life of a key: next, active, verify-only, revoked. Whoever changes a keyring counts its
//! version up with [`Keyring::advance`], once for each file that is handed out.

use jiff::Timestamp;

use super::{
    KeyState, Keyring, KeyringError, REQUIRED_SEALS_MAX, Revocation, Terms, VERSION_MAX,
    check_dates, check_texts,
};
use crate::Limits;

/// Whether the last active key may go. Then nothing can be sealed any more; spelled out, since it
/// is asked for once and by mistake far more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastActive {
    /// It may not.
    Keep,
    /// It may.
    MayGo,
}

impl Keyring {
    /// Counts the version up.
    ///
    /// # Errors
    /// [`KeyringError::LastVersion`] after 2^53 - 1 changes.
    pub fn advance(&mut self) -> Result<(), KeyringError> {
        if self.version >= VERSION_MAX {
            return Err(KeyringError::LastVersion { version: self.version });
        }
        self.version += 1;
        Ok(())
    }

    /// Demands seals by `count` distinct owners.
    ///
    /// # Errors
    /// [`KeyringError::Number`] outside of 1 to 16.
    pub fn require_seals(&mut self, count: usize) -> Result<(), KeyringError> {
        let found = count as u64;
        if !(1..=REQUIRED_SEALS_MAX).contains(&found) {
            let (at, min, max) = ("required_seals", 1, REQUIRED_SEALS_MAX);
            return Err(KeyringError::Number { at, min, max, found });
        }
        self.required_seals = count;
        Ok(())
    }

    /// Makes a `next` key active. The other active keys of its owner become verify-only until
    /// `retire_at`, or until they end anyway.
    ///
    /// # Errors
    /// [`KeyringError::State`] when the key is verify-only or revoked: a replaced key does not
    /// come back.
    pub fn activate(&mut self, name: &str, retire_at: Timestamp) -> Result<(), KeyringError> {
        match self.terms(name)?.state {
            KeyState::Next | KeyState::Active => {}
            _ => return Err(self.refuse(name, "only a next key becomes active; make a new one")),
        }
        self.change(name, |terms| terms.state = KeyState::Active)?;
        let owner = self.find_name(name).map(|key| key.owner().to_owned());
        let replaced: Vec<String> = self
            .keys
            .iter()
            .filter(|key| key.terms.state == KeyState::Active && key.name != name)
            .filter(|key| Some(key.owner()) == owner.as_deref())
            .map(|key| key.name.clone())
            .collect();
        replaced.iter().try_for_each(|old| self.retire(old, retire_at, LastActive::MayGo))
    }

    /// Makes a key verify-only until `at`, or until it ends anyway.
    ///
    /// # Errors
    /// [`KeyringError::State`] when it is revoked, [`KeyringError::LastActive`].
    pub fn retire(
        &mut self,
        name: &str,
        at: Timestamp,
        last: LastActive,
    ) -> Result<(), KeyringError> {
        if let KeyState::Revoked(_) = self.terms(name)?.state {
            return Err(self.refuse(name, "it stays revoked"));
        }
        self.check_last_active(name, last)?;
        self.change(name, |terms| {
            terms.state = KeyState::VerifyOnly;
            terms.not_after = Some(terms.not_after.map_or(at, |not_after| not_after.min(at)));
            // A key that ends before it begins has ended.
            terms.not_before = terms.not_before.map(|not_before| not_before.min(at));
        })
    }

    /// Revokes a key. A key that was revoked for what was sealed after a moment can be revoked as
    /// a whole; never the other way round.
    ///
    /// # Errors
    /// [`KeyringError::State`], [`KeyringError::LastActive`], [`KeyringError::Text`] for a reason
    /// that is not printable.
    pub fn revoke(
        &mut self,
        name: &str,
        revocation: Revocation,
        last: LastActive,
    ) -> Result<(), KeyringError> {
        if let KeyState::Revoked(earlier) = &self.terms(name)?.state
            && (earlier.after.is_none() || revocation.after.is_some())
        {
            return Err(self.refuse(name, "it is revoked already"));
        }
        self.check_last_active(name, last)?;
        self.change(name, |terms| terms.state = KeyState::Revoked(revocation))
    }

    /// How many keys sign, public and shared.
    fn active_count(&self) -> usize {
        let states = self.keys.iter().map(|key| &key.terms.state);
        let states = states.chain(self.hmac_keys.iter().map(|key| &key.terms.state));
        states.filter(|state| **state == KeyState::Active).count()
    }

    fn check_last_active(&self, name: &str, last: LastActive) -> Result<(), KeyringError> {
        let is_last = self.terms(name)?.state == KeyState::Active && self.active_count() == 1;
        if is_last && last == LastActive::Keep {
            return Err(KeyringError::LastActive { name: name.to_owned() });
        }
        Ok(())
    }

    fn terms(&self, name: &str) -> Result<&Terms, KeyringError> {
        let public = self.keys.iter().map(|key| (&key.name, &key.terms));
        let shared = self.hmac_keys.iter().map(|key| (&key.name, &key.terms));
        let all = public.chain(shared);
        let found = all.clone().find(|(other, _)| *other == name).map(|(_, terms)| terms);
        found.ok_or_else(|| KeyringError::NoSuchKey {
            name: name.to_owned(),
            names: all.map(|(name, _)| name.clone()).collect(),
        })
    }

    fn change(&mut self, name: &str, edit: impl FnOnce(&mut Terms)) -> Result<(), KeyringError> {
        let mut terms = self.terms(name)?.clone();
        edit(&mut terms);
        check_texts(name, &terms, &Limits::default())?;
        check_dates(name, &terms)?;
        let public = self.keys.iter_mut().map(|key| (&key.name, &mut key.terms));
        let shared = self.hmac_keys.iter_mut().map(|key| (&key.name, &mut key.terms));
        for (_, place) in public.chain(shared).filter(|(other, _)| *other == name) {
            *place = terms.clone();
        }
        Ok(())
    }

    fn refuse(&self, name: &str, why: &'static str) -> KeyringError {
        match self.terms(name) {
            Ok(terms) => {
                KeyringError::State { name: name.to_owned(), state: terms.state.word(), why }
            }
            Err(error) => error,
        }
    }
}
