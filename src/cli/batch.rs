//! Many inputs at once, in stable order, with bounded memory: all that there are, or as they come.
//!
//! Inputs are worked on ahead of the one whose result is next to be handed over, but not far ahead:
//! each result that goes out lets one more input in, so that no more than a few are ever held.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::io::{self, IsTerminal};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, interrupt};

/// How many inputs may be held at a time, for each thread.
const AHEAD: usize = 4;

/// How many inputs were done, and which were not.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were done.
    pub done: usize,
    /// How many were left as an earlier run did them.
    pub kept: usize,
    /// How many failed.
    pub failed: usize,
    /// How many were not begun or not handed over, since the run was interrupted.
    pub left: usize,
}

impl Tally {
    /// How many inputs there were.
    pub fn all(&self) -> usize {
        self.done + self.kept + self.failed + self.left
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} done, ", self.done)?;
        if self.kept > 0 {
            write!(f, "{} kept, ", self.kept)?;
        }
        write!(f, "{} failed", self.failed)?;
        match self.left {
            0 => Ok(()),
            left => write!(f, ", {left} not begun: interrupted"),
        }
    }
}

/// What there is to work on.
pub enum Next<I> {
    /// An input.
    Input(I),
    /// None is at hand, but more may come.
    NotYet,
    /// There are no more.
    End,
}

/// Works on inputs in parallel and hands each result over in order, on this thread. How many were not
/// handed over, since somebody asked to stop.
pub fn run<I: Sync + Display, T: Send>(
    inputs: &[I],
    jobs: Option<u16>,
    work: impl Fn(&I) -> Result<T, Failure> + Sync,
    mut hand_over: impl FnMut(&I, Result<T, Failure>) -> Result<(), Failure>,
) -> Result<usize, Failure> {
    let progress = progress_bar(inputs.len());
    let mut all = inputs.iter();
    let mut left = inputs.len();
    in_order(
        jobs,
        |_| all.next().map_or(Next::End, Next::Input),
        |input| work(input),
        |input, result| {
            left -= 1;
            progress.inc(1);
            // The bar steps aside while results are printed.
            progress.suspend(|| hand_over(input, result))
        },
    )?;
    progress.finish_and_clear();
    Ok(left)
}

/// The same for inputs that come one by one. `next` may wait for one, but not for long, where it is told
/// that nothing else is in progress; where it is not, results wait to be handed over. What was not begun when
/// somebody asked to stop is not handed over, nor is what comes after it.
pub fn in_order<I: Send + Display, T: Send>(
    jobs: Option<u16>,
    mut next: impl FnMut(bool) -> Next<I>,
    work: impl Fn(&I) -> Result<T, Failure> + Sync,
    mut hand_over: impl FnMut(I, Result<T, Failure>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure::new(format!("no threads: {error}")))?;
    let ahead = AHEAD * pool.current_num_threads().max(1);
    pool.in_place_scope_fifo(|scope| {
        let (done, results) = mpsc::channel();
        let begin = |at: usize, input: I| {
            let (done, work) = (done.clone(), &work);
            scope.spawn_fifo(move |_| {
                let result = (!interrupt::asked()).then(|| {
                    catch_unwind(AssertUnwindSafe(|| work(&input)))
                        .unwrap_or_else(|_| Err(broken(&input)))
                });
                // Nobody listens any more where a result could not be handed over.
                let _ = done.send((at, input, result));
            });
        };
        let mut early = BTreeMap::new();
        let (mut begun, mut handed, mut ended) = (0, 0, false);
        loop {
            ended |= interrupt::asked();
            while !ended && begun < handed + ahead {
                match next(begun == handed) {
                    Next::Input(input) => begin(begun, input),
                    Next::NotYet => break,
                    Next::End => {
                        ended = true;
                        break;
                    }
                }
                begun += 1;
            }
            if let Some((input, result)) = early.remove(&handed) {
                let Some(result) = result else { return Ok(()) };
                handed += 1;
                hand_over(input, result)?;
            } else if begun > handed {
                let (at, input, result) = results.recv().map_err(Failure::new)?;
                early.insert(at, (input, result));
            } else if ended {
                return Ok(());
            }
        }
    })
}

/// A fault of this program. What was said is no part of the message.
fn broken(input: &impl Display) -> Failure {
    Failure::new(format!("{input}: internal error, so there is no report of it"))
        .with_help("this is a bug of unsell: please report it with the place named above")
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
        let ended = run(&inputs, Some(3), work, |input, result| {
            assert_eq!((*input, result.is_err()), (handed, input % 11 == 0));
            assert!(result.is_err() || result.is_ok_and(|result| result == handed));
            handed += 1;
            assert!(begun.load(Ordering::SeqCst) <= handed + 3 * AHEAD);
            Ok(())
        });
        assert!(ended.is_ok_and(|left| left == 0));
        assert_eq!((handed, begun.load(Ordering::SeqCst)), (300, 300));
    }

    #[test]
    fn a_fault_costs_its_own_input_only_and_tells_nothing_of_it() {
        let mut told = Vec::new();
        let work = |input: &usize| match input {
            2 => panic!("words of the input"),
            _ => Ok(()),
        };
        let ended = run(&[1, 2, 3], None, work, |_, result| {
            told.push(result.err().map(|failure| format!("{failure:?}")));
            Ok(())
        });
        assert!(ended.is_ok());
        let message = told[1].as_deref().unwrap_or_default();
        assert!(told[0].is_none() && told[2].is_none() && told.len() == 3);
        assert!(message.contains("2: internal error") && !message.contains("words"), "{message}");
    }

    #[test]
    fn nothing_more_begins_when_a_result_cannot_be_handed_over() {
        let inputs: Vec<usize> = (0..300).collect();
        let begun = AtomicUsize::new(0);
        let work = |_: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        let ended = run(&inputs, Some(2), work, |input, _: Result<(), Failure>| {
            if *input == 5 { Err(Failure::new("the pipe is closed")) } else { Ok(()) }
        });
        assert!(ended.is_err());
        assert!(begun.load(Ordering::SeqCst) <= 6 + 2 * AHEAD);
    }
}
