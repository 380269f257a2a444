//! The routes and what stands behind them: one swappable phase.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS};
use axum::http::{StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use serde_json::json;

use crate::error::ApiError;
use crate::served::openapi_bytes;
use crate::{About, Limits, Options, Served, answer, page, prediction};

/// The service without its socket: routes and state. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Service {
    state: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    about: About,
    limits: Limits,
    wanted: Vec<String>,
    phase: ArcSwap<Phase>,
    draining: AtomicBool,
}

/// What requests see.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Nothing is served, for this reason.
    Refusing { reason: String, openapi: Bytes },
    /// Every wanted model is verified.
    Serving(Served),
}

impl Service {
    /// A service that waits for the models named; it refuses predictions until
    /// [`Service::publish`].
    pub fn new<'a>(options: &Options, wanted: impl IntoIterator<Item = &'a str>) -> Self {
        let about = options.about.clone();
        let phase = Phase::Refusing {
            reason: "the models are being fetched and verified".to_owned(),
            openapi: openapi_bytes(&about, &[]),
        };
        Self {
            state: Arc::new(Shared {
                about,
                limits: options.limits.clone(),
                wanted: wanted.into_iter().map(str::to_owned).collect(),
                phase: ArcSwap::from_pointee(phase),
                draining: AtomicBool::new(false),
            }),
        }
    }

    /// Serves the snapshot from the next request on.
    pub fn publish(&self, served: Served) {
        self.state.phase.store(Arc::new(Phase::Serving(served)));
    }

    /// Serves nothing, and tells clients why: no paths, no secrets in `reason`.
    pub fn refuse(&self, reason: String) {
        let openapi = openapi_bytes(&self.state.about, &[]);
        self.state.phase.store(Arc::new(Phase::Refusing { reason, openapi }));
    }

    /// Refuses readiness for good, so that load balancers look elsewhere; requests that still
    /// come are answered.
    pub fn drain(&self) {
        self.state.draining.store(true, Ordering::Relaxed);
    }

    /// All routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(root))
            .merge(page::router())
            .route("/openapi.json", get(openapi))
            .route("/api/health", get(health))
            .route("/api/health/ready", get(ready))
            .route("/api/health/startup", get(startup))
            .route("/api/models", get(models))
            .route("/api/models/{qualified_name}/metadata", get(metadata))
            .route("/api/models/{qualified_name}/prediction", post(prediction::predict))
            .fallback(no_such_path)
            .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
            .layer(map_response(no_sniffing))
            .with_state(self.clone())
    }

    pub(crate) fn phase(&self) -> Arc<Phase> {
        self.state.phase.load_full()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.state.limits
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.state.wanted.iter().any(|wanted| wanted == name)
    }

    fn draining(&self) -> bool {
        self.state.draining.load(Ordering::Relaxed)
    }
}

async fn root() -> Response {
    redirect(HeaderValue::from_static("/docs"))
}

async fn openapi(State(service): State<Service>) -> Response {
    let body = match &*service.phase() {
        Phase::Refusing { openapi, .. } => openapi.clone(),
        Phase::Serving(served) => served.openapi.clone(),
    };
    answer::json(StatusCode::OK, body)
}

/// Always healthy: whoever asks here restarts the process when the answer is no, and a restart
/// makes no tampered package whole and brings no store back. The loader does try again.
async fn health() -> Response {
    object(StatusCode::OK, &[("health_status", "HEALTHY")])
}

async fn ready(State(service): State<Service>) -> Response {
    let refuse = |reason: &str| {
        let status = [("readiness_status", "REFUSING_TRAFFIC"), ("reason", reason)];
        object(StatusCode::SERVICE_UNAVAILABLE, &status)
    };
    match &*service.phase() {
        _ if service.draining() => refuse("the service is shutting down"),
        Phase::Refusing { reason, .. } => refuse(reason),
        Phase::Serving(_) => object(StatusCode::OK, &[("readiness_status", "ACCEPTING_TRAFFIC")]),
    }
}

async fn startup(State(service): State<Service>) -> Response {
    match &*service.phase() {
        Phase::Refusing { reason, .. } => {
            let status = [("startup_status", "NOT_STARTED"), ("reason", reason)];
            object(StatusCode::SERVICE_UNAVAILABLE, &status)
        }
        Phase::Serving(_) => object(StatusCode::OK, &[("startup_status", "STARTED")]),
    }
}

async fn models(State(service): State<Service>) -> Response {
    let body = match &*service.phase() {
        Phase::Refusing { .. } => Bytes::from_static(br#"{"models":[]}"#),
        Phase::Serving(served) => served.list.clone(),
    };
    answer::json(StatusCode::OK, body)
}

async fn metadata(
    State(service): State<Service>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    let phase = service.phase();
    let name = name.as_ref().map_or("", |Path(name)| name.as_str());
    let model = prediction::find(&service, &phase, name)?;
    Ok(answer::json(StatusCode::OK, model.metadata.clone()))
}

/// Unknown paths, and known ones with a slash at the end.
async fn no_such_path(uri: Uri) -> Response {
    match without_slash(uri.path()) {
        // The path only: a `Host` header must not decide where a client goes.
        Some(path) => match HeaderValue::from_str(path) {
            Ok(location) => redirect(location),
            Err(_) => ApiError::no_such_path().into_response(),
        },
        None => ApiError::no_such_path().into_response(),
    }
}

/// The path without its last slash, when that is a route.
fn without_slash(path: &str) -> Option<&str> {
    let path = path.strip_suffix('/')?;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match segments.as_slice() {
        ["docs" | "openapi.json"]
        | ["api", "health" | "models"]
        | ["api", "health", "ready" | "startup"] => Some(path),
        ["api", "models", name, "metadata" | "prediction"] if !name.is_empty() => Some(path),
        _ => None,
    }
}

/// 307 keeps the method and the body.
fn redirect(location: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().insert(LOCATION, location);
    response
}

/// A JSON object of texts, in this order.
fn object(code: StatusCode, members: &[(&str, &str)]) -> Response {
    let members: Vec<String> =
        members.iter().map(|(name, text)| format!("{}:{}", json!(name), json!(text))).collect();
    answer::json(code, format!("{{{}}}", members.join(",")).into())
}

/// A browser must not take JSON with a client's text in it for a page.
async fn no_sniffing(mut response: Response) -> Response {
    let nosniff = HeaderValue::from_static("nosniff");
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    response
}

#[cfg(test)]
mod tests {
    use super::without_slash;

    #[test]
    fn only_routes_lose_their_slash() {
        assert_eq!(without_slash("/api/health/"), Some("/api/health"));
        assert_eq!(without_slash("/api/models/m/prediction/"), Some("/api/models/m/prediction"));
        for path in ["/", "//", "//elsewhere.example/", "/api/", "/api/health//", "/x/api/health/"]
        {
            assert_eq!(without_slash(path), None, "{path}");
        }
    }
}
