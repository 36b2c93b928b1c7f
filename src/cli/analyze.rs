//! `unsell analyze`: a scored report for every transcript.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::engine::{AnalyzeOptions, Engine};
use crate::history::History;
use crate::redact::Shown;
use crate::report::collection::{Call, Collection};
use crate::report::{self, Layout, Pages, Report, Table, WRITERS, WriteReport, Writer};
use crate::transcript::Source;

use super::batch::{self, Tally};
#[cfg(feature = "classifier")]
use super::disagreements::{Alone, Disagreement, List};
use super::engine_args::{EngineArgs, RoleUse};
use super::inputs::{self, Input, Inputs};
use super::interrupt;
use super::journal::{Entry, Journal, Known};
use super::output::{self, WholeFile, unprinted, unwritten, visible};
use super::pages;
use super::parquet::{Columns, Tables};
use super::records::{Place, Unit};
use super::settings::Settings;
use super::stream::{self, Stream};
use super::{Ending, Failure, say, warn};

const EXAMPLES: &str = "\
Examples:
  unsell analyze call.vtt --role \"Dana Reyes=seller\" --role \"Sam Ortiz=buyer\"
  unsell analyze calls/ --format html --out reports    (then open reports/index.html)
  unsell analyze call.vtt --format html > call.html
  unsell analyze calls/ --format json --out reports --resume
  unsell analyze calls/ --history calls.db
  unsell analyze 'notes/**/*.md' --lens leading --format jsonl
  unsell analyze - < call.srt --format json
  unsell analyze - --input-format jsonl --format jsonl < calls.jsonl
  unsell analyze calls.parquet --format parquet --out tables

A stream (--input-format jsonl) has a record on each line, {\"id\": …, \"text\": \"a transcript\"} or \
{\"id\": …, \"turns\": [{\"speaker\", \"role\", \"start\", \"end\", \"text\"}]}, and may have \"format\", \
\"roles\" and \"lens\". The answers come one a line in the same order, a bad record as {\"id\", \"line\", \
\"error\"}; other keys are passed through as \"metadata\".

Parquet files have the same in columns, a row for each transcript (text or turns) or for each turn (id, speaker, \
text, …), and --format parquet writes findings, scores and failures as tables.";

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

    /// Go on where an earlier run into the same folder ended: make only reports that are missing, or that
    /// another input, version, lexicon, model or option would make otherwise
    #[arg(long, requires = "out")]
    resume: bool,

    /// Ideal rates of your own, a TOML file; without it the default profile, an assumption
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,

    /// The column of Parquet files that says what was said, if it is not called `text`
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    text_column: Option<String>,

    /// The column of Parquet files that says which transcript it is, if it is not called `id`
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    id_column: Option<String>,

    /// Leave out all that was said and who said it: figures and places alone
    #[arg(long)]
    no_text: bool,

    /// Also keep what each transcript came to in this file, for `unsell history`; one that is
    /// analyzed again takes the place of what was kept of it
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Also list here what one detector finds on its own and the other does not, a JSON line each, for
    /// whoever improves either. The report counts otherwise: which of them saw what both together find
    #[cfg(feature = "classifier")]
    #[arg(
        long,
        value_name = "FILE",
        hide_short_help = true,
        conflicts_with_all = ["resume", "no_text"]
    )]
    disagreements: Option<PathBuf>,

    #[command(flatten)]
    engine: EngineArgs,
}

