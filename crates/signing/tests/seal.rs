//! Seals: what we write, byte by byte, and every reason for a refusal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests may stop at the first fault"
)]

mod support;

use base64ct::{Base64, Encoding as _};
use modelseal_signing::{
    Curve, Dialect, Digest, FileDigest, HashType, KeyError, KeyState, Keyring, Limits, Method,
    NameProblem, PrivateKey, PublicKey, Remark, Revocation, SealError, SealErrorKind,
    Serialization, ShardProblem, SigningKey, Statement, StatementBuilder, TrustedKey, Verified,
    peek, seal, verify,
};
use proptest::prelude::*;
use support::{craft, now, rfc6979_key, small_bundle, small_statement, trusting};

fn refusal(bundle: &[u8], keyring: &Keyring) -> SealError {
    verify(bundle, keyring, now(), &Limits::default()).expect_err("must be refused")
}

fn refusal_of_payload(payload: &str) -> SealError {
    refusal(&craft(payload, &rfc6979_key()), &trusting(&rfc6979_key()))
}

/// The small bundle with a part of its text replaced.
fn edited(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(small_bundle()).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn the_bytes_that_we_write() {
    assert_eq!(
        small_statement().to_json(),
        concat!(
            r#"{"_type":"https://in-toto.io/Statement/v1","#,
            r#""subject":[{"name":"iris","digest":{"sha256":"be032d01384606ebca299678dc222cdc08093eaeb72c2bd52c1d0bd96abb325f"}}],"#,
            r#""predicateType":"https://model_signing/signature/v1.0","#,
            r#""predicate":{"resources":["#,
            r#"{"name":"a/b","algorithm":"sha256","digest":"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"},"#,
            r#"{"name":"model.json","algorithm":"sha256","digest":"9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"}],"#,
            r#""serialization":{"method":"files","hash_type":"sha256","allow_symlinks":false,"ignore_paths":[".git"]}}}"#,
        )
    );
    assert_eq!(small_bundle(), small_bundle());
    assert_eq!(small_bundle(), craft(&small_statement().to_json(), &rfc6979_key()));
}

#[test]
fn a_seal_verifies() {
    let key = rfc6979_key();
    let verified = verify(&small_bundle(), &trusting(&key), now(), &Limits::default()).unwrap();
    assert_eq!(verified.get(), &small_statement());
    assert_eq!(verified.subject(), "iris");
    assert_eq!(verified.signer().name, "alice");
    assert_eq!(verified.signer().fingerprint, key.public_key().fingerprint());
    assert_eq!(verified.remarks(), []);
    let seen = peek(&small_bundle(), &Limits::default()).unwrap();
    assert_eq!(seen.claimed_key, Some(key.public_key().fingerprint()));
    assert_eq!(seen.claimed_subject.as_deref(), Some("iris"));
}

#[test]
fn keys_unknown_expired_revoked() {
    let key = rfc6979_key();
    let bundle = small_bundle();
    let other = PrivateKey::generate().unwrap();
    let error = refusal(&bundle, &trusting(&other));
    assert_eq!(error.kind(), SealErrorKind::UnknownKey);
    for part in [key.public_key().fingerprint().to_string().as_str(), "\"alice\""] {
        assert!(error.to_string().contains(part), "{error}");
    }
    assert!(refusal(&bundle, &Keyring::new()).to_string().contains("the keyring is empty"));

    let verdict = |change: &dyn Fn(&mut TrustedKey)| {
        let mut trusted = TrustedKey::new("alice", key.public_key());
        change(&mut trusted);
        let mut keyring = Keyring::new();
        keyring.add(trusted).unwrap();
        verify(&bundle, &keyring, now(), &Limits::default()).map_err(|error| error.kind()).map(drop)
    };
    let later = Some("2026-11-23T12:00:01Z".parse().unwrap());
    let earlier = Some("2026-11-23T11:59:59Z".parse().unwrap());
    assert_eq!(
        verdict(&|key| (key.terms.not_before, key.terms.not_after) = (Some(now()), Some(now()))),
        Ok(())
    );
    assert_eq!(verdict(&|key| key.terms.not_before = later), Err(SealErrorKind::ExpiredKey));
    assert_eq!(verdict(&|key| key.terms.not_after = earlier), Err(SealErrorKind::ExpiredKey));
    for at in [earlier, later] {
        let reason = "stolen".to_owned();
        let revoked = KeyState::Revoked(Revocation { at: at.unwrap(), reason, after: None });
        assert_eq!(
            verdict(&|key| key.terms.state = revoked.clone()),
            Err(SealErrorKind::RevokedKey)
        );
    }
    // A forgery under an expired key is a forgery first.
    let mut expired = TrustedKey::new("alice", key.public_key());
    expired.terms.not_after = earlier;
    let mut keyring = Keyring::new();
    keyring.add(expired).unwrap();
    let forged = String::from_utf8(craft(&small_statement().to_json(), &other)).unwrap();
    let [claimed, made] = [&key, &other].map(|key| key.public_key().fingerprint().to_string());
    let forged = forged.replace(&made, &claimed);
    assert_eq!(refusal(forged.as_bytes(), &keyring).kind(), SealErrorKind::Tampered);
}

#[test]
fn a_seal_without_a_hint() {
    let key = rfc6979_key();
    let hint = format!("\"hint\":\"{}\"", key.public_key().fingerprint());
    let mut keyring = trusting(&PrivateKey::generate().unwrap());
    for material in ["", "\"hint\":\"\""] {
        let bundle = edited(&hint, material);
        let error = refusal(&bundle, &keyring);
        assert!(
            matches!(&error, SealError::NoKeyFits { trusted } if trusted.len() == 1),
            "{error}"
        );
        assert_eq!(error.kind(), SealErrorKind::Tampered);
        assert_eq!(refusal(&bundle, &Keyring::new()).kind(), SealErrorKind::UnknownKey);
        let mut both = keyring.clone();
        both.add(TrustedKey::new("bob", key.public_key())).unwrap();
        let verified = verify(&bundle, &both, now(), &Limits::default()).unwrap();
        assert_eq!(verified.signer().name, "bob");
        assert_eq!(verified.remarks(), [Remark::NoHint]);
    }
    // The old form: the key itself.
    let raw = Base64::encode_string(key.public_key().to_pem().as_bytes());
    let bundle = edited(
        &hint,
        &format!("\"rawBytes\":\"{raw}\",\"keyDetails\":\"PKIX_ECDSA_P384_SHA_256\""),
    );
    assert_eq!(refusal(&bundle, &keyring).kind(), SealErrorKind::UnknownKey);
    keyring.add(TrustedKey::new("bob", key.public_key())).unwrap();
    assert!(verify(&bundle, &keyring, now(), &Limits::default()).is_ok());
    let both = edited(&hint, &format!("{hint},\"rawBytes\":\"{raw}\""));
    assert!(refusal(&both, &keyring).to_string().contains("found both"));
}

#[test]
fn bundles_that_are_malformed() {
    let keyring = trusting(&rfc6979_key());
    let fingerprint = rfc6979_key().public_key().fingerprint().to_string();
    let text = String::from_utf8(small_bundle()).unwrap();
    let payload = text.split("\"payload\":\"").nth(1).unwrap().split('"').next().unwrap();
    let signature = text.split("\"sig\":\"").nth(1).unwrap().split('"').next().unwrap();
    let der = Base64::decode_vec(signature).unwrap();
    let trailing = Base64::encode_string(&[der.as_slice(), b"\0"].concat());
    let long_length = Base64::encode_string(&[b"\x30\x81", &der[1..]].concat());
    let one = format!("{{\"sig\":\"{signature}\",\"keyid\":\"\"}}");
    let junk = r#"{"sig":"junk!","keyid":""}"#;
    let case = |from: &str, to: &str| (edited(from, to), to.to_owned());
    for ((bundle, what), expected) in [
        (case("v0.3+json", "v0.2+json"), "expected the media type"),
        (case("{\"mediaType\"", "{\"x\":1,\"mediaType\""), "bundle: unknown member \"x\""),
        (case("{\"hint\"", "{\"x\":1,\"hint\""), "publicKey: unknown member \"x\""),
        (case("{\"payload\"", "{\"x\":1,\"payload\""), "dsseEnvelope: unknown member \"x\""),
        (case("{\"sig\"", "{\"x\":1,\"sig\""), "signatures[0]: unknown member \"x\""),
        (case("{\"publicKey\"", "{\"certificate\":{},\"publicKey\""), "made through sigstore"),
        (
            case("\"publicKey\"", "\"x509CertificateChain\""),
            "the member \"certificates\" is missing",
        ),
        (case("\"tlogEntries\":[]", "\"tlogEntries\":[{}]"), "found 1"),
        (case(&fingerprint, &fingerprint.to_uppercase()), "64 lower-case hexadecimal digits"),
        (case(&one, ""), "expected 1 to 8 signatures, found 0"),
        (case(&one, &[one.as_str(); 9].join(",")), "expected 1 to 8 signatures, found 9"),
        (case(&one, &format!("{junk},{one}")), "signatures[0].sig: expected strict base64"),
        (case("\"keyid\":\"\"", "\"keyid\":1"), "keyid: expected a string, found a number"),
        (case("vnd.in-toto+json", "vnd.in-toto"), "expected the payload type"),
        (case(payload, &format!("{payload}\\n")), "payload: expected strict base64"),
        (case(payload, &format!(" {payload}")), "payload: expected strict base64"),
        (case(signature, signature.trim_end_matches('=')), "sig: expected strict base64"),
        (case(signature, &trailing), "strict DER"),
        (case(signature, &long_length), "strict DER"),
        (case(signature, ""), "strict DER"),
        (case(signature, &Base64::encode_string(&[7; 64])), "strict DER"),
    ] {
        let error = refusal(&bundle, &keyring);
        assert!(error.to_string().contains(expected), "{what}: {error}");
        assert_eq!(error.kind(), SealErrorKind::Malformed, "{what}");
        assert!(!error.hint().is_empty());
    }
    for accepted in [
        edited("bundle.v0.3+json", "bundle+json;version=0.3"),
        edited(",\"tlogEntries\":[]", ""),
        edited(",\"keyid\":\"\"", ""),
        edited("\"keyid\":\"\"", "\"keyid\":null"),
        edited("\"keyid\":\"\"", "\"keyid\":\"anything\""),
        edited("{", " {\n"),
    ] {
        let verified = verify(&accepted, &keyring, now(), &Limits::default()).unwrap();
        assert_eq!(verified.get(), &small_statement());
    }
    // Spare bits: "AB==" and "AA==" would be the same byte. The padding of the payload tells where
    // they are.
    let spare = Base64::decode_vec("AB==").is_err() && Base64::decode_vec("AA==").is_ok();
    assert!(spare, "the base64 decoder accepts spare bits");
}

#[test]
fn another_payload_is_tampered() {
    let mut statement = small_statement().to_json();
    statement = statement.replace("iris", "Iris");
    let bundle = edited(
        &Base64::encode_string(small_statement().to_json().as_bytes()),
        &Base64::encode_string(statement.as_bytes()),
    );
    let error = refusal(&bundle, &trusting(&rfc6979_key()));
    assert_eq!(error.kind(), SealErrorKind::Tampered);
    assert!(error.to_string().contains("\"alice\""), "{error}");
}

#[test]
fn statements_that_are_signed_and_still_refused() {
    let text = small_statement().to_json();
    let root = small_statement().root_digest().to_string();
    let second = Digest::of(b"model").to_string();
    for (from, to, expected) in [
        ("Statement/v1", "Statement/v2", "expected the statement type"),
        ("signature/v1.0", "signature/v2.0", "expected the predicate type"),
        ("\"subject\":[", "\"subject\":[{},", "exactly one subject, found 2"),
        ("\"iris\"", "\"\"", "the subject's name is empty"),
        ("\"method\":\"files\"", "\"method\":\"shards\"", "does not end in ':START:END'"),
        ("\"method\":\"files\"", "\"method\":\"trees\"", "\"files\" or \"shards\""),
        (
            "\"method\":\"files\"",
            "\"method\":\"files\",\"shard_size\":8",
            "shard_size: expected no size",
        ),
        (
            "\"hash_type\":\"sha256\"",
            "\"hash_type\":\"blake3\"",
            "resources[0].algorithm: expected the algorithm \"blake3\"",
        ),
        (
            "\"hash_type\":\"sha256\"",
            "\"hash_type\":\"md5\"",
            "hash_type: expected \"sha256\", \"blake2b\" or \"blake3\"",
        ),
        (
            "\"algorithm\":\"sha256\"",
            "\"algorithm\":\"sha512\"",
            "resources[0].algorithm: expected",
        ),
        (
            "\"algorithm\":\"sha256\"",
            "\"algorithm\":\"sha256-sharded-8\"",
            "resources[0].algorithm: expected",
        ),
        ("\"method\"", "\"x\":1,\"method\"", "serialization: unknown member \"x\""),
        ("\"_type\"", "\"_type\":\"\",\"_type\"", "\"_type\" appears twice"),
        ("\"algorithm\"", "\"name\":\"c\",\"algorithm\"", "\"name\" appears twice"),
        ("\"a/b\"", "\"../b\"", "the resource name \"../b\" has a component '..'"),
        ("\"a/b\"", "\"/b\"", "is absolute"),
        ("\"a/b\"", "\".\"", "has a component '.'"),
        ("\"a/b\"", "\"model.json\"", "two resources have the name \"model.json\""),
        ("\".git\"", "\".\"", "the ignored path \".\" has a component '.'"),
        ("\".git\"", "\"\"", "is empty"),
        ("\".git\"", "\"/x\"", "is absolute"),
        ("\".git\"", "\"a/../b\"", "component '..'"),
        ("\".git\"", "\"*\"", "glob"),
        (&root, &Digest::of(b"").to_string(), "the root digest of the resources is"),
        (&second, &second[1..], "resources[1].digest: expected 64"),
        ("{\"_type\"", "\u{feff}{\"_type\"", "byte order mark"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = refusal_of_payload(&text.replacen(from, to, 1));
        assert!(error.to_string().contains(expected), "{to}: {error}");
        assert_eq!(error.kind(), SealErrorKind::Malformed, "{to}");
    }
    let start = text.find("\"resources\":[").unwrap() + 13;
    let end = text.find("],\"serialization\"").unwrap();
    let empty =
        format!("{}{}", &text[..start], &text[end..]).replace(&root, &Digest::of(b"").to_string());
    assert!(
        refusal_of_payload(&empty).to_string().contains("expected 1 to 10000 resources, found 0")
    );
}

#[test]
fn unknown_members_that_the_specification_allows_become_remarks() {
    let text = small_statement()
        .to_json()
        .replace("{\"resources\"", "{\"card\":1,\"resources\"")
        .replacen("{\"name\":\"a/b\"", "{\"size\":1e3,\"name\":\"a/b\"", 1)
        .replace("\"_type\"", "\"extra\\u001b\":null,\"_type\"");
    let bundle = craft(&text, &rfc6979_key());
    let verified = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default()).unwrap();
    assert_eq!(verified.get(), &small_statement());
    let remarks: Vec<String> = verified.remarks().iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        [
            "statement.predicate.card: unknown member, ignored",
            "statement.extra\\u{1b}: unknown member, ignored",
            "statement.predicate.resources[0].size: unknown member, ignored",
        ]
    );
}

