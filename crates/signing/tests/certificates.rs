//! Seals made with certificates: the published vectors, and chains that OpenSSL makes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests may stop at the first fault"
)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use base64ct::{Base64, Encoding as _};
use jiff::{SignedDuration, Timestamp};
use modelseal_signing::{
    Certificate, CertificateError, CertificateTrust, Identity, Limits, PrivateKey, Remark,
    SealError, SealErrorKind, UsageProblem, seal_with_certificate, verify,
    verify_with_certificates,
};
use support::{now, small_bundle, small_statement, trusting, vectors};

fn trust(pem: &str) -> CertificateTrust {
    let roots = Certificate::from_pem(pem).unwrap();
    CertificateTrust::new(roots, Identity::AnybodyBelowTheRoots).unwrap()
}

#[test]
fn strict_verdicts() {
    let Some((_guard, root)) = vectors() else { return };
    let cases: serde_json::Value =
        serde_json::from_slice(&fs::read(root.join("cases.json")).unwrap()).unwrap();
    let mut checked = 0;
    for case in cases.as_array().unwrap().iter().filter(|case| case["method"] == "certificate") {
        let field = |name: &str| case[name].as_str().unwrap();
        let roots = fs::read_to_string(root.join(case["args"][1].as_str().unwrap())).unwrap();
        let bundle = fs::read(root.join(field("signature"))).unwrap();
        let verdict = CertificateTrust::new(
            Certificate::from_pem(&roots).unwrap(),
            Identity::AnybodyBelowTheRoots,
        )
        .map_err(SealError::from)
        .and_then(|trust| verify_with_certificates(&bundle, &trust, now(), &Limits::default()));
        let (name, strict) = (field("name"), field("strict"));
        assert_eq!(verdict.is_ok(), strict == "accept", "{name}: {strict}, but {verdict:?}");
        let reason = match name {
            "cert-intermediate-as-anchor" => "is a root",
            "cert-other-root" | "cert-anchor-in-bundle" => "leads to none of the trusted roots",
            "cert-no-usage" => "no key usage, no extended key usage",
            "gap-cert-expired" => "certificate of \"CN=Expired Signer\" was valid until 2020-02-01",
            "gap-cert-dead-root" => "was valid until 2020-02-01",
            "mix-key-bundle-as-cert" => "expected a seal made with a certificate",
            "gap-cert-tls-server" => "no codeSigning",
            _ => "",
        };
        let message = verdict.map_or_else(|error| error.to_string(), |_| String::new());
        assert!(message.contains(reason), "{name}: {message}");
        assert!(reason.is_empty() == message.is_empty(), "{name}: {message}");
        checked += 1;
    }
    assert_eq!(checked, 11);
    // The other way round: a certificate's seal under keys.
    let bundle = fs::read(root.join("sigs/folder.cert.sig")).unwrap();
    let keyring = trusting(&PrivateKey::generate().unwrap());
    let error = verify(&bundle, &keyring, now(), &Limits::default()).unwrap_err();
    assert!(matches!(error, SealError::NotAKeySeal { .. }), "{error}");
}

/// What OpenSSL makes in a folder of its own.
struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    /// Says so and gives nothing where there is no OpenSSL.
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_ok_and(|it| it.status.success()) {
            return Some(Self { folder: tempfile::tempdir().unwrap() });
        }
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no openssl command");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn key(&self, name: &str, kind: &str) {
        let option = match kind {
            "rsa" => "rsa_keygen_bits:2048".to_owned(),
            "rsa-short" => "rsa_keygen_bits:1024".to_owned(),
            curve => format!("ec_paramgen_curve:{curve}"),
        };
        let algorithm = if kind.starts_with("rsa") { "RSA" } else { "EC" };
        self.openssl(&format!("genpkey -algorithm {algorithm} -pkeyopt {option} -out {name}.key"));
    }

    fn root(&self, name: &str, kind: &str, hash: &str) {
        self.key(name, kind);
        self.openssl(&format!(
            "req -x509 -new -key {name}.key -{hash} -days 30 -subj /CN={name} -out {name}.pem \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign"
        ).replace("  ", " "));
    }

    /// `extensions` as in a file of OpenSSL's configuration.
    fn issue(&self, issuer: &str, name: &str, kind: &str, hash: &str, extensions: &str) {
        self.key(name, kind);
        fs::write(self.path("extensions"), extensions).unwrap();
        self.openssl(&format!("req -new -key {name}.key -subj /CN={name} -out {name}.csr"));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial -{hash} -days 20 \
             -extfile extensions -out {name}.pem"
        ).replace("  ", " "));
    }

    fn certificates(&self, names: &[&str]) -> Vec<Certificate> {
        let text: String = names.iter().map(|name| self.read(&format!("{name}.pem"))).collect();
        Certificate::from_pem(&text).unwrap()
    }

    fn seal(&self, names: &[&str]) -> Result<Vec<u8>, SealError> {
        let key = PrivateKey::from_pem(&self.read(&format!("{}.key", names[0]))).unwrap();
        let chain = self.certificates(names);
        seal_with_certificate(&small_statement(), &key, &chain, Timestamp::now())
    }

    fn trust(&self, names: &[&str], identity: Identity) -> CertificateTrust {
        CertificateTrust::new(self.certificates(names), identity).unwrap()
    }
}

