//! itsdangerous: the published vectors, every bit of a signed text, and the Python library itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests may stop at the first fault"
)]

mod support;

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use modelseal_signing::itsdangerous::{
    Hash, KeyDerivation, Reading, SecretKeys, SecretKeysError, Separator, Settings, Signer,
    Strictness, TAIL_BYTES_MAX, TimeCheck, UnsignError,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use support::hex;

fn signer(keys: &[&str], settings: Settings) -> Signer {
    let keys = SecretKeys::new(keys.iter().map(|key| key.as_bytes().to_vec())).unwrap();
    Signer::new(&keys, settings)
}

fn plain() -> Signer {
    signer(&["old-key", "new-key"], Settings::default())
}

fn as_python() -> Reading {
    Reading { strictness: Strictness::AsPython, time: None }
}

/// A signer, a signed text and how to read it, as a vector says.
fn of_vector(case: &Value) -> (Signer, Vec<u8>, Reading) {
    let text = |name: &str| case[name].as_str().unwrap();
    let keys: Vec<&str> =
        case["secret_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    let settings = Settings {
        salt: text("salt").as_bytes().to_vec(),
        separator: text("sep").parse().unwrap(),
        derivation: text("key_derivation").parse().unwrap(),
        hash: text("digest").parse().unwrap(),
    };
    let time = (case["kind"] == "timestamp").then(|| TimeCheck {
        now: case["now"].as_u64().unwrap_or(0),
        age_max: case["max_age"].as_u64(),
    });
    let reading = Reading { strictness: Strictness::Strict, time };
    (signer(&keys, settings), hex(text("signed_hex")), reading)
}

#[test]
fn vectors_get_the_strict_verdict_and_the_one_of_python() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/itsdangerous.json")).unwrap();
    assert_eq!(cases.len(), 48);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (signer, signed, mut reading) = of_vector(case);
        let python = case["expect"].as_str().unwrap();
        let strict = case["strict"].as_str().unwrap_or(python);
        for (strictness, expected) in [(Strictness::Strict, strict), (Strictness::AsPython, python)]
        {
            reading.strictness = strictness;
            match (signer.unsign(&signed, &reading), expected) {
                (Ok((value, unsigned)), "accept") => {
                    if let Some(expected) = case["value_hex"].as_str() {
                        assert_eq!(value, hex(expected), "{name}");
                    }
                    if let Some(expected) = case["timestamp"].as_u64() {
                        assert_eq!(unsigned.seconds(), Some(expected), "{name}");
                    }
                }
                (Err(UnsignError::TooOld { .. }), "reject-expired") => {}
                (Err(UnsignError::FromTheFuture { seconds: 1 }), "reject-expired") => {}
                (
                    Err(
                        UnsignError::Mismatch { .. }
                        | UnsignError::NoSeparator { .. }
                        | UnsignError::Encoding { .. },
                    ),
                    "reject",
                ) => {}
                (verdict, expected) => panic!("{name}: {expected}, but {verdict:?}"),
            }
        }
    }
}

#[test]
fn what_is_signed_is_the_vector() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("vectors/itsdangerous.json")).unwrap();
    let mut checked = 0;
    for case in cases.iter().filter(|case| case["derived_key_hex"].is_string()) {
        let (signer, signed, _) = of_vector(case);
        // Those made with the first of two keys are to be read only.
        let name = case["name"].as_str().unwrap();
        if name.starts_with("rotation-") && name != "rotation-signs-with-last" {
            continue;
        }
        let value = hex(case["value_hex"].as_str().unwrap());
        assert_eq!(signer.sign(&value, case["timestamp"].as_u64()), signed, "{name}");
        checked += 1;
    }
    assert!(checked >= 24, "{checked}");
}

#[test]
fn the_last_key_signs_and_every_key_verifies() {
    let signed = plain().sign(b"rotate", None);
    let by = |keys: &[&str], signed: &[u8]| {
        let read = signer(keys, Settings::default()).unsign(signed, &Reading::default());
        read.map(|(_, unsigned)| unsigned.key_number())
    };
    assert_eq!(by(&["old-key", "new-key"], &signed).unwrap(), 2);
    assert_eq!(by(&["new-key", "newest-key"], &signed).unwrap(), 1);
    let refused = by(&["old-key", "newest-key"], &signed).unwrap_err();
    assert!(matches!(refused, UnsignError::Mismatch { keys: 2 }), "{refused:?}");
}

