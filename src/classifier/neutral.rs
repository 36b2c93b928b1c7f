//! What is clearly neutral, told by words alone, so that the network need not run.
//!
//! Most of what people say in a call is. A logistic regression on the tokens of a text, their pairs and
//! threes, and on who speaks and what was said before, guesses whether the network would find anything. What it says and
//! the averaged word vectors of the text and of what was said before go into a small layer that guesses better;
//! where it is very sure that nothing would be found, that is taken for the network's answer. `models/neutral.py` fits both
//! to a network's own outputs, and chooses how sure is sure enough.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::input::Encoded;
use super::int8::Matrix;

/// The version of `neutral.json`.
const SCHEMA: &str = "unsell.neutral/2";
/// What a text is turned into is hashed to so many weights.
const WEIGHTS: usize = 1 << 16;
/// So many of the last tokens of what was said before count.
const BEFORE: usize = 12;

/// `neutral.json`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    /// SHA-256 of the `model.safetensors` that it was fitted to.
    fitted_to: String,
    threshold: f32,
    regression: RegressionFile,
    layer: LayerFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegressionFile {
    shift: f32,
    step: f32,
    weights: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerFile {
    shift: f32,
    outer: Vec<f32>,
    inner: String,
}

/// What guesses whether the network would find anything.
pub(super) struct Neutral {
    regression: Regression,
    layer: Layer,
    /// Log odds below which a text is neutral.
    threshold: f32,
}

struct Regression {
    shift: f32,
    /// What the weights, signed bytes, are multiplied with.
    step: f32,
    weights: Vec<u8>,
}

struct Layer {
    shift: f32,
    /// One each hidden value.
    outer: Vec<f32>,
    /// For each hidden value those of the second segment's averaged word vectors, of the first's, of the regression's log odds,
    /// and a bias.
    inner: Vec<f32>,
}

impl Neutral {
    /// Reads `neutral.json`, for a network whose weights have this hash and whose word vectors this width.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(json: &[u8], network: &str, width: usize) -> Result<Neutral, String> {
        let file: File = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if file.schema != SCHEMA {
            return Err(format!("`schema` is \"{}\", not \"{SCHEMA}\"", file.schema));
        }
        if file.fitted_to != network {
            return Err("it was fitted to another network; models/neutral.py fits it anew, and \
                        without it all texts go through the network"
                .to_owned());
        }
        let File { threshold, regression, layer, .. } = file;
        let weights = numbers("weights", &regression.weights, WEIGHTS, |[byte]| byte)?;
        let RegressionFile { shift, step, .. } = regression;
        let regression = Regression { shift, step, weights };
        let count = layer.outer.len() * (2 * width + 2);
        let inner = numbers("inner", &layer.inner, count, f32::from_le_bytes)?;
        let LayerFile { shift, outer, .. } = layer;
        Ok(Neutral { regression, layer: Layer { shift, outer, inner }, threshold })
    }

    /// Whether a text is clearly neutral, by the network's word vectors.
    pub fn is_sure_of(&self, text: &Encoded, words: &Matrix) -> bool {
        let odds = self.regression.log_odds(text);
        let (first, second) = text.ids.split_at(text.second);
        let mut seen = Vec::with_capacity(2 * words.width() + 2);
        for segment in [second, first] {
            average(words, segment, &mut seen);
        }
        seen.extend([odds, 1.0]);
        self.layer.log_odds(&seen) < self.threshold
    }
}

/// As many numbers as are wanted, from the base64 of their bytes.
fn numbers<const N: usize, T>(
    name: &str,
    base64: &str,
    wanted: usize,
    number: impl Fn([u8; N]) -> T,
) -> Result<Vec<T>, String> {
    let bytes = BASE64_STANDARD.decode(base64).map_err(|error| format!("`{name}`: {error}"))?;
    let (numbers, rest) = bytes.as_chunks();
    if numbers.len() != wanted || !rest.is_empty() {
        return Err(format!("`{name}` are {} bytes, not {}", bytes.len(), N * wanted));
    }
    Ok(numbers.iter().map(|bytes| number(*bytes)).collect())
}

impl Regression {
    fn log_odds(&self, text: &Encoded) -> f32 {
        let mut sum = 0;
        features(text, |feature| sum += i32::from(self.weights[feature] as i8));
        self.shift + self.step * (sum as f32)
    }
}

impl Layer {
    fn log_odds(&self, seen: &[f32]) -> f32 {
        let rows = self.inner.chunks_exact(seen.len()).zip(&self.outer);
        rows.fold(self.shift, |sum, (weights, outer)| sum + dot(weights, seen).max(0.0) * outer)
    }
}

/// Adds the average of some words' vectors to a list.
fn average(words: &Matrix, tokens: &[u32], out: &mut Vec<f32>) {
    let from = out.len();
    out.resize(from + words.width(), 0.0);
    for token in tokens {
        let (row, scale) = words.row(*token as usize);
        let share = scale / tokens.len() as f32;
        for (sum, value) in out[from..].iter_mut().zip(row) {
            *sum += f32::from(*value as i8) * share;
        }
    }
}

