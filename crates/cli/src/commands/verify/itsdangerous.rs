//! `--method itsdangerous`: a file with a signature of Python's itsdangerous at its end.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Arguments;
use crate::failure::Failure;
use crate::files;
use crate::voice::{Format, report};

#[derive(Debug, Serialize)]
struct Report<'a> {
    verified: bool,
    file: &'a Path,
    method: String,
    /// Counted from 1, the oldest.
    key_number: usize,
    signed_at: Option<u64>,
    payload: Option<&'a PathBuf>,
}

pub(super) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let Some(path) = &arguments.path else {
        return Err(Failure::usage("the file to verify is missing").with_hint("see --help"));
    };
    let (reading, secret) = (&arguments.reading, &arguments.secret);
    // What the signature covers comes into being when all of it is verified, or not at all.
    let unsigned = match &arguments.payload {
        Some(payload) => files::write_stream(payload, |sink| reading.unsign(secret, path, sink))?,
        None => reading.unsign(secret, path, &mut std::io::sink())?,
    };
    let value = Report {
        verified: true,
        file: path,
        method: arguments.method.to_string(),
        key_number: unsigned.key_number(),
        signed_at: unsigned.seconds(),
        payload: arguments.payload.as_ref(),
    };
    report(format, &value, || {
        let mut text = format!(
            "trusted: {}\n  signed with key {}, counted from the oldest",
            path.display(),
            value.key_number
        );
        if let Some(time) = unsigned.seconds() {
            text += &format!("\n  signed at {}", show(time));
        }
        match &arguments.payload {
            Some(payload) => text += &format!("\n  payload   {}", payload.display()),
            None => {
                text +=
                    "\n  the file that was read is trusted; --payload FILE keeps what was verified"
            }
        }
        text
    })
}

/// A time as people read it, if it is one that calendars know.
fn show(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(|| format!("{seconds} seconds since 1970"), |time| time.to_string())
}
