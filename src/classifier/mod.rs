//! The classifier: a small BERT encoder with one output for each behaviour.
//!
//! It hears what wordings alone do not give away. It reads an utterance together with who speaks and
//! with what was said before, runs on the CPU without any network, and says for each behaviour how
//! likely it is. `unsell train` makes one; a folder is loaded by [`Classifier::load`].

pub mod bert;
pub mod calibration;
pub mod folder;
pub mod input;
mod int8;
mod kernels;
mod network;
mod neutral;
pub mod ops;
#[cfg(test)]
mod tests;

use std::path::Path;

use candle_core::Device;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::detector::{Detector, role_of};
use crate::finding::{Evidence, Finding};
use crate::labels::{Labeller, Labelling, Said};
use crate::taxonomy::{Behaviour, Role};
use crate::text::{Document, Window};
use crate::transcript::Transcript;
use folder::{Files, Heads, ModelError};
use input::{Encoded, Encoder};
use network::{Bits, Network};
use neutral::Neutral;

/// Tokens that go through the network together: as many as leave its weights near while they pass. A batch
/// has one text at least.
const TOKENS: usize = 384;
/// And texts, which some of the networks pad.
const TEXTS: usize = 48;

/// What a network is tried with when it is loaded: what was said before, and then.
const PROBES: [[&str; 2]; 4] = [
    ["", "Okay, that is fine."],
    ["How many of the crates came back last week?", "Nineteen, and two of those were empty."],
    [
        "We could move it to Thursday.",
        "I would rather hear what the night shift makes of it first.",
    ],
    ["", "So, uh, the invoice went out on the 3rd; did anybody call them about it?"],
];

/// The log odds of every behaviour in what is clearly neutral.
const SETTLED: f32 = -8.0;

/// One value for each behaviour, in the order of the taxonomy.
pub type PerBehaviour = [f32; Behaviour::COUNT];

/// A trained model.
pub struct Classifier {
    name: String,
    encoder: Encoder,
    network: Network,
    /// What settles the clearly neutral before it.
    neutral: Option<Neutral>,
    heads: Heads,
    device: Device,
}

impl Classifier {
    /// Loads a model folder: one that `unsell train` wrote, or any BERT checkpoint for sequence
    /// classification whose labels are behaviours.
    ///
    /// # Errors
    ///
    /// What is missing or wrong in the folder.
    pub fn load(folder: &Path) -> Result<Classifier, ModelError> {
        Classifier::from_files(&Files::read(folder)?)
    }

    /// The model that this program carries.
    ///
    /// # Errors
    ///
    /// When it carries none, as [`Classifier::is_built_in`] tells.
    pub fn builtin() -> Result<Classifier, ModelError> {
        let missing =
            "this program was built without its weights; name a model folder with --model";
        let files = folder::builtin()
            .ok_or_else(|| ModelError::new(Path::new("models/unsell-minilm"), missing))?;
        Classifier::from_files(&files)
    }

    /// Whether this program carries a model. One built from the package of the registry does not.
    pub fn is_built_in() -> bool {
        folder::builtin().is_some()
    }

    /// Makes a classifier of a folder's files.
    ///
    /// # Errors
    ///
    /// What is missing or wrong in them.
    pub fn from_files(files: &Files) -> Result<Classifier, ModelError> {
        Classifier::with(files, Bits::Eight)
    }

    /// The same in 32 bits, as `unsell train` runs it: slower, and what the fast one is measured against.
    ///
    /// # Errors
    ///
    /// As [`Classifier::from_files`].
    pub fn reference(files: &Files) -> Result<Classifier, ModelError> {
        Classifier::with(files, Bits::ThirtyTwo)
    }

