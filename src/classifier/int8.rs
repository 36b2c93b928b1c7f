//! The encoder in eight bits, as it runs where nothing is trained.
//!
//! The weights stay as the file holds them, a scale a row; what goes into a matrix product is turned into
//! bytes token by token, from the token's smallest value to its largest. Sums are whole numbers, and the
//! rest is done row by row, so that what is heard of a text does not hang on its company. [`super::bert`]
//! is the same network in 32 bits, and what this one is tested against.

use super::PerBehaviour;
use super::bert::Config;
use super::input::Encoded;
use super::kernels::{
    Attention, Buffer, LANES, Lanes, Level, Norm, Path, ROWS, Weights, Work, add_and_normalize,
    attend, embed, gelu_and_quantize, quantize, spread, total,
};
use crate::taxonomy::Behaviour;

/// Rows that pass through a layer's parts while its weights stay near.
const BLOCK: usize = 2 * ROWS;

/// A matrix of signed bytes with a scale a row.
pub struct Matrix {
    /// Row by row.
    pub values: Vec<u8>,
    /// What each row is multiplied with.
    pub scales: Vec<f32>,
}

impl Matrix {
    fn width(&self) -> usize {
        self.values.len() / self.scales.len().max(1)
    }

    fn row(&self, at: usize) -> (&[u8], f32) {
        (&self.values[at * self.width()..][..self.width()], self.scales[at])
    }
}

/// Hands out the weights by the names that Hugging Face checkpoints use, without a `bert.` in front.
pub trait Source {
    /// What a weight that is not there, or has another shape, is answered with.
    type Error;
    /// A matrix of so many rows and columns.
    fn matrix(&mut self, name: &str, shape: [usize; 2]) -> Result<Matrix, Self::Error>;
    /// The values of a tensor of this shape, in 32 bits.
    fn vector(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Self::Error>;
}

struct Layer {
    /// Queries, keys and values in one.
    heads: Weights,
    attended: Weights,
    attended_norm: Norm,
    inner: Weights,
    outer: Weights,
    outer_norm: Norm,
}

/// The encoder with its output layer.
pub struct Int8 {
    words: Matrix,
    positions: Matrix,
    segments: Matrix,
    norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    width: usize,
    /// [outputs, width]
    output: Vec<f32>,
    output_bias: Vec<f32>,
}

/// Whether the kernels can run an encoder of this shape: rows must be whole registers.
pub fn fits(config: &Config) -> bool {
    let size = config.hidden_size / config.num_attention_heads;
    size.is_multiple_of(LANES) && config.intermediate_size.is_multiple_of(LANES)
}

impl Int8 {
    /// Builds an encoder from its weights, with one output a behaviour.
    ///
    /// # Errors
    ///
    /// Those of the source.
    pub fn new<S: Source>(config: &Config, source: &mut S) -> Result<Int8, S::Error> {
        let (width, inner) = (config.hidden_size, config.intermediate_size);
        let epsilon = config.layer_norm_eps;
        let mut layers = Vec::with_capacity(config.num_hidden_layers);
        // Attention's weights are e^(q k / √size); as powers of two they are cheaper.
        let size = width / config.num_attention_heads;
        let of_query = std::f32::consts::LOG2_E / (size as f32).sqrt();
        for at in 0..config.num_hidden_layers {
            let name = |part: &str| format!("encoder.layer.{at}.{part}");
            let mut heads = Weights::zeros(3 * width, width);
            for (at, (part, factor)) in
                [("query", of_query), ("key", 1.0), ("value", 1.0)].into_iter().enumerate()
            {
                let part = name(&format!("attention.self.{part}"));
                put(&mut heads, at * width, &part, [width, width], factor, source)?;
            }
            let mut linear = |part: &str, into: usize, from: usize| {
                let mut weights = Weights::zeros(into, from);
                put(&mut weights, 0, &name(part), [into, from], 1.0, source)?;
                Ok(weights)
            };
            let attended = linear("attention.output.dense", width, width)?;
            let (inner, outer) =
                (linear("intermediate.dense", inner, width)?, linear("output.dense", width, inner)?);
            let mut norm = |part: &str| norm(&name(part), width, epsilon, source);
            let attended_norm = norm("attention.output.LayerNorm")?;
            let outer_norm = norm("output.LayerNorm")?;
            layers.push(Layer { heads, attended, attended_norm, inner, outer, outer_norm });
        }
        let mut embedding = |part: &str, rows: usize| {
            source.matrix(&format!("embeddings.{part}_embeddings.weight"), [rows, width])
        };
        Ok(Int8 {
            words: embedding("word", config.vocab_size)?,
            positions: embedding("position", config.max_position_embeddings)?,
            segments: embedding("token_type", config.type_vocab_size)?,
            norm: norm("embeddings.LayerNorm", width, epsilon, source)?,
            layers,
            heads: config.num_attention_heads,
            width,
            output: source.vector("classifier.weight", &[Behaviour::COUNT, width])?,
            output_bias: source.vector("classifier.bias", &[Behaviour::COUNT])?,
        })
    }

