//! `unsell.Engine`.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
#[cfg(feature = "classifier")]
use unsell::both::Both;
#[cfg(feature = "classifier")]
use unsell::classifier::Classifier;
use unsell::engine as unsell_engine;
use unsell::labels::{Labeller, label_stream};
use unsell::lexicon::Lexicon;

use crate::dict;
use crate::many::Reports;
use crate::request::{Given, refused, shown};
use crate::threads::Threads;

/// Reads, judges and scores transcripts, and labels utterances.
///
/// Making one takes a moment; it is then shared, also between threads. `detector` is `both`,
/// `lexicon` or `classifier`; `lexicon` a rule file or package folder, or a list of them, laid over the
/// built-in rules; `model` a folder to use instead of the built-in model; `jobs` how many threads it may
/// use at once, one for each processor where it is not given. No `unsell.toml` is looked for.
#[pyclass(module = "unsell", frozen)]
pub struct Engine {
    pub engine: Arc<unsell_engine::Engine>,
    pub threads: Threads,
    labeller: Box<dyn Labeller>,
    /// Whether it works on a transcript by several threads.
    has_classifier: bool,
}

/// One path or several.
#[derive(FromPyObject)]
enum Paths {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (detector=None, *, lexicon=None, model=None, jobs=None))]
    fn new(
        py: Python<'_>,
        detector: Option<&str>,
        lexicon: Option<Paths>,
        model: Option<PathBuf>,
        jobs: Option<usize>,
    ) -> PyResult<Engine> {
        let lexicon = match lexicon {
            None => Vec::new(),
            Some(Paths::One(path)) => vec![path],
            Some(Paths::Several(paths)) => paths,
        };
        let threads = Threads::new(jobs.unwrap_or(0));
        let pool = threads.pool().map_err(refused)?;
        let made = py.detach(|| pool.install(|| detectors(detector, &lexicon, model)));
        let (engine, labeller) = made.map_err(refused)?;
        let has_classifier = labeller.name() != "lexicon";
        Ok(Engine { engine: Arc::new(engine), threads, labeller, has_classifier })
    }

    /// The report on a transcript or note, as `unsell analyze --format json` writes it.
    ///
    /// It is given as `text`, as the `path` of a file, or as `turns`: a list of dicts with `text` and
    /// perhaps `speaker`, `role`, `start` and `end`, in seconds. `roles` says who is who, as in
    /// `{"Dana": "seller"}`; `lens` is `selling`, `leading` or `both`; `format` reads `text` or the file as
    /// that format, whatever it looks like. `redact` takes out names, addresses and numbers of people,
    /// `no_text` all words. Raises `UnsellError` where it cannot be read.
    #[pyo3(signature = (
        *, text=None, path=None, turns=None, roles=None, lens=None, format=None, redact=false, no_text=false
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are named where it is called")]
    fn analyze<'py>(
        &self,
        py: Python<'py>,
        text: Option<String>,
        path: Option<PathBuf>,
        turns: Option<Bound<'py, PyAny>>,
        roles: Option<Bound<'py, PyDict>>,
        lens: Option<String>,
        format: Option<String>,
        redact: bool,
        no_text: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let given = Given { text, path, turns, roles, lens, format };
        let request = given.request(shown(redact, no_text))?;
        let pool = self.threads.pool().map_err(refused)?;
        let report = || request.report(&self.engine, "-");
        // What one thread does alone, this one does as well, and need not wait for another to wake.
        let report =
            py.detach(|| if self.has_classifier { pool.install(report) } else { report() });
        dict::of(py, &report.map_err(refused)?)
    }

    /// Reports on many records, several at a time: an iterator of answers in the order of the records.
    ///
    /// A record is a dict with the arguments of `analyze`, perhaps an `id`, and whatever else is to come
    /// back in `metadata`. A bad one is answered by a dict with `line`, its number from 1, and `error`.
    /// Records are taken as answers are asked for, a few ahead.
    #[pyo3(signature = (records, *, redact=false, no_text=false))]
    fn analyze_many(
        this: Bound<'_, Self>,
        records: &Bound<'_, PyAny>,
        redact: bool,
        no_text: bool,
    ) -> PyResult<Reports> {
        let records = records.try_iter()?.unbind();
        Ok(Reports::new(this.unbind(), records, shown(redact, no_text)))
    }

    /// Labels utterances, as `unsell label` does: a list with a dict for each, in order.
    ///
    /// An utterance is its text, or a dict with `text` and perhaps `role`, `prev` (what was said just
    /// before) and `id`. A bad one is answered by a dict with `line`, its number from 1, and `error`.
    fn label<'py>(
        &self,
        py: Python<'py>,
        utterances: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if utterances.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("utterances come in a list, also a single one"));
        }
        let json = py.import("json")?;
        let dumps = json.getattr("dumps")?;
        let mut lines = String::new();
        for utterance in utterances.try_iter()? {
            let mut utterance = utterance?;
            if utterance.is_instance_of::<PyString>() {
                let row = PyDict::new(py);
                row.set_item("text", utterance)?;
                utterance = row.into_any();
            }
            lines.push_str(&dumps.call1((utterance,))?.extract::<String>()?);
            lines.push('\n');
        }
        let pool = self.threads.pool().map_err(refused)?;
        let mut labels = Vec::new();
        let labelled = py.detach(|| {
            pool.install(|| label_stream(lines.as_bytes(), &mut labels, &*self.labeller))
        });
        if let Some(warning) = labelled.map_err(refused)?.unknown_roles.warning() {
            let warning = std::ffi::CString::new(warning).unwrap_or_default();
            PyErr::warn(py, &py.get_type::<PyUserWarning>(), &warning, 1)?;
        }
        let labels = String::from_utf8(labels)?;
        json.call_method1("loads", (format!("[{}]", labels.trim_end().replace('\n', ",")),))
    }
}

