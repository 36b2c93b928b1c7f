//! Multi-head attention over packed texts, each to itself alone.

use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};
use pulp::Arch;

use super::arithmetic::{Sum, exp};
use super::storage::{read, slice};
use super::{Bounds, Dropout};

pub(super) struct Attention {
    pub bounds: Bounds,
    pub heads: usize,
    pub dropout: Dropout,
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
