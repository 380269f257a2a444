//! `POST /api/models/{qualified_name}/prediction`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use crate::error::{ApiError, excerpt};
use crate::service::Phase;
use crate::{Limits, ServedModel, Service, answer, body, validation};

/// Members of a request beyond twice the number of inputs: more is no slip any more, and
/// looking for the nearest name of each is work that the client pays nothing for.
const SURPLUS_MEMBERS_MAX: usize = 64;

/// Numbers the defects of this process, so that a client's report finds its line in the log.
static DEFECTS: AtomicU64 = AtomicU64::new(1);

pub(crate) async fn predict(
    State(service): State<Service>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let limits = service.limits();
    // One snapshot for the whole request, whatever is published meanwhile.
    let phase = service.phase();
    let found = find(&service, &phase, name.as_ref().map_or("", |Path(name)| name.as_str()))
        .and_then(|model| check_headers(&parts.headers).map(|()| model));
    let model = match found {
        Ok(model) => model,
        Err(error) => {
            body::discard(&parts.headers, body, limits).await;
            return Err(error);
        }
    };
    let body = body::read(&parts.headers, body, limits).await?;
    let answer = predict_record(model, &body, limits)?;
    Ok(answer::json(StatusCode::OK, answer))
}

pub(crate) fn find<'a>(
    service: &Service,
    phase: &'a Phase,
    name: &str,
) -> Result<&'a ServedModel, ApiError> {
    match phase {
        Phase::Serving(served) => served.model(name).ok_or_else(|| ApiError::no_such_model(name)),
        // Wanted and not there yet is not the same as unknown: trying again will help.
        Phase::Refusing { reason, .. } if service.wants(name) => Err(ApiError::not_ready(reason)),
        Phase::Refusing { .. } => Err(ApiError::no_such_model(name)),
    }
}

/// JSON under any of its names, or no name at all; parameters such as a charset are ignored,
/// as the published service does.
fn check_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    if let Some(encoding) = headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(ApiError::unsupported("Send the body without content-encoding.".to_owned()));
    }
    let Some(content_type) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let content_type = content_type.to_str().unwrap_or("unreadable");
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"));
    if is_json {
        Ok(())
    } else {
        let found = excerpt(content_type);
        Err(ApiError::unsupported(format!("Send application/json, not '{found}'.")))
    }
}

fn predict_record(model: &ServedModel, body: &[u8], limits: &Limits) -> Result<Bytes, ApiError> {
    let invalid = |message| ApiError::validation(vec![message]);
    let record = validation::read_record(body).map_err(invalid)?;
    let schema = model.model().schema();
    let (member_count, input_count) = (record.names().count(), schema.inputs.len());
    if member_count > 2 * input_count + SURPLUS_MEMBERS_MAX {
        return Err(invalid(format!(
            "the object has {member_count} members, the type '{}' has {input_count} fields",
            model.input_type
        )));
    }
    // Microseconds of arithmetic: cheaper here than on another thread. A decoded model has
    // nothing left that could panic; should that be wrong, one request fails and not the
    // connection.
    match catch_unwind(AssertUnwindSafe(|| model.answer(&record))) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(errors)) => Err(ApiError::validation(validation::messages(
            &errors,
            schema,
            &model.input_type,
            limits.message_count_max,
        ))),
        Err(panic) => {
            let number = DEFECTS.fetch_add(1, Ordering::Relaxed);
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(ApiError::defect(number, text.unwrap_or("a panic without text").to_owned()))
        }
    }
}
