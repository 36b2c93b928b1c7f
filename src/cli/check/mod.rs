//! `unsell check`: what drains in notes and drafts, as a linter shows it.

mod baseline;
mod output;
mod sarif;
mod watch;

use std::path::PathBuf;

use clap::ValueEnum;

use crate::engine::Engine;
use crate::redact::Shown;
use crate::report::Report;
use crate::report::model::FindingReport;
use crate::sift::What;
use crate::snippet::underlined;

use super::engine_args::{EngineArgs, RoleUse};
use super::inputs::{self, Input, Inputs};
use super::settings::Settings;
use super::{Ending, Failure, batch, say, warn};
use baseline::{Baseline, Known};
use output::Output;

const EXAMPLES: &str = "\
Examples:
  unsell check notes.md
  unsell check drafts/ --fail-on buy-in
  unsell check memo.md --fail-on pressure --fail-on 0.9
  unsell check notes/ --watch
  unsell check notes/ --baseline known.json --write-baseline
  unsell check notes/ --baseline known.json --format sarif > findings.sarif
  git diff --cached --name-only -z -- '*.md' | xargs -0r unsell check --fail-on buy-in

A note silences a finding with `<!-- unsell: ignore telling -->` on its line, or alone on the line before
its block; `#` and `//` comments do too. Without a behaviour it silences all.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files, folders (with all that is in them), globs, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// End with status 1 on findings of this pole or behaviour, or at least this sure (0 to 1);
    /// repeatable, and any one suffices
    #[arg(long, value_name = "POLE|BEHAVIOUR|SCORE", value_parser = fail_on)]
    fail_on: Vec<FailOn>,

    /// How to write the findings
    #[arg(long, value_enum, default_value_t = Shape::Terminal)]
    format: Shape,

    /// Do not report what this file lists, by path, behaviour and words
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write what is found into the baseline file instead of reporting it
    #[arg(long, conflicts_with = "watch")]
    write_baseline: bool,

    /// Stay, and check files again when they are saved; ends on Ctrl-C
    #[arg(long)]
    watch: bool,

    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A line for each finding, its source line with the words marked, and what to write instead
    Terminal,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// Annotations that GitHub shows beside the line
    Github,
}

/// What makes the command fail.
#[derive(Debug, Clone, Copy, PartialEq)]
enum FailOn {
    What(What),
    Score(f64),
}

impl FailOn {
    fn meets(self, finding: &FindingReport) -> bool {
        match self {
            FailOn::What(What::Pole(pole)) => finding.pole == pole.id(),
            FailOn::What(What::Behaviour(behaviour)) => finding.behaviour == behaviour.id(),
            FailOn::Score(score) => finding.score >= score,
        }
    }
}

fn fail_on(word: &str) -> Result<FailOn, String> {
    if let Ok(score) = word.parse::<f64>() {
        let valid = (0.0..=1.0).contains(&score);
        return if valid { Ok(FailOn::Score(score)) } else { Err("a score is from 0 to 1".into()) };
    }
    let what = What::from_id(word)?;
    let drains = match what {
        What::Pole(pole) => pole.drains(),
        What::Behaviour(behaviour) => behaviour.pole().drains(),
    };
    match drains {
        true => Ok(FailOn::What(what)),
        false => Err(format!("`{word}` builds; only what drains is checked")),
    }
}

/// A finding to report.
#[derive(Debug)]
struct Found {
    path: String,
    finding: FindingReport,
    /// Its line with the words marked, where the source has lines.
    shown: Option<String>,
    /// A hash of its words.
    words: String,
    /// Whether it makes the command fail.
    fails: bool,
}

/// What a round over inputs came to.
#[derive(Debug, Default)]
struct Round {
    files: u64,
    found: u64,
    fails: bool,
    some_failed: bool,
    /// Findings that the notes or the settings set aside.
    set_aside: u64,
    /// Findings that the baseline lists.
    known: u64,
    roles: RoleUse,
}

struct Check<'a> {
    args: &'a Args,
    engine: Engine,
    settings: Settings,
    baseline: Option<Baseline>,
}

