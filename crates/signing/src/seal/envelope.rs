//! A bundle file, read: what it claims, and the bytes that its signature must be over. Nothing here
//! is verified yet.

use base64ct::{Base64, Encoding as _};

use crate::error::excerpt;
use crate::json::{self, JsonFault, Members};
use crate::seal::bundle::{MEDIA_TYPE, PAYLOAD_TYPE};
use crate::{Certificate, CertificateError, Fingerprint, Limits, PublicKey, SealError};

/// Legal in the sigstore specification and refused by the reference: read, never written.
const MEDIA_TYPE_OLD_SPELLING: &str = "application/vnd.dev.sigstore.bundle+json;version=0.3";

/// Which key a bundle claims.
pub(crate) enum KeyClaim {
    /// By its fingerprint.
    Fingerprint(Fingerprint),
    /// Not at all: bundles of releases before 1.1.
    None,
}

/// Whose signature a bundle claims to hold.
pub(crate) enum Material {
    Key(KeyClaim),
    /// Certificates in base64, the signer's first, and answers of time stamp authorities.
    Certificates {
        chain: Vec<String>,
        timestamps: Vec<String>,
    },
}

/// A bundle's contents. Nothing in it is verified, and its base64 is not decoded yet.
pub(crate) struct Envelope {
    pub(crate) material: Material,
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
            return Err(SealError::MediaType { found: excerpt(&media_type) });
        }
        let material = read_material(top.take("verificationMaterial")?.object()?, limits)?;
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
        Ok(Self { material, payload_type, payload, signatures })
    }

    /// The key that a seal made with a key claims.
    pub(crate) fn key_claim(&self) -> Result<&KeyClaim, SealError> {
        match &self.material {
            Material::Key(claim) => Ok(claim),
            Material::Certificates { .. } => {
                Err(SealError::NotAKeySeal { found: "x509CertificateChain".to_owned() })
            }
        }
    }

    /// The certificates of a seal made with a certificate, the signer's first.
    pub(crate) fn certificates(&self) -> Result<Vec<Certificate>, SealError> {
        let Material::Certificates { chain, .. } = &self.material else {
            return Err(SealError::NotACertificateSeal { found: "publicKey".to_owned() });
        };
        let read = |(index, text): (usize, &String)| {
            let der = decode("bundle.verificationMaterial.x509CertificateChain", text)?;
            Ok(Certificate::from_der(&der, index)?)
        };
        chain.iter().enumerate().map(read).collect()
    }

    /// The time stamps of a seal made with a certificate.
    pub(crate) fn timestamps(&self) -> Result<Vec<Vec<u8>>, SealError> {
        let Material::Certificates { timestamps, .. } = &self.material else {
            return Ok(Vec::new());
        };
        let at = "bundle.verificationMaterial.timestampVerificationData";
        timestamps.iter().map(|text| decode(at, text)).collect()
    }

    /// The payload's exact bytes.
    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, SealError> {
        if self.payload_type != PAYLOAD_TYPE {
            return Err(SealError::PayloadType { found: excerpt(&self.payload_type) });
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

fn read_material(mut material: Members, limits: &Limits) -> Result<Material, SealError> {
    if material.take_optional("certificate").is_some() {
        return Err(SealError::Keyless);
    }
    let key = material.take_optional("publicKey");
    let chain = material.take_optional("x509CertificateChain");
    let timestamps = material.take_optional("timestampVerificationData");
    let found = material
        .take_optional("tlogEntries")
        .map_or(Ok(0), |entries| entries.list().map(|list| list.len()))?;
    if found > 0 {
        return Err(SealError::LogEntries { found });
    }
    material.finish()?;
    let timestamps = timestamps.map(|value| read_timestamps(value.object()?)).transpose()?;
    match (key, chain) {
        // A key's dates stand in the keyring and are checked now: a time stamp would change nothing.
        (Some(_), None) if timestamps.is_some() => Err(JsonFault::new(
            "bundle.verificationMaterial",
            "expected no timestampVerificationData in a seal made with a key",
        )
        .into()),
        (Some(key), None) => Ok(Material::Key(read_key_claim(key.object()?)?)),
        (None, Some(chain)) => Ok(Material::Certificates {
            chain: read_certificates(chain.object()?, limits)?,
            timestamps: timestamps.unwrap_or_default(),
        }),
        (key, _) => Err(JsonFault::new(
            "bundle.verificationMaterial",
            format!(
                "expected publicKey or x509CertificateChain, found {}",
                if key.is_some() { "both" } else { "neither" }
            ),
        )
        .into()),
    }
}

fn read_certificates(mut chain: Members, limits: &Limits) -> Result<Vec<String>, SealError> {
    let certificates = chain.take("certificates")?.list()?;
    chain.finish()?;
    let (found, count_max) = (certificates.len(), limits.certificate_count_max);
    if found == 0 || found > count_max {
        return Err(CertificateError::Count { found, count_max }.into());
    }
    let read = |value: json::Value| {
        let mut certificate = value.object()?;
        let text = certificate.take("rawBytes")?.text()?;
        certificate.finish()?;
        Ok(text)
    };
    certificates.into_iter().map(read).collect()
}

fn read_timestamps(mut data: Members) -> Result<Vec<String>, SealError> {
    const COUNT_MAX: usize = 4;
    let at = "bundle.verificationMaterial.timestampVerificationData";
    let responses =
        data.take_optional("rfc3161Timestamps").map_or(Ok(Vec::new()), json::Value::list)?;
    data.finish()?;
    if responses.len() > COUNT_MAX {
        let problem =
            format!("expected at most {COUNT_MAX} time stamps, found {}", responses.len());
        return Err(JsonFault::new(at, problem).into());
    }
    let read = |value: json::Value| {
        let mut response = value.object()?;
        let text = response.take("signedTimestamp")?.text()?;
        response.finish()?;
        Ok(text)
    };
    responses.into_iter().map(read).collect()
}

fn read_key_claim(mut key: Members) -> Result<KeyClaim, SealError> {
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
