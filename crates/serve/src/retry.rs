//! Loading until it succeeds.

use jiff::Timestamp;
use tracing::{info, warn};

use crate::load::load;
use crate::{Options, Service, Source};

/// Tries to load until every wanted model is verified, then publishes all of them.
///
/// It never gives up: a tampered package may be replaced, a store may come back, a key may be
/// added to the keyring. Until then the service says why it is not ready.
pub(crate) async fn load_until_ready(service: &Service, source: &Source, options: &Options) {
    for attempt in 0.. {
        // The only clock: one reading an attempt, so that all packages are judged alike.
        let now = Timestamp::now();
        match load(source, options, now).await {
            Ok(served) => {
                for model in served.models() {
                    let signer = model.signer();
                    info!(package = %model.id(), sealed_by = %signer.name, key = %signer.fingerprint, "verified");
                }
                service.publish(served);
                info!(attempt = attempt + 1, "ready");
                return;
            }
            Err(refusals) => {
                let wait = options.backoff.wait(attempt, jitter());
                for refusal in &refusals {
                    warn!(
                        package = refusal.package.as_deref().unwrap_or("all"),
                        cause = %refusal.cause,
                        hint = refusal.cause.hint(),
                        attempt = attempt + 1,
                        retry_in_ms = wait.as_millis() as u64,
                        "not ready"
                    );
                }
                let reasons: Vec<String> =
                    refusals.iter().map(|refusal| refusal.public()).collect();
                service.refuse(reasons.join("; "));
                tokio::time::sleep(wait).await;
            }
        }
    }
}

/// Between 0 and 1. It keeps replicas apart and guards nothing: the clock is random enough.
fn jitter() -> f64 {
    f64::from(Timestamp::now().subsec_nanosecond().unsigned_abs() % 1_000_003) / 1_000_003.0
}
