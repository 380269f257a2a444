//! The program itself: exit codes, and a signal that ends it well.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use fixture::world::World;

/// A thread that hangs on a named pipe must not keep a stopped program alive.
#[test]
fn the_program_stops_although_the_store_hangs() {
    let world = World::new();
    std::fs::create_dir(world.folder.path().join("store")).unwrap();
    world.pipe("store/m-1.0.0-2026_11_22.zip");
    let mut child = Command::new(env!("CARGO_BIN_EXE_modelseal-serve"))
        .args(["--store", &format!("file://{}/store", world.folder.path().display())])
        .arg("--keyring")
        .arg(world.folder.path().join("keyring.json"))
        .args(["--model", "m-1.0.0-2026_11_22", "--port", "0"])
        .env_remove("RUST_LOG")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let listening = log.find(|line| line.contains("listening on http://")).unwrap();
    let address = listening.split("http://").nth(1).unwrap().strip_suffix("/docs").unwrap();
    // Before its first answer the program may not have asked for signals yet.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /api/health HTTP/1.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("HEALTHY"), "{answer}");
    // The second between signal and end of listening is enough for the loader to hang.
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(log.any(|line| line.contains("stopped")));
    for _ in 0..1000 {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("the program did not end");
}

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
