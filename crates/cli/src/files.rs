//! Files on this machine: read within a limit, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::Failure;

/// Reads a file of at most `bytes_max` bytes; a larger one, or one that never ends, is an error.
pub(crate) fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::io("read", path, &error);
    let too_large = || {
        Failure::new(format!("{} is larger than the limit of {bytes_max} bytes", path.display()))
    };
    let file = open(path).map_err(failed)?;
    // Before anything is read: a sparse file of a terabyte would fill the memory up to the limit.
    if file.metadata().map_err(failed)?.len() > bytes_max {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > bytes_max {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Opens a regular file. A pipe or a device is an error: opening one may wait, and reading one
/// need not end.
pub(crate) fn open(path: &Path) -> std::io::Result<File> {
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "it is not a regular file",
        ));
    }
    File::open(path)
}

/// Reads a UTF-8 file of at most `bytes_max` bytes.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Failure::new(format!("{} is not UTF-8 text: see byte {valid}", path.display()))
            .with_hint("save it as UTF-8")
    })
}

/// What the name of a file begins with until it is whole.
const UNFINISHED: &str = ".modelseal-";

/// Whether a name is that of a file that was never finished.
pub(crate) fn is_unfinished(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(UNFINISHED))
}

/// Says that a command is at work in a folder, until the returned file is dropped, and removes
/// what killed commands left unfinished there, when no other command is at work.
pub(crate) fn occupy(folder: &Path) -> Result<File, Failure> {
    let failed = |error: std::io::Error| Failure::io("locked", folder, &error);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(folder.join(".lock"))
        .map_err(failed)?;
    if file.try_lock().is_ok() {
        for entry in fs::read_dir(folder).map_err(failed)?.flatten() {
            if is_unfinished(&entry.file_name()) {
                // One that cannot be removed is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
        file.unlock().map_err(failed)?;
    }
    file.lock_shared().map_err(failed)?;
    Ok(file)
}

/// Writes a file so that readers, also after a crash, see the old bytes or the new ones.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_stream(path, |sink| {
        sink.write_all(bytes).map_err(|error| Failure::io("written", path, &error))
    })
}

/// Writes a file as [`write()`] does, from what `fill` gives; if that fails, there is no new file.
pub(crate) fn write_stream<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let failed = |error: std::io::Error| Failure::io("written", path, &error);
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // A temporary file is private by default; this one becomes an ordinary file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    let filled = fill(&mut file)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(folder).map_err(failed)?;
    Ok(filled)
}

/// Writes a new file that only its owner may read; an existing one is never replaced.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::io("written", path, &error);
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(format!("{} exists already", path.display())).with_hint(
                "a private key is never overwritten: choose another file, or move this one away",
            )
        }
        _ => failed(error),
    })?;
    let written = fill(file, bytes).and_then(|()| sync_folder(folder));
    written.map_err(|error| {
        // Half a key helps nobody, and would be in the way of the next attempt.
        let _ = fs::remove_file(path);
        failed(error)
    })
}

fn fill(mut file: File, bytes: &[u8]) -> std::io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a text file that holds a secret and that nobody but its owner may read.
pub(crate) fn read_secret(path: &Path, bytes_max: u64) -> Result<Zeroizing<String>, Failure> {
    refuse_readable(path)?;
    Ok(read_text(path, bytes_max)?.into())
}

/// Reads a file that holds a secret, of any bytes, and that nobody but its owner may read.
pub(crate) fn read_secret_bytes(
    path: &Path,
    bytes_max: u64,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    refuse_readable(path)?;
    Ok(read(path, bytes_max)?.into())
}

/// A secret that others on this machine may read is none.
fn refuse_readable(path: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = fs::metadata(path).map_err(|error| Failure::io("read", path, &error))?;
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_file() && mode & 0o077 != 0 {
            return Err(Failure::new(format!(
                "{} has mode {mode:04o}: others on this machine may read the secret in it",
                path.display()
            ))
            .with_hint(format!("chmod 600 {}", path.display())));
        }
    }
    Ok(())
}

/// Holds other commands off a file that is read, changed and written again, until it is dropped.
///
/// The lock is on a file beside it, since the file itself is replaced. The operating system
/// releases it when the process ends, however it ends.
pub(crate) fn lock(path: &Path) -> Result<File, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder_of(path).join(format!(".{name}.lock"));
    let failed = |error: std::io::Error| Failure::io("locked", path, &error);
    fs::create_dir_all(folder_of(path)).map_err(failed)?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&beside)
        .map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A renamed file survives a power cut only when its folder was written, too.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
