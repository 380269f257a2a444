//! REST service that answers only from verified packages.
