//! Hashing files, and parts of files, on several threads in little memory.
//!
//! What is hashed is cut into pieces of work that threads take in turn; which thread takes which
//! does not matter to the result. Every thread owns its buffers, and nothing else grows with the
//! size of a file.

use std::fs::{File, Metadata};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::SystemTime;

use modelseal_signing::{Blake3Subtree, Blake3SubtreeValue, FileDigest, FileHasher, HashType};

use crate::model::{Found, LastFolder};
use crate::{FilesError, Model};

/// More threads than this would only wait for the disk, and their buffers would add up.
const THREADS_MAX: usize = 32;
/// Bytes read at once. Large enough that a system call costs nothing, small enough that they are
/// still in the processor's cache when they are hashed.
const BUFFER_BYTES: usize = 256 << 10;
/// From here on, a file that one thread must hash alone is read ahead by another.
const READ_AHEAD_BYTES: u64 = 4 << 20;

/// How hashing is done; nothing here changes a result.
#[derive(Clone, Copy)]
pub struct Hashing<'a> {
    /// Threads, at most 32 of which are used.
    pub threads: NonZeroUsize,
    /// Called with the number of bytes that were read since the last call, from any thread.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Hashing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashing").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// A range of bytes of one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Index of the file.
    pub(crate) file: usize,
    pub(crate) range: Range<u64>,
}

/// Digests of `parts`, in their order.
pub(crate) fn hash(
    model: &Model,
    files: &[Found],
    parts: &[Part],
    hash_type: HashType,
    hashing: Hashing<'_>,
) -> Result<Vec<FileDigest>, FilesError> {
    let work = plan(parts, hash_type);
    let sources: Vec<Source<'_>> = files.iter().map(|found| Source::new(model, found)).collect();
    for piece in &work {
        sources[piece.file].lock().pieces_left += 1;
    }
    let threads = hashing.threads.get().min(THREADS_MAX);
    let shift = Shift {
        sources: &sources,
        work: &work,
        next: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        hash_type,
        read_ahead: work.len() < threads,
        progress: hashing.progress,
    };
    let mut done: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let others: Vec<_> =
            (1..threads.min(work.len())).map(|_| scope.spawn(|| shift.run())).collect();
        let mut done = shift.run();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    let mut digests = vec![None; parts.len()];
    let mut subtrees = Vec::new();
    for (index, outcome) in done {
        let Piece { part, .. } = work[index];
        match outcome? {
            Hashed::Digest(digest) => digests[part] = Some(digest),
            Hashed::Subtree(value) => {
                subtrees.push(value);
                let Range { start, end } = parts[part].range;
                if subtrees.len() as u64 == (end - start).div_ceil(Blake3Subtree::BYTES) {
                    digests[part] = Some(Blake3Subtree::merge(&subtrees, end - start));
                    subtrees.clear();
                }
            }
        }
    }
    // Every piece ended in a digest, or in an error that was returned above.
    Ok(digests.into_iter().flatten().collect())
}

/// What one thread does at a time.
#[derive(Clone, Debug)]
struct Piece {
    part: usize,
    file: usize,
    range: Range<u64>,
    /// Which subtree of its part the range is, if the part is large and hashed with BLAKE3.
    subtree: Option<u64>,
}

/// Pieces in the order of parts; within one part, in the order of bytes.
fn plan(parts: &[Part], hash_type: HashType) -> Vec<Piece> {
    let mut work = Vec::with_capacity(parts.len());
    for (part, Part { file, range }) in parts.iter().enumerate() {
        let file = *file;
        if hash_type == HashType::Blake3 && range.end - range.start > Blake3Subtree::BYTES {
            for index in 0..(range.end - range.start).div_ceil(Blake3Subtree::BYTES) {
                let start = range.start + index * Blake3Subtree::BYTES;
                let end = range.end.min(start + Blake3Subtree::BYTES);
                work.push(Piece { part, file, range: start..end, subtree: Some(index) });
            }
        } else {
            work.push(Piece { part, file, range: range.clone(), subtree: None });
        }
    }
    work
}

enum Hashed {
    Digest(FileDigest),
    Subtree(Blake3SubtreeValue),
}

type Outcome = Result<Hashed, FilesError>;

