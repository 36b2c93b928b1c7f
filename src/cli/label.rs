//! `unsell label`: utterances in, labels out.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::detectors::DetectorArgs;
use crate::labels::{Labeller, StreamError, label_stream};

/// Labels utterances: JSON lines in, JSON lines out, in the same order.
///
/// A line is `{"id": "u1", "role": "seller", "prev": "…", "text": "…"}`; only `text` must be there.
/// What comes back has `id`, `labels`, `scores` of all behaviours, `evidence`, and the fields that
/// label has no use for. A bad line becomes `{"line": 7, "error": "…"}`, the rest goes on, and the
/// exit status is 2.
#[derive(Debug, Args)]
pub struct LabelArgs {
    /// The file to read; standard input without it or for `-`
    pub file: Option<PathBuf>,
    /// What labels.
    #[command(flatten)]
    pub detectors: DetectorArgs,
}

/// Runs the command: answers to `out`, warnings to `err`.
///
/// # Errors
///
/// When the file cannot be opened, the input not read on, or the output not written on for another
/// reason than that nobody reads it any more.
pub fn run(
    args: &LabelArgs,
    labeller: &dyn Labeller,
    out: impl Write,
    err: &mut dyn Write,
) -> Result<ExitCode, Box<dyn Error>> {
    let path = args.file.as_deref();
    let name = path.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let input = open(path)?;
    let summary = match label_stream(input, &mut BufWriter::new(out), labeller) {
        Err(StreamError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Ok(ExitCode::SUCCESS);
        }
        Err(error) => return Err(format!("{name}: {error}").into()),
        Ok(summary) => summary,
    };
    if let Some(warning) = summary.unknown_roles.warning() {
        writeln!(err, "warning: {name}: {warning}")?;
    }
    if summary.bad == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let all = summary.bad + summary.rows;
    writeln!(err, "error: {name}: {} of {all} lines could not be labelled", summary.bad)?;
    Ok(ExitCode::from(2))
}

/// The file, or standard input for none and for `-`.
pub(super) fn open(path: Option<&Path>) -> Result<Box<dyn Read>, String> {
    match path {
        None => Ok(Box::new(io::stdin().lock())),
        Some(path) if path == Path::new("-") => Ok(Box::new(io::stdin().lock())),
        Some(path) => match File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(format!("{}: cannot open: {error}", path.display())),
        },
    }
}
