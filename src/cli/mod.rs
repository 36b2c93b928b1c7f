//! The command line.

mod rules;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use unsell::lexicon::{Lexicon, LexiconFile};

#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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

#[allow(clippy::print_stderr)]
pub fn run() -> ExitCode {
    let Command::Rules(args) = Cli::parse().command;
    match args.run(&mut std::io::stdout().lock()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {}", failure.message);
            if let Some(help) = failure.help {
                eprintln!("help: {help}");
            }
            ExitCode::from(2)
        }
    }
}
