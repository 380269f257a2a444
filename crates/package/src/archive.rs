//! The archive: which entries, in which order, and exactly which bytes around them.
//!
//! A zip holds many bytes that no digest of an entry covers: times, attributes, comments, a
//! second directory, gaps. So an archive is *canonical*: its bytes follow from its entries. The
//! reader takes the entries and lets the writer write them again over the given bytes; one
//! difference, and the archive is refused. What the seal says of the entries it thereby says of
//! every byte.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Seek, SeekFrom, Write};

use crate::FileEntry;
use bytes::Bytes;
use modelseal_signing::Fingerprint;
use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// What the package says about itself.
pub const MANIFEST_JSON: &str = "manifest.json";
/// The structure of the model.
pub const MODEL_JSON: &str = "model.json";
/// The numbers of the model.
pub const PARAMETERS_SAFETENSORS: &str = "parameters.safetensors";
/// How well the model did.
pub const METRICS_JSON: &str = "metrics.json";
/// The first seal.
pub const MODEL_SIG: &str = "model.sig";
/// The folder of the further seals: `cosign/<fingerprint of the key>.sig`.
pub const COSIGN: &str = "cosign";

/// The entries before the further seals, in archive order; the last is absent before sealing.
const NAMES: [&str; 5] =
    [MANIFEST_JSON, MODEL_JSON, PARAMETERS_SAFETENSORS, METRICS_JSON, MODEL_SIG];

/// The entries that a seal covers, in archive order.
const SEALED: usize = 4;

/// Seals beside the first. Stops an archive that costs thousands of signature checks.
pub const COSIGN_COUNT_MAX: usize = 15;

/// Why bytes are not the archive of a package.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// Larger than the limit.
    #[error("the archive has {found} bytes, the limit is {max}")]
    TooLarge {
        /// Bytes found.
        found: u64,
        /// Bytes permitted.
        max: u64,
    },
    /// Not a zip archive, or a damaged one.
    #[error("not a readable zip archive: {0}")]
    Zip(String),
    /// Other entries than a package has, or in another order.
    #[error("entry {position} is {found}, expected {expected}")]
    Entries {
        /// Position in the archive's directory, from 0.
        position: usize,
        /// Name found, or `missing`.
        found: String,
        /// What is expected there.
        expected: String,
    },
    /// More or fewer entries than a package has.
    #[error(
        "the archive has {found} entries, a package has 4, 5 when it is sealed, and at most 20 with further seals"
    )]
    EntryCount {
        /// Entries that the archive's end announces.
        found: usize,
    },
    /// An entry that is compressed or encrypted.
    #[error("{0} is compressed or encrypted, expected it stored as it is")]
    NotStored(String),
    /// The bytes around the entries are not those that the format prescribes.
    #[error(
        "byte {0} of the archive is not what the format prescribes: a header, a gap or trailing bytes were changed"
    )]
    NotCanonical(u64),
}

/// The entries of an archive; each is a view into one allocation.
#[derive(Debug, Clone)]
pub(crate) struct Entries {
    /// The contents of the sealed entries, in the order of their names.
    sealed: [Bytes; SEALED],
    /// The contents of `model.sig`.
    seal: Option<Bytes>,
    /// The further seals, by the key that each names; in the order of their names.
    cosigns: BTreeMap<Fingerprint, Bytes>,
}

impl Entries {
    /// Entries without a seal.
    pub(crate) fn new(sealed: [Bytes; SEALED]) -> Self {
        Self { sealed, seal: None, cosigns: BTreeMap::new() }
    }

    /// The entries that a seal covers, with their names, in archive order.
    pub(crate) fn sealed(&self) -> impl Iterator<Item = (&'static str, &Bytes)> {
        NAMES.into_iter().zip(&self.sealed)
    }

    /// Size and digest of each of them, in archive order.
    pub(crate) fn files(&self) -> Vec<FileEntry> {
        self.sealed().map(|(name, bytes)| FileEntry::of(name, bytes)).collect()
    }

    pub(crate) fn manifest(&self) -> &Bytes {
        &self.sealed[0]
    }

    pub(crate) fn model(&self) -> &Bytes {
        &self.sealed[1]
    }

    pub(crate) fn parameters(&self) -> &Bytes {
        &self.sealed[2]
    }

    pub(crate) fn metrics(&self) -> &Bytes {
        &self.sealed[3]
    }

    /// The first seal.
    pub(crate) fn seal(&self) -> Option<&Bytes> {
        self.seal.as_ref()
    }