pub fn run(args: &Args) -> Result<Ending, Failure> {
    let Some(writer) = report::by_id(&args.format) else {
        return Err(Failure::new(format!("no report format is called `{}`", args.format)));
    };
    if writer.id == PARQUET && args.resume {
        let message = "--resume goes on report by report, and --format parquet writes tables whole";
        return Err(Failure::new(message)
            .with_help("leave --resume out, or use --format csv, whose rows it keeps"));
    }
    let mut settings = args.engine.judging.any_settings(args.targets.as_deref())?;
    let own = args.out.iter().chain(&settings.config.baseline);
    let mut inputs = inputs::find(&args.paths, own)?;
    let stream = match args.stream(&mut inputs)? {
        Some(feed) => Some((args.reply(&feed)?, feed)),
        None => None,
    };
    if args.no_text {
        settings = settings.showing(Shown::Figures);
    }
    let engine = args.engine.engine(&settings)?;
    if let Some((reply, feed)) = stream {
        let history = args.history.as_deref().map(History::create).transpose()?;
        let jobs = args.engine.judging.jobs;
        let stream = Stream { jobs, engine: &engine, settings: &settings, reply, history };
        return stream.run(feed, inputs);
    }
    let destination = Destination::new(writer, args.out.as_deref(), &inputs)?;
    let (journal, known) = match &args.out {
        // Tables that are written whole are made whole.
        Some(_) if writer.id == PARQUET => (None, None),
        Some(out) => {
            output::make_folder(out)?;
            if args.resume {
                output::sweep(destination.folders(out));
            }
            let (journal, known) = Journal::open(out)?;
            say_stale(&known, writer, out, &inputs);
            // What is kept would be missing in a history that begins anew.
            let goes_on = args.resume && args.history.as_ref().is_none_or(|file| file.exists());
            (Some(journal), goes_on.then_some(known))
        }
        None => (None, None),
    };
    if inputs.found.len() > 1 {
        interrupt::watch();
    }
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
        known,
        #[cfg(feature = "classifier")]
        alone,
    };
    run.all(inputs, destination, journal)
}

impl Args {
    /// Whether the inputs hold a stream of transcripts, and how; what lies beside one is taken from them.
    fn stream(&self, inputs: &mut Inputs) -> Result<Option<stream::Feed>, Failure> {
        let (text, id) = (self.text_column.clone(), self.id_column.clone());
        if self.engine.judging.is_stream() {
            return Ok(Some(stream::Feed::Lines));
        }
        let is_named = |input: &Input| {
            let is_it = |path: &PathBuf| matches!(input, Input::File(file) if file == path);
            self.paths.iter().any(is_it)
        };
        let is_parquet = |input: &Input| {
            input.is_called_parquet() || is_named(input) && input.begins_as_parquet()
        };
        let columns = Columns { text, id };
        match self.engine.judging.is_parquet() {
            Some(true) => return Ok(Some(stream::Feed::Parquet(columns))),
            None if inputs.found.iter().any(is_parquet) => {}
            _ if columns.text.is_some() || columns.id.is_some() => {
                let message = "--text-column and --id-column are for Parquet files";
                return Err(Failure::new(message).with_help("there are none among the inputs"));
            }
            _ => return Ok(None),
        }
        inputs.found.retain(|input| !input.lies_beside_parquet() || is_named(input));
        match inputs.found.iter().find(|input| !is_parquet(input)) {
            None => Ok(Some(stream::Feed::Parquet(columns))),
            Some(other) => {
                Err(Failure::new(format!("there are Parquet files and others, such as {other}"))
                    .with_help("analyze them apart, or name the files: 'calls/**/*.parquet'"))
            }
        }
    }

    /// How a stream of transcripts is answered. Refuses what makes no sense for one.
    fn reply(&self, feed: &stream::Feed) -> Result<stream::Reply<'_>, Failure> {
        #[cfg(feature = "classifier")]
        let disagreements = self.disagreements.is_some();
        #[cfg(not(feature = "classifier"))]
        let disagreements = false;
        let (what, help) = match (self.format.as_str(), &self.out) {
            _ if disagreements => ("has no list of --disagreements", "analyze files for that"),
            (PARQUET, Some(out)) => return Ok(stream::Reply::Tables(out)),
            (PARQUET, None) => ("is answered with tables in a folder", "say which with --out DIR"),
            (_, Some(_)) => (
                "cannot be written with --out but as tables",
                "send it into a file: > FILE; or add --format parquet",
            ),
            ("jsonl", None) => return Ok(stream::Reply::Lines),
            _ => (
                "is answered with a line for each record",
                "add --format jsonl, or --format parquet --out DIR",
            ),
        };
        let whose = match feed {
            stream::Feed::Parquet(_) => "a Parquet file",
            stream::Feed::Lines => "a stream (--input-format jsonl)",
        };
        Err(Failure::new(format!("{whose} {what}")).with_help(help))
    }
}

/// The report format of tables whose columns have types.
const PARQUET: &str = "parquet";

