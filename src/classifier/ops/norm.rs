//! Layer normalization.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::arithmetic::Sum;
use super::storage::{read, slice};

pub(super) struct LayerNorm {
    pub epsilon: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gain: &CpuStorage,
        gain_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, gain, bias) =
            (slice(x, layout)?, slice(gain, gain_layout)?, slice(bias, bias_layout)?);
        let width = gain.len();
        let mut out = vec![0.0; x.len()];
        Arch::new().dispatch(|| {
            for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let (mean, scale) = moments(row, self.epsilon);
                for i in 0..width {
                    out[i] = (row[i] - mean) * scale * gain[i] + bias[i];
                }
            }
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gain: &Tensor,
        _bias: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = gain.elem_count();
        let mut of_x = vec![0.0; x.elem_count()];
        let mut of_gain = vec![0.0; width];
        let mut of_bias = vec![0.0; width];
        read([x, gain, grad], |[x, gain, grad]| {
            Arch::new().dispatch(|| {
                let rows = x.chunks_exact(width).zip(grad.chunks_exact(width));
                for ((row, grad), of_x) in rows.zip(of_x.chunks_exact_mut(width)) {
                    let (mean, scale) = moments(row, self.epsilon);
                    let (mut total, mut along) = (Sum::default(), Sum::default());
                    for i in 0..width {
                        let normal = (row[i] - mean) * scale;
                        of_gain[i] += grad[i] * normal;
                        of_bias[i] += grad[i];
                        of_x[i] = grad[i] * gain[i];
                    }
                    total.add(of_x);
                    along.add_product(of_x, row, mean, scale);
                    let (total, along) =
                        (total.value() / width as f32, along.value() / width as f32);
                    for i in 0..width {
                        let normal = (row[i] - mean) * scale;
                        of_x[i] = scale * (of_x[i] - total - normal * along);
                    }
                }
            });
        })?;
        let device = x.device();
        Ok((
            Some(Tensor::from_vec(of_x, x.shape(), device)?),
            Some(Tensor::from_vec(of_gain, width, device)?),
            Some(Tensor::from_vec(of_bias, width, device)?),
        ))
    }
}

/// The mean of a row, and one over its standard deviation.
#[inline(always)]
fn moments(row: &[f32], epsilon: f32) -> (f32, f32) {
    let mut sum = Sum::default();
    sum.add(row);
    let mean = sum.value() / row.len() as f32;
    let mut squares = Sum::default();
    squares.add_product(row, row, mean, 1.0);
    // Σ x (x − mean) = Σ (x − mean)², since Σ (x − mean) is 0.
    let variance = squares.value() / row.len() as f32;
    (mean, 1.0 / (variance.max(0.0) + epsilon).sqrt())
}
