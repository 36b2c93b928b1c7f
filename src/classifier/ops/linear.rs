//! A linear layer in one pass, so that the gradient of its bias and of its sum cost no more tensors.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor, bail};
use pulp::Arch;

use super::storage::{read, slice};

pub(super) struct Linear;

impl CustomOp3 for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((rows, from), (into, _)) = (x_layout.shape().dims2()?, weight_layout.shape().dims2()?);
        let turned = weight_layout.transpose(0, 1)?;
        let product = x.matmul(weight, (1, rows, into, from), x_layout, &turned)?;
        let bias = slice(bias, bias_layout)?;
        let CpuStorage::F32(mut out) = product else { bail!("f32 is wanted") };
        Arch::new().dispatch(|| {
            for row in out.chunks_exact_mut(into) {
                for (out, bias) in row.iter_mut().zip(bias) {
                    *out += bias;
                }
            }
        });
        Ok((CpuStorage::F32(out), (rows, into).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _bias: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (x, weight) = (x.detach(), weight.detach());
        let mut of_bias = vec![0.0; weight.dim(0)?];
        read([grad], |[grad]| {
            Arch::new().dispatch(|| {
                for row in grad.chunks_exact(of_bias.len()) {
                    for (sum, value) in of_bias.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            });
        })?;
        let width = of_bias.len();
        Ok((
            Some(grad.matmul(&weight)?),
            Some(grad.t()?.matmul(&x)?),
            Some(Tensor::from_vec(of_bias, width, grad.device())?),
        ))
    }
}
