//! One fit, timed alone: what `just bench-train` runs beside the same fit of a peer.
//!
//!     cargo run --release -p modelseal-train --example time_fit -- DATA TARGET ID [COLUMN,...]
//!
//! Every column of the CSV file must be numeric. Rows are dealt as scikit-learn's
//! `train_test_split(test_size=0.3, stratify=y, random_state=42)` deals them and brought to
//! one scale; the learner has its defaults and one thread (`RAYON_NUM_THREADS` for more).
//! Prints one JSON line.

#![allow(clippy::print_stdout, reason = "an example talks to the terminal")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use modelseal_train::data::{ColumnValues, CsvLimits, Matrix, read_csv};
use modelseal_train::experiment::predict;
use modelseal_train::learn::{FitTask, learner};
use modelseal_train::prepare::{NormalizeMethod, apply, normalize};
use modelseal_train::{metrics, split};

/// Fits of which the fastest counts.
const REPETITIONS: usize = 3;

/// Seconds of the clock, and seconds that all threads of this process computed.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), computed())
    }

    fn seconds(&self) -> (f64, f64) {
        (self.0.elapsed().as_secs_f64(), computed() - self.1)
    }
}

/// NaN where the system does not tell.
fn computed() -> f64 {
    let of = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return f64::NAN };
    tasks.filter_map(of).sum::<f64>() / 1e9
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (data, target, id, columns) = match arguments.as_slice() {
        [data, target, id] => (data, target, id, None),
        [data, target, id, columns] => (data, target, id, Some(columns)),
        _ => return Err("expected DATA TARGET ID [COLUMN,...]".into()),
    };
    let table = read_csv(File::open(data)?, data, &CsvLimits::default(), &mut |_| {})?;
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for column in table.columns() {
        let ColumnValues::Numeric(numbers) = &column.values else {
            return Err(format!("column {:?} is not numeric", column.name).into());
        };
        if column.name == *target {
            // Classes are counted from 0.
            y = numbers.iter().map(|&number| number as u32).collect();
        } else if columns.is_none_or(|names| names.split(',').any(|name| name == column.name)) {
            x.push(numbers.to_vec());
        }
    }
    let x = Matrix::new(x).ok_or("columns differ in length")?;
    let split = split::stratified(&y, 0.7, 42)?;
    let pick = |rows: &[u32]| rows.iter().map(|&row| y[row as usize]).collect::<Vec<u32>>();
    let (mut train, mut test) = (x.select_rows(&split.train), x.select_rows(&split.test));
    let scale = normalize(&train, NormalizeMethod::Zscore).map_err(|_| "values are too large")?;
    apply(&scale, &mut train);
    apply(&scale, &mut test);
    let class_count = y.iter().max().map_or(0, |&class| class as usize + 1);
    let (y_train, y_test) = (pick(&split.train), pick(&split.test));
    let task = FitTask { x: &train, y: &y_train, class_count, seed: 42 };
    let entry = learner(id)?;
    let parameters = entry.defaults();
    let threads = match std::env::var("RAYON_NUM_THREADS") {
        Ok(count) => count.parse()?,
        Err(_) => 1,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let (mut fit, mut fit_cpu) = (f64::INFINITY, f64::INFINITY);
    let mut fitted = None;
    for _ in 0..REPETITIONS {
        drop(fitted.take());
        let watch = Watch::start();
        fitted = Some(pool.install(|| (entry.fit)(&task, &parameters, &mut |_, _| {}))?);
        let (wall, cpu) = watch.seconds();
        (fit, fit_cpu) = (fit.min(wall), fit_cpu.min(cpu));
    }
    let Some(fitted) = fitted else { return Err("nothing was fitted".into()) };
    let watch = Watch::start();
    let probabilities = pool.install(|| predict(&fitted, &test));
    let (predicted, predicted_cpu) = watch.seconds();
    let auc = match fitted.has_probabilities() {
        true => metrics::auc(&y_test, &probabilities, class_count),
        false => f64::NAN,
    };
    println!(
        "{{\"id\": {id:?}, \"columns\": {}, \"fit_s\": {fit:.4}, \"fit_cpu_s\": {fit_cpu:.4}, \
         \"predict_s\": {predicted:.4}, \"predict_cpu_s\": {predicted_cpu:.4}, \"auc\": {auc:.4}}}",
        train.column_count()
    );
    Ok(())
}
