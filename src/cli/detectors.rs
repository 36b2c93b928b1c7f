//! Which detectors a command uses, and the files they are made of.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::Failure;
#[cfg(feature = "classifier")]
use crate::both::Both;
#[cfg(feature = "classifier")]
use crate::classifier::Classifier;
use crate::config::{Config, Detector};
#[cfg(feature = "classifier")]
use crate::engine::Engine;
use crate::engine::EngineBuilder;
use crate::labels::Labeller;
use crate::lexicon::Lexicon;

/// What finds the behaviours, and with which files.
#[derive(Debug, Clone, Default, Args)]
pub struct DetectorArgs {
    /// What finds the behaviours [default: both, or lexicon in a build without a model]
    #[arg(long, value_enum, value_name = "DETECTOR")]
    pub detector: Option<DetectorArg>,

    /// A model folder for the classifier to use instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// More lexicon rules, a file or a package folder: they add to the built-in ones, or override
    /// them by id; repeatable
    #[arg(long, value_name = "FILE|DIR")]
    pub lexicon: Vec<PathBuf>,
}

/// What finds the behaviours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DetectorArg {
    /// Rules over words
    Lexicon,
    /// A trained model
    Classifier,
    /// Rules and model together
    Both,
}

impl DetectorArgs {
    /// The lexicon: the built-in one with a user's files laid over it.
    pub(super) fn lexicon(&self) -> Result<Lexicon, Failure> {
        Lexicon::with_paths(&self.lexicon).map_err(Failure::new)
    }

    /// These arguments, with what the settings say where they say nothing.
    pub(super) fn within(&self, config: &Config) -> DetectorArgs {
        let lexicon = config.lexicons.iter().chain(&self.lexicon).cloned().collect();
        // A model on the command line asks for more than a lexicon.
        let default =
            config.detector.filter(|_| self.model.is_none()).map(|detector| match detector {
                Detector::Lexicon => DetectorArg::Lexicon,
                Detector::Classifier => DetectorArg::Classifier,
                Detector::Both => DetectorArg::Both,
            });
        DetectorArgs { detector: self.detector.or(default), model: self.model.clone(), lexicon }
    }

    /// An engine builder with the detectors asked for.
    pub(super) fn engine(&self) -> Result<EngineBuilder, Failure> {
        let choice = self.choice()?;
        let lexicon = Arc::new(self.lexicon()?);
        let builder = EngineBuilder::default();
        Ok(match choice {
            DetectorArg::Lexicon => builder.lexicon(lexicon),
            #[cfg(feature = "classifier")]
            DetectorArg::Classifier => builder.guide(lexicon).classifier(self.classifier()?),
            #[cfg(feature = "classifier")]
            DetectorArg::Both => builder.both(lexicon, self.classifier()?),
            #[cfg(not(feature = "classifier"))]
            _ => builder.lexicon(lexicon),
        })
    }

    /// The lexicon and the classifier, each an engine of its own.
    #[cfg(feature = "classifier")]
    pub(super) fn each_alone(&self) -> Result<[Engine; 2], Failure> {
        if self.choice()? != DetectorArg::Both {
            return Err(Failure::new("--disagreements is for --detector both"));
        }
        let lexicon = Arc::new(self.lexicon()?);
        let classifier = Engine::builder().guide(lexicon.clone()).classifier(self.classifier()?);
        Ok([Engine::builder().lexicon(lexicon).build()?, classifier.build()?])
    }

    /// The labeller asked for.
    pub(super) fn labeller(&self) -> Result<Box<dyn Labeller>, Failure> {
        let mut labellers = self.labellers(&[self.choice()?])?;
        Ok(labellers.swap_remove(0))
    }

    /// The labeller asked for; where none was, all that this build has, to be set side by side.
    pub(super) fn all_labellers(&self) -> Result<Vec<Box<dyn Labeller>>, Failure> {
        match (self.detector, self.choice()?) {
            (None, DetectorArg::Both) => self.labellers(DetectorArg::value_variants()),
            (_, one) => self.labellers(&[one]),
        }
    }

    /// Labellers that share what they are made of.
    #[cfg(feature = "classifier")]
    fn labellers(&self, detectors: &[DetectorArg]) -> Result<Vec<Box<dyn Labeller>>, Failure> {
        let lexicon = Arc::new(self.lexicon()?);
        if detectors == [DetectorArg::Lexicon] {
            return Ok(vec![Box::new(lexicon)]);
        }
        let classifier = self.classifier()?;
        let labeller = |detector: &DetectorArg| -> Box<dyn Labeller> {
            match detector {
                DetectorArg::Lexicon => Box::new(lexicon.clone()),
                DetectorArg::Classifier => Box::new(classifier.clone()),
                DetectorArg::Both => Box::new(Both::new(lexicon.clone(), classifier.clone())),
            }
        };
        Ok(detectors.iter().map(labeller).collect())
    }

    /// The one labeller that this build has.
    #[cfg(not(feature = "classifier"))]
    fn labellers(&self, _: &[DetectorArg]) -> Result<Vec<Box<dyn Labeller>>, Failure> {
        Ok(vec![Box::new(self.lexicon()?)])
    }

    /// What was asked for, or what this build has.
    #[cfg(feature = "classifier")]
    fn choice(&self) -> Result<DetectorArg, Failure> {
        let has_model = self.model.is_some() || Classifier::is_built_in();
        let otherwise = if has_model { DetectorArg::Both } else { DetectorArg::Lexicon };
        let choice = self.detector.unwrap_or(otherwise);
        if choice == DetectorArg::Lexicon && self.model.is_some() {
            return Err(Failure::new(
                "--model is for the classifier, and --detector lexicon asks for none",
            )
            .with_help("leave one of the two out"));
        }
        Ok(choice)
    }

    /// What was asked for, or what this build has.
    #[cfg(not(feature = "classifier"))]
    fn choice(&self) -> Result<DetectorArg, Failure> {
        match self.detector {
            None | Some(DetectorArg::Lexicon) if self.model.is_none() => Ok(DetectorArg::Lexicon),
            _ => Err(Failure::new("this build has no classifier").with_help(
                "use --detector lexicon without --model, or build with the feature `classifier`",
            )),
        }
    }

    #[cfg(feature = "classifier")]
    fn classifier(&self) -> Result<Arc<Classifier>, Failure> {
        let classifier = match &self.model {
            Some(folder) => Classifier::load(folder),
            None => Classifier::builtin(),
        };
        classifier.map(Arc::new).map_err(Failure::new)
    }
}