#[test]
fn the_builder_checks_and_sorts() {
    let digest = Digest::of(b"x");
    let statement = Statement::builder("m")
        .resource("a/b", digest)
        .resource("a.txt", digest)
        .resource("ß", digest)
        .resource("a-b", digest)
        .ignore_path("z")
        .ignore_path(".git")
        .ignore_path("z")
        .build()
        .unwrap();
    let names: Vec<&str> = statement.resources().iter().map(|resource| resource.path()).collect();
    assert_eq!(names, ["a-b", "a.txt", "a/b", "ß"]);
    assert_eq!(statement.ignore_paths(), [".git", "z"]);

    let build = |name: &str| Statement::builder("m").resource(name, digest).build().map(drop);
    assert_eq!(build("a"), Ok(()));
    for (name, problem) in
        [("../a", NameProblem::Parent), (".", NameProblem::Current), ("", NameProblem::Empty)]
    {
        assert_eq!(build(name), Err(SealError::Name { name: name.to_owned(), problem }));
    }
    let twice = Statement::builder("m").resource("a", digest).resource("a", digest).build();
    assert_eq!(twice, Err(SealError::DuplicateName { name: "a".to_owned() }));
    assert!(matches!(
        Statement::builder("m").build(),
        Err(SealError::ResourceCount { found: 0, .. })
    ));
    assert!(matches!(
        Statement::builder("").resource("a", digest).build(),
        Err(SealError::Subject { .. })
    ));
}

