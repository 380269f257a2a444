//! The two outer layers of a seal: sigstore bundle v0.3 and DSSE envelope v1, written and read.
//!
//! Neither is covered by the signature. What is signed is the pre-authentication encoding (DSSE
//! protocol, "PAE"): `DSSEv1 <length of type> <type> <length of payload> <payload>`.

use base64ct::{Base64, Encoding as _};

use crate::json::{self, JsonFault, Members};
use crate::key::SignatureCheck;
use crate::{Fingerprint, KeyError, Limits, PublicKey, SealError, SigningKey, Statement};

pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Legal in the sigstore specification and refused by the reference: read, never written.
const MEDIA_TYPE_OLD_SPELLING: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Signs `statement`: the bytes of a bundle file. Equal statement and equal [`PrivateKey`] give
/// equal bytes; a device may draw random numbers.
///
/// The signature is checked before it is handed out: a device that fails, or a bit that flips while
/// it is computed, gives an error and no seal that nobody can verify.
///
/// [`PrivateKey`]: crate::PrivateKey
///
/// # Errors
/// [`SealError::Key`] if the key cannot sign.
pub fn seal(statement: &Statement, key: &dyn SigningKey) -> Result<Vec<u8>, SealError> {
    let payload = statement.to_json();
    let message = pae(payload.as_bytes());
    let signature = key.sign(&message)?;
    let public_key = key.public_key();
    if public_key.check(&message, &signature) != SignatureCheck::Valid {
        return Err(KeyError::BadSignature.into());
    }
    Ok(write(payload.as_bytes(), &[signature], &public_key.fingerprint()))
}