const AUTHORITY: &str =
    "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n";
const SIGNER: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n\
                      subjectAltName=URI:https://example.org/ci,email:alice@example.org,DNS:build.example.org\n";

fn check(bundle: &[u8], trust: &CertificateTrust) -> Result<String, SealError> {
    verify_with_certificates(bundle, trust, Timestamp::now(), &Limits::default()).map(|verified| {
        assert_eq!(verified.get(), &small_statement());
        verified.signer().name.clone()
    })
}

fn certificate_error(verdict: Result<String, SealError>) -> CertificateError {
    match verdict {
        Err(SealError::Certificate(error)) => error,
        other => unreachable!("expected a refusal of the certificate, found {other:?}"),
    }
}

#[test]
fn authorities_sign_with_rsa_and_with_every_curve() {
    let Some(made) = Authority::new() else { return };
    for (kind, hash, leaf) in [
        ("rsa", "sha256", "P-256"),
        ("rsa", "sha512", "P-384"),
        ("P-256", "sha256", "P-521"),
        ("P-384", "sha384", "P-384"),
        ("P-521", "sha512", "P-521"),
    ] {
        made.root("root", kind, hash);
        made.issue("root", "between", kind, hash, AUTHORITY);
        made.issue("between", "signer", leaf, hash, SIGNER);
        let bundle = made.seal(&["signer", "between"]).unwrap();
        let trust = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
        assert_eq!(check(&bundle, &trust).unwrap(), "CN=signer", "{kind} {leaf}");
        // The certificate in between may also be given by the verifier; without it there is no path.
        let short = made.seal(&["signer"]).unwrap();
        let error = certificate_error(check(&short, &trust));
        assert!(matches!(error, CertificateError::UnknownIssuer { .. }), "{error}");
        let both = made.trust(&["root", "between"], Identity::AnybodyBelowTheRoots);
        assert!(check(&short, &both).is_ok());
        // By itself it is no root, and a root of the same name with another key is another root.
        let between =
            CertificateTrust::new(made.certificates(&["between"]), Identity::AnybodyBelowTheRoots);
        assert_eq!(between.unwrap_err(), CertificateError::NoRoot { given: 1 });
        made.root("root", kind, hash);
        let other = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
        assert_eq!(check(&bundle, &other).unwrap_err().kind(), SealErrorKind::UnknownKey);
    }
}

#[test]
fn weak_signatures_of_authorities_are_refused() {
    let Some(made) = Authority::new() else { return };
    for (kind, hash) in [("rsa-short", "sha256"), ("rsa", "sha1"), ("P-256", "sha1")] {
        // As a root, and between a sound root and the signer.
        made.root("weak", kind, hash);
        let weak = made.certificates(&["weak"]);
        let error = CertificateTrust::new(weak, Identity::AnybodyBelowTheRoots).unwrap_err();
        assert_eq!(error, CertificateError::NoRoot { given: 1 }, "{kind} {hash}");
        made.root("root", "P-256", "sha256");
        made.issue("root", "between", kind, "sha256", AUTHORITY);
        made.issue("between", "signer", "P-256", hash, SIGNER);
        let bundle = made.seal(&["signer", "between"]).unwrap();
        let trust = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
        let error = certificate_error(check(&bundle, &trust));
        assert!(matches!(error, CertificateError::Chain { .. }), "{kind} {hash}: {error}");
    }
}

