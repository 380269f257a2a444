//! What clients do to a socket, and how it is closed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use std::time::{Duration, Instant};

use fixture::world::{World, prediction, quick};
use fixture::{ID, PREDICTION};
use modelseal_serve::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

#[tokio::test]
async fn stopping_refuses_readiness_first_and_finishes_what_is_in_flight() {
    let world = World::new();
    world.put(world.sealed());
    let mut running = world.serve(&[ID], quick()).await;
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;

    let request = prediction(r#"{"body_mass_index":40}"#, "keep-alive");
    let (start, rest) = request.split_at(request.len() - 5);
    let mut in_flight = running.connect().await;
    in_flight.write_all(start.as_bytes()).await.unwrap();
    let mut idle = running.connect().await;
    idle.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).await.unwrap();

    running.stop.take().unwrap().send(()).unwrap();
    let ready = running.until("/api/health/ready", "shutting down").await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(running.predict("{}").await.starts_with("HTTP/1.1 200"), "still answering");
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!running.done.is_finished());
    in_flight.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_flight.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(r#""DIABETES"}"#), "{answer}");
    running.done.await.unwrap().unwrap();
}

#[tokio::test]
async fn slow_clients_are_cut() {
    let world = World::new();
    world.put(world.sealed());
    let limits = Limits {
        header_read_max: Duration::from_millis(150),
        body_read_max: Duration::from_millis(150),
        ..quick()
    };
    let running = world.serve(&[ID], limits).await;
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let started = Instant::now();
    for (begin, drip, expected) in [
        ("GET /api/health HTTP/1.1\r\n", "x-drip: 1\r\n", ""),
        ("", "", ""),
        ("GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n", "", "HTTP/1.1 200"),
        (
            &format!("POST {PREDICTION} HTTP/1.1\r\ncontent-length: 1000\r\n\r\n"),
            " ",
            "HTTP/1.1 408",
        ),
    ] {
        let mut stream = running.connect().await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        let (mut read, mut write) = stream.split();
        let dripping = async {
            // Never silent for as long as the limit, so only a limit on the whole cuts it.
            while write.write_all(drip.as_bytes()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        tokio::select! {
            result = read.read_to_end(&mut answer) => drop(result),
            () = dripping => (),
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("{begin:?} was not cut"),
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(expected), "{begin:?}: {answer}");
    }
    assert!(started.elapsed() < Duration::from_secs(10));
    running.stop().await;
}

/// Clients that ask without end and read nothing, or next to nothing, make room for others.
#[tokio::test]
async fn clients_that_never_read_are_cut() {
    let world = World::new();
    let limits =
        Limits { connection_count_max: 2, write_max: Duration::from_millis(300), ..quick() };
    let running = world.serve(&[ID], limits).await;
    let greedy = |reads: bool| {
        let address = running.address;
        tokio::spawn(async move {
            let socket = TcpSocket::new_v4().unwrap();
            // Little room in the system: the answers soon wait in the service.
            socket.set_recv_buffer_size(4096).unwrap();
            let (mut read, mut write) = socket.connect(address).await.unwrap().into_split();
            let requests = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
            let reading = async {
                let mut some = [0; 64];
                while reads && read.read(&mut some).await.is_ok_and(|count| count > 0) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = async { while write.write_all(requests.as_bytes()).await.is_ok() {} } => (),
                () = reading => (),
                () = tokio::time::sleep(Duration::from_secs(20)) => panic!("was not cut"),
            }
        })
    };
    let clients = [greedy(false), greedy(true)];
    for client in clients {
        client.await.unwrap();
    }
    // Both places are free again.
    let answer = running.get("/api/health").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn a_slow_reader_of_one_answer_is_not_cut() {
    let world = World::new();
    world.put(world.sealed());
    let running = world.serve(&[ID], quick()).await;
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(running.address).await.unwrap();
    let request = "GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut answer, mut some) = (Vec::new(), [0; 256]);
    while let count @ 1.. = stream.read(&mut some).await.unwrap() {
        answer.extend(&some[..count]);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(answer.ends_with(b"}") && answer.len() > 4096);
    running.stop().await;
}

#[tokio::test]
async fn a_large_body_is_answered_although_the_client_is_still_sending() {
    let world = World::new();
    world.put(world.sealed());
    let running = world.serve(&[ID], quick()).await;
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let answer = running.predict(&" ".repeat(8 << 20)).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("PayloadTooLarge"), "{answer}");
    let chunked = format!(
        "POST {PREDICTION} HTTP/1.1\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"
    );
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let answer = running.ask(&format!("{chunked}{chunk}{chunk}0\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    running.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let world = World::new();
    let limits =
        Limits { connection_count_max: 2, header_read_max: Duration::from_millis(300), ..quick() };
    let running = world.serve(&[ID], limits).await;
    let _held = [running.connect().await, running.connect().await];
    // Both places are taken by clients that say nothing; when they are cut, the third is served.
    let answer = running.get("/api/health").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_predictions_are_equal() {
    let world = World::new();
    world.put(world.sealed());
    let running = world.serve(&[ID], quick()).await;
    running.until("/api/health/ready", "ACCEPTING_TRAFFIC").await;
    let body = |answer: String| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let expected = body(running.predict(r#"{"body_mass_index":40}"#).await);
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let address = running.address;
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..40 {
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    let request = prediction(r#"{"body_mass_index":40}"#, "close");
                    stream.write_all(request.as_bytes()).await.unwrap();
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).await.unwrap();
                    answers.push(answer);
                }
                answers
            })
        })
        .collect();
    for client in clients {
        for answer in client.await.unwrap() {
            assert_eq!(body(answer), expected);
        }
    }
    running.stop().await;
}