pub fn run(args: &Args) -> Result<Ending, Failure> {
    if args.watch {
        watch::refuse_what_cannot_be_watched(args)?;
    }
    let settings = args.engine.judging.settings(None)?;
    let engine = args.engine.engine(&settings)?;
    let file = args.baseline.as_ref().or(settings.config.baseline.as_ref());
    let baseline = match (file, args.write_baseline) {
        (Some(file), true) => Some(Baseline::to_write(file)?),
        // One that the settings name may still have to be written.
        (Some(file), false) if args.baseline.is_none() && !file.exists() => None,
        (Some(file), false) => Some(Baseline::read(file)?),
        (None, true) => {
            return Err(Failure::new("--write-baseline needs a file to write").with_help(
                "name it with --baseline FILE, or in unsell.toml: `[check]`, `baseline`",
            ));
        }
        (None, false) => None,
    };
    let check = Check { args, engine, settings, baseline };
    if args.watch { watch::run(&check) } else { check.all() }
}

impl Check<'_> {
    /// What the arguments mean.
    fn inputs(&self) -> Result<Inputs, Failure> {
        inputs::find(&self.args.paths, self.baseline.iter().map(Baseline::file))
    }

    /// Checks all that the arguments mean.
    fn all(&self) -> Result<Ending, Failure> {
        let inputs = self.inputs()?;
        inputs.say();
        let mut known = self.baseline.as_ref().map(Baseline::known);
        let mut output = Output::new(self.args.format);
        let mut found = Vec::new();
        let mut round = self.round(&inputs.found, known.as_mut(), |finding| {
            match self.args.write_baseline {
                true => found.push(finding),
                false => output.add(finding)?,
            }
            Ok(())
        })?;
        let unused = match round.files {
            0 => Vec::new(),
            _ => round.roles.unused(self.settings.roles()),
        };
        unused.iter().for_each(say);
        round.some_failed |= !inputs.failed.is_empty() || !unused.is_empty();
        match (&self.baseline, known) {
            (Some(baseline), Some(known)) if self.args.write_baseline => {
                baseline.write(&known, &found)?;
            }
            (_, known) => {
                output.finish(&round, self.engine.guide())?;
                known.iter().for_each(Known::say_stale);
            }
        }
        Ok(round.ending(self.args.write_baseline))
    }

    /// Checks inputs and tells of what is neither set aside nor known.
    fn round(
        &self,
        inputs: &[Input],
        mut known: Option<&mut Known>,
        mut tell: impl FnMut(Found) -> Result<(), Failure>,
    ) -> Result<Round, Failure> {
        let mut round = Round::default();
        batch::run(
            inputs,
            self.args.engine.judging.jobs,
            |input| self.one(input),
            |_, result| {
                let (report, all) = match result {
                    Ok(done) => done,
                    Err(failure) => {
                        round.some_failed = true;
                        say(&failure);
                        return Ok(());
                    }
                };
                let path = &report.source.path;
                round.roles.note(&report);
                report.warnings.iter().for_each(|warning| warn(path, warning));
                round.files += 1;
                round.set_aside += report.set_aside;
                if let Some(known) = &mut known {
                    known.checks(path);
                }
                for found in all {
                    let writes = self.args.write_baseline;
                    if known.as_mut().is_some_and(|known| !writes && known.has(&found)) {
                        round.known += 1;
                        continue;
                    }
                    round.found += 1;
                    round.fails |= found.fails;
                    tell(found)?;
                }
                Ok(())
            },
        )?;
        Ok(round)
    }

    /// The report of an input, and what drains in it.
    fn one(&self, input: &Input) -> Result<(Report, Vec<Found>), Failure> {
        let source = input.read()?;
        let report = self.engine.analyze(&source, &self.settings.options(&source.name));
        let report = report.map_err(|error| Failure::reading(&source.name, &error))?;
        // They are the source's own.
        let shows_lines = self.settings.shown() == Shown::All;
        let draining = report.findings.iter().filter(|finding| finding.drains());
        let all = draining.map(|finding| Found {
            path: source.name.clone(),
            shown: finding
                .line
                .zip(finding.bytes.clone())
                .filter(|_| shows_lines)
                .map(|(line, bytes)| underlined(line, &source.text, bytes)),
            words: baseline::hash(&finding.quote),
            fails: self.args.fail_on.iter().any(|condition| condition.meets(finding)),
            finding: finding.clone(),
        });
        let all = all.collect();
        Ok((report, all))
    }
}

impl Round {
    fn ending(&self, written: bool) -> Ending {
        match (self.some_failed, self.fails && !written) {
            (true, _) => Ending::SomeFailed,
            (false, true) => Ending::Found,
            (false, false) => Ending::Done,
        }
    }
}
