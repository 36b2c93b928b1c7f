//! Attention of one text to itself, head by head.

use std::array::from_fn;

use super::buffer::Buffer;
use super::lanes::{LANES, Lanes};

/// Queries that are worked on together.
const TOGETHER: usize = 4;

/// What one text's attention needs room for.
pub struct Attention {
    /// Values of a head, a multiple of [`LANES`].
    size: usize,
    /// A head's keys, the other way round: [size, tokens].
    keys: Buffer<f32>,
    /// What some queries make of each key: [`TOGETHER`] rows.
    scores: Buffer<f32>,
    /// 0 where there is a token, very little in the lanes beyond.
    mask: [f32; LANES],
}

impl Attention {
    /// Room for heads of so many values.
    pub fn new(size: usize) -> Attention {
        Attention { size, keys: Buffer::zeros(0), scores: Buffer::zeros(0), mask: [0.0; LANES] }
    }
}

/// `qkv` is [tokens, 3, heads, size], the queries already scaled so that weights are powers of two; `out` is
/// [queries, heads, size], of the last tokens where there are fewer queries than tokens.
#[inline(always)]
pub fn attend<L: Lanes>(
    lanes: L,
    room: &mut Attention,
    heads: usize,
    qkv: &[f32],
    out: &mut [f32],
) {
    let size = room.size;
    let width = heads * size;
    let tokens = qkv.len() / (3 * width);
    let first = tokens - out.len() / width;
    let columns = tokens.next_multiple_of(LANES);
    room.keys.resize(size * columns);
    room.scores.resize(TOGETHER * columns);
    let last = tokens - (columns - LANES);
    room.mask = from_fn(|lane| if lane < last { 0.0 } else { -1e30 });
    for head in 0..heads {
        let column = head * size;
        turn(lanes, &qkv[width + column..], 3 * width, tokens, size, &mut room.keys);
        let (queries, values) = (&qkv[column..], &qkv[2 * width + column..]);
        let mut query = first;
        while query < tokens {
            let (queries, out) =
                (&queries[query * 3 * width..], &mut out[(query - first) * width + column..]);
            match tokens - query {
                TOGETHER.. => few::<L, TOGETHER>(lanes, room, width, queries, values, tokens, out),
                _ => few::<L, 1>(lanes, room, width, queries, values, tokens, out),
            }
            query += if tokens - query >= TOGETHER { TOGETHER } else { 1 };
        }
    }
}

/// Writes a head's keys, rows of `stride`, the other way round: [size, tokens], padded with zeros.
#[inline(always)]
fn turn<L: Lanes>(
    lanes: L,
    keys: &[f32],
    stride: usize,
    tokens: usize,
    size: usize,
    out: &mut [f32],
) {
    let columns = tokens.next_multiple_of(LANES);
    for token in (0..columns).step_by(LANES) {
        for place in (0..size).step_by(LANES) {
            let mut rows = [lanes.splat(0.0); LANES];
            let there = LANES.min(tokens - token);
            for (row, values) in rows[..there].iter_mut().enumerate() {
                *values = lanes.load(sixteen(&keys[(token + row) * stride + place..]));
            }
            for (at, turned) in lanes.transpose(rows).into_iter().enumerate() {
                lanes.store(turned, sixteen_mut(&mut out[(place + at) * columns + token..]));
            }
        }
    }
}

