//! Findings that are known and not reported again.
//!
//! A finding is known by its file, its behaviour and a hash of its words, so that it stays known where
//! lines move, and the file tells nobody the words. Paths are relative to the file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::relative;
use crate::report::counted;
use crate::taxonomy::Behaviour;

use super::super::output::{WholeFile, visible};
use super::super::{Failure, read_text};
use super::Found;

const SCHEMA: &str = "unsell.baseline/1";

/// Hex digits of a hash that are kept.
const DIGITS: usize = 16;

/// A baseline file.
#[derive(Debug)]
pub struct Baseline {
    file: PathBuf,
    entries: BTreeMap<Key, u64>,
}

/// What findings are the same by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    path: String,
    behaviour: &'static str,
    words: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    behaviour: Behaviour,
    /// The hash of the words.
    words: String,
    /// How often the file has them.
    count: u64,
}

/// A hash of words, whatever their case and white space.
pub fn hash(words: &str) -> String {
    let folded = words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let hex: String = Sha256::digest(folded).iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..DIGITS].to_owned()
}

impl Baseline {
    /// Reads a file.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let name = file.display();
        if !file.exists() {
            return Err(Failure::new(format!("{name}: no such file"))
                .with_help("write it first, with --write-baseline"));
        }
        let text = read_text(file)?;
        let fault = |place: &str, message: &str| {
            Failure::new(format!("{name}{place}: {message}"))
                .with_help("a baseline is what `unsell check --write-baseline` writes")
        };
        let read: File = serde_json::from_str(&text).map_err(|error| {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            fault(&format!(":{}:{}", error.line(), error.column()), message)
        })?;
        if read.schema != SCHEMA {
            return Err(fault("", &format!("the schema is `{}`, not `{SCHEMA}`", read.schema)));
        }
        let mut entries = BTreeMap::new();
        for Entry { path, behaviour, words, count } in read.findings {
            *entries.entry(Key { path, behaviour: behaviour.id(), words }).or_default() += count;
        }
        Ok(Baseline { file: file.to_owned(), entries })
    }

    /// A file to write, whether it is there or not.
    pub fn to_write(file: &Path) -> Result<Self, Failure> {
        match file.exists() {
            true => Baseline::read(file),
            false => Ok(Baseline { file: file.to_owned(), entries: BTreeMap::new() }),
        }
    }

    /// Where it is.
    pub fn file(&self) -> &PathBuf {
        &self.file
    }

    /// What is known, to be counted down over a run.
    pub fn known(&self) -> Known {
        Known {
            file: self.file.clone(),
            folder: self.folder().to_owned(),
            left: self.entries.clone(),
            checked: BTreeSet::new(),
        }
    }

    fn folder(&self) -> &Path {
        let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new("."))
    }

    /// Writes what was found; what is known of files that are there and were not checked stays.
    pub fn write(&self, known: &Known, found: &[Found]) -> Result<(), Failure> {
        let unchecked = self.entries.iter().filter(|(key, _)| {
            !known.checked.contains(&key.path) && self.folder().join(&key.path).exists()
        });
        let mut entries: BTreeMap<Key, u64> =
            unchecked.map(|(key, count)| (key.clone(), *count)).collect();
        for found in found {
            *entries.entry(known.key(found)).or_default() += 1;
        }
        let findings = entries.iter().map(|(key, count)| {
            json_entry(key, *count).ok_or_else(|| Failure::new("a finding has no behaviour"))
        });
        let findings = findings.collect::<Result<Vec<_>, _>>()?;
        let file = File { schema: SCHEMA.to_owned(), findings };
        let mut out = WholeFile::create(&self.file)?;
        serde_json::to_writer_pretty(&mut out, &file).map_err(std::io::Error::from)?;
        writeln!(out)?;
        out.finish(&self.file)?;
        let count = counted(found.len() as u64, "finding");
        let name = visible(&self.file.display().to_string());
        let _ = writeln!(anstream::stderr(), "{count} written to {name}");
        Ok(())
    }
}

fn json_entry(key: &Key, count: u64) -> Option<Entry> {
    let behaviour = Behaviour::from_id(key.behaviour)?;
    Some(Entry { path: key.path.clone(), behaviour, words: key.words.clone(), count })
}

/// The entries of a baseline that a run has not found yet.
#[derive(Debug)]
pub struct Known {
    file: PathBuf,
    folder: PathBuf,
    left: BTreeMap<Key, u64>,
    checked: BTreeSet<String>,
}

impl Known {
    /// Notes that a file is checked.
    pub fn checks(&mut self, path: &str) {
        self.checked.insert(self.path(path));
    }

    /// Whether a finding is known; each entry is for as many as it counts.
    pub fn has(&mut self, found: &Found) -> bool {
        let key = self.key(found);
        match self.left.get_mut(&key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    fn key(&self, found: &Found) -> Key {
        Key {
            path: self.path(&found.path),
            behaviour: found.finding.behaviour,
            words: found.words.clone(),
        }
    }

    /// A path as the file has it.
    fn path(&self, path: &str) -> String {
        let inside = relative(&self.folder, Path::new(path));
        let parts = inside.as_deref().map(|inside| {
            inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
        });
        parts.unwrap_or_else(|| path.to_owned())
    }

    /// Says on standard error what is no longer there.
    pub fn say_stale(&self) {
        const WARNING: Style = AnsiColor::Yellow.on_default().bold();
        let stale: Vec<_> = self
            .left
            .iter()
            .filter(|(key, left)| {
                let gone = || !self.folder.join(&key.path).exists();
                **left > 0 && (self.checked.contains(&key.path) || gone())
            })
            .collect();
        let count: u64 = stale.iter().map(|(_, left)| **left).sum();
        if count == 0 {
            return;
        }
        let file = visible(&self.file.display().to_string());
        let are = if count == 1 { "is" } else { "are" };
        let count = counted(count, "known finding");
        let mut stderr = anstream::stderr().lock();
        let _ = writeln!(
            stderr,
            "{WARNING}warning:{WARNING:#} {file}: {count} {are} no longer there; \
             --write-baseline takes them out"
        );
        for (key, left) in stale {
            let times = if *left > 1 { format!(" ({left} times)") } else { String::new() };
            let _ = writeln!(stderr, "  {}: {}{times}", visible(&key.path), key.behaviour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_whatever_their_case_and_white_space() {
        assert_eq!(hash("Get on\n board"), hash("get on board"));
        assert_ne!(hash("get on board"), hash("get on board now"));
        assert_eq!(hash("").len(), DIGITS);
    }
}
