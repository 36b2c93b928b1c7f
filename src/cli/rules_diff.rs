//! `unsell rules diff`: which findings a change of rules adds and removes over one's own transcripts.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::engine::Engine;
use crate::lexicon::Lexicon;
use crate::report::model::FindingReport;
use crate::report::{Report, clean};

use super::engine_args::JudgeArgs;
use super::github::{Annotation, Level};
use super::settings::Settings;
use super::{Ending, Failure, batch, inputs, say};

const EXAMPLES: &str = "\
Examples:
  unsell rules diff builtin my-rules.toml calls/
  unsell rules diff old/ new/ calls/ --format github --fail-on any";

/// Says which findings a change of rules adds (+) and removes (-) over transcripts.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DiffArgs {
    /// The rules before: a file or a package folder laid over the built-in rules, or `builtin`
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The rules after, likewise
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// Transcripts and notes: files, folders, globs, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to write the changes
    #[arg(long, value_enum, default_value_t = Shape::Terminal)]
    format: Shape,

    /// End with status 1 where findings are added, removed, or either
    #[arg(long, value_enum, value_name = "CHANGE")]
    fail_on: Option<Change>,

    #[command(flatten)]
    judging: JudgeArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people: every change with its words, then the sums
    Terminal,
    /// A JSON object a change, then one with the sums
    Jsonl,
    /// Annotations that continuous integration shows beside the line
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Change {
    /// A finding that the new rules make and the old ones do not
    Added,
    /// A finding that the old rules make and the new ones do not
    Removed,
    /// Either
    Any,
}

/// How many findings changed.
#[derive(Debug, Default, Clone, Copy)]
struct Sums {
    added: u64,
    removed: u64,
    kept: u64,
}

/// What the rules of a path, over the built-in ones, find.
fn engine(path: &Path) -> Result<Engine, Failure> {
    let lexicon = match path.to_str() {
        Some("builtin") => Lexicon::builtin()?,
        _ => Lexicon::with_paths(&[path.to_owned()]).map_err(Failure::new)?,
    };
    Ok(Engine::builder().lexicon(lexicon).build()?)
}

pub fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<Ending, Failure> {
    let engines = [engine(&args.old)?, engine(&args.new)?];
    let settings = args.judging.settings(None)?;
    let inputs = inputs::find(&args.paths, &settings.config.baseline)?;
    inputs.say();
    let mut some_failed = !inputs.failed.is_empty();
    let mut sums: BTreeMap<&'static str, Sums> = BTreeMap::new();
    let mut transcripts = 0;
    batch::run(
        &inputs.found,
        args.judging.jobs,
        |input| both(&engines, input, &settings),
        |_, result| {
            match result {
                Ok([old, new]) => {
                    transcripts += 1;
                    compare(&old, &new, &mut sums, |sign, finding| {
                        write(args.format, sign, &new.source.path, finding, out)
                    })?;
                }
                Err(failure) => {
                    some_failed = true;
                    say(&failure);
                }
            }
            Ok(())
        },
    )?;
    total(args.format, &sums, transcripts, out)?;
    let any = |count: fn(&Sums) -> u64| sums.values().map(count).sum::<u64>() > 0;
    let fails = match args.fail_on {
        Some(Change::Added) => any(|sums| sums.added),
        Some(Change::Removed) => any(|sums| sums.removed),
        Some(Change::Any) => any(|sums| sums.added + sums.removed),
        None => false,
    };
    Ok(match (some_failed, fails) {
        (true, _) => Ending::SomeFailed,
        (false, true) => Ending::Found,
        (false, false) => Ending::Done,
    })
}

fn both(
    engines: &[Engine; 2],
    input: &inputs::Input,
    settings: &Settings,
) -> Result<[Report; 2], Failure> {
    let source = input.read()?;
    let options = settings.options(&source.name);
    let analyze = |engine: &Engine| {
        let report = engine.analyze(&source, &options);
        report.map_err(|error| Failure::reading(&source.name, &error))
    };
    Ok([analyze(&engines[0])?, analyze(&engines[1])?])
}

