//! Independent jobs on all threads of the caller's pool.
//!
//! Each worker takes the next job when it is done with one, and has threads of its own for
//! what runs in parallel inside a job. In one common pool a thread that waits for a part of
//! its fit would begin another fit, and hold the memory of both.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPoolBuilder;

/// Does `work` for each of `jobs`, which are taken in their order.
pub(super) fn for_each<J: Copy + Sync>(jobs: &[J], work: impl Fn(J) + Sync) {
    let threads = rayon::current_num_threads();
    let worker_count = threads.min(jobs.len());
    let next = AtomicUsize::new(0);
    let take_all = || {
        while let Some(&job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(job);
        }
    };
    std::thread::scope(|scope| {
        for worker in 0..worker_count {
            let share = threads / worker_count + usize::from(worker < threads % worker_count);
            let Ok(pool) = ThreadPoolBuilder::new().num_threads(share).build() else { continue };
            // A thread that the system refuses is made up for below.
            let _ = std::thread::Builder::new().spawn_scoped(scope, move || pool.install(take_all));
        }
    });
    // What is left when the system had no threads at all.
    take_all();
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn every_job_is_done_once() {
        for threads in [1, 2, 8] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for count in [0, 1, 3, 100] {
                let jobs: Vec<usize> = (0..count).collect();
                let done = Mutex::new(Vec::new());
                pool.install(|| for_each(&jobs, |job| done.lock().unwrap().push(job)));
                let mut done = done.into_inner().unwrap();
                done.sort_unstable();
                assert_eq!(done, jobs);
            }
        }
    }
}
