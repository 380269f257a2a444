//! How large a model may be; its bytes are without limit.

/// Upper bounds, each checked before the work that it bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files, folders and links of one model, those below ignored paths included. Default
    /// 1,000,000. Stops a folder that keeps a reader walking without end.
    pub entry_count_max: usize,
    /// Folders within each other. Default 64. Stops a chain of folders that exhausts file
    /// descriptors (one is open for each level) or the stack.
    pub depth_max: usize,
    /// Bytes that [`VerifiedModel::read`](crate::VerifiedModel::read) takes into memory. Default
    /// 1 GiB. Stops a file that grew beyond the reader's memory.
    pub read_bytes_max: u64,
    /// Bytes of a name, number of files and shards, and what else the statement is made of.
    pub signing: modelseal_signing::Limits,
}

impl Limits {
    /// For a person who signs or verifies large folders, see
    /// [`modelseal_signing::Limits::for_large_models`].
    pub fn for_large_models() -> Self {
        Self { signing: modelseal_signing::Limits::for_large_models(), ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entry_count_max: 1_000_000,
            depth_max: 64,
            read_bytes_max: 1 << 30,
            signing: modelseal_signing::Limits::default(),
        }
    }
}
