//! Why a command failed, what to do about it, and the exit code that says so to scripts.

use std::fmt::Display;
use std::path::Path;

use modelseal_files::FilesError;
use modelseal_package::{PackageError, PackageErrorKind};
use modelseal_serve::{StateError, TrustError};
use modelseal_signing::itsdangerous::UnsignError;
use modelseal_signing::{KeyError, KeyringError, SealError, SealErrorKind};
use modelseal_store::StoreError;

/// The exit codes; they are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something could not be read, written or reached.
    Failed,
    /// The command line or the project file is wrong.
    Usage,
    /// Tampered with or malformed.
    Tampered,
    /// The key is unknown, expired, not valid yet or revoked.
    Untrusted,
    /// There is no seal.
    NotSealed,
    /// Somebody stopped it; what was there by then was reported.
    Interrupted,
}

impl Exit {
    /// The number that the process ends with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Tampered => 10,
            Self::Untrusted => 11,
            Self::NotSealed => 12,
            Self::Interrupted => 130,
        }
    }
}

impl From<SealErrorKind> for Exit {
    fn from(kind: SealErrorKind) -> Self {
        match kind {
            SealErrorKind::Malformed | SealErrorKind::Tampered => Self::Tampered,
            SealErrorKind::UnknownKey
            | SealErrorKind::ExpiredKey
            | SealErrorKind::RevokedKey
            | SealErrorKind::TooFewSeals => Self::Untrusted,
        }
    }
}

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    details: Vec<String>,
    hint: Option<String>,
    report: Option<serde_json::Value>,
    exit: Exit,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            details: Vec::new(),
            hint: None,
            report: None,
            exit: Exit::Failed,
        }
    }

    /// A mistake in the command line or the project file.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, ..Self::new(message) }
    }

    /// Not what a trusted key signed.
    pub(crate) fn tampered(message: impl Into<String>) -> Self {
        Self { exit: Exit::Tampered, ..Self::new(message) }
    }

    /// Signed by a key that is not trusted now.
    pub(crate) fn untrusted(message: impl Into<String>) -> Self {
        Self { exit: Exit::Untrusted, ..Self::new(message) }
    }

    /// Nothing was signed.
    pub(crate) fn not_sealed(message: impl Into<String>) -> Self {
        Self { exit: Exit::NotSealed, ..Self::new(message) }
    }

    /// A run that was stopped by a signal.
    pub(crate) fn interrupted() -> Self {
        Self { exit: Exit::Interrupted, ..Self::new("stopped before the end") }
            .with_hint("the same command with --resume goes on from here")
    }

    /// A file or folder that could not be read or written.
    pub(crate) fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(format!("{} cannot be {action}: {error}", path.display()))
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Everything that the message counts, one line each.
    pub(crate) fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details = details.into_iter().collect();
        self
    }

    /// What a machine reads beside the message: a JSON object.
    pub(crate) fn with_report(mut self, report: serde_json::Value) -> Self {
        self.report = Some(report);
        self
    }

    /// Says what the failure is about: `context: message`.
    pub(crate) fn about(mut self, context: impl Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The same kind of failure, as the first of several.
    pub(crate) fn summed_up(mut self, message: String) -> Self {
        self.message = message;
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn details(&self) -> &[String] {
        &self.details
    }

    pub(crate) fn report(&self) -> Option<&serde_json::Value> {
        self.report.as_ref()
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        let exit = match error.kind() {
            PackageErrorKind::Tampered => Exit::Tampered,
            PackageErrorKind::Untrusted => Exit::Untrusted,
            PackageErrorKind::NotSealed => Exit::NotSealed,
        };
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        let exit = Exit::from(error.kind());
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<UnsignError> for Failure {
    fn from(error: UnsignError) -> Self {
        let exit = match error {
            UnsignError::NoSeparator { .. } => Exit::NotSealed,
            _ => error.kind().map_or(Exit::Failed, Exit::from),
        };
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<FilesError> for Failure {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Seal(error) => error.into(),
            FilesError::Outside { .. } => Self::usage(error.to_string()).with_hint(error.hint()),
            _ => Self::new(error.to_string()).with_hint(error.hint()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Url { .. } => Exit::Usage,
            _ => Exit::Failed,
        };
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new(error.to_string()).with_hint(error.hint())
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Self {
        let exit = match &error {
            TrustError::NotSealed { .. } => Exit::NotSealed,
            _ if error.is_untrusted() => Exit::Untrusted,
            TrustError::Sealed { .. } => Exit::Tampered,
            _ => Exit::Failed,
        };
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let exit = if error.is_rollback() { Exit::Untrusted } else { Exit::Failed };
        Self { exit, ..Self::new(error.to_string()).with_hint(error.hint()) }
    }
}

impl From<KeyringError> for Failure {
    fn from(error: KeyringError) -> Self {
        Self::new(error.to_string())
            .with_hint("a keyring is written by `modelseal keys`; docs/keys.md describes it")
    }
}
