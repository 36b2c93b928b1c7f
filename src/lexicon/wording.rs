//! Rules for people who do not know the pattern language: patterns in plain words, examples without
//! their marks.

use super::examples::variants;
use super::{Lexicon, Rule};

/// A pattern in plain words. What is in parentheses stands for words; all else is a word.
pub fn in_words(pattern: &str) -> String {
    let body = pattern.trim();
    let (at_end, body) = (body.ends_with('$'), body.trim_end_matches('$').trim_end());
    let (at_start, body) = (body.starts_with('^'), body.trim_start_matches('^'));
    let mut words = Words::default();
    let mut rest = body;
    while !rest.is_empty() {
        rest = words.item(rest.trim_start());
    }
    let Words { mut text, .. } = words;
    if at_start {
        text.insert_str(0, "at the start of a clause: ");
    }
    if at_end {
        text.push_str(", at the end of a clause");
    }
    text
}

#[derive(Default)]
struct Words {
    text: String,
    /// For each open group, where its last comma stands.
    commas: Vec<Option<usize>>,
}

impl Words {
    /// Adds the item at the start of `rest`, and returns what is after it.
    fn item<'a>(&mut self, rest: &'a str) -> &'a str {
        let Some(first) = rest.chars().next() else { return "" };
        let after = |length: usize| rest.get(length..).unwrap_or_default();
        match first {
            '(' => {
                self.space();
                self.text.push('(');
                self.commas.push(None);
                after(1)
            }
            '|' => {
                match self.commas.last_mut() {
                    Some(comma) => {
                        *comma = Some(self.text.len());
                        self.text.push_str(", ");
                    }
                    None => self.text.push_str("; or "),
                }
                after(1)
            }
            ')' => {
                let comma = self.commas.pop().flatten();
                let optional = after(1).starts_with('?');
                if let Some(comma) = comma.filter(|_| !optional) {
                    self.text.replace_range(comma..comma + 2, " or ");
                }
                self.close(after(1))
            }
            '{' | '<' => {
                let close = if first == '{' { '}' } else { '>' };
                let length = rest.find(close).unwrap_or(rest.len() - 1);
                let name = rest.get(1..length).unwrap_or_default().trim();
                self.open(&match (first, name) {
                    ('<', "digits") => "a number".to_owned(),
                    ('<', "money") => "an amount of money".to_owned(),
                    ('<', "percent") => "a percentage".to_owned(),
                    ('<', "clock") => "a time of day".to_owned(),
                    ('<', _) => "a name".to_owned(),
                    (_, set) => format!("any of “{set}”"),
                });
                self.close(after(length + 1))
            }
            '_' => {
                self.open("any word");
                self.close(after(1))
            }
            '.' if rest.starts_with("..") => {
                let digits = after(2).chars().take_while(char::is_ascii_digit).count();
                let width = rest.get(2..2 + digits).filter(|width| !width.is_empty());
                self.open(&format!("up to {} words", width.unwrap_or("3")));
                self.close(after(2 + digits))
            }
            '~' => {
                let length = 1 + word_length(after(1));
                self.open(&format!("any form of {}", rest.get(1..length).unwrap_or_default()));
                self.close(after(length))
            }
            _ => {
                let length = word_length(rest).max(first.len_utf8());
                let word = rest.get(..length).unwrap_or_default();
                if after(length).starts_with(['?', '+']) {
                    self.open(word);
                    return self.close(after(length));
                }
                self.space();
                self.text.push_str(word);
                after(length)
            }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['(', ' ']) {
            self.text.push(' ');
        }
    }

    fn open(&mut self, inner: &str) {
        self.space();
        self.text.push('(');
        self.text.push_str(inner);
    }

    /// Closes a parenthesis, with what the mark after it says.
    fn close<'a>(&mut self, rest: &'a str) -> &'a str {
        let (words, marks) = match rest.chars().next() {
            Some('?') => (" or nothing", 1),
            Some('+') => (", one to four times", 1),
            _ => ("", 0),
        };
        self.text.push_str(words);
        self.text.push(')');
        rest.get(marks..).unwrap_or_default()
    }
}

