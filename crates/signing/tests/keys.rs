//! Keys: RFC 6979, PEM forms, messages for wrong keys, secrets that stay secret.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may stop at the first fault")]

mod support;

use modelseal_signing::{KeyError, PrivateKey, PublicKey};
use support::{hex, pem, rfc6979_key, vectors};

#[test]
fn rfc6979_vectors() {
    // r has the high bit set, so DER puts a zero before it.
    let der = |r: &str, s: &str| {
        [b"\x30\x45\x02\x21\x00".to_vec(), hex(r), b"\x02\x20".to_vec(), hex(s)].concat()
    };
    // Message "test": s is low already.
    let r = "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367";
    let s = "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083";
    assert_eq!(rfc6979_key().sign(b"test").unwrap(), der(r, s));
    // Message "sample": the vector's s is F7CB1C94...843ACDA8, above n / 2; n - s is written.
    let r = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
    let s = "0834E36AD29A83BF2BC9385E491D6099C8FDF9D1ED67AA7EA5F51F93782857A9";
    assert_eq!(rfc6979_key().sign(b"sample").unwrap(), der(r, s));
}

#[test]
fn pem_forms_round_trip() {
    let key = PrivateKey::generate().unwrap();
    let pkcs8 = key.to_pkcs8_pem().unwrap();
    assert!(pkcs8.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let again = PrivateKey::from_pem(&pkcs8).unwrap();
    assert_eq!(again.sign(b"m").unwrap(), key.sign(b"m").unwrap());

    let public = key.public_key();
    assert_eq!(again.public_key(), public);
    assert!(public.to_pem().ends_with("\n-----END PUBLIC KEY-----\n"));
    assert_eq!(public.fingerprint().to_string().parse(), Ok(public.fingerprint()));
    // A fingerprint belongs to the key, not to the file: line ends and comments do not count.
    let disguised = format!("# mine\r\n{}trailing", public.to_pem().replace('\n', "\r\n"));
    assert_eq!(PublicKey::from_pem(&disguised).unwrap().fingerprint(), public.fingerprint());
    // What `openssl ecparam -genkey` writes.
    let parameters = pem("EC PARAMETERS", b"\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07");
    assert_eq!(
        PrivateKey::from_pem(&format!("{parameters}{}", *pkcs8)).unwrap().public_key(),
        public
    );
    assert_ne!(PrivateKey::generate().unwrap().public_key(), public);
}

#[test]
fn a_fingerprint_is_the_hash_of_the_canonical_pem() {
    let public = rfc6979_key().public_key();
    assert_eq!(
        public.to_pem(),
        "-----BEGIN PUBLIC KEY-----\n\
         MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7\n\
         Yfps5mliLmDyn7Z5A/4QCLi8maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n\
         -----END PUBLIC KEY-----\n"
    );
    let digest = modelseal_signing::Digest::of(public.to_pem().as_bytes());
    assert_eq!(public.fingerprint().to_string(), digest.to_string());
}

#[test]
fn wrong_keys_are_named() {
    // The start of each structure is enough: it names the algorithm.
    let ed25519 = pem("PRIVATE KEY", b"\x30\x0A\x02\x01\x00\x30\x05\x06\x03\x2B\x65\x70");
    let rsa = pem("PUBLIC KEY", b"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00");
    let k256 = pem("EC PRIVATE KEY", b"\x30\x0C\x02\x01\x01\xA0\x07\x06\x05\x2B\x81\x04\x00\x0A");
    let encrypted = pem("ENCRYPTED PRIVATE KEY", b"\x30\x00");
    let ssh =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nnot checked\n-----END OPENSSH PRIVATE KEY-----\n";
    let legacy = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    for (text, found) in [
        (ed25519.as_str(), "an Ed25519 key (PRIVATE KEY)"),
        (&k256, "an ECDSA key on the curve secp256k1 (EC PRIVATE KEY)"),
        (&encrypted, "an encrypted private key (ENCRYPTED PRIVATE KEY)"),
        (ssh, "a private key in the format of OpenSSH"),
        (legacy, "an encrypted EC PRIVATE KEY"),
        (&rfc6979_key().public_key().to_pem(), "an ECDSA key on the curve P-256 (PUBLIC KEY)"),
    ] {
        let message = PrivateKey::from_pem(text).unwrap_err().to_string();
        assert!(message.ends_with(&format!("found {found}")), "{message}");
        assert!(
            message.starts_with("expected an ECDSA private key on the curve P-256"),
            "{message}"
        );
    }
    let message = PublicKey::from_pem(&rsa).unwrap_err().to_string();
    assert!(message.ends_with("found an RSA key (PUBLIC KEY)"), "{message}");
    let private = rfc6979_key().to_pkcs8_pem().unwrap();
    assert!(
        PublicKey::from_pem(&private).unwrap_err().to_string().ends_with("found a private key")
    );
    assert_eq!(PrivateKey::from_pem("").unwrap_err(), KeyError::NoPem);
    assert_eq!(
        PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA").unwrap_err(),
        KeyError::NoPem
    );
    let damaged = pem("PRIVATE KEY", b"\x30\x00");
    assert!(matches!(PrivateKey::from_pem(&damaged), Err(KeyError::Damaged { .. })));
}

#[test]
fn secrets_stay_out_of_debug_and_errors() {
    let key = rfc6979_key();
    let debug = format!("{key:?}");
    assert_eq!(debug, format!("PrivateKey({})", key.public_key().fingerprint()));
    // One damaged letter in the middle of the secret: the message must not repeat its neighbours.
    let text = key.to_pkcs8_pem().unwrap();
    for at in (28..text.len() - 28).step_by(7) {
        let broken = format!("{}!{}", &text[..at], &text[at + 1..]);
        if let Err(error) = PrivateKey::from_pem(&broken) {
            let message = format!("{error} {error:?}");
            assert!(!message.contains(&text[at + 1..at + 9]), "{message}");
        }
    }
}

#[test]
fn the_keys_of_the_vectors() {
    let Some((_guard, root)) = vectors() else { return };
    let read = |name: &str| std::fs::read_to_string(root.join("keys").join(name)).unwrap();
    let sec1 = PrivateKey::from_pem(&read("p256.priv.pem")).unwrap();
    let pkcs8 = PrivateKey::from_pem(&read("p256.pkcs8.priv.pem")).unwrap();
    let public = PublicKey::from_pem(&read("p256.pub.pem")).unwrap();
    assert_eq!((sec1.public_key(), pkcs8.public_key()), (public.clone(), public.clone()));
    assert_eq!(public.to_pem(), read("p256.pub.pem"));
    assert_eq!(
        public.fingerprint().to_string(),
        "79eca3d99d9a06c5cb78f25500da36efb1b9fccd00b7520a566ca842ffc066dd"
    );
    for (name, found) in [
        ("ed25519", "Ed25519"),
        ("k256", "secp256k1"),
        ("p384", "P-384"),
        ("p521", "P-521"),
        ("rsa", "RSA"),
    ] {
        let private =
            PrivateKey::from_pem(&read(&format!("{name}.priv.pem"))).unwrap_err().to_string();
        let public =
            PublicKey::from_pem(&read(&format!("{name}.pub.pem"))).unwrap_err().to_string();
        for message in [private, public] {
            assert!(message.split("found").nth(1).unwrap().contains(found), "{name}: {message}");
        }
    }
    assert!(
        PrivateKey::from_pem(&read("p256.enc.priv.pem"))
            .unwrap_err()
            .to_string()
            .contains("encrypted")
    );
}
