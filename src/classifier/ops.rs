//! The few tensor operations that candle has no gradient for, or no fast one on the CPU.
//!
//! Each is one pass over memory, with its gradient. They work on packed batches: the tokens of all
//! texts one after another, without padding. Off the CPU, and as the reference in tests, [`composed`]
//! does the same with candle's own operations.

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, DType, Layout, Result, Shape, Storage, Tensor,
    bail,
};
use pulp::Arch;

/// Where the texts of a packed batch begin and end: `bounds[i]..bounds[i + 1]` are text i's tokens.
pub type Bounds = std::sync::Arc<[usize]>;

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
    fn factor(self, place: u32) -> f32 {
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

/// x · weightᵀ + bias: `x` [rows, from], `weight` [into, from], `bias` [into].
///
/// # Errors
///
/// When shapes do not fit.
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return x.matmul(&weight.t()?)?.broadcast_add(bias);
    }
    x.contiguous()?.apply_op3(weight, bias, Linear)
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
    x.contiguous()?.apply_op2(&more.contiguous()?, AddDropped(strength))
}

/// Layer normalization over the last dimension: `x` [rows, width], `gain` and `bias` [width].
///
/// # Errors
///
/// When shapes do not fit.
pub fn layer_norm(x: &Tensor, gain: &Tensor, bias: &Tensor, epsilon: f32) -> Result<Tensor> {
    if !x.device().is_cpu() {
        return composed::layer_norm(x, gain, bias, epsilon);
    }
    x.contiguous()?.apply_op3(gain, bias, LayerNorm { epsilon })
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
    x.contiguous()?.apply_op1(Gelu)
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

/// Multi-head attention of each text to itself: `q`, `k`, `v` [tokens, heads × size], packed.
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
    let op = Attention { bounds: bounds.clone(), heads, dropout };
    q.contiguous()?.apply_op3(&k.contiguous()?, &v.contiguous()?, op)
}

struct Linear;

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

struct AddDropped(Dropout);

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

