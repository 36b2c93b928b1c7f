//! The one-line pattern language: what a rule looks for, in words.
//!
//! | written | matches |
//! |---|---|
//! | `sign today` | these words; contractions, case, fillers and repeats do not matter |
//! | `~sign` | any form of the lemma: sign, signs, signed, signing |
//! | `(today\|right now)` | any of the alternatives |
//! | `just?` `(or else)?` | the item or nothing |
//! | `<digits>+` | the item one to four times |
//! | `_` | any one word |
//! | `..` `..6` | a gap of up to three (up to six) words |
//! | `{deadline}` | any entry of a named set |
//! | `<money>` | a class of token: digits, money, percent, clock, name |
//! | `^` first, `$` last | the start (after lead-ins such as "so"), the end of a clause |

use std::collections::BTreeMap;
use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use super::inflect::{self, Irregular};
use super::vocabulary::{Class, Vocabulary, WordId};
use crate::taxonomy::nearest;
use crate::text::{plain_hash, words_of};

impl Node {
    /// Whether it also matches no token at all.
    pub(super) fn may_be_nothing(&self) -> bool {
        match self {
            Node::Words(_) | Node::Class(_) | Node::Any => false,
            Node::Gap(_) | Node::Opt(_) => true,
            Node::Seq(items) => items.iter().all(Node::may_be_nothing),
            Node::Alt(alternatives) => alternatives.iter().any(Node::may_be_nothing),
        }
    }
}

/// Some words; most places of a pattern have few.
type Words = SmallVec<[WordId; 4]>;

/// A parsed pattern or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// One token that is one of these words. Sorted, without repeats.
    Words(Words),
    /// One token of a class.
    Class(Class),
    /// Any one token.
    Any,
    /// Up to so many tokens, whatever they are.
    Gap(usize),
    Seq(Vec<Node>),
    Alt(Vec<Node>),
    Opt(Box<Node>),
}

/// A pattern with its anchors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pub(super) node: Node,
    pub(super) at_start: bool,
    pub(super) at_end: bool,
}

/// What is wrong with a pattern, and where in it (bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PatternError {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// A name that stands for nothing.
struct Unknown {
    message: String,
    help: String,
}

/// What patterns may refer to.
pub(super) struct Scope<'a> {
    pub(super) vocabulary: &'a mut Vocabulary,
    pub(super) irregular: &'a Irregular,
    pub(super) fused: &'a FusedWords,
    /// Sets of the file at hand, then the shared ones.
    pub(super) sets: [&'a BTreeMap<String, Node>; 2],
}

const DEEPEST: usize = 8;
const DEFAULT_GAP: usize = 3;
const WIDEST_GAP: usize = 12;
const MOST_REPEATS: usize = 4;

/// Words that a recognizer writes for two when it drops the apostrophe, and that are words of their own.
const FUSED: [(&str, &str, &str); 12] = [
    ("we", "are", "were"),
    ("i", "will", "ill"),
    ("i", "would", "id"),
    ("we", "will", "well"),
    ("we", "would", "wed"),
    ("he", "will", "hell"),
    ("she", "will", "shell"),
    ("he", "would", "hed"),
    ("she", "would", "shed"),
    ("they", "would", "theyd"),
    ("it", "is", "its"),
    ("who", "is", "whose"),
];

/// Two words, and the one that they may be fused into.
type Fused = (WordId, WordId, WordId);

/// The words that may be fused, as a vocabulary knows them.
pub(super) struct FusedWords([Fused; FUSED.len()]);

impl FusedWords {
    pub(super) fn new(vocabulary: &mut Vocabulary) -> Self {
        let mut intern = |word| vocabulary.intern(word);
        FusedWords(
            FUSED.map(|(first, second, whole)| (intern(first), intern(second), intern(whole))),
        )
    }
}

/// Parses a pattern.
pub(super) fn parse(text: &str, scope: &mut Scope<'_>) -> Result<Pattern, PatternError> {
    let trimmed = text.trim_end();
    let at_end = trimmed.ends_with('$');
    let body_end = if at_end { trimmed.len() - 1 } else { trimmed.len() };
    let mut parser = Parser { text: &text[..body_end], at: 0, scope };
    parser.skip_space();
    let at_start = parser.take(b'^');
    let node = parser.alternatives(0)?;
    if parser.at < parser.text.len() {
        return Err(parser.error(parser.at..parser.at + 1, "unmatched `)`"));
    }
    Ok(Pattern { node, at_start, at_end })
}

struct Parser<'a, 'b, 'c> {
    text: &'a str,
    at: usize,
    scope: &'b mut Scope<'c>,
}