/// Sums by the place in a group of sixteen first, which processors do at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 16];
    for (a, b) in a.chunks(16).zip(b.chunks(16)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

/// The weights that a text's sum is of.
fn features(text: &Encoded, mut each: impl FnMut(usize)) {
    let mut hash = |kind: u32, tokens: &[u32]| {
        let mixed = tokens.iter().fold(kind.wrapping_mul(0x27d4_eb2f), |hash, token| {
            (hash ^ token).wrapping_mul(0x9e37_79b1).rotate_left(15)
        });
        each((mixed.wrapping_mul(0x85eb_ca6b) >> 16) as usize % WEIGHTS);
    };
    let (first, second) = text.ids.split_at(text.second);
    for size in 1..=3_u32 {
        second.windows(size as usize).for_each(|tokens| hash(size, tokens));
    }
    // How it begins; who speaks; what was said before, without the mark at its end; how long it is.
    hash(4, &second[..second.len().min(1)]);
    hash(5, &first[1..first.len().min(2)]);
    let before = first.get(3..first.len() - 1).unwrap_or_default();
    before[before.len().saturating_sub(BEFORE)..].iter().for_each(|token| hash(6, &[*token]));
    hash(7, &[(second.len() / 4).min(10) as u32]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two words of two values; both layers ask for as much as `inner` and the sum of the regression give.
    fn json(fitted_to: &str, weights: usize, inner: &[f32]) -> Vec<u8> {
        let weights = BASE64_STANDARD.encode(vec![1_u8; weights]);
        let inner: Vec<u8> = inner.iter().flat_map(|value| value.to_le_bytes()).collect();
        serde_json::json!({
            "schema": SCHEMA,
            "fitted_to": fitted_to,
            "threshold": 0.0,
            "regression": {"shift": -9.5, "step": 1.0, "weights": weights},
            "layer": {"shift": 1.0, "outer": [2.0, -1.0], "inner": BASE64_STANDARD.encode(inner)},
        })
        .to_string()
        .into()
    }

    /// Of the second segment, the first, the log odds, and a bias: twice.
    const INNER: [f32; 12] = [1.0, 0.0, 0.0, 2.0, 1.0, -3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0];

    #[test]
    fn a_text_has_the_features_of_its_tokens() {
        // [CLS] role : before [SEP] a b c [SEP]: 4 tokens, 3 pairs, 2 threes, and the four others.
        let text = Encoded { ids: vec![101, 5, 6, 7, 102, 1, 2, 3, 102], second: 5 };
        let mut seen = Vec::new();
        features(&text, |feature| seen.push(feature));
        assert_eq!(seen.len(), 4 + 3 + 2 + 4);
        // So does models/neutral.py.
        assert_eq!(seen[..3], [8195, 22650, 5852]);
        assert_eq!(seen[12], 59772);
        let neutral = Neutral::read(&json("x", WEIGHTS, &INNER), "x", 2).unwrap();
        assert_eq!(neutral.regression.log_odds(&text), 13.0 - 9.5);
    }

    #[test]
    fn word_vectors_and_the_regression_decide_together() {
        // Vectors of the words 0, 1 and 2: (1, 0), (0, 2) and (-4, 3).
        let words = Matrix {
            values: [1_i8, 0, 0, 1, -4, 3].map(|v| v as u8).into(),
            scales: vec![1.0, 2.0, 1.0],
        };
        let text = Encoded { ids: vec![0, 1, 1, 2, 0], second: 2 };
        let neutral = Neutral::read(&json("x", WEIGHTS, &INNER), "x", 2).unwrap();
        // The second segment's average is (-1, 5/3), the first's (1/2, 1). 3 tokens, 2 pairs, 1 three, 3 others: -0.5.
        assert_eq!(neutral.regression.log_odds(&text), -0.5);
        let mut seen = Vec::new();
        average(&words, &text.ids[2..], &mut seen);
        average(&words, &text.ids[..2], &mut seen);
        for (value, expected) in seen.iter().zip([-1.0, 5.0 / 3.0, 0.5, 1.0]) {
            assert!((value - expected).abs() < 1e-6, "{seen:?}");
        }
        // -1 + 2 - 0.5 - 3 is below 0 and counts nothing; 4 counts -1: 1 - 4.
        seen.extend([-0.5, 1.0]);
        assert_eq!(neutral.layer.log_odds(&seen), -3.0);
        assert!(neutral.is_sure_of(&text, &words));
        // With what is said before as heavy again, 2 (-1 + 10 - 0.5 - 3) - 4 + 1 are above.
        let mut inner = INNER;
        inner[3] = 10.0;
        let neutral = Neutral::read(&json("x", WEIGHTS, &inner), "x", 2).unwrap();
        assert!(!neutral.is_sure_of(&text, &words));
    }

    #[test]
    fn a_file_that_is_none_or_of_another_network_is_refused() {
        let error = |json: &[u8]| Neutral::read(json, "x", 2).err().unwrap();
        assert!(error(b"{}").contains("missing field"));
        assert!(error(&json("y", WEIGHTS, &INNER)).contains("another network"));
        assert!(error(&json("x", 5, &INNER)).contains("`weights` are 5 bytes"));
        assert!(error(&json("x", WEIGHTS, &INNER[1..])).contains("`inner` are 44 bytes, not 48"));
    }
}