struct LayerNorm {
    epsilon: f32,
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

/// A sum in sixteen lanes, which the compiler can keep in wide registers.
#[derive(Default)]
struct Sum([f32; 16]);

impl Sum {
    #[inline(always)]
    fn add(&mut self, values: &[f32]) {
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
    fn add_product(&mut self, a: &[f32], b: &[f32], shift: f32, scale: f32) {
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
    fn value(&self) -> f32 {
        self.0.iter().sum()
    }
}

struct Gelu;

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

/// The standard normal distribution function, by the error function of Abramowitz and Stegun,
/// *Handbook of Mathematical Functions* (1964), formula 7.1.26: off by 1.5e-7 at most.
#[inline(always)]
fn normal_cdf(x: f32) -> f32 {
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
fn exp(x: f32) -> f32 {
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

struct Attention {
    bounds: Bounds,
    heads: usize,
    dropout: Dropout,
}

/// One head of one text: its queries and values [n, size] and keys [size, n], gathered.
struct Head {
    size: usize,
    n: usize,
    /// Softmax weights [n, n], before dropout.
    weights: Vec<f32>,
    /// Scratch of the same shape.
    scratch: Vec<f32>,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl Head {
    fn new(size: usize) -> Head {
        let empty = Vec::new;
        Head { size, n: 0, weights: empty(), scratch: empty(), q: empty(), k: empty(), v: empty() }
    }

    /// Gathers the head's columns of tokens `from..from + n` and computes the softmax weights.
    #[inline(always)]
    fn load(&mut self, [q, k, v]: [&[f32]; 3], from: usize, n: usize, column: usize, width: usize) {
        self.n = n;
        for (rows, source) in [(&mut self.q, q), (&mut self.k, k), (&mut self.v, v)] {
            gather(rows, source, from, n, column, self.size, width);
        }
        // Keys are wanted the other way round, so that inner loops run along tokens.
        self.scratch.clear();
        self.scratch.resize(self.size * n, 0.0);
        transpose(&self.k, &mut self.scratch, n, self.size);
        self.weights.clear();
        self.weights.resize(n * n, 0.0);
        multiply(&self.q, &self.scratch, &mut self.weights, self.size, n);
        let scale = 1.0 / (self.size as f32).sqrt();
        for row in self.weights.chunks_exact_mut(n) {
            let most = row.iter().fold(f32::NEG_INFINITY, |most, value| most.max(*value));
            for value in row.iter_mut() {
                *value = exp((*value - most) * scale);
            }
            let mut sum = Sum::default();
            sum.add(row);
            let inverse = 1.0 / sum.value();
            for value in row.iter_mut() {
                *value *= inverse;
            }
        }
    }
}

#[inline(always)]
fn gather(
    rows: &mut Vec<f32>,
    source: &[f32],
    from: usize,
    n: usize,
    column: usize,
    size: usize,
    width: usize,
) {
    rows.clear();
    for token in from..from + n {
        rows.extend_from_slice(&source[token * width + column..][..size]);
    }
}

#[inline(always)]
fn transpose(from: &[f32], to: &mut [f32], rows: usize, columns: usize) {
    for i in 0..rows {
        for j in 0..columns {
            to[j * rows + i] = from[i * columns + j];
        }
    }
}

/// `out` [m, n] += `a` [m, inner] · `b` [inner, n].
#[inline(always)]
fn multiply(a: &[f32], b: &[f32], out: &mut [f32], inner: usize, n: usize) {
    for (a, out) in a.chunks_exact(inner).zip(out.chunks_exact_mut(n)) {
        for (&a, b) in a.iter().zip(b.chunks_exact(n)) {
            for (out, b) in out.iter_mut().zip(b) {
                *out += a * b;
            }
        }
    }
}

impl Attention {
    /// The place of a head's first weight in the random stream.
    fn stream(&self, from: usize, head: usize) -> Dropout {
        self.dropout.stream((from * self.heads + head) as u32)
    }

    fn texts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.bounds.windows(2).map(|pair| (pair[0], pair[1] - pair[0]))
    }
}

impl CustomOp3 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        q: &CpuStorage,
        q_layout: &Layout,
        k: &CpuStorage,
        k_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let qkv = [slice(q, q_layout)?, slice(k, k_layout)?, slice(v, v_layout)?];
        let width = q_layout.dims()[1];
        let size = width / self.heads;
        let mut out = vec![0.0; qkv[0].len()];
        let mut head = Head::new(size);
        let mut result = Vec::new();
        Arch::new().dispatch(|| {
            for (from, n) in self.texts() {
                for h in 0..self.heads {
                    head.load(qkv, from, n, h * size, width);
                    if self.dropout.p > 0.0 {
                        let stream = self.stream(from, h);
                        for (place, weight) in head.weights.iter_mut().enumerate() {
                            *weight *= stream.factor(place as u32);
                        }
                    }
                    result.clear();
                    result.resize(n * size, 0.0);
                    multiply(&head.weights, &head.v, &mut result, n, size);
                    for (i, row) in result.chunks_exact(size).enumerate() {
                        out[(from + i) * width + h * size..][..size].copy_from_slice(row);
                    }
                }
            }
        });
        Ok((CpuStorage::F32(out), q_layout.shape().clone()))
    }

    fn bwd(
        &self,
        q: &Tensor,
        k: &Tensor,
        v: &Tensor,
        _res: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let width = q.dims()[1];
        let size = width / self.heads;
        let mut of = [(); 3].map(|()| vec![0.0; q.elem_count()]);
        read([q, k, v, grad], |[q, k, v, grad]| {
            let mut head = Head::new(size);
            let (mut out, mut turned) = (Vec::new(), Vec::new());
            let (mut of_weights, mut kept) = (Vec::new(), Vec::new());
            let mut result: Vec<f32> = Vec::new();
            let scale = 1.0 / (size as f32).sqrt();
            Arch::new().dispatch(|| {
                for (from, n) in self.texts() {
                    for h in 0..self.heads {
                        let column = h * size;
                        head.load([q, k, v], from, n, column, width);
                        gather(&mut out, grad, from, n, column, size, width);
                        let stream = self.stream(from, h);
                        // Of the weights: grad · vᵀ, through the dropout.
                        turned.clear();
                        turned.resize(n * size, 0.0);
                        transpose(&head.v, &mut turned, n, size);
                        of_weights.clear();
                        of_weights.resize(n * n, 0.0);
                        multiply(&out, &turned, &mut of_weights, size, n);
                        kept.clear();
                        kept.extend_from_slice(&head.weights);
                        if self.dropout.p > 0.0 {
                            for place in 0..n * n {
                                let factor = stream.factor(place as u32);
                                of_weights[place] *= factor;
                                kept[place] *= factor;
                            }
                        }
                        // Of the values: keptᵀ · grad.
                        head.scratch.clear();
                        head.scratch.resize(n * n, 0.0);
                        transpose(&kept, &mut head.scratch, n, n);
                        let mut put = |of: &mut [f32], left: &[f32], right: &[f32]| {
                            result.clear();
                            result.resize(n * size, 0.0);
                            multiply(left, right, &mut result, n, size);
                            for (i, row) in result.chunks_exact(size).enumerate() {
                                of[(from + i) * width + column..][..size].copy_from_slice(row);
                            }
                        };
                        put(&mut of[2], &head.scratch, &out);
                        // Of the scores, through the softmax.
                        for (of_row, row) in
                            of_weights.chunks_exact_mut(n).zip(head.weights.chunks_exact(n))
                        {
                            let mut along = Sum::default();
                            along.add_product(of_row, row, 0.0, 1.0);
                            let along = along.value();
                            for (of, weight) in of_row.iter_mut().zip(row) {
                                *of = weight * (*of - along) * scale;
                            }
                        }
                        put(&mut of[0], &of_weights, &head.k);
                        transpose(&of_weights, &mut head.scratch, n, n);
                        put(&mut of[1], &head.scratch, &head.q);
                    }
                }
            });
        })?;
        let [of_q, of_k, of_v] = of.map(|of| Tensor::from_vec(of, q.shape(), q.device()));
        Ok((Some(of_q?), Some(of_k?), Some(of_v?)))
    }
}

/// A contiguous f32 tensor's values in storage.
fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a contiguous tensor is wanted")
    };
    match storage {
        CpuStorage::F32(values) => Ok(&values[start..end]),
        other => bail!("f32 is wanted, not {:?}", other.dtype()),
    }
}

/// Lends the values of CPU tensors.
fn read<const N: usize>(tensors: [&Tensor; N], then: impl FnOnce([&[f32]; N])) -> Result<()> {
    let tensors = tensors.map(|tensor| tensor.contiguous());
    let mut kept = Vec::with_capacity(N);
    for tensor in tensors {
        kept.push(tensor?);
    }
    let guards: Vec<_> = kept.iter().map(Tensor::storage_and_layout).collect();
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slot, (storage, layout)) in slices.iter_mut().zip(&guards) {
        *slot = match &**storage {
            Storage::Cpu(storage) => slice(storage, layout)?,
            _ => bail!("a tensor on the CPU is wanted"),
        };
    }
    then(slices);
    Ok(())
}

