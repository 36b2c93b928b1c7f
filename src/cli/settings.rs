//! What holds for a run: the arguments, laid over the `unsell.toml` that is found.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::config::{Config, ConfigError, FILE};
use crate::engine::AnalyzeOptions;
use crate::redact::Shown;
use crate::roles::RoleBook;
use crate::score::Targets;

use super::{Failure, read_text};

/// Where settings come from.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Settings to use instead of the `unsell.toml` of the working folder or the nearest folder above
    /// it, up to the root of a repository or the home folder; arguments win over settings
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Use no `unsell.toml`
    #[arg(long)]
    no_config: bool,

    /// The kind of call that every input is: discovery, demo, negotiation, one-to-one, all-hands or one
    /// of the settings; it has its own ideal rates and lens
    #[arg(long, value_name = "TYPE")]
    call_type: Option<String>,
}

/// What holds for a run.
pub struct Settings {
    /// The settings of the folder.
    pub config: Config,
    /// What the arguments say; their roles are those of the settings too.
    arguments: AnalyzeOptions,
    call_type: Option<String>,
    /// Whether the files' paths say what kinds of calls they are.
    by_path: bool,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Failure::new(error)
    }
}

impl ConfigArgs {
    /// Lays arguments over the settings.
    pub fn settings(
        &self,
        arguments: AnalyzeOptions,
        targets: Option<&Path>,
    ) -> Result<Settings, Failure> {
        let mut config = self.find()?;
        if let Some(name) = &self.call_type {
            config
                .call_type(name)
                .map_err(|message| Failure::new(format!("--call-type: {message}")))?;
        }
        if let Some(path) = targets {
            let text = read_text(path)?;
            config.targets = Some(Targets::from_toml(&path.display().to_string(), &text)?);
        }
        let mut roles = config.roles.clone();
        for entry in arguments.roles.entries() {
            roles.put(&entry.name, entry.role, entry.origin);
        }
        Ok(Settings {
            config,
            arguments: AnalyzeOptions { roles, ..arguments },
            call_type: self.call_type.clone(),
            // Rates that were asked for are not those of a path.
            by_path: targets.is_none(),
        })
    }

    fn find(&self) -> Result<Config, Failure> {
        if let Some(path) = &self.config {
            return Ok(Config::read(path)?);
        }
        let working = if self.no_config { None } else { std::env::current_dir().ok() };
        let found = working.as_deref().and_then(Config::find);
        // In the working folder it is called by its name alone.
        let is_here = found.as_deref().and_then(Path::parent) == working.as_deref();
        Ok(match found {
            Some(_) if is_here => Config::read(Path::new(FILE))?,
            Some(path) => Config::read(&path)?,
            None => Config::none()?,
        })
    }
}

impl Settings {
    /// The same with reports that show no more than this.
    pub fn showing(mut self, shown: Shown) -> Self {
        self.arguments.shown = shown;
        self
    }

    /// What reports show.
    pub fn shown(&self) -> Shown {
        self.arguments.shown
    }

    /// Who is who.
    pub fn roles(&self) -> &RoleBook {
        &self.arguments.roles
    }

    /// How to read and judge an input.
    pub fn options(&self, input: &str) -> AnalyzeOptions {
        let path = Path::new(input);
        let call_type = match &self.call_type {
            Some(name) => self.config.call_type(name).ok(),
            None if self.by_path => self.config.call_type_of(path),
            None => None,
        };
        let settings = self.config.options(path, call_type);
        AnalyzeOptions {
            roles: self.arguments.roles.clone(),
            lens: self.arguments.lens.or(settings.lens),
            format: self.arguments.format,
            shown: self.arguments.shown,
            ..settings
        }
    }
}
