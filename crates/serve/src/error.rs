//! Errors in four parts: status, stable type, text for the client, text for the log.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::{debug, error};

use crate::answer;

/// An error as clients see it: `{"type": ..., "messages": [...]}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    messages: Vec<String>,
    /// For the log only.
    detail: Option<String>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    r#type: &'static str,
    messages: &'a [String],
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, messages: Vec<String>) -> Self {
        Self { status, kind, messages, detail: None }
    }

    /// 400: the request breaks the rules that the messages name.
    pub(crate) fn validation(messages: Vec<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", messages)
    }

    /// 404: nothing has this path.
    pub(crate) fn no_such_path() -> Self {
        Self::not_found("Not Found".to_owned())
    }

    /// 404: no model has this name.
    pub(crate) fn no_such_model(name: &str) -> Self {
        Self::not_found(format!("Model '{}' is not served here.", excerpt(name)))
    }

    fn not_found(message: String) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", vec![message])
    }

    /// 405: the path exists; the router adds the header that names its methods.
    pub(crate) fn method_not_allowed() -> Self {
        let message = "Method Not Allowed".to_owned();
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", vec![message])
    }

    /// 408: the client took too long to send the body.
    pub(crate) fn too_slow() -> Self {
        let message = "The body did not arrive in time.".to_owned();
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", vec![message])
    }

    /// 413: the body is too large.
    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let message = format!("The body is larger than {bytes_max} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", vec![message])
    }

    /// 415: the body is not JSON, or compressed.
    pub(crate) fn unsupported(message: String) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", vec![message])
    }

    /// 500: a defect. The client gets a number under which the log has the details.
    pub(crate) fn defect(number: u64, detail: String) -> Self {
        let message = format!("Internal error {number}; the service's log says more.");
        Self {
            detail: Some(detail),
            ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceError", vec![message])
        }
    }

    /// 503: the model is wanted here and not verified yet.
    pub(crate) fn not_ready(reason: &str) -> Self {
        let message = format!("The service is not ready: {reason}");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "NotReady", vec![message])
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, kind, messages, detail } = self;
        match detail {
            Some(detail) => error!(status = status.as_u16(), kind, ?messages, detail, "defect"),
            None => debug!(status = status.as_u16(), kind, ?messages, "refused"),
        }
        let body = answer::json_bytes(&ErrorBody { r#type: kind, messages: &messages });
        answer::json(status, body)
    }
}

/// The beginning of a client's text: answers stay short however long a request is.
pub(crate) fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut start: String = text.chars().take(CHARS_MAX).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}
