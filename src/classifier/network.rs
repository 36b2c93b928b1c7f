//! The networks that can stand behind a classifier: the project's own forward pass, for the models that
//! `unsell train` writes, and candle-transformers' BERT, for any other checkpoint. Our own runs in eight bits;
//! off the CPU, on processors that the kernels do not know, for encoders of odd shapes and as the reference
//! of tests, it runs in 32.

use std::collections::HashMap;
use std::path::Path as FilePath;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config as StockConfig};

use super::PerBehaviour;
use super::bert::{Bert, Packed};
use super::calibration::{Calibration, Fusion, Threshold};
use super::folder::{Files, HEADS_SCHEMA, Head, Heads, ModelError, name};
use super::input::{Encoded, Limits};
use super::int8::{self, Int8, Matrix, Source};
use super::kernels::Path;
use super::ops::Dropout;
use crate::taxonomy::Behaviour;

/// An encoder and its output layer.
pub(super) enum Network {
    /// The average of the second segment's hidden states, and one layer.
    Own { encoder: Box<Int8>, path: Path },
    /// The same in 32 bits.
    Reference { bert: Box<Bert>, weight: Tensor, bias: Tensor, words: Matrix },
    /// A `BertForSequenceClassification`: the first token's hidden state, pooled, and one layer.
    Stock {
        bert: Box<BertModel>,
        pooler: Option<(Tensor, Tensor)>,
        weight: Tensor,
        bias: Tensor,
        outputs: Vec<Option<Behaviour>>,
    },
}

pub(super) struct Loaded {
    pub network: Network,
    pub heads: Heads,
    pub vocabulary: usize,
}

/// In how many bits our own network runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bits {
    Eight,
    ThirtyTwo,
}

pub(super) fn load(files: &Files, device: &Device, bits: Bits) -> Result<Loaded, ModelError> {
    let (config, labels) = files.config()?;
    let heads = files.heads()?;
    let vocabulary = config.vocab_size;
    if let Some(heads) = &heads {
        heads.within(&config).map_err(|reason| {
            ModelError::new(FilePath::new(&files.path).join(name::HEADS), reason)
        })?;
        let path = Path::best().filter(|_| device.is_cpu() && int8::fits(&config));
        if let Some(path) = path.filter(|_| bits == Bits::Eight) {
            let encoder = Box::new(Int8::new(&config, &mut files.stored()?)?);
            let network = Network::Own { encoder, path };
            return Ok(Loaded { network, heads: heads.clone(), vocabulary });
        }
    }
    let tensors = files.tensors(device)?;
    let weights = FilePath::new(&files.path).join(name::WEIGHTS);
    let mut take = |name: &str, shape: &[usize]| -> candle_core::Result<Tensor> {
        match tensors.get(name) {
            None => candle_core::bail!("it has no tensor `{name}`"),
            Some(tensor) if tensor.dims() != shape => candle_core::bail!(
                "`{name}` has the shape {:?}, not {shape:?} as {} has it",
                tensor.dims(),
                name::CONFIG
            ),
            Some(tensor) => Ok(tensor.clone()),
        }
    };
    let width = config.hidden_size;
    if let Some(heads) = heads {
        let words = [vocabulary, width];
        let words = files.stored()?.matrix("embeddings.word_embeddings.weight", words)?;
        let network = (|| {
            Ok::<_, candle_core::Error>(Network::Reference {
                weight: take("classifier.weight", &[Behaviour::COUNT, width])?,
                bias: take("classifier.bias", &[Behaviour::COUNT])?,
                bert: Box::new(Bert::new(&config, &mut take)?),
                words,
            })
        })();
        let network = network.map_err(|error| ModelError::new(&weights, error))?;
        return Ok(Loaded { network, heads, vocabulary });
    }
    let outputs = outputs(labels.as_deref())
        .and_then(|outputs| match config.prev_layers {
            None => Ok(outputs),
            Some(_) => Err("`prev_layers` is read only beside a heads.json, which \
                            `unsell train --base` writes"
                .to_owned()),
        })
        .map_err(|reason| ModelError::new(FilePath::new(&files.path).join(name::CONFIG), reason))?;
    let network = (|| {
        let weight = take("classifier.weight", &[outputs.len(), width])?;
        let bias = take("classifier.bias", &[outputs.len()])?;
        let pooler = match take("pooler.dense.weight", &[width, width]) {
            Ok(weight) => Some((weight, take("pooler.dense.bias", &[width])?)),
            Err(_) => None,
        };
        let bert = Box::new(stock(files, tensors.clone(), device)?);
        Ok::<_, candle_core::Error>(Network::Stock { bert, pooler, weight, bias, outputs })
    })();
    let network = network.map_err(|error| ModelError::new(&weights, error))?;
    Ok(Loaded {
        network,
        heads: plain_heads(&files.path, Limits::within(config.max_position_embeddings)),
        vocabulary,
    })
}

/// candle-transformers' own model of the tensors.
pub(super) fn stock(
    files: &Files,
    tensors: HashMap<String, Tensor>,
    device: &Device,
) -> candle_core::Result<BertModel> {
    let config: StockConfig =
        serde_json::from_slice(&files.config).map_err(candle_core::Error::wrap)?;
    BertModel::load(VarBuilder::from_tensors(tensors, DType::F32, device), &config)
}

