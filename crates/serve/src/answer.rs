//! Answers that are JSON: compact, no trailing newline, media type exactly `application/json`.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde::Serialize;

/// Compact JSON of a value of our own.
pub(crate) fn json_bytes(value: &impl Serialize) -> Bytes {
    // Only maps with keys that are not text and failing implementations can fail; there are
    // none here. `null` would be an answer that no client takes for another.
    serde_json::to_vec(value).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// An answer whose body is JSON already.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Health, lists and predictions are true now; a cache would tell them later.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
