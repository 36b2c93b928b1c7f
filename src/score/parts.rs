//! Opening, middle and closing of a conversation, so that figures can tell them apart.
//!
//! Parts go by words, which every transcript has, and not by the clock. That an opening is the first
//! fifth and a closing the last is an assumption.

use crate::text::Document;

/// The share of all words that the opening has, and the closing.
const END: f64 = 0.2;

/// A part of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first fifth.
    Opening,
    /// What lies between.
    Middle,
    /// The last fifth.
    Closing,
}

impl Part {
    /// All parts, in order.
    pub const ALL: [Part; 3] = [Part::Opening, Part::Middle, Part::Closing];

    /// The identifier used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Part::Opening => "opening",
            Part::Middle => "middle",
            Part::Closing => "closing",
        }
    }
}

/// The part that each turn lies in: the one that has its middle word.
#[derive(Debug)]
pub struct Parts(Vec<Part>);

impl Parts {
    /// Divides a conversation.
    pub fn new(document: &Document) -> Self {
        let all: u64 = document.turns.iter().map(|turn| u64::from(turn.words)).sum();
        let mut before = 0;
        let part = |turn: &crate::text::TurnText| {
            let middle = before as f64 + f64::from(turn.words) / 2.0;
            before += u64::from(turn.words);
            match middle / all.max(1) as f64 {
                share if share < END => Part::Opening,
                share if share > 1.0 - END => Part::Closing,
                _ => Part::Middle,
            }
        };
        Parts(document.turns.iter().map(part).collect())
    }

    /// The part of a turn.
    pub fn of(&self, turn: usize) -> Part {
        self.0.get(turn).copied().unwrap_or(Part::Closing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_lie_where_their_middle_word_does() {
        let parts = Parts::new(&Document::of_turns(["a b", "c d e f g", "h", "i", "j"]));
        let all: Vec<_> = (0..5).map(|turn| parts.of(turn)).collect();
        use Part::{Closing, Middle, Opening};
        assert_eq!(all, [Opening, Middle, Middle, Closing, Closing]);
    }

    #[test]
    fn one_long_turn_is_the_middle_and_none_is_no_harm() {
        assert_eq!(Parts::new(&Document::of_text("all that was said")).of(0), Part::Middle);
        assert_eq!(Parts::new(&Document::default()).of(0), Part::Closing);
        assert_eq!(Parts::new(&Document::of_text("")).of(0), Part::Opening);
    }
}
