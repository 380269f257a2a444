//! Certificates in files.

use std::path::PathBuf;

use modelseal_signing::Certificate;

use crate::failure::Failure;
use crate::files;

/// Bytes of a file of certificates or of a revocation list. Stops a mistaken path to a model from
/// being read as one.
pub(crate) const FILE_BYTES_MAX: u64 = 16 << 20;

/// All certificates of some PEM files, in their order.
pub(crate) fn read<'a>(
    paths: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<Vec<Certificate>, Failure> {
    let mut certificates = Vec::new();
    for path in paths {
        let text = files::read_text(path, FILE_BYTES_MAX)?;
        let found = Certificate::from_pem(&text).map_err(|error| {
            Failure::new(error.to_string()).with_hint(error.hint()).about(path.display())
        })?;
        certificates.extend(found);
    }
    Ok(certificates)
}
