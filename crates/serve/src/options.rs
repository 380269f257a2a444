use std::time::Duration;

/// How the service behaves, beside what it serves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Options {
    /// What the service says about itself.
    pub about: About,
    /// Upper bounds on what a client may do.
    pub limits: Limits,
    /// How long to wait between attempts to load.
    pub backoff: Backoff,
    /// How long an attempt to load waits for what is outside of the process.
    pub patience: Patience,
}

/// What the service says about itself in its OpenAPI document and on its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Title. Default `RESTful Model Service`, as clients of the published service know it.
    pub title: String,
    /// Version of the service's interface, not of a model. Default `0.1.0`.
    pub version: String,
    /// One paragraph; left out of the document when empty.
    pub description: String,
}

impl Default for About {
    fn default() -> Self {
        Self {
            title: "RESTful Model Service".to_owned(),
            version: "0.1.0".to_owned(),
            description: String::new(),
        }
    }
}

/// Upper bounds on what a client, or all of them together, may make the service hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body. Default 1 MiB. Stops a body that fills the memory.
    pub body_bytes_max: usize,
    /// Bytes of a request's line and headers. Default 32 KiB, at least 8 KiB. Stops endless
    /// headers.
    pub header_bytes_max: usize,
    /// Time for a client to send line and headers, also counted from the answer before on a
    /// connection that is kept open. Default 10 s. Stops clients that hold connections by
    /// sending a byte now and then (slowloris).
    pub header_read_max: Duration,
    /// Time for a client to send a body. Default 10 s. Same attack.
    pub body_read_max: Duration,
    /// Time for a client to take the answers that wait for it, or a megabyte of them, counted
    /// from the moment at which the system takes no more bytes. Default 10 s. Stops clients
    /// that ask and never read: their answers wait, and hold connections and memory for ever.
    pub write_max: Duration,
    /// Connections open at one time; further ones wait in the operating system's queue.
    /// Default 512. Stops exhaustion of memory and of file descriptors.
    pub connection_count_max: usize,
    /// Messages in one answer to an invalid request. Default 100. Stops small requests with
    /// large answers.
    pub message_count_max: usize,
    /// Time between the signal to stop and the end of listening, with readiness already
    /// refused: load balancers need it to look elsewhere. Default 1 s.
    pub drain: Duration,
    /// Time for requests in flight to finish after that. Default 20 s. Stops a slow client
    /// from keeping a stopped process alive.
    pub finish_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1 << 20,
            header_bytes_max: 32 << 10,
            header_read_max: Duration::from_secs(10),
            body_read_max: Duration::from_secs(10),
            write_max: Duration::from_secs(10),
            connection_count_max: 512,
            message_count_max: 100,
            drain: Duration::from_secs(1),
            finish_max: Duration::from_secs(20),
        }
    }
}

/// Upper bounds on waiting for files and stores: an attempt that ran into one is reported and
/// repeated like any other that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Time for the store to answer: one listing, or one package as a whole. Default 60 s.
    /// Stops a store that accepts a request and never answers, such as a network share that is
    /// gone or a named pipe among the packages, from ending all attempts in silence.
    pub store_max: Duration,
    /// Time to read the keyring file. Default 60 s. Same attack.
    pub keyring_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { store_max: Duration::from_secs(60), keyring_max: Duration::from_secs(60) }
    }
}

/// Waiting times between attempts to load: doubled each time, with jitter, so that many
/// replicas do not ask a store that comes back all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait after the first attempt. Default 1 s.
    pub start: Duration,
    /// Longest wait at all. Default 30 s.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { start: Duration::from_secs(1), max: Duration::from_secs(30) }
    }
}

impl Backoff {
    /// The wait after `attempt` (from 0). `jitter` between 0 and 1 chooses from the upper half
    /// of what the attempt allows.
    pub(crate) fn wait(&self, attempt: u32, jitter: f64) -> Duration {
        let doubled = 2_u32.checked_pow(attempt).and_then(|factor| self.start.checked_mul(factor));
        let longest = doubled.unwrap_or(self.max).min(self.max);
        longest.mul_f64(0.5 + 0.5 * jitter.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_maximum() {
        let backoff = Backoff::default();
        let longest = |attempt| backoff.wait(attempt, 1.0).as_millis();
        assert_eq!(
            [0, 1, 4, 5, 31, 32, 1000].map(longest),
            [1000, 2000, 16000, 30000, 30000, 30000, 30000]
        );
        assert_eq!(backoff.wait(0, 0.0).as_millis(), 500);
    }
}