    fn with(files: &Files, bits: Bits) -> Result<Classifier, ModelError> {
        let device = device();
        let loaded = network::load(files, &device, bits)?;
        let tokenizer = Path::new(&files.path).join(folder::name::TOKENIZER);
        let encoder = Encoder::from_bytes(&files.tokenizer, loaded.heads.input)
            .map_err(|reason| ModelError::new(&tokenizer, reason))?;
        if encoder.vocabulary() > loaded.vocabulary {
            return Err(ModelError::new(
                &tokenizer,
                format!(
                    "it knows {} tokens and the model only {}",
                    encoder.vocabulary(),
                    loaded.vocabulary
                ),
            ));
        }
        let weights = hex(&Sha256::digest(&files.weights));
        let neutral = files
            .neutral
            .as_deref()
            .map(|json| {
                let words = loaded.network.words();
                let words = words.ok_or("it goes with a model that `unsell train` wrote only")?;
                Neutral::read(json, &weights, words.width())
            })
            .transpose()
            .map_err(|reason| {
                ModelError::new(Path::new(&files.path).join(folder::name::NEUTRAL), reason)
            })?;
        let mut hash = Sha256::new();
        for part in [&*files.config, &files.tokenizer, weights.as_bytes()] {
            hash.update(part);
        }
        for part in [&files.heads, &files.neutral] {
            hash.update(part.as_deref().unwrap_or_default());
        }
        let hash = hex(&hash.finalize()[..6]);
        // Whatever does not fit together shows in the first texts, not in the middle of a run.
        let mut network = loaded.network;
        let probes: Vec<_> = PROBES
            .iter()
            .map(|[prev, text]| encoder.encode(Said { role: Role::Unknown, prev, text }))
            .collect::<Result<_, _>>()
            .map_err(|reason| ModelError::new(&tokenizer, reason))?;
        network
            .settle(&probes.iter().collect::<Vec<_>>(), &device)
            .map_err(|error| ModelError::new(&files.path, error))?;
        Ok(Classifier {
            name: format!("{}@{hash}", loaded.heads.name),
            encoder,
            network,
            neutral,
            heads: loaded.heads,
            device,
        })
    }

    /// The same without what settles the clearly neutral: all texts go through the network.
    pub fn whole(self) -> Classifier {
        Classifier { neutral: None, ..self }
    }

    /// Its name and the start of a hash of its files, as reports tell it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its outputs mean.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The raw outputs for each utterance, in order. Utterances are cut to the model's limits;
    /// [`Classifier::log_odds`] reads long ones in windows.
    pub fn logits(&self, said: &[Said]) -> Vec<PerBehaviour> {
        let outputs = self.answers(said, |_| true).into_iter();
        outputs.map(|output| output.unwrap_or([f32::NEG_INFINITY; Behaviour::COUNT])).collect()
    }

    /// The raw outputs for each utterance that is not clearly neutral, or that is `wanted` all the same.
    fn answers(
        &self,
        said: &[Said],
        wanted: impl Fn(usize) -> bool + Sync,
    ) -> Vec<Option<PerBehaviour>> {
        // It cannot fail: shapes do not depend on the text, and the folder was tried when loaded.
        self.try_answers(said, wanted).unwrap_or_else(|_| vec![None; said.len()])
    }

    fn try_answers(
        &self,
        said: &[Said],
        wanted: impl Fn(usize) -> bool + Sync,
    ) -> Result<Vec<Option<PerBehaviour>>, String> {
        let encode = |(at, said): (usize, &Said)| {
            let text = self.encoder.encode(*said)?;
            let settled = || {
                let parts = self.neutral.as_ref().zip(self.network.words());
                parts.is_some_and(|(neutral, words)| neutral.is_sure_of(&text, words))
            };
            Ok((wanted(at) || !settled()).then_some(text))
        };
        let encoded: Vec<Option<Encoded>> =
            said.par_iter().enumerate().map(encode).collect::<Result<_, String>>()?;
        // What reads the same is heard once.
        let mut known = FxHashMap::default();
        let mut texts = Vec::new();
        let mut place_of = |text| {
            *known.entry(text).or_insert_with(|| {
                texts.push(text);
                texts.len() - 1
            })
        };
        let places: Vec<Option<usize>> =
            encoded.iter().map(|text| text.as_ref().map(&mut place_of)).collect();
        let outputs = self.heard(&texts)?;
        Ok(places.into_iter().map(|place| place.map(|place| outputs[place])).collect())
    }