#[test]
fn identity_usage_and_time_are_checked() {
    let Some(made) = Authority::new() else { return };
    made.root("root", "P-256", "sha256");
    made.issue("root", "signer", "P-256", "sha256", SIGNER);
    let bundle = made.seal(&["signer"]).unwrap();
    let named =
        |name: &str| check(&bundle, &made.trust(&["root"], Identity::Named(name.to_owned())));
    for name in ["CN=signer", "https://example.org/ci", "alice@example.org", "build.example.org"] {
        assert!(named(name).is_ok(), "{name}");
    }
    for name in ["signer", "cn=signer", "example.org", "bob@example.org", ""] {
        let error = certificate_error(named(name));
        assert!(matches!(error, CertificateError::Identity { .. }), "{name}: {error}");
        assert!(error.to_string().contains("\"alice@example.org\""), "{error}");
    }

    let trust = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
    let at = |days: i64| {
        let time = Timestamp::now() + SignedDuration::from_hours(24 * days);
        verify_with_certificates(&bundle, &trust, time, &Limits::default()).map(|_| String::new())
    };
    assert!(at(19).is_ok());
    for (days, expected) in [(-1, "is valid from"), (21, "CN=signer"), (31, "was valid until")] {
        let error = at(days).unwrap_err();
        assert_eq!(error.kind(), SealErrorKind::ExpiredKey);
        assert!(error.to_string().contains(expected), "{error}");
    }

    // A root that is dead, below which a signer's certificate lives on.
    made.openssl(
        "x509 -req -in signer.csr -CA root.pem -CAkey root.key -days 90 -extfile extensions -out signer.pem",
    );
    let bundle = made.seal(&["signer"]).unwrap();
    let late = Timestamp::now() + SignedDuration::from_hours(24 * 31);
    let error = verify_with_certificates(&bundle, &trust, late, &Limits::default()).unwrap_err();
    assert!(
        error.to_string().contains("the certificate of \"CN=root\" was valid until"),
        "{error}"
    );

    for (extensions, problem) in [
        ("keyUsage=keyEncipherment\n", UsageProblem::NoDigitalSignature),
        ("keyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n", UsageProblem::NoCodeSigning),
        ("basicConstraints=CA:FALSE\n", UsageProblem::None),
        (AUTHORITY, UsageProblem::Authority),
    ] {
        made.issue("root", "signer", "P-256", "sha256", extensions);
        // Neither is it written ...
        let error = made.seal(&["signer"]).unwrap_err();
        let subject = "CN=signer".to_owned();
        assert_eq!(error, CertificateError::Usage { subject, problem }.into());
    }
    made.issue("root", "other", "P-256", "sha256", SIGNER);
    let key = PrivateKey::from_pem(&made.read("signer.key")).unwrap();
    let chain = made.certificates(&["other"]);
    let error = seal_with_certificate(&small_statement(), &key, &chain, Timestamp::now());
    assert!(matches!(error, Err(SealError::Certificate(CertificateError::OtherKey { .. }))));
    let late = Timestamp::now() + SignedDuration::from_hours(24 * 21);
    let key = PrivateKey::from_pem(&made.read("other.key")).unwrap();
    let error = seal_with_certificate(&small_statement(), &key, &chain, late).unwrap_err();
    assert_eq!(error.kind(), SealErrorKind::ExpiredKey);
    // A key that signs no models.
    made.issue("root", "signer", "rsa", "sha256", SIGNER);
    let error = made.certificates(&["signer"])[0].public_key().unwrap_err();
    assert!(error.to_string().contains("found an RSA key"), "{error}");
}

