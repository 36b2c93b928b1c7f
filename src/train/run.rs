//! A whole run: from folders to a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use candle_core::Device;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::checkpoint::Checkpoint;
use super::decide::{Scores, decide};
use super::fit::{Look, Progress, fit};
use super::{Example, Recipe, Split, TrainError, corpus, real_talk, unjudged};
use crate::classifier::Classifier;
use crate::classifier::calibration::logistic;
use crate::classifier::folder::{Files, Heads, name, serialize};
use crate::classifier::input::{Encoder, Limits};
use crate::lexicon::Lexicon;
use crate::taxonomy::{Behaviour, Role};

/// What to train from, and where to.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The folder of the corpus.
    pub corpus: PathBuf,
    /// The folder with the labels of real talk; without it only the corpus is learnt from.
    pub labels: Option<PathBuf>,
    /// The files with the words that those labels are for.
    pub extra: Vec<PathBuf>,
    /// The folder of the base encoder.
    pub base: PathBuf,
    /// The model folder to write.
    pub out: PathBuf,
    /// Where checkpoints are kept.
    pub checkpoints: PathBuf,
    /// How to train.
    pub recipe: Recipe,
    /// Model folders whose opinion is learnt too.
    pub teachers: Vec<PathBuf>,
    /// So many real utterances that nobody has judged are learnt as the teachers hear them.
    pub unjudged: usize,
    /// Learn from so many of the written and of the real examples only, for learning curves.
    pub most: [Option<usize>; 2],
}

/// What a run came to: `training.json` in the model folder.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// The model's name.
    pub name: String,
    /// What the base folder is called.
    pub base: String,
    /// How it was trained.
    pub recipe: Recipe,
    /// How many examples of each sort there were.
    pub examples: BTreeMap<String, usize>,
    /// Labels of real talk whose words were in none of the extra files.
    pub labels_without_words: usize,
    /// The looks at the dev examples.
    pub looks: Vec<Look>,
}

/// Trains, and writes the model folder. What was there before stays until all is done.
///
/// # Errors
///
/// When anything cannot be read or written, or does not fit together.
pub fn run(
    plan: &Plan,
    lexicon: &Lexicon,
    told: &mut dyn FnMut(Progress),
) -> Result<TrainReport, TrainError> {
    let files = Files::read(&plan.base)?;
    let (config, _) = files.config()?;
    let base = files.tensors(&Device::Cpu)?;
    let limits = Limits::within(config.max_position_embeddings);
    let tokenizer = plan.base.join(name::TOKENIZER);
    let encoder = Encoder::from_bytes(&files.tokenizer, limits)
        .map_err(|reason| TrainError::File(tokenizer, std::io::Error::other(reason)))?;
    let mut examples = corpus(&plan.corpus)?;
    let mut labels_without_words = 0;
    if let Some(labels) = &plan.labels {
        let (real, missing) = real_talk(labels, &plan.extra)?;
        examples.extend(real);
        labels_without_words = missing;
    }
    keep(&mut examples, plan);
    if !plan.teachers.is_empty() {
        if let Some(labels) = plan.labels.as_ref().filter(|_| plan.unjudged > 0) {
            examples.extend(unjudged(labels, &plan.extra, plan.unjudged)?);
        }
        teach(&mut examples, &plan.teachers)?;
    }
    let checkpoint = Checkpoint::new(&plan.checkpoints, origin(&files, &examples));
    let trained = fit(&config, &base, &encoder, &examples, &plan.recipe, &checkpoint, told)?;
    let folder = plan.out.file_name().map_or("model".into(), |name| name.to_string_lossy());
    let weights = serialize(&trained.tensors, true)?;
    // Decisions are made on what will run: the weights as they are stored.
    let stored = Files { weights: weights.into(), neutral: None, ..files.clone() };
    // Of real talk thresholds are wanted for speakers of whom nothing is known, so it is heard so.
    let dev: Vec<_> = examples
        .iter()
        .filter(|example| example.split == Split::Dev)
        .map(|example| Example {
            role: if example.real { Role::Unknown } else { example.role },
            ..example.clone()
        })
        .collect();
    let dev: Vec<_> = dev.iter().collect();
    let logits = super::fit::logits(&config, &stored.tensors(&Device::Cpu)?, &encoder, &dev)?;
    let scores: Vec<_> =
        dev.iter().zip(logits).map(|(example, logits)| Scores { example, logits }).collect();
    let cues: Vec<_> = dev.iter().map(|example| lexicon.cues(example.said())).collect();
    let heads = decide(&folder, limits, &scores, &cues)?;
    let report = TrainReport {
        name: folder.into_owned(),
        base: plan.base.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        recipe: plan.recipe,
        examples: counts(&examples),
        labels_without_words,
        looks: trained.looks,
    };
    write(&plan.out, &stored, &heads, &report)?;
    checkpoint.remove()?;
    Ok(report)
}

