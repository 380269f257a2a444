//! Reading the training data: CSV with progress, and its digest on the way.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use modelseal_signing::{Digest, DigestStream};
use modelseal_train::data::{CsvLimits, Table, read_csv};

use crate::failure::Failure;
use crate::files;
use crate::voice::bar;

/// Reads a CSV file; the digest is that of the very bytes that were read.
pub(crate) fn read(path: &Path) -> Result<(Table, Digest), Failure> {
    let failed = |error: io::Error| {
        Failure::io("read", path, &error).with_hint("data is read from a CSV file on this machine")
    };
    let file = files::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let bar = bar("data", size);
    let mut source = Digesting { file, digest: DigestStream::new() };
    let name = path.display().to_string();
    let table =
        read_csv(&mut source, &name, &CsvLimits::default(), &mut |read| bar.set_position(read))
            .map_err(|error| Failure::new(error.to_string()))?;
    bar.finish_and_clear();
    // Whatever the reader left unread belongs to the file's digest, too.
    io::copy(&mut source, &mut io::sink()).map_err(failed)?;
    Ok((table, source.digest.finish()))
}

struct Digesting {
    file: File,
    digest: DigestStream,
}

impl Read for Digesting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}
