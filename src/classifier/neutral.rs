//! What is clearly neutral, told by words alone, so that the network need not run.
//!
//! Most of what people say in a call is. A logistic regression on the tokens of a text, their pairs and
//! threes, and on who speaks and what was said before, guesses whether the network would find anything;
//! where it is very sure that it would not, that is taken for its answer. `models/neutral.py` fits the
//! weights to a network's own outputs, and chooses how sure is sure enough.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::input::Encoded;

/// The version of `neutral.json`.
const SCHEMA: &str = "unsell.neutral/1";
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
    shift: f32,
    step: f32,
    threshold: f32,
    weights: String,
}

/// The regression.
pub(super) struct Neutral {
    shift: f32,
    /// What the weights, signed bytes, are multiplied with.
    step: f32,
    /// Log odds below which a text is neutral.
    threshold: f32,
    weights: Vec<u8>,
}

impl Neutral {
    /// Reads `neutral.json`, for a network whose weights have this hash.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(json: &[u8], network: &str) -> Result<Neutral, String> {
        let file: File = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if file.schema != SCHEMA {
            return Err(format!("`schema` is \"{}\", not \"{SCHEMA}\"", file.schema));
        }
        if file.fitted_to != network {
            return Err("it was fitted to another network; models/neutral.py fits it anew, and \
                        without it all texts go through the network"
                .to_owned());
        }
        let weights =
            BASE64_STANDARD.decode(file.weights).map_err(|error| format!("`weights`: {error}"))?;
        if weights.len() != WEIGHTS {
            return Err(format!("`weights` are {}, not {WEIGHTS}", weights.len()));
        }
        let File { shift, step, threshold, .. } = file;
        Ok(Neutral { shift, step, threshold, weights })
    }

    /// Whether a text is clearly neutral.
    pub fn is_sure_of(&self, text: &Encoded) -> bool {
        let mut sum = 0;
        features(text, |feature| sum += i32::from(self.weights[feature] as i8));
        self.shift + self.step * (sum as f32) < self.threshold
    }
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

    fn json(fitted_to: &str, weights: usize) -> Vec<u8> {
        let weights = BASE64_STANDARD.encode(vec![1_u8; weights]);
        serde_json::json!({"schema": SCHEMA, "fitted_to": fitted_to, "shift": -9.5, "step": 1.0, "threshold": 0.0, "weights": weights})
            .to_string()
            .into()
    }

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
        let neutral = Neutral::read(&json("x", WEIGHTS), "x").unwrap();
        assert!(!neutral.is_sure_of(&text), "the sum is 13, over 9.5");
        let short = Encoded { ids: vec![101, 5, 6, 102, 1, 102], second: 4 };
        assert!(neutral.is_sure_of(&short), "2 tokens, 1 pair and 3 others");
    }

    #[test]
    fn a_file_that_is_none_or_of_another_network_is_refused() {
        let error = |json: &[u8]| Neutral::read(json, "x").err().unwrap();
        assert!(error(b"{}").contains("schema"));
        assert!(error(&json("y", WEIGHTS)).contains("another network"));
        assert!(error(&json("x", 5)).contains("are 5"));
    }
}