#[test]
fn revocation_lists_are_honoured() {
    let Some(made) = Authority::new() else { return };
    made.root("root", "P-256", "sha256");
    made.issue("root", "signer", "P-256", "sha256", SIGNER);
    let bundle = made.seal(&["signer"]).unwrap();
    let configuration = "[ca]\ndefault_ca=it\n[it]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=10\ncrlnumber=number\n";
    fs::write(made.path("configuration"), configuration).unwrap();
    fs::write(made.path("index"), "").unwrap();
    fs::write(made.path("number"), "01\n").unwrap();
    let list = |name: &str| {
        let ca = "ca -config configuration -cert root.pem -keyfile root.key";
        made.openssl(&format!("{ca} -gencrl -out {name}.crl"));
        fs::read(made.path(&format!("{name}.crl"))).unwrap()
    };
    let with = |list: &[u8]| {
        let trust = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
        trust.with_revocation_lists(list).unwrap()
    };
    let clean = list("clean");
    assert!(check(&bundle, &with(&clean)).is_ok());
    // An outdated list is no list.
    let late = Timestamp::now() + SignedDuration::from_hours(24 * 11);
    let error = verify_with_certificates(&bundle, &with(&clean), late, &Limits::default());
    let error = certificate_error(error.map(|_| String::new()));
    assert!(matches!(error, CertificateError::NoRevocationList { .. }), "{error}");

    made.openssl("ca -config configuration -cert root.pem -keyfile root.key -revoke signer.pem");
    let revoking = list("revoking");
    let error = check(&bundle, &with(&revoking)).unwrap_err();
    assert_eq!(error.kind(), SealErrorKind::RevokedKey);
    assert!(error.to_string().contains("was revoked"), "{error}");
    made.openssl("crl -in revoking.crl -outform DER -out revoking.der");
    let error = check(&bundle, &with(&fs::read(made.path("revoking.der")).unwrap()));
    assert!(matches!(certificate_error(error), CertificateError::Revoked { .. }));
    // The list of somebody else covers nothing.
    made.root("root", "P-256", "sha256");
    let foreign = list("foreign");
    made.root("other", "P-256", "sha256");
    let other_trust = || made.trust(&["other"], Identity::AnybodyBelowTheRoots);
    made.issue("other", "signer", "P-256", "sha256", SIGNER);
    let bundle = made.seal(&["signer"]).unwrap();
    assert!(check(&bundle, &other_trust()).is_ok());
    let error = check(&bundle, &other_trust().with_revocation_lists(&foreign).unwrap());
    assert!(matches!(certificate_error(error), CertificateError::NoRevocationList { .. }));
    for bad in [&b""[..], b"-----BEGIN X509 CRL-----", b"\x30\x00\xff"] {
        let error = other_trust().with_revocation_lists(bad).unwrap_err();
        assert!(matches!(error, CertificateError::DamagedRevocationList { .. }), "{error}");
    }
    // Without a number openssl writes a list of version 1.
    let configuration = configuration.replace("crlnumber=number\n", "");
    fs::write(made.path("configuration"), configuration).unwrap();
    let error = other_trust().with_revocation_lists(&list("first-version")).unwrap_err();
    assert!(error.to_string().contains("expected the DER of a list of version 2"), "{error}");
}

