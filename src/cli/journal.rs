//! What runs into a folder have done, so that `--resume` can go on from there.
//!
//! A line of JSON stands for each report: what it was made of, as one hash over the input's bytes, the
//! engine, rules, model and every option, and a hash of what was written. A report is kept only where
//! both still hold, so that one that was cut, edited or made in another way is made again. A line is one
//! write, after all else of its report; one that a kill cut short is no line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::report::collection::Call;

use super::Failure;
use super::output::{WholeFile, unwritten};

/// The journal's name in the folder of reports.
pub const FILE: &str = ".unsell-journal.jsonl";

/// What is known of one report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The format and the input, which tell it from all others in the folder.
    pub key: String,
    /// A hash of all that it was made of.
    pub made_of: String,
    /// The hash of its file; none where it is rows of tables.
    pub written: Option<String>,
    /// Its rows, one text for each table.
    pub rows: Vec<String>,
    /// What an index shows of it.
    pub call: Option<Call>,
}

/// The file to which a run adds what it does.
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// What was known when the run began. Only places are held: the lines stay in the file.
pub struct Known {
    places: HashMap<String, (u64, usize)>,
    file: Mutex<File>,
}

impl Journal {
    /// Opens the journal of a folder, and makes it where there is none. Lines that later ones replace, or
    /// that are none, are dropped.
    pub fn open(folder: &Path) -> Result<(Journal, Known), Failure> {
        let path = folder.join(FILE);
        let open = || {
            let places = rewrite(&path)?;
            let file = File::options().append(true).open(&path)?;
            Ok((file, Known { places, file: Mutex::new(File::open(&path)?) }))
        };
        let (file, known) = open().map_err(|error: io::Error| unwritten(&path, &error))?;
        Ok((Journal { path, file }, known))
    }

    /// Adds a line.
    pub fn add(&mut self, line: &[u8]) -> Result<(), Failure> {
        self.file.write_all(line).map_err(|error| unwritten(&self.path, &error))
    }
}

impl Entry {
    /// Its line in the journal.
    pub fn line(&self) -> io::Result<Vec<u8>> {
        let mut line = serde_json::to_vec(self)?;
        line.push(b'\n');
        Ok(line)
    }
}

impl Known {
    /// The inputs of the reports in a format.
    pub fn inputs(&self, format: &str) -> impl Iterator<Item = PathBuf> {
        let keys = self.places.keys().filter_map(move |key| key.strip_prefix(format));
        keys.filter_map(|rest| rest.strip_prefix(' ')).map(PathBuf::from)
    }

    /// What is known of a report.
    pub fn entry(&self, key: &str) -> Option<Entry> {
        let (start, length) = *self.places.get(key)?;
        let mut line = vec![0; length];
        let mut file = self.file.lock().ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        file.read_exact(&mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }
}

/// Writes a journal anew with its last line on each report; where these stand.
fn rewrite(path: &Path) -> io::Result<HashMap<String, (u64, usize)>> {
    #[derive(Deserialize)]
    struct Key {
        key: String,
    }
    let old = match File::open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut last = HashMap::new();
    each_line(old.as_ref(), |at, line| {
        if let Ok(Key { key }) = serde_json::from_slice(line) {
            last.insert(key, at);
        }
        Ok(())
    })?;
    let (mut places, mut end) = (HashMap::new(), 0);
    let mut new = WholeFile::private(path)?;
    each_line(old.as_ref(), |at, line| {
        let Ok(Key { key }) = serde_json::from_slice(line) else { return Ok(()) };
        if last.get(&key) == Some(&at) {
            new.write_all(line)?;
            places.insert(key, (end, line.len()));
            end += line.len() as u64;
        }
        Ok(())
    })?;
    new.finish(path)?;
    Ok(places)
}

/// Hands on each whole line of a file, with its end and where it begins.
fn each_line(
    file: Option<&File>,
    mut with: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let Some(mut file) = file else { return Ok(()) };
    file.seek(SeekFrom::Start(0))?;
    let (mut reader, mut line, mut at) = (BufReader::new(file), Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.ends_with(b"\n") {
            with(at, &line)?;
        }
        at += line.len() as u64;
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, made_of: &str) -> Entry {
        let rows = vec!["a,b\n".to_owned()];
        Entry { key: key.into(), made_of: made_of.into(), written: None, rows, call: None }
    }

    #[test]
    fn the_last_whole_line_on_a_report_counts() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let open = || match Journal::open(folder.path()) {
            Ok(opened) => opened,
            Err(failure) => panic!("{failure:?}"),
        };
        let (mut journal, known) = open();
        assert!(known.entry("csv a").is_none());
        for (key, made_of) in [("csv a", "1"), ("csv b", "2"), ("csv a", "3")] {
            let line = entry(key, made_of).line().expect("memory");
            assert!(journal.add(&line).is_ok());
        }
        let torn = entry("csv b", "4").line().expect("memory");
        assert!(journal.add(&torn[..torn.len() / 2]).is_ok());
        let (mut journal, known) = open();
        let made_of = |key| known.entry(key).map(|entry| entry.made_of);
        assert_eq!((made_of("csv a"), made_of("csv b")), (Some("3".into()), Some("2".into())));
        assert!(journal.add(&entry("csv b", "5").line().expect("memory")).is_ok());
        assert_eq!(open().1.entry("csv b").map(|entry| entry.made_of).as_deref(), Some("5"));
    }
}
