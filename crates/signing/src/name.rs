//! Names of resources and ignored paths: relative, clean, and the same file on every platform.
//!
//! They are checked when the statement is parsed, before a caller joins one to a folder: the
//! reference opens `../x` outside the model. Newlines and colons are legal in names; Unicode is
//! compared byte by byte, never normalised.

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameProblem {
    /// No bytes at all.
    #[error("is empty")]
    Empty,
    /// More bytes than [`Limits::name_bytes_max`](crate::Limits::name_bytes_max).
    #[error("is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// Starts with `/`.
    #[error("is absolute; expected a path relative to the model")]
    Absolute,
    /// Has a component `..`.
    #[error("has a component '..', which leads outside the model")]
    Parent,
    /// Has a component `.`.
    #[error("has a component '.'")]
    Current,
    /// Has two slashes in a row or one at the end.
    #[error("has an empty component (two slashes in a row, or one at the end)")]
    EmptyComponent,
    /// Has a NUL, which ends a name for the operating system.
    #[error("has a NUL character")]
    Nul,
    /// Has a backslash, which is a letter on one platform and a separator on another.
    #[error("has a backslash, which separates components on some platforms")]
    Backslash,
    /// Has `*`, `?` or `[`.
    #[error("has a glob character (one of * ? [ ]), and ignored paths are taken literally")]
    Glob,
}

/// Checks the name of a resource.
pub(crate) fn check_name(name: &str, bytes_max: usize) -> Result<(), NameProblem> {
    match name {
        "" => return Err(NameProblem::Empty),
        _ if name.len() > bytes_max => return Err(NameProblem::TooLong { bytes_max }),
        _ if name.contains('\0') => return Err(NameProblem::Nul),
        _ if name.contains('\\') => return Err(NameProblem::Backslash),
        _ if name.starts_with('/') => return Err(NameProblem::Absolute),
        _ => {}
    }
    name.split('/').try_for_each(|component| match component {
        "" => Err(NameProblem::EmptyComponent),
        "." => Err(NameProblem::Current),
        ".." => Err(NameProblem::Parent),
        _ => Ok(()),
    })
}

/// Checks an ignored path. A signed `.` would make every folder verify, and so would a glob that
/// somebody expands.
pub(crate) fn check_ignored_path(path: &str, bytes_max: usize) -> Result<(), NameProblem> {
    check_name(path, bytes_max)?;
    if path.contains(['*', '?', '[', ']']) { Err(NameProblem::Glob) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_names_pass() {
        for name in [
            "a",
            "a/b.c",
            ".hidden",
            "...",
            "a:b",
            "line\nbreak",
            "módel-ß.txt",
            "with space",
            "[x]",
        ] {
            assert_eq!(check_name(name, 100), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn every_problem_is_named() {
        for (name, problem) in [
            ("", NameProblem::Empty),
            ("abcdef", NameProblem::TooLong { bytes_max: 5 }),
            ("/a", NameProblem::Absolute),
            ("../a", NameProblem::Parent),
            ("a/..", NameProblem::Parent),
            (".", NameProblem::Current),
            ("a/./b", NameProblem::Current),
            ("a//b", NameProblem::EmptyComponent),
            ("a/", NameProblem::EmptyComponent),
            ("a\0", NameProblem::Nul),
            ("..\\a", NameProblem::Backslash),
        ] {
            assert_eq!(check_name(name, 5), Err(problem), "{name:?}");
        }
        assert_eq!(check_ignored_path(".git", 9), Ok(()));
        assert_eq!(check_ignored_path("*.sig", 9), Err(NameProblem::Glob));
        assert_eq!(check_ignored_path(".", 9), Err(NameProblem::Current));
    }
}
