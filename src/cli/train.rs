//! `unsell train`: a classifier from a base encoder and labelled utterances.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use crate::lexicon::Lexicon;
use crate::train::{Look, Plan, Progress, Recipe, TrainReport, run as train, thin};

/// Trains a classifier: reads a corpus, real talk and a base encoder, writes a model folder.
///
/// A run that is stopped goes on from its last checkpoint when the same command is given again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of the corpus: JSON lines with labels and a split
    #[arg(long, value_name = "DIR", default_value = "models/corpus")]
    corpus: PathBuf,

    /// The folder of the base encoder, a BERT of the Hugging Face layout
    #[arg(long, value_name = "DIR")]
    base: PathBuf,

    /// A file of real talk that the labels are for; repeatable
    #[arg(long, value_name = "FILE")]
    extra: Vec<PathBuf>,

    /// The folder with the labels of real talk
    #[arg(long, value_name = "DIR", default_value = "models/real-talk")]
    labels: PathBuf,

    /// The model folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Where checkpoints are kept until the run is done [default: the model folder's name with
    /// .checkpoint after it]
    #[arg(long, value_name = "DIR")]
    checkpoints: Option<PathBuf>,

    /// Selects the order of examples and what chance decides
    #[arg(long, value_name = "N", default_value_t = Recipe::default().seed)]
    seed: u64,

    /// How often every example is seen; 0 keeps the base's weights and decides calibration and thresholds
    /// anew
    #[arg(long, value_name = "N", default_value_t = Recipe::default().epochs)]
    epochs: f32,

    /// The encoder's highest learning rate
    #[arg(long, value_name = "RATE", default_value_t = Recipe::default().rate)]
    rate: f32,

    /// A model folder whose opinion is learnt too, as of another seed; repeatable
    #[arg(long, value_name = "DIR")]
    teacher: Vec<PathBuf>,

    /// Learn so many real utterances that nobody has labelled as the teachers hear them
    #[arg(long, value_name = "N", default_value_t = 0, requires = "teacher")]
    unlabelled: usize,

    /// Learn from so many written examples only, for a learning curve
    #[arg(long, value_name = "N", hide_short_help = true)]
    most_written: Option<usize>,

    /// Learn from so many real examples only, for a learning curve
    #[arg(long, value_name = "N", hide_short_help = true)]
    most_real: Option<usize>,
}

/// Fewer training examples than this are too few for a behaviour.
const ENOUGH: usize = 100;

/// Runs the command.
pub fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, Failure> {
    if !(args.epochs >= 0.0 && args.epochs.is_finite() && args.rate > 0.0 && args.rate < 1.0) {
        return Err(Failure::new("--epochs must be 0 or more, and --rate between 0 and 1"));
    }
    let recipe =
        Recipe { seed: args.seed, epochs: args.epochs, rate: args.rate, ..Recipe::default() };
    let beside = || {
        let mut name = args.out.file_name().unwrap_or_default().to_owned();
        name.push(".checkpoint");
        args.out.with_file_name(name)
    };
    let plan = Plan {
        corpus: args.corpus.clone(),
        labels: (!args.extra.is_empty()).then(|| args.labels.clone()),
        extra: args.extra.clone(),
        base: args.base.clone(),
        out: args.out.clone(),
        checkpoints: args.checkpoints.clone().unwrap_or_else(beside),
        recipe,
        teachers: args.teacher.clone(),
        unjudged: args.unlabelled,
        most: [args.most_written, args.most_real],
    };
    if plan.labels.is_none() {
        writeln!(
            err,
            "warning: without --extra nothing is learnt from real talk, and such a model raises \
             many more false alarms in it"
        )?;
    }
    let bar = ProgressBar::no_length();
    let template = "{elapsed_precise} {wide_bar} {pos}/{len} steps, {eta} left{msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let visible = !bar.is_hidden();
    let mut told = |progress: Progress| match progress {
        Progress::Start { step, steps } => {
            bar.set_length(steps as u64);
            bar.set_position(step as u64);
            bar.reset_eta();
        }
        Progress::Step { loss } => {
            bar.inc(1);
            if visible {
                bar.set_message(format!(", loss {loss:.2}"));
            }
        }
        Progress::Look(look) => {
            let line = look_line(&look);
            if visible {
                bar.println(line);
            } else {
                // Without a terminal the looks are the progress; that nobody reads them is no fault.
                let _ = writeln!(err, "{line}");
            }
        }
    };
    let report = train(&plan, &Lexicon::builtin()?, &mut told)
        .map_err(|error| Failure::new(error.to_string()))?;
    bar.finish_and_clear();
    summary(&report, &plan, out)?;
    let thin = thin(&report, ENOUGH);
    if !thin.is_empty() {
        let ids: Vec<_> = thin.iter().map(|behaviour| behaviour.id()).collect();
        writeln!(err, "warning: fewer than {ENOUGH} examples of {}", ids.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn look_line(look: &Look) -> String {
    let real = look.real.map_or_else(|| "-".to_owned(), |real| format!("{real:.3}"));
    format!(
        "step {}: loss {:.3}, average precision on dev: written behaviours {:.3}, real poles {real}",
        look.step, look.loss, look.written
    )
}

fn summary(report: &TrainReport, plan: &Plan, out: &mut dyn Write) -> Result<(), Failure> {
    let count = |sort: &str| report.examples.get(sort).copied().unwrap_or(0);
    let weights = if report.recipe.epochs > 0.0 {
        let (written, real) = (count("written train"), count("real train"));
        format!("trained on {written} written and {real} real examples")
    } else {
        "with the weights of the base".to_owned()
    };
    writeln!(
        out,
        "Wrote {}, {weights}; chosen by {} written and {} real examples that it did not learn from.",
        plan.out.display(),
        count("written dev"),
        count("real dev")
    )?;
    let best = report.looks.iter().max_by(|a, b| a.figure.total_cmp(&b.figure));
    if let Some(best) = best {
        writeln!(out, "Best: {}", look_line(best))?;
    }
    if report.labels_without_words > 0 {
        writeln!(
            out,
            "{} labels of real talk were for words that no extra file has.",
            report.labels_without_words
        )?;
    }
    Ok(())
}