impl Parser<'_, '_, '_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> PatternError {
        PatternError { span, message: message.into(), help: None }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, wanted: u8) -> bool {
        let taken = self.text.as_bytes().get(self.at) == Some(&wanted);
        self.at += usize::from(taken);
        taken
    }

    fn skip_space(&mut self) {
        while self.take(b' ') {}
        let rest = self.rest();
        if rest.starts_with(char::is_whitespace) {
            self.at += rest.len() - rest.trim_start().len();
        }
    }

    /// Alternatives up to a closing parenthesis or the end.
    fn alternatives(&mut self, depth: usize) -> Result<Node, PatternError> {
        let mut alternatives = Alternatives::default();
        loop {
            match self.lone_word() {
                Some(word) => alternatives.words.push(word),
                None => alternatives.add(self.sequence(depth)?),
            }
            if !self.take(b'|') {
                return Ok(alternatives.node());
            }
        }
    }

    /// A plain word that is a whole alternative in a group, as most are.
    fn lone_word(&mut self) -> Option<WordId> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !byte.is_ascii_lowercase())?;
        let word = &self.text[self.at..self.at + length];
        if length == 0 || !matches!(rest[length], b'|' | b')') {
            return None;
        }
        let hash = plain_hash(word)?;
        self.at += length;
        Some(self.scope.vocabulary.intern_hashed(word, hash))
    }

    fn sequence(&mut self, depth: usize) -> Result<Node, PatternError> {
        let start = self.at;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if matches!(self.text.as_bytes().get(self.at), None | Some(b'|' | b')')) {
                break;
            }
            let item = self.item(depth)?;
            let item = self.suffixed(item)?;
            join(&mut items, item, self.scope);
        }
        if items.is_empty() {
            let span = start..(self.at + 1).min(self.text.len()).max(start);
            return Err(
                self.error(span, "nothing stands here; an optional item is written `(a|b)?`")
            );
        }
        Ok(sequence(items))
    }

    fn suffixed(&mut self, item: Node) -> Result<Node, PatternError> {
        if self.take(b'?') {
            return Ok(Node::Opt(Box::new(item)));
        }
        if self.take(b'+') {
            let mut repeated = item.clone();
            for _ in 1..MOST_REPEATS {
                repeated = Node::Seq(vec![item.clone(), Node::Opt(Box::new(repeated))]);
            }
            return Ok(repeated);
        }
        Ok(item)
    }

    fn item(&mut self, depth: usize) -> Result<Node, PatternError> {
        let start = self.at;
        if self.take(b'(') {
            if depth == DEEPEST {
                return Err(self.error(start..start + 1, "groups are nested too deep"));
            }
            let node = self.alternatives(depth + 1)?;
            if let Node::Alt(alternatives) = &node
                && alternatives.iter().any(Node::may_be_nothing)
            {
                return Err(PatternError {
                    help: Some("`days?` is the whole word or nothing; write `(day|days)`, or put `?` after the group".into()),
                    ..self.error(start..self.at, "an alternative of this group may be nothing")
                });
            }
            if !self.take(b')') {
                return Err(self.error(start..start + 1, "this `(` is never closed"));
            }
            return Ok(node);
        }
        if self.take(b'{') {
            return self.named('}', start, "a set", Self::set);
        }
        if self.take(b'<') {
            return self.named('>', start, "a class", Self::class);
        }
        if self.rest().starts_with("..") {
            return self.gap();
        }
        if self.take(b'_') {
            return Ok(Node::Any);
        }
        let lemma = self.take(b'~');
        let word_start = self.at;
        let in_word =
            |c: char| c.is_alphanumeric() || matches!(c, '\'' | '-' | '’' | '%' | '$' | '&');
        let rest = self.rest();
        self.at += rest.find(|c| !in_word(c)).unwrap_or(rest.len());
        let word = &self.text[word_start..self.at];
        if word.is_empty() {
            return Err(self.misplaced(self.at..self.text.ceil_char_boundary(self.at + 1)));
        }
        if lemma {
            let forms = inflect::forms(&word.to_lowercase(), self.scope.irregular);
            return Ok(words_node(
                forms.iter().map(|form| self.scope.vocabulary.intern(form)).collect(),
            ));
        }
        if let Some(hash) = plain_hash(word) {
            let word = self.scope.vocabulary.intern_hashed(word, hash);
            return Ok(Node::Words(smallvec![word]));
        }
        let mut nodes = Vec::new();
        for part in words_of(word) {
            let part = Node::Words(smallvec![self.scope.vocabulary.intern(&part)]);
            join(&mut nodes, part, self.scope);
        }
        if nodes.is_empty() {
            return Err(self.misplaced(word_start..self.at));
        }
        Ok(sequence(nodes))
    }

    fn misplaced(&self, span: Range<usize>) -> PatternError {
        PatternError {
            help: Some(
                "a pattern has words, ~lemmas, (a|b), item?, item+, _, .., {set}, <class>, ^ and $"
                    .into(),
            ),
            ..self.error(span, "this does not belong in a pattern")
        }
    }

    fn gap(&mut self) -> Result<Node, PatternError> {
        let start = self.at;
        self.at += 2;
        let digits = self.at;
        while self.text.as_bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        let width = match &self.text[digits..self.at] {
            "" => DEFAULT_GAP,
            width => width.parse().unwrap_or(usize::MAX),
        };
        if !(1..=WIDEST_GAP).contains(&width) {
            return Err(
                self.error(start..self.at, format!("a gap is 1 to {WIDEST_GAP} words wide"))
            );
        }
        Ok(Node::Gap(width))
    }

    fn named(
        &mut self,
        close: char,
        start: usize,
        what: &str,
        look_up: fn(&Self, &str) -> Result<Node, Unknown>,
    ) -> Result<Node, PatternError> {
        let Some(length) = self.rest().find(close) else {
            return Err(self.error(start..start + 1, format!("{what} is closed by `{close}`")));
        };
        let name = &self.text[self.at..self.at + length];
        let span = start..self.at + length + 1;
        let node = look_up(self, name.trim()).map_err(|unknown| PatternError {
            span: span.clone(),
            message: unknown.message,
            help: Some(unknown.help),
        })?;
        self.at = span.end;
        Ok(node)
    }

    fn set(&self, name: &str) -> Result<Node, Unknown> {
        let sets = self.scope.sets;
        sets.iter().find_map(|sets| sets.get(name)).cloned().ok_or_else(|| {
            let names = || sets.iter().flat_map(|sets| sets.keys()).map(String::as_str);
            let help = match nearest(name, names()) {
                Some(near) => format!("did you mean {{{near}}}?"),
                None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
            };
            Unknown { message: format!("no set is called `{name}`"), help }
        })
    }

    fn class(&self, name: &str) -> Result<Node, Unknown> {
        Class::from_name(name).map(Node::Class).ok_or_else(|| {
            let names: Vec<_> = Class::ALL.iter().map(|class| class.name()).collect();
            Unknown {
                message: format!("no class is called `{name}`"),
                help: format!("there are {}", names.join(", ")),
            }
        })
    }
}

