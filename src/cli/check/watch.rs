//! `--watch`: files are checked again when they are saved.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use notify::event::ModifyKind::Name;
use notify::{Event, EventKind, RecursiveMode, Watcher};

use super::super::inputs::Input;
use super::super::output::visible;
use super::super::{Ending, Failure, say};
use super::baseline::Baseline;
use super::output::{Output, summary};
use super::{Args, Check, Shape};

/// Editors write a file in several steps; a save is over when nothing happens for this long.
const QUIET: Duration = Duration::from_millis(150);

/// A file that never comes to rest is checked after this long all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// Refuses what has no end to be written at, and what cannot change.
pub fn refuse_what_cannot_be_watched(args: &Args) -> Result<(), Failure> {
    if !matches!(args.format, Shape::Terminal) {
        return Err(Failure::new("--watch writes for people: --format terminal"));
    }
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::new("standard input cannot be watched"));
    }
    Ok(())
}

/// Checks everything, and again what is saved, until it is stopped. It listens before it checks, so that
/// no save in between is missed.
pub fn run(check: &Check<'_>) -> Result<Ending, Failure> {
    let (send, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(send).map_err(unwatched)?;
    let mut folders: BTreeMap<PathBuf, bool> = BTreeMap::new();
    for path in &check.args.paths {
        let (folder, is_deep) = folder_of(path);
        *folders.entry(folder).or_default() |= is_deep;
    }
    for (folder, is_deep) in folders {
        let mode = if is_deep { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        watcher.watch(&folder, mode).map_err(unwatched)?;
    }
    check.all()?;
    say_waiting("all checked")?;
    while let Some(changed) = next_save(&events)? {
        let found = check.inputs();
        // A folder whose last file is gone has no input, and may have one again.
        let found = found.map_or_else(|_| Vec::new(), |inputs| inputs.found);
        let is_changed = |input: &Input| {
            let path = input.path().and_then(|path| path.canonicalize().ok());
            path.is_some_and(|path| path.ancestors().any(|part| changed.contains(part)))
        };
        let inputs: Vec<_> = found.into_iter().filter(is_changed).collect();
        if inputs.is_empty() {
            continue;
        }
        let names: Vec<_> = inputs.iter().map(|input| visible(&input.name())).collect();
        writeln!(anstream::stderr(), "checking {}", names.join(", "))?;
        let mut known = check.baseline.as_ref().map(Baseline::known);
        let mut output = Output::new(check.args.format);
        let round = check.round(&inputs, known.as_mut(), |found| output.add(found));
        match round {
            Ok(round) => {
                io::stdout().flush()?;
                say_waiting(&summary(&round))?;
            }
            Err(failure @ Failure::Said { .. }) => say(&failure),
            Err(failure) => return Err(failure),
        }
    }
    Ok(Ending::Done)
}

/// Says on standard error what was done. Nobody being left to read it is a reason to stop.
fn say_waiting(done: &str) -> io::Result<()> {
    writeln!(anstream::stderr(), "{done}; waiting for changes, Ctrl-C ends")
}

fn unwatched(error: notify::Error) -> Failure {
    Failure::new(format!("cannot watch: {error}"))
}

/// The folder to watch for an argument, and whether with all below it. A file is watched through its folder, since editors put a new
/// file in its place; a glob from its last folder without a wildcard.
fn folder_of(path: &Path) -> (PathBuf, bool) {
    if path.is_dir() {
        return (path.to_owned(), true);
    }
    let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
    (folder.unwrap_or(Path::new(".")).to_owned(), !path.exists())
}

/// The files of the next save, once it is over; `None` where no more can come.
fn next_save(
    events: &Receiver<notify::Result<Event>>,
) -> Result<Option<BTreeSet<PathBuf>>, Failure> {
    let mut changed = BTreeSet::new();
    while changed.is_empty() {
        let Ok(event) = events.recv() else { return Ok(None) };
        note(event, &mut changed)?;
    }
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let Ok(event) = events.recv_timeout(QUIET) else { break };
        note(event, &mut changed)?;
    }
    Ok(Some(changed))
}

/// Notes the files that an event changed, and the folders that are new: what is in them may have been
/// there before anyone listened. That a file is read, by us too, changes none.
fn note(event: notify::Result<Event>, changed: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let event = event.map_err(unwatched)?;
    let is_new = event.kind.is_create() || matches!(event.kind, EventKind::Modify(Name(_)));
    if is_new || event.kind.is_modify() {
        let paths = event.paths.iter().filter_map(|path| path.canonicalize().ok());
        changed.extend(paths.filter(|path| is_new || !path.is_dir()));
    }
    Ok(())
}
