//! The two outer layers of a seal: sigstore bundle v0.3 and DSSE envelope v1, written.
//! `envelope` reads them.
//!
//! Neither is covered by the signature. What is signed is the pre-authentication encoding (DSSE
//! protocol, "PAE"): `DSSEv1 <length of type> <type> <length of payload> <payload>`.

use base64ct::{Base64, Encoding as _};
use jiff::Timestamp;

use crate::key::SignatureCheck;
use crate::seal::envelope::{Envelope, KeyClaim, Material};
use crate::{
    Certificate, CertificateError, Fingerprint, KeyError, Limits, SealError, SigningKey, Statement,
};

pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
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
    let signature = sign(key, payload.as_bytes())?;
    let material = key_material(&key.public_key().fingerprint());
    Ok(write(payload.as_bytes(), &[signature], &material))
}

/// Signs `statement` with a key that a certificate is about. The certificate is the first of
/// `chain`; the ones that lead from it to a root follow in the bundle.
///
/// # Errors
/// As [`seal`], and [`SealError::Certificate`] if the key does not fit the certificate, or the
/// certificate may not sign models or is not valid at `now`: a reader would refuse the seal.
pub fn seal_with_certificate(
    statement: &Statement,
    key: &dyn SigningKey,
    chain: &[Certificate],
    now: Timestamp,
) -> Result<Vec<u8>, SealError> {
    let leaf = chain.first().ok_or(CertificateError::NoPem)?;
    let certified = leaf.public_key()?;
    if certified != key.public_key() {
        let (certificate, key) = (certified.fingerprint(), key.public_key().fingerprint());
        return Err(CertificateError::OtherKey { subject: leaf.shown(), certificate, key }.into());
    }
    leaf.check_usage()?;
    leaf.check_validity(now)?;
    let payload = statement.to_json();
    let signature = sign(key, payload.as_bytes())?;
    Ok(write(payload.as_bytes(), &[signature], &certificate_material(chain)))
}

/// Signs a payload and checks the signature.
fn sign(key: &dyn SigningKey, payload: &[u8]) -> Result<Vec<u8>, SealError> {
    let message = pae(payload);
    let signature = key.sign(&message)?;
    if key.public_key().check(&message, &signature) != SignatureCheck::Valid {
        return Err(KeyError::BadSignature.into());
    }
    Ok(signature)
}

/// What names the key of a seal.
pub(crate) fn key_material(key: &Fingerprint) -> String {
    format!(r#""publicKey":{{"hint":"{key}"}}"#)
}

fn certificate_material(chain: &[Certificate]) -> String {
    let certificates: Vec<String> = chain
        .iter()
        .map(|it| format!(r#"{{"rawBytes":"{}"}}"#, Base64::encode_string(it.as_der())))
        .collect();
    format!(r#""x509CertificateChain":{{"certificates":[{}]}}"#, certificates.join(","))
}

/// The bytes of a bundle file: the only ones that are written for these parts.
pub(crate) fn write(payload: &[u8], signatures: &[Vec<u8>], material: &str) -> Vec<u8> {
    // Nothing here needs JSON escapes: a fingerprint, base64 and constants.
    let signatures: Vec<String> = signatures
        .iter()
        .map(|der| format!(r#"{{"sig":"{}","keyid":""}}"#, Base64::encode_string(der)))
        .collect();
    format!(
        concat!(
            r#"{{"mediaType":"{media_type}","#,
            r#""verificationMaterial":{{{material},"tlogEntries":[]}},"#,
            r#""dsseEnvelope":{{"payload":"{payload}","payloadType":"{payload_type}","#,
            r#""signatures":[{signatures}]}}}}"#,
        ),
        media_type = MEDIA_TYPE,
        material = material,
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

/// What a seal says about itself, for display only. NOTHING in it is verified: anybody can write
/// anything here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedSeal {
    /// The key that the seal names.
    pub claimed_key: Option<Fingerprint>,
    /// The certificate that the seal names, if it was made with one.
    pub claimed_certificate: Option<Certificate>,
    /// The subject's name, if the payload is a statement that this version reads.
    pub claimed_subject: Option<String>,
}

/// Looks into a seal WITHOUT verifying it, to tell a person which key to ask for.
///
/// # Errors
/// [`SealError`] if the bundle itself is malformed.
pub fn peek(bundle: &[u8], limits: &Limits) -> Result<UnverifiedSeal, SealError> {
    let envelope = Envelope::parse(bundle, limits)?;
    let claimed_key = match &envelope.material {
        Material::Key(KeyClaim::Fingerprint(fingerprint)) => Some(*fingerprint),
        Material::Key(KeyClaim::None) | Material::Certificates { .. } => None,
    };
    let claimed_certificate = match &envelope.material {
        Material::Key(_) => None,
        Material::Certificates { .. } => envelope.certificates()?.into_iter().next(),
    };
    let statement = envelope
        .decode_payload()
        .and_then(|payload| Statement::parse(&payload, limits, &mut Vec::new()));
    Ok(UnverifiedSeal {
        claimed_key,
        claimed_certificate,
        claimed_subject: statement.ok().map(|statement| statement.subject().to_owned()),
    })
}
