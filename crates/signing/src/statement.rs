//! The inner layer of a seal: an in-toto Statement v1 with the predicate of OpenSSF Model Signing
//! v1.0.
//!
//! The subject's digest, the root digest, is SHA-256 over the raw digests of the resources in
//! listed order. It covers no names: it identifies contents and replaces no signature.

use std::collections::BTreeSet;

use crate::error::excerpt;
use crate::json::{self, Value, quote};
use crate::name::{check_ignored_path, check_name};
use crate::verify::Remark;
use crate::{Digest, DigestStream, Limits, NameProblem, SealError};

pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub(crate) const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// A file of the model: its name, relative to the model, and the SHA-256 digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    name: String,
    digest: Digest,
}

impl Resource {
    /// The name: relative, clean, `/` between components. In a seal of a single file that the
    /// reference made, `.`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of the file's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// What a seal says about a model. Its names are clean and unique, whether it was built or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    subject: String,
    resources: Vec<Resource>,
    ignore_paths: Vec<String>,
}

impl Statement {
    /// Starts a statement about the model called `subject`.
    pub fn builder(subject: impl Into<String>) -> StatementBuilder {
        let (resources, ignore_paths) = (Vec::new(), Vec::new());
        StatementBuilder { statement: Self { subject: subject.into(), resources, ignore_paths } }
    }

    /// The model's name. Informative only: a renamed model verifies.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The files, in the order in which they are listed.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Paths, relative to the model, that the seal does not cover: files with everything under
    /// them. Whoever verifies a folder must say which of them exist, because anything may stand
    /// there.
    pub fn ignore_paths(&self) -> &[String] {
        &self.ignore_paths
    }

    /// The subject's digest.
    pub fn root_digest(&self) -> Digest {
        let mut stream = DigestStream::new();
        self.resources.iter().for_each(|resource| stream.update(resource.digest.as_bytes()));
        stream.finish()
    }

    /// The payload: compact JSON with members in fixed order. Equal statements give equal text.
    pub fn to_json(&self) -> String {
        let write = |resource: &Resource| {
            format!(
                r#"{{"name":{},"algorithm":"sha256","digest":"{}"}}"#,
                quote(&resource.name),
                resource.digest
            )
        };
        let resources: Vec<String> = self.resources.iter().map(write).collect();
        let ignore_paths: Vec<String> = self.ignore_paths.iter().map(|path| quote(path)).collect();
        format!(
            concat!(
                r#"{{"_type":"{STATEMENT_TYPE}","#,
                r#""subject":[{{"name":{subject},"digest":{{"sha256":"{root}"}}}}],"#,
                r#""predicateType":"{PREDICATE_TYPE}","#,
                r#""predicate":{{"resources":[{resources}],"#,
                r#""serialization":{{"method":"files","hash_type":"sha256","allow_symlinks":false,"#,
                r#""ignore_paths":[{ignore_paths}]}}}}}}"#,
            ),
            STATEMENT_TYPE = STATEMENT_TYPE,
            PREDICATE_TYPE = PREDICATE_TYPE,
            subject = quote(&self.subject),
            root = self.root_digest(),
            resources = resources.join(","),
            ignore_paths = ignore_paths.join(","),
        )
    }

    /// Reads a payload whose signature holds. Members that the specification says to ignore become
    /// remarks.
    pub(crate) fn parse(
        payload: &[u8],
        limits: &Limits,
        remarks: &mut Vec<Remark>,
    ) -> Result<Self, SealError> {
        let mut ignored = |at| remarks.push(Remark::IgnoredMember { at });
        let mut top = json::parse("statement", payload, limits)?.object()?;
        let found = top.take("_type")?.text()?;
        if found != STATEMENT_TYPE {
            return Err(SealError::StatementType { found: excerpt(&found) });
        }
        let found = top.take("predicateType")?.text()?;
        if found != PREDICATE_TYPE {
            return Err(SealError::PredicateType { found: excerpt(&found) });
        }

        let subjects = top.take("subject")?.list()?;
        let found = subjects.len();
        let Ok([subject]) = <[Value; 1]>::try_from(subjects) else {
            return Err(SealError::SubjectCount { found });
        };
        let mut subject = subject.object()?;
        let name = subject.take("name")?.text()?;
        let mut digests = subject.take("digest")?.object()?;
        let claimed = read_digest(digests.take("sha256")?)?;
        digests.ignore_rest().chain(subject.ignore_rest()).for_each(&mut ignored);

        let mut predicate = top.take("predicate")?.object()?;
        let mut statement = Self { subject: name, resources: Vec::new(), ignore_paths: Vec::new() };
        statement.ignore_paths = read_serialization(predicate.take("serialization")?)?;
        let resources = predicate.take("resources")?.list()?;
        predicate.ignore_rest().chain(top.ignore_rest()).for_each(&mut ignored);
        check_count(resources.len(), limits)?;
        for resource in resources {
            let mut resource = resource.object()?;
            check_sha256(resource.take("algorithm")?)?;
            let digest = read_digest(resource.take("digest")?)?;
            let name = resource.take("name")?.text()?;
            resource.ignore_rest().for_each(&mut ignored);
            statement.resources.push(Resource { name, digest });
        }

        // The reference calls a model of a single file "."; nothing is joined to a folder under
        // that name.
        let single_file = matches!(statement.resources.as_slice(), [only] if only.name == ".");
        statement.check(limits, single_file)?;
        let computed = statement.root_digest();
        // Both are public, so the plain comparison gives nothing away.
        if claimed != computed {
            return Err(SealError::RootDigest { claimed, computed });
        }
        Ok(statement)
    }

