//! The encoder in eight bits, as it runs where nothing is trained.
//!
//! The weights stay as the file holds them, a scale a row; what goes into a matrix product is turned into
//! bytes token by token, from the token's smallest value to its largest. Sums are whole numbers, and the
//! rest is done row by row, so that what is heard of a text does not hang on its company. [`super::bert`]
//! is the same network in 32 bits, and what this one is tested against.

use std::ops::Range;

use super::PerBehaviour;
use super::bert::Config;
use super::input::Encoded;
use super::kernels::{
    Attention, Buffer, DEPTH, LANES, LOUD, Lanes, Level, Norm, Path, ROWS, Weights, Work, add,
    attend, embed, gelu_and_quantize, quantize, quantize_but, spread, total,
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
    /// Values a row.
    pub fn width(&self) -> usize {
        self.values.len() / self.scales.len().max(1)
    }

    /// A row, and what its values are multiplied with.
    pub fn row(&self, at: usize) -> (&[u8], f32) {
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

/// So many values of the feed-forward part's inside are worked on together. What they add to its outcome is
/// quantized apart, which costs less precision, and their weights stay near while all rows pass by.
const PART: usize = 384;

struct Layer {
    /// Loud columns of what comes in.
    loud: [usize; LOUD],
    /// Queries, keys and values in one.
    heads: Weights,
    attended: Weights,
    attended_norm: Norm,
    /// Loud columns of what goes into the feed-forward part.
    inner_loud: [usize; LOUD],
    /// The feed-forward part, cut along its inside: what goes in and what comes out of each cut.
    parts: Vec<(Weights, Weights)>,
    outer_norm: Norm,
}

/// The encoder with its output layer.
pub struct Int8 {
    words: Matrix,
    positions: Matrix,
    segments: Matrix,
    norm: Norm,
    layers: Vec<Layer>,
    /// So many layers work on first segments; the others only read them. One less than there are at most:
    /// what the last one would make of them, nobody reads.
    prev_layers: usize,
    heads: usize,
    width: usize,
    /// [outputs, width]
    output: Vec<f32>,
    output_bias: Vec<f32>,
}

/// Whether the kernels can run an encoder of this shape: rows must be whole registers.
pub fn fits(config: &Config) -> bool {
    let size = config.hidden_size / config.num_attention_heads;
    [size, config.intermediate_size].iter().all(|size| *size > 0 && size.is_multiple_of(LANES))
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
            let mut attended = Weights::zeros(width, width);
            let part = name("attention.output.dense");
            put(&mut attended, 0, &part, [width, width], 1.0, source)?;
            let parts = feed_forward(&name, width, inner, source)?;
            let mut norm = |part: &str| norm(&name(part), width, epsilon, source);
            let attended_norm = norm("attention.output.LayerNorm")?;
            let outer_norm = norm("output.LayerNorm")?;
            layers.push(Layer {
                loud: [0; LOUD],
                heads,
                attended,
                attended_norm,
                inner_loud: [0; LOUD],
                parts,
                outer_norm,
            });
        }
        let mut embedding = |part: &str, rows: usize| {
            source.matrix(&format!("embeddings.{part}_embeddings.weight"), [rows, width])
        };
        let mut encoder = Int8 {
            words: embedding("word", config.vocab_size)?,
            positions: embedding("position", config.max_position_embeddings)?,
            segments: embedding("token_type", config.type_vocab_size)?,
            norm: norm("embeddings.LayerNorm", width, epsilon, source)?,
            layers,
            prev_layers: config.prev_layers.unwrap_or(usize::MAX).min(config.num_hidden_layers - 1),
            heads: config.num_attention_heads,
            width,
            output: source.vector("classifier.weight", &[Behaviour::COUNT, width])?,
            output_bias: source.vector("classifier.bias", &[Behaviour::COUNT])?,
        };
        let any: [usize; LOUD] = std::array::from_fn(|column| column);
        encoder.single_out(&vec![[any; 2]; config.num_hidden_layers]);
        Ok(encoder)
    }

    /// The vectors of words.
    pub fn words(&self) -> &Matrix {
        &self.words
    }

    /// Finds out from some texts which columns are loud. They are the same whatever is said.
    ///
    /// # Errors
    ///
    /// As for [`Int8::logits`].
    pub fn settle(&mut self, path: Path, texts: &[&Encoded]) -> Result<(), String> {
        self.check(texts)?;
        let mut powers = vec![[vec![0.0; self.width], vec![0.0; self.width]]; self.layers.len()];
        path.run(Forward { network: self, texts, powers: Some(&mut powers) });
        let loud: Vec<_> =
            powers.iter().map(|[before, between]| [loudest(before), loudest(between)]).collect();
        self.single_out(&loud);
        Ok(())
    }

    fn single_out(&mut self, loud: &[[[usize; LOUD]; 2]]) {
        for (layer, [before, between]) in self.layers.iter_mut().zip(loud) {
            (layer.loud, layer.inner_loud) = (*before, *between);
            layer.heads.single_out(before);
            for (inner, _) in &mut layer.parts {
                inner.single_out(between);
            }
        }
    }

    /// The outputs for each text, in order.
    ///
    /// # Errors
    ///
    /// When a text has tokens or places that the encoder does not know.
    pub fn logits(&self, path: Path, texts: &[&Encoded]) -> Result<Vec<PerBehaviour>, String> {
        self.check(texts)?;
        Ok(path.run(Forward { network: self, texts, powers: None }))
    }

    fn check(&self, texts: &[&Encoded]) -> Result<(), String> {
        for text in texts {
            if let Some(id) = text.ids.iter().find(|id| **id as usize >= self.words.scales.len()) {
                return Err(format!("token {id} is none of the {}", self.words.scales.len()));
            }
            if text.ids.len() > self.positions.scales.len() || text.second >= text.ids.len() {
                return Err(format!("a text of {} tokens", text.ids.len()));
            }
        }
        Ok(())
    }
}