/// A time stamp of today lets a seal pass whose certificate has ended since.
#[test]
fn timestamps_are_honoured() {
    let Some(made) = Authority::new() else { return };
    made.root("root", "P-256", "sha256");
    made.issue("root", "signer", "P-256", "sha256", SIGNER);
    let bundle = String::from_utf8(made.seal(&["signer"]).unwrap()).unwrap();
    let signature = bundle.split("\"sig\":\"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(made.path("signature"), from_base64(signature)).unwrap();
    fs::write(made.path("other"), b"another signature").unwrap();
    let configuration = "[tsa]\ndefault_tsa=it\n[it]\nserial=serial\ndefault_policy=1.2.3.4\ndigests=sha256,sha384,sha512\n\
                         signer_digest=sha256\naccuracy=secs:1\n";
    fs::write(made.path("stamping"), configuration).unwrap();
    let stamp = |data: &str, hash: &str, authority: &str| {
        made.openssl(&format!("ts -query -data {data} -{hash} -cert -out query"));
        made.openssl(&format!(
            "ts -reply -config stamping -queryfile query -signer {authority}.pem -inkey {authority}.key -out reply"
        ));
        fs::read(made.path("reply")).unwrap()
    };
    let stamped = |replies: &[Vec<u8>]| {
        let replies: Vec<String> = replies
            .iter()
            .map(|reply| format!("{{\"signedTimestamp\":\"{}\"}}", base64(reply)))
            .collect();
        let data = format!(
            "\"timestampVerificationData\":{{\"rfc3161Timestamps\":[{}]}},\"tlogEntries\"",
            replies.join(",")
        );
        bundle.replacen("\"tlogEntries\"", &data, 1)
    };
    let plain = || made.trust(&["root"], Identity::AnybodyBelowTheRoots);
    let trusting_stamps =
        |names: &[&str]| plain().with_timestamp_authorities(made.certificates(names)).unwrap();
    let late = Timestamp::now() + SignedDuration::from_hours(24 * 25);
    let read = |bundle: &str, trust: &CertificateTrust, at: Timestamp| {
        verify_with_certificates(bundle.as_bytes(), trust, at, &Limits::default())
            .map(|verified| verified.remarks().to_vec())
    };
    let refusal =
        |bundle: &str, trust: &CertificateTrust| read(bundle, trust, late).unwrap_err().to_string();
    const STAMPING: &str =
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n";
    for (kind, hash) in [("P-256", "sha256"), ("P-384", "sha384"), ("rsa", "sha512")] {
        made.root("clocks", kind, "sha256");
        made.issue("clocks", "clock", kind, "sha256", STAMPING);
        let good = stamped(&[stamp("signature", hash, "clock")]);
        let trust = trusting_stamps(&["clocks"]);
        assert_eq!(read(&good, &trust, late), Ok(vec![]), "{kind}");
        // Without a stamp, or without trust in its authority, it is checked as of now.
        assert!(refusal(&bundle, &trust).contains("was valid until"));
        assert!(refusal(&good, &plain()).contains("was valid until"));
        assert_eq!(read(&good, &plain(), Timestamp::now()), Ok(vec![Remark::TimestampIgnored]));
        // Of another signature; by somebody else; from the future.
        let other = stamped(&[stamp("other", hash, "clock")]);
        assert!(refusal(&other, &trust).contains("of another signature"));
        assert!(refusal(&good, &trusting_stamps(&["root"])).contains("leads to none"));
        let early = Timestamp::now() - SignedDuration::from_hours(1);
        let message = read(&good, &trust, early).unwrap_err().to_string();
        assert!(message.contains("in the future"), "{message}");
        // Each of several must be valid.
        let both = stamped(&[stamp("signature", hash, "clock"), stamp("other", hash, "clock")]);
        assert!(refusal(&both, &trust).contains("of another signature"));
    }
    made.root("clocks", "P-256", "sha256");
    made.issue("clocks", "clock", "P-256", "sha256", STAMPING);
    let reply = stamp("signature", "sha256", "clock");
    let trust = trusting_stamps(&["clocks"]);
    let genuine = stamped(std::slice::from_ref(&reply));
    assert_eq!(read(&genuine, &trust, late), Ok(vec![]));
    // Every byte of the stamp's own contents and of its signature counts, and none makes it panic.
    let contents = reply.windows(5).position(|window| window == b"\x06\x03\x2A\x03\x04").unwrap();
    let certificates =
        reply.windows(5).position(|window| window == b"clock").expect("the name of the authority");
    let mut passed = Vec::new();
    for at in 0..reply.len() {
        let mut flipped = reply.clone();
        flipped[at] ^= 1 << (at % 8);
        if read(&stamped(&[flipped]), &trust, late).is_ok() {
            passed.push(at);
        }
    }
    let counts = |at: usize| !(contents..certificates).contains(&at) && at < reply.len() - 70;
    assert!(passed.iter().all(|at| counts(*at)), "{contents} {certificates} {passed:?}");
    let many = stamped(&vec![reply; 5]);
    assert!(refusal(&many, &trust).contains("at most 4 time stamps"));
    let key_seal = String::from_utf8(small_bundle()).unwrap();
    let key_seal =
        key_seal.replacen("\"tlogEntries\"", "\"timestampVerificationData\":{},\"tlogEntries\"", 1);
    assert!(refusal(&key_seal, &trust).contains("no timestampVerificationData"));
}

#[test]
fn bundles_with_certificates_are_read_strictly() {
    let Some(made) = Authority::new() else { return };
    made.root("root", "P-256", "sha256");
    made.issue("root", "signer", "P-256", "sha256", SIGNER);
    let bundle = String::from_utf8(made.seal(&["signer"]).unwrap()).unwrap();
    let trust = made.trust(&["root"], Identity::AnybodyBelowTheRoots);
    let start = bundle.find("{\"rawBytes\"").unwrap();
    let end = start + bundle[start..].find('}').unwrap() + 1;
    let one = &bundle[start..end];
    let refusal = |from: &str, to: &str| {
        assert!(bundle.contains(from), "{from}");
        check(bundle.replacen(from, to, 1).as_bytes(), &trust).unwrap_err().to_string()
    };
    assert!(refusal(one, "").contains("expected 1 to 16 certificates, found 0"));
    assert!(refusal(one, &[one; 17].join(",")).contains("found 17"));
    assert!(
        refusal(one, "{\"rawBytes\":\"MAA=\"}").contains("certificate 0 of the chain is damaged")
    );
    assert!(refusal(one, "{\"rawBytes\":\"MAA\"}").contains("strict base64"));
    assert!(
        refusal("\"x509CertificateChain\"", "\"publicKey\":{},\"x509CertificateChain\"")
            .contains("found both")
    );
    assert!(refusal("\"x509CertificateChain\"", "\"certificate\"").contains("sigstore"));
    assert!(refusal("\"certificates\"", "\"x\":1,\"certificates\"").contains("unknown member"));
    assert!(refusal("\"tlogEntries\":[]", "\"tlogEntries\":[{}]").contains("found 1"));
    assert!(matches!(check(&small_bundle(), &trust), Err(SealError::NotACertificateSeal { .. })));
    // The same certificate twice, or one that has nothing to do with it, is no harm.
    let many = bundle.replacen(one, &[one; 3].join(","), 1);
    assert!(check(many.as_bytes(), &trust).is_ok());
    // A second signature counts for nothing, and another payload is a forgery before anything else.
    let second = bundle.replace("\"signatures\":[", "\"signatures\":[{\"sig\":\"\"},");
    assert!(check(second.as_bytes(), &trust).is_err());
    let second = bundle.replace("\"keyid\":\"\"}]", "\"keyid\":\"\"},{\"sig\":\"anVuaw==\"}]");
    let verified =
        verify_with_certificates(second.as_bytes(), &trust, Timestamp::now(), &Limits::default());
    assert_eq!(verified.unwrap().remarks(), [Remark::OtherSignature { index: 1 }]);
    let payload = bundle.split("\"payload\":\"").nth(1).unwrap().split('"').next().unwrap();
    let forged = bundle.replace(payload, &payload.replacen('A', "B", 1));
    assert_eq!(check(forged.as_bytes(), &trust).unwrap_err().kind(), SealErrorKind::Tampered);
}

#[test]
fn every_flipped_bit_of_a_certificate_counts() {
    let Some(made) = Authority::new() else { return };
    made.root("root", "P-256", "sha256");
    made.issue("root", "signer", "P-256", "sha256", SIGNER);
    let bundle = String::from_utf8(made.seal(&["signer"]).unwrap()).unwrap();
    let trust = trust(&made.read("root.pem"));
    let certificate = &made.certificates(&["signer"])[0];
    let written = base64(certificate.as_der());
    assert!(bundle.contains(&written));
    for at in 0..certificate.as_der().len() {
        let mut der = certificate.as_der().to_vec();
        der[at] ^= 1 << (at % 8);
        let forged = bundle.replace(&written, &base64(&der));
        assert!(check(forged.as_bytes(), &trust).is_err(), "byte {at} does not count");
    }
}

fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

fn from_base64(text: &str) -> Vec<u8> {
    Base64::decode_vec(text).unwrap()
}

#[test]
fn pem_texts_without_certificates() {
    assert_eq!(Certificate::from_pem(""), Err(CertificateError::NoPem));
    let text = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    assert!(matches!(Certificate::from_pem(text), Err(CertificateError::Damaged { index: 0, .. })));
    assert!(matches!(
        Certificate::from_pem("-----BEGIN CERTIFICATE-----\nMAA="),
        Err(CertificateError::Damaged { .. })
    ));
}
