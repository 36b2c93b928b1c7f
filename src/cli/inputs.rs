//! From arguments to inputs: files, folders with all that is in them, globs, standard input.
//!
//! The order is that of the arguments, and within a folder that of the paths, so that the same
//! command gives the same output everywhere. Recordings, settings, a README and folders of this
//! program's own reports are passed over in a folder. Hidden files are left out of folders and globs, as
//! shells do; what a repository ignores is not, since transcripts are often ignored there.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use crate::source::SIZE_LIMIT;
use crate::transcript::Source;

use super::journal;
use super::output;
use super::{Failure, say, warn};

/// What a command is to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// What reports and messages call it.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("-"),
            Input::File(path) => path.display().fmt(f),
        }
    }
}

impl Input {
    /// What reports and messages call it.
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// Where it is, unless it is standard input.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Input::Stdin => None,
            Input::File(path) => Some(path),
        }
    }

    /// Where its report stands under an output folder, with the ending of the report: its path as
    /// given, or its name where that is absolute. Never outside of the folder.
    pub fn mirrored(&self, roots: &[PathBuf], ending: &str) -> PathBuf {
        let path = self.path().unwrap_or(Path::new("stdin"));
        let root = roots.iter().find(|root| path.is_absolute() && path.starts_with(root));
        let relative = root.and_then(|root| path.strip_prefix(root.parent()?).ok());
        let relative = match relative {
            Some(relative) => relative,
            None if path.is_absolute() => Path::new(path.file_name().unwrap_or_default()),
            None => path,
        };
        let parts = relative.components().filter(|part| matches!(part, Component::Normal(_)));
        let file: PathBuf = parts.collect();
        file.with_file_name(fitting(path.file_name().unwrap_or_default(), ending))
    }

    /// Whether it is a Parquet file by its name.
    pub fn is_called_parquet(&self) -> bool {
        let Input::File(path) = self else { return false };
        path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
    }

    /// Whether it begins as a Parquet file does.
    pub fn begins_as_parquet(&self) -> bool {
        let Input::File(path) = self else { return false };
        let mut start = [0; 4];
        // What is no file may wait for whoever writes to it.
        let file = path.metadata().ok().filter(|about| about.is_file());
        let file = file.and_then(|_| File::open(path).ok());
        file.is_some_and(|mut file| file.read_exact(&mut start).is_ok()) && start == *b"PAR1"
    }

    /// Whether it is what tools leave beside the files of a data set: `_SUCCESS`, `_metadata`.
    pub fn lies_beside_parquet(&self) -> bool {
        let Input::File(path) = self else { return false };
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().starts_with('_') && !self.is_called_parquet()
    }

    /// Opens it to be read bit by bit.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, Failure> {
        match self {
            Input::Stdin => Ok(Box::new(io::stdin())),
            Input::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(unreadable(&self.name(), &error)),
            },
        }
    }

    /// Reads and decodes it.
    pub fn read(&self) -> Result<Source, Failure> {
        let name = self.name();
        let source = match self {
            Input::Stdin => {
                let mut bytes = Vec::new();
                let read = io::stdin().lock().take(SIZE_LIMIT as u64 + 1).read_to_end(&mut bytes);
                read.map_err(|error| unreadable(&name, &error))?;
                Source::from_bytes(&name, &bytes)
            }
            Input::File(path) => Source::from_file(path),
        };
        source.map_err(|error| Failure::reading(&name, &error))
    }
}

/// What the arguments came to.
#[derive(Debug, Default)]
pub struct Inputs {
    /// What there is to read, each once.
    pub found: Vec<Input>,
    /// Arguments and folders that could not be looked into.
    pub failed: Vec<Failure>,
    /// The folders among the arguments.
    pub roots: Vec<PathBuf>,
    /// Folders of reports that were passed over.
    reports: Vec<PathBuf>,
}

/// How many bytes a file's name may have.
const NAME_LIMIT: usize = 255;