/// The same operations composed of candle's own.
pub mod composed {
    use candle_core::{D, Device, IndexOp};

    use super::{Bounds, DType, Dropout, Result, Tensor};

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn random(shape: impl Into<Shape>, seed: u64) -> Var {
        let shape = shape.into();
        let mut rng = fastrand::Rng::with_seed(seed);
        let values: Vec<_> = (0..shape.elem_count()).map(|_| rng.f32() * 4.0 - 2.0).collect();
        Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
    }

    /// The largest difference between two tensors.
    fn apart(a: &Tensor, b: &Tensor) -> f32 {
        let apart = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
        apart.max(0).unwrap().to_scalar().unwrap()
    }

    /// Compares values and gradients of two ways to compute the same.
    fn same(vars: &[Var], ours: impl Fn() -> Tensor, theirs: impl Fn() -> Tensor) {
        let (ours, theirs) = (ours(), theirs());
        assert!(apart(&ours, &theirs) < 2e-6, "values are {} apart", apart(&ours, &theirs));
        // A weighted sum, so that every place has a gradient of its own.
        let weights = random(ours.shape().clone(), 99);
        let loss = |out: &Tensor| (out * weights.as_tensor()).unwrap().sum_all().unwrap();
        let (ours, theirs) = (loss(&ours).backward().unwrap(), loss(&theirs).backward().unwrap());
        for var in vars {
            let (a, b) = (ours.get(var).unwrap(), theirs.get(var).unwrap());
            let size = b.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
            let size: f32 = size.to_scalar().unwrap();
            assert!(apart(a, b) < 1e-5 * size.max(1.0), "gradients are {} apart", apart(a, b));
        }
    }

