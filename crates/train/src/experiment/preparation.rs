//! Fitting the steps between a row of the table and the learner.

use modelseal_model::{InputField, InputKind, Transform};

use super::report::{ColumnScore, DropReason, DroppedColumn, StepReport};
use super::samples::Samples;
use super::{FeatureSelectionMethod, Setup, TrainError};
use crate::data::Matrix;
use crate::learn::{FitError, FitTask, leaf_wise};
use crate::prepare::{self, TooLarge};

/// Fitted steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    /// Positions of the inputs that are left, in order.
    pub kept: Vec<usize>,
    /// What happens to these columns, in the order of application.
    pub transforms: Vec<Transform>,
    /// Names of the columns that this makes of them: `COLUMN`, or `COLUMN=WORD` for one word.
    pub columns: Vec<String>,
    /// What each step did.
    pub reports: Vec<StepReport>,
}

impl Preparation {
    /// Fits each step of `setup` on what the steps before it leave. Returned with it are the
    /// training rows as the learner gets them: without outliers, with made-up rows.
    ///
    /// The order is that of the published experiments. Every step that changes values works
    /// column by column, so the steps before a column goes need not know that it will; they are
    /// cut down to what is left of them.
    pub(super) fn fit(
        mut train: Samples,
        setup: &Setup,
        inputs: &[InputField],
    ) -> Result<(Self, Samples), TrainError> {
        let mut preparation = Self {
            kept: (0..inputs.len()).collect(),
            transforms: Vec::new(),
            columns: inputs.iter().map(|input| input.feature.clone()).collect(),
            reports: Vec::new(),
        };
        let is_nominal = std::mem::take(&mut train.is_nominal);
        preparation.impute(&mut train, setup, &is_nominal);
        preparation.encode(&mut train, setup, inputs, &is_nominal);
        if setup.remove_multicollinearity {
            preparation.remove_multicollinearity(&mut train, setup);
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
                TrainError::TooLarge(preparation.columns[column].clone())
            })?;
            prepare::apply(&normalize, &mut train.x);
            preparation.reports.push(preparation.report("normalize", &train));
            preparation.transforms.push(normalize);
        }
        if setup.feature_selection {
            preparation.select_features(&mut train, setup, inputs.len())?;
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

    fn impute(&mut self, train: &mut Samples, setup: &Setup, is_nominal: &[bool]) {
        let mut report = self.report("numeric_imputation", train);
        let missing = |column: &Vec<f64>| column.iter().filter(|value| value.is_nan()).count();
        report.filled = train.x.columns().iter().map(missing).sum();
        let impute = prepare::impute(&train.x, setup.numeric_imputation, is_nominal).transform;
        prepare::apply(&impute, &mut train.x);
        self.transforms.push(impute);
        self.reports.push(report);
    }

    /// Encodes categories one-hot where the setup wants it. The others are numbers already.
    fn encode(
        &mut self,
        train: &mut Samples,
        setup: &Setup,
        inputs: &[InputField],
        is_nominal: &[bool],
    ) {
        let is_spread = inputs.iter().zip(is_nominal).map(|(input, &is_nominal)| {
            is_nominal
                && matches!(&input.kind, InputKind::Category { values }
                    if setup.is_one_hot(values.len()))
        });
        let is_spread: Vec<bool> = is_spread.collect();
        if !is_spread.contains(&true) {
            return;
        }
        let mut report = self.report("max_encoding_ohe", train);
        let encode = prepare::one_hot(&train.x, &is_spread);
        if let Transform::OneHot { levels } = &encode {
            self.columns = inputs.iter().zip(levels).flat_map(column_names).collect();
        }
        prepare::apply(&encode, &mut train.x);
        report.columns.1 = self.columns.len();
        self.transforms.push(encode);
        self.reports.push(report);
    }

    fn remove_multicollinearity(&mut self, train: &mut Samples, setup: &Setup) {
        let mut report = self.report("remove_multicollinearity", train);
        let found = prepare::collinear(&train.x, &train.y, setup.multicollinearity_threshold);
        let name = |column: usize| self.columns[column].clone();
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
        let left: Vec<usize> = (0..self.columns.len()).filter(is_left).collect();
        report.columns.1 = left.len();
        self.reports.push(report);
        self.keep(&left, train);
    }

    fn select_features(
        &mut self,
        train: &mut Samples,
        setup: &Setup,
        input_count: usize,
    ) -> Result<(), TrainError> {
        let mut report = self.report("feature_selection", train);
        let scores = match setup.feature_selection_method {
            FeatureSelectionMethod::Classic => split_counts(train, setup)?,
            FeatureSelectionMethod::Univariate => {
                prepare::anova_f(&train.x, &train.y, train.class_count)
            }
        };
        let best = prepare::best_columns(&scores, setup.selected_count(input_count));
        let name = |column: usize| self.columns[column].clone();
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
        if left.len() == self.columns.len() {
            return;
        }
        train.x = train.x.select_columns(left);
        self.columns = left.iter().map(|&column| self.columns[column].clone()).collect();
        let mut left = left.to_vec();
        for transform in self.transforms.iter_mut().rev() {
            (*transform, left) = prepare::restrict(transform, &left);
        }
        self.kept = left.iter().map(|&column| self.kept[column]).collect();
    }

    fn report(&self, step: &str, train: &Samples) -> StepReport {
        StepReport::new(step, train.y.len(), self.columns.len())
    }
}

/// The names of what a column becomes: its own, or one for each of its levels.
fn column_names((input, levels): (&InputField, &Vec<f64>)) -> Vec<String> {
    let InputField { feature, kind: InputKind::Category { values }, .. } = input else {
        return vec![input.feature.clone()];
    };
    if levels.is_empty() {
        return vec![feature.clone()];
    }
    let name = |level: &f64| {
        let value = values.iter().find(|value| value.number == *level);
        let word = value.map_or_else(|| level.to_string(), |value| value.label.clone());
        format!("{feature}={word}")
    };
    levels.iter().map(name).collect()
}

/// How many splits of boosted trees with the defaults of `lightgbm` use each column.
fn split_counts(train: &Samples, setup: &Setup) -> Result<Vec<f64>, FitError> {
    let x = prepare::bundled(&train.x);
    let task =
        FitTask { x: &x, y: &train.y, class_count: train.class_count, seed: setup.session_id };
    let model = leaf_wise::fit(&task, &leaf_wise::Parameters::default(), &mut |_, _| {})?;
    Ok(leaf_wise::split_counts(&model, train.x.column_count()))
}