/// A file's name with an ending more. One that gets too long is cut, and tells itself from others that
/// begin alike by a hash of all of it.
fn fitting(name: &OsStr, ending: &str) -> OsString {
    let mut whole = name.to_owned();
    whole.push(format!(".{ending}"));
    if whole.len() <= NAME_LIMIT {
        return whole;
    }
    let more = format!("~{}.{ending}", &output::hash(name.as_encoded_bytes())[..16]);
    let name = name.to_string_lossy();
    format!("{}{more}", &name[..name.floor_char_boundary(NAME_LIMIT - more.len())]).into()
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(format!("{name}: {error}"))
}

/// Why there is nothing at a path that was named.
fn absent(path: &Path, error: &io::Error) -> Failure {
    let name = path.display().to_string();
    match error.kind() {
        io::ErrorKind::NotFound if path.is_symlink() => {
            Failure::new(format!("{name}: the link leads to nothing"))
        }
        io::ErrorKind::NotFound => Failure::new(format!("{name}: no such file or folder")),
        _ => unreadable(&name, error),
    }
}

/// Finds the inputs that arguments mean. In folders, nothing is looked for at the places of the
/// program's `own` files, nor where an earlier run wrote its reports.
pub fn find<'a>(
    arguments: &[PathBuf],
    own: impl IntoIterator<Item = &'a PathBuf>,
) -> Result<Inputs, Failure> {
    let own: Vec<_> = own.into_iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut inputs = Inputs::default();
    let mut seen = HashSet::new();
    for argument in arguments {
        let mut found = Vec::new();
        if argument.as_os_str() == "-" {
            found.push(Input::Stdin);
        } else {
            match argument.metadata() {
                Ok(about) if about.is_dir() => {
                    inputs.roots.push(argument.clone());
                    found = inputs.walk(argument, &own, |path| !lies_beside(path));
                }
                Ok(_) => found.push(Input::File(argument.clone())),
                Err(_) if is_glob(argument) => found = inputs.expand(argument, &own)?,
                Err(error) => inputs.failed.push(absent(argument, &error)),
            }
        }
        inputs.found.extend(found.into_iter().filter(|input| seen.insert(input.clone())));
    }
    if inputs.found.is_empty() && inputs.failed.is_empty() {
        inputs.say();
        let names: Vec<_> = arguments.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::new(format!("no input found in {}", names.join(", ")))
            .with_help("give files, folders that hold some, globs, or `-` for standard input"));
    }
    Ok(inputs)
}

/// Endings of what lies in a folder of transcripts and is none: recordings, pictures, settings,
/// scripts, a history.
const BESIDE: [&str; 28] = [
    "aac", "avi", "db", "flac", "gif", "heic", "ini", "jpeg", "jpg", "lock", "m4a", "m4v", "mkv",
    "mov", "mp3", "mp4", "mpeg", "ogg", "opus", "png", "py", "sh", "sqlite", "toml", "wav", "webm",
    "yaml", "yml",
];

/// Whether a file in a folder is no transcript by its name alone: a recording, settings, a README.
/// Whoever names it on the command line gets it all the same.
fn lies_beside(path: &Path) -> bool {
    let lower = |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().to_lowercase());
    let stem = lower(path.file_stem()).unwrap_or_default();
    lower(path.extension()).is_some_and(|ending| BESIDE.contains(&ending.as_str()))
        || stem == "readme"
        || stem.starts_with("license")
        // What Word keeps beside a document that is open.
        || stem.starts_with("~$")
}

fn is_glob(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '[', '{'])
}

impl Inputs {
    /// Says on standard error what is not read, and why.
    pub fn say(&self) {
        self.failed.iter().for_each(say);
        for folder in &self.reports {
            let why =
                "reports of an earlier run are here, so nothing in it is read; name it to read it";
            warn(&folder.display().to_string(), why);
        }
    }

