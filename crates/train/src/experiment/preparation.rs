//! Fitting the steps between a row of the table and the learner.

use modelseal_model::{InputField, Transform};

use super::report::{ColumnScore, DropReason, DroppedColumn, StepReport};
use super::samples::Samples;
use super::{FeatureSelectionMethod, Setup, TrainError};
use crate::data::Matrix;
use crate::learn::{FitError, FitTask, leaf_wise};
use crate::prepare::{self, TooLarge};

/// Fitted steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    /// Positions of the columns that are left, in order.
    pub kept: Vec<usize>,
    /// What happens to these columns, in the order of application.
    pub transforms: Vec<Transform>,
    /// What each step did.
    pub reports: Vec<StepReport>,
}

impl Preparation {
    /// Fits each step of `setup` on what the steps before it leave. Returned with it are the
    /// training rows as the learner gets them: without outliers, with made-up rows.
    ///
    /// The order is that of the published experiments. Every step that changes values works
    /// column by column, so the steps before a column goes need not know that it will.
    pub(super) fn fit(
        mut train: Samples,
        setup: &Setup,
        inputs: &[InputField],
    ) -> Result<(Self, Samples), TrainError> {
        let mut preparation =
            Self { kept: (0..inputs.len()).collect(), transforms: Vec::new(), reports: Vec::new() };
        preparation.impute(&mut train, setup);
        if setup.remove_multicollinearity {
            preparation.remove_multicollinearity(&mut train, setup, inputs);
        }
        if setup.remove_outliers {
            let mut report = preparation.report("remove_outliers", &train);
            let rows = prepare::inliers(&train.x, setup.outliers_threshold, setup.session_id);
            train = train.select(&rows);
            report.rows.1 = rows.len();
            preparation.reports.push(report);
        }
        if setup.fix_imbalance {
            let mut report = preparation.report("fix_imbalance", &train);
            (train.x, train.y) =
                prepare::smote(&train.x, &train.y, train.class_count, setup.session_id)?;
            report.rows.1 = train.y.len();
            preparation.reports.push(report);
        }
        if setup.normalize {
            let normalize = prepare::normalize(&train.x, setup.normalize_method);
            let normalize = normalize.map_err(|TooLarge { column }| {
                TrainError::TooLarge(inputs[preparation.kept[column]].feature.clone())
            })?;
            prepare::apply(&normalize, &mut train.x);
            preparation.reports.push(preparation.report("normalize", &train));
            preparation.transforms.push(normalize);
        }
        if setup.feature_selection {
            preparation.select_features(&mut train, setup, inputs)?;
        }
        Ok((preparation, train))
    }

    /// Rows of the table as the learner gets them. No row is dropped.
    pub(super) fn apply(&self, raw: &Matrix) -> Matrix {
        let mut prepared = raw.select_columns(&self.kept);
        for transform in &self.transforms {
            prepare::apply(transform, &mut prepared);
        }
        prepared
    }

    fn impute(&mut self, train: &mut Samples, setup: &Setup) {
        let mut report = self.report("numeric_imputation", train);
        let missing = |column: &Vec<f64>| column.iter().filter(|value| value.is_nan()).count();
        report.filled = train.x.columns().iter().map(missing).sum();
        let impute = prepare::impute(&train.x, setup.numeric_imputation).transform;
        prepare::apply(&impute, &mut train.x);
        self.transforms.push(impute);
        self.reports.push(report);
    }

    fn remove_multicollinearity(
        &mut self,
        train: &mut Samples,
        setup: &Setup,
        inputs: &[InputField],
    ) {
        let mut report = self.report("remove_multicollinearity", train);
        let found = prepare::collinear(&train.x, &train.y, setup.multicollinearity_threshold);
        let name = |column: usize| inputs[self.kept[column]].feature.clone();
        report.dropped = found
            .iter()
            .map(|collinear| DroppedColumn {
                column: name(collinear.column),
                why: DropReason::Collinear {
                    with: name(collinear.kept),
                    correlation: collinear.correlation,
                },
            })
            .collect();
        let is_left = |column: &usize| found.iter().all(|collinear| collinear.column != *column);
        let left: Vec<usize> = (0..self.kept.len()).filter(is_left).collect();
        report.columns.1 = left.len();
        self.reports.push(report);
        self.keep(&left, train);
    }

    fn select_features(
        &mut self,
        train: &mut Samples,
        setup: &Setup,
        inputs: &[InputField],
    ) -> Result<(), TrainError> {
        let mut report = self.report("feature_selection", train);
        let scores = match setup.feature_selection_method {
            FeatureSelectionMethod::Classic => split_counts(train, setup)?,
            FeatureSelectionMethod::Univariate => {
                prepare::anova_f(&train.x, &train.y, train.class_count)
            }
        };
        let best = prepare::best_columns(&scores, setup.selected_count(inputs.len()));
        let name = |column: usize| inputs[self.kept[column]].feature.clone();
        let score = |column: usize| Some(scores[column]).filter(|score| score.is_finite());
        for (position, column) in prepare::ranking(&scores).into_iter().enumerate() {
            report.importances.push(ColumnScore { column: name(column), score: score(column) });
            if !best.contains(&column) {
                let why = DropReason::NotSelected { rank: position + 1, score: score(column) };
                report.dropped.push(DroppedColumn { column: name(column), why });
            }
        }
        report.columns.1 = best.len();
        self.reports.push(report);
        self.keep(&best, train);
        Ok(())
    }

    /// Drops all columns but these positions among the columns that are left.
    fn keep(&mut self, left: &[usize], train: &mut Samples) {
        if left.len() == self.kept.len() {
            return;
        }
        self.kept = left.iter().map(|&column| self.kept[column]).collect();
        for transform in &mut self.transforms {
            *transform = prepare::restrict(transform, left);
        }
        train.x = train.x.select_columns(left);
    }

    fn report(&self, step: &str, train: &Samples) -> StepReport {
        StepReport::new(step, train.y.len(), self.kept.len())
    }
}

/// How many splits of boosted trees with the defaults of `lightgbm` use each column.
fn split_counts(train: &Samples, setup: &Setup) -> Result<Vec<f64>, FitError> {
    let x = prepare::bundled(&train.x);
    let task =
        FitTask { x: &x, y: &train.y, class_count: train.class_count, seed: setup.session_id };
    let model = leaf_wise::fit(&task, &leaf_wise::Parameters::default(), &mut |_, _| {})?;
    Ok(leaf_wise::split_counts(&model, train.x.column_count()))
}
