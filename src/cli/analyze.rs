//! `unsell analyze`: a scored report for every transcript.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::engine::Engine;
use crate::history::History;
use crate::report::collection::{Call, Collection};
use crate::report::{self, Layout, Pages, Report, Table, WRITERS, WriteReport, Writer};

use super::batch::{self, Tally};
#[cfg(feature = "classifier")]
use super::disagreements::{Alone, Disagreement, List};
use super::engine_args::{EngineArgs, RoleUse};
use super::inputs::{self, Input, Inputs};
use super::output::{WholeFile, unwritten, visible};
use super::pages;
use super::settings::Settings;
use super::{Ending, Failure, say};

const EXAMPLES: &str = "\
Examples:
  unsell analyze call.vtt --role \"Dana Reyes=seller\" --role \"Sam Ortiz=buyer\"
  unsell analyze calls/ --format html --out reports    (then open reports/index.html)
  unsell analyze call.vtt --format html > call.html
  unsell analyze calls/ --history calls.db
  unsell analyze 'notes/**/*.md' --lens leading --format jsonl
  unsell analyze - < call.srt --format json";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Files, folders (with all that is in them), globs, or `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to write the reports
    #[arg(long, default_value = "terminal", value_name = "FORMAT")]
    #[arg(value_parser = PossibleValuesParser::new(
        WRITERS.iter().map(|writer| PossibleValue::new(writer.id).help(writer.about))
    ))]
    format: String,

    /// Write a file for each transcript into this folder, under the input's own path
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Ideal rates of your own, a TOML file; without it the default profile, an assumption
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,

    /// Also keep what each transcript came to in this file, for `unsell history`; one that is
    /// analyzed again takes the place of what was kept of it
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Also list here what one detector sees and the other does not, a JSON line each, for whoever
    /// improves either
    #[cfg(feature = "classifier")]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    disagreements: Option<PathBuf>,

    #[command(flatten)]
    engine: EngineArgs,
}

pub fn run(args: &Args) -> Result<Ending, Failure> {
    let Some(writer) = report::by_id(&args.format) else {
        return Err(Failure::new(format!("no report format is called `{}`", args.format)));
    };
    let settings = args.engine.judging.settings(args.targets.as_deref())?;
    let engine = args.engine.engine(&settings)?;
    let inputs = inputs::find(&args.paths, args.out.as_deref())?;
    let destination = Destination::new(writer, args.out.as_deref(), &inputs)?;
    #[cfg(feature = "classifier")]
    let alone = match &args.disagreements {
        Some(_) => Some(Alone::new(&args.engine.detectors.within(&settings.config))?),
        None => None,
    };
    let run = Run {
        args,
        // The program ends with the run, which gives the memory back at once.
        engine: ManuallyDrop::new(engine),
        settings,
        writer,
        #[cfg(feature = "classifier")]
        alone,
    };
    run.all(inputs, destination)
}

struct Run<'a> {
    args: &'a Args,
    engine: ManuallyDrop<Engine>,
    settings: Settings,
    writer: &'static Writer,
    #[cfg(feature = "classifier")]
    alone: Option<Alone>,
}

/// Where the reports go.
enum Destination<'a> {
    /// One after the other to standard output.
    Stdout(WriteReport),
    /// A page to standard output.
    Page(&'static Pages),
    /// Each into a file of its own.
    Files(WriteReport, BTreeMap<Input, PathBuf>),
    /// Rows into the tables of a folder.
    Tables(&'static [Table], &'a Path),
    /// Each into a page of its own, and one that leads to them.
    Pages(&'static Pages, &'a Path, BTreeMap<Input, PathBuf>),
}