/// What the threads share.
struct Shift<'a> {
    sources: &'a [Source<'a>],
    work: &'a [Piece],
    next: AtomicUsize,
    stopped: AtomicBool,
    hash_type: HashType,
    read_ahead: bool,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Shift<'_> {
    /// Takes pieces until none is left or somebody failed.
    fn run(&self) -> Vec<(usize, Outcome)> {
        let mut done = Vec::new();
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut last_folder = LastFolder::default();
        while !self.stopped.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = self.work.get(index) else { break };
            let outcome = self.hash(piece, &mut buffer, &mut last_folder);
            if outcome.is_err() {
                self.stopped.store(true, Ordering::Relaxed);
            }
            done.push((index, outcome));
        }
        done
    }

    fn hash(&self, piece: &Piece, buffer: &mut [u8], last_folder: &mut LastFolder) -> Outcome {
        let source = &self.sources[piece.file];
        let file = source.open(last_folder)?;
        let hashed = match piece.subtree {
            Some(index) => {
                let mut hasher = Blake3Subtree::new(index);
                self.read(source, &file, &piece.range, buffer, |bytes| hasher.update(bytes))?;
                Hashed::Subtree(hasher.finish())
            }
            None => {
                let mut hasher = FileHasher::new(self.hash_type);
                let long = piece.range.end - piece.range.start >= READ_AHEAD_BYTES;
                if self.read_ahead && long {
                    self.read_ahead(source, &file, &piece.range, |bytes| hasher.update(bytes))?;
                } else {
                    self.read(source, &file, &piece.range, buffer, |bytes| hasher.update(bytes))?;
                }
                Hashed::Digest(hasher.finish())
            }
        };
        source.close(&file)?;
        Ok(hashed)
    }

    fn read(
        &self,
        source: &Source<'_>,
        file: &File,
        range: &Range<u64>,
        buffer: &mut [u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), FilesError> {
        let mut at = range.start;
        while at < range.end && !self.stopped.load(Ordering::Relaxed) {
            let bytes = source.read(file, at, range.end, buffer)?;
            take(bytes);
            at += bytes.len() as u64;
            (self.progress)(bytes.len() as u64);
        }
        Ok(())
    }

    /// Reads on a second thread, one buffer ahead.
    fn read_ahead(
        &self,
        source: &Source<'_>,
        file: &File,
        range: &Range<u64>,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), FilesError> {
        std::thread::scope(|scope| {
            let (full, filled) = mpsc::sync_channel::<Result<(Vec<u8>, usize), FilesError>>(2);
            let (empty, emptied) = mpsc::channel();
            for _ in 0..3 {
                // The receiver lives in the thread below.
                let _ = empty.send(vec![0; BUFFER_BYTES]);
            }
            scope.spawn(move || {
                let mut at = range.start;
                while at < range.end {
                    let Ok(mut buffer) = emptied.recv() else { return };
                    let read = source.read(file, at, range.end, &mut buffer).map(<[u8]>::len);
                    let failed = read.is_err();
                    at += read.as_ref().map_or(0, |length| *length as u64);
                    if full.send(read.map(|length| (buffer, length))).is_err() || failed {
                        return;
                    }
                }
            });
            while let Ok(read) = filled.recv() {
                let (buffer, length) = read?;
                take(&buffer[..length]);
                (self.progress)(length as u64);
                let _ = empty.send(buffer);
            }
            Ok(())
        })
    }
}

/// A file that several threads may read, opened once, by the first, and closed by the last.
struct Source<'a> {
    model: &'a Model,
    found: &'a Found,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pieces_left: usize,
    file: Option<(Arc<File>, Option<SystemTime>)>,
}

impl<'a> Source<'a> {
    fn new(model: &'a Model, found: &'a Found) -> Self {
        Self { model, found, state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked took its panic with it; the state is whole at every moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, last_folder: &mut LastFolder) -> Result<Arc<File>, FilesError> {
        let mut state = self.lock();
        if let Some((file, _)) = &state.file {
            return Ok(Arc::clone(file));
        }
        let (file, metadata) = self.model.open_file(self.found, last_folder)?;
        let file = Arc::new(file);
        let modified = self.check_size(&metadata)?;
        // Only advice: where it is not understood, reading is as right and a little slower.
        #[cfg(target_os = "linux")]
        if self.found.size > BUFFER_BYTES as u64 {
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        }
        state.file = Some((Arc::clone(&file), modified));
        Ok(file)
    }

    /// Ends a piece; the last one looks whether the file is still what was opened.
    fn close(&self, file: &File) -> Result<(), FilesError> {
        let mut state = self.lock();
        state.pieces_left -= 1;
        if state.pieces_left > 0 {
            return Ok(());
        }
        let opened = state.file.take().and_then(|(_, modified)| modified);
        let metadata = file.metadata().map_err(|error| self.failed(error))?;
        if self.check_size(&metadata)? == opened { Ok(()) } else { Err(self.changed()) }
    }

    fn check_size(&self, metadata: &Metadata) -> Result<Option<SystemTime>, FilesError> {
        if metadata.len() == self.found.size {
            Ok(metadata.modified().ok())
        } else {
            Err(self.changed())
        }
    }

    /// Reads some bytes at `at`, at least one.
    fn read<'b>(
        &self,
        file: &File,
        at: u64,
        end: u64,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], FilesError> {
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
        loop {
            match file.read_at(&mut buffer[..wanted], at) {
                Ok(0) => return Err(self.changed()),
                Ok(length) => return Ok(&buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    fn failed(&self, error: std::io::Error) -> FilesError {
        FilesError::io(self.model.path_of(&self.found.name), error)
    }

    fn changed(&self) -> FilesError {
        FilesError::Changed { path: self.model.path_of(&self.found.name) }
    }
}
