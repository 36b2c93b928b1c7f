//! Many inputs at once, in stable order, with bounded memory.
//!
//! Inputs are worked on in rounds: a round's results are handed over in order before the next one
//! starts, so that no more than a round's worth of output is ever held.

use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::Failure;

/// Inputs in a round, for each thread.
const ROUND: usize = 4;

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
    let round = ROUND * pool.current_num_threads().max(1);
    for inputs in inputs.chunks(round) {
        let results: Vec<_> = pool.install(|| {
            let counted = inputs.par_iter().map(|input| {
                let result = work(input);
                progress.inc(1);
                result
            });
            counted.collect()
        });
        // The bar steps aside while results are printed.
        progress.suspend(|| {
            inputs.iter().zip(results).try_for_each(|(input, result)| hand_over(input, result))
        })?;
    }
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