impl<'a> Destination<'a> {
    fn new(
        writer: &'static Writer,
        out: Option<&'a Path>,
        inputs: &Inputs,
    ) -> Result<Self, Failure> {
        match (&writer.layout, out) {
            (Layout::Tables(tables), Some(out)) => Ok(Destination::Tables(tables, out)),
            (Layout::Tables(_), None) => {
                Err(Failure::new(format!("--format {} writes tables to a folder", writer.id))
                    .with_help("say which with --out DIR"))
            }
            (Layout::Single(write) | Layout::Stream(write), Some(out)) => {
                Ok(Destination::Files(*write, mirrored(writer, out, inputs)?))
            }
            (Layout::Pages(pages), Some(out)) => {
                let files = mirrored(writer, out, inputs)?;
                pages::free_index(&out.join(pages.index), &files)?;
                Ok(Destination::Pages(pages, out, files))
            }
            (Layout::Single(_) | Layout::Pages(_), None)
                if inputs.found.len() + inputs.failed.len() > 1 =>
            {
                Err(Failure::new(format!(
                    "--format {} is one document for one transcript, and there are {}",
                    writer.id,
                    inputs.found.len() + inputs.failed.len()
                ))
                .with_help("use --format jsonl, or a file for each with --out DIR"))
            }
            (Layout::Single(write) | Layout::Stream(write), None) => {
                Ok(Destination::Stdout(*write))
            }
            (Layout::Pages(pages), None) => Ok(Destination::Page(pages)),
        }
    }
}

/// The file of each input under the output folder; two inputs never share one.
fn mirrored(
    writer: &Writer,
    out: &Path,
    inputs: &Inputs,
) -> Result<BTreeMap<Input, PathBuf>, Failure> {
    let mut owners: BTreeMap<PathBuf, &Input> = BTreeMap::new();
    let mut files = BTreeMap::new();
    for input in &inputs.found {
        let mut file = out.join(input.mirrored(&inputs.roots)).into_os_string();
        file.push(".");
        file.push(writer.extension);
        let file = PathBuf::from(file);
        if let Some(other) = owners.insert(file.clone(), input) {
            let message = format!(
                "the reports of {} and {} would both be {}",
                other.name(),
                input.name(),
                file.display()
            );
            return Err(Failure::new(message).with_help("analyze them apart, or by their folders"));
        }
        files.insert(input.clone(), file);
    }
    Ok(files)
}

/// A report that was made, and what is left to write of it.
struct Made {
    report: Report,
    /// What goes to standard output, or one part for each table.
    parts: Vec<Vec<u8>>,
    /// What an index keeps of it.
    call: Option<Call>,
    /// What only one of the detectors sees, where that is asked for.
    #[cfg(feature = "classifier")]
    disagreements: Vec<Disagreement>,
}

