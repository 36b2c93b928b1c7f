//! A BERT encoder over packed batches, for inference and for training.
//!
//! The arithmetic is that of Devlin and others, *BERT: Pre-training of Deep Bidirectional
//! Transformers for Language Understanding* (2019), post-norm and with absolute positions. Golden
//! tests hold it against candle-transformers and against values computed elsewhere. It is written
//! here because candle's own has no dropout and pads every text of a batch to the longest.

use candle_core::{Device, Result, Tensor, bail};
use serde::{Deserialize, Serialize};

use super::ops::{self, Bounds, Dropout};

/// What `config.json` tells of a BERT encoder. Other keys are let be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The kind of model; only `bert` is read.
    #[serde(default = "bert")]
    pub model_type: String,
    /// The kind of position embeddings; only `absolute` is read.
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
    /// The activation; only `gelu` is read.
    pub hidden_act: String,
    /// Tokens known.
    pub vocab_size: usize,
    /// Values per token.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer.
    pub num_attention_heads: usize,
    /// Values per token inside a layer's feed-forward part.
    pub intermediate_size: usize,
    /// The longest input.
    pub max_position_embeddings: usize,
    /// Segments told apart.
    pub type_vocab_size: usize,
    /// Keeps layer normalization from dividing by nothing.
    pub layer_norm_eps: f32,
    /// So many layers work on the first segment, what was said before; the others read it as these leave it.
    /// All of them, where nothing is said. No other project's checkpoint has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev_layers: Option<usize>,
}

fn bert() -> String {
    "bert".to_owned()
}

fn absolute() -> String {
    "absolute".to_owned()
}

