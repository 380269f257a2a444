//! The service as a process: what an operator sees.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first broken assumption")]

mod session;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use session::Session;

/// A running `modelseal serve`; killed when the test ends.
struct Service {
    process: Child,
    url: String,
}

impl Service {
    fn start(session: &Session, arguments: &[&str]) -> Self {
        let mut process = session
            .command(&[&["serve", "--port", "0"], arguments].concat())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let listening = lines.next().unwrap().unwrap();
        let (_, url) = listening.split_once("listening on ").unwrap();
        let url = url.trim_end_matches("/docs").to_owned();
        // The pipe is read on, so that the service never waits for a reader of its log.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { process, url }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let request = ureq::get(format!("{}{path}", self.url));
        read(request.config().http_status_as_error(false).build().call())
    }

    fn post(&self, path: &str, body: &str) -> (u16, String) {
        let request = ureq::post(format!("{}{path}", self.url));
        let request = request.config().http_status_as_error(false).build();
        read(request.content_type("application/json").send(body))
    }

    /// Asks until readiness is `status`; the service decides how soon, the test does not.
    fn wait_for_ready(&self, status: u16) -> String {
        loop {
            let (found, body) = self.get("/api/health/ready");
            let decided = !body.contains("being fetched");
            if found == status && decided {
                return body;
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, String) {
    let mut response = response.unwrap();
    (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
}

const PREDICTION: &str = "/api/models/diabetes_binary_model/prediction";

#[test]
fn serves_and_stops() {
    let (session, _) = Session::with_package();
    session.ok("push");
    let mut service =
        Service::start(&session, &["--model", "diabetes_binary_model-0.1.0-2026_11_22"]);
    assert_eq!(service.wait_for_ready(200), r#"{"readiness_status":"ACCEPTING_TRAFFIC"}"#);
    assert_eq!(
        service.post(PREDICTION, r#"{"bmi":20,"age":1}"#),
        (200, r#"{"diabetes_binary":"0"}"#.to_owned())
    );
    assert_eq!(service.post(PREDICTION, "{}").0, 200, "what is left out is imputed");
    assert_eq!(service.post(PREDICTION, r#"{"bmi":"heavy"}"#).0, 400);
    assert!(service.get("/docs").1.contains("<html"));
    assert_eq!(service.get("/openapi.json").0, 200);
    assert!(service.get("/api/models").1.contains("diabetes_binary_model"));

    let terminate = Command::new("kill").arg(service.process.id().to_string()).status().unwrap();
    assert!(terminate.success());
    assert_eq!(service.process.wait().unwrap().code(), Some(0));
}

#[test]
fn refuses_a_tampered_package_and_recovers() {
    let (session, _) = Session::with_package();
    session.ok("push");
    let stored = session.path("store/diabetes_binary_model-0.1.0-2026_11_22.zip");
    let sealed = std::fs::read(&stored).unwrap();
    let mut tampered = sealed.clone();
    tampered[sealed.len() / 2] ^= 1;
    std::fs::write(&stored, &tampered).unwrap();

    let service = Service::start(&session, &[]);
    let refusal = service.wait_for_ready(503);
    assert!(refusal.contains("parameters.safetensors: its SHA-256 is"), "{refusal}");
    assert_eq!(service.get("/api/health/startup").0, 503);
    assert_eq!(service.get("/api/health").0, 200, "a restart would not help");
    assert_eq!(service.post(PREDICTION, "{}").0, 503);

    std::fs::write(&stored, &sealed).unwrap();
    service.wait_for_ready(200);
    assert_eq!(service.get("/api/health/startup").0, 200);
    assert_eq!(service.post(PREDICTION, "{}").0, 200);
}

#[test]
fn a_taken_port_is_an_error_with_a_way_out() {
    let (session, _) = Session::with_package();
    session.ok("push");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    session.fails(&format!("serve --port {port}"), 1, "cannot listen on 127.0.0.1");
}