fn words_node(mut words: Words) -> Node {
    words.sort_unstable();
    words.dedup();
    Node::Words(words)
}

/// The alternatives of a group. Those of a single word become one set of words.
#[derive(Default)]
pub(super) struct Alternatives {
    words: Words,
    others: Vec<Node>,
}

impl Alternatives {
    pub(super) fn add(&mut self, alternative: Node) {
        match alternative {
            Node::Words(more) => self.words.extend(more),
            Node::Alt(inner) => inner.into_iter().for_each(|node| match node {
                Node::Words(more) => self.words.extend(more),
                other => self.others.push(other),
            }),
            other => self.others.push(other),
        }
    }

    pub(super) fn node(self) -> Node {
        let Alternatives { words, mut others } = self;
        if words.is_empty() {
            return if others.len() == 1 { others.remove(0) } else { Node::Alt(others) };
        }
        let words = words_node(words);
        if others.is_empty() {
            return words;
        }
        others.insert(0, words);
        Node::Alt(others)
    }
}

fn sequence(mut items: Vec<Node>) -> Node {
    if items.len() == 1 { items.remove(0) } else { Node::Seq(items) }
}

/// Adds an item to a sequence, in which two words that may be fused into one also match so.
fn join(items: &mut Vec<Node>, item: Node, scope: &Scope) {
    if let (Some(Node::Words(first)), Node::Words(second)) = (items.last(), &item)
        && let Some(fused) = fuse(first, second, scope)
        && let Some(first) = items.pop()
    {
        items.push(Node::Alt(vec![fused, Node::Seq(vec![first, item])]));
    } else {
        items.push(item);
    }
}

fn fuse(first: &[WordId], second: &[WordId], scope: &Scope) -> Option<Node> {
    let fits = |(a, b, _): &&Fused| first.contains(a) && second.contains(b);
    let ids: Words = scope.fused.0.iter().filter(fits).map(|(_, _, whole)| *whole).collect();
    (!ids.is_empty()).then(|| words_node(ids))
}