/// One value has one signed text: not even a bit of the signature may differ.
#[test]
fn no_changed_bit_and_no_junk_verifies() {
    let signed = plain().sign(b"model\x80\x04.", None);
    for bit in 0..signed.len() * 8 {
        let mut changed = signed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(plain().unsign(&changed, &Reading::default()).is_err(), "bit {bit}");
    }
    for cut in 0..signed.len() {
        assert!(plain().unsign(&signed[..cut], &Reading::default()).is_err(), "{cut} bytes");
    }
    for junk in ["!!!!", "\x01=", "\n=", "=", "\n", "\x01", "A", ".", "\0"] {
        let longer = [&signed, junk.as_bytes()].concat();
        let refused = plain().unsign(&longer, &Reading::default()).unwrap_err();
        assert!(matches!(refused, UnsignError::Encoding { .. }), "{junk:?}: {refused:?}");
    }
    for accepted in ["!!!!", "\x01=", "\n=", "="] {
        let longer = [&signed, accepted.as_bytes()].concat();
        assert_eq!(plain().unsign(&longer, &as_python()).unwrap().0, b"model\x80\x04.");
    }
}

#[test]
fn a_time_is_one_number_in_one_spelling() {
    let read = |signed: &[u8], now, age_max| {
        let time = Some(TimeCheck { now, age_max });
        let reading = Reading { strictness: Strictness::Strict, time };
        plain().unsign(signed, &reading).map(|(value, unsigned)| (value, unsigned.seconds()))
    };
    for seconds in [0, 1, 255, 256, u64::from(u32::MAX), u64::MAX] {
        let signed = plain().sign(b"v.w", Some(seconds));
        assert_eq!(read(&signed, seconds, Some(0)).unwrap(), (b"v.w".to_vec(), Some(seconds)));
        assert_eq!(read(&signed, 0, None).unwrap().1, Some(seconds));
    }
    let signed = plain().sign(b"v", Some(1000));
    assert!(read(&signed, 1010, Some(10)).is_ok());
    let old = read(&signed, 1011, Some(10)).unwrap_err();
    assert!(matches!(old, UnsignError::TooOld { age: 11, age_max: 10 }), "{old:?}");
    let early = read(&signed, 999, Some(10)).unwrap_err();
    assert!(matches!(early, UnsignError::FromTheFuture { seconds: 1 }), "{early:?}");

    // Signed with the key, but not as a time: a leading zero byte, nine bytes, junk, no separator.
    let crafted = |value: &str| read(&plain().sign(value.as_bytes(), None), 0, None).unwrap_err();
    for time in ["AAE", "AQAAAAAAAAAA", "AR", "AQ==", "!"] {
        let refused = crafted(&format!("v.{time}"));
        assert!(matches!(refused, UnsignError::Time { .. }), "{time}: {refused:?}");
    }
    assert!(matches!(crafted("v"), UnsignError::NoTime));
}

/// One byte at a time, like a slow pipe.
struct Drip<'a>(&'a [u8]);

impl io::Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = 1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn a_stream_is_signed_and_read_as_its_bytes() {
    let window = TAIL_BYTES_MAX;
    for length in [0, 1, window - 60, window - 28, window - 1, window, window + 1, 3 * window + 7] {
        let value: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        for seconds in [None, Some(1_679_097_060)] {
            let mut signed = Vec::new();
            plain().sign_stream(&mut &*value, &mut signed, seconds).unwrap();
            assert_eq!(signed, plain().sign(&value, seconds));
            let time = seconds.map(|now| TimeCheck { now, age_max: Some(0) });
            let reading = Reading { time, ..Reading::default() };
            let mut read = Vec::new();
            let unsigned = plain().unsign_stream(&mut Drip(&signed), &mut read, &reading).unwrap();
            assert_eq!((read, unsigned.seconds()), (value.clone(), seconds), "{length} bytes");
        }
    }
}

#[test]
fn endless_junk_is_refused() {
    let mut signed = plain().sign(b"v", None);
    signed.resize(TAIL_BYTES_MAX * 2, b'!');
    let refused = plain().unsign(&signed, &as_python()).unwrap_err();
    assert!(matches!(refused, UnsignError::NoSeparator { .. }), "{refused:?}");
}

