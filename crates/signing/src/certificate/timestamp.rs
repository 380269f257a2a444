//! Time-stamp tokens (RFC 3161, RFC 5652): proof that a signature existed at a time.
//!
//! A token is a CMS `SignedData` over a `TSTInfo` that holds the hash of what was stamped: here the
//! bytes of the seal's signature, as sigstore has it. Read as strict DER.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::der::asn1::{AnyRef, GeneralizedTime, ObjectIdentifier};
use x509_cert::der::{Decode as _, Reader as _, SliceReader, Tag, TagNumber};

use super::algorithms::ALGORITHMS;
use super::authorities::Authorities;
use super::{Certificate, CertificateError};

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// Checks a `TimeStampResp` over `stamped`; gives its time.
///
/// The authority's certificate must lead to one of `authorities`, be for time stamps and nothing
/// else, and have been valid at that time, which must not lie after `now`.
pub(super) fn check(
    response: &[u8],
    stamped: &[u8],
    authorities: &Authorities,
    now: Timestamp,
) -> Result<Timestamp, CertificateError> {
    let fault = |why: &'static str| CertificateError::Timestamp { why };
    let token = Token::parse(response).ok_or_else(|| fault("it is not strict DER of RFC 3161"))?;
    if hash(token.imprint_hash, stamped).as_deref() != Some(token.imprint) {
        return Err(fault("it is of another signature, or of a hash other than SHA-2"));
    }
    let mut signer = None;
    for der in &token.certificates {
        let certificate = Certificate::from_der(der, 0)
            .map_err(|_| fault("one of its certificates is damaged"))?;
        if signer.is_none() && certificate.issuer_and_serial == token.signer {
            signer = Some(certificate);
        }
    }
    let given = || authorities.intermediates.iter().find(|it| it.issuer_and_serial == token.signer);
    let signer = signer
        .or_else(|| given().cloned())
        .ok_or_else(|| fault("the certificate of its signer is neither in it nor given"))?;
    let content_hash = hash(token.digest_hash, token.content);
    if token.content_type != Some(TST_INFO)
        || content_hash.is_none()
        || content_hash.as_deref() != token.message_digest
    {
        return Err(fault("its signed attributes are not of its contents"));
    }
    // What is signed is the attributes as a SET, in which they do not stand in the token.
    let mut signed = token.signed_attributes.to_vec();
    if let Some(tag) = signed.first_mut() {
        *tag = 0x31;
    }
    let end_entity = EndEntityCert::try_from(&signer.der)
        .map_err(|_| fault("its signer's certificate is damaged"))?;
    let is_valid = ALGORITHMS
        .iter()
        .any(|algorithm| end_entity.verify_signature(*algorithm, &signed, token.signature).is_ok());
    if !is_valid {
        return Err(fault("its signature does not match"));
    }
    if signer.only_usage != Some(TIME_STAMPING) {
        return Err(fault("its signer's certificate is not for time stamps alone"));
    }
    let others = token.certificates.iter().filter_map(|der| Certificate::from_der(der, 0).ok());
    let others: Vec<Certificate> = others.collect();
    let usage = KeyUsage::required(TIME_STAMPING.as_bytes());
    authorities.check(&signer, &others, usage, &[], token.time)?;
    if token.time > now {
        return Err(fault("its time lies in the future"));
    }
    Ok(token.time)
}

fn hash(algorithm: ObjectIdentifier, bytes: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        SHA384 => Some(Sha384::digest(bytes).to_vec()),
        SHA512 => Some(Sha512::digest(bytes).to_vec()),
        _ => None,
    }
}

