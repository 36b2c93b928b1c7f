//! Every path against plain arithmetic, and all paths against each other, bit by bit.

use proptest::prelude::*;

use super::*;

/// Numbers that look random, from −1 to 1.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    (0..count).map(|_| random.f32() * 2.0 - 1.0).collect()
}

struct Multiply<'a>(&'a [u8], &'a Weights, &'a mut [i32]);

impl Work for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        lanes.multiply(self.0, self.1, self.2);
    }
}

proptest! {
    #[test]
    fn products_are_those_of_plain_arithmetic(
        outputs in 1..70_usize,
        from in 1..200_usize,
        tiles in 1..6_usize,
        seed: u64,
    ) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut weights = Weights::zeros(outputs, from);
        let rows_of_weights: Vec<Vec<u8>> =
            (0..outputs).map(|_| (0..from).map(|_| random.u8(..)).collect()).collect();
        for (at, row) in rows_of_weights.iter().enumerate() {
            weights.set(at, row, 1.0, 0.0);
        }
        let count = tiles * ROWS;
        // What stands beyond a row's values must not matter: it is random too.
        let rows: Vec<u8> = (0..count * weights.depth).map(|_| random.u8(..)).collect();
        let mut plain = vec![0; count * weights.width];
        for (row, out) in rows.chunks(weights.depth).zip(plain.chunks_mut(weights.width)) {
            for (out, weights) in out.iter_mut().zip(&rows_of_weights) {
                let products = row.iter().zip(weights);
                *out = products.map(|(a, b)| i32::from(*a) * i32::from(*b as i8)).sum();
            }
        }
        for path in Path::available() {
            let mut out = vec![-1; count * weights.width];
            path.run(Multiply(&rows, &weights, &mut out));
            prop_assert!(out == plain, "{:?}", path);
        }
    }
}

/// Everything that is done with floats, over made-up rows.
struct Floats {
    tokens: usize,
    size: usize,
    heads: usize,
    seed: u64,
}

#[derive(Debug, PartialEq)]
struct Outcome {
    floats: Vec<Vec<f32>>,
    bytes: Vec<Vec<u8>>,
    levels: Vec<Level>,
}

impl Work for &Floats {
    type Output = Outcome;

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> Outcome {
        let width = self.size * self.heads;
        let mut weights = Weights::zeros(width, width);
        let mut random = fastrand::Rng::with_seed(self.seed);
        for at in 0..width {
            let row: Vec<u8> = (0..width).map(|_| random.u8(..)).collect();
            weights.set(at, &row, 0.001 * random.f32(), random.f32());
        }
        weights.single_out(&[1, 2, 3, 5]);
        let products: Vec<i32> = (0..weights.width).map(|_| random.i32(-99_999..99_999)).collect();
        let level = Level { scale: 0.01, zero: 17.0, loud: [4.0, -3.0, 2.0, 0.5] };
        let mut spread_out = vec![0.0; width];
        spread(lanes, &products, &weights, &level, &mut spread_out);
        let mut inner = vec![0; width];
        let mut scratch = vec![0.0; width];
        let inner_level =
            gelu_and_quantize(lanes, &products, &weights, &level, &mut scratch, &mut inner);
        let mut sum = numbers(self.seed, width);
        add(lanes, &products, &weights, &level, &mut sum);
        let norm = Norm { gain: numbers(1, width), bias: numbers(2, width), epsilon: 1e-12 };
        let mut normal = sum.clone();
        norm.apply(lanes, &mut normal);
        let mut bytes = vec![0; width];
        let but = quantize_but(lanes, &[0, 3, 4, 9], &mut normal, &mut bytes);
        let signed: Vec<u8> = (0..3 * width).map(|_| random.u8(..)).collect();
        let [a, b, c] = [0, 1, 2].map(|at| &signed[at * width..][..width]);
        let mut embedded = vec![0.0; width];
        embed(lanes, [(a, 0.1), (b, 0.2), (c, 0.3)], &mut embedded);
        let mut attended = vec![0.0; self.tokens * width];
        let qkv = numbers(3, 3 * self.tokens * width);
        attend(lanes, &mut Attention::new(self.size), self.heads, &qkv, &mut attended);
        let dot = total(lanes, &embedded, &normal);
        Outcome {
            floats: vec![spread_out, scratch, sum, normal, embedded, attended, vec![dot]],
            bytes: vec![inner, bytes],
            levels: vec![inner_level, but],
        }
    }
}

#[test]
fn all_paths_give_the_same_floats() {
    for (tokens, size, heads) in [(1, 16, 1), (7, 32, 3), (16, 48, 2), (33, 64, 2), (70, 16, 4)] {
        let work = Floats { tokens, size, heads, seed: tokens as u64 };
        let plain = Path(Kind::Portable).run(&work);
        for path in Path::available() {
            assert!(path.run(&work) == plain, "{path:?}");
        }
    }
}

