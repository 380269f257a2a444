//! Certificates and revocation lists, in PEM and DER: reading never panics, and nothing is trusted
//! that no root has issued.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_signing::{Certificate, CertificateTrust, Identity, Limits, verify_with_certificates};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::from_der(bytes, 0) {
        assert_eq!(certificate.as_der(), bytes);
        let _ = certificate.public_key();
        let _ = (certificate.subject(), certificate.names());
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for certificate in Certificate::from_pem(text).into_iter().flatten() {
        let again = Certificate::from_der(certificate.as_der(), 0).expect("its own bytes");
        assert_eq!(again.subject(), certificate.subject());
        // As a root, with the same bytes as a list of what it has revoked and as a seal.
        let trust = CertificateTrust::new(vec![certificate], Identity::AnybodyBelowTheRoots);
        let Ok(trust) = trust.and_then(|trust| trust.with_revocation_lists(bytes)) else { continue };
        let now = jiff::Timestamp::UNIX_EPOCH;
        assert!(verify_with_certificates(bytes, &trust, now, &Limits::default()).is_err());
    }
});
