//! unsell reads call transcripts and meeting notes and shows where the talk pushes and where it leads.
//! Everything runs in this process; nothing in it can reach a network.
//!
//! An [`Engine`](engine::Engine) is configured once and shared: it is `Send + Sync`, and threads use it side
//! by side. A [`Source`](transcript::Source) is read into a [`Report`](report::model::Report), which any
//! writer of [`report::WRITERS`] prints, and which serde makes the JSON of the command line.
//!
//! ```
//! use unsell::engine::{AnalyzeOptions, Engine};
//! use unsell::lexicon::Lexicon;
//! use unsell::transcript::Source;
//!
//! let engine = Engine::builder().lexicon(Lexicon::builtin()?).build()?;
//! let call = "Dana: Sign today or the price is gone.\n\
//!             Sam: I need to ask my team.\n\
//!             Dana: Take the time you need, there is no rush on our side.\n";
//! let source = Source::from_bytes("call.txt", call.as_bytes())?;
//!
//! let mut options = AnalyzeOptions::default();
//! options.roles.give_spec("Dana=seller")?;
//! options.roles.give_spec("Sam=buyer")?;
//! let report = engine.analyze(&source, &options)?;
//!
//! let found = &report.findings[0];
//! assert_eq!((found.behaviour, found.line), ("pressure", Some(1)));
//! assert!(report.scores.selling.is_some() && report.scores.leading.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Short texts are labelled without a transcript around them:
//!
//! ```
//! use unsell::labels::{Labeller, Said};
//! use unsell::lexicon::Lexicon;
//! use unsell::taxonomy::Role;
//!
//! let lexicon = Lexicon::builtin()?;
//! let said = Said { role: Role::Leader, prev: "", text: "What have we missed? Tell me where I am wrong." };
//! let found = lexicon.label(&[said]);
//! assert!(found[0].labels.iter().any(|behaviour| behaviour.id() == "safe-challenge"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | see |
//! |---|---|
//! | hear more than known wordings | [`EngineBuilder::both`](engine::EngineBuilder::both) with [`Classifier`](classifier::Classifier), feature `classifier` |
//! | add or replace rules | [`Lexicon::with_files`](lexicon::Lexicon::with_files) |
//! | leave out who people are | [`AnalyzeOptions::shown`](engine::AnalyzeOptions::shown) |
//! | know the behaviours | [`taxonomy::Behaviour`] |
//! | read a format | [`format::FORMATS`] |
//!
//! Versions follow semantic versioning. The report's JSON has a version of its own (`schema`), which changes
//! where a field changes its meaning or goes; new fields may come at any time.

#[cfg(feature = "classifier")]
pub mod both;
#[cfg(feature = "classifier")]
pub mod classifier;
pub mod cli;
#[cfg(feature = "parquet")]
pub mod columnar;
pub mod config;
pub mod data_file;
pub mod detector;
pub mod engine;
pub mod eval;
pub mod finding;
pub mod format;
pub mod history;
pub mod labels;
pub mod language;
pub mod lexicon;
pub mod pages;
pub mod redact;
pub mod report;
pub mod roles;
pub mod score;
pub mod sift;
pub mod snippet;
pub mod source;
pub mod taxonomy;
pub mod text;
#[cfg(feature = "classifier")]
pub mod train;
pub mod transcript;
