//! The command line.

pub mod eval;
pub mod label;
pub mod rules;

use std::path::PathBuf;
use std::process::ExitCode;

use crate::lexicon::{Lexicon, LexiconFile};
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Label(label::LabelArgs),
    Eval(eval::EvalArgs),
    Rules(rules::RulesArgs),
}

/// What went wrong, for standard error.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub help: Option<String>,
}

impl Failure {
    pub fn new(message: String) -> Self {
        Failure { message, help: None }
    }
    pub fn with_help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(error.to_string())
    }
}

pub fn load_lexicon(paths: &[PathBuf]) -> Result<Lexicon, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        files.push(LexiconFile { path: path.display().to_string(), text });
    }
    Lexicon::with_files(&files).map_err(|error| Failure::new(error.to_string()))
}

/// Runs the program.
pub fn run() -> ExitCode {
    let mut out = anstream::stdout().lock();
    let mut err = anstream::stderr().lock();
    let done = match Cli::parse().command {
        Command::Rules(args) => args.run(&mut out),
        Command::Label(args) => load_lexicon(&[]).and_then(|lexicon| {
            label::run(&args, &lexicon, &mut out, &mut err).map_err(|e| Failure::new(e.to_string()))
        }),
        Command::Eval(args) => load_lexicon(&[]).and_then(|lexicon| {
            eval::run(&args, &[&lexicon], &mut out, &mut err)
                .map_err(|e| Failure::new(e.to_string()))
        }),
    };
    match done {
        Ok(code) => code,
        Err(failure) => {
            let _ =
                std::io::Write::write_fmt(&mut err, format_args!("error: {}\n", failure.message));
            if let Some(help) = failure.help {
                let _ = std::io::Write::write_fmt(&mut err, format_args!("help: {help}\n"));
            }
            ExitCode::from(2)
        }
    }
}