struct Functions<'a>(&'a [f32; LANES]);

impl Work for Functions<'_> {
    type Output = [[f32; LANES]; 2];

    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) -> [[f32; LANES]; 2] {
        let mut out = [[0.0; LANES]; 2];
        let x = lanes.load(self.0);
        lanes.store(lanes.gelu(x), &mut out[0]);
        lanes.store(lanes.exp2(lanes.min(x, lanes.splat(0.0))), &mut out[1]);
        out
    }
}

#[test]
fn gelu_and_powers_are_as_near_as_they_say() {
    let normal = |x: f64| 0.5 * (1.0 + statrs::function::erf::erf(x / std::f64::consts::SQRT_2));
    for step in -20_000..20_000 {
        let x = [step as f32 * 0.001; LANES];
        let [gelu, power] =
            Path(Kind::Portable).run(Functions(&x)).map(|lanes| f64::from(lanes[0]));
        let x = f64::from(x[0]);
        // Far out, an error of Φ's last bit is multiplied.
        assert!((gelu - x * normal(x)).abs() < 1e-5_f64.max(x.abs() * 1e-6), "gelu {x}: {gelu}");
        let expected = x.min(0.0).exp2();
        assert!((power - expected).abs() < expected * 3e-7, "2^{x}: {power}");
    }
}

#[test]
fn bytes_stand_for_their_values_and_loud_ones_for_themselves() {
    let mut row = numbers(5, 64);
    (row[7], row[20], row[33]) = (40.0, -55.0, 0.0);
    struct Quantize<'a>(&'a mut [f32], &'a mut [u8]);
    impl Work for Quantize<'_> {
        type Output = Level;
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) -> Level {
            quantize_but(lanes, &[7, 20, 0, 1], self.0, self.1)
        }
    }
    let before = row.clone();
    let mut bytes = vec![0; 64];
    let level = Path(Kind::Portable).run(Quantize(&mut row, &mut bytes));
    assert_eq!(row, before);
    assert_eq!(level.loud, [40.0, -55.0, row[0], row[1]]);
    assert!(level.scale < 2.0 / 250.0, "{level:?}");
    for (at, (value, byte)) in row.iter().zip(&bytes).enumerate() {
        let stands_for = (f32::from(*byte) - level.zero) * level.scale;
        let expected = if [7, 20, 0, 1].contains(&at) { 0.0 } else { *value };
        assert!((stands_for - expected).abs() <= level.scale * 0.501, "{at}: {value} {stands_for}");
    }
    assert_eq!(f32::from(bytes[33]), level.zero);
}

#[test]
fn attention_is_what_its_definition_says() {
    let (tokens, size, heads) = (21, 32, 2);
    let width = size * heads;
    let qkv = numbers(8, 3 * tokens * width);
    struct Attend<'a>(&'a [f32], &'a mut [f32]);
    impl Work for Attend<'_> {
        type Output = ();
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            attend(lanes, &mut Attention::new(32), 2, self.0, self.1);
        }
    }
    let mut out = vec![0.0; tokens * width];
    Path(Kind::Portable).run(Attend(&qkv, &mut out));
    let mut of_last = vec![0.0; 10 * width];
    Path(Kind::Portable).run(Attend(&qkv, &mut of_last));
    assert!(of_last == out[11 * width..], "the last ten ask what they ask among all");
    let part =
        |token: usize, part: usize, at: usize| f64::from(qkv[(token * 3 + part) * width + at]);
    for (token, row) in out.chunks(width).enumerate() {
        for (at, value) in row.iter().enumerate() {
            let first = at / size * size;
            let score = |key: usize| -> f64 {
                (first..first + size).map(|at| part(token, 0, at) * part(key, 1, at)).sum()
            };
            let weights: Vec<f64> = (0..tokens).map(|key| score(key).exp2()).collect();
            let heard: f64 = weights.iter().enumerate().map(|(key, w)| w * part(key, 2, at)).sum();
            let expected = heard / weights.iter().sum::<f64>();
            assert!((f64::from(*value) - expected).abs() < 1e-5, "{value} {expected}");
        }
    }
}

#[test]
fn a_row_is_normalized() {
    struct Normalize<'a>(&'a Norm, &'a mut [f32]);
    impl Work for Normalize<'_> {
        type Output = ();
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            self.0.apply(lanes, self.1);
        }
    }
    let norm = Norm { gain: vec![2.0; 48], bias: vec![1.0; 48], epsilon: 1e-12 };
    let mut row: Vec<f32> = numbers(4, 48).iter().map(|x| 5.0 + 3.0 * x).collect();
    Path(Kind::Portable).run(Normalize(&norm, &mut row));
    let mean = row.iter().sum::<f32>() / 48.0;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 48.0;
    assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
}