#[test]
fn keys_come_one_a_line() {
    let lines = |text: &[u8]| SecretKeys::from_lines(text).map(|keys| keys.count());
    assert_eq!(lines(b"old\nnew\n"), Ok(2));
    assert_eq!(lines(b"one"), Ok(1));
    assert_eq!(lines(b""), Err(SecretKeysError::NoKey));
    assert_eq!(lines(b"\n"), Err(SecretKeysError::NoKey));
    assert_eq!(lines(b"a\n\nb\n"), Err(SecretKeysError::EmptyKey { number: 2 }));
    assert_eq!(lines(b"a\nb\n\n"), Err(SecretKeysError::EmptyKey { number: 3 }));
    assert_eq!(lines(b"a\r\nb\r\n"), Err(SecretKeysError::CarriageReturn { number: 1 }));
    let keys = SecretKeys::from_lines(b"old-key\nnew-key").unwrap();
    assert_eq!(Signer::new(&keys, Settings::default()).sign(b"v", None), plain().sign(b"v", None));
}

/// Cases at random, judged by the library in one process.
#[derive(Clone, Debug)]
struct Case {
    keys: Vec<Vec<u8>>,
    salt: Vec<u8>,
    separator: Vec<u8>,
    derivation: KeyDerivation,
    hash: Hash,
    value: Vec<u8>,
    seconds: Option<u64>,
    /// What is appended to, put into or taken from a signed text.
    junk: Vec<u8>,
    at: prop::sample::Index,
    cut: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let bytes = |range| prop::collection::vec(any::<u8>(), range);
    let separator = prop_oneof![
        3 => Just(b".".to_vec()),
        2 => prop::sample::select(vec![&b"|"[..], b"::", b".A", b"A.", b"..", b"\0", b"+", b"/"])
            .prop_map(<[u8]>::to_vec),
        1 => bytes(1..4).prop_filter("a separator", |bytes| Separator::new(bytes.clone()).is_ok()),
    ];
    // Near the alphabet, where decoders differ.
    let junk = prop::collection::vec(
        prop_oneof![prop::sample::select(b"=!+/-_A.\n\x01\x80\xff".to_vec()), any::<u8>()],
        0..6,
    );
    let value = prop_oneof![bytes(0..40), "[a.|:+/]{0,20}".prop_map(String::into_bytes)];
    (
        prop::collection::vec(bytes(1..150), 1..4),
        bytes(0..30),
        separator,
        (
            prop::sample::select(KeyDerivation::ALL.to_vec()),
            prop::sample::select(Hash::ALL.to_vec()),
        ),
        value,
        prop::option::of(prop_oneof![0_u64..1 << 33, any::<u64>()]),
        (junk, any::<prop::sample::Index>(), 0_usize..4),
    )
        .prop_map(
            |(keys, salt, separator, (derivation, hash), value, seconds, (junk, at, cut))| Case {
                keys,
                salt,
                separator,
                derivation,
                hash,
                value,
                seconds,
                junk,
                at,
                cut,
            },
        )
}

impl Case {
    fn signer(&self) -> Signer {
        let keys = SecretKeys::new(self.keys.clone()).unwrap();
        let settings = Settings {
            salt: self.salt.clone(),
            separator: Separator::new(self.separator.clone()).unwrap(),
            derivation: self.derivation,
            hash: self.hash,
        };
        Signer::new(&keys, settings)
    }

    /// Signed with every key, and changed near the end.
    fn texts(&self) -> Vec<Vec<u8>> {
        let mut texts = Vec::new();
        for key in &self.keys {
            let one = Case { keys: vec![key.clone()], ..self.clone() };
            texts.push(one.signer().sign(&self.value, self.seconds));
        }
        let signed = self.signer().sign(&self.value, self.seconds);
        texts.push([&signed[..], &self.junk].concat());
        let at = self.at.index(signed.len().min(40) + 1);
        let (start, end) = signed.split_at(signed.len() - at);
        texts.push([start, &self.junk, end].concat());
        texts.push([&signed[..signed.len() - self.cut], &self.junk].concat());
        let mut spare = signed;
        *spare.last_mut().unwrap() = spare.last().unwrap().wrapping_add(self.cut as u8);
        texts.push(spare);
        texts
    }
}

/// Reads cases as JSON, and writes for each what it signs and what it makes of the texts.
const PYTHON: &str = r#"
import hashlib, json, sys
from itsdangerous import BadSignature, Signer, TimestampSigner