    /// The outputs for each text, in order, worked out in batches of about the same length.
    fn heard(&self, texts: &[&Encoded]) -> Result<Vec<PerBehaviour>, String> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(texts[*at].ids.len()));
        let batches = batches(&order, |at| texts[at].ids.len());
        let outputs: Vec<_> = batches
            .into_par_iter()
            .map(|batch| {
                let texts: Vec<_> = batch.iter().map(|at| texts[*at]).collect();
                self.network.logits(&texts, &self.device).map_err(|error| error.to_string())
            })
            .collect::<Result<_, _>>()?;
        let mut all = vec![[0.0; Behaviour::COUNT]; texts.len()];
        for (at, output) in order.into_iter().zip(outputs.into_iter().flatten()) {
            all[at] = output;
        }
        Ok(all)
    }

    /// The calibrated log odds of each behaviour in each text; a long text has of each behaviour what
    /// the strongest of its windows has.
    ///
    /// All texts go through the network, since scores are asked for, by which the neutral are ranked too.
    pub fn log_odds(&self, said: &[Said]) -> Vec<PerBehaviour> {
        let documents: Vec<_> = said.iter().map(|said| Document::of_text(said.text)).collect();
        let mut owners = Vec::new();
        let mut utterances = Vec::new();
        for (at, (said, document)) in said.iter().zip(&documents).enumerate() {
            for window in document.windows_of(0, said.text) {
                owners.push(at);
                utterances.push(in_window(said.role, said.prev, said.text, &window));
            }
        }
        let mut best = vec![[f32::NEG_INFINITY; Behaviour::COUNT]; said.len()];
        let answers = self.answers(&utterances, |_| true);
        for ((owner, utterance), answer) in owners.iter().zip(&utterances).zip(answers) {
            let log_odds = self.calibrated(answer, utterance.role);
            for (best, value) in best[*owner].iter_mut().zip(log_odds) {
                *best = best.max(value);
            }
        }
        best
    }

    /// Log odds from raw outputs, or those of what is settled without.
    fn calibrated(&self, answer: Option<PerBehaviour>, role: Role) -> PerBehaviour {
        let Some(mut log_odds) = answer else { return [SETTLED; Behaviour::COUNT] };
        for (value, head) in log_odds.iter_mut().zip(&self.heads.behaviours) {
            *value = head.classifier.log_odds(*value, role);
        }
        log_odds
    }

    /// The calibrated log odds in every window of the turns of people who are judged. Windows that are clearly
    /// neutral do not go through the network, unless they are `wanted` all the same, by turn.
    pub fn hear(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[Role],
        wanted: impl Fn(usize, &Window) -> bool + Sync,
    ) -> Vec<Heard> {
        let mut heard = Vec::new();
        let mut utterances = Vec::new();
        let mut before = "";
        for (at, turn) in transcript.turns.iter().enumerate() {
            let role = role_of(roles, turn.speaker);
            if role.judged() {
                for window in document.windows_of(at, &turn.text) {
                    utterances.push(in_window(role, before, &turn.text, &window));
                    heard.push(Heard { turn: at, role, window, log_odds: [0.0; Behaviour::COUNT] });
                }
            }
            before = &turn.text;
        }
        let answers = self.answers(&utterances, |at| wanted(heard[at].turn, &heard[at].window));
        for (heard, answer) in heard.iter_mut().zip(answers) {
            heard.log_odds = self.calibrated(answer, heard.role);
        }
        heard
    }

    /// Where in a window of several utterances a behaviour is: the utterance that has most of it when
    /// heard alone. Answers in the order of the questions.
    pub fn locate(
        &self,
        transcript: &Transcript,
        document: &Document,
        wanted: &[(&Heard, Behaviour)],
    ) -> Vec<std::ops::Range<usize>> {
        let mut owners = Vec::new();
        let mut utterances = Vec::new();
        let mut best: Vec<_> = wanted
            .iter()
            .map(|(heard, _)| (f32::NEG_INFINITY, heard.window.span.clone()))
            .collect();
        for (at, (heard, behaviour)) in wanted.iter().enumerate() {
            if heard.window.utterances.len() < 2 {
                continue;
            }
            let text = &transcript.turns[heard.turn].text;
            for utterance in &document.utterances_of(heard.turn)[heard.window.utterances.clone()] {
                let span = utterance.span.start as usize..utterance.span.end as usize;
                let alone = Window { span: span.clone(), utterances: 0..1 };
                owners.push((at, *behaviour, span));
                utterances.push(in_window(heard.role, "", text, &alone));
            }
        }
        for ((at, behaviour, span), logits) in owners.into_iter().zip(self.logits(&utterances)) {
            let value = logits[behaviour.index()];
            if value > best[at].0 {
                best[at] = (value, span);
            }
        }
        best.into_iter().map(|(_, span)| span).collect()
    }
}

