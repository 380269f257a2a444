//! Named flat arrays and their file format, safetensors.

use std::borrow::Cow;
use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, View};
use thiserror::Error;

/// Why a parameter file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TensorError {
    /// Not a safetensors file.
    #[error("not a valid safetensors file: {0}")]
    Malformed(String),
    /// The model's description names an array that is not there.
    #[error("the array {0:?} is missing")]
    Missing(String),
    /// The array has another type or shape than the description needs.
    #[error("the array {name:?} is {found}, expected a flat array of {expected}")]
    WrongType {
        /// Name of the array.
        name: String,
        /// Type and shape found.
        found: String,
        /// Element type expected.
        expected: &'static str,
    },
    /// Arrays that nothing refers to: bytes that would travel under the seal unread.
    #[error("the array {0:?} belongs to no part of the model")]
    Unused(String),
}

/// Arrays to be written. The order of insertion does not matter.
#[derive(Debug, Default)]
pub(crate) struct TensorWriter {
    arrays: BTreeMap<String, Array>,
    /// Bytes of all arrays.
    byte_count: usize,
    /// Whether arrays are counted and not kept.
    only_counts: bool,
}

#[derive(Debug)]
struct Array {
    dtype: Dtype,
    shape: [usize; 1],
    bytes: Vec<u8>,
}

impl View for &Array {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl TensorWriter {
    /// A writer that keeps nothing and only knows how much it was given.
    pub(crate) fn counting() -> Self {
        Self { only_counts: true, ..Self::default() }
    }

    pub(crate) fn byte_count(&self) -> usize {
        self.byte_count
    }

    pub(crate) fn f64(&mut self, name: &str, values: &[f64]) {
        self.byte_count += size_of_val(values);
        if self.only_counts {
            return;
        }
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.insert(name, Dtype::F64, values.len(), bytes);
    }

    pub(crate) fn u32(&mut self, name: &str, values: impl ExactSizeIterator<Item = u32>) {
        let count = values.len();
        self.byte_count += count * size_of::<u32>();
        if self.only_counts {
            return;
        }
        let bytes = values.flat_map(u32::to_le_bytes).collect();
        self.insert(name, Dtype::U32, count, bytes);
    }

    fn insert(&mut self, name: &str, dtype: Dtype, count: usize, bytes: Vec<u8>) {
        self.arrays.insert(name.to_owned(), Array { dtype, shape: [count], bytes });
    }

    pub(crate) fn finish(&self) -> Result<Vec<u8>, TensorError> {
        safetensors::serialize(&self.arrays, None)
            .map_err(|error| TensorError::Malformed(error.to_string()))
    }
}

/// Arrays that were read; each may be taken once, and all must be.
pub(crate) struct TensorReader<'a> {
    arrays: BTreeMap<String, safetensors::tensor::TensorView<'a>>,
}

impl<'a> TensorReader<'a> {
    /// Reads the header, which must be the one that [`TensorWriter`] writes for these arrays: no
    /// metadata, no member twice, nothing that the format does not know.
    pub(crate) fn new(bytes: &'a [u8], header_bytes_max: usize) -> Result<Self, TensorError> {
        let malformed = |why: String| TensorError::Malformed(why);
        let (length, rest) = bytes
            .split_first_chunk::<8>()
            .ok_or_else(|| malformed("it is too short".to_owned()))?;
        let length = u64::from_le_bytes(*length);
        let header = usize::try_from(length)
            .ok()
            .filter(|&length| length <= header_bytes_max)
            .and_then(|length| rest.get(..length))
            .ok_or_else(|| {
                malformed(format!("its header has {length} bytes, the limit is {header_bytes_max}"))
            })?;
        let library = |error: safetensors::SafeTensorError| malformed(error.to_string());
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(library)?;
        let written =
            serde_json::to_vec(&metadata).map_err(|error| malformed(error.to_string()))?;
        // The header is padded with spaces, so that the arrays are aligned.
        if metadata.metadata().is_some() || header.trim_ascii_end() != written {
            return Err(malformed("its header is not written in the one form".to_owned()));
        }
        let file = SafeTensors::deserialize(bytes).map_err(library)?;
        Ok(Self { arrays: file.tensors().into_iter().collect() })
    }

    pub(crate) fn f64(&mut self, name: &str) -> Result<Vec<f64>, TensorError> {
        let (chunks, _) = self.take(name, Dtype::F64, "F64")?.as_chunks::<8>();
        Ok(chunks.iter().map(|chunk| f64::from_le_bytes(*chunk)).collect())
    }

    pub(crate) fn u32(&mut self, name: &str) -> Result<Vec<u32>, TensorError> {
        let (chunks, _) = self.take(name, Dtype::U32, "U32")?.as_chunks::<4>();
        Ok(chunks.iter().map(|chunk| u32::from_le_bytes(*chunk)).collect())
    }

    /// # Errors
    /// [`TensorError::Unused`] when an array was not taken.
    pub(crate) fn finish(self) -> Result<(), TensorError> {
        match self.arrays.into_keys().next() {
            Some(name) => Err(TensorError::Unused(name)),
            None => Ok(()),
        }
    }

    fn take(
        &mut self,
        name: &str,
        dtype: Dtype,
        expected: &'static str,
    ) -> Result<&'a [u8], TensorError> {
        let view = self.arrays.remove(name).ok_or_else(|| TensorError::Missing(name.to_owned()))?;
        if view.dtype() != dtype || view.shape().len() != 1 {
            return Err(TensorError::WrongType {
                name: name.to_owned(),
                found: format!("{:?} of shape {:?}", view.dtype(), view.shape()),
                expected,
            });
        }
        Ok(view.data())
    }
}
