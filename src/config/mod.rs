//! `unsell.toml`: what holds for a folder of calls and notes, so that no command line has to say it.
//!
//! The file is looked for from the working folder upwards ([`Config::find`]). Its paths and globs are
//! relative to its own folder. What it does not know it refuses, with place and suggestion.

mod file;
mod paths;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data_file::DataError;
use crate::engine::{AnalyzeOptions, Lens};
use crate::roles::RoleBook;
use crate::score::Targets;
use crate::sift::{SetAside, Sieve, What};
use crate::taxonomy::{Behaviour, nearest};

pub use paths::{Globs, relative};

/// The file's name.
pub const FILE: &str = "unsell.toml";

/// A file to begin with, with everything in it explained.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("{path}: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// It says something that is not valid.
    #[error(transparent)]
    Fault(#[from] DataError),
}

/// Which detectors are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detector {
    /// Rules over words.
    Lexicon,
    /// A trained model.
    Classifier,
    /// Rules and model together.
    Both,
}

/// A kind of call, with what is ideal in it.
#[derive(Debug, Clone)]
pub struct CallType {
    /// What it is called.
    pub name: String,
    /// Who is judged in it, where that is not left open.
    pub lens: Option<Lens>,
    /// The ideal rates that are its own.
    pub ideals: Vec<(Behaviour, f64)>,
    /// The files that are such calls.
    paths: Globs,
}

/// What is set aside, and where.
#[derive(Debug, Clone)]
struct Suppression {
    /// None means everywhere.
    paths: Option<Globs>,
    aside: SetAside,
}

/// The settings of a folder.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// Who is judged, where the command line does not say.
    pub lens: Option<Lens>,
    /// Which detectors are asked, where the command line does not say.
    pub detector: Option<Detector>,
    /// More rules: files and package folders.
    pub lexicons: Vec<PathBuf>,
    /// Who is who.
    pub roles: RoleBook,
    /// Ideal rates; the default profile where there are none.
    pub targets: Option<Targets>,
    /// The least that findings must be sure.
    pub thresholds: Vec<(What, f64)>,
    /// Findings that `check` knows already.
    pub baseline: Option<PathBuf>,
    /// Kinds of calls: those of the file in its order, then the built-in ones.
    call_types: Vec<CallType>,
    suppressions: Vec<Suppression>,
}

impl Config {
    /// No settings: what holds without a file.
    pub fn none() -> Result<Config, ConfigError> {
        Config::from_toml(Path::new("."), FILE, "")
    }

