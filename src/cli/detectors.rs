//! Which detectors a command uses, and the files they are made of.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{Failure, read_text};
use crate::engine::EngineBuilder;
use crate::labels::Labeller;
use crate::lexicon::{Lexicon, LexiconFile};

/// What finds the behaviours, and with which files.
#[derive(Debug, Clone, Default, Args)]
pub struct DetectorArgs {
    /// What finds the behaviours [default: both, or lexicon in a build without the classifier]
    #[arg(long, value_enum, value_name = "DETECTOR")]
    pub detector: Option<DetectorArg>,

    /// A model folder for the classifier to use instead of the built-in one
    #[arg(long, value_name = "DIR")]
    pub model: Option<PathBuf>,

    /// More lexicon rules: they add to the built-in ones, or override them by id; repeatable
    #[arg(long, value_name = "FILE")]
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

/// The built-in lexicon with a user's files laid over it.
pub(super) fn load_lexicon(paths: &[PathBuf]) -> Result<Lexicon, Failure> {
    let read = |path: &PathBuf| {
        let text = read_text(path)?;
        Ok(LexiconFile { path: path.display().to_string(), text })
    };
    let files: Vec<_> = paths.iter().map(read).collect::<Result<_, Failure>>()?;
    Ok(Lexicon::with_files(&files)?)
}

impl DetectorArgs {
    /// The lexicon: the built-in one with a user's files laid over it.
    pub(super) fn lexicon(&self) -> Result<Lexicon, Failure> {
        load_lexicon(&self.lexicon)
    }

    /// An engine builder with the detectors asked for.
    pub(super) fn engine(&self) -> Result<EngineBuilder, Failure> {
        let lexicon = Arc::new(self.lexicon()?);
        let builder = EngineBuilder::default().advice(&lexicon);
        Ok(match self.choice()? {
            DetectorArg::Lexicon => builder.lexicon(lexicon),
            #[cfg(feature = "classifier")]
            DetectorArg::Classifier => builder.classifier(self.classifier()?),
            #[cfg(feature = "classifier")]
            DetectorArg::Both => builder.both(lexicon, self.classifier()?),
            #[cfg(not(feature = "classifier"))]
            _ => builder.lexicon(lexicon),
        })
    }

    /// The labeller asked for.
    pub(super) fn labeller(&self) -> Result<Box<dyn Labeller>, Failure> {
        let mut labellers = self.labellers(self.choice()?)?;
        Ok(labellers.swap_remove(0))
    }

    /// The labeller asked for; where none was, all of them, to be set side by side.
    pub(super) fn all_labellers(&self) -> Result<Vec<Box<dyn Labeller>>, Failure> {
        if self.detector.is_some() {
            return Ok(vec![self.labeller()?]);
        }
        match self.choice()? {
            DetectorArg::Both => {
                let mut all = Vec::new();
                for detector in DetectorArg::value_variants() {
                    all.extend(self.labellers(*detector)?);
                }
                Ok(all)
            }
            one => self.labellers(one),
        }
    }

    fn labellers(&self, detector: DetectorArg) -> Result<Vec<Box<dyn Labeller>>, Failure> {
        Ok(vec![match detector {
            DetectorArg::Lexicon => Box::new(self.lexicon()?),
            #[cfg(feature = "classifier")]
            DetectorArg::Classifier => Box::new(self.classifier()?),
            #[cfg(feature = "classifier")]
            DetectorArg::Both => {
                Box::new(crate::both::Both::new(Arc::new(self.lexicon()?), self.classifier()?))
            }
            #[cfg(not(feature = "classifier"))]
            _ => Box::new(self.lexicon()?),
        }])
    }

    /// What was asked for, or what this build has.
    #[cfg(feature = "classifier")]
    fn choice(&self) -> Result<DetectorArg, Failure> {
        let choice = self.detector.unwrap_or(DetectorArg::Both);
        if choice == DetectorArg::Lexicon && self.model.is_some() {
            return Err(Failure::new(
                "--model is for the classifier, and --detector lexicon asks \
                                     for none",
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
                "use --detector lexicon without --model, or build unsell with the \
                            feature `classifier`",
            )),
        }
    }

    #[cfg(feature = "classifier")]
    fn classifier(&self) -> Result<Arc<crate::classifier::Classifier>, Failure> {
        use crate::classifier::Classifier;
        let classifier = match &self.model {
            Some(folder) => Classifier::load(folder),
            None => Classifier::builtin(),
        };
        classifier.map(Arc::new).map_err(Failure::new)
    }
}
