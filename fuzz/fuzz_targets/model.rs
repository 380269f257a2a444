//! Models: the input is split in two, description and parameters; what decodes predicts and
//! survives its bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use modelseal_model::{Limits, Model};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (json, parameters) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
    let Ok(model) = Model::decode(json, parameters, &limits) else { return };
    let prediction = model.predict(vec![f64::NAN; model.features().len()]);
    assert!(prediction.class < model.schema().output.classes.len());
    let encoded = model.encode().expect("a model that was decoded can be encoded");
    let again = Model::decode(&encoded.model_json, &encoded.parameters, &limits);
    assert_eq!(again.ok(), Some(model));
});
