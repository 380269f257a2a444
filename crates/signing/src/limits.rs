//! What a reader is willing to spend on bytes that nobody has vouched for yet.

/// Which formats of releases before Model Signing 1.0 are read. They are never written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OldFormats {
    /// None: the default.
    #[default]
    Refuse,
    /// Those of Model Signing 0.2, for somebody who still has such a signature to check: its
    /// statement, which says nothing of how files were hashed or what was left out; and its
    /// envelope, which signs the way Python prints bytes, with SHA-256 on every curve.
    AcceptModelSigning0_2,
}

/// Upper bounds, each checked before the work that it bounds.
///
/// Start from [`Limits::default`] and change single fields:
/// `Limits { bundle_bytes_max: 1 << 20, ..Limits::default() }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a bundle file. Default 16 MiB, room for [`Limits::resource_count_max`] resources
    /// with long names. Stops a file that fills the memory of every host that reads it.
    pub bundle_bytes_max: usize,
    /// Bytes of a keyring file. Default 1 MiB, about 2,000 keys. Stops a keyring that fills the
    /// memory.
    pub keyring_bytes_max: usize,
    /// Arrays and objects within each other, in bundle, statement and keyring. Default 16; a
    /// statement needs 5. Stops `[[[[...`, which exhausts the stack. Above 127 the JSON parser's
    /// own limit takes over.
    pub json_depth_max: usize,
    /// JSON values in one document. Default 200,000; a resource takes 4. Stops `[[],[],...`, where
    /// 3 bytes of text become more than 30 bytes of memory.
    pub json_value_count_max: usize,
    /// Signatures in one bundle. Default 8. Each one after the first is tried against every trusted
    /// key, so this times [`Limits::keyring_key_count_max`] bounds the work. Stops a bundle with
    /// very many signatures.
    pub signature_count_max: usize,
    /// Certificates in one bundle. Default 16; chains have two to four. Stops a bundle that makes
    /// the search for a path long; the search has limits of its own besides.
    pub certificate_count_max: usize,
    /// Resources in one statement. Default 10,000. Stops a statement that makes the caller hash
    /// without end.
    pub resource_count_max: usize,
    /// Bytes of one name: a resource, an ignored path, the subject, a key's name, a revocation's
    /// reason. Default 4,096, the longest path on Linux. Stops names that no file system can hold
    /// and that flood a terminal.
    pub name_bytes_max: usize,
    /// Keys in one keyring. Default 1,000. Stops a seal without a hint from costing one signature
    /// check for each of very many keys.
    pub keyring_key_count_max: usize,
    /// Formats of old releases. Default none. Stops a second reading of signed bytes, and a weaker
    /// hash than the curve's.
    pub old_formats: OldFormats,
}

impl Limits {
    /// For a person who seals or verifies large folders: bundles of up to 256 MiB with a million
    /// files or shards. Reading such a bundle takes about a gigabyte of memory.
    pub fn for_large_models() -> Self {
        Self {
            bundle_bytes_max: 256 << 20,
            json_value_count_max: 5_000_000,
            resource_count_max: 1_000_000,
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bundle_bytes_max: 16 << 20,
            keyring_bytes_max: 1 << 20,
            json_depth_max: 16,
            json_value_count_max: 200_000,
            signature_count_max: 8,
            certificate_count_max: 16,
            resource_count_max: 10_000,
            name_bytes_max: 4_096,
            keyring_key_count_max: 1_000,
            old_formats: OldFormats::Refuse,
        }
    }
}