    /// The rules that hold for every statement, built or read.
    fn check(&self, limits: &Limits, single_file: bool) -> Result<(), SealError> {
        let bytes_max = limits.name_bytes_max;
        check_count(self.resources.len(), limits)?;
        if self.subject.is_empty() {
            return Err(SealError::Subject { problem: NameProblem::Empty });
        }
        if self.subject.len() > bytes_max {
            return Err(SealError::Subject { problem: NameProblem::TooLong { bytes_max } });
        }
        let mut names = BTreeSet::new();
        for Resource { name, .. } in &self.resources {
            if !single_file {
                check_name(name, bytes_max)
                    .map_err(|problem| SealError::Name { name: excerpt(name), problem })?;
            }
            if !names.insert(name) {
                return Err(SealError::DuplicateName { name: excerpt(name) });
            }
        }
        self.ignore_paths.iter().try_for_each(|path| {
            check_ignored_path(path, bytes_max)
                .map_err(|problem| SealError::IgnoredPath { path: excerpt(path), problem })
        })
    }
}

/// A statement in the making.
#[derive(Clone, Debug)]
pub struct StatementBuilder {
    statement: Statement,
}

impl StatementBuilder {
    /// Adds a file. The order of calls does not matter.
    #[must_use]
    pub fn resource(mut self, name: impl Into<String>, digest: Digest) -> Self {
        self.statement.resources.push(Resource { name: name.into(), digest });
        self
    }

    /// Declares a path, relative to the model, that the seal does not cover.
    #[must_use]
    pub fn ignore_path(mut self, path: impl Into<String>) -> Self {
        self.statement.ignore_paths.push(path.into());
        self
    }

    /// Sorts names by their bytes, as the specification says, and checks everything against
    /// [`Limits::default`].
    ///
    /// # Errors
    /// [`SealError`] if there is no resource or too many, or a name is not clean or not unique.
    pub fn build(self) -> Result<Statement, SealError> {
        let mut statement = self.statement;
        statement.resources.sort_by(|a, b| a.name.cmp(&b.name));
        statement.ignore_paths.sort();
        statement.ignore_paths.dedup();
        statement.check(&Limits::default(), false)?;
        Ok(statement)
    }
}

/// Reads how the files were hashed; gives the ignored paths. Unknown members are refused here: they
/// could change what the digests mean.
fn read_serialization(value: Value) -> Result<Vec<String>, SealError> {
    let mut serialization = value.object()?;
    let method = serialization.take("method")?.text()?;
    if method != "files" {
        return Err(SealError::Method { found: excerpt(&method) });
    }
    check_sha256(serialization.take("hash_type")?)?;
    // Absent means the safe value.
    if serialization.take_optional("allow_symlinks").map_or(Ok(false), Value::boolean)? {
        return Err(SealError::AllowSymlinks);
    }
    let paths = serialization.take_optional("ignore_paths").map_or(Ok(Vec::new()), Value::list)?;
    serialization.finish()?;
    Ok(paths.into_iter().map(Value::text).collect::<Result<_, _>>()?)
}

fn check_count(found: usize, limits: &Limits) -> Result<(), SealError> {
    let count_max = limits.resource_count_max;
    if found == 0 || found > count_max {
        Err(SealError::ResourceCount { found, count_max })
    } else {
        Ok(())
    }
}

fn check_sha256(value: Value) -> Result<(), SealError> {
    let at = value.at.clone();
    let found = value.text()?;
    if found == "sha256" {
        Ok(())
    } else {
        Err(SealError::Algorithm { at, found: excerpt(&found) })
    }
}

/// Upper case is read, as the reference does, and never written: the text of a signed digest is not
/// an identifier.
fn read_digest(value: Value) -> Result<Digest, SealError> {
    let at = value.at.clone();
    let text = value.text()?.to_ascii_lowercase();
    text.parse().map_err(|problem| SealError::DigestText { at, problem })
}
