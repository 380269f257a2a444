//! The inner layer of a seal: an in-toto Statement v1 with the predicate of OpenSSF Model Signing
//! v1.0.
//!
//! The subject's digest, the root digest, is SHA-256 over the raw digests of the resources in
//! listed order. It covers no names: it identifies contents and replaces no signature.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::digest::HexError;
use crate::error::excerpt;
use crate::json::{self, Members, Value, quote};
use crate::name::{check_ignored_path, check_name};
use crate::seal::builder::StatementBuilder;
use crate::seal::old;
use crate::seal::serialization::split_shard_name;
use crate::seal::verify::Remark;
use crate::{
    Digest, DigestStream, FileDigest, Limits, Method, NameProblem, OldFormats, SealError,
    Serialization, ShardProblem,
};

pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
pub(crate) const PREDICATE_TYPE: &str = "https://model_signing/signature/v1.0";

/// A file of the model or a part of it: its path, relative to the model, and the digest of its
/// bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    pub(super) path: String,
    pub(super) range: Option<Range<u64>>,
    pub(super) digest: FileDigest,
}

impl Resource {
    /// The path: relative, clean, `/` between components. In a seal of a single file that the
    /// Python reference made, `.`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The bytes of the file that the digest is of, where the seal is over shards.
    pub fn range(&self) -> Option<Range<u64>> {
        self.range.clone()
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> FileDigest {
        self.digest
    }

    /// The name in the seal: the path, or `PATH:START:END` of a shard.
    pub fn name(&self) -> Cow<'_, str> {
        match &self.range {
            None => Cow::Borrowed(&self.path),
            Some(range) => Cow::Owned(format!("{}:{}:{}", self.path, range.start, range.end)),
        }
    }
}

/// What a seal says about a model. Its names are clean and unique, whether it was built or read;
/// its shards cover every file that they are of without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    subject: String,
    pub(super) resources: Vec<Resource>,
    pub(super) serialization: Serialization,
    /// Shards are written with the Python reference's name of the algorithm.
    pub(super) long_algorithm_names: bool,
}

impl Statement {
    /// Starts a statement about the model called `subject`.
    pub fn builder(subject: impl Into<String>) -> StatementBuilder {
        StatementBuilder::new(Self {
            subject: subject.into(),
            resources: Vec::new(),
            serialization: Serialization::default(),
            long_algorithm_names: false,
        })
    }

    /// The model's name. Informative only: a renamed model verifies.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The files or their shards, in the order in which they are listed.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// How the files were hashed.
    pub fn serialization(&self) -> &Serialization {
        &self.serialization
    }

    /// Paths, relative to the model, that the seal does not cover: see
    /// [`Serialization::ignore_paths`].
    pub fn ignore_paths(&self) -> &[String] {
        &self.serialization.ignore_paths
    }

    /// The subject's digest.
    pub fn root_digest(&self) -> Digest {
        let mut stream = DigestStream::new();
        self.resources.iter().for_each(|resource| stream.update(resource.digest.as_bytes()));
        stream.finish()
    }

