use std::net::IpAddr;

use clap::Args;
use modelseal_serve::{About, Options, Source, Wanted, serve, shutdown_signal};
use tokio::net::TcpListener;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::failure::Failure;
use crate::options::{ProjectOption, StoreOption, TrustOption};
use crate::voice::say;

/// Serve models that a trusted key has sealed: fetched, verified, loaded, and only then ready
///
/// A package that is refused does not end the service: it says why, and tries again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal serve
  modelseal serve --store file:///srv/models --keyring keyring.json \\
      --model diabetes_risk_model-0.1.0-2026_11_22")]
pub(crate) struct Arguments {
    /// A model: NAME for the newest release, NAME-VERSION-DATE for one and no other (safer)
    /// [default: the project's]
    #[arg(long = "model", value_name = "NAME[-VERSION-DATE]")]
    models: Vec<Wanted>,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The title of the service
    #[arg(long, default_value_t = About::default().title)]
    title: String,
    #[command(flatten)]
    store: StoreOption,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = match arguments.models.as_slice() {
        [] => {
            let name = arguments.project.load()?.sections.model.qualified_name.value;
            vec![Wanted::newest(&name).map_err(|error| Failure::usage(error.to_string()))?]
        }
        models => models.to_vec(),
    };
    let source = Source {
        store: arguments.store.open(&arguments.project)?,
        wanted,
        trust: arguments.trust.trust(&arguments.project)?,
        limits: modelseal_package::Limits::default(),
    };
    let about = About { title: arguments.title.clone(), ..About::default() };
    let options = Options { about, ..Options::default() };
    log();
    let runtime = super::runtime()?;
    let outcome = runtime.block_on(async {
        let listener = bind(arguments.host, arguments.port).await?;
        if let Ok(address) = listener.local_addr() {
            say(&format!("listening on http://{address}/docs"));
        }
        serve(listener, source, options, shutdown_signal())
            .await
            .map_err(|error| Failure::usage(error.to_string()))
    });
    // A read that hangs in the operating system must not keep a stopped service alive.
    runtime.shutdown_background();
    outcome
}

/// Opens the door.
pub(super) async fn bind(host: IpAddr, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((host, port)).await.map_err(|error| {
        Failure::new(format!("cannot listen on {host}:{port}: {error}"))
            .with_hint("another program may be listening there; `--port 0` takes a free port")
    })
}

/// Sends what the service logs to stderr; `RUST_LOG` says how much.
fn log() {
    let wanted = std::env::var("RUST_LOG").ok().and_then(|wanted| wanted.parse().ok());
    let targets = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(targets).with(layer).init();
}
