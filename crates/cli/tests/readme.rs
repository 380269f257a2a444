//! Every command of the README, in its order, as a new user would type it.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first broken assumption"
)]

mod session;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use session::Session;

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap()
}

/// The lines of all `sh` blocks.
fn commands() -> Vec<String> {
    let readme = readme();
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(|block| block.lines().map(str::to_owned)).collect()
}

/// Runs a line in a shell in which `modelseal` is the built program.
fn shell(session: &Session, line: &str) -> Command {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_modelseal"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let mut shell = Command::new("sh");
    let folder = session.path(".");
    shell.arg("-c").arg(line).current_dir(&folder).env("HOME", &folder).env("PATH", path);
    shell
}

/// A service in the background, with the port that it took.
struct Service {
    process: Child,
    port: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn start(session: &Session) -> Service {
    let mut process =
        session.command(&["serve", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let port = line.trim_end_matches("/docs").rsplit(':').next().unwrap().to_owned();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    let service = Service { process, port };
    let ready = format!("http://127.0.0.1:{}/api/health/ready", service.port);
    while ureq::get(&ready).call().is_err() {
        std::thread::yield_now();
    }
    service
}

#[test]
fn every_command_works() {
    let session = Session::new();
    let mut service = None;
    let mut ran = 0;
    for line in commands() {
        let line = line.replace("cargo run --release -- ", "modelseal ");
        let (line, expected) = match line.as_str() {
            // This is that command.
            "cargo test --release --workspace" => continue,
            "modelseal quickstart" => ("modelseal quickstart --no-serve".to_owned(), 0),
            "modelseal quickstart --tamper" => (line, 10),
            "modelseal serve" => {
                service = Some(start(&session));
                continue;
            }
            _ => (line, 0),
        };
        let line = match &service {
            Some(service) => line.replace(":8000", &format!(":{}", service.port)),
            None => line,
        };
        let line = line.replace("curl ", "curl --silent --show-error --fail ");
        let output = shell(&session, &line).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{line}\n{stderr}");
        ran += 1;
    }
    assert!(ran >= 15, "only {ran} commands were found");
}

/// The promise of the first screen.
#[test]
fn the_first_command_comes_early() {
    let position = readme().lines().position(|line| line == "cargo run --release -- quickstart");
    assert!(position.is_some_and(|position| position < 20));
}

#[test]
fn ci_calls_the_test_command() {
    let ci =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/run")).unwrap();
    let test = "cargo test --release --workspace";
    assert!(ci.lines().any(|line| line == test) && readme().lines().any(|line| line == test));
}
