//! Sixteen floats at a time, on whatever registers there are.

use super::weights::Weights;

/// Floats that are worked on together.
pub const LANES: usize = 16;

/// What a path's registers do with sixteen floats. Sums over lanes are taken by halves, so that every path
/// adds in the same order.
pub trait Lanes: Copy {
    /// Sixteen floats.
    type F: Copy;

    /// The same value in all lanes.
    fn splat(self, value: f32) -> Self::F;
    /// Sixteen floats from memory.
    fn load(self, from: &[f32; LANES]) -> Self::F;
    /// And back.
    fn store(self, value: Self::F, to: &mut [f32; LANES]);
    /// Sixteen whole numbers as floats.
    fn load_whole(self, from: &[i32; LANES]) -> Self::F;
    /// Sixteen signed bytes as floats.
    fn load_bytes(self, from: &[u8; LANES]) -> Self::F;
    /// The nearest whole numbers, held to 0 to 255.
    fn store_bytes(self, value: Self::F, to: &mut [u8; LANES]);
    /// a + b
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// a − b
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// a b
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// a b + c
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The smaller ones.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// The larger ones.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// The nearest whole numbers, halves to even.
    fn round(self, value: Self::F) -> Self::F;
    /// x 2^k, where k is whole and from −126 to 127.
    fn scale(self, x: Self::F, k: Self::F) -> Self::F;
    /// The sum of the lanes.
    fn sum(self, value: Self::F) -> f32;
    /// The smallest lane.
    fn least(self, value: Self::F) -> f32;
    /// The largest lane.
    fn most(self, value: Self::F) -> f32;
    /// Sixteen rows become sixteen columns.
    fn transpose(self, rows: [Self::F; LANES]) -> [Self::F; LANES];

    /// The products of rows of bytes with all outputs' weights, in whole numbers: `rows` is
    /// [count, depth] and `out` [count, width], count a multiple of [`super::ROWS`].
    fn multiply(self, rows: &[u8], weights: &Weights, out: &mut [i32]);

    /// Σ coefficients[i] x^i.
    #[inline(always)]
    fn polynomial<const N: usize>(self, x: Self::F, coefficients: [f32; N]) -> Self::F {
        let mut value = self.splat(coefficients[N - 1]);
        for at in (0..N - 1).rev() {
            value = self.mul_add(value, x, self.splat(coefficients[at]));
        }
        value
    }

    /// 2^x for x up to 0, off by 1e-7 of it at most; below −126 it is 2^−126.
    #[inline(always)]
    fn exp2(self, x: Self::F) -> Self::F {
        let x = self.max(x, self.splat(-126.0));
        let k = self.round(x);
        // The minimax polynomial of 2^r for |r| ≤ 1/2.
        let power = self.polynomial(
            self.sub(x, k),
            [1.000_000_1, 0.693_146_94, 0.240_221_2, 0.055_507_13, 0.009_675_542, 0.001_327_647_2],
        );
        self.scale(power, k)
    }

    /// x Φ(x), off by 1e-5 at most: far less than a step of the eight bits that it is kept in next.
    #[inline(always)]
    fn gelu(self, x: Self::F) -> Self::F {
        // Φ(x) = 1/2 + x p(x²) for |x| ≤ 5, beyond which it is 0 or 1. p is a minimax polynomial, in
        // 2 x²/25 − 1 so that its terms stay small.
        let held = self.min(self.max(x, self.splat(-5.0)), self.splat(5.0));
        let square = self.mul(held, held);
        let u = self.mul_add(square, self.splat(2.0 / 25.0), self.splat(-1.0));
        let slope = self.polynomial(
            u,
            [
                0.141_364_32,
                -0.070_300_38,
                0.051_486_578,
                -0.040_321_73,
                0.031_758_744,
                -0.024_202_904,
                0.015_497_378,
                -0.008_350_788,
                0.007_091_110_6,
                -0.006_266_399_3,
                0.002_244_084,
            ],
        );
        self.mul(x, self.mul_add(held, slope, self.splat(0.5)))
    }
}
