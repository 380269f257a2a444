//! A random forest: each tree draws its rows, each node its columns, and takes the best cut.
//!
//! L. Breiman, "Random Forests", Machine Learning 45, 2001.

super::declare_forest!(RandomForest, Best, true, "a random forest");
