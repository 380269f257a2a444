//! The page at `/docs`: one file each of HTML, CSS and JavaScript, compiled in.
//!
//! It needs this server and nothing else: no framework, no font, no host but its own.

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
};
use axum::response::Response;
use axum::routing::get;

use crate::Service;

/// No other host, no inline script: what a model's author writes into a description stays text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn router() -> Router<Service> {
    Router::new()
        .route("/docs", get(|| file("text/html; charset=utf-8", include_str!("../web/docs.html"))))
        .route(
            "/docs/docs.css",
            get(|| file("text/css; charset=utf-8", include_str!("../web/docs.css"))),
        )
        .route(
            "/docs/docs.js",
            get(|| file("text/javascript; charset=utf-8", include_str!("../web/docs.js"))),
        )
}

async fn file(content_type: &'static str, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The three files belong together: a new server must not meet an old script.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
