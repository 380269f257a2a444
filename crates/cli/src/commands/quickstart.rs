use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use modelseal_package::PackageId;
use modelseal_serve::{Backoff, Limits, Options, Source, Trust, Wanted, serve, shutdown_signal};
use modelseal_signing::Keyring;
use modelseal_store::Store;
use modelseal_train::data::{survey, write_csv};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::options::{self, load_keyring};
use crate::private_key::{self, PassphraseOption};
use crate::project::Project;
use crate::training::{Loaded, hold_out_text};
use crate::voice::{self, Format, duration, report};
use crate::{clock, data, files};

mod fields;

/// Do the whole path once: data, train, package, seal, store, verify, serve, predict
///
/// Works on made-up data of its own, or on a CSV file of yours. All that it makes lies in one
/// folder; every step is also a command.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  modelseal quickstart
  modelseal quickstart --data survey.csv --target Diabetes_binary --no-serve
  modelseal quickstart --tamper")]
pub(crate) struct Arguments {
    /// A CSV file to learn from, in place of the synthetic survey
    #[arg(long, value_name = "FILE", requires = "target")]
    data: Option<PathBuf>,
    /// The column of that file to predict
    #[arg(long, value_name = "COLUMN", requires = "data")]
    target: Option<String>,
    /// The folder for all that is made
    #[arg(long, default_value = "modelseal-quickstart", value_name = "DIR")]
    dir: PathBuf,
    /// The port of the service
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Stop after the first prediction
    #[arg(long)]
    no_serve: bool,
    /// Then flip one byte of the stored package, and show that it is refused
    #[arg(long)]
    tamper: bool,
}

/// The first line of the project file marks a folder as one that may be made anew.
const MARK: &str = "# Made by `modelseal quickstart`, which starts over in this folder.\n";

/// The seed of the synthetic survey.
const SURVEY_SEED: u32 = 2015;

/// How long the service may take to become ready before the quickstart gives up.
const READY_MAX: Duration = Duration::from_secs(20);

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let mut steps = Steps { started: Instant::now(), done: Vec::new() };
    let place = Place::prepare(&arguments.dir)?;

    let (table, source) = match (&arguments.data, &arguments.target) {
        (Some(path), Some(target)) => {
            let (table, digest) = data::read(path)?;
            (table, (path.clone(), target.as_str(), digest))
        }
        _ => {
            let table = survey::generate(SURVEY_SEED, survey::ROWS_DEFAULT);
            let path = place.dir.join("survey.csv");
            let mut csv = Vec::new();
            write_csv(&table, &mut csv).map_err(|error| Failure::io("written", &path, &error))?;
            files::write(&path, &csv)?;
            (table, (path, survey::TARGET, modelseal_signing::Digest::of(&csv)))
        }
    };
    let (path, target, digest) = source;
    let synthetic = arguments.data.is_none();
    let mut draft = super::init::draft(&table, &path, target, &place.project)?;
    draft.synthetic = synthetic;
    fields::describe(&mut draft);
    files::write(&place.project, format!("{MARK}{}", draft.render()).as_bytes())?;
    let project = Project::load(&place.project)?;
    let kind = if synthetic { "a SYNTHETIC survey: not about people" } else { "your file" };
    let columns = table.columns().len();
    steps.done("data", &format!("{} rows, {columns} columns, {kind}", table.row_count()));

    let data = modelseal_package::DataSource {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: digest,
        rows: table.row_count() as u64,
        synthetic,
    };
    let candidate = project.candidate()?;
    let body = fields::example(&draft, &table);
    let mut loaded = Loaded::new(project, table, data)?;
    let (trained, fitted) = super::train::fit(&mut loaded, &candidate)?;
    let project = loaded.project;
    crate::build_folder::save(project.root(), &trained)?;
    let hold_out = &fitted.hold_out;
    let learned = format!(
        "gradient boosting on {} rows, {} features",
        hold_out.n_train,
        fitted.pipeline.features.len()
    );
    steps.done("train", &learned);
    voice::line(&hold_out_text(hold_out));

    let (id, file, size) = super::package::make(&project, clock::build_time()?)?;
    steps.done("package", &format!("{} ({size} bytes)", id.file_name()));

    if !place.private_key.exists() || !place.keyring.exists() {
        super::keys::create("quickstart", &place.private_key, &place.keyring)?;
    }
    let fingerprint = super::sign::seal(
        &file,
        &id,
        &private_key::load(&place.private_key, &PassphraseOption::default())?,
    )?;
    let short: String = fingerprint.to_string().chars().take(16).collect();
    steps.done("seal", &format!("OpenSSF Model Signing v1.0, ECDSA P-256, key {short}…"));

    let keyring = load_keyring(&place.keyring)?;
    let store = Store::open(
        &project.sections.store.url,
        project.root(),
        modelseal_store::Limits::default(),
    )?;
    super::push::publish_file(&file, id.clone(), &keyring, &store)?;
    steps.done("store", &format!("{} in {}", id.file_name(), place.store.display()));

    if arguments.tamper {
        return tamper(&place, &id, &keyring, &store);
    }

    let port = if arguments.no_serve { 0 } else { arguments.port };
    let service = Service::start(&place, &store, &id, port)?;
    let ready = service.wait_until_ready()?;
    steps.done(
        "verify",
        &format!("seal, key and every byte; the service was ready after {}", duration(ready)),
    );

    let url = format!("http://{}/api/models/{}/prediction", service.address, id.name());
    let answer = post(&url, &body)?;
    steps.done("predict", &format!("{body} -> {answer}"));
    voice::line(&format!("{:>9} in all", duration(steps.started.elapsed()).to_string()));

    let value = json!({
        "package": id,
        "file": file,
        "metrics": hold_out,
        "ready_ms": ready.as_secs_f64() * 1e3,
        "steps": steps.as_json(),
        "prediction": { "url": url, "body": body, "answer": answer },
    });
    report(format, &value, || {
        format!(
            "curl -X POST {url} \\\n  -H 'content-type: application/json' \\\n  -d '{}'",
            body.to_string().replace('\'', "'\\''")
        )
    })?;
    if arguments.no_serve {
        return service.stop();
    }
    voice::say(&format!(
        "the service answers; try it in a browser: http://{}/docs",
        service.address
    ));
    voice::say("press ctrl-c to stop it");
    service.run_until_signal()
}

