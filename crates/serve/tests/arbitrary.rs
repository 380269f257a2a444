//! Whatever a client sends: no panic, no 500, one shape of errors.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use modelseal_serve::Service;
use proptest::prelude::*;
use tower::ServiceExt;

fn check(service: &Service, request: Request<Body>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (status, body) = runtime.block_on(async {
        let response = service.router().oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), 1 << 20).await.unwrap())
    });
    prop_assert!(!status.is_server_error(), "{}", status);
    if status.is_client_error() {
        let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
        prop_assert!(error["type"].is_string() && error["messages"][0].is_string());
    }
    Ok(())
}

fn predict(body: Vec<u8>) -> Request<Body> {
    Request::post(fixture::PREDICTION).body(body.into()).unwrap()
}

/// Records that look right more often than noise does.
fn record() -> impl Strategy<Value = Vec<u8>> {
    let name = prop_oneof![
        Just("body_mass_index".to_owned()),
        Just("general_health".to_owned()),
        Just("hours_of_sleep".to_owned()),
        ".{0,20}",
    ];
    let value = prop_oneof![
        any::<f64>().prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        ".{0,10}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        "[\\[\\]{}:,\"0-9a-z. -]{0,12}",
    ];
    proptest::collection::vec((name, value), 0..6).prop_map(|members| {
        let members: Vec<String> = members
            .into_iter()
            .map(|(name, value)| format!("{}:{value}", serde_json::to_string(&name).unwrap()))
            .collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bodies(body in prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), record()]) {
        thread_local! { static SERVICE: Service = fixture::ready_service(); }
        SERVICE.with(|service| check(service, predict(body)))?;
    }

    #[test]
    fn paths_and_media_types(path in "/[!-~]{0,40}", media_type in "[ -~]{0,30}") {
        thread_local! { static SERVICE: Service = fixture::ready_service(); }
        let request = Request::post(path).header("content-type", media_type).body(Body::from("{}"));
        if let Ok(request) = request {
            SERVICE.with(|service| check(service, request))?;
        }
    }
}
