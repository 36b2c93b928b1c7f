//! `unsell eval`: how good and how fast the detectors are on labelled utterances.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::detectors::DetectorArgs;
use super::label::open;
use super::output;
use crate::eval::{
    Comparison, EvalReport, Evaluation, Options, RESAMPLES, ScoreName, changes, comparison_table,
    table,
};
use crate::labels::Labeller;

/// How many bad lines of a run are told one by one.
const BAD_LINES_TOLD: u64 = 20;

/// Measures the detectors on labelled utterances.
///
/// Files hold one JSON object a line: `{"id": "u1", "role": "seller", "prev": "…", "text": "…",
/// "labels": ["pressure"]}`, or `"poles": ["pushy"]` instead of labels. Rows with neither give the
/// findings per 1,000 words.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The files to measure on; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Print the figures as JSON; the same as `--format json`
    #[arg(long)]
    pub json: bool,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Show what changed since an older run, given by its JSON
    #[arg(long, value_name = "OLD.json")]
    pub compare: Option<PathBuf>,
    /// Rank the score of a behaviour, pole or axis (builds less drains) against the rows' `positive`
    /// field, or where no row has one, against their labels or poles
    #[arg(long, value_name = "NAME")]
    pub score: Option<ScoreName>,
    /// Break the main figures down by a field, such as `author`, `kind` or `role`
    #[arg(long, value_name = "FIELD")]
    pub by: Option<String>,
    /// Write the rows that a detector got wrong to a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Bootstrap resamples behind the 95 % intervals; 0 leaves the intervals out
    #[arg(long, value_name = "N", default_value_t = RESAMPLES,
        value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub resamples: u32,
    /// What labels.
    #[command(flatten)]
    pub detectors: DetectorArgs,
}

/// How `eval` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables to read
    Table,
    /// One JSON object
    Json,
}

/// Runs the command: figures to `out`, which strips styles where they are not wanted, bad lines and
/// warnings to `err`.
///
/// # Errors
///
/// When a file cannot be read or written, there is no row to measure on, or the older report is none.
pub fn run(
    args: &EvalArgs,
    labellers: &[&dyn Labeller],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<ExitCode, Box<dyn Error>> {
    // Read first: a run may take minutes, and a wrong path should not cost them.
    let old = args.compare.as_deref().map(read_old).transpose()?;
    if let Some(path) = &args.errors {
        let read = args.files.iter().chain(&args.compare).map(PathBuf::as_path);
        output::spare(path, read)?;
    }
    let mut mistakes = args.errors.as_deref().map(create).transpose()?;
    let options = Options { score: args.score, by: args.by.clone() };
    let mut evaluation = Evaluation::new(labellers, options);
    for path in &args.files {
        let name = path.display().to_string();
        let input = open(Some(path))?;
        let mut told = Ok(());
        let mut bad = evaluation.bad();
        let mut on_bad = |line: u64, error: &str| {
            bad += 1;
            if told.is_ok() && bad <= BAD_LINES_TOLD {
                told = writeln!(err, "error: {name}:{line}: {error}");
            }
        };
        let sink = mistakes.as_mut().map(|file| file as &mut dyn Write);
        evaluation
            .add(&name, input, &mut on_bad, sink)
            .map_err(|error| format!("{name}: {error}"))?;
        told?;
    }
    if let Some(file) = &mut mistakes {
        file.flush()?;
    }
    let bad = evaluation.bad();
    if bad > BAD_LINES_TOLD {
        writeln!(err, "error: {} more lines could not be read", bad - BAD_LINES_TOLD)?;
    }
    if let Some(warning) = evaluation.warning() {
        writeln!(err, "warning: {warning}")?;
    }
    let mut report = evaluation.finish(args.resamples)?;
    report.peak_memory_bytes = peak_memory();
    let comparison = match &old {
        Some((path, old)) => {
            Some(changes(old, &report).map_err(|error| format!("{}: {error}", path.display()))?)
        }
        None => None,
    };
    match print(args, &report, comparison.as_ref(), out) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        other => other?,
    }
    Ok(if bad > 0 { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn print(
    args: &EvalArgs,
    report: &EvalReport,
    comparison: Option<&Comparison>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if args.json || args.format == Format::Json {
        let json = JsonOutput { report, comparison };
        serde_json::to_writer_pretty(&mut *out, &json)?;
        writeln!(out)?;
    } else {
        out.write_all(table(report).as_bytes())?;
        if let (Some(comparison), Some(path)) = (comparison, &args.compare) {
            let changes = comparison_table(comparison, &path.display().to_string());
            write!(out, "\n{changes}")?;
        }
    }
    out.flush()
}

#[derive(Serialize)]
struct JsonOutput<'a> {
    #[serde(flatten)]
    report: &'a EvalReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<&'a Comparison>,
}

fn read_old(path: &Path) -> Result<(&Path, String), String> {
    match fs::read_to_string(path) {
        Ok(old) => Ok((path, old)),
        Err(error) => Err(format!("{}: cannot read: {error}", path.display())),
    }
}

fn create(path: &Path) -> Result<BufWriter<File>, String> {
    match File::create(path) {
        Ok(file) => Ok(BufWriter::new(file)),
        Err(error) => Err(format!("{}: cannot write: {error}", path.display())),
    }
}

/// The most memory that this process has held. Linux tells it in a file; elsewhere it is not known.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
