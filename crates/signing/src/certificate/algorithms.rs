//! The signatures that certificates and revocation lists may carry: ECDSA on the three curves and
//! RSA (PKCS #1 v1.5, 2048 bits and more) with SHA-2. SHA-1 and MD5 are not among them.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use rsa::pkcs1v15::{Signature as RsaSignature, VerifyingKey as RsaKey};
use rsa::traits::PublicKeyParts as _;
use rustls_pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::Curve;
use crate::certificate::Certificate;

/// Bytes of the shortest RSA modulus that is accepted, 2048 bits. Shorter ones can be, or will soon
/// be, factored.
const RSA_BYTES_MIN: usize = 256;

/// One kind of key with one kind of signature.
#[derive(Debug)]
struct Algorithm {
    key: Key,
    hash: Hash,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    Ecdsa(Curve),
    Rsa,
}

#[derive(Clone, Copy, Debug)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// All of them. A certificate states key and hash apart, so each key comes with each hash.
pub(super) static ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 12] = [
    &Algorithm { key: Key::Ecdsa(Curve::P256), hash: Hash::Sha256 },
    &Algorithm { key: Key::Ecdsa(Curve::P256), hash: Hash::Sha384 },
    &Algorithm { key: Key::Ecdsa(Curve::P256), hash: Hash::Sha512 },
    &Algorithm { key: Key::Ecdsa(Curve::P384), hash: Hash::Sha256 },
    &Algorithm { key: Key::Ecdsa(Curve::P384), hash: Hash::Sha384 },
    &Algorithm { key: Key::Ecdsa(Curve::P384), hash: Hash::Sha512 },
    &Algorithm { key: Key::Ecdsa(Curve::P521), hash: Hash::Sha256 },
    &Algorithm { key: Key::Ecdsa(Curve::P521), hash: Hash::Sha384 },
    &Algorithm { key: Key::Ecdsa(Curve::P521), hash: Hash::Sha512 },
    &Algorithm { key: Key::Rsa, hash: Hash::Sha256 },
    &Algorithm { key: Key::Rsa, hash: Hash::Sha384 },
    &Algorithm { key: Key::Rsa, hash: Hash::Sha512 },
];

impl SignatureVerificationAlgorithm for Algorithm {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        match self.key {
            Key::Ecdsa(Curve::P256) => alg_id::ECDSA_P256,
            Key::Ecdsa(Curve::P384) => alg_id::ECDSA_P384,
            Key::Ecdsa(Curve::P521) => alg_id::ECDSA_P521,
            Key::Rsa => alg_id::RSA_ENCRYPTION,
        }
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        match (self.key, self.hash) {
            (Key::Ecdsa(_), Hash::Sha256) => alg_id::ECDSA_SHA256,
            (Key::Ecdsa(_), Hash::Sha384) => alg_id::ECDSA_SHA384,
            (Key::Ecdsa(_), Hash::Sha512) => alg_id::ECDSA_SHA512,
            (Key::Rsa, Hash::Sha256) => alg_id::RSA_PKCS1_SHA256,
            (Key::Rsa, Hash::Sha384) => alg_id::RSA_PKCS1_SHA384,
            (Key::Rsa, Hash::Sha512) => alg_id::RSA_PKCS1_SHA512,
        }
    }

    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let digest = match self.hash {
            Hash::Sha256 => Sha256::digest(message).to_vec(),
            Hash::Sha384 => Sha384::digest(message).to_vec(),
            Hash::Sha512 => Sha512::digest(message).to_vec(),
        };
        let valid = match self.key {
            Key::Ecdsa(curve) => verify_ecdsa(curve, public_key, &digest, signature),
            Key::Rsa => verify_rsa(self.hash, public_key, &digest, signature),
        };
        valid.ok_or(InvalidSignature)
    }
}

fn verify_ecdsa(curve: Curve, point: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    macro_rules! verify {
        ($curve:ident) => {{
            let key = $curve::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = $curve::ecdsa::DerSignature::from_bytes(signature).ok()?;
            key.verify_prehash(digest, &signature).ok()
        }};
    }
    match curve {
        Curve::P256 => verify!(p256),
        Curve::P384 => verify!(p384),
        Curve::P521 => verify!(p521),
    }
}

fn verify_rsa(hash: Hash, key: &[u8], digest: &[u8], signature: &[u8]) -> Option<()> {
    let key = rsa::PublicKey::from_pkcs1_der(key).ok()?;
    if key.size() < RSA_BYTES_MIN {
        return None;
    }
    let signature = RsaSignature::try_from(signature).ok()?;
    match hash {
        Hash::Sha256 => RsaKey::<Sha256>::new(key).verify_prehash(digest, &signature),
        Hash::Sha384 => RsaKey::<Sha384>::new(key).verify_prehash(digest, &signature),
        Hash::Sha512 => RsaKey::<Sha512>::new(key).verify_prehash(digest, &signature),
    }
    .ok()
}

/// Whether a certificate was signed with its own key: what makes a root.
pub(super) fn is_signed_by_itself(certificate: &Certificate) -> bool {
    let Ok(end_entity) = webpki::EndEntityCert::try_from(&certificate.der) else {
        return false;
    };
    ALGORITHMS.iter().any(|algorithm| {
        certificate.signature_algorithm == algorithm.signature_alg_id().as_ref()
            && end_entity
                .verify_signature(*algorithm, &certificate.signed, &certificate.signature)
                .is_ok()
    })
}
