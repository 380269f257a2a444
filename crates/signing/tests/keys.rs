//! Keys: RFC 6979, PEM forms, messages for wrong keys, secrets that stay secret.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests may stop at the first fault")]

mod support;

use std::io::Write as _;

use modelseal_signing::{Curve, KeyError, Passphrase, PrivateKey, PublicKey};
use support::{hex, key_of, pem, rfc6979_key, vectors};

/// RFC 6979 appendices A.2.5 to A.2.7, with the hash of the curve: curve, secret, message, r, s.
const RFC6979: [(Curve, &str, &str, &str, &str); 6] = [
    (
        Curve::P256,
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        Curve::P256,
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
    (
        Curve::P384,
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        "sample",
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
    ),
    (
        Curve::P384,
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        "test",
        "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
        "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5",
    ),
    (
        Curve::P521,
        "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
        "sample",
        "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9017B5D450606ADD152B534931D7D4E8455CC91F9B15BF05EC36E377FA",
        "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63E5B5C0723D8B8C37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A",
    ),
    (
        Curve::P521,
        "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
        "test",
        "013E99020ABF5CEE7525D16B69B229652AB6BDF2AFFCAEF38773B4B7D08725F10CDB93482FDCC54EDCEE91ECA4166B2A7C6265EF0CE2BD7051B7CEF945BABD47EE6D",
        "01FBD0013C674AA79CB39849527916CE301C66EA7CE8B80682786AD60F98F7E78A19CA69EFF5C57400E3B3A0AD66CE0978214D13BAF4E9AC60752F7B155E2DE4DCE3",
    ),
];

#[test]
fn rfc6979_vectors() {
    for (curve, secret, message, r, s) in RFC6979 {
        let key = key_of(curve, secret);
        assert_eq!(key.public_key().curve(), curve);
        // The vector as a device would give it; a high s becomes the low one.
        let raw = [hex(r), hex(s)].concat();
        let expected = curve.signature_from_raw(&raw).unwrap();
        let made = key.sign(message.as_bytes()).unwrap();
        assert_eq!(made, expected, "{curve} {message}");
        assert!(curve.signature_from_raw(&raw[1..]).is_err());
        assert!(curve.signature_from_raw(&vec![0; raw.len()]).is_err());
    }
    // What must be written, byte for byte, independently of `signature_from_raw`. r has the high bit
    // set, so DER puts a zero before it; s is low already, or n - s.
    let der = |r: &str, s: &str| {
        [b"\x30\x45\x02\x21\x00".to_vec(), hex(r), b"\x02\x20".to_vec(), hex(s)].concat()
    };
    assert_eq!(rfc6979_key().sign(b"test").unwrap(), der(RFC6979[1].3, RFC6979[1].4));
    let low_s = "0834E36AD29A83BF2BC9385E491D6099C8FDF9D1ED67AA7EA5F51F93782857A9";
    assert_eq!(rfc6979_key().sign(b"sample").unwrap(), der(RFC6979[0].3, low_s));
}

#[test]
fn every_curve_makes_reads_and_writes_keys() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate_on(curve).unwrap();
        assert_ne!(PrivateKey::generate_on(curve).unwrap().public_key(), key.public_key());
        let again = PrivateKey::from_pem(&key.to_pkcs8_pem().unwrap()).unwrap();
        assert_eq!(again.sign(b"m").unwrap(), key.sign(b"m").unwrap());
        let public = key.public_key();
        assert_eq!(public.curve(), curve);
        assert_eq!(PublicKey::from_pem(&public.to_pem()), Ok(public));
        assert_eq!(Curve::from_name(curve.name()), Some(curve));
    }
    assert_eq!(Curve::from_name("p-384"), Some(Curve::P384));
    assert_eq!(Curve::from_name("secp256k1"), None);
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
    let ssh =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nnot checked\n-----END OPENSSH PRIVATE KEY-----\n";
    let legacy = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END EC PRIVATE KEY-----\n";
    for (text, found) in [
        (ed25519.as_str(), "an Ed25519 key (PRIVATE KEY)"),
        (&k256, "an ECDSA key on the curve secp256k1 (EC PRIVATE KEY)"),
        (ssh, "a private key in the format of OpenSSH"),
        (legacy, "an encrypted EC PRIVATE KEY"),
        (&rfc6979_key().public_key().to_pem(), "an ECDSA key on the curve P-256 (PUBLIC KEY)"),
    ] {
        let message = PrivateKey::from_pem(text).unwrap_err().to_string();
        assert!(message.ends_with(&format!("found {found}")), "{message}");
        assert!(
            message.starts_with("expected an ECDSA private key on the curve P-256, P-384 or P-521"),
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
    for (name, curve) in [("p384", Curve::P384), ("p521", Curve::P521)] {
        let private = PrivateKey::from_pem(&read(&format!("{name}.priv.pem"))).unwrap();
        let public = PublicKey::from_pem(&read(&format!("{name}.pub.pem"))).unwrap();
        assert_eq!((private.public_key(), public.curve()), (public.clone(), curve));
        assert_eq!(public.to_pem(), read(&format!("{name}.pub.pem")));
    }
    for (name, found) in [("ed25519", "Ed25519"), ("k256", "secp256k1"), ("rsa", "RSA")] {
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

#[test]
fn keys_under_a_passphrase() {
    let passphrase = Passphrase::new("correct horse");
    for curve in Curve::ALL {
        let key = PrivateKey::generate_on(curve).unwrap();
        let text = key.to_encrypted_pem(&passphrase).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert_ne!(*text, *key.to_encrypted_pem(&passphrase).unwrap(), "a salt of its own");
        let read =
            |passphrase: &str| PrivateKey::from_encrypted_pem(&text, &Passphrase::new(passphrase));
        assert_eq!(read("correct horse").unwrap().public_key(), key.public_key());
        assert_eq!(read("Correct horse").unwrap_err(), KeyError::Passphrase);
        assert_eq!(read("").unwrap_err(), KeyError::Passphrase);
        assert_eq!(PrivateKey::from_pem(&text).unwrap_err(), KeyError::Encrypted);
        // A key that is not encrypted is read as it is.
        let plain = key.to_pkcs8_pem().unwrap();
        let read = PrivateKey::from_encrypted_pem(&plain, &passphrase).unwrap();
        assert_eq!(read.public_key(), key.public_key());
    }
    let key = rfc6979_key();
    assert_eq!(key.to_encrypted_pem(&Passphrase::new("")).unwrap_err(), KeyError::Passphrase);
    assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
}

/// OpenSSL reads what we write and writes what we read: both derivations, all AES key lengths.
#[test]
fn openssl_and_we_read_each_others_encrypted_keys() {
    let openssl = |arguments: &str, input: &str| {
        let mut command = std::process::Command::new("openssl");
        command.args(arguments.split(' ')).stdin(std::process::Stdio::piped());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn().ok()?;
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments}: {problem}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    if openssl("version", "").is_none() {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no openssl command");
        return;
    }
    let passphrase = Passphrase::new("secret");
    for curve in Curve::ALL {
        let key = PrivateKey::generate_on(curve).unwrap();
        let ours = key.to_encrypted_pem(&passphrase).unwrap();
        let plain = openssl("pkcs8 -passin pass:secret", &ours).unwrap();
        assert_eq!(PrivateKey::from_pem(&plain).unwrap().public_key(), key.public_key());
        for way in [
            "-v2 aes-256-cbc",
            "-v2 aes-128-cbc -v2prf hmacWithSHA512",
            "-v2 aes-256-cbc -iter 100000",
            "-v2 aes-256-cbc -scrypt",
        ] {
            let theirs =
                openssl(&format!("pkcs8 -topk8 -passout pass:secret {way}"), &plain).unwrap();
            let read = PrivateKey::from_encrypted_pem(&theirs, &passphrase).unwrap();
            assert_eq!(read.public_key(), key.public_key(), "{way}");
        }
    }
    let plain = rfc6979_key().to_pkcs8_pem().unwrap();
    for (way, expected) in
        [("-v1 PBE-SHA1-3DES", KeyError::Encryption), ("-v2 des3", KeyError::Encryption)]
    {
        let theirs = openssl(&format!("pkcs8 -topk8 -passout pass:secret {way}"), &plain).unwrap();
        let error = PrivateKey::from_encrypted_pem(&theirs, &passphrase).unwrap_err();
        assert_eq!(error, expected, "{way}");
        assert!(!error.hint().is_empty());
    }
    // 65,536 iterations become 8,323,072, which nobody waits for.
    let way = "pkcs8 -topk8 -passout pass:secret -outform DER -v2 aes-256-cbc -iter 65536";
    let output = tempfile::tempdir().unwrap();
    let file = output.path().join("key.der");
    openssl(&format!("{way} -out {}", file.display()), &plain).unwrap();
    let mut der = std::fs::read(&file).unwrap();
    let at = der.windows(5).position(|window| window == b"\x02\x03\x01\x00\x00").unwrap();
    der[at + 2] = 0x7F;
    let error = PrivateKey::from_encrypted_pem(&pem("ENCRYPTED PRIVATE KEY", &der), &passphrase)
        .unwrap_err();
    let asked = "PBKDF2 with 8323072 iterations".to_owned();
    assert_eq!(error, KeyError::TooCostly { asked });
}

#[test]
fn a_file_cannot_ask_for_terabytes() {
    // scrypt with N = 2^40 and r = 8, in the place of what we write: N = 2^14.
    let text = rfc6979_key().to_encrypted_pem(&Passphrase::new("secret")).unwrap();
    let (_, der) = pkcs8::der::SecretDocument::from_pem(&text).unwrap();
    let mut der = der.as_bytes().to_vec();
    let cost = b"\x02\x02\x40\x00\x02\x01\x08\x02\x01\x05";
    let at = der.windows(cost.len()).position(|window| window == cost).unwrap();
    der[at + 2..at + 4].copy_from_slice(&[0x7F, 0xFF]);
    let read = |der: &[u8]| {
        let text = pem("ENCRYPTED PRIVATE KEY", der);
        PrivateKey::from_encrypted_pem(&text, &Passphrase::new("secret")).unwrap_err()
    };
    // Not a power of two: refused by the format.
    assert!(!matches!(read(&der), KeyError::TooCostly { .. }));
    der[at + 2..at + 4].copy_from_slice(&[0x40, 0x00]);
    der[at + 6] = 0x7F;
    der[at + 9] = 0x7F;
    assert!(matches!(read(&der), KeyError::TooCostly { .. }), "{:?}", read(&der));
}
