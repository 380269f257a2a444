//! A statement in the making: in the order of the dialect, and checked like one that was read.

use std::ops::Range;

use crate::seal::statement::{Resource, Statement};
use crate::{Dialect, FileDigest, Limits, Method, NameProblem, SealError, Serialization};

/// A statement in the making.
#[derive(Clone, Debug)]
pub struct StatementBuilder {
    statement: Statement,
    dialect: Dialect,
}

impl StatementBuilder {
    pub(super) fn new(statement: Statement) -> Self {
        Self { statement, dialect: Dialect::default() }
    }

    /// Adds a whole file. The order of calls does not matter.
    #[must_use]
    pub fn resource(mut self, path: impl Into<String>, digest: impl Into<FileDigest>) -> Self {
        let (path, digest) = (path.into(), digest.into());
        self.statement.resources.push(Resource { path, range: None, digest });
        self
    }

    /// Adds a part of a file, `range` in bytes. The order of calls does not matter.
    #[must_use]
    pub fn shard(
        mut self,
        path: impl Into<String>,
        range: Range<u64>,
        digest: impl Into<FileDigest>,
    ) -> Self {
        let (path, digest) = (path.into(), digest.into());
        self.statement.resources.push(Resource { path, range: Some(range), digest });
        self
    }

    /// Declares a path, relative to the model, that the seal does not cover.
    #[must_use]
    pub fn ignore_path(mut self, path: impl Into<String>) -> Self {
        self.statement.serialization.ignore_paths.push(path.into());
        self
    }

    /// Says how the files were hashed; without it, as whole files with SHA-256. It takes the place
    /// of ignored paths that were declared before.
    #[must_use]
    pub fn serialization(mut self, serialization: Serialization) -> Self {
        self.statement.serialization = serialization;
        self
    }

    /// Chooses the way of writing; without it, the specification's.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Sorts names, and checks everything against [`Limits::default`].
    ///
    /// # Errors
    /// [`SealError`] if there is no resource or too many, a name is not clean or not unique, a
    /// digest is of another hash than the serialization says, or shards leave a gap.
    pub fn build(self) -> Result<Statement, SealError> {
        self.build_within(&Limits::default())
    }

    /// Like [`StatementBuilder::build`], against other limits.
    ///
    /// # Errors
    /// As [`StatementBuilder::build`].
    pub fn build_within(self, limits: &Limits) -> Result<Statement, SealError> {
        let Self { mut statement, dialect } = self;
        match dialect {
            // Specification 5.2.1: by code points of the whole name, which is by its bytes.
            Dialect::Specification => {
                statement.resources.sort_by(|a, b| a.name().as_bytes().cmp(b.name().as_bytes()));
            }
            // Components, then the range as numbers.
            Dialect::Python => {
                statement.long_algorithm_names =
                    matches!(statement.serialization.method, Method::Shards { .. });
                statement.resources.sort_by(|a, b| {
                    let range = |it: &Resource| it.range.as_ref().map(|it| (it.start, it.end));
                    let components =
                        |it: &Resource| (it.path.split('/').map(str::to_owned)).collect::<Vec<_>>();
                    (components(a), range(a)).cmp(&(components(b), range(b)))
                });
            }
        }
        let ignore_paths = &mut statement.serialization.ignore_paths;
        ignore_paths.sort();
        ignore_paths.dedup();
        let one_dot = statement.resources.iter().find(|resource| resource.path == ".");
        if dialect == Dialect::Specification && one_dot.is_some() {
            return Err(SealError::Name { name: ".".to_owned(), problem: NameProblem::Current });
        }
        statement.check(limits)?;
        Ok(statement)
    }
}