/// What `N` queries hear.
#[inline(always)]
fn few<L: Lanes, const N: usize>(
    lanes: L,
    room: &mut Attention,
    width: usize,
    queries: &[f32],
    values: &[f32],
    tokens: usize,
    out: &mut [f32],
) {
    let (size, columns) = (room.size, tokens.next_multiple_of(LANES));
    let mask = lanes.load(&room.mask);
    let zero = lanes.splat(0.0);
    let queries: [&[f32]; N] = from_fn(|query| &queries[query * 3 * width..][..size]);
    let scores = &mut room.scores[..N * columns];
    let mut most = [lanes.splat(f32::NEG_INFINITY); N];
    let mut column = 0;
    while column < columns {
        let rest = columns - column;
        let masked = |at: usize| if column + (at + 1) * LANES == columns { mask } else { zero };
        let keys = &room.keys[column..];
        if rest >= 2 * LANES {
            let start = [[masked(0), masked(1)]; N];
            let sums = product::<L, N, 2>(lanes, queries, keys, columns, start);
            for (query, [a, b]) in sums.into_iter().enumerate() {
                most[query] = lanes.max(most[query], lanes.max(a, b));
                lanes.store(a, sixteen_mut(&mut scores[query * columns + column..]));
                lanes.store(b, sixteen_mut(&mut scores[query * columns + column + LANES..]));
            }
            column += 2 * LANES;
        } else {
            let sums = product::<L, N, 1>(lanes, queries, keys, columns, [[masked(0)]; N]);
            for (query, [a]) in sums.into_iter().enumerate() {
                most[query] = lanes.max(most[query], a);
                lanes.store(a, sixteen_mut(&mut scores[query * columns + column..]));
            }
            column += LANES;
        }
    }
    let mut inverse = [0.0; N];
    for (query, row) in scores.chunks_exact_mut(columns).enumerate() {
        let most = lanes.splat(lanes.most(most[query]));
        let mut sum = zero;
        for values in row.as_chunks_mut().0 {
            let power = lanes.exp2(lanes.sub(lanes.load(values), most));
            sum = lanes.add(sum, power);
            lanes.store(power, values);
        }
        inverse[query] = 1.0 / lanes.sum(sum);
    }
    let weights: [&[f32]; N] = from_fn(|query| &scores[query * columns..][..tokens]);
    let mut place = 0;
    while place < size {
        let values = &values[place..];
        if size - place >= 2 * LANES {
            let sums = product::<L, N, 2>(lanes, weights, values, 3 * width, [[zero; 2]; N]);
            for (query, [a, b]) in sums.into_iter().enumerate() {
                let inverse = lanes.splat(inverse[query]);
                let out = &mut out[query * width + place..];
                lanes.store(lanes.mul(a, inverse), sixteen_mut(out));
                lanes.store(lanes.mul(b, inverse), sixteen_mut(&mut out[LANES..]));
            }
            place += 2 * LANES;
        } else {
            let sums = product::<L, N, 1>(lanes, weights, values, 3 * width, [[zero]; N]);
            for (query, [a]) in sums.into_iter().enumerate() {
                let out = &mut out[query * width + place..];
                lanes.store(lanes.mul(a, lanes.splat(inverse[query])), sixteen_mut(out));
            }
            place += LANES;
        }
    }
}

/// start[i] + Σ_k a[i][k] b[k], where b's rows are `stride` apart and `M` times sixteen are taken of each.
#[inline(always)]
fn product<L: Lanes, const N: usize, const M: usize>(
    lanes: L,
    a: [&[f32]; N],
    b: &[f32],
    stride: usize,
    start: [[L::F; M]; N],
) -> [[L::F; M]; N] {
    let mut sums = start;
    let depth = a[0].len();
    for k in 0..depth {
        let row = &b[k * stride..][..M * LANES];
        let mut columns = [lanes.splat(0.0); M];
        for (column, values) in columns.iter_mut().zip(row.as_chunks().0) {
            *column = lanes.load(values);
        }
        for (a, sums) in a.iter().zip(&mut sums) {
            let factor = lanes.splat(a[k]);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum = lanes.mul_add(factor, column, *sum);
            }
        }
    }
    sums
}

#[inline(always)]
fn sixteen(values: &[f32]) -> &[f32; LANES] {
    values.first_chunk().expect("a row is padded to sixteen values")
}

#[inline(always)]
fn sixteen_mut(values: &mut [f32]) -> &mut [f32; LANES] {
    values.first_chunk_mut().expect("a row is padded to sixteen values")
}