/// Cuts a list of texts into batches.
fn batches(order: &[usize], tokens: impl Fn(usize) -> usize) -> Vec<&[usize]> {
    let (mut batches, mut first, mut sum) = (Vec::new(), 0, 0);
    for (place, at) in order.iter().enumerate() {
        let more = tokens(*at);
        if place > first && (sum + more > TOKENS || place - first == TEXTS) {
            batches.push(&order[first..place]);
            (first, sum) = (place, 0);
        }
        sum += more;
    }
    if first < order.len() {
        batches.push(&order[first..]);
    }
    batches
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the classifier heard in a window.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Index of the turn.
    pub turn: usize,
    /// The role it was said in.
    pub role: Role,
    /// Which part of the turn.
    pub window: Window,
    /// Calibrated log odds of each behaviour.
    pub log_odds: PerBehaviour,
}

/// The window of a turn as the encoder wants it: what stands before it in the turn is what was said
/// before, and for the first window what the turn answers.
fn in_window<'a>(role: Role, before: &'a str, text: &'a str, window: &Window) -> Said<'a> {
    let start = text[..window.span.start].trim();
    let prev = if start.is_empty() { before } else { start };
    Said { role, prev, text: &text[window.span.clone()] }
}

/// The fastest device that this build can use.
fn device() -> Device {
    if cfg!(feature = "cuda") {
        return Device::cuda_if_available(0).unwrap_or(Device::Cpu);
    }
    if cfg!(feature = "metal") {
        return Device::new_metal(0).unwrap_or(Device::Cpu);
    }
    Device::Cpu
}

impl Labeller for Classifier {
    fn name(&self) -> &str {
        "classifier"
    }

    fn label(&self, said: &[Said]) -> Vec<Labelling> {
        let labelled = self.log_odds(said).into_iter().zip(said);
        labelled
            .map(|(log_odds, said)| {
                let mut labelling = Labelling::default();
                for (head, log_odds) in self.heads.behaviours.iter().zip(log_odds) {
                    let score = calibration::logistic(log_odds);
                    labelling.scores[head.id.index()] = score;
                    if score >= head.classifier.threshold.of(said.role) {
                        labelling.labels.push(head.id);
                        labelling.evidence.push((head.id, Evidence::Classifier { score }));
                    }
                }
                labelling.judged(said.role)
            })
            .collect()
    }
}

impl Detector for Classifier {
    fn detect(&self, transcript: &Transcript, document: &Document, roles: &[Role]) -> Vec<Finding> {
        let heard = self.hear(transcript, document, roles, |_, _| false);
        let mut found = Vec::new();
        for heard in &heard {
            for head in &self.heads.behaviours {
                let score = calibration::logistic(heard.log_odds[head.id.index()]);
                if heard.role.judged_on(head.id.axis())
                    && score >= head.classifier.threshold.of(heard.role)
                {
                    found.push((heard, head.id, score));
                }
            }
        }
        let wanted: Vec<_> =
            found.iter().map(|(heard, behaviour, _)| (*heard, *behaviour)).collect();
        let spans = self.locate(transcript, document, &wanted);
        found
            .into_iter()
            .zip(spans)
            .map(|((heard, behaviour, score), span)| Finding {
                turn: heard.turn,
                span,
                behaviour,
                score,
                evidence: vec![Evidence::Classifier { score }],
                instead: String::new(),
                taken_back: None,
            })
            .collect()
    }
}