/// The parts of a token that are looked at.
struct Token<'a> {
    certificates: Vec<&'a [u8]>,
    content: &'a [u8],
    imprint_hash: ObjectIdentifier,
    imprint: &'a [u8],
    time: Timestamp,
    /// The contents of the signer's `IssuerAndSerialNumber`.
    signer: &'a [u8],
    digest_hash: ObjectIdentifier,
    signed_attributes: &'a [u8],
    content_type: Option<ObjectIdentifier>,
    message_digest: Option<&'a [u8]>,
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    fn parse(response: &'a [u8]) -> Option<Self> {
        // TimeStampResp: status, token.
        let mut response = Fields::of(AnyRef::from_der(response).ok()?, Tag::Sequence)?;
        let mut status = response.sequence()?;
        // granted, or granted with modifications.
        if !matches!(status.next(Tag::Integer)?, [0 | 1]) {
            return None;
        }
        let mut content_info = response.sequence()?;
        if content_info.oid()? != SIGNED_DATA {
            return None;
        }
        let mut signed_data = content_info.tagged(0)?.sequence()?;
        signed_data.next(Tag::Integer)?;
        signed_data.next(Tag::Set)?;
        let mut encapsulated = signed_data.sequence()?;
        if encapsulated.oid()? != TST_INFO {
            return None;
        }
        let content = encapsulated.tagged(0)?.next(Tag::OctetString)?;
        let mut certificates = Vec::new();
        if let Some(mut set) = signed_data.tagged(0) {
            while let Some(certificate) = set.whole() {
                certificates.push(certificate);
            }
        }
        // Revocation lists of the authority are not asked for.
        let _ = signed_data.tagged(1);
        // Exactly one signer (RFC 3161, 2.4.2).
        let mut signers = Fields::new(signed_data.next(Tag::Set)?)?;
        let mut info = signers.sequence()?;
        if signers.whole().is_some() {
            return None;
        }
        info.next(Tag::Integer)?;
        let signer = info.next(Tag::Sequence)?;
        let digest_hash = info.sequence()?.oid()?;
        let signed_attributes = info.whole_tagged(0)?;
        info.next(Tag::Sequence)?;
        let signature = info.next(Tag::OctetString)?;
        let (content_type, message_digest) = Self::read_attributes(signed_attributes)?;

        // TSTInfo: version, policy, imprint, serial, time.
        let mut info = Fields::of(AnyRef::from_der(content).ok()?, Tag::Sequence)?;
        if info.next(Tag::Integer)? != [1] {
            return None;
        }
        info.oid()?;
        let mut imprint = info.sequence()?;
        let imprint_hash = imprint.sequence()?.oid()?;
        let imprint = imprint.next(Tag::OctetString)?;
        info.next(Tag::Integer)?;
        let time = read_time(info.whole()?)?;
        Some(Self {
            certificates,
            content,
            imprint_hash,
            imprint,
            time,
            signer,
            digest_hash,
            signed_attributes,
            content_type,
            message_digest,
            signature,
        })
    }

    fn read_attributes(
        attributes: &'a [u8],
    ) -> Option<(Option<ObjectIdentifier>, Option<&'a [u8]>)> {
        let mut attributes = Fields::new(AnyRef::from_der(attributes).ok()?.value())?;
        let (mut content_type, mut message_digest) = (None, None);
        while let Some(mut attribute) = attributes.sequence() {
            let kind = attribute.oid()?;
            let mut values = Fields::new(attribute.next(Tag::Set)?)?;
            if kind == CONTENT_TYPE {
                content_type = Some(values.oid()?);
            } else if kind == MESSAGE_DIGEST {
                message_digest = Some(values.next(Tag::OctetString)?);
            }
        }
        Some((content_type, message_digest))
    }
}

/// Some authorities give fractions of a second, which DER's time has and the parser has not: they
/// are cut off.
fn read_time(der: &[u8]) -> Option<Timestamp> {
    let whole = match AnyRef::from_der(der).ok()? {
        time if time.value().contains(&b'.') => {
            let seconds = time.value().split(|byte| *byte == b'.').next()?;
            let mut whole = vec![0x18, u8::try_from(seconds.len() + 1).ok()?];
            whole.extend_from_slice(seconds);
            whole.push(b'Z');
            whole
        }
        _ => der.to_vec(),
    };
    let time = GeneralizedTime::from_der(&whole).ok()?;
    Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
}

/// The fields of a DER value, one after the other.
struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    fn new(contents: &'a [u8]) -> Option<Self> {
        SliceReader::new(contents).ok().map(Self)
    }

    fn of(value: AnyRef<'a>, tag: Tag) -> Option<Self> {
        if x509_cert::der::Tagged::tag(&value) == tag { Self::new(value.value()) } else { None }
    }

    /// The contents of the next field, if it has this tag.
    fn next(&mut self, tag: Tag) -> Option<&'a [u8]> {
        if Tag::peek(&self.0).ok()? != tag {
            return None;
        }
        Some(AnyRef::decode(&mut self.0).ok()?.value())
    }

    fn sequence(&mut self) -> Option<Self> {
        Self::new(self.next(Tag::Sequence)?)
    }

    fn oid(&mut self) -> Option<ObjectIdentifier> {
        ObjectIdentifier::from_bytes(self.next(Tag::ObjectIdentifier)?).ok()
    }

    fn tagged(&mut self, number: u32) -> Option<Self> {
        Self::new(self.next(context(number))?)
    }

    /// The next field with its tag and length.
    fn whole(&mut self) -> Option<&'a [u8]> {
        if self.0.is_finished() { None } else { self.0.tlv_bytes().ok() }
    }

    fn whole_tagged(&mut self, number: u32) -> Option<&'a [u8]> {
        if Tag::peek(&self.0).ok()? == context(number) { self.whole() } else { None }
    }
}

fn context(number: u32) -> Tag {
    Tag::ContextSpecific { constructed: true, number: TagNumber(number) }
}
