//! What is done to the rows between the matrix products, each in one or two passes over memory.

use super::lanes::{LANES, Lanes};
use super::weights::Weights;

/// Columns of a row that are kept out of its bytes. In a few of them the values of every token are several
/// times as large as elsewhere, and would take the others' precision.
pub const LOUD: usize = 4;

/// How a row's bytes stand for values: `(byte − zero) · scale`, but for the loud ones, which stand here.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Level {
    /// A step.
    pub scale: f32,
    /// The byte that stands for nothing, a whole number.
    pub zero: f32,
    /// The values of the loud columns.
    pub loud: [f32; LOUD],
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

/// The same, but for the loud columns, which are kept as they are.
#[inline(always)]
pub fn quantize_but<L: Lanes>(
    lanes: L,
    columns: &[usize; LOUD],
    row: &mut [f32],
    out: &mut [u8],
) -> Level {
    let mut loud = [0.0; LOUD];
    for (value, column) in loud.iter_mut().zip(columns) {
        *value = std::mem::take(&mut row[*column]);
    }
    let level = quantize(lanes, row, out);
    for (value, column) in loud.iter().zip(columns) {
        row[*column] = *value;
    }
    Level { loud, ..level }
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
    Level { scale: range / 255.0, zero, ..Level::default() }
}

/// What a row's products stand for, sixteen at a time. `N` is how many columns are loud: [`LOUD`] or none.
#[derive(Clone, Copy)]
struct Products<'a, L: Lanes, const N: usize> {
    lanes: L,
    products: &'a [[i32; LANES]],
    sums: &'a [[f32; LANES]],
    scales: &'a [[f32; LANES]],
    bias: &'a [[f32; LANES]],
    loud: [&'a [[f32; LANES]]; N],
    factors: [L::F; N],
    minus_zero: L::F,
    scale: L::F,
}

impl<'a, L: Lanes, const N: usize> Products<'a, L, N> {
    #[inline(always)]
    fn new(lanes: L, products: &'a [i32], weights: &'a Weights, level: &Level) -> Self {
        let products = chunks(products);
        let mut factors = [lanes.splat(0.0); N];
        let mut loud: [&[[f32; LANES]]; N] = [&[]; N];
        for (at, (factor, column)) in factors.iter_mut().zip(&mut loud).enumerate() {
            *factor = lanes.splat(level.loud[at]);
            *column = &chunks(&weights.loud[at])[..products.len()];
        }
        Products {
            lanes,
            products,
            // All as long as the products, which spares a check for each value.
            sums: &chunks(&weights.sums)[..products.len()],
            scales: &chunks(&weights.scales)[..products.len()],
            bias: &chunks(&weights.bias)[..products.len()],
            loud,
            factors,
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
        let mut value = lanes.mul_add(products, scale, lanes.load(&self.bias[at]));
        for (loud, factor) in self.loud.iter().zip(&self.factors) {
            value = lanes.mul_add(lanes.load(&loud[at]), *factor, value);
        }
        value
    }
}

/// A row of products as floats.
#[inline(always)]
pub fn spread<L: Lanes>(
    lanes: L,
    products: &[i32],
    weights: &Weights,
    level: &Level,
    out: &mut [f32],
) {
    let products = Products::<L, LOUD>::new(lanes, &products[..out.len()], weights, level);
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
    level: &Level,
    scratch: &mut [f32],
    out: &mut [u8],
) -> Level {
    let (mut least, mut most) = (lanes.splat(0.0), lanes.splat(0.0));
    let products = Products::<L, LOUD>::new(lanes, &products[..scratch.len()], weights, level);
    for (at, out) in chunks_mut(scratch).iter_mut().enumerate() {
        let values = lanes.gelu(products.value(at));
        (least, most) = (lanes.min(least, values), lanes.max(most, values));
        lanes.store(values, out);
    }
    within(lanes, scratch, lanes.least(least), lanes.most(most), out)
}

/// Adds a row of products, without loud columns, to a row.
#[inline(always)]
pub fn add<L: Lanes>(
    lanes: L,
    products: &[i32],
    weights: &Weights,
    level: &Level,
    row: &mut [f32],
) {
    let products = Products::<L, 0>::new(lanes, &products[..row.len()], weights, level);
    for (at, values) in chunks_mut(row).iter_mut().enumerate() {
        lanes.store(lanes.add(lanes.load(values), products.value(at)), values);
    }
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
    /// Normalizes a row in place.
    #[inline(always)]
    pub fn apply<L: Lanes>(&self, lanes: L, row: &mut [f32]) {
        let count = self.gain.len() as f32;
        let mut sum = lanes.splat(0.0);
        for values in chunks(row) {
            sum = lanes.add(sum, lanes.load(values));
        }
        let mean = lanes.splat(lanes.sum(sum) / count);
        let mut squares = lanes.splat(0.0);
        for values in chunks(row) {
            let off = lanes.sub(lanes.load(values), mean);
            squares = lanes.mul_add(off, off, squares);
        }
        let scale = lanes.splat(1.0 / (lanes.sum(squares) / count + self.epsilon).sqrt());
        let factors = chunks(&self.gain).iter().zip(chunks(&self.bias));
        for (values, (gain, bias)) in chunks_mut(row).iter_mut().zip(factors) {
            let normal = lanes.mul(lanes.sub(lanes.load(values), mean), scale);
            lanes.store(lanes.mul_add(normal, lanes.load(gain), lanes.load(bias)), values);
        }
    }
}

/// The sum of scaled rows of signed bytes.
#[inline(always)]
pub fn embed<L: Lanes>(lanes: L, parts: [(&[u8], f32); 3], row: &mut [f32]) {
    let [(a, a_scale), (b, b_scale), (c, c_scale)] = parts;
    let parts = chunks(a).iter().zip(chunks(b)).zip(chunks(c));
    for (values, ((a, b), c)) in chunks_mut(row).iter_mut().zip(parts) {
        let value = lanes.mul(lanes.load_bytes(a), lanes.splat(a_scale));
        let value = lanes.mul_add(lanes.load_bytes(b), lanes.splat(b_scale), value);
        let value = lanes.mul_add(lanes.load_bytes(c), lanes.splat(c_scale), value);
        lanes.store(value, values);
    }
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
