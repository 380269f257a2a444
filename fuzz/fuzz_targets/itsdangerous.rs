//! itsdangerous: what is read strictly is what is written; whoever reads strictly accepts nothing
//! that Python refuses; keys and separators never panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_signing::itsdangerous::{
    Hash, KeyDerivation, Reading, SecretKeys, Separator, Settings, Signer, Strictness, TimeCheck,
};

fuzz_target!(|bytes: &[u8]| {
    let Some(([choice, position], text)) = bytes.split_first_chunk::<2>() else { return };
    let settings = Settings {
        derivation: KeyDerivation::ALL[usize::from(choice & 3)],
        hash: Hash::ALL[usize::from(choice >> 2) % Hash::ALL.len()],
        ..Settings::default()
    };
    let _ = Separator::new(text);
    if let Ok(keys) = SecretKeys::from_lines(text) {
        let _ = Signer::new(&keys, settings.clone());
    }
    let keys = SecretKeys::new([b"old-key".to_vec(), b"new-key".to_vec()]).expect("two keys");
    let signer = Signer::new(&keys, settings);
    let time = (choice & 0x80 != 0).then_some(TimeCheck { now: 1_679_097_060, age_max: None });
    let strict = Reading { strictness: Strictness::Strict, time };
    let as_python = Reading { strictness: Strictness::AsPython, time };

    // The text as it is: the fuzzer has no key, unless a seed is signed with one.
    let read = signer.unsign(text, &strict);
    let lenient = signer.unsign(text, &as_python);
    if let Ok((value, unsigned)) = read {
        assert_eq!(lenient.ok().map(|(value, _)| value), Some(value.clone()));
        if unsigned.key_number() == 2 {
            assert_eq!(signer.sign(&value, unsigned.seconds()), text);
        }
    }

    // The text as a value, and one changed byte in what is signed.
    let seconds = time.map(|time| time.now);
    let mut signed = signer.sign(text, seconds);
    assert_eq!(signer.unsign(&signed, &strict).expect("our own").0, text);
    let at = usize::from(*position) % signed.len();
    signed[at] ^= (choice >> 4 & 7) + 1;
    assert!(signer.unsign(&signed, &strict).is_err());
});
