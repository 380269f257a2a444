//! `modelseal`: train, seal, store and serve tabular classifiers.

mod build_folder;
mod certificates;
mod clock;
mod commands;
mod data;
mod failure;
mod files;
mod fits;
mod itsdangerous_options;
mod model_options;
mod options;
mod private_key;
mod project;
mod shared_keys;
mod table;
mod training;
mod voice;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// Train a tabular classifier, seal it, store it anywhere, serve only what a trusted key sealed.
#[derive(Debug, Parser)]
#[command(name = "modelseal", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done (verify: trusted), 1 could not be read or written, 2 usage,
10 tampered or malformed, 11 key unknown, expired or revoked, 12 not sealed,
130 stopped by ctrl-c after reporting what was there.

Example: modelseal quickstart")]
struct Arguments {
    /// How results are reported.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: voice::Format,

    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let Arguments { format, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match command.run(format) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            voice::fail(format, &failure);
            ExitCode::from(failure.exit().code())
        }
    }
}

/// Help and version are no failures; a wrong argument is one, also for machines.
fn refuse(error: &clap::Error) -> ExitCode {
    let wants_json =
        std::env::args_os().any(|argument| argument == "json" || argument == "--format=json");
    if error.use_stderr() && wants_json {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let failure = failure::Failure::usage(first).with_hint("see --help");
        voice::fail(voice::Format::Json, &failure);
        return ExitCode::from(failure.exit().code());
    }
    // Nobody is left to be told when both streams are closed.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(failure::Exit::Usage.code()))
}