type Detectors = (unsell_engine::Engine, Box<dyn Labeller>);

/// What reports, and what labels, with what they are made of shared.
#[cfg(feature = "classifier")]
fn detectors(
    detector: Option<&str>,
    lexicon: &[PathBuf],
    model: Option<PathBuf>,
) -> Result<Detectors, String> {
    if detector == Some("lexicon") && model.is_some() {
        return Err("`model` is for the classifier, and the lexicon asks for none".to_owned());
    }
    if !matches!(detector, None | Some("lexicon" | "classifier" | "both")) {
        return Err("`detector` must be `both`, `lexicon` or `classifier`".to_owned());
    }
    let lexicon = Arc::new(Lexicon::with_paths(lexicon).map_err(|error| error.to_string())?);
    let builder = unsell_engine::Engine::builder();
    let classifier = || {
        let classifier = match &model {
            Some(folder) => Classifier::load(folder),
            None => Classifier::builtin(),
        };
        classifier.map(Arc::new).map_err(|error| error.to_string())
    };
    let (builder, labeller): (_, Box<dyn Labeller>) = match detector {
        Some("lexicon") => (builder.lexicon(lexicon.clone()), Box::new(lexicon)),
        Some("classifier") => {
            let classifier = classifier()?;
            (builder.guide(lexicon).classifier(classifier.clone()), Box::new(classifier))
        }
        _ => {
            let classifier = classifier()?;
            let builder = builder.both(lexicon.clone(), classifier.clone());
            (builder, Box::new(Both::new(lexicon, classifier)))
        }
    };
    Ok((builder.build().map_err(|error| error.to_string())?, labeller))
}

/// The one detector that this build has.
#[cfg(not(feature = "classifier"))]
fn detectors(
    detector: Option<&str>,
    lexicon: &[PathBuf],
    model: Option<PathBuf>,
) -> Result<Detectors, String> {
    if !matches!(detector, None | Some("lexicon")) || model.is_some() {
        return Err("this build has no classifier (use `lexicon` without `model`)".to_owned());
    }
    let lexicon = Arc::new(Lexicon::with_paths(lexicon).map_err(|error| error.to_string())?);
    let engine = unsell_engine::Engine::builder().lexicon(lexicon.clone()).build();
    Ok((engine.map_err(|error| error.to_string())?, Box::new(lexicon)))
}
