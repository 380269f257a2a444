//! Extremely randomized trees: each node draws its columns, and one cut for each of them.
//!
//! P. Geurts, D. Ernst, L. Wehenkel, "Extremely randomized trees", Machine Learning 63(1),
//! 2006.

super::declare_forest!(ExtraTrees, Random, false, "extremely randomized trees");
