use crate::InvalidModel;

/// Upper bounds on what [`Model::decode`](crate::Model::decode) accepts.
///
/// The bounds hold also for sealed packages: a trusted key may sign a package that somebody
/// else prepared, and a limit turns "the server ran out of memory" into a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of `model.json`. Default 16 MiB. Stops a description that takes seconds to parse.
    pub model_json_bytes_max: usize,
    /// Bytes of `parameters.safetensors`. Default 4 GiB. Stops exhaustion of memory.
    pub parameters_bytes_max: usize,
    /// Bytes of the header of `parameters.safetensors`. Default 256 KiB, a few hundred arrays.
    /// Stops a header that takes gigabytes to parse.
    pub tensor_header_bytes_max: usize,
    /// Features of the model, and columns that its steps make of them. Default 100,000. Stops
    /// rows that are expensive to build.
    pub feature_count_max: usize,
    /// Classes of the target. Default 10,000. Stops a score vector that dwarfs the input.
    pub class_count_max: usize,
    /// Values that one categorical input may take. Default 100,000.
    pub category_count_max: usize,
    /// Trees of an ensemble. Default 1,000,000. Stops predictions that take seconds.
    pub tree_count_max: usize,
    /// Nodes on the longest path of a tree. Default 512. Stops a chain of nodes that turns
    /// each prediction into a walk over the whole array.
    pub tree_depth_max: usize,
    /// Training rows of a model of nearest neighbours. Default 4,194,304. Stops a model that
    /// takes minutes to sort when it is loaded.
    pub neighbour_row_count_max: usize,
}

impl Limits {
    pub(crate) fn check_columns(&self, found: usize) -> Result<(), InvalidModel> {
        let (what, max) = ("columns of a step", self.feature_count_max);
        if found > max { Err(InvalidModel::Limit { what, found, max }) } else { Ok(()) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            model_json_bytes_max: 16 << 20,
            parameters_bytes_max: 4 << 30,
            tensor_header_bytes_max: 256 << 10,
            feature_count_max: 100_000,
            class_count_max: 10_000,
            category_count_max: 100_000,
            tree_count_max: 1_000_000,
            tree_depth_max: 512,
            neighbour_row_count_max: 1 << 22,
        }
    }
}