def judge(case):
    keys = [bytes.fromhex(key) for key in case["keys"]]
    options = dict(salt=bytes.fromhex(case["salt"]), sep=bytes.fromhex(case["sep"]),
                   key_derivation=case["derivation"], digest_method=getattr(hashlib, case["hash"]))
    if case["seconds"] is None:
        signer = Signer(keys, **options)
    else:
        signer = TimestampSigner(keys, **options)
        signer.get_timestamp = lambda: case["seconds"]
    def read(text):
        try:
            return signer.unsign(bytes.fromhex(text)).hex()
        except BadSignature:
            return None
    return {"signed": signer.sign(bytes.fromhex(case["value"])).hex(),
            "read": [read(text) for text in case["texts"]]}

def refuses(separator):
    try:
        Signer(b"k", sep=bytes.fromhex(separator))
    except ValueError:
        return True
    return False

given = json.load(sys.stdin)
print(json.dumps({"cases": [judge(case) for case in given["cases"]],
                  "refused": [refuses(separator) for separator in given["separators"]]}))
"#;

/// The answer of the library, or nothing, said loudly.
fn ask_python(question: &Value) -> Option<Value> {
    let python = std::env::var_os("MODELSEAL_PYTHON").unwrap_or_else(|| "python3".into());
    let probe = Command::new(&python).args(["-c", "import itsdangerous"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        // Straight to stderr: the test runner hides what the print macros write.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: {} cannot import itsdangerous; set MODELSEAL_PYTHON",
            python.display()
        );
        return None;
    }
    let mut script = tempfile::NamedTempFile::new().unwrap();
    script.write_all(PYTHON.as_bytes()).unwrap();
    let mut child = Command::new(python)
        .arg(script.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn both_directions_with_the_python_library() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Case> =
        (0..600).map(|_| cases().new_tree(&mut runner).unwrap().current()).collect();
    let separators = ["", "A", "9", "-", "=", "zA", "9-", "abc", ".", "A.", "::", "|"];
    let describe = |case: &Case| {
        json!({
            "keys": case.keys.iter().map(|key| digits(key)).collect::<Vec<_>>(),
            "salt": digits(&case.salt),
            "sep": digits(&case.separator),
            "derivation": case.derivation.name(),
            "hash": case.hash.name(),
            "value": digits(&case.value),
            "seconds": case.seconds,
            "texts": case.texts().iter().map(|text| digits(text)).collect::<Vec<_>>(),
        })
    };
    let question = json!({
        "cases": cases.iter().map(describe).collect::<Vec<_>>(),
        "separators": separators.iter().map(|text| digits(text.as_bytes())).collect::<Vec<_>>(),
    });
    let Some(answer) = ask_python(&question) else { return };

    let (mut accepted, mut refused, mut only_python) = (0, 0, 0);
    for (case, answer) in cases.iter().zip(answer["cases"].as_array().unwrap()) {
        let signer = case.signer();
        let signed = signer.sign(&case.value, case.seconds);
        assert_eq!(answer["signed"], digits(&signed), "{case:?}");
        let time = case.seconds.map(|now| TimeCheck { now, age_max: None });
        for (text, python) in case.texts().iter().zip(answer["read"].as_array().unwrap()) {
            let read = |strictness| {
                let read = signer.unsign(text, &Reading { strictness, time });
                read.map(|(value, _)| Value::String(digits(&value))).unwrap_or(Value::Null)
            };
            let (strict, lenient) = (read(Strictness::Strict), read(Strictness::AsPython));
            assert_eq!(lenient, *python, "{case:?}: {}", digits(text));
            let made_here = case.keys.iter().any(|key| {
                let one = Case { keys: vec![key.clone()], ..case.clone() };
                one.signer().sign(&case.value, case.seconds) == *text
            });
            assert_eq!(strict != Value::Null, made_here, "{case:?}: {}", digits(text));
            match (strict, python) {
                (Value::Null, Value::Null) => refused += 1,
                (Value::Null, _) => only_python += 1,
                _ => accepted += 1,
            }
        }
    }
    eprintln!(
        "{accepted} texts accepted, {refused} refused, {only_python} accepted by Python only"
    );
    assert!(accepted > 600 && refused > 600 && only_python > 60);

    for (separator, refuses) in separators.iter().zip(answer["refused"].as_array().unwrap()) {
        assert_eq!(Separator::new(*separator).is_err(), refuses.as_bool().unwrap(), "{separator}");
    }
}
