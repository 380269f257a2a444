//! Reading a request's body within limits of size and time.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use bytes::{Bytes, BytesMut};

use crate::Limits;
use crate::error::ApiError;

/// How many bodies of the largest size are read and thrown away before the connection is cut.
const DISCARD_FACTOR: usize = 16;

/// Reads the whole body.
///
/// # Errors
/// 413 when it is too large, 408 when it takes too long, 400 when it breaks off.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Bytes, ApiError> {
    let declared = body.size_hint().lower();
    if declared > limits.body_bytes_max as u64 {
        discard(headers, body, limits).await;
        return Err(ApiError::too_large(limits.body_bytes_max));
    }
    match tokio::time::timeout(limits.body_read_max, collect(body, limits)).await {
        Ok(result) => result,
        Err(_) => Err(ApiError::too_slow()),
    }
}

/// Reads and forgets a body that nobody wants, so that the client, still busy sending, gets to
/// read the answer instead of a broken connection. Bounded in size and time.
pub(crate) async fn discard(headers: &HeaderMap, body: Body, limits: &Limits) {
    // A client that asks first has sent nothing yet, and reading would tell it to go on.
    if !headers.contains_key(EXPECT) {
        let _ = tokio::time::timeout(limits.body_read_max, drain(body, limits)).await;
    }
}

async fn collect(mut body: Body, limits: &Limits) -> Result<Bytes, ApiError> {
    // Nearly every body arrives in one piece, which then needs no copy.
    let first = next(&mut body).await?.unwrap_or_default();
    let mut joined = BytesMut::new();
    while first.len().max(joined.len()) <= limits.body_bytes_max {
        let Some(data) = next(&mut body).await? else {
            return Ok(if joined.is_empty() { first } else { joined.freeze() });
        };
        if joined.is_empty() {
            joined.extend_from_slice(&first);
        }
        joined.extend_from_slice(&data);
    }
    drain(body, limits).await;
    Err(ApiError::too_large(limits.body_bytes_max))
}

async fn drain(mut body: Body, limits: &Limits) {
    let mut left = limits.body_bytes_max.saturating_mul(DISCARD_FACTOR);
    while let Ok(Some(data)) = next(&mut body).await {
        match left.checked_sub(data.len()) {
            Some(fewer) => left = fewer,
            None => return,
        }
    }
}

/// The next piece of data; trailers are passed over.
async fn next(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => {
                return Err(ApiError::validation(vec!["the body broke off".to_owned()]));
            }
        }
    }
}
