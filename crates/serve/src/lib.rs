//! A REST service that answers only from verified packages.
//!
//! ```text
//! store ──fetch──▶ bytes ──verify──▶ VerifiedPackage ──decode──▶ Served ──publish──▶ requests
//!          retry with backoff until every wanted package has passed        one atomic swap
//! ```
//!
//! [`serve`] opens the door at once and says truthfully what is behind it: until every wanted
//! package is verified the service is alive, not ready, and predicts nothing. What requests
//! see is one immutable [`Served`] snapshot; there is no state in which half of it is loaded.
//!
//! **Invariants.** A [`Served`] is made from [`VerifiedPackage`]s only. Every error has the
//! one shape `{"type", "messages"}`. No text of an internal error, no path and no store URL
//! reaches a client. Everything a client can make the service hold has a limit, see [`Limits`].
//!
//! Deliberately absent: training code, private keys, authentication, TLS.
//!
//! [`VerifiedPackage`]: modelseal_package::VerifiedPackage

mod answer;
mod body;
mod error;
mod load;
pub mod openapi;
mod options;
mod page;
mod prediction;
mod retry;
mod served;
mod server;
mod service;
mod source;
mod stall;
mod state;
mod trust;
mod validation;

pub use options::{About, Backoff, Limits, Options, Patience};
pub use served::{Served, ServedModel};
pub use server::{ServeError, serve, shutdown_signal};
pub use service::Service;
pub use source::{Source, Wanted};
pub use state::{StateError, StateFile};
pub use trust::{Trust, TrustError, seal_path};
