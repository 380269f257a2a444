//! PKCS #11 URIs: reading never panics, and neither value nor error shows a PIN.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_hsm::{PinSource, Pkcs11Uri};

fuzz_target!(|text: &str| {
    const PIN: &str = "s3cret-PIN";
    for text in [text.to_owned(), format!("{text}?pin-value={PIN}"), format!("{text}&pin-value={PIN}")] {
        match text.parse::<Pkcs11Uri>() {
            Ok(uri) => {
                assert!(!format!("{uri:?}").contains(PIN));
                let Some(PinSource::File(path)) = uri.pin() else { continue };
                assert!(path.is_absolute());
            }
            Err(error) => assert!(!format!("{error} {error:?}").contains(PIN)),
        }
    }
});