/// Tells of every finding that only one of the two has, in order of place.
fn compare<E>(
    old: &Report,
    new: &Report,
    sums: &mut BTreeMap<&'static str, Sums>,
    mut tell: impl FnMut(char, &FindingReport) -> Result<(), E>,
) -> Result<(), E> {
    let only = |a: &Report, b: &Report| -> Vec<usize> {
        let all = a.findings.iter().enumerate();
        all.filter(|(_, finding)| !b.findings.iter().any(|other| finding.same_as(other)))
            .map(|(at, _)| at)
            .collect()
    };
    let removed = only(old, new).into_iter().map(|at| ('-', &old.findings[at]));
    let added = only(new, old).into_iter().map(|at| ('+', &new.findings[at]));
    let mut changes: Vec<_> = removed.chain(added).collect();
    changes.sort_by_key(|(sign, f)| (f.turn, f.span, f.behaviour, *sign == '+'));
    for finding in &new.findings {
        sums.entry(finding.behaviour).or_default().kept += 1;
    }
    for (sign, finding) in changes {
        let sums = sums.entry(finding.behaviour).or_default();
        match sign {
            '+' => (sums.added, sums.kept) = (sums.added + 1, sums.kept - 1),
            _ => sums.removed += 1,
        }
        tell(sign, finding)?;
    }
    Ok(())
}

fn write(
    shape: Shape,
    sign: char,
    path: &str,
    finding: &FindingReport,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let rules: Vec<_> = finding.rules().collect();
    let change = if sign == '+' { "added" } else { "removed" };
    let quote = clean(&finding.quote);
    match shape {
        Shape::Terminal => {
            let place = match (finding.line, finding.col) {
                (Some(line), Some(col)) => format!("{}:{line}:{col}", clean(path)),
                _ => format!("{}: turn {}", clean(path), finding.turn + 1),
            };
            let rules = clean(&rules.join(", "));
            writeln!(out, "{sign} {place}: {} “{quote}” ({rules})", finding.behaviour)
        }
        Shape::Jsonl => {
            let row = json!({
                "change": change, "path": path, "turn": finding.turn, "line": finding.line,
                "col": finding.col, "time": finding.time, "behaviour": finding.behaviour,
                "quote": finding.quote, "score": finding.score, "rules": rules,
            });
            writeln!(out, "{row}")
        }
        Shape::Github => {
            let rules = rules.join(", ");
            let message = format!("{change}: {} “{quote}” ({rules})", finding.behaviour);
            Annotation {
                level: Level::Notice,
                path,
                place: finding.line.zip(finding.col),
                end: None,
                title: None,
                message: &message,
            }
            .write(out)
        }
    }
}

fn total(
    shape: Shape,
    sums: &BTreeMap<&'static str, Sums>,
    transcripts: usize,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let sum = |count: fn(&Sums) -> u64| -> u64 { sums.values().map(count).sum() };
    let (added, removed, kept) = (sum(|s| s.added), sum(|s| s.removed), sum(|s| s.kept));
    let changed = sums.iter().filter(|(_, sums)| sums.added + sums.removed > 0);
    if shape == Shape::Jsonl {
        let behaviours: serde_json::Map<_, _> = changed
            .map(|(id, s)| {
                let counts = json!({"added": s.added, "removed": s.removed, "kept": s.kept});
                ((*id).to_owned(), counts)
            })
            .collect();
        let row = json!({
            "transcripts": transcripts, "added": added, "removed": removed, "kept": kept,
            "behaviours": behaviours,
        });
        return writeln!(out, "{row}");
    }
    if shape == Shape::Terminal {
        if added + removed > 0 {
            writeln!(out)?;
        }
        for (id, sums) in changed {
            writeln!(out, "  {id:<24} +{} -{} ={}", sums.added, sums.removed, sums.kept)?;
        }
    }
    let s = if transcripts == 1 { "" } else { "s" };
    writeln!(out, "{added} added, {removed} removed, {kept} kept in {transcripts} transcript{s}")
}