    /// The further seals, each with the key in its name.
    pub(crate) fn cosigns(&self) -> &BTreeMap<Fingerprint, Bytes> {
        &self.cosigns
    }

    /// The same entries under other seals.
    pub(crate) fn with_seals(&self, seal: Bytes, cosigns: BTreeMap<Fingerprint, Bytes>) -> Self {
        Self { sealed: self.sealed.clone(), seal: Some(seal), cosigns }
    }

    /// Reads the directory of an archive. The contents of the entries are not looked at.
    pub(crate) fn read(archive: &Bytes, bytes_max: u64) -> Result<Self, ArchiveError> {
        let found = archive.len() as u64;
        if found > bytes_max {
            return Err(ArchiveError::TooLarge { found, max: bytes_max });
        }
        check_end(archive)?;
        let damaged = |error: zip::result::ZipError| ArchiveError::Zip(error.to_string());
        let mut directory = ZipArchive::new(Cursor::new(archive.as_ref())).map_err(damaged)?;
        let count = directory.len();
        let mut contents = Vec::with_capacity(SEALED);
        let (mut seal, mut cosigns) = (None, BTreeMap::new());
        for position in 0..count.max(SEALED) {
            let unexpected = |found: String| ArchiveError::Entries {
                position,
                found,
                expected: NAMES.get(position).map_or_else(expected_cosign, ToString::to_string),
            };
            if position >= count {
                return Err(unexpected("missing".to_owned()));
            }
            let entry = directory.by_index_raw(position).map_err(damaged)?;
            let name = entry.name().map_err(damaged)?.into_owned();
            let cosigner = cosigner(&name);
            let is_expected = match NAMES.get(position) {
                Some(expected) => name == *expected,
                // Sorted and distinct, so that equal seals give one archive.
                None => cosigner.is_some_and(|key| cosigns.keys().all(|earlier| *earlier < key)),
            };
            if !is_expected {
                return Err(unexpected(quote(&name)));
            }
            if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
                return Err(ArchiveError::NotStored(name));
            }
            let outside = || ArchiveError::Zip(format!("{name} lies outside the archive"));
            let start = entry.data_start().ok_or_else(outside)?;
            let end =
                start.checked_add(entry.size()).filter(|&end| end <= found).ok_or_else(outside)?;
            // Both are at most the length of a slice, so they fit.
            let bytes = archive.slice(start as usize..end as usize);
            match cosigner {
                Some(key) => drop(cosigns.insert(key, bytes)),
                None if position < SEALED => contents.push(bytes),
                None => seal = Some(bytes),
            }
        }
        let mut contents = contents.into_iter();
        let mut next = || contents.next().unwrap_or_default();
        let sealed = [next(), next(), next(), next()];
        Ok(Self { sealed, seal, cosigns })
    }

    /// The archive of these entries: the only one there is.
    pub(crate) fn write(&self) -> Result<Bytes, ArchiveError> {
        let seals = self.seal.iter().chain(self.cosigns.values());
        let size: usize = self.sealed.iter().chain(seals).map(Bytes::len).sum();
        let mut archive = Cursor::new(Vec::with_capacity(size + 4096));
        self.write_to(&mut archive).map_err(|error| ArchiveError::Zip(error.to_string()))?;
        Ok(archive.into_inner().into())
    }

    /// Checks that `archive` is what [`Entries::write`] would give.
    pub(crate) fn check_canonical(&self, archive: &[u8]) -> Result<(), ArchiveError> {
        let mut comparison =
            Comparison { expected: archive, position: 0, end: 0, differing: Vec::new() };
        match self.write_to(&mut comparison) {
            Ok(()) => comparison.finish(),
            Err(error) => Err(ArchiveError::Zip(error.to_string())),
        }
    }

    fn write_to<W: Write + Seek>(&self, out: W) -> Result<(), zip::result::ZipError> {
        let mut archive = ZipWriter::new(out);
        let fixed = NAMES.into_iter().map(str::to_owned);
        let fixed = fixed.zip(self.sealed.iter().chain(&self.seal));
        let cosigns = self.cosigns.iter().map(|(key, bytes)| (cosign_name(key), bytes));
        for (name, bytes) in fixed.chain(cosigns) {
            // Nothing here may depend on the machine or the clock.
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(DateTime::DEFAULT)
                .unix_permissions(0o644)
                .system(System::Unix)
                .large_file(bytes.len() as u64 >= u64::from(u32::MAX));
            archive.start_file(name, options)?;
            archive.write_all(bytes)?;
        }
        archive.finish()?;
        Ok(())
    }
}

