//! The command line: what may print, and what turns outcomes into an exit status.
//!
//! 0 is done, also when whoever reads the output stops listening; 1 is what `check` or `diff` was
//! told to fail on; 2 is an error, said on standard error with what would be valid; 130 is a batch that
//! was interrupted.

mod analyze;
mod batch;
mod check;
pub mod detectors;
mod diff;
#[cfg(feature = "classifier")]
mod disagreements;
mod engine_args;
pub mod eval;
mod github;
mod history;
mod init;
mod inputs;
mod interrupt;
mod journal;
pub mod label;
mod manual;
mod output;
mod pages;
#[cfg_attr(not(feature = "parquet"), path = "no_parquet.rs")]
mod parquet;
mod record;
mod records;
mod rules;
mod rules_diff;
mod settings;
mod stream;
#[cfg(feature = "classifier")]
mod train;

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;

use anstyle::{AnsiColor, Style};
use clap::{Parser, Subcommand};

use crate::data_file::DataError;
use crate::format::ReadError;

/// Shows where call transcripts and meeting notes push, and where they lead.
///
/// Everything happens on this machine; nothing is sent anywhere.
#[derive(Debug, Parser)]
#[command(name = "unsell", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reports on transcripts and notes: files, folders, globs, or `-` for standard input
    Analyze(analyze::Args),
    /// Shows what drains in notes and drafts, and what to write instead, as a linter does
    Check(check::Args),
    /// Shows how a redraft moved the scores, and which findings are gone and new
    Diff(diff::Args),
    /// Writes an `unsell.toml` to begin with, every setting explained
    Init(init::Args),
    Label(label::LabelArgs),
    Eval(eval::EvalArgs),
    Rules(rules::RulesArgs),
    History(history::HistoryArgs),
    #[cfg(feature = "classifier")]
    Train(train::Args),
    Completions(manual::CompletionArgs),
    Man(manual::ManArgs),
}

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All went well.
    Done,
    /// `check` or `diff` found what it was told to fail on.
    Found,
    /// Some inputs failed, and their reasons were said.
    SomeFailed,
    /// Somebody asked to stop.
    Interrupted,
}

impl Ending {
    fn status(self) -> ExitCode {
        match self {
            Ending::Done => ExitCode::SUCCESS,
            Ending::Found => ExitCode::from(1),
            Ending::SomeFailed => ExitCode::from(2),
            Ending::Interrupted => ExitCode::from(interrupt::STATUS),
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
enum Failure {
    /// A message, and what would be valid.
    Said { message: String, help: Option<String> },
    /// Standard output or a file could not be written.
    Io(io::Error),
}

impl Failure {
    fn new(message: impl Display) -> Self {
        Failure::Said { message: message.to_string(), help: None }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        match self {
            Failure::Said { message, .. } => Failure::Said { message, help: Some(help.into()) },
            io => io,
        }
    }

    /// A source that could not be read, with its place where that is known.
    fn reading(path: &str, error: &ReadError) -> Self {
        Failure::Said { message: error.in_place(path), help: error.help.clone() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Io(error)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Failure::new(error)
    }
}

/// Runs the program.
pub fn run() -> ExitCode {
    // A message of Rust's own may hold what was read, such as the text that could not be cut.
    std::panic::set_hook(Box::new(|panic| {
        if parquet::is_guarded() {
            return;
        }
        let place = panic.location().map_or(String::new(), |at| format!(" at {at}"));
        say(&Failure::new(format!("unsell has a fault{place}"))
            .with_help("please report it with this line; nothing of what was read is in it"));
    }));
    match Cli::parse().command.run() {
        Ok(status) => status,
        Err(Failure::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure);
            ExitCode::from(2)
        }
    }
}

impl Command {
    fn run(self) -> Result<ExitCode, Failure> {
        let mut out = anstream::stdout();
        let mut err = anstream::stderr();
        match self {
            Command::Analyze(args) => analyze::run(&args).map(Ending::status),
            Command::Check(args) => check::run(&args).map(Ending::status),
            Command::Diff(args) => diff::run(&args, &mut out).map(Ending::status),
            Command::Init(args) => init::run(&args, &mut err).map(Ending::status),
            Command::Label(args) => {
                let labeller = args.detectors.labeller()?;
                label::run(&args, &*labeller, out.lock(), &mut err).map_err(Failure::new)
            }
            Command::Eval(args) => {
                let labellers = args.detectors.all_labellers()?;
                let labellers: Vec<_> = labellers.iter().map(|labeller| &**labeller).collect();
                eval::run(&args, &labellers, &mut out, &mut err).map_err(Failure::new)
            }
            Command::Rules(args) => args.run(&mut out),
            Command::History(args) => history::run(&args, &mut out).map(Ending::status),
            #[cfg(feature = "classifier")]
            Command::Train(args) => train::run(&args, &mut out, &mut err),
            Command::Completions(args) => {
                manual::completions(&args, &mut io::stdout()).map(Ending::status)
            }
            Command::Man(args) => manual::man(&args, &mut io::stdout()).map(Ending::status),
        }
    }
}

/// A text file that the user named.
fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Says on standard error what a report had to guess or leave out.
fn warn(path: &str, warning: &str) {
    const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    let (path, warning) = (output::visible(path), output::visible(warning));
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{WARNING}warning:{WARNING:#} {path}: {warning}");
}

/// What was said to help. A batch may fail many times for one reason, and is helped once.
static HELPED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says on standard error what went wrong. That nobody listens there is no reason to stop.
fn say(failure: &Failure) {
    const ERROR: Style = AnsiColor::Red.on_default().bold();
    const HELP: Style = Style::new().bold();
    let mut stderr = anstream::stderr().lock();
    let (message, help) = match failure {
        Failure::Said { message, help } => (output::visible(message), help.as_deref()),
        Failure::Io(error) => (error.to_string(), None),
    };
    let _ = writeln!(stderr, "{ERROR}error:{ERROR:#} {message}");
    let is_new = |help: &&str| HELPED.lock().is_ok_and(|mut said| said.insert((*help).to_owned()));
    if let Some(help) = help.filter(is_new) {
        let _ = writeln!(stderr, "{HELP}help:{HELP:#} {}", output::visible(help));
    }
}