/// The columns in which there is most.
fn loudest(powers: &[f32]) -> [usize; LOUD] {
    let mut columns: Vec<usize> = (0..powers.len()).collect();
    columns.sort_by(|a, b| powers[*b].total_cmp(&powers[*a]).then(a.cmp(b)));
    std::array::from_fn(|at| columns.get(at).copied().unwrap_or_default())
}

/// The feed-forward part of a layer, cut along its inside.
fn feed_forward<S: Source>(
    name: &impl Fn(&str) -> String,
    width: usize,
    inside: usize,
    source: &mut S,
) -> Result<Vec<(Weights, Weights)>, S::Error> {
    let (inner, outer) = (name("intermediate.dense"), name("output.dense"));
    let of_inner = source.matrix(&format!("{inner}.weight"), [inside, width])?;
    let inner_bias = source.vector(&format!("{inner}.bias"), &[inside])?;
    let of_outer = source.matrix(&format!("{outer}.weight"), [width, inside])?;
    let outer_bias = source.vector(&format!("{outer}.bias"), &[width])?;
    let mut parts = Vec::new();
    for from in (0..inside).step_by(PART) {
        let part = from..inside.min(from + PART);
        let (mut inner, mut outer) =
            (Weights::zeros(part.len(), width), Weights::zeros(width, part.len()));
        for (at, from) in part.clone().enumerate() {
            let (row, scale) = of_inner.row(from);
            inner.set(at, row, scale, inner_bias[from]);
        }
        for (at, bias) in outer_bias.iter().enumerate() {
            let (row, scale) = of_outer.row(at);
            // The bias is added once.
            outer.set(at, &row[part.clone()], scale, if from == 0 { *bias } else { 0.0 });
        }
        parts.push((inner, outer));
    }
    Ok(parts)
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
    /// Where the squares of each column are added up, before and between the parts of each layer; then
    /// there are no outputs.
    powers: Option<&'a mut Vec<[Vec<f32>; 2]>>,
}

