//! The shape of `unsell.toml` as TOML has it, and what it comes to.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::data_file::DataError;
use crate::engine::Lens;
use crate::roles::{Origin, RoleBook};
use crate::score::Targets;
use crate::sift::{SetAside, What};
use crate::taxonomy::{Behaviour, Role, unknown_behaviour, unknown_role};

use super::{CallType, Config, Detector, Globs, Suppression};

/// The built-in kinds of calls.
const CALL_TYPES: &str = include_str!("call-types.toml");

type Table<T> = BTreeMap<Spanned<String>, T>;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    lens: Option<Lens>,
    detector: Option<Detector>,
    lexicons: Vec<Spanned<PathBuf>>,
    roles: Table<Spanned<String>>,
    targets: TargetsTable,
    thresholds: Table<Spanned<f64>>,
    suppress: Vec<Spanned<SuppressTable>>,
    call_types: Table<CallTypeTable>,
    check: CheckTable,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct TargetsTable {
    file: Option<Spanned<PathBuf>>,
    per_1000_words: Table<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SuppressTable {
    behaviours: Vec<Spanned<String>>,
    paths: Vec<Spanned<String>>,
    words: Vec<String>,
    why: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CallTypeTable {
    about: String,
    lens: Option<Lens>,
    paths: Vec<Spanned<String>>,
    per_1000_words: Table<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CheckTable {
    baseline: Option<PathBuf>,
}

/// A file's text, for messages.
#[derive(Clone, Copy)]
struct Text<'a> {
    path: &'a str,
    text: &'a str,
}

impl Text<'_> {
    fn fault(self, span: Range<usize>, message: impl Into<String>) -> DataError {
        DataError::new(self.path, self.text, span, message)
    }

    fn parse<T: for<'de> Deserialize<'de>>(self) -> Result<T, DataError> {
        toml::from_str(self.text)
            .map_err(|error| DataError::from_toml(self.path, self.text, &error))
    }

    /// What a table of behaviours or the like says, in the order of the file.
    fn entries<T, V>(
        self,
        table: Table<T>,
        mut read: impl FnMut(Spanned<String>, T) -> Result<V, DataError>,
    ) -> Result<Vec<V>, DataError> {
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries.into_iter().map(|(key, value)| read(key, value)).collect()
    }

    fn rates(self, table: Table<Spanned<f64>>) -> Result<Vec<(Behaviour, f64)>, DataError> {
        let mut valid = Targets::default_profile()?;
        self.entries(table, |key, rate| {
            let behaviour = Behaviour::from_id(key.get_ref())
                .ok_or_else(|| self.fault(key.span(), unknown_behaviour(key.get_ref())))?;
            valid
                .set(behaviour, *rate.get_ref())
                .map_err(|valid| self.fault(rate.span(), "no rate").with_help(valid))?;
            Ok((behaviour, rate.into_inner()))
        })
    }

    fn what(self, word: &Spanned<String>) -> Result<What, DataError> {
        What::from_id(word.get_ref()).map_err(|message| self.fault(word.span(), message))
    }

    fn globs(self, globs: &[Spanned<String>]) -> Result<Globs, DataError> {
        Globs::new(globs.iter().map(|glob| glob.get_ref().as_str()))
            .map_err(|(at, message)| self.fault(globs[at].span(), message))
    }

    fn call_types(self, table: Table<CallTypeTable>) -> Result<Vec<CallType>, DataError> {
        self.entries(table, |name, call_type| {
            Ok(CallType {
                name: name.into_inner(),
                lens: call_type.lens,
                paths: self.globs(&call_type.paths)?,
                ideals: self.rates(call_type.per_1000_words)?,
            })
        })
    }

    fn roles(self, table: Table<Spanned<String>>) -> Result<RoleBook, DataError> {
        let mut roles = RoleBook::default();
        self.entries(table, |name, word| {
            let role = Role::from_id(word.get_ref())
                .ok_or_else(|| self.fault(word.span(), unknown_role(word.get_ref())))?;
            roles.put(name.get_ref(), role, Origin::Settings);
            Ok(())
        })?;
        Ok(roles)
    }

    fn thresholds(self, table: Table<Spanned<f64>>) -> Result<Vec<(What, f64)>, DataError> {
        self.entries(table, |key, least| {
            let what = self.what(&key)?;
            if !(0.0..=1.0).contains(least.get_ref()) {
                return Err(self.fault(least.span(), "a threshold is from 0 to 1"));
            }
            Ok((what, least.into_inner()))
        })
    }

    fn suppression(self, table: Spanned<SuppressTable>) -> Result<Suppression, DataError> {
        let span = table.span();
        let SuppressTable { behaviours, paths, words, .. } = table.into_inner();
        let behaviours: Vec<_> =
            behaviours.iter().map(|word| self.what(word)).collect::<Result<_, _>>()?;
        let words: Vec<_> = words.into_iter().filter(|words| !words.trim().is_empty()).collect();
        if behaviours.is_empty() && words.is_empty() && paths.is_empty() {
            return Err(self
                .fault(span, "this would set everything aside")
                .with_help("say which with `behaviours`, `paths` or `words`"));
        }
        let paths = if paths.is_empty() { None } else { Some(self.globs(&paths)?) };
        Ok(Suppression { paths, aside: SetAside { behaviours, words } })
    }

    fn targets(self, folder: &Path, table: TargetsTable) -> Result<Option<Targets>, DataError> {
        let mut targets = None;
        if let Some(file) = table.file {
            let name = file.get_ref().display().to_string();
            let path = folder.join(file.get_ref());
            let text = std::fs::read_to_string(&path).map_err(|error| {
                self.fault(file.span(), format!("{name} cannot be read: {error}"))
            })?;
            targets = Some(Targets::from_toml(&path.display().to_string(), &text)?);
        }
        let rates = self.rates(table.per_1000_words)?;
        if !rates.is_empty() {
            let mut own = targets.map_or_else(Targets::default_profile, Ok)?;
            for (behaviour, rate) in rates {
                // They were checked above.
                let _ = own.set(behaviour, rate);
            }
            own.profile = self.path.to_owned();
            targets = Some(own);
        }
        Ok(targets)
    }
}

/// Reads the settings; the built-in kinds of calls are not among them yet.
pub(super) fn read(folder: &Path, path: &str, text: &str) -> Result<Config, DataError> {
    let text = Text { path, text };
    let file: File = text.parse()?;
    let mut lexicons = Vec::new();
    for lexicon in file.lexicons {
        let path = folder.join(lexicon.get_ref());
        if !path.exists() {
            return Err(text.fault(lexicon.span(), "no such file or folder"));
        }
        lexicons.push(path);
    }
    Ok(Config {
        folder: folder.to_owned(),
        lens: file.lens,
        detector: file.detector,
        lexicons,
        roles: text.roles(file.roles)?,
        targets: text.targets(folder, file.targets)?,
        thresholds: text.thresholds(file.thresholds)?,
        baseline: file.check.baseline.map(|path| folder.join(path)),
        call_types: text.call_types(file.call_types)?,
        suppressions: file
            .suppress
            .into_iter()
            .map(|table| text.suppression(table))
            .collect::<Result<_, _>>()?,
    })
}

/// The kinds of calls that are compiled in.
pub(super) fn built_in_call_types() -> Result<Vec<CallType>, DataError> {
    let text = Text { path: "call-types.toml", text: CALL_TYPES };
    text.call_types(text.parse()?)
}
