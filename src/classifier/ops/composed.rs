//! The same operations composed of candle's own.

use candle_core::{D, DType, Device, IndexOp, Result, Tensor};

use super::{Bounds, Dropout};

/// See [`super::layer_norm`].
///
/// # Errors
///
/// When shapes do not fit.
pub fn layer_norm(x: &Tensor, gain: &Tensor, bias: &Tensor, epsilon: f32) -> Result<Tensor> {
    let x = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
    let variance = x.sqr()?.mean_keepdim(D::Minus1)?;
    let normal = x.broadcast_div(&(variance + f64::from(epsilon))?.sqrt()?)?;
    normal.broadcast_mul(gain)?.broadcast_add(bias)
}

/// See [`super::dropout`]; the mask is the same.
///
/// # Errors
///
/// When candle refuses.
pub fn dropout(x: &Tensor, dropout: Dropout) -> Result<Tensor> {
    if dropout.p == 0.0 {
        return Ok(x.clone());
    }
    let mask: Vec<_> = (0..x.elem_count()).map(|at| dropout.factor(at as u32)).collect();
    x * Tensor::from_vec(mask, x.shape(), &Device::Cpu)?.to_device(x.device())?
}

/// See [`super::attention`]; text by text.
///
/// # Errors
///
/// When shapes do not fit.
pub fn attention(
    [q, k, v]: [&Tensor; 3],
    bounds: &Bounds,
    heads: usize,
    strength: Dropout,
) -> Result<Tensor> {
    let width = q.dim(1)?;
    let size = width / heads;
    let mut texts = Vec::with_capacity(bounds.len());
    for pair in bounds.windows(2) {
        let (from, n) = (pair[0], pair[1] - pair[0]);
        let [q, k, v] = [q, k, v].map(|all| {
            all.narrow(0, from, n)?.reshape((n, heads, size))?.transpose(0, 1)?.contiguous()
        });
        let (q, k, v) = (q?, k?, v?);
        let scores = (q.matmul(&k.t()?.contiguous()?)? / (size as f64).sqrt())?;
        let scores = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
        let weights = scores.broadcast_div(&scores.sum_keepdim(D::Minus1)?)?;
        let mut kept = Vec::with_capacity(heads);
        for head in 0..heads {
            let stream = strength.stream((from * heads + head) as u32);
            let stream = Dropout { p: strength.p, ..stream };
            kept.push(dropout(&weights.i(head)?.contiguous()?, stream)?);
        }
        let out = Tensor::stack(&kept, 0)?.matmul(&v)?;
        texts.push(out.transpose(0, 1)?.reshape((n, width))?);
    }
    Tensor::cat(&texts, 0)?.to_dtype(DType::F32)
}