/// Leaves so many training examples of each sort as the plan wants, evenly over the files.
fn keep(examples: &mut Vec<Example>, plan: &Plan) {
    for (real, most) in [false, true].into_iter().zip(plan.most) {
        let Some(most) = most else { continue };
        let of_sort = |example: &Example| example.split == Split::Train && example.real == real;
        let all = examples.iter().filter(|example| of_sort(example)).count();
        let mut at = 0;
        examples.retain(|example| {
            if !of_sort(example) {
                return true;
            }
            at += 1;
            at * most / all.max(1) > (at - 1) * most / all.max(1)
        });
    }
}

/// Asks the teachers what they make of each training example; their opinion is the mean of their log
/// odds.
fn teach(examples: &mut [Example], teachers: &[PathBuf]) -> Result<(), TrainError> {
    let train: Vec<_> =
        (0..examples.len()).filter(|at| examples[*at].split == Split::Train).collect();
    let mut sums = vec![[0.0_f32; Behaviour::COUNT]; train.len()];
    for teacher in teachers {
        let teacher = Classifier::load(teacher)?;
        let said: Vec<_> = train.iter().map(|at| examples[*at].said()).collect();
        for (sum, logits) in sums.iter_mut().zip(teacher.logits(&said)) {
            for (sum, logit) in sum.iter_mut().zip(logits) {
                *sum += logit;
            }
        }
    }
    for (at, sum) in train.into_iter().zip(sums) {
        examples[at].taught = Some(sum.map(|sum| logistic(sum / teachers.len() as f32)));
    }
    Ok(())
}

/// A hash of what a run starts from.
fn origin(files: &Files, examples: &[Example]) -> String {
    let mut hash = Sha256::new();
    for part in [&files.config, &files.tokenizer, &files.weights] {
        hash.update(Sha256::digest(part));
    }
    for example in examples {
        hash.update(format!("{example:?}"));
    }
    hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn counts(examples: &[Example]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for example in examples {
        let sort = if example.real { "real" } else { "written" };
        let split = format!("{:?}", example.split).to_lowercase();
        *counts.entry(format!("{sort} {split}")).or_default() += 1;
        if !example.labels.is_empty() {
            *counts.entry(format!("{sort} {split} labelled")).or_default() += 1;
        }
        if example.split == Split::Train {
            for behaviour in &example.labels {
                *counts.entry(format!("{sort} train {behaviour}")).or_default() += 1;
            }
        }
    }
    counts
}

/// Writes the folder's files beside it and then puts them in place.
fn write(out: &Path, files: &Files, heads: &Heads, report: &TrainReport) -> Result<(), TrainError> {
    let fail = |error| TrainError::File(out.to_owned(), error);
    fs::create_dir_all(out).map_err(fail)?;
    let json =
        |value: serde_json::Result<Vec<u8>>| value.map_err(|e| fail(std::io::Error::other(e)));
    let parts = [
        (name::CONFIG, files.config.to_vec()),
        (name::TOKENIZER, files.tokenizer.to_vec()),
        (name::WEIGHTS, files.weights.to_vec()),
        (name::HEADS, json(serde_json::to_vec_pretty(heads))?),
        ("training.json", json(serde_json::to_vec_pretty(report))?),
    ];
    let mut ready = Vec::new();
    for (name, bytes) in parts {
        let mut file = tempfile::NamedTempFile::new_in(out).map_err(fail)?;
        std::io::Write::write_all(&mut file, &bytes).map_err(fail)?;
        ready.push((name, file));
    }
    for (name, file) in ready {
        file.persist(out.join(name)).map_err(|error| fail(error.error))?;
    }
    // What another network's neutral texts were is not this one's.
    match fs::remove_file(out.join(name::NEUTRAL)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(fail(error)),
        _ => Ok(()),
    }
}

/// How many behaviours have fewer training examples than `enough`, for a warning.
pub fn thin(report: &TrainReport, enough: usize) -> Vec<Behaviour> {
    let count = |sort: &str, behaviour: Behaviour| {
        report.examples.get(&format!("{sort} train {behaviour}")).copied().unwrap_or(0)
    };
    Behaviour::all().filter(|b| count("written", *b) + count("real", *b) < enough).collect()
}