    /// Walks from the last folder before the first wildcard.
    fn expand(&mut self, pattern: &Path, own: &[PathBuf]) -> Result<Vec<Input>, Failure> {
        let text = pattern.to_string_lossy();
        let glob = GlobBuilder::new(&text).literal_separator(true).build();
        let glob = glob.map_err(|error| Failure::new(format!("{text}: {error}")))?;
        let glob = glob.compile_matcher();
        let base: PathBuf =
            pattern.components().take_while(|part| !is_glob(part.as_ref())).collect();
        let (start, strip) = match base.as_os_str().is_empty() {
            true => (Path::new("."), true),
            false => (base.as_path(), false),
        };
        if !start.is_dir() {
            return Ok(Vec::new());
        }
        let plain = |path: &Path| path.strip_prefix("./").unwrap_or(path).to_owned();
        let all = self
            .walk(start, own, |path| glob.is_match(path) || (strip && glob.is_match(plain(path))));
        let all = all.into_iter().map(|input| match input {
            Input::File(path) if strip => Input::File(plain(&path)),
            input => input,
        });
        Ok(all.collect())
    }

    fn walk(&mut self, root: &Path, own: &[PathBuf], wanted: impl Fn(&Path) -> bool) -> Vec<Input> {
        let mut found = Vec::new();
        let mut reports: Vec<PathBuf> = Vec::new();
        let mut builder = WalkBuilder::new(root);
        builder.standard_filters(false).hidden(true).follow_links(true);
        builder.sort_by_file_name(OsStr::cmp);
        let own = own.to_owned();
        builder.filter_entry(move |entry| {
            own.is_empty() || entry.path().canonicalize().map_or(true, |path| !own.contains(&path))
        });
        for entry in builder.build() {
            match entry {
                Ok(entry) if reports.iter().any(|folder| entry.path().starts_with(folder)) => {}
                Ok(entry) if entry.depth() > 0 && entry.path().join(journal::FILE).is_file() => {
                    reports.push(entry.into_path());
                }
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    if wanted(entry.path()) {
                        found.push(Input::File(entry.into_path()));
                    }
                }
                Ok(_) => {}
                Err(error) => self.failed.push(Failure::new(error)),
            }
        }
        self.reports.extend(reports);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_transcripts_is_passed_over_by_its_name() {
        for beside in
            ["call.MP4", "roles.toml", "spark/analyze.py", "README.md", "LICENSE", "~$a.docx"]
        {
            assert!(lies_beside(Path::new(beside)), "{beside}");
        }
        for transcript in ["calls/call.vtt", "readme-review.txt", "notes", "call.json"] {
            assert!(!lies_beside(Path::new(transcript)), "{transcript}");
        }
    }

    #[test]
    fn a_mirrored_path_never_leaves_its_folder() {
        let mirrored = |path: &str, roots: &[&str]| {
            let roots: Vec<_> = roots.iter().map(PathBuf::from).collect();
            Input::File(path.into()).mirrored(&roots, "md")
        };
        assert_eq!(mirrored("calls/a.vtt", &[]), Path::new("calls/a.vtt.md"));
        assert_eq!(mirrored("../../etc/a.vtt", &[]), Path::new("etc/a.vtt.md"));
        assert_eq!(mirrored("/x/y/a.vtt", &[]), Path::new("a.vtt.md"));
        assert_eq!(mirrored("/x/y/z/a.vtt", &["/x/y"]), Path::new("y/z/a.vtt.md"));
        assert_eq!(Input::Stdin.mirrored(&[], "md"), Path::new("stdin.md"));
    }

    #[test]
    fn a_report_of_a_long_name_fits_and_is_nobody_elses() {
        let report = |name: &str| fitting(name.as_ref(), "html").into_string().expect("text");
        let just = "é".repeat(125);
        assert_eq!(report(&just), just.clone() + ".html");
        let [one, other] = ["a.vtt", "b.vtt"].map(|end| report(&format!("{just}{end}")));
        assert!(one.starts_with("ééé") && one.ends_with(".html") && one != other, "{one}");
        assert!((NAME_LIMIT - 1..=NAME_LIMIT).contains(&one.len()), "{} bytes", one.len());
    }
}
