//! Sums and functions that the compiler can keep in wide registers.

/// A sum in sixteen lanes, which the compiler can keep in wide registers.
#[derive(Default)]
pub(super) struct Sum([f32; 16]);

impl Sum {
    #[inline(always)]
    pub fn add(&mut self, values: &[f32]) {
        let mut chunks = values.chunks_exact(16);
        for chunk in &mut chunks {
            for (lane, value) in self.0.iter_mut().zip(chunk) {
                *lane += value;
            }
        }
        for (lane, value) in self.0.iter_mut().zip(chunks.remainder()) {
            *lane += value;
        }
    }

    /// Adds `a[i] (b[i] − shift) scale`.
    #[inline(always)]
    pub fn add_product(&mut self, a: &[f32], b: &[f32], shift: f32, scale: f32) {
        let (mut left, mut right) = (a.chunks_exact(16), b.chunks_exact(16));
        for (a, b) in (&mut left).zip(&mut right) {
            for i in 0..16 {
                self.0[i] += a[i] * ((b[i] - shift) * scale);
            }
        }
        for (lane, (a, b)) in self.0.iter_mut().zip(left.remainder().iter().zip(right.remainder()))
        {
            *lane += a * ((b - shift) * scale);
        }
    }

    #[inline(always)]
    pub fn value(&self) -> f32 {
        self.0.iter().sum()
    }
}

/// The standard normal distribution function, by the error function of Abramowitz and Stegun,
/// *Handbook of Mathematical Functions* (1964), formula 7.1.26: off by 1.5e-7 at most.
#[inline(always)]
pub(super) fn normal_cdf(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series = t
        * (0.254_829_6
            + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let tail = 0.5 * series * exp(-z * z);
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// e^x without a branch, so that loops over it run in wide registers: 2^k e^r with |r| ≤ ln 2 / 2 and
/// e^r by its Taylor series to the seventh power; off by a few units in the last place.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23: adding it leaves no fraction bits.
    let x = x.clamp(-87.0, 88.0);
    let k = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - k * 0.693_359_4) - k * -2.121_944_4e-4; // ln 2 in two parts
    let series = 1.0
        + r * (1.0
            + r * (0.5
                + r * (1.0 / 6.0
                    + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r / 5040.0))))));
    series * f32::from_bits(((k as i32 + 127) as u32) << 23)
}