/// The tokens of some texts, one after another, as bytes for the next product.
struct Bytes {
    rows: Buffer<u8>,
    depth: usize,
    levels: Vec<Level>,
}

impl Bytes {
    fn new(tokens: usize, width: usize) -> Bytes {
        let mut bytes = Bytes { rows: Buffer::zeros(0), depth: 0, levels: Vec::new() };
        bytes.resize(tokens, width.next_multiple_of(DEPTH));
        bytes
    }

    fn resize(&mut self, tokens: usize, depth: usize) {
        self.depth = depth;
        self.rows.resize(tokens.next_multiple_of(ROWS) * depth);
        self.levels.resize(tokens, Level::default());
    }

    fn row_mut(&mut self, at: usize) -> (&mut [u8], &mut Level) {
        (&mut self.rows[at * self.depth..][..self.depth], &mut self.levels[at])
    }

    /// The products of a block's rows, token by token.
    #[inline(always)]
    fn multiply<'a, L: Lanes>(
        &'a self,
        lanes: L,
        top: usize,
        weights: &Weights,
        products: &'a mut Buffer<i32>,
    ) -> impl ExactSizeIterator<Item = (&'a [i32], &'a Level)> {
        let count = BLOCK.min(self.levels.len() - top);
        let padded = count.next_multiple_of(ROWS);
        products.resize(padded * weights.width);
        lanes.multiply(&self.rows[top * self.depth..][..padded * self.depth], weights, products);
        products.chunks_exact(weights.width).zip(&self.levels[top..top + count])
    }
}

/// Where the tokens of some texts are: their first segments one after another, and then their second ones, so
/// that all that is still worked on lies together.
struct Places {
    /// Of each text, the rows of its segments.
    texts: Vec<[Range<usize>; 2]>,
    /// Of each row, where its token is when each text's tokens are together.
    together: Vec<usize>,
}

impl Places {
    fn of(texts: &[&Encoded]) -> Places {
        let tokens: usize = texts.iter().map(|text| text.ids.len()).sum();
        let firsts: usize = texts.iter().map(|text| text.second).sum();
        let mut places = Places { texts: Vec::new(), together: vec![0; tokens] };
        let (mut first, mut second, mut token) = (0, firsts, 0);
        for text in texts {
            let segments =
                [first..first + text.second, second..second + text.ids.len() - text.second];
            for row in segments.iter().cloned().flatten() {
                places.together[row] = token;
                token += 1;
            }
            [first, second] = [segments[0].end, segments[1].end];
            places.texts.push(segments);
        }
        places
    }

    fn firsts(&self) -> usize {
        self.texts.last().map_or(0, |[first, _]| first.end)
    }
}