/// The files of a quickstart. Private key and service share no folder but the root.
struct Place {
    dir: PathBuf,
    project: PathBuf,
    private_key: PathBuf,
    keyring: PathBuf,
    store: PathBuf,
}

impl Place {
    /// Makes the folder, or clears one that an earlier quickstart made.
    fn prepare(dir: &Path) -> Result<Self, Failure> {
        let place = Self {
            dir: dir.to_owned(),
            project: dir.join("modelseal.yaml"),
            private_key: dir.join("private").join("signing-key.pem"),
            keyring: dir.join("keyring.json"),
            store: dir.join("store"),
        };
        let failed = |error| Failure::io("made", dir, &error);
        std::fs::create_dir_all(dir).map_err(failed)?;
        let empty = std::fs::read_dir(dir).map_err(failed)?.next().is_none();
        let ours = std::fs::read_to_string(&place.project).is_ok_and(|text| text.starts_with(MARK));
        if !empty && !ours {
            return Err(Failure::usage(format!("{} is not empty", dir.display()))
                .with_hint("choose an empty or new folder with --dir DIR"));
        }
        for made in ["build", "dist", "store"].map(|name| dir.join(name)) {
            match std::fs::remove_dir_all(&made) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::io("cleared", &made, &error));
                }
                _ => {}
            }
        }
        Ok(place)
    }
}

/// Which step took how long.
struct Steps {
    started: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    fn done(&mut self, name: &'static str, what: &str) {
        let before: Duration = self.done.iter().map(|(_, time)| *time).sum();
        let time = self.started.elapsed().saturating_sub(before);
        self.done.push((name, time));
        voice::line(&format!("{:>9}  {name:<8} {what}", duration(time).to_string()));
    }

    fn as_json(&self) -> Value {
        let seconds = |(name, time): &(&'static str, Duration)| json!({ "step": name, "seconds": time.as_secs_f64() });
        self.done.iter().map(seconds).collect()
    }
}

/// A service in this process, on threads of its own.
struct Service {
    runtime: tokio::runtime::Runtime,
    address: SocketAddr,
    started: Instant,
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<Result<(), Failure>>,
}

impl Service {
    fn start(place: &Place, store: &Store, id: &PackageId, port: u16) -> Result<Self, Failure> {
        let runtime = super::runtime()?;
        let started = Instant::now();
        let listener =
            runtime.block_on(super::serve::bind(IpAddr::V4(Ipv4Addr::LOCALHOST), port))?;
        let address = listener
            .local_addr()
            .map_err(|error| Failure::new(format!("the service has no address: {error}")))?;
        let source = Source {
            store: store.clone(),
            wanted: vec![Wanted::exactly(id.clone())],
            trust: Trust::new(&place.keyring),
            limits: modelseal_package::Limits::default(),
        };
        // Nobody balances load onto a quickstart: it may stop at once.
        let limits = Limits { drain: Duration::ZERO, ..Limits::default() };
        let options = Options { limits, backoff: Backoff::default(), ..Options::default() };
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        runtime.spawn(async move {
            let shutdown = async {
                tokio::select! {
                    _ = stopped => {}
                    () = shutdown_signal() => {}
                }
            };
            let outcome = serve(listener, source, options, shutdown).await;
            let _ = end.send(outcome.map_err(|error| Failure::new(error.to_string())));
        });
        Ok(Self { runtime, address, started, stop, ended })
    }

