//! `unsell diff`: how a redraft moved the scores.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::report::model::{AxisReport, FindingReport};
use crate::report::{Report, clean, counted, rate, shorten};
use crate::taxonomy::Axis;

use super::engine_args::{EngineArgs, RoleUse};
use super::inputs::Input;
use super::{Ending, Failure, say, warn};

const EXAMPLES: &str = "\
Examples:
  unsell diff draft.md redraft.md
  git show HEAD:memo.md | unsell diff - memo.md --fail-on worse
  unsell diff draft.md redraft.md --format json";

/// The version of the JSON's shape.
const SCHEMA: &str = "unsell.diff/1";

/// Columns of a line.
const WIDTH: usize = 80;

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The draft before: a file, or `-` for standard input
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The draft after, likewise
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// How to write what changed
    #[arg(long, value_enum, default_value_t = Shape::Terminal)]
    format: Shape,

    /// End with status 1 where the index of an axis fell
    #[arg(long, value_enum, value_name = "CHANGE")]
    fail_on: Option<FailOn>,

    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people: scores before and after, then the findings gone and new
    Terminal,
    /// One JSON object
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// The index of an axis is lower than before
    Worse,
}

/// What differs between the reports of two drafts.
struct Change<'a> {
    old: &'a Report,
    new: &'a Report,
    gone: Vec<&'a FindingReport>,
    added: Vec<&'a FindingReport>,
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<Ending, Failure> {
    if args.old == args.new && args.old.as_os_str() == "-" {
        return Err(Failure::new("only one of the two can be standard input"));
    }
    let settings = args.engine.judging.settings(None)?;
    let engine = args.engine.engine(&settings)?;
    let mut roles = RoleUse::default();
    let mut report = |path: &PathBuf| -> Result<Report, Failure> {
        let input = match path.as_os_str() == "-" {
            true => Input::Stdin,
            false => Input::File(path.clone()),
        };
        let source = input.read()?;
        let report = engine.analyze(&source, &settings.options(&source.name));
        let report = report.map_err(|error| Failure::reading(&source.name, &error))?;
        roles.note(&report);
        report.warnings.iter().for_each(|warning| warn(&source.name, warning));
        Ok(report)
    };
    let (old, new) = (report(&args.old)?, report(&args.new)?);
    let change = Change::between(&old, &new);
    match args.format {
        Shape::Terminal => change.write(out)?,
        Shape::Json => {
            serde_json::to_writer_pretty(&mut *out, &change.json()).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    let unused = roles.unused(settings.roles());
    unused.iter().for_each(say);
    let fails = args.fail_on == Some(FailOn::Worse) && change.is_worse();
    Ok(match (unused.is_empty(), fails) {
        (false, _) => Ending::SomeFailed,
        (true, true) => Ending::Found,
        (true, false) => Ending::Done,
    })
}

/// What a finding is the same by in two drafts: what it is, and the words whatever their case and space.
fn key(finding: &FindingReport) -> (&'static str, String) {
    let words: Vec<_> = finding.quote.split_whitespace().collect();
    (finding.behaviour, words.join(" ").to_lowercase())
}

/// The findings of a report that another has no match for.
fn only_in<'a>(this: &'a Report, other: &Report) -> Vec<&'a FindingReport> {
    let mut left: BTreeMap<_, usize> = BTreeMap::new();
    for finding in &other.findings {
        *left.entry(key(finding)).or_default() += 1;
    }
    let unmatched = |finding: &&FindingReport| match left.get_mut(&key(finding)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    this.findings.iter().filter(unmatched).collect()
}

impl<'a> Change<'a> {
    fn between(old: &'a Report, new: &'a Report) -> Self {
        Change { old, new, gone: only_in(old, new), added: only_in(new, old) }
    }

    /// The axes on which one of the two was judged, before and after.
    fn axes(&self) -> impl Iterator<Item = (Axis, Option<&AxisReport>, Option<&AxisReport>)> {
        let both = |axis| (axis, self.old.scores.get(axis), self.new.scores.get(axis));
        Axis::ALL.into_iter().map(both).filter(|(_, old, new)| old.is_some() || new.is_some())
    }

    fn is_worse(&self) -> bool {
        let fell = |(_, old, new): (_, Option<&AxisReport>, Option<&AxisReport>)| {
            old.zip(new).is_some_and(|(old, new)| new.index < old.index)
        };
        self.axes().any(fell)
    }

    fn kept(&self) -> usize {
        self.new.findings.len() - self.added.len()
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let (old, new) = (clean(&self.old.source.path), clean(&self.new.source.path));
        writeln!(out, "{old} → {new}")?;
        if self.axes().next().is_none() {
            writeln!(out, "\nNeither is judged, so there is no score.")?;
        }
        for (axis, old, new) in self.axes() {
            writeln!(out)?;
            axis_lines(axis, old, new, out)?;
        }
        for (title, mark, findings, report) in
            [("Gone", '-', &self.gone, self.old), ("New", '+', &self.added, self.new)]
        {
            if findings.is_empty() {
                continue;
            }
            writeln!(out, "\n{title}")?;
            for finding in findings {
                let place = match (finding.line, finding.col) {
                    (Some(line), Some(col)) => {
                        format!("{}:{line}:{col}", clean(&report.source.path))
                    }
                    _ => format!("{}: turn {}", clean(&report.source.path), finding.turn + 1),
                };
                let effect = if finding.drains() { "drains" } else { "builds" };
                writeln!(out, "{mark} {place}: {} ({effect})", finding.behaviour)?;
                writeln!(
                    out,
                    "    {}",
                    shorten(&format!("“{}”", clean(&finding.quote)), WIDTH - 4)
                )?;
            }
        }
        let (gone, added) = (self.gone.len(), self.added.len());
        writeln!(out, "\n{gone} gone, {added} new, {} kept", self.kept())
    }

    fn json(&self) -> Value {
        let axes: Map<_, _> = self
            .axes()
            .map(|(axis, old, new)| {
                let change = old.zip(new).map(|(old, new)| rounded(new.index - old.index));
                (axis.id().to_owned(), json!({"old": old, "new": new, "change": change}))
            })
            .collect();
        json!({
            "schema": SCHEMA,
            "old": self.old.source.path,
            "new": self.new.source.path,
            "axes": axes,
            "worse": self.is_worse(),
            "gone": self.gone,
            "added": self.added,
            "kept": self.kept(),
        })
    }
}

/// An index has one digit behind the point, and so has what it changed by.
fn rounded(change: f64) -> f64 {
    (change * 10.0).round() / 10.0 + 0.0
}

fn axis_lines(
    axis: Axis,
    old: Option<&AxisReport>,
    new: Option<&AxisReport>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let id = axis.id().to_uppercase();
    let (Some(old), Some(new)) = (old, new) else {
        let which = if old.is_some() { "before" } else { "after" };
        return writeln!(out, "{id}  judged only {which}");
    };
    let (before, after) = (rate(old.index), rate(new.index));
    let change = rounded(new.index - old.index);
    let sign = if change > 0.0 { "+" } else { "" };
    writeln!(out, "{id}  {before} → {after} of 100 ({sign}{})", rate(change))?;
    let interval = |score: &AxisReport| {
        let (low, high) = (rate(score.low), rate(score.high));
        format!("{low} to {high} (evidence {})", score.evidence.id())
    };
    writeln!(out, "  90 % interval {} → {}", interval(old), interval(new))?;
    for ((pole, old), (_, new)) in old.poles.iter().zip(new.poles.iter()) {
        let found = |count| counted(count, "finding");
        writeln!(
            out,
            "  {pole:<10} {} → {}, {} → {} per 1,000 words",
            found(old.count),
            found(new.count),
            rate(old.per_1000_words),
            rate(new.per_1000_words)
        )?;
    }
    for ((behaviour, old), (_, new)) in old.behaviours.iter().zip(new.behaviours.iter()) {
        if old.count != new.count {
            let (before, after) = (rate(old.per_1000_words), rate(new.per_1000_words));
            let (old, new) = (old.count, new.count);
            writeln!(out, "    {behaviour:<23} {old} → {new}, {before} → {after} per 1,000 words")?;
        }
    }
    Ok(())
}
