//! What is done to the rows between the matrix products, each in one or two passes over memory.

use super::lanes::{LANES, Lanes};
use super::weights::Weights;

/// How a row's bytes stand for values: `(byte − zero) · scale`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Level {
    /// A step.
    pub scale: f32,
    /// The byte that stands for nothing, a whole number.
    pub zero: f32,
}

/// Sixteen at a time; rows are padded to a multiple.
#[inline(always)]
fn chunks<T>(row: &[T]) -> &[[T; LANES]] {
    row.as_chunks().0
}

#[inline(always)]
fn chunks_mut<T>(row: &mut [T]) -> &mut [[T; LANES]] {
    row.as_chunks_mut().0
}

/// Turns a row into bytes, from its smallest value to its largest.
#[inline(always)]
pub fn quantize<L: Lanes>(lanes: L, row: &[f32], out: &mut [u8]) -> Level {
    let (mut least, mut most) = (lanes.splat(0.0), lanes.splat(0.0));
    for values in chunks(row) {
        let values = lanes.load(values);
        (least, most) = (lanes.min(least, values), lanes.max(most, values));
    }
    within(lanes, row, lanes.least(least), lanes.most(most), out)
}

/// Turns a row into bytes whose values lie between `least` and `most`, and these around 0.
#[inline(always)]
fn within<L: Lanes>(lanes: L, row: &[f32], least: f32, most: f32, out: &mut [u8]) -> Level {
    let range = (most - least).max(f32::MIN_POSITIVE * 256.0);
    let zero = (-least * (255.0 / range)).round_ties_even();
    let (steps, shift) = (lanes.splat(255.0 / range), lanes.splat(zero));
    for (values, out) in chunks(row).iter().zip(chunks_mut(out)) {
        lanes.store_bytes(lanes.mul_add(lanes.load(values), steps, shift), out);
    }
    Level { scale: range / 255.0, zero }
}

/// What a row's products stand for, sixteen at a time.
#[derive(Clone, Copy)]
struct Products<'a, L: Lanes> {
    lanes: L,
    products: &'a [[i32; LANES]],
    sums: &'a [[f32; LANES]],
    scales: &'a [[f32; LANES]],
    bias: &'a [[f32; LANES]],
    minus_zero: L::F,
    scale: L::F,
}

impl<'a, L: Lanes> Products<'a, L> {
    #[inline(always)]
    fn new(lanes: L, products: &'a [i32], weights: &'a Weights, level: Level) -> Products<'a, L> {
        let products = chunks(products);
        Products {
            lanes,
            products,
            // All as long as the products, which spares a check for each value.
            sums: &chunks(&weights.sums)[..products.len()],
            scales: &chunks(&weights.scales)[..products.len()],
            bias: &chunks(&weights.bias)[..products.len()],
            minus_zero: lanes.splat(-level.zero),
            scale: lanes.splat(level.scale),
        }
    }

    #[inline(always)]
    fn value(&self, at: usize) -> L::F {
        let lanes = self.lanes;
        let products = lanes.load_whole(&self.products[at]);
        let products = lanes.mul_add(lanes.load(&self.sums[at]), self.minus_zero, products);
        let scale = lanes.mul(lanes.load(&self.scales[at]), self.scale);
        lanes.mul_add(products, scale, lanes.load(&self.bias[at]))
    }
}

/// A row of products as floats.
#[inline(always)]
pub fn spread<L: Lanes>(
    lanes: L,
    products: &[i32],
    weights: &Weights,
    level: Level,
    out: &mut [f32],
) {
    let products = Products::new(lanes, &products[..out.len()], weights, level);
    for (at, out) in chunks_mut(out).iter_mut().enumerate() {
        lanes.store(products.value(at), out);
    }
}

