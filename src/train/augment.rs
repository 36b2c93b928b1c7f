//! Examples made worse on purpose, so that the model does not lean on what a recording may lack: the
//! speaker's role, what was said before, capitals and full stops, every word.

use fastrand::Rng;

/// How often an example is changed, each as a share from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Augment {
    /// The role becomes unknown.
    pub role: f32,
    /// What was said before is left out.
    pub prev: f32,
    /// The text is made to look like a recognizer's.
    pub noise: f32,
}

/// Fillers that a recognizer writes down.
const FILLERS: [&str; 7] = ["uh", "um", "like", "you know", "i mean", "so", "yeah"];
/// Of a hundred words: lost, said twice, and followed by a filler.
const LOST: f32 = 0.03;
const TWICE: f32 = 0.03;
const FILLED: f32 = 0.04;

/// A text as a speech recognizer might have written it: lower case, no marks, some words lost, said
/// twice or followed by a filler. Never empty where the text was not.
pub fn recognized(text: &str, rng: &mut Rng) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c == '’' { '\'' } else { c })
        .filter(|c| c.is_alphanumeric() || c.is_whitespace() || "'%$€£".contains(*c))
        .collect();
    let mut words = Vec::new();
    for word in plain.split_whitespace() {
        let chance = rng.f32();
        if chance < LOST {
            continue;
        }
        words.push(word);
        if chance < LOST + TWICE {
            words.push(word);
        } else if chance > 1.0 - FILLED {
            words.push(FILLERS[rng.usize(0..FILLERS.len())]);
        }
    }
    if words.is_empty() { text.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_keeps_most_words_and_repeats_itself_with_its_seed() {
        let text = "Well, Ana's plan costs 15% more. Shall we try it for two weeks? ".repeat(20);
        let noisy = recognized(&text, &mut Rng::with_seed(7));
        assert_eq!(noisy, recognized(&text, &mut Rng::with_seed(7)));
        assert!(!noisy.contains(['.', ',', '?']) && noisy.contains("15%"));
        let (before, after) = (text.split(' ').count() as f32, noisy.split(' ').count() as f32);
        assert!((0.9..1.1).contains(&(after / before)), "{before} {after}");
        assert_ne!(noisy, text.to_lowercase());
        assert_eq!(recognized("…", &mut Rng::with_seed(1)), "…");
    }
}
