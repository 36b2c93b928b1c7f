//! Rule packages: a folder of rules with a manifest that says whose they are, and labelled examples.
//!
//! ```toml
//! name = "hospitality"
//! version = "1.2.0"
//! licence = "MIT"
//! rules = ["rules/*.toml"]
//! examples = ["examples.jsonl"]
//! ```
//!
//! The rules are files like any lexicon's. The examples are labelled utterances: what their labels say,
//! the lexicon with the package must find, and the package's own rules must find nothing else.

use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSetBuilder};
use serde::Deserialize;
use toml::Spanned;

use super::{Failure, Lexicon, LexiconFile, TestReport};
use crate::data_file::DataError;
use crate::finding::Evidence;
use crate::labels::{Labeller, Row};

/// The file that makes a folder a package.
pub const MANIFEST: &str = "package.toml";

/// How deep rules and examples may lie in a package's folder.
const DEPTH: usize = 4;

/// A package that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, `1.2.0`.
    pub version: String,
    /// The licence of its rules.
    pub licence: String,
    /// Its rule files, by path.
    pub rules: Vec<LexiconFile>,
    /// Its files of labelled utterances, by path.
    pub examples: Vec<LexiconFile>,
}

/// Why rules could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file or folder could not be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The manifest or a rule is at fault.
    #[error(transparent)]
    Fault(#[from] DataError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: Spanned<String>,
    version: Spanned<String>,
    licence: Spanned<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the manifest")]
    description: String,
    rules: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    examples: Vec<Spanned<String>>,
}

impl Lexicon {
    /// The built-in rules with those of rule files and package folders laid over them.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is at fault.
    pub fn with_paths(paths: &[PathBuf]) -> Result<Lexicon, PackageError> {
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                files.extend(Package::read(path)?.rules);
            } else {
                files.push(LexiconFile { path: path.display().to_string(), text: read(path)? });
            }
        }
        Ok(Lexicon::with_files(&files)?)
    }
}

impl Package {
    /// Reads the package in a folder.
    ///
    /// # Errors
    ///
    /// When there is no manifest, it breaks its rules, names files outside of the folder or none at
    /// all, or a file cannot be read.
    pub fn read(folder: &Path) -> Result<Package, PackageError> {
        let path = folder.join(MANIFEST);
        let text = read(&path)?;
        let name = path.display().to_string();
        let fault =
            |at: std::ops::Range<usize>, message: &str| DataError::new(&name, &text, at, message);
        let manifest: Manifest =
            toml::from_str(&text).map_err(|error| DataError::from_toml(&name, &text, &error))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_name = |name: &str| !name.is_empty() && name.chars().all(plain);
        if !is_name(manifest.name.get_ref()) {
            return Err(fault(
                manifest.name.span(),
                "a package's name is made of a-z, 0-9 and `-`",
            )
            .into());
        }
        if let Err(error) = semver::Version::parse(manifest.version.get_ref()) {
            let message = format!("a version is three numbers: {error}");
            return Err(fault(manifest.version.span(), &message)
                .with_help("write for example `version = \"1.0.0\"`")
                .into());
        }
        if manifest.licence.get_ref().trim().is_empty() {
            let message =
                "the licence may not be empty: say on what terms others may use the rules";
            return Err(fault(manifest.licence.span(), message).into());
        }
        let files = |globs: &[Spanned<String>]| -> Result<Vec<LexiconFile>, PackageError> {
            let mut set = GlobSetBuilder::new();
            for glob in globs {
                let inside = Path::new(glob.get_ref())
                    .components()
                    .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
                if !inside {
                    let message = "a package's files lie in its own folder";
                    return Err(fault(glob.span(), message).into());
                }
                let built = GlobBuilder::new(glob.get_ref().trim_start_matches("./"))
                    .literal_separator(true)
                    .build();
                set.add(built.map_err(|error| fault(glob.span(), &error.to_string()))?);
            }
            let set = set.build().map_err(|error| fault(0..0, &error.to_string()))?;
            let mut found = Vec::new();
            for entry in ignore::WalkBuilder::new(folder)
                .standard_filters(false)
                .max_depth(Some(DEPTH))
                .sort_by_file_path(Path::cmp)
                .build()
                .flatten()
            {
                let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                if is_file && relative != Path::new(MANIFEST) && set.is_match(relative) {
                    let text = read(entry.path())?;
                    found.push(LexiconFile { path: entry.path().display().to_string(), text });
                }
            }
            Ok(found)
        };
        let rules = files(manifest.rules.get_ref())?;
        if rules.is_empty() {
            return Err(fault(manifest.rules.span(), "no file of rules is there by this name")
                .with_help("write for example `rules = [\"rules/*.toml\"]`")
                .into());
        }
        Ok(Package {
            examples: files(&manifest.examples)?,
            rules,
            name: manifest.name.into_inner(),
            version: manifest.version.into_inner(),
            licence: manifest.licence.into_inner(),
        })
    }

