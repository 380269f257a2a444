//! Why a seal was refused: one variant per cause, each with what was expected and what was found.

use crate::digest::HexError;
use crate::seal::bundle::{MEDIA_TYPE, PAYLOAD_TYPE};
use crate::seal::statement::{PREDICATE_TYPE, STATEMENT_TYPE};
use crate::seal::verify::Signer;
use crate::{
    CertificateError, Digest, Fingerprint, HashType, JsonFault, KeyError, NameProblem,
    ShardProblem, TermsError,
};

/// The families of causes, for exit codes and for alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealErrorKind {
    /// Not a seal that this version reads, whoever made it.
    Malformed,
    /// The signature does not belong to these bytes.
    Tampered,
    /// Signed by a key that the keyring does not hold.
    UnknownKey,
    /// Correctly signed by a trusted key, but it is not valid yet or not any more.
    ExpiredKey,
    /// Correctly signed by a key that was revoked.
    RevokedKey,
    /// Correctly signed, but by fewer owners than the keyring demands.
    TooFewSeals,
}

/// Why a seal was refused, or could not be made. Text from the seal is shortened and escaped in
/// messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named in the message above them")]
pub enum SealError {
    /// Larger than [`Limits::bundle_bytes_max`](crate::Limits::bundle_bytes_max).
    #[error("the seal has {bytes} bytes; at most {bytes_max} are allowed")]
    TooLarge { bytes: usize, bytes_max: usize },
    /// Bundle or statement is not strict JSON, or a member is missing, unknown or of another type.
    #[error(transparent)]
    Json(#[from] JsonFault),
    /// Not a sigstore bundle v0.3.
    #[error("expected the media type {MEDIA_TYPE:?}, found {found:?}")]
    MediaType { found: String },
    /// Signed with a certificate, where keys are trusted.
    #[error("expected a seal made with a key (verificationMaterial.publicKey), found {found:?}")]
    NotAKeySeal { found: String },
    /// Signed with a key, where certificates are trusted.
    #[error(
        "expected a seal made with a certificate (verificationMaterial.x509CertificateChain), found {found:?}"
    )]
    NotACertificateSeal { found: String },
    /// Signed through sigstore, with a certificate for minutes and a transparency log.
    #[error(
        "expected a seal made with a key or with the certificate of an authority, found one made through sigstore, \
         which this version does not check"
    )]
    Keyless,
    /// The signer's certificate is refused, or cannot sign.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The key's hint is no fingerprint.
    #[error("bundle.verificationMaterial.publicKey.hint: {0}")]
    Hint(HexError),
    /// The key in the old form of the hint is no key.
    #[error("bundle.verificationMaterial.publicKey.rawBytes: {0}")]
    RawKey(KeyError),
    /// Not between one signature and
    /// [`Limits::signature_count_max`](crate::Limits::signature_count_max).
    #[error("expected 1 to {count_max} signatures, found {found}")]
    SignatureCount { found: usize, count_max: usize },
    /// Entries of a transparency log, which nothing here checks.
    #[error("expected no transparency log entries in a seal made with a key, found {found}")]
    LogEntries { found: usize },
    /// The payload is something else than a statement.
    #[error("expected the payload type {PAYLOAD_TYPE:?}, found {found:?}")]
    PayloadType { found: String },
    /// Not strict base64 (RFC 4648 section 4): white space, missing padding, another alphabet,
    /// spare bits set.
    #[error("{at}: expected strict base64 with padding and without white space")]
    Base64 { at: &'static str },
    /// The signature is not strict DER.
    #[error(
        "bundle.dsseEnvelope.signatures[0].sig: expected a strict DER signature (SEQUENCE of two INTEGERs)"
    )]
    SignatureEncoding,
    /// The signature does not match.
    #[error("the signature does not match: it was not made by {} over these bytes", signer.describe())]
    Signature { signer: Signer },
    /// The seal names no key, and no trusted key fits.
    #[error(
        "the seal names no key, and its signature matches none of the trusted keys ({})",
        list(trusted)
    )]
    NoKeyFits { trusted: Vec<Signer> },
    /// The seal names a key that is not trusted.
    #[error(
        "the seal names the key {fingerprint}, which is not trusted; trusted keys: {}",
        list(trusted)
    )]
    UnknownKey { fingerprint: Fingerprint, trusted: Vec<Signer> },
    /// The key is trusted, but does not count: revoked, not valid yet, or not any more.
    #[error("the key of {} {cause}", signer.describe())]
    Refused { signer: Signer, cause: Box<TermsError> },
    /// Fewer owners than the keyring demands have sealed.
    #[error("{}", too_few(*.required, signers, refused))]
    TooFewSeals { required: usize, signers: Vec<Signer>, refused: Vec<(Signer, TermsError)> },
    /// Two seals by one key.
    #[error("the key of {} has sealed twice; each key seals once", signer.describe())]
    SealedTwice { signer: Signer },
    /// Further seals are about something else than the first.
    #[error("the seal by {} is over another statement than the first seal", signer.describe())]
    OtherStatement { signer: Signer },
    /// Not an in-toto statement v1.
    #[error("expected the statement type {STATEMENT_TYPE:?}, found {found:?}")]
    StatementType { found: String },
    /// Not a model signature v1.0.
    #[error("expected the predicate type {PREDICATE_TYPE:?}, found {found:?}")]
    PredicateType { found: String },
    /// Not exactly one subject.
    #[error("expected exactly one subject, found {found}")]
    SubjectCount { found: usize },
    /// The subject's name is empty or too long.
    #[error("the subject's name {problem}")]
    Subject { problem: NameProblem },
    /// Not between one resource and
    /// [`Limits::resource_count_max`](crate::Limits::resource_count_max).
    #[error("expected 1 to {count_max} resources, found {found}")]
    ResourceCount { found: usize, count_max: usize },
    /// Neither hashed by file nor by shard.
    #[error("expected the serialization method \"files\" or \"shards\", found {found:?}")]
    Method { found: String },
    /// A hash that Model Signing does not name.
    #[error("{at}: expected \"sha256\", \"blake2b\" or \"blake3\", found {found:?}")]
    HashType { at: String, found: String },
    /// A resource that says it was hashed in another way than the whole.
    #[error("{at}: expected the algorithm {:?}, which all resources have, found {found:?}", expected.name())]
    Algorithm { at: String, expected: HashType, found: String },
    /// A resource that was hashed in another way than the whole.
    #[error("the resource {name:?} was hashed with {found}, but the seal is over {expected}")]
    OtherHash { name: String, expected: HashType, found: HashType },
    /// The shards of a file do not fit together.
    #[error("the resource name {name:?} {problem}")]
    Shard { name: String, problem: ShardProblem },
    /// A digest that is not as many hexadecimal digits as its hash has.
    #[error("{at}: {problem}")]
    DigestText { at: String, problem: HexError },
    /// The name of a resource is not clean.
    #[error("the resource name {name:?} {problem}")]
    Name { name: String, problem: NameProblem },
    /// An ignored path is not clean.
    #[error("the ignored path {path:?} {problem}")]
    IgnoredPath { path: String, problem: NameProblem },
    /// Two resources with one name: readers would disagree which one counts.
    #[error("two resources have the name {name:?}")]
    DuplicateName { name: String },
    /// The subject's digest is not the digest of the resources.
    #[error("the root digest of the resources is {computed}, but the statement says {claimed}")]
    RootDigest { claimed: Digest, computed: Digest },
    /// Valid, but not the one sequence of bytes that is written for it.
    #[error(
        "the seal is valid but written in another form than the one that this program writes: \
         its bytes were changed, or another program made it"
    )]
    NotCanonical,
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SealError {
    /// The family of this cause.
    pub fn kind(&self) -> SealErrorKind {
        match self {
            Self::NoKeyFits { trusted } if trusted.is_empty() => SealErrorKind::UnknownKey,
            Self::Signature { .. } | Self::NoKeyFits { .. } | Self::NotCanonical => {
                SealErrorKind::Tampered
            }
            Self::UnknownKey { .. } => SealErrorKind::UnknownKey,
            Self::Certificate(error) => error.kind(),
            Self::Refused { cause, .. } if cause.is_revocation() => SealErrorKind::RevokedKey,
            Self::Refused { .. } => SealErrorKind::ExpiredKey,
            Self::TooFewSeals { .. } => SealErrorKind::TooFewSeals,
            Self::OtherStatement { .. } => SealErrorKind::Tampered,
            _ => SealErrorKind::Malformed,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoKeyFits { .. } => {
                "do not use the model: it was changed, or its signer is not in the keyring; ask for a seal that names \
                 its key"
            }
            Self::NotAKeySeal { .. } => {
                "verify it with the root of the signer's authority, or ask for a seal made with a key"
            }
            Self::NotACertificateSeal { .. } => "verify it with the signer's public key",
            Self::Keyless => "ask for a seal made with a key or a certificate",
            Self::Certificate(error) => error.hint(),
            Self::TooLarge { .. } | Self::ResourceCount { .. } => {
                "raise the limit only if you trust where the seal came from"
            }
            Self::Key(error) => error.hint(),
            _ => match self.kind() {
                SealErrorKind::Malformed => {
                    "fetch the seal again, or ask its maker to seal the model again"
                }
                SealErrorKind::Tampered => {
                    "do not use the model: fetch it again from its maker and compare"
                }
                SealErrorKind::UnknownKey => {
                    "ask the maker for the fingerprint over another channel; if it is the same, add the key to the \
                     keyring"
                }
                SealErrorKind::ExpiredKey => {
                    "check this machine's clock; then ask for a seal with a key that is valid now, or extend the \
                     key's dates in the keyring"
                }
                SealErrorKind::RevokedKey => {
                    "do not use the model: ask for a seal made with the maker's new key"
                }
                SealErrorKind::TooFewSeals => {
                    "ask somebody else whose key is in the keyring to check the model and to add a \
                     seal with `modelseal cosign`"
                }
            },
        }
    }
}

/// The beginning of text from outside: messages stay short however long the text is.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut start: String = text.chars().take(CHARS_MAX).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

/// Names some signers; a keyring may hold very many.
fn list(signers: &[Signer]) -> String {
    const SHOWN_MAX: usize = 5;
    if signers.is_empty() {
        return "none, the keyring is empty".to_owned();
    }
    let mut text =
        signers.iter().take(SHOWN_MAX).map(Signer::describe).collect::<Vec<_>>().join(", ");
    if signers.len() > SHOWN_MAX {
        text += &format!(", and {} more", signers.len() - SHOWN_MAX);
    }
    text
}

/// Who has sealed, how many are missing, and whose seals do not count.
fn too_few(required: usize, signers: &[Signer], refused: &[(Signer, TermsError)]) -> String {
    let missing = required.saturating_sub(signers.len());
    let who = if signers.is_empty() { "nobody whose key counts".to_owned() } else { list(signers) };
    let mut text = format!(
        "the keyring demands seals by {required} owners; sealed by {who}; {missing} missing"
    );
    for (signer, cause) in refused {
        text += &format!("; the key of {} {cause}", signer.describe());
    }
    text
}
