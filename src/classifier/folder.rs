//! A model folder: what is in it, how it is read and how it is written.
//!
//! `config.json`, `tokenizer.json` and `model.safetensors` are those of any BERT checkpoint of the
//! Hugging Face layout. `heads.json` is this program's own: which behaviours the classifier's outputs
//! stand for, how their logits become probabilities, and from which probability on one is found; `neutral.json`
//! tells which texts need not go through the network.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use include_dir::{Dir, include_dir};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bert::Config;
use super::calibration::{Calibration, Fusion};
use super::input::{FRAME, Limits};
use super::int8::{Matrix, Source};
use crate::taxonomy::Behaviour;

/// Why a model folder cannot be used.
#[derive(Debug, Error)]
#[error("{path}: {message}")]
pub struct ModelError {
    /// The file or folder.
    pub path: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

impl ModelError {
    pub(super) fn new(path: impl AsRef<Path>, message: impl ToString) -> ModelError {
        ModelError { path: path.as_ref().display().to_string(), message: message.to_string() }
    }
}

/// The files of a model folder, as bytes.
#[derive(Debug, Clone)]
pub struct Files<'a> {
    /// Where they come from, for messages.
    pub path: String,
    /// `config.json`
    pub config: std::borrow::Cow<'a, [u8]>,
    /// `tokenizer.json`
    pub tokenizer: std::borrow::Cow<'a, [u8]>,
    /// `model.safetensors`
    pub weights: std::borrow::Cow<'a, [u8]>,
    /// `heads.json`, where there is one.
    pub heads: Option<std::borrow::Cow<'a, [u8]>>,
    /// `neutral.json`, where there is one.
    pub neutral: Option<std::borrow::Cow<'a, [u8]>>,
}

/// The names of the files.
pub mod name {
    /// The encoder's shape.
    pub const CONFIG: &str = "config.json";
    /// The tokenizer.
    pub const TOKENIZER: &str = "tokenizer.json";
    /// The weights.
    pub const WEIGHTS: &str = "model.safetensors";
    /// What the outputs mean.
    pub const HEADS: &str = "heads.json";
    /// What need not go through the network.
    pub const NEUTRAL: &str = "neutral.json";
}

impl Files<'static> {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// When a file other than `heads.json` and `neutral.json` is missing or any cannot be read.
    pub fn read(folder: &Path) -> Result<Files<'static>, ModelError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => ModelError::new(
                    &path,
                    format!(
                        "not found; a model folder holds {}, {} and {}",
                        name::CONFIG,
                        name::TOKENIZER,
                        name::WEIGHTS
                    ),
                ),
                _ => ModelError::new(&path, error),
            })
        };
        let read_if_there = |name: &str| match folder.join(name).try_exists() {
            Ok(false) => Ok(None),
            _ => read(name).map(|bytes| Some(bytes.into())),
        };
        Ok(Files {
            path: folder.display().to_string(),
            config: read(name::CONFIG)?.into(),
            tokenizer: read(name::TOKENIZER)?.into(),
            weights: read(name::WEIGHTS)?.into(),
            heads: read_if_there(name::HEADS)?,
            neutral: read_if_there(name::NEUTRAL)?,
        })
    }
}

impl Files<'_> {
    /// The encoder's shape, and the names of the outputs where `config.json` gives them.
    ///
    /// # Errors
    ///
    /// When the file is no configuration of a BERT.
    pub fn config(&self) -> Result<(Config, Option<Vec<String>>), ModelError> {
        #[derive(Deserialize)]
        struct WithLabels {
            #[serde(flatten)]
            config: Config,
            id2label: Option<std::collections::BTreeMap<u32, String>>,
        }
        let path = Path::new(&self.path).join(name::CONFIG);
        let read: WithLabels =
            serde_json::from_slice(&self.config).map_err(|error| ModelError::new(&path, error))?;
        read.config.check().map_err(|reason| ModelError::new(&path, reason))?;
        let labels = read.id2label.map(|labels| labels.into_values().collect());
        Ok((read.config, labels))
    }

    /// What the outputs mean, where the folder says so.
    ///
    /// # Errors
    ///
    /// When the file is none of ours.
    pub fn heads(&self) -> Result<Option<Heads>, ModelError> {
        let Some(bytes) = &self.heads else { return Ok(None) };
        let path = Path::new(&self.path).join(name::HEADS);
        let heads: Heads =
            serde_json::from_slice(bytes).map_err(|error| ModelError::new(&path, error))?;
        heads.check().map_err(|reason| ModelError::new(&path, reason))?;
        Ok(Some(heads))
    }

    /// The tensors, as f32, by their names without a `bert.` in front.
    ///
    /// # Errors
    ///
    /// When the file is broken or holds a type that is not read.
    pub fn tensors(&self, device: &Device) -> Result<HashMap<String, Tensor>, ModelError> {
        let stored = self.stored()?;
        let mut tensors = HashMap::new();
        for (name, view) in stored.file.iter() {
            if name.ends_with(SCALE) || name.ends_with("position_ids") {
                continue;
            }
            let tensor = stored
                .values(name, &view)
                .and_then(|values| Tensor::from_vec(values, view.shape(), device))
                .map_err(|error| stored.fail(format!("{name}: {error}")))?;
            let name = name.strip_prefix("bert.").unwrap_or(name);
            tensors.insert(name.to_owned(), tensor);
        }
        Ok(tensors)
    }

    /// The weights as they are stored.
    ///
    /// # Errors
    ///
    /// When the file is broken.
    pub(super) fn stored(&self) -> Result<Stored<'_>, ModelError> {
        let path = Path::new(&self.path).join(name::WEIGHTS);
        match SafeTensors::deserialize(&self.weights) {
            Ok(file) => Ok(Stored { path, file }),
            Err(error) => Err(ModelError::new(path, error)),
        }
    }
}