/// GELU of a row of products, as bytes; `scratch` is as long as the row.
#[inline(always)]
pub fn gelu_and_quantize<L: Lanes>(
    lanes: L,
    products: &[i32],
    weights: &Weights,
    level: Level,
    scratch: &mut [f32],
    out: &mut [u8],
) -> Level {
    let (mut least, mut most) = (lanes.splat(0.0), lanes.splat(0.0));
    let products = Products::new(lanes, &products[..scratch.len()], weights, level);
    for (at, out) in chunks_mut(scratch).iter_mut().enumerate() {
        let values = lanes.gelu(products.value(at));
        (least, most) = (lanes.min(least, values), lanes.max(most, values));
        lanes.store(values, out);
    }
    within(lanes, scratch, lanes.least(least), lanes.most(most), out)
}

/// A layer normalization.
pub struct Norm {
    /// What a normal value is multiplied with.
    pub gain: Vec<f32>,
    /// What is added then.
    pub bias: Vec<f32>,
    /// Keeps from dividing by nothing.
    pub epsilon: f32,
}

impl Norm {
    /// Normalizes a row in place and turns it into bytes too.
    #[inline(always)]
    fn apply<L: Lanes>(&self, lanes: L, row: &mut [f32], sum: L::F, out: &mut [u8]) -> Level {
        let count = self.gain.len() as f32;
        let mean = lanes.splat(lanes.sum(sum) / count);
        let mut squares = lanes.splat(0.0);
        for values in chunks(row) {
            let off = lanes.sub(lanes.load(values), mean);
            squares = lanes.mul_add(off, off, squares);
        }
        let scale = lanes.splat(1.0 / (lanes.sum(squares) / count + self.epsilon).sqrt());
        let (mut least, mut most) = (lanes.splat(0.0), lanes.splat(0.0));
        let factors = chunks(&self.gain).iter().zip(chunks(&self.bias));
        for (values, (gain, bias)) in chunks_mut(row).iter_mut().zip(factors) {
            let normal = lanes.mul(lanes.sub(lanes.load(values), mean), scale);
            let value = lanes.mul_add(normal, lanes.load(gain), lanes.load(bias));
            (least, most) = (lanes.min(least, value), lanes.max(most, value));
            lanes.store(value, values);
        }
        within(lanes, row, lanes.least(least), lanes.most(most), out)
    }
}

/// Adds a row of products to `row` and normalizes the sum, in place and as bytes.
#[inline(always)]
pub fn add_and_normalize<L: Lanes>(
    lanes: L,
    products: &[i32],
    weights: &Weights,
    level: Level,
    norm: &Norm,
    row: &mut [f32],
    out: &mut [u8],
) -> Level {
    let mut sum = lanes.splat(0.0);
    let products = Products::new(lanes, &products[..row.len()], weights, level);
    for (at, values) in chunks_mut(row).iter_mut().enumerate() {
        let value = lanes.add(lanes.load(values), products.value(at));
        sum = lanes.add(sum, value);
        lanes.store(value, values);
    }
    norm.apply(lanes, row, sum, out)
}

/// The sum of scaled rows of signed bytes, normalized into `row` and as bytes.
#[inline(always)]
pub fn embed<L: Lanes>(
    lanes: L,
    parts: [(&[u8], f32); 3],
    norm: &Norm,
    row: &mut [f32],
    out: &mut [u8],
) -> Level {
    let [(a, a_scale), (b, b_scale), (c, c_scale)] = parts;
    let mut sum = lanes.splat(0.0);
    let parts = chunks(a).iter().zip(chunks(b)).zip(chunks(c));
    for (values, ((a, b), c)) in chunks_mut(row).iter_mut().zip(parts) {
        let value = lanes.mul(lanes.load_bytes(a), lanes.splat(a_scale));
        let value = lanes.mul_add(lanes.load_bytes(b), lanes.splat(b_scale), value);
        let value = lanes.mul_add(lanes.load_bytes(c), lanes.splat(c_scale), value);
        sum = lanes.add(sum, value);
        lanes.store(value, values);
    }
    norm.apply(lanes, row, sum, out)
}

/// The sum of the products of two rows' values.
#[inline(always)]
pub fn total<L: Lanes>(lanes: L, a: &[f32], b: &[f32]) -> f32 {
    let mut sum = lanes.splat(0.0);
    for (a, b) in chunks(a).iter().zip(chunks(b)) {
        sum = lanes.mul_add(lanes.load(a), lanes.load(b), sum);
    }
    lanes.sum(sum)
}