/// What a caller sees that looks at nothing but the seals.
fn canonical(bundles: &[&[u8]], keyring: &Keyring) -> Result<Verified<Statement>, SealError> {
    modelseal_signing::verify_canonical(bundles, keyring, now(), &Limits::default(), |_| Ok(None))
}

#[test]
fn further_signatures_count_once_for_each_trusted_key() {
    let (alice, bob) = (rfc6979_key(), PrivateKey::generate_on(Curve::P384).unwrap());
    let payload = small_statement().to_json();
    let one = |key: &PrivateKey| {
        let text = String::from_utf8(craft(&payload, key)).unwrap();
        let start = text.find("{\"sig\"").unwrap();
        text[start..text.len() - 3].to_owned()
    };
    let (first, second) = (one(&alice), one(&bob));
    let with = |others: &[&str]| edited(&first, &format!("{first},{}", others.join(",")));
    let mut both = trusting(&alice);
    both.add(TrustedKey::new("bob", bob.public_key())).unwrap();
    let read = |bundle: &[u8], keyring: &Keyring| {
        let verified = verify(bundle, keyring, now(), &Limits::default()).unwrap();
        let names = verified.cosigners().iter().map(|signer| signer.name.clone());
        (names.collect::<Vec<_>>(), verified.remarks().to_vec())
    };
    let ignored = |index| Remark::OtherSignature { index };
    let bobs = vec!["bob".to_owned()];
    assert_eq!(read(&with(&[&second]), &both), (bobs.clone(), vec![]));
    // Not trusted here, junk, the same signature or the same key again: none of them counts.
    assert_eq!(read(&with(&[&second]), &trusting(&alice)), (vec![], vec![ignored(1)]));
    let junk = r#"{"sig":"anVuaw=="}"#;
    let bundle = with(&[junk, r#"{"sig":"!"}"#, &second, &second, &first]);
    assert_eq!(read(&bundle, &both), (bobs, [1, 2, 4, 5].map(ignored).to_vec()));
    // A key that is not valid any more does not count either.
    let mut expired = trusting(&alice);
    let mut bob_expired = TrustedKey::new("bob", bob.public_key());
    bob_expired.terms.not_after = Some("2026-01-01T00:00:00Z".parse().unwrap());
    expired.add(bob_expired).unwrap();
    let (names, remarks) = read(&with(&[&second]), &expired);
    assert!(names.is_empty() && matches!(remarks.as_slice(), [Remark::NotCounted { .. }]));
    // The one form of a seal has one signature: a second one lies in a seal of its own.
    assert_eq!(canonical(&[&with(&[&second])], &both), Err(SealError::NotCanonical));
    assert_eq!(canonical(&[&with(&[junk])], &both), Err(SealError::NotCanonical));
}

#[test]
fn every_curve_seals_and_every_bit_of_the_payload_counts() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate_on(curve).unwrap();
        let bundle = seal(&small_statement(), &key).unwrap();
        assert_eq!(bundle, seal(&small_statement(), &key).unwrap(), "RFC 6979 draws nothing");
        let keyring = trusting(&key);
        canonical(&[&bundle], &keyring).unwrap();
        let text = String::from_utf8(bundle).unwrap();
        let payload = small_statement().to_json().into_bytes();
        let written = Base64::encode_string(&payload);
        for at in (0..payload.len()).step_by(7) {
            let mut other = payload.clone();
            other[at] ^= 1 << (at % 8);
            let forged = text.replace(&written, &Base64::encode_string(&other));
            assert_eq!(refusal(forged.as_bytes(), &keyring).kind(), SealErrorKind::Tampered);
        }
    }
}