impl Work for Forward<'_> {
    type Output = Vec<PerBehaviour>;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Vec<PerBehaviour> {
        let Forward { network, texts, mut powers } = self;
        let width = network.width;
        let places = Places::of(texts);
        let mut x: Buffer<f32> = Buffer::zeros(places.together.len() * width);
        for (text, segments) in texts.iter().zip(&places.texts) {
            let rows = segments.iter().cloned().enumerate();
            let rows = rows.flat_map(|(segment, rows)| rows.map(move |row| (segment, row)));
            for ((place, id), (segment, row)) in text.ids.iter().enumerate().zip(rows) {
                let parts = [
                    network.words.row(*id as usize),
                    network.positions.row(place),
                    network.segments.row(segment),
                ];
                let row = &mut x[row * width..][..width];
                embed(lanes, parts, row);
                network.norm.apply(lanes, row);
            }
        }
        let mut room = Attention::new(width / network.heads);
        let mut products = Buffer::zeros(0);
        let mut heads: Buffer<f32> = Buffer::zeros(x.len() * 3);
        let mut attended: Buffer<f32> = Buffer::zeros(0);
        let mut scratch: Buffer<f32> = Buffer::zeros(PART);
        let mut bytes = Bytes::new(places.together.len(), width);
        let mut inside = Bytes::new(BLOCK, PART);
        for (at, layer) in network.layers.iter().enumerate() {
            if let Some(powers) = &mut powers {
                add_squares(&x, &mut powers[at][0]);
            }
            let tokens = places.together.len();
            bytes.resize(tokens, bytes.depth);
            for (at, row) in x.chunks_exact_mut(width).enumerate() {
                let (out, level) = bytes.row_mut(at);
                *level = quantize_but(lanes, &layer.loud, row, out);
            }
            for top in (0..tokens).step_by(BLOCK) {
                let block = bytes.multiply(lanes, top, &layer.heads, &mut products);
                for ((products, level), place) in block.zip(&places.together[top..]) {
                    let row = &mut heads[place * 3 * width..][..3 * width];
                    spread(lanes, products, &layer.heads, level, row);
                }
            }
            let from = if at < network.prev_layers { 0 } else { places.firsts() };
            let (worked, tokens) = (&mut x[from * width..], tokens - from);
            bytes.resize(tokens, bytes.depth);
            let mut first = 0;
            for [before, second] in &places.texts {
                let count = before.len() + second.len();
                let of_text = &heads[first * 3 * width..][..count * 3 * width];
                first += count;
                let before = if from == 0 { before.clone() } else { 0..0 };
                attended.resize((before.len() + second.len()) * width);
                attend(lanes, &mut room, network.heads, of_text, &mut attended);
                for (row, values) in before.chain(second.clone()).zip(attended.chunks_exact(width))
                {
                    let (out, level) = bytes.row_mut(row - from);
                    *level = quantize(lanes, values, out);
                }
            }
            for top in (0..tokens).step_by(BLOCK) {
                let block = bytes.multiply(lanes, top, &layer.attended, &mut products);
                let rows = worked[top * width..].chunks_exact_mut(width);
                for ((products, level), row) in block.zip(rows) {
                    add(lanes, products, &layer.attended, level, row);
                    layer.attended_norm.apply(lanes, row);
                }
            }
            if let Some(powers) = &mut powers {
                add_squares(worked, &mut powers[at][1]);
            }
            for (at, row) in worked.chunks_exact_mut(width).enumerate() {
                let (out, level) = bytes.row_mut(at);
                *level = quantize_but(lanes, &layer.inner_loud, row, out);
            }
            for (inner, outer) in &layer.parts {
                for top in (0..tokens).step_by(BLOCK) {
                    let block = bytes.multiply(lanes, top, inner, &mut products);
                    inside.resize(block.len(), outer.depth);
                    for (at, (products, level)) in block.enumerate() {
                        let scratch = &mut scratch[..inner.width.min(outer.depth)];
                        let (out, next) = inside.row_mut(at);
                        *next = gelu_and_quantize(lanes, products, inner, level, scratch, out);
                    }
                    let block = inside.multiply(lanes, 0, outer, &mut products);
                    let rows = worked[top * width..].chunks_exact_mut(width);
                    for ((products, level), row) in block.zip(rows) {
                        add(lanes, products, outer, level, row);
                    }
                }
            }
            for row in worked.chunks_exact_mut(width) {
                layer.outer_norm.apply(lanes, row);
            }
        }
        if powers.is_some() {
            return Vec::new();
        }
        let mut pooled: Buffer<f32> = Buffer::zeros(width);
        let mut all = Vec::with_capacity(texts.len());
        for [_, second] in &places.texts {
            average(lanes, &x[second.start * width..second.end * width], &mut pooled);
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

/// Adds the squares of each column of some rows.
fn add_squares(rows: &[f32], out: &mut [f32]) {
    for row in rows.chunks_exact(out.len()) {
        for (sum, value) in out.iter_mut().zip(row) {
            *sum += value * value;
        }
    }
}
