//! Every row of the service's contract: status, headers and exact body.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests stop there")]

mod fixture;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use fixture::{NAME, PREDICTION, model_of_words, ready_service, ready_service_of};
use modelseal_serve::{Options, Service};
use tower::ServiceExt;

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

async fn ask(service: &Service, request: Request<Body>) -> Answer {
    let response = service.router().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

async fn send(service: &Service, method: Method, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    ask(service, request).await
}

async fn get(service: &Service, path: &str) -> Answer {
    send(service, Method::GET, path).await
}

async fn post(service: &Service, body: impl Into<Body>) -> Answer {
    let request = Request::post(PREDICTION).header("content-type", "application/json");
    ask(service, request.body(body.into()).unwrap()).await
}

fn validation(messages: &[&str]) -> String {
    let messages = serde_json::to_string(messages).unwrap();
    format!(r#"{{"type":"ValidationError","messages":{messages}}}"#)
}

/// What the body_mass_index rules say.
fn bmi(code: &str, text: &str) -> String {
    validation(&[&format!(
        "Field 'body_mass_index' in type 'DiabetesRiskModelInput' has error '{code}', {text}."
    )])
}

#[tokio::test]
async fn valid_records_are_answered() {
    let service = ready_service();
    let no = r#"{"diabetes_risk":"NO_DIABETES"}"#;
    let yes = r#"{"diabetes_risk":"DIABETES"}"#;
    for (record, expected) in [
        (r#"{"body_mass_index":31,"general_health":"POOR","age":"65_OR_OLDER"}"#, yes),
        (r#"{"body_mass_index":30,"general_health":"POOR"}"#, no),
        (r#"{"body_mass_index":15}"#, no),
        (r#"{"body_mass_index":60}"#, yes),
        (r#"{"body_mass_index":20.0}"#, no),
        (r#"{"body_mass_index":"20"}"#, no),
        (r#"{"body_mass_index":null,"general_health":null}"#, no),
        (r#"{"general_health":"GOOD"}"#, no),
        (r#"{"smoker":true,"hours_of_sleep":7.5}"#, no),
        ("{}", no),
        (" {\n} ", no),
        ("\u{feff}{}", no),
    ] {
        let answer = post(&service, record).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, expected), "{record}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

/// Callers send and receive words, whatever becomes of them inside.
#[tokio::test]
async fn words_that_are_columns_of_the_model_are_answered() {
    let service = ready_service_of(&model_of_words());
    let no = r#"{"diabetes_risk":"NO_DIABETES"}"#;
    let yes = r#"{"diabetes_risk":"DIABETES"}"#;
    for (record, expected) in [
        (r#"{"colour":"RED"}"#, no),
        (r#"{"colour":"GREEN"}"#, yes),
        (r#"{"colour":"BLUE"}"#, no),
        (r#"{"colour":null}"#, yes),
        ("{}", yes),
    ] {
        let answer = post(&service, record).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, expected), "{record}");
    }
    let answer = post(&service, r#"{"colour":"PINK"}"#).await;
    let permitted = validation(&[
        "Field 'colour' in type 'DiabetesRiskModelInput' has error 'type_error.enum', value is \
         not a valid enumeration member; permitted: 'RED', 'GREEN', 'BLUE'.",
    ]);
    assert_eq!((answer.status, answer.body), (400, permitted));
}

#[tokio::test]
async fn values_that_break_a_rule_are_named() {
    let service = ready_service();
    let low = bmi("value_error.number.not_ge", "ensure this value is greater than or equal to 15");
    let high = bmi("value_error.number.not_le", "ensure this value is less than or equal to 60");
    let not_whole = bmi("type_error.integer", "value is not a valid integer");
    for (value, expected) in [
        ("10", &low),
        ("14", &low),
        ("-1e300", &low),
        ("61", &high),
        ("1000000000000000000000000000000", &high),
        ("20.5", &not_whole),
        ("60.9", &not_whole),
        ("14.9", &not_whole),
        (r#""20.5""#, &not_whole),
        (r#""abc""#, &not_whole),
        (r#""""#, &not_whole),
        ("[]", &not_whole),
        ("{}", &not_whole),
        ("true", &not_whole),
    ] {
        let answer = post(&service, format!(r#"{{"body_mass_index":{value}}}"#)).await;
        assert_eq!((answer.status, &answer.body), (400, expected), "{value}");
    }
    let health = validation(&[
        "Field 'general_health' in type 'DiabetesRiskModelInput' has error 'type_error.enum', \
         value is not a valid enumeration member; permitted: 'EXCELLENT', 'VERY_GOOD', 'GOOD', \
         'FAIR', 'POOR'.",
    ]);
    for value in [r#""GREAT""#, r#""good""#, "3", "true", "[]", r#""""#] {
        let answer = post(&service, format!(r#"{{"general_health":{value}}}"#)).await;
        assert_eq!((answer.status, &answer.body), (400, &health), "{value}");
    }
}

#[tokio::test]
async fn all_errors_come_at_once_in_the_order_of_the_schema() {
    let record =
        r#"{"smokers":1,"smoker":1,"hours_of_sleep":24.5,"age":0,"body_mass_index":61,"x":0}"#;
    let answer = post(&ready_service(), record).await;
    assert_eq!(answer.status, 400);
    let type_name = "in type 'DiabetesRiskModelInput' has error";
    let expected = validation(&[
        &format!(
            "Field 'body_mass_index' {type_name} 'value_error.number.not_le', ensure this value is less than or equal to 60."
        ),
        &format!(
            "Field 'age' {type_name} 'type_error.enum', value is not a valid enumeration member; permitted: '18_TO_44', '45_TO_64', '65_OR_OLDER'."
        ),
        &format!(
            "Field 'hours_of_sleep' {type_name} 'value_error.number.not_le', ensure this value is less than or equal to 24.0."
        ),
        &format!(
            "Field 'smoker' {type_name} 'type_error.bool', value could not be parsed to a boolean."
        ),
        &format!(
            "Field 'smokers' {type_name} 'value_error.extra', extra fields not permitted (did you mean 'smoker'?)."
        ),
        &format!("Field 'x' {type_name} 'value_error.extra', extra fields not permitted."),
    ]);
    assert_eq!(answer.body, expected);
}

#[tokio::test]
async fn bodies_that_are_no_record_are_refused() {
    let service = ready_service();
    let deep = format!(r#"{{"age":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    for (body, expected) in [
        (&b""[..], "field required"),
        (b"  ", "field required"),
        (b"null", "field required"),
        (b"[]", "value is not a valid dict"),
        (b"\"text\"", "value is not a valid dict"),
        (b"12", "value is not a valid dict"),
        (
            b"{\"age\":\"GOOD\",",
            "the body is not valid JSON: EOF while parsing a value at line 1 column 14",
        ),
        (b"{'age':1}", "the body is not valid JSON: key must be a string at line 1 column 2"),
        (b"{\"age\":NaN}", "the body is not valid JSON: expected value at line 1 column 8"),
        (b"{\"age\":1e400}", "the body is not valid JSON: number out of range at line 1 column 12"),
        (b"{} {}", "the body is not valid JSON: trailing characters at line 1 column 4"),
        (b"{\"age\":1,\"age\":2}", "member 'age' appears twice; send it once"),
        (b"{\"age\":\"\xff\"}", "the body is not UTF-8: byte 8 is wrong"),
        (b"\x1f\x8b\x08\x00", "the body is not UTF-8: byte 1 is wrong"),
        (
            deep.as_bytes(),
            "the body is not valid JSON: recursion limit exceeded at line 1 column 134",
        ),
    ] {
        let answer = post(&service, body.to_vec()).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
        assert_eq!((answer.status, answer.body), (400, validation(&[expected])), "{shown}");
    }
}

#[tokio::test]
async fn small_requests_have_small_answers() {
    let service = ready_service();
    let long = "x".repeat(60_000);
    let answer = post(&service, format!(r#"{{"{long}":1}}"#)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 400, "{}", answer.body.len());
    let many: Vec<String> = (0..80_000).map(|number| format!(r#""{number}":0"#)).collect();
    let answer = post(&service, format!("{{{}}}", many.join(","))).await;
    let expected = "the object has 80000 members, the type 'DiabetesRiskModelInput' has 5 fields";
    assert_eq!((answer.status, answer.body), (400, validation(&[expected])));
    let answer = get(&service, &format!("/api/models/{long}/metadata")).await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.len() < 400, "{}", answer.body.len());
}

#[tokio::test]
async fn the_media_type_must_be_json() {
    let service = ready_service();
    let with = |name: &str, value: &str| {
        Request::post(PREDICTION).header(name, value).body(Body::from("{}")).unwrap()
    };
    for accepted in
        ["application/json", "Application/JSON; charset=latin-1", "application/problem+json"]
    {
        assert_eq!(ask(&service, with("content-type", accepted)).await.status, 200, "{accepted}");
    }
    assert_eq!(ask(&service, with("accept", "application/xml")).await.status, 200);
    for refused in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""]
    {
        let answer = ask(&service, with("content-type", refused)).await;
        let expected = format!(
            r#"{{"type":"UnsupportedMediaType","messages":["Send application/json, not '{refused}'."]}}"#
        );
        assert_eq!((answer.status, answer.body), (415, expected));
    }
    let answer = ask(&service, with("content-encoding", "gzip")).await;
    assert_eq!(answer.status, 415);
    assert!(answer.body.contains("without content-encoding"), "{}", answer.body);
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() {
    let answer = post(&ready_service(), vec![b' '; (1 << 20) + 1]).await;
    let expected =
        r#"{"type":"PayloadTooLarge","messages":["The body is larger than 1048576 bytes."]}"#;
    assert_eq!((answer.status, answer.body.as_str()), (413, expected));
    assert_eq!(post(&ready_service(), vec![b' '; 1 << 20]).await.status, 400);
}

#[tokio::test]
async fn fixed_routes_answer_as_published() {
    let service = ready_service();
    let root = get(&service, "/").await;
    assert_eq!((root.status, root.body.as_str()), (307, ""));
    assert_eq!(root.headers["location"], "/docs");
    for (path, body) in [
        ("/api/health", r#"{"health_status":"HEALTHY"}"#),
        ("/api/health/ready", r#"{"readiness_status":"ACCEPTING_TRAFFIC"}"#),
        ("/api/health/startup", r#"{"startup_status":"STARTED"}"#),
        (
            "/api/models",
            r#"{"models":[{"display_name":"Diabetes Risk Model","qualified_name":"diabetes_risk_model","description":"Predicts the risk of diabetes from a few answers.","version":"0.1.0"}]}"#,
        ),
    ] {
        let answer = get(&service, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        assert!(!answer.headers.contains_key("server"));
        let head = send(&service, Method::HEAD, path).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
        let slash = get(&service, &format!("{path}/")).await;
        assert_eq!((slash.status, slash.headers["location"].to_str().unwrap()), (307, path));
    }
}

#[tokio::test]
async fn metadata_describes_the_model_and_its_seal() {
    let answer = get(&ready_service(), "/api/models/diabetes_risk_model/metadata").await;
    assert_eq!(answer.status, 200);
    let metadata: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(metadata["qualified_name"], NAME);
    assert_eq!(metadata["package"], fixture::ID);
    assert_eq!(metadata["sealed_by"]["name"], "alice");
    assert_eq!(metadata["sealed_by"]["fingerprint"].as_str().unwrap().len(), 64);
    let input = &metadata["input_schema"];
    assert_eq!(input["title"], "DiabetesRiskModelInput");
    assert_eq!(input["properties"]["body_mass_index"]["minimum"], 15);
    let reference = &input["properties"]["general_health"]["allOf"][0]["$ref"];
    assert_eq!(reference, "#/definitions/GeneralHealth");
    assert_eq!(input["definitions"]["GeneralHealth"]["enum"][0], "EXCELLENT");
    assert!(input["definitions"].get("DiabetesRisk").is_none());
    let output = &metadata["output_schema"];
    assert_eq!(output["definitions"]["DiabetesRisk"]["enum"][1], "DIABETES");
    assert!(!answer.body.contains("nullable") && !answer.body.contains("#/components"));
}

#[tokio::test]
async fn every_error_has_one_shape() {
    let service = ready_service();
    let unknown = r#"{"type":"NotFound","messages":["Model 'nope' is not served here."]}"#;
    let nothing = r#"{"type":"NotFound","messages":["Not Found"]}"#;
    let wrong_method = r#"{"type":"MethodNotAllowed","messages":["Method Not Allowed"]}"#;
    for (method, path, status, body, allow) in [
        (Method::GET, "/api/models/nope/metadata", 404, unknown, None),
        (Method::POST, "/api/models/nope/prediction", 404, unknown, None),
        (Method::GET, "/nope", 404, nothing, None),
        (Method::GET, "/metrics", 404, nothing, None),
        (Method::GET, "/redoc", 404, nothing, None),
        (Method::GET, "//elsewhere.example/", 404, nothing, None),
        (Method::GET, "/docs/../../etc/passwd", 404, nothing, None),
        (Method::POST, "/api/health", 405, wrong_method, Some("GET,HEAD")),
        (Method::OPTIONS, "/api/models", 405, wrong_method, Some("GET,HEAD")),
        (Method::GET, PREDICTION, 405, wrong_method, Some("POST")),
    ] {
        let answer = send(&service, method, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
        assert_eq!(answer.headers["content-type"], "application/json");
        let found = answer.headers.get("allow").map(|allow| allow.to_str().unwrap());
        assert_eq!(found, allow, "{path}");
    }
    let answer = get(&service, "/api/models/%ff/metadata").await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn before_the_first_model_everything_says_so() {
    let service = Service::new(&Options::default(), [NAME]);
    service.refuse("the store cannot be reached".to_owned());
    for (path, status, body) in [
        ("/api/health", 200, r#"{"health_status":"HEALTHY"}"#),
        (
            "/api/health/ready",
            503,
            r#"{"readiness_status":"REFUSING_TRAFFIC","reason":"the store cannot be reached"}"#,
        ),
        (
            "/api/health/startup",
            503,
            r#"{"startup_status":"NOT_STARTED","reason":"the store cannot be reached"}"#,
        ),
        ("/api/models", 200, r#"{"models":[]}"#),
        (
            "/api/models/diabetes_risk_model/metadata",
            503,
            r#"{"type":"NotReady","messages":["The service is not ready: the store cannot be reached"]}"#,
        ),
    ] {
        let answer = get(&service, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
    }
    assert_eq!(post(&service, "{}").await.status, 503);
    let unknown = get(&service, "/api/models/nope/metadata").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND.as_u16());
    let document = get(&service, "/openapi.json").await;
    assert!(document.status == 200 && !document.body.contains("prediction\""));
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let service = ready_service();
    for (path, media_type) in [
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/docs.css", "text/css; charset=utf-8"),
        ("/docs/docs.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = get(&service, path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], media_type);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!answer.body.contains("://"), "{path} names another host");
        assert!(!answer.body.contains("innerHTML"), "{path} writes markup");
    }
}