    /// Asks over HTTP until the service is ready; returns how long that took from its start.
    fn wait_until_ready(&self) -> Result<Duration, Failure> {
        let url = format!("http://{}/api/health/ready", self.address);
        loop {
            let (status, body) = get(&url)?;
            if status == 200 {
                return Ok(self.started.elapsed());
            }
            if self.started.elapsed() > READY_MAX {
                return Err(Failure::new(format!("the service does not become ready: {body}")));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn stop(self) -> Result<(), Failure> {
        // A service that has ended already needs no signal.
        let _ = self.stop.send(());
        Self::join(self.runtime, self.ended)
    }

    fn run_until_signal(self) -> Result<(), Failure> {
        // Dropping the sender would stop the service, so it lives until the end.
        let Self { runtime, stop, ended, .. } = self;
        let outcome = Self::join(runtime, ended);
        drop(stop);
        outcome
    }

    fn join(
        runtime: tokio::runtime::Runtime,
        ended: oneshot::Receiver<Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let outcome = runtime.block_on(ended);
        runtime.shutdown_background();
        outcome.unwrap_or_else(|_| Err(Failure::new("the service ended without a word")))
    }
}

/// Flips one byte of the stored package; shows what verification and the service say to it.
fn tamper(place: &Place, id: &PackageId, keyring: &Keyring, store: &Store) -> Result<(), Failure> {
    let file = place.store.join(id.file_name());
    let limits = modelseal_package::Limits::default();
    let mut bytes = files::read(&file, limits.archive_bytes_max)?;
    // The middle of the archive lies in the model's parameters: the leaf of some tree.
    let position = bytes.len() / 2;
    bytes[position] ^= 1;
    files::write(&file, &bytes)?;
    voice::line(&format!(
        "{:>9}  tamper   flipped one bit of byte {position} in {}",
        "",
        file.display()
    ));

    let service = Service::start(place, store, id, 0)?;
    let refusal = loop {
        let (status, body) = get(&format!("http://{}/api/health/ready", service.address))?;
        if status == 200 {
            return Err(Failure::new("a tampered package was served; please report this"));
        }
        // Until the first attempt is over, the reason is that it is under way.
        if body.contains(&id.to_string()) || service.started.elapsed() > READY_MAX {
            break format!("{status} {body}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let prediction = format!("http://{}/api/models/{}/prediction", service.address, id.name());
    let (status, body) =
        send(ureq::post(&prediction).config().http_status_as_error(false).build(), "{}")?;
    voice::line(&format!("{:>9}  ready    {refusal}", ""));
    voice::line(&format!("{:>9}  predict  {status} {body}", ""));
    service.stop()?;
    match options::verify(bytes.into(), id, keyring, &limits) {
        Err(failure) => Err(failure),
        Ok(_) => Err(Failure::new("a tampered package was verified; please report this")),
    }
}

fn get(url: &str) -> Result<(u16, String), Failure> {
    let request = ureq::get(url).config().http_status_as_error(false).build();
    answer(url, request.call())
}

fn post(url: &str, body: &Value) -> Result<Value, Failure> {
    let request = ureq::post(url).config().http_status_as_error(false).build();
    let (status, answer) = send(request, &body.to_string())?;
    match serde_json::from_str(&answer) {
        Ok(value) if status == 200 => Ok(value),
        _ => Err(Failure::new(format!("{url} answered {status}: {answer}"))),
    }
}

fn send(
    request: ureq::RequestBuilder<ureq::typestate::WithBody>,
    body: &str,
) -> Result<(u16, String), Failure> {
    answer("the service", request.content_type("application/json").send(body))
}

fn answer(
    url: &str,
    response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<(u16, String), Failure> {
    let failed = |error: ureq::Error| Failure::new(format!("{url} does not answer: {error}"));
    let mut response = response.map_err(failed)?;
    let body = response.body_mut().read_to_string().map_err(failed)?;
    Ok((response.status().as_u16(), body))
}
