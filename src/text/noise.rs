//! Marks what a listener does not hear: fillers, repeats, words that were broken off.
//!
//! Marked tokens keep their place and count as words; matching steps over them, so that `we we um
//! need a yes` is `we need a yes` to a rule.

use smallvec::SmallVec;

use super::known::Traits;
use super::{Token, TokenKind, word_of};

/// The longest run of words that is recognised when it is said twice over.
const LONGEST_REPEAT: usize = 3;

pub(super) const FILLERS: [&str; 17] = [
    "um", "uh", "erm", "uhm", "umm", "uhh", "er", "ehm", "hm", "hmm", "mm", "mmm", "mhm", "ah",
    "eh", "uhhuh", "huh",
];

/// The second words of what only holds the floor: `you know`, `i mean`.
pub(super) const KNOWING: [&str; 2] = ["know", "mean"];

/// Words after which `you know` asks or tells rather than fills.
pub(super) const KNOWN_THINGS: [&str; 22] = [
    "what", "how", "that", "who", "why", "where", "when", "if", "the", "about", "it", "which",
    "him", "her", "them", "this", "me", "us", "my", "our", "your", "exactly",
];

/// Words before which `you know` is no filler.
pub(super) const ASKS_KNOWING: [&str; 12] =
    ["do", "did", "if", "let", "as", "would", "should", "what", "because", "how", "not", "that"];

/// Words that were heard, by their hashes and indices of tokens; most sentences are short.
type Heard = SmallVec<[(u64, usize); 32]>;

/// Marks noise among the tokens of one turn; gives the number of fillers.
pub(super) fn mark(text: &str, tokens: &mut [Token]) -> u32 {
    let mut fillers = 0;
    // The words heard so far, for the comparison with what comes next.
    let mut heard = Heard::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind != TokenKind::Word {
            if tokens[at].kind == TokenKind::Number || ends_sentence(&tokens[at]) {
                heard.clear();
            } else if is_cut(text, tokens, at) {
                tokens[at - 1].kind = TokenKind::Noise;
                heard.pop();
            }
            at += 1;
            continue;
        }
        if tokens[at].traits.has(Traits::FILLER) {
            tokens[at].kind = TokenKind::Noise;
            fillers += 1;
        } else if is_discourse_marker(text, tokens, at) {
            tokens[at].kind = TokenKind::Noise;
            tokens[at + 1].kind = TokenKind::Noise;
            fillers += 1;
            at += 1;
        } else {
            heard.push((tokens[at].hash, at));
            drop_repeat(tokens, &mut heard);
        }
        at += 1;
    }
    fillers
}

/// If the last words heard say the ones before them again, the earlier ones are noise.
fn drop_repeat(tokens: &mut [Token], heard: &mut Heard) {
    let Some((last, _)) = heard.last().copied() else { return };
    for length in 1..=LONGEST_REPEAT {
        let Some(start) = heard.len().checked_sub(2 * length) else { return };
        let (first, second) = heard[start..].split_at(length);
        // The last words differ most of the time.
        let same = |(a, b): (&(u64, usize), &(u64, usize))| a.0 == b.0;
        if first[length - 1].0 == last && first.iter().zip(second).all(same) {
            for &(_, token) in first {
                tokens[token].kind = TokenKind::Noise;
            }
            heard.drain(start..start + length);
            return;
        }
    }
}

/// `you know` and `i mean` where they only hold the floor.
fn is_discourse_marker(text: &str, tokens: &[Token], at: usize) -> bool {
    let has = |at: usize, trait_| tokens.get(at).is_some_and(|token| token.traits.has(trait_));
    if !has(at + 1, Traits::KNOWING) {
        return false;
    }
    let is =
        |at: usize, word: &str| tokens.get(at).is_some_and(|token| word_of(text, token) == word);
    let asked = at.checked_sub(1).is_some_and(|before| has(before, Traits::ASKS_KNOWING));
    let you_know = is(at, "you") && is(at + 1, "know") && !has(at + 2, Traits::KNOWN_THING);
    let i_mean = is(at, "i")
        && is(at + 1, "mean")
        && !["that", "it", "what", "by"].iter().any(|word| is(at + 2, word));
    !asked && (you_know || i_mean)
}

/// A dash that hangs on the word before it and is followed by a space: the word was broken off.
fn is_cut(text: &str, tokens: &[Token], at: usize) -> bool {
    let mark = &tokens[at];
    let is_dash = matches!(mark.mark(), Some('-' | '–' | '—'));
    let hangs =
        at > 0 && tokens[at - 1].end == mark.start && tokens[at - 1].kind == TokenKind::Word;
    let short = hangs && tokens[at - 1].end - tokens[at - 1].start <= 3;
    is_dash && short && text[mark.end as usize..].starts_with(' ')
}

fn ends_sentence(token: &Token) -> bool {
    matches!(token.mark(), Some('.' | '?' | '!'))
}

#[cfg(test)]
mod tests {
    use super::super::tokenize::tokenize;
    use super::*;

    fn heard(text: &str) -> (String, u32) {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        let fillers = mark(text, &mut tokens);
        let words: Vec<_> = tokens
            .iter()
            .filter(|t| matches!(t.kind, TokenKind::Word | TokenKind::Number))
            .map(|t| word_of(text, t).into_owned())
            .collect();
        (words.join(" "), fillers)
    }

    #[test]
    fn fillers_repeats_and_broken_words_are_stepped_over() {
        assert_eq!(heard("um we we need uh a yes").0, "we need a yes");
        assert_eq!(heard("if you if you sign").0, "if you sign");
        assert_eq!(heard("we sh- we should sign").0, "we should sign");
        assert_eq!(heard("we have to we have to uh sign today").0, "we have to sign today");
    }

    #[test]
    fn you_know_is_a_filler_only_where_it_says_nothing() {
        assert_eq!(heard("it is, you know, late"), ("it is late".into(), 1));
        assert_eq!(heard("do you know him").0, "do you know him");
        assert_eq!(heard("you know what i want").0, "you know what i want");
    }

    #[test]
    fn numbers_said_twice_stay() {
        assert_eq!(heard("call 555 555").0, "call 555 555");
    }
}
