//! Registers of sixteen floats (AVX-512) and dot products of bytes (VNNI).

use std::arch::x86_64::*;
use std::array::from_fn;

use super::amx;
use super::lanes::{LANES, Lanes};
use super::weights::{GROUP, Weights};

/// Proof that the processor has AVX-512 F, BW, DQ, VL and VNNI.
#[derive(Clone, Copy)]
pub(super) struct Avx512 {
    /// And tiles, which this process may use.
    tiles: bool,
}

impl Avx512 {
    /// # Safety
    ///
    /// The processor must have the features, and with `tiles` [`amx::enable`] have said yes.
    pub unsafe fn new(tiles: bool) -> Avx512 {
        Avx512 { tiles }
    }
}

// SAFETY, for every block in this implementation: an `Avx512` is proof of the features, and memory is touched
// through references to sixteen values.
impl Lanes for Avx512 {
    type F = __m512;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, from: &[f32; LANES]) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }

    #[inline(always)]
    fn store(self, value: __m512, to: &mut [f32; LANES]) {
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), value) }
    }

    #[inline(always)]
    fn load_whole(self, from: &[i32; LANES]) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_cvtepi32_ps(_mm512_loadu_si512(from.as_ptr().cast())) }
    }

    #[inline(always)]
    fn load_bytes(self, from: &[u8; LANES]) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.as_ptr().cast()))) }
    }

    #[inline(always)]
    fn store_bytes(self, value: __m512, to: &mut [u8; LANES]) {
        // SAFETY: as above.
        unsafe {
            let whole = _mm512_max_epi32(_mm512_cvtps_epi32(value), _mm512_setzero_si512());
            _mm_storeu_si128(to.as_mut_ptr().cast(), _mm512_cvtusepi32_epi8(whole));
        }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn round(self, value: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(value) }
    }

    #[inline(always)]
    fn scale(self, x: __m512, k: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_scalef_ps(x, k) }
    }

    #[inline(always)]
    fn sum(self, value: __m512) -> f32 {
        // SAFETY: as above.
        unsafe {
            let eight = _mm256_add_ps(low(value), high(value));
            let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn least(self, value: __m512) -> f32 {
        // SAFETY: as above.
        unsafe {
            let eight = _mm256_min_ps(low(value), high(value));
            let four = _mm_min_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_min_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn most(self, value: __m512) -> f32 {
        // SAFETY: as above.
        unsafe {
            let eight = _mm256_max_ps(low(value), high(value));
            let four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    #[inline(always)]
    fn transpose(self, rows: [__m512; LANES]) -> [__m512; LANES] {
        // SAFETY: as above.
        unsafe {
            // Pairs of rows, then fours, within each quarter of a register; then quarters change places.
            let mut pairs = rows;
            for at in (0..LANES).step_by(2) {
                pairs[at] = _mm512_unpacklo_ps(rows[at], rows[at + 1]);
                pairs[at + 1] = _mm512_unpackhi_ps(rows[at], rows[at + 1]);
            }
            // fours[4 g + c]: column c of each quarter, rows 4 g to 4 g + 3.
            let mut fours = pairs;
            for at in (0..LANES).step_by(4) {
                for half in 0..2 {
                    let a = _mm512_castps_pd(pairs[at + half]);
                    let b = _mm512_castps_pd(pairs[at + half + 2]);
                    fours[at + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(a, b));
                    fours[at + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a, b));
                }
            }
            let mut columns = fours;
            for at in 0..4 {
                let [a, b, c, d] = [fours[at], fours[4 + at], fours[8 + at], fours[12 + at]];
                let (low, high) = (
                    [_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0x44>(c, d)],
                    [_mm512_shuffle_f32x4::<0xee>(a, b), _mm512_shuffle_f32x4::<0xee>(c, d)],
                );
                columns[at] = _mm512_shuffle_f32x4::<0x88>(low[0], low[1]);
                columns[4 + at] = _mm512_shuffle_f32x4::<0xdd>(low[0], low[1]);
                columns[8 + at] = _mm512_shuffle_f32x4::<0x88>(high[0], high[1]);
                columns[12 + at] = _mm512_shuffle_f32x4::<0xdd>(high[0], high[1]);
            }
            columns
        }
    }

    #[inline(always)]
    fn multiply(self, rows: &[u8], weights: &Weights, out: &mut [i32]) {
        // SAFETY: as above; tiles are only claimed where they may be used.
        unsafe {
            match self.tiles {
                true => amx::multiply(rows, weights, out),
                false => multiply(rows, weights, out),
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn low(value: __m512) -> __m256 {
    _mm512_castps512_ps256(value)
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn high(value: __m512) -> __m256 {
    _mm512_extractf32x8_ps::<1>(value)
}

/// Rows whose sums are kept in registers together.
const HEIGHT: usize = 8;

/// See [`Lanes::multiply`].
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn multiply(rows: &[u8], weights: &Weights, out: &mut [i32]) {
    let (depth, width) = (weights.depth, weights.width);
    for column in (0..width).step_by(2 * LANES) {
        let (left, right) = (weights.panel(column), weights.panel(column + LANES));
        let tops = rows.chunks_exact(HEIGHT * depth);
        for (rows, out) in tops.zip(out.chunks_exact_mut(HEIGHT * width)) {
            let rows: [&[[u8; GROUP]]; HEIGHT] =
                from_fn(|row| rows[row * depth..][..depth].as_chunks().0);
            let mut sums = [[_mm512_setzero_si512(); 2]; HEIGHT];
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                // SAFETY: both are 64 bytes.
                let (left, right) = unsafe {
                    (
                        _mm512_loadu_si512(left.as_ptr().cast()),
                        _mm512_loadu_si512(right.as_ptr().cast()),
                    )
                };
                for (row, sums) in rows.iter().zip(&mut sums) {
                    let four = _mm512_set1_epi32(i32::from_le_bytes(row[at]));
                    sums[0] = _mm512_dpbusd_epi32(sums[0], four, left);
                    sums[1] = _mm512_dpbusd_epi32(sums[1], four, right);
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                let (out, _) = out[row * width + column..][..2 * LANES].as_chunks_mut::<LANES>();
                for (out, sums) in out.iter_mut().zip(sums) {
                    // SAFETY: sixteen values, as wide as the register.
                    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sums) };
                }
            }
        }
    }
}