    /// The payload: compact JSON with members in fixed order. Equal statements give equal text.
    pub fn to_json(&self) -> String {
        let algorithm = self.algorithm_name();
        let write = |resource: &Resource| {
            let (name, digest) = (quote(&resource.name()), resource.digest);
            format!(r#"{{"name":{name},"algorithm":"{algorithm}","digest":"{digest}"}}"#)
        };
        let resources: Vec<String> = self.resources.iter().map(write).collect();
        format!(
            concat!(
                r#"{{"_type":"{STATEMENT_TYPE}","#,
                r#""subject":[{{"name":{subject},"digest":{{"sha256":"{root}"}}}}],"#,
                r#""predicateType":"{PREDICATE_TYPE}","#,
                r#""predicate":{{"resources":[{resources}],"serialization":{serialization}}}}}"#,
            ),
            STATEMENT_TYPE = STATEMENT_TYPE,
            PREDICATE_TYPE = PREDICATE_TYPE,
            subject = quote(&self.subject),
            root = self.root_digest(),
            resources = resources.join(","),
            serialization = self.serialization.to_json(),
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
        let predicate_type = top.take("predicateType")?.text()?;
        let subjects = top.take("subject")?.list()?;
        match (predicate_type.as_str(), limits.old_formats) {
            (PREDICATE_TYPE, _) => {}
            (old::PREDICATE_TYPE, OldFormats::AcceptModelSigning0_2) => {
                check_count(subjects.len(), limits)?;
                let files = old::read_subjects(subjects, top, &mut ignored)?;
                remarks.push(Remark::OldFormat);
                let builder = Self::builder(".");
                let resource = |it: StatementBuilder, (name, digest)| it.resource(name, digest);
                return files.into_iter().fold(builder, resource).build_within(limits);
            }
            _ => return Err(SealError::PredicateType { found: excerpt(&predicate_type) }),
        }
        let found = subjects.len();
        let Ok([subject]) = <[Value; 1]>::try_from(subjects) else {
            return Err(SealError::SubjectCount { found });
        };
        let mut subject = subject.object()?;
        let name = subject.take("name")?.text()?;
        let mut digests = subject.take("digest")?.object()?;
        let claimed = read_hex_text(digests.take("sha256")?, |text| text.parse())?;
        digests.ignore_rest().chain(subject.ignore_rest()).for_each(&mut ignored);

        let mut predicate = top.take("predicate")?.object()?;
        let serialization = Serialization::parse(predicate.take("serialization")?)?;
        let resources = predicate.take("resources")?.list()?;
        predicate.ignore_rest().chain(top.ignore_rest()).for_each(&mut ignored);
        check_count(resources.len(), limits)?;
        let mut statement = Self {
            subject: name,
            resources: Vec::with_capacity(resources.len()),
            serialization,
            long_algorithm_names: false,
        };
        for resource in resources {
            let mut resource = resource.object()?;
            let read = statement.read_resource(&mut resource)?;
            statement.resources.push(read);
            resource.ignore_rest().for_each(&mut ignored);
        }

        statement.check(limits)?;
        let computed = statement.root_digest();
        // Both are public, so the plain comparison gives nothing away.
        if claimed != computed {
            return Err(SealError::RootDigest { claimed, computed });
        }
        Ok(statement)
    }

    fn read_resource(&mut self, resource: &mut Members) -> Result<Resource, SealError> {
        let Serialization { method, hash_type, .. } = self.serialization;
        let algorithm = resource.take("algorithm")?;
        let at = algorithm.at.clone();
        let found = algorithm.text()?;
        if found != hash_type.name() {
            if self.serialization.long_algorithm_name().is_none_or(|name| name != found) {
                let expected = hash_type;
                return Err(SealError::Algorithm { at, expected, found: excerpt(&found) });
            }
            self.long_algorithm_names = true;
        }
        let digest =
            read_hex_text(resource.take("digest")?, |text| FileDigest::from_hex(hash_type, text))?;
        let name = resource.take("name")?.text()?;
        let (path, range) = match method {
            Method::Files => (name, None),
            Method::Shards { .. } => {
                let (path, range) = split_shard_name(&name).ok_or_else(|| SealError::Shard {
                    name: excerpt(&name),
                    problem: ShardProblem::NoRange,
                })?;
                (path.to_owned(), Some(range))
            }
        };
        Ok(Resource { path, range, digest })
    }

    fn algorithm_name(&self) -> Cow<'static, str> {
        let long_name = self.serialization.long_algorithm_name();
        match long_name.filter(|_| self.long_algorithm_names) {
            Some(name) => Cow::Owned(name),
            None => Cow::Borrowed(self.serialization.hash_type.name()),
        }
    }

    /// The rules that hold for every statement, built or read.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), SealError> {
        let bytes_max = limits.name_bytes_max;
        check_count(self.resources.len(), limits)?;
        if self.subject.is_empty() {
            return Err(SealError::Subject { problem: NameProblem::Empty });
        }
        if self.subject.len() > bytes_max {
            return Err(SealError::Subject { problem: NameProblem::TooLong { bytes_max } });
        }
        // The reference calls a model of a single file "."; nothing is joined to a folder under
        // that name.
        let single_file = self.resources.iter().all(|resource| resource.path == ".");
        let mut names = BTreeSet::new();
        for resource in &self.resources {
            if !single_file {
                check_name(&resource.path, bytes_max).map_err(|problem| SealError::Name {
                    name: excerpt(&resource.path),
                    problem,
                })?;
            }
            let start = resource.range.as_ref().map(|range| range.start);
            if !names.insert((&resource.path, start)) {
                return Err(SealError::DuplicateName { name: excerpt(&resource.name()) });
            }
        }
        self.serialization.check(&self.resources)?;
        self.serialization.ignore_paths.iter().try_for_each(|path| {
            check_ignored_path(path, bytes_max)
                .map_err(|problem| SealError::IgnoredPath { path: excerpt(path), problem })
        })
    }
}

fn check_count(found: usize, limits: &Limits) -> Result<(), SealError> {
    let count_max = limits.resource_count_max;
    if found == 0 || found > count_max {
        Err(SealError::ResourceCount { found, count_max })
    } else {
        Ok(())
    }
}

/// Upper case is read, as the reference does, and never written: the text of a signed digest is not
/// an identifier.
fn read_hex_text<T>(
    value: Value,
    read: impl FnOnce(&str) -> Result<T, HexError>,
) -> Result<T, SealError> {
    let at = value.at.clone();
    read(&value.text()?.to_ascii_lowercase())
        .map_err(|problem| SealError::DigestText { at, problem })
}
