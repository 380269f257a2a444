//! The program itself: exit codes, and a signal that ends it well.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fixture::world::World;

#[test]
fn the_program_stops_with_success_and_names_wrong_arguments() {
    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_modelseal-serve"));
        command.args(arguments).env_remove("RUST_LOG").stderr(Stdio::piped());
        command
    };
    let status = |arguments: &[&str]| program(arguments).output().unwrap().status.code();
    assert_eq!(status(&[]), Some(2));
    assert_eq!(status(&["--store", "s3://x", "--keyring", "k", "--model", "m"]), Some(2));
    assert_eq!(status(&["--store", "memory:", "--keyring", "k", "--model", "M"]), Some(2));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let store = ["--store", "memory:", "--keyring", "k", "--model", "m", "--port"];
    assert_eq!(status(&[&store[..], &[port.as_str()]].concat()), Some(1));

    let world = World::new();
    let keyring = world.folder.path().join("keyring.json");
    let keyring = keyring.to_str().unwrap();
    let arguments = [
        "--store",
        "memory:",
        "--keyring",
        keyring,
        "--model",
        "m",
        "--port",
        "0",
        "--log-format",
        "json",
    ];
    let mut child = program(&arguments).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(log.any(|line| line.contains("listening on http://127.0.0.1:")));
    let refused = log.find(|line| line.contains("not ready")).unwrap();
    assert!(refused.contains(r#""level":"WARN""#) && refused.contains("hint"), "{refused}");
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