    /// The file that holds for a folder: its own or the nearest above, up to the root of a repository or
    /// the home folder.
    pub fn find(from: &Path) -> Option<PathBuf> {
        let home = std::env::home_dir();
        for folder in from.ancestors() {
            let file = folder.join(FILE);
            if file.is_file() {
                return Some(file);
            }
            if folder.join(".git").exists() || home.as_deref() == Some(folder) {
                return None;
            }
        }
        None
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or says something that is not valid.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: name.clone(), error })?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Config::from_toml(folder.unwrap_or(Path::new(".")), &name, &text)
    }

    /// Reads the text of a file that stands in a folder. `path` is for messages.
    pub fn from_toml(folder: &Path, path: &str, text: &str) -> Result<Config, ConfigError> {
        let mut config = file::read(folder, path, text)?;
        let own: HashSet<_> = config.call_types.iter().map(|own| own.name.clone()).collect();
        let built_in = file::built_in_call_types()?;
        for call_type in &mut config.call_types {
            if let Some(base) = built_in.iter().find(|base| base.name == call_type.name) {
                call_type.lens = call_type.lens.or(base.lens);
                call_type.ideals.splice(..0, base.ideals.iter().copied());
            }
        }
        config.call_types.extend(built_in.into_iter().filter(|base| !own.contains(&base.name)));
        Ok(config)
    }

    /// The call type of this name.
    ///
    /// # Errors
    ///
    /// A message with the nearest name, or all of them.
    pub fn call_type(&self, name: &str) -> Result<&CallType, String> {
        let names = || self.call_types.iter().map(|call_type| call_type.name.as_str());
        self.call_types.iter().find(|call_type| call_type.name == name).ok_or_else(
            || match nearest(name, names()) {
                Some(near) => format!("no call type is called `{name}`; did you mean `{near}`?"),
                None => {
                    let names: Vec<_> = names().collect();
                    format!("no call type is called `{name}`; there are {}", names.join(", "))
                }
            },
        )
    }

    /// The call type that a file's path makes it.
    pub fn call_type_of(&self, path: &Path) -> Option<&CallType> {
        let inside = relative(&self.folder, path)?;
        self.call_types.iter().find(|call_type| call_type.paths.is_match(&inside))
    }

    /// How to read and judge a file that is a call of some type.
    pub fn options(&self, path: &Path, call_type: Option<&CallType>) -> AnalyzeOptions {
        let inside = relative(&self.folder, path);
        let holds = |globs: &Option<Globs>| match (globs, &inside) {
            (None, _) => true,
            (Some(globs), Some(inside)) => globs.is_match(inside),
            (Some(_), None) => false,
        };
        let here = self.suppressions.iter().filter(|suppression| holds(&suppression.paths));
        AnalyzeOptions {
            roles: self.roles.clone(),
            lens: call_type.and_then(|call_type| call_type.lens).or(self.lens),
            format: None,
            targets: self.targets_of(call_type).map(Arc::new),
            sieve: Sieve {
                thresholds: self.thresholds.clone(),
                set_aside: here.map(|suppression| suppression.aside.clone()).collect(),
            },
            ..AnalyzeOptions::default()
        }
    }

    fn targets_of(&self, call_type: Option<&CallType>) -> Option<Targets> {
        let Some(call_type) = call_type.filter(|call_type| !call_type.ideals.is_empty()) else {
            return self.targets.clone();
        };
        let mut targets = self.targets.clone().or_else(|| Targets::default_profile().ok())?;
        for (behaviour, rate) in &call_type.ideals {
            // The rates were checked when the file was read.
            let _ = targets.set(*behaviour, *rate);
        }
        targets.profile = format!("{}, call type {}", targets.profile, call_type.name);
        Some(targets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Role;

    fn config(text: &str) -> Config {
        match Config::from_toml(Path::new("."), FILE, text) {
            Ok(config) => config,
            Err(error) => panic!("{error}"),
        }
    }

    #[track_caller]
    fn refused(text: &str) -> String {
        let error = Config::from_toml(Path::new("."), FILE, text).expect_err("is refused");
        error.to_string()
    }

    fn ideal(targets: &Targets, id: &str) -> f64 {
        targets.ideal(Behaviour::from_id(id).expect("a behaviour"))
    }

    /// The template with its settings, which stand behind a `#` without a space, switched on.
    fn switched_on() -> String {
        let on = |line: &str| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with([' ', '#']) => {
                setting.to_owned()
            }
            _ => line.to_owned(),
        };
        TEMPLATE.lines().map(|line| on(line) + "\n").collect()
    }

    #[test]
    fn the_template_holds_as_it_stands_and_with_all_its_settings_on() {
        let bare = config(TEMPLATE);
        assert!(bare.roles.entries().is_empty() && bare.targets.is_none());
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("our-rules.toml"), "").expect("a file");
        let all = Config::from_toml(folder.path(), FILE, &switched_on());
        let all = match all {
            Ok(all) => all,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(all.roles.entries().len(), 3);
        assert_eq!(all.lexicons, [folder.path().join("our-rules.toml")]);
        assert_eq!(all.suppressions.len(), 2);
        assert!(all.lens.is_some() && all.detector.is_some() && all.baseline.is_some());
    }

    #[test]
    fn roles_targets_and_thresholds_are_read() {
        let config = config(
            "[roles]\n\"@ours.example\" = \"seller\"\n[targets.per_1000_words]\ncelebrate = 2\n\
             [thresholds]\npushy = 0.9\n",
        );
        assert_eq!(config.roles.entries()[0].role, Role::Seller);
        let targets = config.targets.as_ref().expect("targets");
        assert_eq!(ideal(targets, "celebrate"), 2.0);
        assert_eq!(targets.profile, FILE);
        assert_eq!(config.thresholds.len(), 1);
    }

    #[test]
    fn a_call_type_is_told_by_the_path_or_by_name_and_has_its_own_ideals() {
        let config = config(
            "[call-types.renewal]\npaths = [\"renewals/**\"]\nlens = \"selling\"\n\
             per_1000_words = { celebrate = 3 }\n[call-types.discovery]\npaths = [\"first/*.vtt\"]\n",
        );
        let of = |path: &str| config.call_type_of(Path::new(path)).map(|found| &*found.name);
        assert_eq!(of("renewals/2026/a.vtt"), Some("renewal"));
        assert_eq!(of("./first/a.vtt"), Some("discovery"));
        assert_eq!(of("first/deep/a.vtt"), None);
        let renewal = config.call_type("renewal").expect("a call type");
        let options = config.options(Path::new("x"), Some(renewal));
        let targets = options.targets.expect("targets");
        assert_eq!(ideal(&targets, "celebrate"), 3.0);
        assert_eq!(targets.profile, "default profile, call type renewal");
        assert_eq!(options.lens, Some(Lens::Selling));
        let discovery = config.call_type("discovery").expect("a call type");
        assert!(!discovery.ideals.is_empty() && discovery.lens == Some(Lens::Selling));
        assert!(config.call_type("dicsovery").is_err_and(|m| m.contains("`discovery`")));
        for built_in in ["demo", "negotiation", "one-to-one", "all-hands"] {
            assert!(config.call_type(built_in).is_ok(), "{built_in}");
        }
    }

    #[test]
    fn suppressions_hold_where_their_paths_say() {
        let config = config(
            "[[suppress]]\nbehaviours = [\"buzzwords\"]\npaths = [\"archive/**\"]\n\
             [[suppress]]\nwords = [\"best in class\"]\n",
        );
        let count = |path: &str| config.options(Path::new(path), None).sieve.set_aside.len();
        assert_eq!((count("archive/a.md"), count("a.md"), count("/elsewhere/a.md")), (2, 1, 1));
    }

    #[test]
    fn slips_are_refused_with_their_place_and_what_would_be_valid() {
        assert_eq!(
            refused("lens = \"selling\"\n[tresholds]\n"),
            "unsell.toml:2:2: unknown field `tresholds`\n  |\n2 | [tresholds]\n  |  ^^^^^^^^^\n  \
             = did you mean `thresholds`? valid here: `lens`, `detector`, `lexicons`, `roles`, \
             `targets`, `thresholds`, `suppress`, `call-types`, `check`"
        );
        let starts = |text: &str, start: &str| {
            let message = refused(text);
            assert!(message.starts_with(start), "{message}");
        };
        starts("lens = \"seling\"\n", "unsell.toml:1:8: unknown variant `seling`");
        starts(
            "[roles]\n\"Ana\" = \"sellr\"\n",
            "unsell.toml:2:9: no role is called `sellr`; did you",
        );
        starts("[thresholds]\npresure = 0.9\n", "unsell.toml:2:1: no behaviour or pole is called");
        starts("[thresholds]\npressure = 9\n", "unsell.toml:2:12: a threshold is from 0 to 1");
        starts(
            "[targets.per_1000_words]\ncelebrat = 1\n",
            "unsell.toml:2:1: no behaviour is called",
        );
        starts("[targets.per_1000_words]\ncelebrate = -1\n", "unsell.toml:2:13: no rate");
        starts("[targets]\nfile = \"none.toml\"\n", "unsell.toml:2:8: none.toml cannot be read");
        starts("lexicons = [\"none.toml\"]\n", "unsell.toml:1:13: no such file or folder");
        starts("[[suppress]]\nwhy = \"x\"\n", "unsell.toml:1:1: this would set everything aside");
        starts("[[suppress]]\npaths = [\"a[\"]\n", "unsell.toml:2:10: ");
        starts("[call-types.demo]\npath = [\"a\"]\n", "unsell.toml:2:1: unknown field `path`");
        starts("[call-types.demo\n", "unsell.toml:1:");
    }

    #[test]
    fn the_file_is_looked_for_upwards_to_the_root_of_the_repository() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let deep = folder.path().join("a/b/c");
        std::fs::create_dir_all(&deep).expect("folders");
        std::fs::write(folder.path().join(FILE), "").expect("a file");
        assert_eq!(Config::find(&deep), Some(folder.path().join(FILE)));
        std::fs::create_dir(folder.path().join("a/.git")).expect("a folder");
        assert_eq!(Config::find(&deep), None);
        std::fs::write(folder.path().join("a").join(FILE), "").expect("a file");
        assert_eq!(Config::find(&deep), Some(folder.path().join("a").join(FILE)));
    }
}
