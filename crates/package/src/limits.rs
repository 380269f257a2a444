/// Upper bounds on a package, checked before anything is allocated for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole archive. Default 4 GiB. Stops a store that answers without end from
    /// filling the memory.
    pub archive_bytes_max: u64,
    /// Bytes of `manifest.json`. Default 1 MiB. Stops a manifest that takes seconds to parse.
    pub manifest_bytes_max: usize,
    /// Bytes of `metrics.json`. Default 1 MiB. Same attack.
    pub metrics_bytes_max: usize,
    /// Limits of the seal and the keyring.
    pub signing: modelseal_signing::Limits,
    /// Limits of the model inside.
    pub model: modelseal_model::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes_max: 4 << 30,
            manifest_bytes_max: 1 << 20,
            metrics_bytes_max: 1 << 20,
            signing: modelseal_signing::Limits::default(),
            model: modelseal_model::Limits::default(),
        }
    }
}