    #[test]
    fn layer_norm_is_candles() {
        let (x, gain, bias) = (random((7, 40), 1), random(40, 2), random(40, 3));
        same(
            &[x.clone(), gain.clone(), bias.clone()],
            || layer_norm(&x, &gain, &bias, 1e-12).unwrap(),
            || composed::layer_norm(&x, &gain, &bias, 1e-12).unwrap(),
        );
    }

    #[test]
    fn linear_is_candles() {
        let (x, weight, bias) = (random((7, 20), 1), random((9, 20), 2), random(9, 3));
        same(
            &[x.clone(), weight.clone(), bias.clone()],
            || linear(&x, &weight, &bias).unwrap(),
            || x.matmul(&weight.t().unwrap()).unwrap().broadcast_add(&bias).unwrap(),
        );
    }

    #[test]
    fn adding_what_is_left_is_adding_after_dropout() {
        let (x, more) = (random((7, 20), 1), random((7, 20), 2));
        for strength in [Dropout::NONE, Dropout { p: 0.4, seed: 2 }] {
            same(
                &[x.clone(), more.clone()],
                || add_dropped(&x, &more, strength).unwrap(),
                || (x.as_tensor() + dropout(&more, strength).unwrap()).unwrap(),
            );
        }
    }

    #[test]
    fn gelu_is_candles() {
        let x = (random((50, 33), 1).as_tensor() * 4.0).unwrap();
        let x = Var::from_tensor(&x).unwrap();
        same(&[x.clone()], || gelu(&x).unwrap(), || x.gelu_erf().unwrap());
    }

    #[test]
    fn attention_is_the_composed_one_with_and_without_dropout() {
        let bounds: Bounds = vec![0, 5, 6, 24].into();
        let vars = [random((24, 8), 1), random((24, 8), 2), random((24, 8), 3)];
        let [q, k, v] = [vars[0].as_tensor(), vars[1].as_tensor(), vars[2].as_tensor()];
        for dropout in [Dropout::NONE, Dropout { p: 0.3, seed: 5 }] {
            same(
                &vars,
                || attention([q, k, v], &bounds, 2, dropout).unwrap(),
                || composed::attention([q, k, v], &bounds, 2, dropout).unwrap(),
            );
        }
    }

    #[test]
    fn dropout_keeps_the_mean_and_its_share() {
        let x = Tensor::ones((400, 500), DType::F32, &Device::Cpu).unwrap();
        let p = 0.1;
        let out = dropout(&x, Dropout { p, seed: 3 }).unwrap();
        let values = out.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let zeros = values.iter().filter(|value| **value == 0.0).count();
        let share = zeros as f32 / values.len() as f32;
        assert!((share - p).abs() < 0.005, "{share}");
        let mean: f32 = values.iter().sum::<f32>() / values.len() as f32;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert_eq!(apart(&out, &composed::dropout(&x, Dropout { p, seed: 3 }).unwrap()), 0.0);
        assert!(apart(&out, &dropout(&x, Dropout { p, seed: 4 }).unwrap()) > 0.0);
    }

    #[test]
    fn exp_and_the_normal_distribution_keep_to_their_bounds() {
        for step in -8000..8000 {
            let x = step as f32 * 0.005;
            let (ours, exact) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((ours / exact - 1.0).abs() < 5e-7, "exp({x}) = {ours}");
        }
        for (x, exact) in
            [(0.0, 0.5), (1.0, 0.841_344_75), (-1.96, 0.024_997_9), (3.0, 0.998_650_1)]
        {
            assert!((normal_cdf(x) - exact).abs() < 3e-7, "{x}");
        }
        assert_eq!((exp(-200.0) < 1e-37, exp(f32::MAX).is_finite()), (true, true));
    }
}