    /// The outputs for each text, in order.
    ///
    /// # Errors
    ///
    /// When a text has tokens or places that the encoder does not know.
    pub fn logits(&self, path: Path, texts: &[&Encoded]) -> Result<Vec<PerBehaviour>, String> {
        for text in texts {
            if let Some(id) = text.ids.iter().find(|id| **id as usize >= self.words.scales.len()) {
                return Err(format!("token {id} is none of the {}", self.words.scales.len()));
            }
            if text.ids.len() > self.positions.scales.len() || text.second >= text.ids.len() {
                return Err(format!("a text of {} tokens", text.ids.len()));
            }
        }
        Ok(path.run(Forward { network: self, texts }))
    }
}

fn put<S: Source>(
    weights: &mut Weights,
    first: usize,
    name: &str,
    shape: [usize; 2],
    factor: f32,
    source: &mut S,
) -> Result<(), S::Error> {
    let matrix = source.matrix(&format!("{name}.weight"), shape)?;
    let bias = source.vector(&format!("{name}.bias"), &[shape[0]])?;
    for (at, bias) in bias.into_iter().enumerate() {
        let (row, scale) = matrix.row(at);
        weights.set(first + at, row, scale * factor, bias * factor);
    }
    Ok(())
}

fn norm<S: Source>(
    name: &str,
    width: usize,
    epsilon: f32,
    source: &mut S,
) -> Result<Norm, S::Error> {
    Ok(Norm {
        gain: source.vector(&format!("{name}.weight"), &[width])?,
        bias: source.vector(&format!("{name}.bias"), &[width])?,
        epsilon,
    })
}

struct Forward<'a> {
    network: &'a Int8,
    texts: &'a [&'a Encoded],
}

/// The tokens of some texts, one after another, as bytes for the next product.
struct Bytes {
    rows: Buffer<u8>,
    depth: usize,
    levels: Vec<Level>,
}

impl Bytes {
    fn new(tokens: usize, depth: usize) -> Bytes {
        Bytes {
            rows: Buffer::zeros(tokens.next_multiple_of(ROWS) * depth),
            depth,
            levels: vec![Level::default(); tokens],
        }
    }

    fn row_mut(&mut self, at: usize) -> (&mut [u8], &mut Level) {
        (&mut self.rows[at * self.depth..][..self.depth], &mut self.levels[at])
    }

    /// Where blocks of rows begin.
    fn blocks(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.levels.len()).step_by(BLOCK)
    }

    /// The products of a block's rows; answers how many rows are tokens.
    #[inline(always)]
    fn multiply<L: Lanes>(
        &self,
        lanes: L,
        top: usize,
        weights: &Weights,
        products: &mut Buffer<i32>,
    ) -> usize {
        let count = BLOCK.min(self.levels.len() - top);
        let padded = count.next_multiple_of(ROWS);
        products.resize(padded * weights.width);
        lanes.multiply(&self.rows[top * self.depth..][..padded * self.depth], weights, products);
        count
    }
}

