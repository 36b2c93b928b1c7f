//! `unsell check`: what drains, one finding a line, as linters print it.

use std::io::Write;
use std::path::PathBuf;

use crate::report::model::FindingReport;
use crate::report::{Report, clean};
use crate::taxonomy::{Behaviour, Pole, nearest};

use super::engine_args::{EngineArgs, RoleUse};
use super::{Ending, Failure, batch, inputs, say, warn};

const EXAMPLES: &str = "\
Examples:
  unsell check notes.md
  unsell check drafts/ --fail-on buy-in
  unsell check memo.md --fail-on pressure --fail-on 0.9";

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

    #[command(flatten)]
    engine: EngineArgs,
}

/// What makes the command fail.
#[derive(Debug, Clone, Copy, PartialEq)]
enum FailOn {
    Pole(Pole),
    Behaviour(Behaviour),
    Score(f64),
}

impl FailOn {
    fn meets(self, finding: &FindingReport) -> bool {
        match self {
            FailOn::Pole(pole) => finding.pole == pole.id(),
            FailOn::Behaviour(behaviour) => finding.behaviour == behaviour.id(),
            FailOn::Score(score) => finding.score >= score,
        }
    }
}

fn fail_on(word: &str) -> Result<FailOn, String> {
    if let Ok(score) = word.parse::<f64>() {
        let valid = (0.0..=1.0).contains(&score);
        return if valid { Ok(FailOn::Score(score)) } else { Err("a score is from 0 to 1".into()) };
    }
    let pole = Pole::from_id(word);
    let behaviour = Behaviour::from_id(word);
    match (pole, behaviour) {
        (Some(pole), _) if pole.drains() => Ok(FailOn::Pole(pole)),
        (_, Some(behaviour)) if behaviour.pole().drains() => Ok(FailOn::Behaviour(behaviour)),
        (None, None) => {
            let draining = Behaviour::all().filter(|b| b.pole().drains()).map(Behaviour::id);
            let words: Vec<_> = ["pushy", "buy-in"].into_iter().chain(draining).collect();
            Err(match nearest(word, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("valid are a score from 0 to 1, {}", words.join(", ")),
            })
        }
        _ => Err(format!("`{word}` builds; only what drains is checked")),
    }
}

pub fn run(args: &Args) -> Result<Ending, Failure> {
    let engine = args.engine.engine(None)?;
    let options = args.engine.judging.options()?;
    let inputs::Inputs { found, failed, .. } = inputs::find(&args.paths, None)?;
    failed.iter().for_each(say);
    let mut some_failed = !failed.is_empty();
    let mut some_found = false;
    let mut roles = RoleUse::default();
    let mut any_done = false;
    let mut stdout = std::io::stdout().lock();
    batch::run(
        &found,
        args.engine.judging.jobs,
        |input| {
            let source = input.read()?;
            let report = engine.analyze(&source, &options);
            report.map_err(|error| Failure::reading(&source.name, &error))
        },
        |_, result| {
            match result {
                Ok(report) => {
                    any_done = true;
                    roles.note(&options.roles, &report);
                    report.warnings.iter().for_each(|warning| warn(&report.source.path, warning));
                    some_found |= print(&report, &args.fail_on, &mut stdout)?;
                }
                Err(failure) => {
                    some_failed = true;
                    say(&failure);
                }
            }
            Ok(())
        },
    )?;
    stdout.flush()?;
    let unused = if any_done { roles.unused(&options.roles) } else { Vec::new() };
    unused.iter().for_each(say);
    Ok(match (some_failed || !unused.is_empty(), some_found) {
        (true, _) => Ending::SomeFailed,
        (false, true) => Ending::Found,
        (false, false) => Ending::Done,
    })
}

/// Prints the findings that drain; whether one of them is to fail the command.
fn print(report: &Report, fail_on: &[FailOn], out: &mut dyn Write) -> Result<bool, Failure> {
    let mut fails = false;
    let path = clean(&report.source.path);
    for finding in report.findings.iter().filter(|finding| finding.drains()) {
        fails |= fail_on.iter().any(|condition| condition.meets(finding));
        let meaning = Behaviour::from_id(finding.behaviour).map_or("", Behaviour::meaning);
        match (finding.line, finding.col) {
            (Some(line), Some(col)) => write!(out, "{path}:{line}:{col}: ")?,
            _ => write!(out, "{path}: turn {}: ", finding.turn + 1)?,
        }
        write!(out, "{} {meaning}: “{}”", finding.behaviour, clean(&finding.quote))?;
        if let Some(taken) = &finding.taken_back {
            write!(out, ", taken back later by “{}”", clean(&taken.quote))?;
        }
        if !finding.instead.is_empty() {
            write!(out, "; instead: {}", clean(&finding.instead))?;
        }
        writeln!(out)?;
    }
    Ok(fails)
}
