//! Dropout that can be repeated, alone and together with a sum.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::dropout;
use super::storage::slice;

/// How strongly, and with which random stream, a dropout acts. The stream is a pure function of the
/// seed, so that a run can be repeated and a gradient sees the mask of its forward pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dropout {
    /// The share of values set to zero; the rest is scaled up by 1 / (1 − p).
    pub p: f32,
    /// Selects the mask.
    pub seed: u32,
}

impl Dropout {
    /// No dropout: what inference runs with.
    pub const NONE: Dropout = Dropout { p: 0.0, seed: 0 };

    /// The same strength with another stream.
    pub fn stream(self, at: u32) -> Dropout {
        Dropout { seed: mix(self.seed ^ at.wrapping_mul(0x9E37_79B9)), ..self }
    }

    /// What the value at a place is multiplied with.
    #[inline(always)]
    pub(super) fn factor(self, place: u32) -> f32 {
        let keep = mix(place.wrapping_mul(0x9E37_79B9) ^ self.seed) >> 8;
        let limit = (self.p * 16_777_216.0) as u32;
        if keep < limit { 0.0 } else { 1.0 / (1.0 - self.p) }
    }
}

/// The finalizer of MurmurHash3: every bit of the input reaches every bit of the output.
#[inline(always)]
fn mix(mut bits: u32) -> u32 {
    bits ^= bits >> 16;
    bits = bits.wrapping_mul(0x85EB_CA6B);
    bits ^= bits >> 13;
    bits = bits.wrapping_mul(0xC2B2_AE35);
    bits ^ (bits >> 16)
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, layout)?;
        let mut out = vec![0.0; x.len()];
        Arch::new().dispatch(|| {
            for (place, (out, x)) in out.iter_mut().zip(x).enumerate() {
                *out = x * self.factor(place as u32);
            }
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _arg: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        dropout(grad, *self).map(Some)
    }
}

/// A sum of which the second part goes through dropout.
pub(super) struct AddDropped(pub Dropout);

impl CustomOp2 for AddDropped {
    fn name(&self) -> &'static str {
        "add-dropped"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        more: &CpuStorage,
        more_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, more) = (slice(x, x_layout)?, slice(more, more_layout)?);
        let mut out = vec![0.0; x.len()];
        Arch::new().dispatch(|| {
            if self.0.p == 0.0 {
                for ((out, x), more) in out.iter_mut().zip(x).zip(more) {
                    *out = x + more;
                }
            } else {
                for (place, ((out, x), more)) in out.iter_mut().zip(x).zip(more).enumerate() {
                    *out = x + more * self.0.factor(place as u32);
                }
            }
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        _x: &Tensor,
        _more: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        Ok((Some(grad.clone()), Some(dropout(grad, self.0)?)))
    }
}