/// The name of a further seal.
pub(crate) fn cosign_name(key: &Fingerprint) -> String {
    format!("{COSIGN}/{key}.sig")
}

/// The key in the name of a further seal.
fn cosigner(name: &str) -> Option<Fingerprint> {
    let rest = name.strip_prefix(COSIGN)?.strip_prefix('/')?;
    rest.strip_suffix(".sig")?.parse().ok()
}

fn expected_cosign() -> String {
    format!("{COSIGN}/FINGERPRINT.sig in the order of the names, or the end")
}

/// Checks the record at the end of an archive before anything is read, or allocated, by what it
/// says: a directory of millions of entries is refused here.
fn check_end(archive: &[u8]) -> Result<(), ArchiveError> {
    /// End of central directory record without a comment: APPNOTE 6.3, section 4.3.16.
    const END_BYTES: usize = 22;
    /// Header, longest name and ZIP64 field of one directory entry, rounded up.
    const ENTRY_BYTES_MAX: usize = 160;
    /// ZIP64 record and locator; they stand before the end of archives of 4 GiB and more.
    const ZIP64_END_BYTES: usize = 76;
    let bad = |why: &str| Err(ArchiveError::Zip(why.to_owned()));
    let Some((front, end)) = archive.split_last_chunk::<END_BYTES>() else {
        return bad("it is too short");
    };
    if !end.starts_with(b"PK\x05\x06") {
        return bad("it does not end as one");
    }
    let field = |offset: usize| usize::from(u16::from_le_bytes([end[offset], end[offset + 1]]));
    let wide = |offset: usize| field(offset) | field(offset + 2) << 16;
    let (count, size, start) = (field(10), wide(12), wide(16));
    if !(SEALED..=NAMES.len() + COSIGN_COUNT_MAX).contains(&count) {
        return Err(ArchiveError::EntryCount { found: count });
    }
    if size > count * ENTRY_BYTES_MAX {
        return bad("its directory is larger than that of a package");
    }
    let is_large = archive.len() > u32::MAX as usize;
    let has_locator = front.len() >= 20 && front[front.len() - 20..].starts_with(b"PK\x06\x07");
    let gap = front.len().checked_sub(start.saturating_add(size));
    match gap {
        Some(0) if !has_locator => Ok(()),
        _ if is_large && front.len() > size + ZIP64_END_BYTES => Ok(()),
        _ => bad("its directory does not stand where its end says"),
    }
}

/// Names come from outside: shortened and escaped before they stand in a message.
fn quote(name: &str) -> String {
    format!("{:?}", name.chars().take(64).collect::<String>())
}

/// A place to write to that keeps only where the bytes differ from those expected.
///
/// The archive writer goes back to fill in sizes and checksums, so a difference counts only
/// if it is still there at the end.
struct Comparison<'a> {
    expected: &'a [u8],
    position: u64,
    /// Where the furthest write ended.
    end: u64,
    /// Positions that differ now; a few, since only headers are written twice.
    differing: Vec<u64>,
}

impl Comparison<'_> {
    /// Past this many differences nothing can make the archive canonical again: the writer
    /// rewrites at most a header of some 100 bytes an entry.
    const DIFFERING_MAX: usize = 4096;

    fn finish(self) -> Result<(), ArchiveError> {
        let length = self.expected.len() as u64;
        let beyond = (self.end != length).then(|| self.end.min(length));
        match self.differing.into_iter().chain(beyond).min() {
            Some(position) => Err(ArchiveError::NotCanonical(position)),
            None => Ok(()),
        }
    }
}

impl Write for Comparison<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        let start = self.position;
        let end = start + written.len() as u64;
        self.differing.retain(|position| !(start..end).contains(position));
        let expected = self.expected.get(start as usize..end as usize);
        if expected != Some(written) {
            let expected = self.expected.get(start as usize..).unwrap_or_default();
            for (offset, byte) in written.iter().enumerate() {
                if expected.get(offset) != Some(byte) {
                    if self.differing.len() == Self::DIFFERING_MAX {
                        break;
                    }
                    self.differing.push(start + offset as u64);
                }
            }
        }
        self.position = end;
        self.end = self.end.max(end);
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Comparison<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the start"))?;
        Ok(self.position)
    }
}
