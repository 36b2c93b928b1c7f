//! Two registers of eight floats (AVX2), and products of bytes by way of sixteen bits.

use std::arch::x86_64::*;
use std::array::from_fn;

use super::lanes::{LANES, Lanes};
use super::weights::{GROUP, Weights};

/// Proof that the processor has AVX2 and fused multiply-add.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// # Safety
    ///
    /// The processor must have the features.
    pub unsafe fn new() -> Avx2 {
        Avx2(())
    }
}

/// Folds sixteen lanes by halves.
macro_rules! fold {
    ($value:expr, $eight:ident, $four:ident, $one:ident) => {{
        let [low, high] = $value;
        let eight = $eight(low, high);
        let four = $four(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
        let two = $four(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32($one(two, _mm_shuffle_ps::<1>(two, two)))
    }};
}

// SAFETY, for every block in this implementation: an `Avx2` is proof of the features, and memory is touched
// through references to sixteen values.
impl Lanes for Avx2 {
    type F = [__m256; 2];

    #[inline(always)]
    fn splat(self, value: f32) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_set1_ps(value); 2] }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_loadu_ps(from.as_ptr()), _mm256_loadu_ps(from[8..].as_ptr())] }
    }

    #[inline(always)]
    fn store(self, [low, high]: Self::F, to: &mut [f32; LANES]) {
        // SAFETY: as above.
        unsafe {
            _mm256_storeu_ps(to.as_mut_ptr(), low);
            _mm256_storeu_ps(to[8..].as_mut_ptr(), high);
        }
    }

    #[inline(always)]
    fn load_whole(self, from: &[i32; LANES]) -> Self::F {
        // SAFETY: as above.
        unsafe {
            [
                _mm256_cvtepi32_ps(_mm256_loadu_si256(from.as_ptr().cast())),
                _mm256_cvtepi32_ps(_mm256_loadu_si256(from[8..].as_ptr().cast())),
            ]
        }
    }

    #[inline(always)]
    fn load_bytes(self, from: &[u8; LANES]) -> Self::F {
        // SAFETY: as above.
        unsafe {
            let bytes = _mm_loadu_si128(from.as_ptr().cast());
            [
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128::<8>(bytes))),
            ]
        }
    }

    #[inline(always)]
    fn store_bytes(self, [low, high]: Self::F, to: &mut [u8; LANES]) {
        // SAFETY: as above.
        unsafe {
            // Packing works within halves of a register; the quarters are put in order between.
            let short = _mm256_packs_epi32(_mm256_cvtps_epi32(low), _mm256_cvtps_epi32(high));
            let short = _mm256_permute4x64_epi64::<0b11_01_10_00>(short);
            let bytes = _mm_packus_epi16(
                _mm256_castsi256_si128(short),
                _mm256_extracti128_si256::<1>(short),
            );
            _mm_storeu_si128(to.as_mut_ptr().cast(), bytes);
        }
    }

    #[inline(always)]
    fn add(self, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn sub(self, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    fn min(self, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn max(self, a: Self::F, b: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn round(self, value: Self::F) -> Self::F {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        // SAFETY: as above.
        unsafe { [_mm256_round_ps::<NEAREST>(value[0]), _mm256_round_ps::<NEAREST>(value[1])] }
    }

    #[inline(always)]
    fn scale(self, x: Self::F, k: Self::F) -> Self::F {
        // SAFETY: as above.
        unsafe { [power(x[0], k[0]), power(x[1], k[1])] }
    }

    #[inline(always)]
    fn sum(self, value: Self::F) -> f32 {
        // SAFETY: as above.
        unsafe { fold!(value, _mm256_add_ps, _mm_add_ps, _mm_add_ss) }
    }

    #[inline(always)]
    fn least(self, value: Self::F) -> f32 {
        // SAFETY: as above.
        unsafe { fold!(value, _mm256_min_ps, _mm_min_ps, _mm_min_ss) }
    }

    #[inline(always)]
    fn most(self, value: Self::F) -> f32 {
        // SAFETY: as above.
        unsafe { fold!(value, _mm256_max_ps, _mm_max_ps, _mm_max_ss) }
    }

    #[inline(always)]
    fn transpose(self, rows: [Self::F; LANES]) -> [Self::F; LANES] {
        let mut from = [[0.0; LANES]; LANES];
        for (to, row) in from.iter_mut().zip(rows) {
            self.store(row, to);
        }
        let mut columns = rows;
        for (column, to) in columns.iter_mut().enumerate() {
            *to = self.load(&from_fn(|row| from[row][column]));
        }
        columns
    }

    #[inline(always)]
    fn multiply(self, rows: &[u8], weights: &Weights, out: &mut [i32]) {
        // SAFETY: as above.
        unsafe { multiply(rows, weights, out) }
    }
}

/// x 2^k
#[target_feature(enable = "avx2,fma")]
#[inline]
fn power(x: __m256, k: __m256) -> __m256 {
    let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(k), _mm256_set1_epi32(127));
    _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
}

/// Rows whose sums are kept in registers together.
const HEIGHT: usize = 2;

/// See [`Lanes::multiply`]. Products of two bytes need sixteen bits, and the sum of two products more: the
/// instruction that adds them in sixteen would saturate, so bytes are widened first.
#[target_feature(enable = "avx2,fma")]
fn multiply(rows: &[u8], weights: &Weights, out: &mut [i32]) {
    let (depth, width) = (weights.depth, weights.width);
    for column in (0..width).step_by(LANES) {
        let panel = weights.panel(column);
        let tops = rows.chunks_exact(HEIGHT * depth);
        for (rows, out) in tops.zip(out.chunks_exact_mut(HEIGHT * width)) {
            let rows: [&[[u8; GROUP]]; HEIGHT] =
                from_fn(|row| &rows[row * depth..][..depth].as_chunks().0[..panel.len()]);
            // Four outputs a register, each in two parts.
            let mut sums = [[_mm256_setzero_si256(); 4]; HEIGHT];
            for (at, line) in panel.iter().enumerate() {
                let (quarters, _) = line.as_chunks::<16>();
                let quarters: [__m256i; 4] = from_fn(|quarter| {
                    // SAFETY: sixteen bytes.
                    let bytes = unsafe { _mm_loadu_si128(quarters[quarter].as_ptr().cast()) };
                    _mm256_cvtepi8_epi16(bytes)
                });
                for (row, sums) in rows.iter().zip(&mut sums) {
                    let four = _mm_set1_epi32(i32::from_le_bytes(row[at]));
                    let four = _mm256_cvtepu8_epi16(four);
                    for (sum, weights) in sums.iter_mut().zip(quarters) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(four, weights));
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                let out = &mut out[row * width + column..][..LANES];
                for (half, out) in out.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                    // Adds neighbours within halves; the quarters are put in order then.
                    let eight = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
                    let eight = _mm256_permute4x64_epi64::<0b11_01_10_00>(eight);
                    // SAFETY: eight values, as wide as the register.
                    unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), eight) };
                }
            }
        }
    }
}
