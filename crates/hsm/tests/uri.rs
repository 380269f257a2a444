//! PKCS #11 URIs: the examples of RFC 7512 that name a key, and what is refused.
#![allow(clippy::unwrap_used, reason = "tests may stop at the first fault")]

use modelseal_hsm::{PinSource, Pkcs11Uri, UriError};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Pkcs11Uri, UriError> {
    text.parse()
}

#[test]
fn uris_of_the_rfc_are_read() {
    for text in [
        "pkcs11:",
        "pkcs11:object=my-pubkey;type=private",
        "pkcs11:object=my-key;type=private?pin-source=file:/etc/token",
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;object=my-certificate;type=private;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
        "pkcs11:slot-id=3;object=a?module-path=/usr/lib/softhsm/libsofthsm2.so",
        "pkcs11:token=my;object=k?module-name=softhsm2&pin-value=the-pin",
    ] {
        let found = parse(text);
        // An empty serial fits everything in the RFC; here it is a mistake.
        assert_eq!(found.is_err(), text.contains("serial=?"), "{text}: {found:?}");
    }
}

#[test]
fn what_is_unclear_is_refused() {
    for (text, expected) in [
        ("http://a", "begins with"),
        ("pkcs11:token", "NAME=VALUE"),
        ("pkcs11:token=a;token=b", "token is given twice"),
        ("pkcs11:?pin-value=1&pin-source=/a", "pin-source is given twice"),
        ("pkcs11:vendor=a", "\"vendor\" is not known here"),
        ("pkcs11:pin-value=1", "\"pin-value\" is not known here"),
        ("pkcs11:?token=a", "\"token\" is not known here"),
        ("pkcs11:type=public", "type=private"),
        ("pkcs11:slot-id=x", "slot-id is no number"),
        ("pkcs11:object=%zz", "%XX"),
        ("pkcs11:object=%4", "%XX"),
        ("pkcs11:object=a b", "%XX"),
        ("pkcs11:object=ä", "%XX"),
        ("pkcs11:object=%ff", "UTF-8"),
        ("pkcs11:object=a%00b", "NUL"),
        ("pkcs11:object=", "object is empty"),
        ("pkcs11:?module-path=lib.so", "absolute"),
        ("pkcs11:?module-name=../lib", "plain name"),
        ("pkcs11:?pin-source=|cat%20/etc/pin", "commands are not run"),
        ("pkcs11:?pin-source=file:pin", "absolute"),
    ] {
        let refused = parse(text).unwrap_err().to_string();
        assert!(refused.contains(expected), "{text}: {refused}");
    }
    assert!(matches!(
        parse(&format!("pkcs11:{}", "a".repeat(5000))),
        Err(UriError::TooLong { .. })
    ));
}

#[test]
fn pins_are_found_and_not_shown() {
    let uri = parse("pkcs11:object=a?pin-value=s3cret%21").unwrap();
    assert!(matches!(uri.pin(), Some(PinSource::Value(pin)) if **pin == "s3cret!"));
    assert!(!format!("{uri:?}").contains("s3cret"));
    for text in ["pkcs11:?pin-value=s3cret%2", "pkcs11:?pin-value=s3cret&pin-value=s3cret"] {
        let refused = parse(text).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused}");
    }
    for text in ["file:/run/pin", "file:///run/pin", "/run/pin"] {
        let uri = parse(&format!("pkcs11:?pin-source={text}")).unwrap();
        assert!(matches!(uri.pin(), Some(PinSource::File(path)) if path.ends_with("run/pin")));
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "(pkcs11:)?([a-z-]{0,8}[=;?&%|/:]{0,3}[ -~]{0,4}){0,8}") {
        let _ = parse(&text);
    }
}
