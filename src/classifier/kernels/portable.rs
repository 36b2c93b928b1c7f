//! Plain code, for processors of which nothing is known. The other paths are tested against it.

use std::array::from_fn;

use super::lanes::{LANES, Lanes};
use super::weights::{GROUP, Weights};

/// No special instructions.
#[derive(Clone, Copy)]
pub(super) struct Plain;

/// Whether multiplying and adding at once is an instruction everywhere, or at least in this build. Where it
/// is none it would be a slow call.
const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma", test));

/// Folds sixteen lanes by halves.
#[inline(always)]
fn fold(mut lanes: [f32; LANES], with: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for at in 0..half {
            lanes[at] = with(lanes[at], lanes[at + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

impl Lanes for Plain {
    type F = [f32; LANES];

    #[inline(always)]
    fn splat(self, value: f32) -> Self::F {
        [value; LANES]
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::F {
        *from
    }

    #[inline(always)]
    fn store(self, value: Self::F, to: &mut [f32; LANES]) {
        *to = value;
    }

    #[inline(always)]
    fn load_whole(self, from: &[i32; LANES]) -> Self::F {
        from.map(|value| value as f32)
    }

    #[inline(always)]
    fn load_bytes(self, from: &[u8; LANES]) -> Self::F {
        from.map(|value| f32::from(value as i8))
    }

    #[inline(always)]
    fn store_bytes(self, value: Self::F, to: &mut [u8; LANES]) {
        *to = value.map(|value| value.round_ties_even() as u8);
    }

    #[inline(always)]
    fn add(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|at| a[at] + b[at])
    }

    #[inline(always)]
    fn sub(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|at| a[at] - b[at])
    }

    #[inline(always)]
    fn mul(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|at| a[at] * b[at])
    }

    #[inline(always)]
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        from_fn(|at| if FUSED { a[at].mul_add(b[at], c[at]) } else { a[at] * b[at] + c[at] })
    }

    #[inline(always)]
    fn min(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|at| smaller(a[at], b[at]))
    }

    #[inline(always)]
    fn max(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|at| larger(a[at], b[at]))
    }

    #[inline(always)]
    fn round(self, value: Self::F) -> Self::F {
        value.map(f32::round_ties_even)
    }

    #[inline(always)]
    fn scale(self, x: Self::F, k: Self::F) -> Self::F {
        from_fn(|at| x[at] * f32::from_bits(((k[at] as i32 + 127) as u32) << 23))
    }

    #[inline(always)]
    fn sum(self, value: Self::F) -> f32 {
        fold(value, |a, b| a + b)
    }

    #[inline(always)]
    fn least(self, value: Self::F) -> f32 {
        fold(value, smaller)
    }

    #[inline(always)]
    fn most(self, value: Self::F) -> f32 {
        fold(value, larger)
    }

    #[inline(always)]
    fn transpose(self, rows: [Self::F; LANES]) -> [Self::F; LANES] {
        from_fn(|column| from_fn(|row| rows[row][column]))
    }

    #[inline(always)]
    fn multiply(self, rows: &[u8], weights: &Weights, out: &mut [i32]) {
        multiply(rows, weights, out);
    }
}

/// See [`Lanes::multiply`]. A function of its own, which compilers make more of than of a part of a large one.
#[inline(never)]
fn multiply(rows: &[u8], weights: &Weights, out: &mut [i32]) {
    let rows = rows.chunks_exact(weights.depth);
    for (row, out) in rows.zip(out.chunks_exact_mut(weights.width)) {
        let (groups, _) = row.as_chunks::<GROUP>();
        let (panels, _) = out.as_chunks_mut::<LANES>();
        for (at, sums) in panels.iter_mut().enumerate() {
            *sums = [0; LANES];
            for (group, line) in groups.iter().zip(weights.panel(at * LANES)) {
                let (fours, _) = line.as_chunks::<GROUP>();
                for (sum, four) in sums.iter_mut().zip(fours) {
                    for (value, weight) in group.iter().zip(four) {
                        *sum += i32::from(*value) * i32::from(*weight as i8);
                    }
                }
            }
        }
    }
}
