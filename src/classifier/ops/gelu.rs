//! GELU with the error function.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::arithmetic::{exp, normal_cdf};
use super::storage::{read, slice};

pub(super) struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, layout)?;
        let mut out = vec![0.0; x.len()];
        Arch::new().dispatch(|| {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = x * normal_cdf(x);
            }
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _res: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let mut out = vec![0.0; x.elem_count()];
        read([x, grad], |[x, grad]| {
            Arch::new().dispatch(|| {
                for ((out, &x), grad) in out.iter_mut().zip(x).zip(grad) {
                    let density = 0.398_942_3 * exp(-0.5 * x * x);
                    *out = grad * (normal_cdf(x) + x * density);
                }
            });
        })?;
        Ok(Some(Tensor::from_vec(out, x.shape(), x.device())?))
    }
}
