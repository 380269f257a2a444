//! The three layers of a seal, and the one function that trusts one.

pub(crate) mod builder;
pub(crate) mod bundle;
mod envelope;
mod old;
mod quorum;
pub(crate) mod serialization;
pub(crate) mod statement;
pub(crate) mod verify;
