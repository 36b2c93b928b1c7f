//! The few tensor operations that candle has no gradient for, or no fast one on the CPU.
//!
//! Each is one pass over memory, with its gradient. They work on packed batches: the tokens of all
//! texts one after another, without padding. Off the CPU, and as the reference in tests, [`composed`]
//! does the same with candle's own operations.

mod arithmetic;
mod attention;
pub mod composed;
mod dropout;
mod gelu;
mod linear;
mod norm;
mod storage;
#[cfg(test)]
mod tests;

use candle_core::{Result, Tensor};

pub use dropout::Dropout;

/// Where the texts of a packed batch begin and end: `bounds[i]..bounds[i + 1]` are text i's tokens.
pub type Bounds = std::sync::Arc<[usize]>;

/// x · weightᵀ + bias: `x` `[rows, from]`, `weight` `[into, from]`, `bias` `[into]`.
///
/// # Errors
///
/// When shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.matmul(&weight.t()?)?.broadcast_add(bias);
    }
    x.contiguous()?.apply_op3(weight, bias, linear::Linear)
}

/// `x` plus what is left of `more` after dropout; both have the same shape.
///
/// # Errors
///
/// When shapes do not fit.
pub fn add_dropped(x: &Tensor, more: &Tensor, strength: Dropout) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x + composed::dropout(more, strength)?;
    }
    x.contiguous()?.apply_op2(&more.contiguous()?, dropout::AddDropped(strength))
}

/// Layer normalization over the last dimension: `x` `[rows, width]`, `gain` and `bias` `[width]`.
///
/// # Errors
///
/// When shapes do not fit.
pub fn layer_norm(x: &Tensor, gain: &Tensor, bias: &Tensor, epsilon: f32) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return composed::layer_norm(x, gain, bias, epsilon);
    }
    x.contiguous()?.apply_op3(gain, bias, norm::LayerNorm { epsilon })
}

/// GELU with the error function, as BERT has it.
///
/// # Errors
///
/// When candle refuses.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.gelu_erf();
    }
    x.contiguous()?.apply_op1(gelu::Gelu)
}

/// Sets a random share of the values to zero.
///
/// # Errors
///
/// When candle refuses.
pub fn dropout(x: &Tensor, dropout: Dropout) -> Result<Tensor> {
    if dropout.p == 0.0 {
        return Ok(x.clone());
    }
    if !x.device().is_cpu() {
        return composed::dropout(x, dropout);
    }
    x.contiguous()?.apply_op1(dropout)
}

/// Multi-head attention of each text to itself: `q`, `k`, `v` `[tokens, heads × size]`, packed.
///
/// # Errors
///
/// When shapes do not fit.
pub fn attention(
    [q, k, v]: [&Tensor; 3],
    bounds: &Bounds,
    heads: usize,
    dropout: Dropout,
) -> Result<Tensor> {
    if !q.device().is_cpu() {
        return composed::attention([q, k, v], bounds, heads, dropout);
    }
    let op = attention::Attention { bounds: bounds.clone(), heads, dropout };
    q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}