impl Config {
    /// Whether this reader can run such a model, and if not, why.
    ///
    /// # Errors
    ///
    /// The reason.
    pub fn check(&self) -> std::result::Result<(), String> {
        for (key, value, wanted) in [
            ("model_type", &self.model_type, "bert"),
            ("position_embedding_type", &self.position_embedding_type, "absolute"),
            ("hidden_act", &self.hidden_act, "gelu"),
        ] {
            if value != wanted {
                return Err(format!("`{key}` is \"{value}\"; only \"{wanted}\" is read"));
            }
        }
        if self.num_attention_heads == 0
            || !self.hidden_size.is_multiple_of(self.num_attention_heads)
        {
            return Err(format!(
                "`hidden_size` {} is no multiple of `num_attention_heads` {}",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if self.num_hidden_layers == 0 {
            return Err("`num_hidden_layers` is 0; there must be one at least".into());
        }
        if self.prev_layers.is_some_and(|layers| layers > self.num_hidden_layers) {
            return Err(format!(
                "`prev_layers` is more than the {} layers",
                self.num_hidden_layers
            ));
        }
        if self.type_vocab_size < 2 {
            return Err("`type_vocab_size` must be 2 or more: an input has two segments".into());
        }
        Ok(())
    }
}

/// Texts as token ids, one after another.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Token ids, `[tokens]`.
    pub ids: Tensor,
    /// The place of each token in its text, `[tokens]`.
    pub places: Tensor,
    /// The segment of each token, 0 or 1, `[tokens]`.
    pub segments: Tensor,
    /// Where texts begin and end.
    pub bounds: Bounds,
    /// Averages the second segment of each text, `[texts, tokens]`.
    pub pooling: Tensor,
}

impl Packed {
    /// Packs texts; each is its ids and where its second segment begins.
    ///
    /// # Errors
    ///
    /// When candle refuses.
    pub fn new<'a>(
        texts: impl IntoIterator<Item = (&'a [u32], usize)>,
        device: &Device,
    ) -> Result<Packed> {
        let (mut ids, mut places, mut segments) = (Vec::new(), Vec::new(), Vec::new());
        let mut bounds = vec![0];
        let mut starts = Vec::new();
        for (text, second) in texts {
            starts.push(ids.len() + second);
            ids.extend_from_slice(text);
            places.extend(0..text.len() as u32);
            segments.extend((0..text.len()).map(|at| u32::from(at >= second)));
            bounds.push(ids.len());
        }
        let tokens = ids.len();
        let mut pooling = vec![0.0_f32; starts.len() * tokens];
        for (row, start) in starts.iter().enumerate() {
            let end = bounds[row + 1];
            let share = 1.0 / (end - start) as f32;
            pooling[row * tokens..][*start..end].fill(share);
        }
        Ok(Packed {
            ids: Tensor::from_vec(ids, tokens, device)?,
            places: Tensor::from_vec(places, tokens, device)?,
            segments: Tensor::from_vec(segments, tokens, device)?,
            pooling: Tensor::from_vec(pooling, (starts.len(), tokens), device)?,
            bounds: bounds.into(),
        })
    }
}

/// Hands out a tensor by its name and the shape that it must have.
pub type Get<'a> = &'a mut dyn FnMut(&str, &[usize]) -> Result<Tensor>;

struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    fn new(name: &str, into: usize, from: usize, get: Get) -> Result<Linear> {
        Ok(Linear {
            weight: get(&format!("{name}.weight"), &[into, from])?,
            bias: get(&format!("{name}.bias"), &[into])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::linear(x, &self.weight, &self.bias)
    }
}

struct Norm {
    gain: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl Norm {
    fn new(name: &str, width: usize, epsilon: f32, get: Get) -> Result<Norm> {
        Ok(Norm {
            gain: get(&format!("{name}.weight"), &[width])?,
            bias: get(&format!("{name}.bias"), &[width])?,
            epsilon,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        ops::layer_norm(x, &self.gain, &self.bias, self.epsilon)
    }
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: Norm,
    inner: Linear,
    outer: Linear,
    outer_norm: Norm,
}

/// The encoder.
pub struct Bert {
    words: Tensor,
    positions: Tensor,
    segments: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
    /// As [`Config::prev_layers`].
    prev_layers: usize,
    heads: usize,
}

impl Bert {
    /// Builds an encoder from its tensors, asked for by the names that Hugging Face checkpoints use
    /// (without a `bert.` in front) and with the shape that the configuration gives them.
    ///
    /// # Errors
    ///
    /// Those of `get`.
    pub fn new(config: &Config, get: Get) -> Result<Bert> {
        let width = config.hidden_size;
        let inner = config.intermediate_size;
        let epsilon = config.layer_norm_eps;
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        for at in 0..config.num_hidden_layers {
            let mut linear = |part: &str, into: usize, from: usize| {
                Linear::new(&format!("encoder.layer.{at}.{part}"), into, from, get)
            };
            let (query, key, value, attended, inner, outer) = (
                linear("attention.self.query", width, width)?,
                linear("attention.self.key", width, width)?,
                linear("attention.self.value", width, width)?,
                linear("attention.output.dense", width, width)?,
                linear("intermediate.dense", inner, width)?,
                linear("output.dense", width, inner)?,
            );
            let mut norm = |part: &str| {
                Norm::new(&format!("encoder.layer.{at}.{part}.LayerNorm"), width, epsilon, get)
            };
            let (attended_norm, outer_norm) = (norm("attention.output")?, norm("output")?);
            layers.push(Layer {
                query,
                key,
                value,
                attended,
                attended_norm,
                inner,
                outer,
                outer_norm,
            });
        }
        let embedding = |part: &str| format!("embeddings.{part}_embeddings.weight");
        Ok(Bert {
            words: get(&embedding("word"), &[config.vocab_size, width])?,
            positions: get(&embedding("position"), &[config.max_position_embeddings, width])?,
            segments: get(&embedding("token_type"), &[config.type_vocab_size, width])?,
            norm: Norm::new("embeddings.LayerNorm", width, epsilon, get)?,
            layers,
            prev_layers: config.prev_layers.unwrap_or(config.num_hidden_layers),
            heads: config.num_attention_heads,
        })
    }

    /// The hidden states, `[tokens, width]`, of the last layer.
    ///
    /// # Errors
    ///
    /// When an id is out of range or candle refuses.
    pub fn forward(&self, batch: &Packed, dropout: Dropout) -> Result<Tensor> {
        if batch.ids.elem_count() == 0 {
            bail!("a batch without tokens");
        }
        let words = self.words.index_select(&batch.ids, 0)?;
        let positions = self.positions.index_select(&batch.places, 0)?;
        let segments = self.segments.index_select(&batch.segments, 0)?;
        let x = self.norm.forward(&((words + positions)? + segments)?)?;
        let mut x = ops::dropout(&x, dropout)?;
        for (at, layer) in self.layers.iter().enumerate() {
            let dropout = dropout.stream(1 + at as u32);
            let next = layer.forward(&x, &batch.bounds, self.heads, dropout)?;
            x = if at < self.prev_layers {
                next
            } else {
                let second = batch.segments.unsqueeze(1)?.broadcast_as(x.shape())?;
                second.where_cond(&next, &x)?
            };
        }
        Ok(x)
    }
}

impl Layer {
    fn forward(
        &self,
        x: &Tensor,
        bounds: &Bounds,
        heads: usize,
        dropout: Dropout,
    ) -> Result<Tensor> {
        let (q, k, v) = (self.query.forward(x)?, self.key.forward(x)?, self.value.forward(x)?);
        let attended = ops::attention([&q, &k, &v], bounds, heads, dropout.stream(1))?;
        let attended = self.attended.forward(&attended)?;
        let x = ops::add_dropped(x, &attended, dropout.stream(2))?;
        let x = self.attended_norm.forward(&x)?;
        let inner = ops::gelu(&self.inner.forward(&x)?)?;
        let outer = self.outer.forward(&inner)?;
        self.outer_norm.forward(&ops::add_dropped(&x, &outer, dropout.stream(3))?)
    }
}
