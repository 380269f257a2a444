//! The voice of the command line. Its rules:
//!
//! - stdout is data: what a command was asked for, and nothing else.
//! - stderr is talk: progress, notes, errors.
//! - An error is one sentence, `modelseal: error: ...`, in lower case; what to do about it
//!   follows, `modelseal: hint: ...`.
//! - With `--format json` stdout is one JSON document, also when the command fails.
//! - Progress moves only on a terminal; in a pipe there is silence until something is done.
//! - Text from outside is printed without control characters, so that no file name and no
//!   package can move the cursor or colour the terminal.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::{Exit, Failure};

/// How a command reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON document.
    Json,
    /// A table as comma-separated values, where the result is one.
    Csv,
    /// A table for documents, where the result is one.
    Markdown,
}

/// Prints the result of a command: `text` for people, `value` for machines.
pub(crate) fn report<T: Serialize>(
    format: Format,
    value: &T,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    let document = match format {
        Format::Text => printable(&text()),
        Format::Json => serde_json::to_string_pretty(value).map_err(|error| {
            Failure::new(format!("the report cannot be written as JSON: {error}"))
        })?,
        Format::Csv | Format::Markdown => {
            return Err(Failure::usage("the result of this command is no table")
                .with_hint("use --format text or --format json"));
        }
    };
    write_stdout(document.trim_end())
}

/// Prints a text whose parts from outside are already visible.
pub(crate) fn write_document(text: &str) -> Result<(), Failure> {
    write_stdout(text.trim_end())
}

/// Whether the reader of stdout sees colours: a terminal, and nobody said <https://no-color.org>.
pub(crate) fn has_colour() -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !is_unwanted
}

/// Prints a failure on stderr, and as JSON on stdout when that was asked for.
pub(crate) fn fail(format: Format, failure: &Failure) {
    // What an interrupted command found is on stdout already.
    if format == Format::Json && failure.exit() != Exit::Interrupted {
        let mut document = serde_json::json!({
            "error": failure.message(),
            "hint": failure.hint(),
            "exit_code": failure.exit().code(),
        });
        if let (Some(members), Some(report)) =
            (document.as_object_mut(), failure.report().and_then(|report| report.as_object()))
        {
            members.extend(report.clone());
        }
        // The message follows on stderr; a closed stdout must not hide it.
        let _ = write_stdout(&format!("{document:#}"));
    }
    say(&format!("error: {}", failure.message()));
    for detail in failure.details() {
        line(&format!("  {}", visible(detail)));
    }
    if let Some(hint) = failure.hint() {
        say(&format!("hint: {hint}"));
    }
}

/// Says something to the person at the terminal.
pub(crate) fn say(text: &str) {
    line(&format!("modelseal: {text}"));
}

/// Writes one line of talk, as it is.
pub(crate) fn line(text: &str) {
    // Nobody is left to be told when stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "{}", printable(text));
}

fn write_stdout(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        // `modelseal inspect ... | head` is a normal way to read.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(format!("stdout cannot be written: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// The text with everything visible but the line feeds of its own layout.
fn printable(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// A text from outside as one visible line: control characters, line feeds too, and characters
/// that change the direction of writing or cannot be seen are escaped.
pub(crate) fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' => character.escape_unicode().to_string(),
            other if other.is_control() => other.escape_default().to_string(),
            other => other.to_string(),
        })
        .collect()
}

/// Larger totals are bytes or rounds, which nobody counts.
const COUNTED_MAX: u64 = 10_000;

/// A bar for a step whose length is known; invisible where stderr is no terminal.
pub(crate) fn bar(what: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), target());
    let template = if total < COUNTED_MAX {
        "  {msg:<11} {bar:32} {pos}/{len}  {per_sec}  {eta} left"
    } else {
        "  {msg:<11} {bar:32} {percent:>3}%  {eta} left"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A counter of bytes with their rate, for a step of unknown length; invisible where stderr is no
/// terminal, and before it has taken a moment.
pub(crate) fn bytes(what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target());
    if let Ok(style) =
        ProgressStyle::with_template("  {msg:<10} {bytes} at {binary_bytes_per_sec}, {elapsed}")
    {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(10)
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// A duration as people read it: `85 ms`, `2.4 s`.
pub(crate) fn duration(duration: Duration) -> impl Display {
    let milliseconds = duration.as_secs_f64() * 1e3;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.1} s", milliseconds / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::{printable, visible};

    #[test]
    fn no_text_from_outside_drives_the_terminal() {
        assert_eq!(printable("a\x1b[31mb\rc\nd"), "a\\u{1b}[31mb\\rc\nd");
        assert_eq!(visible("a\n  seal  TRUSTED\u{202e}"), "a\\n  seal  TRUSTED\\u{202e}");
    }
}