/// The bytes of a bundle file: the only ones that are written for these parts.
pub(crate) fn write(payload: &[u8], signatures: &[Vec<u8>], key: &Fingerprint) -> Vec<u8> {
    // Nothing here needs JSON escapes: a fingerprint, base64 and constants.
    let signatures: Vec<String> = signatures
        .iter()
        .map(|der| format!(r#"{{"sig":"{}","keyid":""}}"#, Base64::encode_string(der)))
        .collect();
    format!(
        concat!(
            r#"{{"mediaType":"{media_type}","#,
            r#""verificationMaterial":{{"publicKey":{{"hint":"{hint}"}},"tlogEntries":[]}},"#,
            r#""dsseEnvelope":{{"payload":"{payload}","payloadType":"{payload_type}","#,
            r#""signatures":[{signatures}]}}}}"#,
        ),
        media_type = MEDIA_TYPE,
        hint = key,
        payload = Base64::encode_string(payload),
        payload_type = PAYLOAD_TYPE,
        signatures = signatures.join(","),
    )
    .into_bytes()
}

/// The bytes that are signed.
pub(crate) fn pae(payload: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Which key a bundle claims.
pub(crate) enum KeyClaim {
    /// By its fingerprint.
    Fingerprint(Fingerprint),
    /// Not at all: bundles of releases before 1.1.
    None,
}

/// A bundle's contents. Nothing in it is verified, and its base64 is not decoded yet.
pub(crate) struct Envelope {
    pub(crate) key: KeyClaim,
    payload_type: String,
    payload: String,
    signatures: Vec<String>,
}

impl Envelope {
    pub(crate) fn parse(bundle: &[u8], limits: &Limits) -> Result<Self, SealError> {
        let bytes_max = limits.bundle_bytes_max;
        if bundle.len() > bytes_max {
            return Err(SealError::TooLarge { bytes: bundle.len(), bytes_max });
        }
        let mut top = json::parse("bundle", bundle, limits)?.object()?;
        let media_type = top.take("mediaType")?.text()?;
        if media_type != MEDIA_TYPE && media_type != MEDIA_TYPE_OLD_SPELLING {
            return Err(SealError::MediaType { found: crate::error::excerpt(&media_type) });
        }
        let key = read_material(top.take("verificationMaterial")?.object()?)?;
        let mut envelope = top.take("dsseEnvelope")?.object()?;
        top.finish()?;
        let payload = envelope.take("payload")?.text()?;
        let payload_type = envelope.take("payloadType")?.text()?;
        let signatures = envelope.take("signatures")?.list()?;
        envelope.finish()?;
        let (found, count_max) = (signatures.len(), limits.signature_count_max);
        if found == 0 || found > count_max {
            return Err(SealError::SignatureCount { found, count_max });
        }
        let signatures = signatures.into_iter().map(read_signature).collect::<Result<_, _>>()?;
        Ok(Self { key, payload_type, payload, signatures })
    }

    /// The payload's exact bytes.
    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, SealError> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(SealError::PayloadType {
                found: crate::error::excerpt(&self.payload_type),
            });
        }
        decode("bundle.dsseEnvelope.payload", &self.payload)
    }

    /// The DER of the signatures. The first one, by the key that the seal names, must be strict
    /// base64; another that is not is junk, and stands here as no bytes.
    pub(crate) fn decode_signatures(&self) -> Result<Vec<Vec<u8>>, SealError> {
        let mut signatures = Vec::with_capacity(self.signatures.len());
        for text in &self.signatures {
            signatures.push(match decode("bundle.dsseEnvelope.signatures[0].sig", text) {
                Err(error) if signatures.is_empty() => return Err(error),
                decoded => decoded.unwrap_or_default(),
            });
        }
        Ok(signatures)
    }
}

fn read_signature(value: json::Value) -> Result<String, SealError> {
    let mut signature = value.object()?;
    let text = signature.take("sig")?.text()?;
    // The key id is not authenticated: text or null, and never used.
    if let Some(key_id) = signature.take_optional("keyid").filter(|key_id| !key_id.is_null()) {
        key_id.text()?;
    }
    signature.finish()?;
    Ok(text)
}

fn read_material(mut material: Members) -> Result<KeyClaim, SealError> {
    for other in ["x509CertificateChain", "certificate"] {
        if material.take_optional(other).is_some() {
            return Err(SealError::NotAKeySeal { found: other.to_owned() });
        }
    }
    let mut key = material.take("publicKey")?.object()?;
    let found = material
        .take_optional("tlogEntries")
        .map_or(Ok(0), |entries| entries.list().map(|list| list.len()))?;
    if found > 0 {
        return Err(SealError::LogEntries { found });
    }
    material.finish()?;
    let hint = key
        .take_optional("hint")
        .map(json::Value::text)
        .transpose()?
        .filter(|hint| !hint.is_empty());
    let raw_key = key.take_optional("rawBytes").map(json::Value::text).transpose()?;
    if raw_key.is_some() {
        // Not authenticated, and the key itself says what it is.
        let _ = key.take_optional("keyDetails");
    }
    key.finish()?;
    match (hint, raw_key) {
        (Some(hint), None) => Ok(KeyClaim::Fingerprint(hint.parse().map_err(SealError::Hint)?)),
        (None, Some(raw_key)) => {
            // The reference throws this key away unseen; a seal that names another key must not
            // pass.
            let at = "bundle.verificationMaterial.publicKey.rawBytes";
            let pem = String::from_utf8(decode(at, &raw_key)?)
                .map_err(|_| JsonFault::new(at, "expected PEM text"))?;
            let key = PublicKey::from_pem(&pem).map_err(SealError::RawKey)?;
            Ok(KeyClaim::Fingerprint(key.fingerprint()))
        }
        (None, None) => Ok(KeyClaim::None),
        (Some(_), Some(_)) => Err(JsonFault::new(
            "bundle.verificationMaterial.publicKey",
            "expected hint or rawBytes, found both",
        )
        .into()),
    }
}

/// Decodes RFC 4648 section 4 without any leniency: one signature has one text.
fn decode(at: &'static str, text: &str) -> Result<Vec<u8>, SealError> {
    Base64::decode_vec(text).map_err(|_| SealError::Base64 { at })
}

/// What a seal says about itself, for display only. NOTHING in it is verified: anybody can write
/// anything here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedSeal {
    /// The key that the seal names.
    pub claimed_key: Option<Fingerprint>,
    /// The subject's name, if the payload is a statement that this version reads.
    pub claimed_subject: Option<String>,
}

/// Looks into a seal WITHOUT verifying it, to tell a person which key to ask for.
///
/// # Errors
/// [`SealError`] if the bundle itself is malformed.
pub fn peek(bundle: &[u8], limits: &Limits) -> Result<UnverifiedSeal, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let claimed_key = match envelope.key {
        KeyClaim::Fingerprint(fingerprint) => Some(fingerprint),
        KeyClaim::None => None,
    };
    let statement = envelope
        .decode_payload()
        .and_then(|payload| Statement::parse(&payload, limits, &mut Vec::new()));
    Ok(UnverifiedSeal {
        claimed_key,
        claimed_subject: statement.ok().map(|statement| statement.subject().to_owned()),
    })
}