/// The weights of a folder, by name.
pub(super) struct Stored<'a> {
    path: std::path::PathBuf,
    file: SafeTensors<'a>,
}

impl Stored<'_> {
    fn fail(&self, message: impl ToString) -> ModelError {
        ModelError::new(&self.path, message)
    }

    /// A tensor of the shape that the configuration gives it.
    fn view(&self, name: &str, shape: &[usize]) -> Result<(String, TensorView<'_>), ModelError> {
        let named = [name.to_owned(), format!("bert.{name}")];
        let found = named.into_iter().find_map(|name| self.file.tensor(&name).ok().zip(Some(name)));
        match found {
            None => Err(self.fail(format!("it has no tensor `{name}`"))),
            Some((view, _)) if view.shape() != shape => Err(self.fail(format!(
                "`{name}` has the shape {:?}, not {shape:?} as {} has it",
                view.shape(),
                name::CONFIG
            ))),
            Some((view, name)) => Ok((name, view)),
        }
    }

    /// A tensor's values, row by row.
    fn values(&self, name: &str, view: &TensorView) -> candle_core::Result<Vec<f32>> {
        let half = |dtype| {
            Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu)?
                .to_dtype(DType::F32)?
                .flatten_all()?
                .to_vec1()
        };
        let values = match view.dtype() {
            Dtype::I8 => dequantize(view, &self.scales(name, view)?),
            Dtype::F32 => floats(view.data()).collect(),
            Dtype::F16 => half(DType::F16)?,
            Dtype::BF16 => half(DType::BF16)?,
            other => {
                candle_core::bail!("it is {other:?}; F32, F16, BF16 and I8 with a scale are read")
            }
        };
        all_finite(values)
    }

    /// What the rows of a matrix of bytes are multiplied with.
    fn scales(&self, name: &str, view: &TensorView) -> candle_core::Result<Vec<f32>> {
        let scales = self.file.tensor(&format!("{name}{SCALE}"));
        let scales: Vec<_> = floats(scales.map_err(candle_core::Error::wrap)?.data()).collect();
        if view.shape().len() != 2 || scales.len() != view.shape()[0] {
            candle_core::bail!("{} scales for the shape {:?}", scales.len(), view.shape());
        }
        all_finite(scales)
    }
}

impl Source for Stored<'_> {
    type Error = ModelError;

    fn matrix(&mut self, name: &str, shape: [usize; 2]) -> Result<Matrix, ModelError> {
        let (name, view) = self.view(name, &shape)?;
        let matrix = || match view.dtype() {
            Dtype::I8 => {
                Ok(Matrix { values: view.data().to_vec(), scales: self.scales(&name, &view)? })
            }
            _ => {
                let (values, scales) = quantize(&self.values(&name, &view)?, shape[1]);
                candle_core::Result::Ok(Matrix { values, scales })
            }
        };
        matrix().map_err(|error| self.fail(format!("{name}: {error}")))
    }

    fn vector(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (name, view) = self.view(name, shape)?;
        self.values(&name, &view).map_err(|error| self.fail(format!("{name}: {error}")))
    }
}

/// The suffix of the tensor that scales a quantized one.
const SCALE: &str = ".scale";

/// The values, unless one is NaN or infinite: the fast path rounds such to a number and would hide it.
fn all_finite(values: Vec<f32>) -> candle_core::Result<Vec<f32>> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(values)
    } else {
        candle_core::bail!("it holds what is no number")
    }
}