/// Which behaviour each output of a checkpoint is for.
fn outputs(labels: Option<&[String]>) -> Result<Vec<Option<Behaviour>>, String> {
    let wanted = "a checkpoint is used as a classifier where `id2label` names behaviours, such as \
                  \"0\": \"pressure\"; `unsell train --base` makes one of a bare encoder";
    let labels = labels.ok_or_else(|| format!("it has no `id2label`; {wanted}"))?;
    let outputs: Vec<_> = labels
        .iter()
        .map(|label| {
            let label = label.to_lowercase().replace(['_', ' '], "-");
            Behaviour::all().find(|behaviour| behaviour.id() == label)
        })
        .collect();
    if outputs.iter().all(Option::is_none) {
        return Err(format!("none of its labels is a behaviour; {wanted}"));
    }
    Ok(outputs)
}

/// The heads of a checkpoint that says nothing of them: even odds are enough, by the name of its folder.
fn plain_heads(path: &str, input: Limits) -> Heads {
    let name =
        FilePath::new(path).file_name().map_or("model".into(), |name| name.to_string_lossy());
    Heads {
        schema: HEADS_SCHEMA.to_owned(),
        name: name.into_owned(),
        input,
        behaviours: Behaviour::all()
            .map(|id| Head {
                id,
                classifier: Calibration::RAW,
                both: Threshold { known: 0.5, unknown: 0.5 },
            })
            .collect(),
        fusion: Fusion::CLASSIFIER,
    }
}

impl Network {
    /// Tries the network with some texts, from which it takes what it needs to know beforehand.
    pub fn settle(&mut self, texts: &[&Encoded], device: &Device) -> candle_core::Result<()> {
        if let Network::Own { encoder, path } = self {
            encoder.settle(*path, texts).map_err(candle_core::Error::msg)?;
        }
        self.logits(texts, device).map(|_| ())
    }

    /// The vectors of words, in our own networks.
    pub fn words(&self) -> Option<&Matrix> {
        match self {
            Network::Own { encoder, .. } => Some(encoder.words()),
            Network::Reference { words, .. } => Some(words),
            Network::Stock { .. } => None,
        }
    }

    /// The outputs for each text, in order.
    pub fn logits(
        &self,
        texts: &[&Encoded],
        device: &Device,
    ) -> candle_core::Result<Vec<PerBehaviour>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Network::Own { encoder, path } => {
                encoder.logits(*path, texts).map_err(candle_core::Error::msg)
            }
            Network::Reference { bert, weight, bias, .. } => {
                let parts = texts.iter().map(|text| (text.ids.as_slice(), text.second));
                let batch = Packed::new(parts, device)?;
                let hidden = bert.forward(&batch, Dropout::NONE)?;
                let pooled = batch.pooling.matmul(&hidden)?;
                let logits = pooled.matmul(&weight.t()?)?.broadcast_add(bias)?;
                let rows = logits.to_vec2::<f32>()?;
                let mut outputs = vec![[0.0; Behaviour::COUNT]; rows.len()];
                for (output, row) in outputs.iter_mut().zip(rows) {
                    output.copy_from_slice(&row);
                }
                Ok(outputs)
            }
            Network::Stock { bert, pooler, weight, bias, outputs } => {
                let (ids, segments, mask) = padded(texts, device)?;
                let hidden = bert.forward(&ids, &segments, Some(&mask))?;
                let mut first = hidden.narrow(1, 0, 1)?.squeeze(1)?;
                if let Some((weight, bias)) = pooler {
                    first = first.matmul(&weight.t()?)?.broadcast_add(bias)?.tanh()?;
                }
                let logits = first.matmul(&weight.t()?)?.broadcast_add(bias)?;
                let mut all = Vec::with_capacity(texts.len());
                for row in logits.to_vec2::<f32>()? {
                    // What it has no output for, it never finds.
                    let mut values = [f32::NEG_INFINITY; Behaviour::COUNT];
                    for (behaviour, value) in outputs.iter().zip(row) {
                        if let Some(behaviour) = behaviour {
                            values[behaviour.index()] = value;
                        }
                    }
                    all.push(values);
                }
                Ok(all)
            }
        }
    }
}

/// Texts as padded rows: ids, segments, and 1 where there is a token; each [texts, longest].
pub(super) fn padded(
    texts: &[&Encoded],
    device: &Device,
) -> candle_core::Result<(Tensor, Tensor, Tensor)> {
    let longest = texts.iter().map(|text| text.ids.len()).max().unwrap_or(0);
    let shape = (texts.len(), longest);
    let (mut ids, mut segments, mut mask) = (Vec::new(), Vec::new(), Vec::new());
    for text in texts {
        for at in 0..longest {
            ids.push(text.ids.get(at).copied().unwrap_or(0));
            segments.push(u32::from(at >= text.second && at < text.ids.len()));
            mask.push(u32::from(at < text.ids.len()));
        }
    }
    Ok((
        Tensor::from_vec(ids, shape, device)?,
        Tensor::from_vec(segments, shape, device)?,
        Tensor::from_vec(mask, shape, device)?,
    ))
}
