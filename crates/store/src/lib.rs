//! Where packages are kept: one URL names a store.
//!
//! A store moves bytes and knows nothing of what is in them: whoever takes bytes out of it
//! verifies them. It promises two things: nothing half-written is ever visible, and what is
//! published under a name never changes ([`Store::put_if_absent`]).

mod error;
mod folder;
mod store;
mod url;

pub use error::{StoreError, StoreErrorKind};
pub use store::{Limits, Put, Store};
