//! `modelseal-serve`: the service as a program of its own, without anything of training.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use modelseal_serve::{About, Options, Source, StateFile, Trust, Wanted, serve, shutdown_signal};
use modelseal_store::Store;
use tokio::net::TcpListener;
use tracing::{error, info};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

/// Serves the models that a trusted key has sealed, and nothing else.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Example:
  modelseal-serve --store file:///srv/models --keyring keyring.json \\
      --model diabetes_risk_model-0.1.0-2026_11_22

Exit status: 0 stopped by a signal, 1 the address cannot be used, 2 wrong arguments.
A package that is refused does not end the program: see /api/health/ready.
RUST_LOG sets what is logged, such as RUST_LOG=debug."
)]
struct Arguments {
    /// Where the packages are, such as file:///srv/models
    #[arg(long, value_name = "URL")]
    store: String,
    /// The keys that are trusted; read afresh at each attempt to load
    #[arg(long, value_name = "FILE")]
    keyring: PathBuf,
    /// The root's public key: the keyring must lie under its seal, in KEYRING.sig
    #[arg(long, value_name = "FILE")]
    keyring_root: Option<PathBuf>,
    /// Remembers the newest keyring and releases seen, and refuses to go back; may not exist yet
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A model: NAME for the newest release, NAME-VERSION-DATE for one and no other (safer)
    #[arg(long = "model", value_name = "NAME[-VERSION-DATE]", required = true, num_args = 1..)]
    models: Vec<Wanted>,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The title of the service
    #[arg(long, default_value_t = About::default().title)]
    title: String,
    /// How the log on standard error looks
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

const CANNOT_SERVE: ExitCode = ExitCode::FAILURE;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log(arguments.log_format);
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let status = runtime.block_on(run(arguments));
            // All that was to be finished is. A thread that waits for a file of a dead network
            // share can neither be stopped nor waited for; it ends with the process.
            runtime.shutdown_background();
            status
        }
        Err(error) => {
            error!(%error, "cannot start");
            CANNOT_SERVE
        }
    }
}

/// Logs to standard error what `RUST_LOG` asks for, such as `info` or `hyper=debug,info`.
fn log(format: LogFormat) {
    let wanted = std::env::var("RUST_LOG").ok().and_then(|wanted| wanted.parse().ok());
    let targets = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(targets);
    match format {
        LogFormat::Text => registry.with(layer).init(),
        LogFormat::Json => registry.with(layer.json()).init(),
    }
}

async fn run(arguments: Arguments) -> ExitCode {
    let Arguments { store, models: wanted, host, port, title, .. } = arguments;
    let trust = Trust {
        keyring: arguments.keyring,
        root: arguments.keyring_root,
        state: arguments.state.map(StateFile::new),
    };
    let limits = modelseal_package::Limits::default();
    let store = match Store::open(&store, Path::new("."), modelseal_store::Limits::default()) {
        Ok(store) => store,
        Err(error) => {
            error!(%error, hint = error.hint(), "wrong arguments");
            return ExitCode::from(2);
        }
    };
    let listener = match TcpListener::bind((host.as_str(), port)).await {
        Ok(listener) => listener,
        Err(error) => {
            error!(%error, host, port, hint = "is another program listening there?", "cannot listen");
            return CANNOT_SERVE;
        }
    };
    if let Ok(address) = listener.local_addr() {
        info!("listening on http://{address}/docs");
    }
    let source = Source { store, wanted, trust, limits };
    let options = Options { about: About { title, ..About::default() }, ..Options::default() };
    match serve(listener, source, options, shutdown_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(%error, "wrong arguments");
            ExitCode::from(2)
        }
    }
}
