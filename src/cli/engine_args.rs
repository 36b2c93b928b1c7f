//! The arguments that say how to judge, shared by the commands that do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};

use crate::engine::{AnalyzeOptions, Engine, Lens};
use crate::format::{self, FORMATS};
use crate::redact::Shown;
use crate::report::Report;
use crate::roles::{Origin, RoleBook, RoleEntry};
use crate::taxonomy::nearest;

use super::detectors::DetectorArgs;
use super::settings::{ConfigArgs, Settings};
use super::{Failure, read_text};

/// The input format that is no transcript but a stream of them.
const STREAM: &str = "jsonl";

/// The input format whose files hold many transcripts.
const PARQUET: &str = "parquet";

/// What to judge with, and how.
#[derive(Debug, Args)]
pub struct EngineArgs {
    #[command(flatten)]
    pub judging: JudgeArgs,

    #[command(flatten)]
    pub detectors: DetectorArgs,
}

/// How to judge.
#[derive(Debug, Args)]
pub struct JudgeArgs {
    /// Who is judged, and by what: sellers, leaders or both [default: leading for notes, both for
    /// transcripts]
    #[arg(long, value_enum)]
    lens: Option<LensArg>,

    /// A speaker's role: seller, buyer, leader, member or unknown; repeatable. The name or the id as
    /// the file has it, in any case; an empty name is text without a speaker
    #[arg(long, value_name = "NAME=ROLE")]
    role: Vec<String>,

    /// A TOML file of roles: lines of "Name" = "role"
    #[arg(long, value_name = "FILE")]
    roles: Option<PathBuf>,

    /// Read every input as this format, whatever it looks like
    #[arg(long, value_name = "FORMAT", hide_short_help = true)]
    #[arg(value_parser = PossibleValuesParser::new(
        FORMATS.iter().map(|format| PossibleValue::new(format.id).help(format.about)).chain([
            PossibleValue::new(STREAM).help("A stream of transcripts, a JSON object a line (analyze)"),
            PossibleValue::new(PARQUET).help("Parquet files of transcripts or turns (analyze)"),
        ])
    ))]
    input_format: Option<String>,

    /// Put `Speaker A` and the like for the names of speakers, also where they are said, and marks such as
    /// `[email]` for addresses of e-mail, web and street, and for phone, card and account numbers
    #[arg(long)]
    redact: bool,

    /// How many inputs to work on at once [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub jobs: Option<u16>,

    #[command(flatten)]
    pub config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LensArg {
    /// A seller in a call with a buyer
    Selling,
    /// A leader among their own people
    Leading,
    /// Both
    Both,
}

impl EngineArgs {
    /// The engine that these arguments ask for, with what holds for the run.
    pub fn engine(&self, settings: &Settings) -> Result<Engine, Failure> {
        Ok(self.detectors.within(&settings.config).engine()?.build()?)
    }
}

impl JudgeArgs {
    /// What holds for the run, which reads transcripts. `targets` are ideal rates that were asked for.
    pub fn settings(&self, targets: Option<&Path>) -> Result<Settings, Failure> {
        if let Some(format @ (STREAM | PARQUET)) = self.input_format.as_deref() {
            return Err(Failure::new(format!(
                "only `unsell analyze` reads a stream (--input-format {format})"
            )));
        }
        self.any_settings(targets)
    }

    /// Whether the input is a stream of transcripts.
    pub fn is_stream(&self) -> bool {
        self.input_format.as_deref() == Some(STREAM)
    }

    /// Whether the inputs are Parquet files; not known where no format is named.
    pub fn is_parquet(&self) -> Option<bool> {
        self.input_format.as_deref().map(|format| format == PARQUET)
    }

    /// What holds for the run, whether it reads transcripts or a stream of them.
    pub fn any_settings(&self, targets: Option<&Path>) -> Result<Settings, Failure> {
        self.config.settings(self.options()?, targets)
    }

    /// The options that these arguments ask for.
    fn options(&self) -> Result<AnalyzeOptions, Failure> {
        let mut roles = RoleBook::default();
        if let Some(path) = &self.roles {
            roles.give_toml(&path.display().to_string(), &read_text(path)?)?;
        }
        for spec in &self.role {
            roles.give_spec(spec).map_err(|message| Failure::new(format!("--role: {message}")))?;
        }
        let lens = self.lens.map(|lens| match lens {
            LensArg::Selling => Lens::Selling,
            LensArg::Leading => Lens::Leading,
            LensArg::Both => Lens::Both,
        });
        let format = self.input_format.as_deref().and_then(format::by_id);
        let shown = if self.redact { Shown::Redacted } else { Shown::All };
        Ok(AnalyzeOptions { roles, lens, format, shown, ..AnalyzeOptions::default() })
    }
}

/// How many names of speakers are kept for a suggestion.
const NAMES_KEPT: usize = 200;

/// Which of the given roles some transcript of the run had a use for.
#[derive(Debug, Default)]
pub struct RoleUse {
    used: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl RoleUse {
    /// Notes who speaks in a report.
    pub fn note(&mut self, report: &Report) {
        self.used.extend(report.roles_given.iter().cloned());
        for speaker in &report.speakers {
            if self.names.len() < NAMES_KEPT {
                self.names.insert(speaker.name.clone());
            }
        }
    }

    /// An error for every role given on the command line that no transcript had a use for.
    pub fn unused(&self, book: &RoleBook) -> Vec<Failure> {
        let asked = book.entries().iter().filter(|entry| entry.origin == Origin::Argument);
        let unused = asked.filter(|entry| !self.used.contains(&entry.name));
        unused.map(|entry| self.no_such_speaker(entry)).collect()
    }

    fn no_such_speaker(&self, entry: &RoleEntry) -> Failure {
        let name = &entry.name;
        let failure = match name.is_empty() {
            true => Failure::new("a role is given to text without a speaker, and there is none"),
            false => Failure::new(format!("a role is given to `{name}`, who speaks nowhere here")),
        };
        let names = || self.names.iter().map(String::as_str);
        let folded = name.to_lowercase();
        let lowered: Vec<_> = names().map(str::to_lowercase).collect();
        let near = nearest(&folded, lowered.iter().map(String::as_str));
        let near = near.and_then(|near| names().find(|name| name.to_lowercase() == near));
        match near {
            Some(near) => failure.with_help(format!("did you mean `{near}`?")),
            None if self.names.is_empty() => failure.with_help("no speaker has a name here"),
            None => {
                let shown: Vec<_> = names().take(12).collect();
                failure.with_help(format!("there are {}", shown.join(", ")))
            }
        }
    }
}