struct Run<'a> {
    args: &'a Args,
    engine: ManuallyDrop<Engine>,
    settings: Settings,
    writer: &'static Writer,
    /// What earlier runs did, where this one goes on from there.
    known: Option<Known>,
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
    /// Rows into tables of typed columns in a folder.
    Columns(&'a Path),
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
            (Layout::Columns, Some(out)) => Ok(Destination::Columns(out)),
            (Layout::Tables(_) | Layout::Columns, None) => {
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

impl Destination<'_> {
    /// The folders that it writes to, the output folder among them.
    fn folders<'a>(&'a self, out: &'a Path) -> impl Iterator<Item = &'a Path> {
        let files = match self {
            Destination::Files(_, files) | Destination::Pages(_, _, files) => Some(files),
            _ => None,
        };
        let folders = files.into_iter().flatten().filter_map(|(_, file)| file.parent());
        folders.chain([out])
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
        let file = out.join(input.mirrored(&inputs.roots, writer.extension));
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

/// Says which reports of earlier runs have lost their inputs. They may be all that somebody has left of a
/// call, so they stay.
fn say_stale(known: &Known, writer: &Writer, out: &Path, inputs: &Inputs) {
    let report = |input: &Input| out.join(input.mirrored(&inputs.roots, writer.extension));
    let current: BTreeSet<_> = inputs.found.iter().map(report).collect();
    let gone = known.inputs(writer.id).filter(|path| !path.exists());
    let reports: BTreeSet<_> = gone.map(|path| report(&Input::File(path))).collect();
    let stale = reports.difference(&current).filter(|report| report.exists());
    let lines: String = stale.map(|report| format!("\n  {}", report.display())).collect();
    if !lines.is_empty() {
        let warning = format!("the inputs of these reports are no longer there:{lines}");
        warn(&out.display().to_string(), &warning);
    }
}

/// A report that was made, and what is left to write of it.
#[derive(Default)]
struct Made {
    /// None where it was kept as an earlier run made it.
    report: Option<Report>,
    /// Its line in the journal, if it gets one.
    line: Option<Vec<u8>>,
    /// What goes to standard output, or one part for each table.
    parts: Vec<Vec<u8>>,
    /// What an index keeps of it.
    call: Option<Call>,
    /// What only one of the detectors sees, where that is asked for.
    #[cfg(feature = "classifier")]
    disagreements: Vec<Disagreement>,
}

impl Run<'_> {
    fn all(
        &self,
        inputs: Inputs,
        destination: Destination<'_>,
        mut journal: Option<Journal>,
    ) -> Result<Ending, Failure> {
        inputs.say();
        let Inputs { found, failed, .. } = inputs;
        let mut tables = Vec::new();
        if let Destination::Tables(list, out) = &destination {
            for table in *list {
                let path = out.join(table.file);
                let mut file = WholeFile::private(&path).map_err(|e| unwritten(&path, &e))?;
                (table.header)(&mut file)?;
                tables.push(file);
            }
        }
        let mut columns = match &destination {
            Destination::Columns(out) => Some(Tables::create(out)?),
            _ => None,
        };
        if let Some(columns) = &mut columns {
            for failure in &failed {
                columns.fail(None, None, &said(failure))?;
            }
        }
        let mut stdout: Box<dyn Write> = match self.writer.styled {
            true => Box::new(anstream::stdout().lock()),
            false => Box::new(io::stdout().lock()),
        };
        #[cfg(feature = "classifier")]
        let list = self.args.disagreements.as_deref();
        #[cfg(feature = "classifier")]
        let mut list = list.map(|path| List::create(path, &found)).transpose()?;
        let mut history = self.args.history.as_deref().map(History::create).transpose()?;
        let mut roles = RoleUse::default();
        let mut reasons = Vec::new();
        let mut calls = Collection::default();
        let (mut done, mut kept, mut failures) = (0, 0, failed.len());
        let left = batch::run(
            &found,
            self.args.engine.judging.jobs,
            |input| self.one(input, &destination),
            |input, result| {
                match result {
                    Ok(made) => {
                        // First, so that no report is seen that the history has not.
                        if let (Some(history), Some(report)) = (&mut history, &made.report) {
                            history.add(report, jiff::Timestamp::now())?;
                        }
                        if let (Some(journal), Some(line)) = (&mut journal, &made.line) {
                            journal.add(line)?;
                        }
                        if let (Some(columns), Some(report)) = (&mut columns, &made.report) {
                            columns.add(None, &whole(input), report)?;
                        }
                        match &made.report {
                            Some(report) => {
                                done += 1;
                                roles.note(report);
                            }
                            None => kept += 1,
                        }
                        #[cfg(feature = "classifier")]
                        if let Some(list) = &mut list {
                            list.add(&made.disagreements)?;
                        }
                        made.call.into_iter().for_each(|call| calls.add(call));
                        match tables.as_mut_slice() {
                            [] => {
                                let mut parts = made.parts.iter();
                                parts
                                    .try_for_each(|part| stdout.write_all(part))
                                    .map_err(unprinted)?;
                            }
                            tables => {
                                for (table, part) in tables.iter_mut().zip(&made.parts) {
                                    table.write_all(part)?;
                                }
                            }
                        }
                    }
                    Err(failure) => {
                        failures += 1;
                        say(&failure);
                        if let Some(columns) = &mut columns {
                            columns.fail(None, Some(&whole(input)), &said(&failure))?;
                        }
                        if let Failure::Said { message, .. } = failure {
                            reasons.push(message);
                        }
                    }
                }
                Ok(())
            },
        )?;
        let tally = Tally { done, kept, failed: failures, left };
        // What leads to all reports is not written where some are yet to be made.
        match &destination {
            Destination::Tables(list, out) if left == 0 => {
                for (file, table) in tables.into_iter().zip(*list) {
                    let path = out.join(table.file);
                    file.finish(&path).map_err(|error| unwritten(&path, &error))?;
                }
            }
            Destination::Pages(pages, out, _) if left == 0 => {
                let reason = |failure| match failure {
                    Failure::Said { message, .. } => Some(message),
                    Failure::Io(_) => None,
                };
                let failed = failed.into_iter().filter_map(reason);
                calls.failed = failed.chain(reasons.clone()).collect();
                let path = out.join(pages.index);
                pages::write(&path, |file| (pages.write_index)(&calls, file))?;
            }
            _ => {}
        }
        if let Some(columns) = columns.filter(|_| left == 0) {
            columns.finish()?;
        }
        #[cfg(feature = "classifier")]
        if let Some(list) = list {
            list.finish(&mut anstream::stderr())?;
        }
        let is_terminal = matches!(destination, Destination::Stdout(_)) && self.writer.styled;
        if tally.all() > 1 {
            if is_terminal {
                summarize(&tally, &reasons, &mut stdout).map_err(unprinted)?;
            } else {
                // The reasons were said on this very stream.
                let _ = summarize(&tally, &[], &mut anstream::stderr().lock());
            }
        }
        stdout.flush().map_err(unprinted)?;
        if tally.left > 0 {
            return Ok(Ending::Interrupted);
        }
        // Who speaks in a report that was kept is not known.
        let unused = match tally {
            Tally { done: 1.., kept: 0, .. } => roles.unused(self.settings.roles()),
            _ => Vec::new(),
        };
        unused.iter().for_each(say);
        let all_well = tally.failed == 0 && unused.is_empty();
        Ok(if all_well { Ending::Done } else { Ending::SomeFailed })
    }

    /// A hash of all that the report of a source is made of.
    fn made_of(&self, source: &Source, options: &AnalyzeOptions) -> String {
        let Source { name, sha256, .. } = source;
        let (writer, history) = (self.writer.id, &self.args.history);
        let engine = self.engine.makes(options);
        output::hash(format!("{writer} {history:?} {name} {sha256} {engine}").as_bytes())
    }

    /// What an earlier run made, if it is what this one would make, and whole.
    fn kept(
        &self,
        input: &Input,
        source: &Source,
        options: &AnalyzeOptions,
        destination: &Destination<'_>,
    ) -> Option<Made> {
        let entry = self.known.as_ref()?.entry(&self.key(input))?;
        let is_there = |file: &Path| {
            let read = std::fs::read(file).map(|bytes| output::hash(&bytes)).ok();
            read.is_some() && read == entry.written
        };
        let is_whole = match destination {
            Destination::Files(_, files) => is_there(files.get(input)?),
            Destination::Pages(_, _, files) => is_there(files.get(input)?) && entry.call.is_some(),
            Destination::Tables(tables, _) => entry.rows.len() == tables.len(),
            Destination::Stdout(_) | Destination::Page(_) | Destination::Columns(_) => false,
        };
        (is_whole && entry.made_of == self.made_of(source, options)).then(|| Made {
            parts: entry.rows.into_iter().map(String::into_bytes).collect(),
            call: entry.call,
            ..Made::default()
        })
    }

    /// What tells a report from all others in a folder.
    fn key(&self, input: &Input) -> String {
        format!("{} {input}", self.writer.id)
    }

    fn one(&self, input: &Input, destination: &Destination<'_>) -> Result<Made, Failure> {
        let source = input.read()?;
        let options = self.settings.options(&source.name);
        if let Some(kept) = self.kept(input, &source, &options, destination) {
            return Ok(kept);
        }
        let report = self.engine.analyze(&source, &options);
        let report = report.map_err(|error| Failure::reading(&source.name, &error))?;
        let mut call = None;
        let mut written = None;
        let parts = match destination {
            Destination::Page(pages) => {
                let mut bytes = Vec::new();
                (pages.page)(&report, None, &mut bytes)?;
                vec![bytes]
            }
            Destination::Pages(pages, out, files) => {
                if let Some(path) = files.get(input) {
                    let (link, home) = pages::links(out, path, pages.index);
                    let page = |file: &mut dyn Write| (pages.page)(&report, Some(&home), file);
                    written = Some(pages::write(path, page)?);
                    call = Some(Call::new(&report, link));
                }
                Vec::new()
            }
            Destination::Stdout(write) => vec![rendered(*write, &report)?],
            Destination::Columns(_) => Vec::new(),
            Destination::Tables(tables, _) => tables
                .iter()
                .map(|table| rendered(table.rows, &report))
                .collect::<Result<_, _>>()?,
            Destination::Files(write, files) => {
                if let Some(path) = files.get(input) {
                    let done = self.write_file(*write, &report, path);
                    written = Some(done.map_err(|error| unwritten(path, &error))?);
                }
                Vec::new()
            }
        };
        let line = match destination {
            Destination::Stdout(_) | Destination::Page(_) | Destination::Columns(_) => None,
            _ => {
                let text = |rows: &Vec<u8>| String::from_utf8_lossy(rows).into_owned();
                let entry = Entry {
                    key: self.key(input),
                    made_of: self.made_of(&source, &options),
                    written,
                    rows: parts.iter().map(text).collect(),
                    call: call.clone(),
                };
                Some(entry.line()?)
            }
        };
        #[cfg(feature = "classifier")]
        let alone = self.alone.as_ref();
        Ok(Made {
            report: Some(report),
            line,
            parts,
            call,
            #[cfg(feature = "classifier")]
            disagreements: alone.map_or(Vec::new(), |alone| alone.of(&source, &options)),
        })
    }

    /// Files have no colours.
    fn write_file(&self, write: WriteReport, report: &Report, path: &Path) -> io::Result<String> {
        let mut file = WholeFile::private(path)?;
        if self.writer.styled {
            let mut styled = Vec::new();
            write(report, &mut styled)?;
            file.write_all(&anstream::adapter::strip_bytes(&styled).into_vec())?;
        } else {
            write(report, &mut file)?;
        }
        file.finish_hashed(path)
    }
}

/// A file that is one transcript.
fn whole(input: &Input) -> Place {
    Place { file: input.name().into(), unit: Unit::Row, number: None }
}

/// Why there is no report, in a line.
fn said(failure: &Failure) -> String {
    match failure {
        Failure::Said { message, .. } => message.clone(),
        Failure::Io(error) => error.to_string(),
    }
}

fn rendered(write: WriteReport, report: &Report) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    write(report, &mut bytes)?;
    Ok(bytes)
}

fn summarize(tally: &Tally, reasons: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{tally}")?;
    for reason in reasons {
        writeln!(out, "  {}", visible(reason))?;
    }
    Ok(())
}