#[test]
fn a_device_that_signs_badly_makes_no_seal() {
    struct Faulty(PrivateKey);
    impl SigningKey for Faulty {
        fn public_key(&self) -> PublicKey {
            self.0.public_key()
        }
        fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
            self.0.sign(&message[1..])
        }
    }
    let error = seal(&small_statement(), &Faulty(rfc6979_key())).unwrap_err();
    assert_eq!(error, SealError::Key(KeyError::BadSignature));
}

fn shards(shard_bytes: u64, hash_type: HashType) -> StatementBuilder {
    let method = Method::Shards { shard_bytes };
    Statement::builder("m").serialization(Serialization { method, hash_type, ..Default::default() })
}

#[test]
fn shards_are_written_and_read() {
    let hash = |bytes: &[u8]| FileDigest::of(HashType::Blake2b, bytes);
    let builder = shards(1000, HashType::Blake2b)
        .shard("w", 0..1000, hash(b"0"))
        .shard("w", 1000..2000, hash(b"1"))
        .shard("w", 2000..2001, hash(b"2"))
        .shard("a:0:7", 0..3, hash(b"3"));
    let statement = builder.clone().build().unwrap();
    let names = |statement: &Statement| {
        statement.resources().iter().map(|it| it.name().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&statement), ["a:0:7:0:3", "w:0:1000", "w:1000:2000", "w:2000:2001"]);
    assert_eq!(statement.resources()[0].path(), "a:0:7");
    assert_eq!(statement.resources()[0].range(), Some(0..3));
    let text = statement.to_json();
    assert!(text.contains(r#""name":"w:0:1000","algorithm":"blake2b","digest":"#), "{text}");
    assert!(
        text.contains(r#"{"method":"shards","shard_size":1000,"hash_type":"blake2b","#),
        "{text}"
    );
    let read = |text: &str| {
        let bundle = craft(text, &rfc6979_key());
        let verdict = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default());
        verdict.map(|verified| verified.get().clone())
    };
    assert_eq!(read(&text), Ok(statement.clone()));
    assert_eq!(read(&text.replace(":1000,", ":1000.0,")), Ok(statement.clone()));
    assert_eq!(read(&text.replace(":1000,", ":1e3,")), Ok(statement));
    for bad in ["0", "1000.5", "-1000", "\"1000\"", "999", "1e300", "null"] {
        let text = text.replace(":1000,", &format!(":{bad},"));
        assert_eq!(read(&text).unwrap_err().kind(), SealErrorKind::Malformed, "{bad}");
    }
    // The other dialect: components, numbers, long names of the algorithm.
    let python = builder.dialect(Dialect::Python).build().unwrap();
    let text = python.to_json();
    assert!(text.contains(r#""algorithm":"blake2b-sharded-1000""#), "{text}");
    assert_eq!(read(&text), Ok(python));
    assert!(read(&text.replace("-sharded-1000", "-sharded-1001")).is_err());
    assert!(read(&text.replace("-sharded-1000", "-sharded-01000")).is_err());
}

#[test]
fn shards_that_leave_a_gap_are_refused() {
    let digest = Digest::of(b"x");
    let problem = |ranges: &[(u64, u64)]| {
        let builder = ranges.iter().fold(shards(10, HashType::Sha256), |it, range| {
            it.shard("w", range.0..range.1, digest)
        });
        builder.build().map(drop).map_err(|error| match error {
            SealError::Shard { problem, .. } => problem,
            other => panic!("{other}"),
        })
    };
    assert_eq!(problem(&[(0, 10), (10, 20), (20, 21)]), Ok(()));
    assert_eq!(problem(&[(0, 10)]), Ok(()));
    assert_eq!(problem(&[(10, 20)]), Err(ShardProblem::Gap { expected: 0 }));
    assert_eq!(problem(&[(0, 10), (20, 30)]), Err(ShardProblem::Gap { expected: 10 }));
    assert_eq!(problem(&[(0, 10), (9, 19)]), Err(ShardProblem::Gap { expected: 10 }));
    assert_eq!(problem(&[(0, 9), (9, 19)]), Err(ShardProblem::Length { shard_bytes: 10 }));
    assert_eq!(problem(&[(0, 11)]), Err(ShardProblem::Length { shard_bytes: 10 }));
    assert_eq!(problem(&[(0, 10), (10, 10)]), Err(ShardProblem::Empty));
    let whole = shards(10, HashType::Sha256).resource("w", digest).build();
    assert!(matches!(whole, Err(SealError::Shard { problem: ShardProblem::OtherMethod, .. })));
    let part = Statement::builder("m").shard("w", 0..1, digest).build();
    assert!(matches!(part, Err(SealError::Shard { problem: ShardProblem::OtherMethod, .. })));
    let twice = shards(10, HashType::Sha256).shard("w", 0..1, digest).shard("w", 0..2, digest);
    assert!(matches!(twice.build(), Err(SealError::DuplicateName { .. })));
    let other = Statement::builder("m").resource("w", FileDigest::of(HashType::Blake3, b"x"));
    assert!(matches!(other.build(), Err(SealError::OtherHash { .. })));
}

#[test]
fn dialects_differ_in_order_and_in_the_name_of_a_single_file() {
    let digest = Digest::of(b"x");
    let names = |dialect| {
        let builder = ["a-b", "a/b", "a.txt"]
            .iter()
            .fold(Statement::builder("m"), |builder, name| builder.resource(*name, digest));
        let statement = builder.dialect(dialect).build().unwrap();
        statement.resources().iter().map(|it| it.path().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Dialect::Specification), ["a-b", "a.txt", "a/b"]);
    assert_eq!(names(Dialect::Python), ["a/b", "a-b", "a.txt"]);

    // "w:1000:2000" after "w:10000:11000" as text, before it as numbers.
    let names = |dialect| {
        let builder = (0..11).fold(shards(1000, HashType::Sha256), |builder, index| {
            builder.shard("w", index * 1000..(index + 1) * 1000, digest)
        });
        let statement = builder.dialect(dialect).build().unwrap();
        statement.resources().iter().map(|it| it.name().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(Dialect::Specification)[1..3], ["w:10000:11000", "w:1000:2000"]);
    assert_eq!(names(Dialect::Python)[1..3], ["w:1000:2000", "w:2000:3000"]);

    let single = |dialect| Statement::builder("m").resource(".", digest).dialect(dialect).build();
    assert!(matches!(single(Dialect::Specification), Err(SealError::Name { .. })));
    let bundle = seal(&single(Dialect::Python).unwrap(), &rfc6979_key()).unwrap();
    let verified = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default()).unwrap();
    assert_eq!(verified.resources()[0].path(), ".");
    let two = Statement::builder("m").resource(".", digest).resource("a", digest);
    assert!(two.dialect(Dialect::Python).build().is_err());
}

#[test]
fn limits_hold_at_their_edges() {
    let bundle = small_bundle();
    let keyring = trusting(&rfc6979_key());
    let accepts = |limits: Limits| verify(&bundle, &keyring, now(), &limits).is_ok();
    let defaults = Limits::default;
    for (enough, too_little) in [
        (
            Limits { bundle_bytes_max: bundle.len(), ..defaults() },
            Limits { bundle_bytes_max: bundle.len() - 1, ..defaults() },
        ),
        (Limits { json_depth_max: 4, ..defaults() }, Limits { json_depth_max: 3, ..defaults() }),
        (
            Limits { json_value_count_max: 24, ..defaults() },
            Limits { json_value_count_max: 8, ..defaults() },
        ),
        (
            Limits { resource_count_max: 2, ..defaults() },
            Limits { resource_count_max: 1, ..defaults() },
        ),
        (Limits { name_bytes_max: 10, ..defaults() }, Limits { name_bytes_max: 9, ..defaults() }),
    ] {
        assert!(accepts(enough.clone()), "{enough:?}");
        assert!(!accepts(too_little.clone()), "{too_little:?}");
    }
}

#[test]
fn every_single_bit_counts() {
    let bundle = small_bundle();
    let keyring = trusting(&rfc6979_key());
    for at in 0..bundle.len() {
        for bit in 0..8 {
            let mut flipped = bundle.clone();
            flipped[at] ^= 1 << bit;
            let verdict = verify(&flipped, &keyring, now(), &Limits::default());
            assert!(verdict.is_err(), "bit {bit} of byte {at} does not count");
        }
    }
}

#[derive(Clone, Debug)]
enum Mutation {
    Flip(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), 1_u8..).prop_map(|(at, mask)| Mutation::Flip(at, mask)),
        at().prop_map(Mutation::Truncate),
        (at(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        (at(), "[ \n{}\\[\\]\",:=a-z0-9]{1,3}")
            .prop_map(|(at, text)| Mutation::Insert(at, text.into_bytes())),
        at().prop_map(Mutation::Remove),
        (at(), at()).prop_map(|(from, to)| Mutation::Repeat(from, to)),
    ]
}

fn mutate(bundle: &mut Vec<u8>, mutation: Mutation) {
    if bundle.is_empty() {
        return;
    }
    match mutation {
        Mutation::Flip(at, mask) => {
            let at = at.index(bundle.len());
            bundle[at] ^= mask;
        }
        Mutation::Truncate(at) => bundle.truncate(at.index(bundle.len())),
        Mutation::Insert(at, bytes) => {
            let at = at.index(bundle.len());
            bundle.splice(at..at, bytes);
        }
        Mutation::Remove(at) => {
            bundle.remove(at.index(bundle.len()));
        }
        Mutation::Repeat(from, to) => {
            let (a, b) = (from.index(bundle.len()), to.index(bundle.len()));
            let piece = bundle[a.min(b)..a.max(b)].to_vec();
            bundle.extend(piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutations_are_refused_or_change_nothing(mutations in prop::collection::vec(mutation(), 1..4)) {
        let mut bundle = small_bundle();
        mutations.into_iter().for_each(|mutation| mutate(&mut bundle, mutation));
        if let Ok(verified) = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default()) {
            prop_assert_eq!(verified.get(), &small_statement());
        }
    }

    #[test]
    fn mutated_statements_never_panic(mutations in prop::collection::vec(mutation(), 1..4)) {
        // Signed after the mutation, so that the parser of the statement sees it.
        let mut payload = small_statement().to_json().into_bytes();
        mutations.into_iter().for_each(|mutation| mutate(&mut payload, mutation));
        let bundle = craft(&String::from_utf8_lossy(&payload), &rfc6979_key());
        let _ = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default());
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(verify(&bytes, &Keyring::new(), now(), &Limits::default()).is_err());
        prop_assert!(Keyring::from_json(&bytes, &Limits::default()).is_err());
        let _ = PrivateKey::from_pem(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn built_statements_verify(names in prop::collection::btree_set("[^/\\\\\0]{1,9}(/[^/\\\\\0]{1,9})?", 1..6)) {
        let names: Vec<_> = names.into_iter().filter(|name| name.split('/').all(|part| part != "." && part != "..")).collect();
        prop_assume!(!names.is_empty());
        let builder = names.iter().fold(Statement::builder("m"), |builder, name| {
            builder.resource(name.as_str(), Digest::of(name.as_bytes()))
        });
        let statement = builder.build().unwrap();
        let bundle = seal(&statement, &rfc6979_key()).unwrap();
        let verified = verify(&bundle, &trusting(&rfc6979_key()), now(), &Limits::default()).unwrap();
        prop_assert_eq!(verified.get(), &statement);
    }
}