impl Run<'_> {
    fn all(&self, inputs: Inputs, destination: Destination<'_>) -> Result<Ending, Failure> {
        let Inputs { found, failed, .. } = inputs;
        let mut tally = Tally { done: 0, failed: failed.len() };
        failed.iter().for_each(say);
        let mut tables = Vec::new();
        if let Destination::Tables(list, out) = &destination {
            for table in *list {
                let path = out.join(table.file);
                let mut file = WholeFile::create(&path).map_err(|e| unwritten(&path, &e))?;
                (table.header)(&mut file)?;
                tables.push(file);
            }
        }
        let mut stdout: Box<dyn Write> = match self.writer.styled {
            true => Box::new(anstream::stdout().lock()),
            false => Box::new(io::stdout().lock()),
        };
        #[cfg(feature = "classifier")]
        let mut list = self.args.disagreements.as_deref().map(List::create).transpose()?;
        let mut history = self.args.history.as_deref().map(History::create).transpose()?;
        let mut roles = RoleUse::default();
        let mut reasons = Vec::new();
        let mut calls = Collection::default();
        batch::run(
            &found,
            self.args.engine.judging.jobs,
            |input| self.one(input, &destination),
            |_, result| {
                match result {
                    Ok(made) => {
                        // First, so that no report is seen that the history has not.
                        if let Some(history) = &mut history {
                            history.add(&made.report, jiff::Timestamp::now())?;
                        }
                        tally.done += 1;
                        #[cfg(feature = "classifier")]
                        if let Some(list) = &mut list {
                            list.add(&made.disagreements)?;
                        }
                        roles.note(self.settings.roles(), &made.report);
                        made.call.into_iter().for_each(|call| calls.add(call));
                        match tables.as_mut_slice() {
                            [] => made.parts.iter().try_for_each(|part| stdout.write_all(part))?,
                            tables => {
                                for (table, part) in tables.iter_mut().zip(&made.parts) {
                                    table.write_all(part)?;
                                }
                            }
                        }
                    }
                    Err(failure) => {
                        tally.failed += 1;
                        say(&failure);
                        if let Failure::Said { message, .. } = failure {
                            reasons.push(message);
                        }
                    }
                }
                Ok(())
            },
        )?;
        if let Destination::Tables(list, out) = &destination {
            for (file, table) in tables.into_iter().zip(*list) {
                let path = out.join(table.file);
                file.finish(&path).map_err(|error| unwritten(&path, &error))?;
            }
        }
        if let Destination::Pages(pages, out, _) = &destination {
            let reason = |failure| match failure {
                Failure::Said { message, .. } => Some(message),
                Failure::Io(_) => None,
            };
            calls.failed = failed.into_iter().filter_map(reason).chain(reasons.clone()).collect();
            let path = out.join(pages.index);
            pages::write(&path, |file| (pages.write_index)(&calls, file))?;
        }
        #[cfg(feature = "classifier")]
        if let Some(list) = list {
            list.finish(&mut anstream::stderr())?;
        }
        let is_terminal = matches!(destination, Destination::Stdout(_)) && self.writer.styled;
        if tally.done + tally.failed > 1 {
            if is_terminal {
                summarize(&tally, &reasons, &mut stdout)?;
            } else {
                // The reasons were said on this very stream.
                let _ = summarize(&tally, &[], &mut anstream::stderr().lock());
            }
        }
        stdout.flush()?;
        let unused = if tally.done > 0 { roles.unused(self.settings.roles()) } else { Vec::new() };
        unused.iter().for_each(say);
        let all_well = tally.failed == 0 && unused.is_empty();
        Ok(if all_well { Ending::Done } else { Ending::SomeFailed })
    }

    fn one(&self, input: &Input, destination: &Destination<'_>) -> Result<Made, Failure> {
        let source = input.read()?;
        let options = self.settings.options(&source.name);
        let report = self.engine.analyze(&source, &options);
        let report = report.map_err(|error| Failure::reading(&source.name, &error))?;
        let mut call = None;
        let parts = match destination {
            Destination::Page(pages) => {
                let mut bytes = Vec::new();
                (pages.page)(&report, None, &mut bytes)?;
                vec![bytes]
            }
            Destination::Pages(pages, out, files) => {
                if let Some(path) = files.get(input) {
                    let (link, home) = pages::links(out, path, pages.index);
                    pages::write(path, |file| (pages.page)(&report, Some(&home), file))?;
                    call = Some(Call::new(&report, link));
                }
                Vec::new()
            }
            Destination::Stdout(write) => vec![rendered(*write, &report)?],
            Destination::Tables(tables, _) => tables
                .iter()
                .map(|table| rendered(table.rows, &report))
                .collect::<Result<_, _>>()?,
            Destination::Files(write, files) => {
                if let Some(path) = files.get(input) {
                    self.write_file(*write, &report, path)
                        .map_err(|error| unwritten(path, &error))?;
                }
                Vec::new()
            }
        };
        #[cfg(feature = "classifier")]
        let alone = self.alone.as_ref();
        Ok(Made {
            report,
            parts,
            call,
            #[cfg(feature = "classifier")]
            disagreements: alone.map_or(Vec::new(), |alone| alone.of(&source, &options)),
        })
    }

    /// Files have no colours.
    fn write_file(&self, write: WriteReport, report: &Report, path: &Path) -> io::Result<()> {
        let mut file = WholeFile::create(path)?;
        if self.writer.styled {
            let mut styled = Vec::new();
            write(report, &mut styled)?;
            file.write_all(&anstream::adapter::strip_bytes(&styled).into_vec())?;
        } else {
            write(report, &mut file)?;
        }
        file.finish(path)
    }
}

fn rendered(write: WriteReport, report: &Report) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    write(report, &mut bytes)?;
    Ok(bytes)
}

fn summarize(tally: &Tally, reasons: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} done, {} failed", tally.done, tally.failed)?;
    for reason in reasons {
        writeln!(out, "  {}", visible(reason))?;
    }
    Ok(())
}