fn word_length(text: &str) -> usize {
    let marks = ['(', ')', '|', '?', '+', '{', '}', '<', '>', '~', '_'];
    let ends = |c: char| c.is_whitespace() || marks.contains(&c);
    let end = text.find(ends).unwrap_or(text.len());
    text.find("..").map_or(end, |gap| end.min(gap))
}

/// An example of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What was said just before; often empty.
    pub before: String,
    /// The words.
    pub text: String,
}

/// The first of the examples that are written as one, without its marks.
pub fn example(written: &str) -> Example {
    let first = variants(written).into_iter().next().unwrap_or_default();
    let plain = first.replace(['[', ']'], "");
    let (before, text) = plain.split_once(" || ").unwrap_or(("", &plain));
    Example { before: before.trim().to_owned(), text: text.trim().to_owned() }
}

impl Lexicon {
    /// What the file of a rule says at its head, in the comment before its first line.
    pub fn about(&self, rule: &Rule) -> String {
        let text = self.parts().files.get(&rule.path).map_or("", |file| file.text.as_str());
        let comment = text.lines().map_while(|line| line.strip_prefix('#'));
        comment.map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// The entries of a set that the patterns of a rule's file may name: one of its own, or a shared one.
    pub fn set(&self, path: &str, name: &str) -> Vec<&str> {
        let own = self.parts().files.get(path).and_then(|file| file.entries.get(name));
        let entries = own.or_else(|| self.parts().shared.set_entries.get(name));
        entries.into_iter().flatten().map(|entry| entry.get_ref().as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_read_as_plain_words() {
        for (pattern, words) in [
            ("sign today", "sign today"),
            ("~sign (today|right now)", "(any form of sign) (today or right now)"),
            ("(a|one)? (third|half|fifth) off", "(a, one or nothing) (third, half or fifth) off"),
            ("just? last", "(just or nothing) last"),
            (
                "<digits>+ {unit} ..6 left",
                "(a number, one to four times) (any of “unit”) (up to 6 words) left",
            ),
            ("^so ..", "at the start of a clause: so (up to 3 words)"),
            ("~decide$", "(any form of decide), at the end of a clause"),
            ("will not|come out of|(test|trial)", "will not; or come out of; or (test or trial)"),
            ("what.. price", "what (up to 3 words) price"),
            (
                "(half price|buy one .. (free|gratis))",
                "(half price or buy one (up to 3 words) (free or gratis))",
            ),
            ("_ <money> <name>", "(any word) (an amount of money) (a name)"),
        ] {
            assert_eq!(in_words(pattern), words, "{pattern}");
        }
    }

    #[test]
    fn every_pattern_of_the_lexicon_comes_to_words_and_no_signs() {
        let lexicon = Lexicon::builtin().expect("the lexicon is valid");
        for rule in lexicon.rules() {
            for pattern in rule.patterns.iter().chain(&rule.unless) {
                let words = in_words(pattern);
                assert!(!words.contains(['|', '?', '~', '{', '}', '<', '>', '^', '_']), "{words}");
                let opened = words.matches('(').count();
                assert_eq!(opened, words.matches(')').count(), "{pattern}: {words}");
                assert!(!words.contains("..") && !words.contains("  "), "{pattern}: {words}");
            }
        }
    }

    #[test]
    fn whatever_is_written_nothing_breaks() {
        for pattern in
            ["", "(", ")", "|", "{", "<", "~", "..", "a|", "é?", "(((", "^$", "+", "{é}?"]
        {
            in_words(pattern);
        }
    }

    #[test]
    fn an_example_is_its_first_alternative_without_marks() {
        let plain = example("Do you [give|take]? || There's [only (two|three) left].");
        assert_eq!(plain.text, "There's only two left.");
        assert_eq!(example("Plain.").before, "");
    }
}