    /// Runs the package's labelled utterances through a lexicon that has its rules.
    pub fn test(&self, lexicon: &Lexicon) -> TestReport {
        let own = |id: &str| {
            let rule = lexicon.rule(id);
            rule.is_some_and(|rule| self.rules.iter().any(|file| file.path == rule.path))
        };
        let rules = lexicon.rules().iter().filter(|rule| own(&rule.id)).count();
        let mut report = TestReport { rules, ..TestReport::default() };
        for file in &self.examples {
            for (number, line) in file.text.lines().enumerate() {
                if line.trim().is_empty() {
                    continue;
                }
                report.examples += 1;
                let problems = match Row::parse(line) {
                    Err(error) => vec![error],
                    Ok(parsed) => problems(lexicon, &parsed.row, own),
                };
                report.failures.extend(problems.into_iter().map(|problem| Failure {
                    rule: format!("{} {}", self.name, self.version),
                    path: format!("{}:{}", file.path, number + 1),
                    example: line.to_owned(),
                    problem,
                }));
            }
        }
        report
    }
}

/// What is wrong with a labelled utterance.
fn problems(lexicon: &Lexicon, row: &Row, own: impl Fn(&str) -> bool) -> Vec<String> {
    let Some(labels) = &row.labels else {
        return vec!["an example needs `labels`; `[]` where nothing is to be found".to_owned()];
    };
    let found = lexicon.label(&[row.said()]).swap_remove(0);
    let missing = labels.iter().filter(|label| !found.labels.contains(label));
    let mut problems: Vec<_> =
        missing.map(|label| format!("{} should be found and is not", label.id())).collect();
    for (behaviour, evidence) in &found.evidence {
        if let Evidence::Lexicon { rule, .. } = evidence
            && found.labels.contains(behaviour)
            && !labels.contains(behaviour)
            && own(rule)
        {
            problems.push(format!("{rule} finds {}, which is no label", behaviour.id()));
        }
    }
    problems
}

fn read(path: &Path) -> Result<String, PackageError> {
    fs::read_to_string(path).map_err(|error| PackageError::Io { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "behaviour = \"pressure\"\n[[rule]]\nid = \"last-table\"\nwhy = \"w\"\nweight = 0.9\nany = [\"last table\"]\nhits = [\"It's our last table.\"]\n";

    fn package(
        manifest: &str,
        examples: &str,
    ) -> (tempfile::TempDir, Result<Package, PackageError>) {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write(MANIFEST, manifest);
        write("rules/pressure.toml", RULES);
        write("examples.jsonl", examples);
        let package = Package::read(folder.path());
        (folder, package)
    }

    const GOOD: &str = "name = \"hospitality\"\nversion = \"1.2.0\"\nlicence = \"MIT\"\nrules = [\"rules/*.toml\"]\nexamples = [\"*.jsonl\"]\n";

    #[test]
    fn a_package_is_read_and_its_examples_are_run() {
        let examples = "{\"role\": \"seller\", \"text\": \"It's the last table tonight.\", \"labels\": [\"pressure\"]}\n\n{\"role\": \"seller\", \"text\": \"Sit where you like.\", \"labels\": [\"pressure\"]}\n{\"role\": \"seller\", \"text\": \"Our last table went at noon.\", \"labels\": []}\n{\"text\": \"x\"}\nno\n";
        let (_folder, package) = package(GOOD, examples);
        let package = package.expect("is valid");
        assert_eq!((package.name.as_str(), package.version.as_str()), ("hospitality", "1.2.0"));
        let lexicon = Lexicon::with_files(&package.rules).expect("rules");
        let report = package.test(&lexicon);
        assert_eq!((report.rules, report.examples), (1, 5));
        let failed: Vec<_> = report.failures.iter().map(|f| f.problem.as_str()).collect();
        assert_eq!(failed.len(), 4, "{failed:?}");
        assert_eq!(failed[0], "pressure should be found and is not");
        assert_eq!(failed[1], "pressure.last-table finds pressure, which is no label");
        assert!(report.failures[0].path.ends_with("examples.jsonl:3"));
    }

    #[test]
    fn a_manifest_at_fault_says_where_and_what_would_be_valid() {
        for (from, to, expected) in [
            ("hospitality", "Hospitality!", ":1:8: a package's name"),
            ("1.2.0", "1.2", ":2:11: a version is three numbers"),
            ("MIT", " ", ":3:11: the licence may not be empty"),
            ("rules/*.toml", "../*.toml", ":4:10: a package's files lie in its own folder"),
            ("rules/*.toml", "none/*.toml", ":4:9: no file of rules"),
            ("name =", "nom =", ":1:1: unknown field `nom`"),
        ] {
            let (_folder, read) = package(&GOOD.replace(from, to), "");
            let error = read.expect_err(expected).to_string();
            assert!(error.contains(expected), "{expected}: {error}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let error = Package::read(folder.path()).expect_err("no manifest").to_string();
        assert!(error.contains(MANIFEST), "{error}");
    }
}
