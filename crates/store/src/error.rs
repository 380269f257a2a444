use thiserror::Error;

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The URL names no store.
    #[error("{url:?} is not the URL of a store: {why}")]
    Url {
        /// The URL found.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is nothing under this name.
    #[error("{store} has no {name}")]
    NotFound {
        /// URL of the store.
        store: String,
        /// Name of the object.
        name: String,
    },
    /// Other bytes are published under this name already.
    #[error("{store} already holds another {name}; what is published never changes")]
    Conflict {
        /// URL of the store.
        store: String,
        /// Name of the object.
        name: String,
    },
    /// Somebody else changed the object meanwhile.
    #[error("{name} in {store} was changed meanwhile")]
    Changed {
        /// URL of the store.
        store: String,
        /// Name of the object.
        name: String,
    },
    /// An object is larger than the limit.
    #[error("{name} in {store} has {found} bytes, the limit is {max}")]
    TooLarge {
        /// URL of the store.
        store: String,
        /// Name of the object.
        name: String,
        /// Bytes found.
        found: u64,
        /// Bytes permitted.
        max: u64,
    },
    /// The name cannot stand in a store.
    #[error("{name:?} is not a name that a store can hold: {why}")]
    Name {
        /// The name found.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store could not be reached or refused.
    #[error("{store}: {action} {name}: {source}")]
    Unavailable {
        /// URL of the store.
        store: String,
        /// What was tried: `reading`, `writing` or `listing`.
        action: &'static str,
        /// Name of the object, or of the whole store.
        name: String,
        /// The cause; boxed, since errors travel through every `Result`.
        source: Box<object_store::Error>,
    },
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Trying again later may help: the store is away, or the object is not there yet.
    Retry,
    /// Trying again gives the same answer.
    Final,
}

impl StoreError {
    /// Whether trying again may help.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NotFound { .. } | Self::Changed { .. } | Self::Unavailable { .. } => {
                StoreErrorKind::Retry
            }
            Self::Url { .. }
            | Self::Conflict { .. }
            | Self::TooLarge { .. }
            | Self::Name { .. } => StoreErrorKind::Final,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Url { .. } => "write file:///folder, or file://./folder beside the project file",
            Self::NotFound { .. } => "push it first, or see what is there in the store's folder",
            Self::Conflict { .. } => {
                "publish under a new version or date; an existing one is never replaced"
            }
            Self::Changed { .. } => "try again",
            Self::TooLarge { .. } => {
                "raise the limit if you trust this store, or look at what is there"
            }
            Self::Name { .. } => "use the name that `modelseal package` gives",
            Self::Unavailable { .. } => "check that the store exists and may be read and written",
        }
    }
}
