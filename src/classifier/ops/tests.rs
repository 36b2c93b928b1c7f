//! Each operation against candle's own, values and gradients.

use super::arithmetic::{exp, normal_cdf};
use super::*;
use candle_core::{DType, Device, Shape, Var};

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
    same(std::slice::from_ref(&x), || gelu(&x).unwrap(), || x.gelu_erf().unwrap());
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
    for (x, exact) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (3.0, 0.998_650_1)] {
        assert!((normal_cdf(x) - exact).abs() < 3e-7, "{x}");
    }
    assert_eq!((exp(-200.0) < 1e-37, exp(f32::MAX).is_finite()), (true, true));
}