impl Work for Forward<'_> {
    type Output = Vec<PerBehaviour>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Vec<PerBehaviour> {
        let Forward { network, texts } = self;
        let width = network.width;
        let tokens: usize = texts.iter().map(|text| text.ids.len()).sum();
        if tokens == 0 {
            return Vec::new();
        }
        let mut x: Buffer<f32> = Buffer::zeros(tokens * width);
        let mut bytes = Bytes::new(tokens, width.next_multiple_of(64));
        let mut at = 0;
        for text in texts {
            for (place, id) in text.ids.iter().enumerate() {
                let parts = [
                    network.words.row(*id as usize),
                    network.positions.row(place),
                    network.segments.row(usize::from(place >= text.second)),
                ];
                let (out, level) = bytes.row_mut(at);
                let row = &mut x[at * width..][..width];
                *level = embed(lanes, parts, &network.norm, row, out);
                at += 1;
            }
        }
        let mut room = Attention::new(width / network.heads);
        let mut products = Buffer::zeros(0);
        let mut heads: Buffer<f32> = Buffer::zeros(tokens * 3 * width);
        let mut attended: Buffer<f32> = Buffer::zeros(0);
        let depth = network.layers.first().map_or(0, |layer| layer.outer.depth);
        let mut inner = Bytes::new(tokens, depth);
        let mut scratch: Buffer<f32> = Buffer::zeros(depth);
        for layer in &network.layers {
            for top in bytes.blocks() {
                let count = bytes.multiply(lanes, top, &layer.heads, &mut products);
                for at in 0..count {
                    let products = &products[at * layer.heads.width..][..layer.heads.width];
                    let out = &mut heads[(top + at) * 3 * width..][..3 * width];
                    spread(lanes, products, &layer.heads, bytes.levels[top + at], out);
                }
            }
            let mut first = 0;
            for text in texts {
                let count = text.ids.len();
                attended.resize(count * width);
                let of_text = &heads[first * 3 * width..][..count * 3 * width];
                attend(lanes, &mut room, network.heads, of_text, &mut attended);
                for (at, row) in attended.chunks_exact(width).enumerate() {
                    let (out, level) = bytes.row_mut(first + at);
                    *level = quantize(lanes, row, out);
                }
                first += count;
            }
            for top in bytes.blocks() {
                let weights = &layer.attended;
                let count = bytes.multiply(lanes, top, weights, &mut products);
                for at in 0..count {
                    let products = &products[at * weights.width..][..weights.width];
                    let row = &mut x[(top + at) * width..][..width];
                    let level = bytes.levels[top + at];
                    let (out, next) = bytes.row_mut(top + at);
                    let norm = &layer.attended_norm;
                    *next = add_and_normalize(lanes, products, weights, level, norm, row, out);
                }
            }
            for top in bytes.blocks() {
                let weights = &layer.inner;
                let count = bytes.multiply(lanes, top, weights, &mut products);
                for at in 0..count {
                    let products = &products[at * weights.width..][..weights.width];
                    let scratch = &mut scratch[..weights.width];
                    let level = bytes.levels[top + at];
                    let (out, next) = inner.row_mut(top + at);
                    *next = gelu_and_quantize(lanes, products, weights, level, scratch, out);
                }
            }
            for top in inner.blocks() {
                let weights = &layer.outer;
                let count = inner.multiply(lanes, top, weights, &mut products);
                for at in 0..count {
                    let products = &products[at * weights.width..][..weights.width];
                    let row = &mut x[(top + at) * width..][..width];
                    let level = inner.levels[top + at];
                    let (out, next) = bytes.row_mut(top + at);
                    let norm = &layer.outer_norm;
                    *next = add_and_normalize(lanes, products, weights, level, norm, row, out);
                }
            }
        }
        let mut first = 0;
        let mut pooled: Buffer<f32> = Buffer::zeros(width);
        let mut all = Vec::with_capacity(texts.len());
        for text in texts {
            let rows = &x[(first + text.second) * width..(first + text.ids.len()) * width];
            first += text.ids.len();
            average(lanes, rows, &mut pooled);
            let mut outputs = [0.0; Behaviour::COUNT];
            let layer = network.output.chunks_exact(width).zip(&network.output_bias);
            for (output, (weights, bias)) in outputs.iter_mut().zip(layer) {
                *output = total(lanes, weights, &pooled) + bias;
            }
            all.push(outputs);
        }
        all
    }
}

/// The average of rows as long as `out`.
#[inline(always)]
fn average<L: Lanes>(lanes: L, rows: &[f32], out: &mut [f32]) {
    let width = out.len();
    let share = lanes.splat(width as f32 / rows.len() as f32);
    for (at, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut sum = lanes.splat(0.0);
        for row in rows.chunks_exact(width) {
            sum = lanes.add(sum, lanes.load(&row.as_chunks().0[at]));
        }
        lanes.store(lanes.mul(sum, share), out);
    }
}
