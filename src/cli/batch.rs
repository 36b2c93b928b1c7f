//! Many inputs at once, in stable order, with bounded memory.
//!
//! Inputs are worked on ahead of the one whose result is next to be handed over, but not far ahead:
//! each result that goes out lets one more input in, so that no more than a few are ever held.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;

/// How many inputs may be held at a time, for each thread.
const AHEAD: usize = 4;

/// How many inputs were done, and which were not.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were done.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
}

/// Works on inputs in parallel and hands each result over in order, on this thread.
pub fn run<I: Sync, T: Send>(
    inputs: &[I],
    jobs: Option<NonZeroUsize>,
    work: impl Fn(&I) -> Result<T, Failure> + Sync,
    mut hand_over: impl FnMut(&I, Result<T, Failure>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.map_or(0, NonZeroUsize::get))
        .build()
        .map_err(|error| Failure::new(format!("no threads: {error}")))?;
    let progress = progress_bar(inputs.len());
    let ahead = AHEAD * pool.current_num_threads().max(1);
    pool.in_place_scope_fifo(|scope| {
        let (done, results) = mpsc::channel();
        let begin = |at: usize| {
            let Some(input) = inputs.get(at) else { return };
            let (done, work, progress) = (done.clone(), &work, &progress);
            scope.spawn_fifo(move |_| {
                let result = catch_unwind(AssertUnwindSafe(|| work(input)));
                progress.inc(1);
                // Nobody listens any more where a result could not be handed over.
                let _ = done.send((at, result));
            });
        };
        (0..ahead).for_each(begin);
        let mut early = BTreeMap::new();
        for (at, input) in inputs.iter().enumerate() {
            while !early.contains_key(&at) {
                let (at, result) = results.recv().map_err(Failure::new)?;
                early.insert(at, result);
            }
            begin(at + ahead);
            let Some(result) = early.remove(&at) else { continue };
            let result = result.unwrap_or_else(|panic| resume_unwind(panic));
            // The bar steps aside while results are printed.
            progress.suspend(|| hand_over(input, result))?;
        }
        Ok::<_, Failure>(())
    })?;
    progress.finish_and_clear();
    Ok(())
}

fn progress_bar(inputs: usize) -> ProgressBar {
    if inputs < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}");
    ProgressBar::new(inputs as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_no_more_than_a_few_are_held() {
        let inputs: Vec<usize> = (0..300).collect();
        let begun = AtomicUsize::new(0);
        let mut handed = 0;
        let work = |input: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(std::time::Duration::from_micros((input % 7 * 50) as u64));
            if input.is_multiple_of(11) { Err(Failure::new(input)) } else { Ok(*input) }
        };
        let jobs = NonZeroUsize::new(3);
        let ended = run(&inputs, jobs, work, |input, result| {
            assert_eq!((*input, result.is_err()), (handed, input % 11 == 0));
            assert!(result.is_err() || result.is_ok_and(|result| result == handed));
            handed += 1;
            assert!(begun.load(Ordering::SeqCst) <= handed + 3 * AHEAD);
            Ok(())
        });
        assert!(ended.is_ok());
        assert_eq!((handed, begun.load(Ordering::SeqCst)), (300, 300));
    }

    #[test]
    fn nothing_more_begins_when_a_result_cannot_be_handed_over() {
        let inputs: Vec<usize> = (0..300).collect();
        let begun = AtomicUsize::new(0);
        let work = |_: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        let ended = run(&inputs, NonZeroUsize::new(2), work, |input, _: Result<(), Failure>| {
            if *input == 5 { Err(Failure::new("the pipe is closed")) } else { Ok(()) }
        });
        assert!(ended.is_err());
        assert!(begun.load(Ordering::SeqCst) <= 6 + 2 * AHEAD);
    }
}
