//! How long fits take on the real survey, and how good they are there. Run by hand:
//! `cargo test --release -p modelseal-train --test suite fit_times -- --ignored --nocapture`.

use std::time::Instant;

use crate::reference::{DataSet, fit};
use crate::shared::real_survey;
use modelseal_train::data::{ColumnValues, Matrix, Table};
use modelseal_train::learn::learner;
use modelseal_train::split;

use crate::real_data::target;

pub(crate) const PUBLISHED: [&str; 4] = ["BMI", "GenHlth", "Age", "Income"];

/// The real survey with the published split: all columns but the target, or these.
pub(crate) fn survey(table: &Table, names: Option<&[&str]>) -> DataSet {
    let chosen = |name: &str| names.is_none_or(|names| names.contains(&name));
    let columns = table
        .columns()
        .iter()
        .filter(|column| column.name != "Diabetes_binary" && chosen(&column.name))
        .map(|column| match &column.values {
            ColumnValues::Numeric(numbers) => numbers.to_vec(),
            _ => panic!("all columns are numeric"),
        })
        .collect();
    let x = Matrix::new(columns).unwrap();
    let y = target(table);
    let split = split::stratified(&y, 0.7, 42).unwrap();
    let pick = |rows: &[u32]| rows.iter().map(|&row| y[row as usize]).collect();
    DataSet {
        x_train: x.select_rows(&split.train),
        y_train: pick(&split.train),
        x_test: x.select_rows(&split.test),
        y_test: pick(&split.test),
        class_count: 2,
    }
}

/// Seconds that all threads of this process have computed, where the system tells them: on a
/// busy machine the clock says little.
fn cpu_seconds() -> Option<f64> {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<f64>().ok()?;
    }
    Some(nanoseconds / 1e9)
}

#[test]
#[ignore = "measures, and asserts nothing"]
fn fit_times() {
    let Some(table) = real_survey() else { return };
    // Kept to the end: what a thread has computed is forgotten when it ends.
    let pools =
        [1, 2].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap());
    for names in [Some(&PUBLISHED[..]), None] {
        let data = survey(&table, names);
        for id in ["dt", "rf", "et", "ada", "gbc", "lightgbm"] {
            let parameters = learner(id).unwrap().defaults();
            for (threads, pool) in (1..).zip(&pools) {
                let measure = |_| {
                    let (start, cpu) = (Instant::now(), cpu_seconds());
                    pool.install(|| fit(id, &data.task(42), &parameters));
                    let cpu =
                        cpu_seconds().zip(cpu).map_or(f64::NAN, |(after, before)| after - before);
                    (start.elapsed().as_secs_f64(), cpu)
                };
                let (seconds, cpu) =
                    (0..3).map(measure).fold((f64::INFINITY, f64::INFINITY), |least, found| {
                        (least.0.min(found.0), least.1.min(found.1))
                    });
                eprintln!(
                    "{:2} columns, {id}, {threads} threads: {seconds:.4} s, {cpu:.4} s of CPU",
                    data.x_train.column_count()
                );
            }
            let (accuracy, auc) =
                data.measure(&data.predict(&fit(id, &data.task(42), &parameters)));
            eprintln!(
                "{:2} columns, {id}: accuracy {accuracy:.4}, AUC {auc:.4}",
                data.x_train.column_count()
            );
        }
    }
}