/// Four bytes are a float; a file's end that makes none is no value.
fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four))
}

/// Values of eight bits and a scale a row.
fn dequantize(view: &TensorView, scales: &[f32]) -> Vec<f32> {
    let width = view.shape()[1].max(1);
    let rows = view.data().chunks_exact(width).zip(scales);
    rows.flat_map(|(row, scale)| row.iter().map(move |q| f32::from(*q as i8) * scale)).collect()
}

/// Eight bits a value: each row is scaled so that its largest value is 127.
fn quantize(values: &[f32], width: usize) -> (Vec<u8>, Vec<f32>) {
    let mut quantized = Vec::with_capacity(values.len());
    let mut scales = Vec::new();
    for row in values.chunks_exact(width) {
        let most = row.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = if most == 0.0 { 1.0 } else { most / 127.0 };
        scales.push(scale);
        quantized.extend(row.iter().map(|value| (value / scale).round() as i8 as u8));
    }
    (quantized, scales)
}

/// Serializes tensors as `model.safetensors`. With `small`, matrices of the encoder take eight bits
/// a value; vectors and the classifier's own layer stay as they are.
///
/// # Errors
///
/// When candle or the format refuses.
pub fn serialize(
    tensors: &HashMap<String, Tensor>,
    small: bool,
) -> Result<Vec<u8>, candle_core::Error> {
    let mut parts: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let mut names: Vec<_> = tensors.keys().collect();
    names.sort();
    for name in names {
        let tensor = &tensors[name];
        let shape = tensor.dims().to_vec();
        let values: Vec<f32> = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        if small && shape.len() == 2 && !name.starts_with("classifier") {
            let (quantized, scales) = quantize(&values, shape[1]);
            let scale = (format!("{name}{SCALE}"), Dtype::F32, vec![shape[0]], bytes(&scales));
            parts.push((name.clone(), Dtype::I8, shape, quantized));
            parts.push(scale);
        } else {
            parts.push((name.clone(), Dtype::F32, shape, bytes(&values)));
        }
    }
    let mut views = Vec::with_capacity(parts.len());
    for (name, dtype, shape, data) in &parts {
        let view =
            TensorView::new(*dtype, shape.clone(), data).map_err(candle_core::Error::wrap)?;
        views.push((name.as_str(), view));
    }
    safetensors::serialize(views, None).map_err(candle_core::Error::wrap)
}

/// What the outputs mean: `heads.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// `unsell.heads/1`
    pub schema: String,
    /// What reports call the model.
    pub name: String,
    /// How much of an utterance is read.
    pub input: Limits,
    /// The outputs, in the order of the taxonomy.
    pub behaviours: Vec<Head>,
    /// How the classifier and the lexicon make one score.
    pub fusion: Fusion,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The behaviour.
    pub id: Behaviour,
    /// How its logit becomes a probability, and from which on the classifier finds it alone.
    pub classifier: Calibration,
    /// From which fused probability on the detectors find it together.
    pub both: super::calibration::Threshold,
}

/// The version of `heads.json`.
pub const HEADS_SCHEMA: &str = "unsell.heads/1";

impl Heads {
    /// Whether an encoder of this shape can read as much as `input` says.
    pub(super) fn within(&self, config: &Config) -> Result<(), String> {
        let reads = self.input.prev + self.input.text + FRAME;
        match reads <= config.max_position_embeddings {
            true => Ok(()),
            false => Err(format!(
                "`input` reads {reads} tokens, and the model {}",
                config.max_position_embeddings
            )),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.schema != HEADS_SCHEMA {
            return Err(format!("`schema` is \"{}\", not \"{HEADS_SCHEMA}\"", self.schema));
        }
        if !self.behaviours.iter().map(|head| head.id).eq(Behaviour::all()) {
            return Err("`behaviours` must hold all 33, in the order of the taxonomy".to_owned());
        }
        if self.input.text < 8 || self.input.prev + self.input.text > 400 {
            return Err("`input` must read 8 tokens of text or more, 400 with `prev`".to_owned());
        }
        Ok(())
    }
}

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/models/unsell-minilm");

/// The files of the model that this program carries. The package of the registry leaves its weights out, for
/// they are larger than it takes; a program built from that carries none.
pub(super) fn builtin() -> Option<Files<'static>> {
    let file = |name| BUILT_IN.get_file(name).map(|file| file.contents().into());
    Some(Files {
        path: "models/unsell-minilm".to_owned(),
        config: file(name::CONFIG)?,
        tokenizer: file(name::TOKENIZER)?,
        weights: file(name::WEIGHTS)?,
        heads: file(name::HEADS),
        neutral: file(name::NEUTRAL),
    })
}
