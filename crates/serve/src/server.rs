//! From a listening socket to the last answer.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use crate::retry::load_until_ready;
use crate::stall::WriteLimited;
use crate::{Limits, Options, Service, Source};

/// Why the service did not run.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Two wanted models have one name, and a path leads to one model.
    #[error("the model {0:?} is wanted twice; a service serves one release of a model")]
    DuplicateModel(String),
}

/// Serves until `shutdown` completes, then lets requests in flight finish.
///
/// The socket answers from the first moment: health at once, predictions when every wanted
/// package is verified. Nothing that is wrong with store, keyring or packages ends this
/// function; it tries again, and says meanwhile what is wrong.
///
/// # Errors
/// [`ServeError`] when what is wanted contradicts itself.
pub async fn serve(
    listener: TcpListener,
    source: Source,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let mut names: Vec<&str> = source.wanted.iter().map(|wanted| wanted.name()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ServeError::DuplicateModel(pair[0].to_owned()));
    }
    let service = Service::new(&options, names);
    let limits = options.limits.clone();
    let loader = tokio::spawn({
        let service = service.clone();
        async move { load_until_ready(&service, &source, &options).await }
    });
    listen(listener, &service, &limits, shutdown).await;
    loader.abort();
    Ok(())
}

async fn listen(
    listener: TcpListener,
    service: &Service,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(limits.connection_count_max));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_max)
        .max_buf_size(limits.header_bytes_max.max(8 << 10));
    let handler = TowerToHyperService::new(service.router());
    let stop = async {
        shutdown.await;
        info!("stopping: readiness is refused");
        service.drain();
        sleep(limits.drain).await;
    };
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            // The signal first: whoever got an answer can rely on it being heard.
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        let (stream, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most often no file descriptor is left: it takes others to close.
                warn!(%error, "cannot accept a connection");
                tokio::select! {
                    () = &mut stop => break,
                    () = sleep(Duration::from_millis(100)) => continue,
                }
            }
        };
        let stream = TokioIo::new(WriteLimited::new(stream, limits.write_max));
        let connection = http.serve_connection(stream, handler.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!(%error, "connection ended");
            }
            drop(permit);
        });
    }
    // No new connections from here on; those that are open finish their request.
    drop(listener);
    let open = connections.count();
    if timeout(limits.finish_max, connections.shutdown()).await.is_err() {
        warn!(open, "stopped with requests unfinished");
    } else {
        info!("stopped");
    }
}

/// Waits for room first: a connection that cannot be served stays in the system's queue.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and whole: waiting for more to send only delays them.
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

/// Completes when the process is asked to stop: ctrl-c, or SIGTERM where there is one.
pub async fn shutdown_signal() {
    let interrupt = async {
        // Without a handler the signal ends the process by itself; there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => (),
        () = terminate => (),
    }
}
