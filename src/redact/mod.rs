//! Reports that may be shown to others: people, their addresses and their numbers taken out.
//!
//! A report is redacted as a whole once it is made, and every writer, the history, the pages and the
//! list of disagreements see only what is left of it. What was found is found in the words as they were
//! said, so no figure changes, a finding stays on its words, and its line, column and time are those of
//! the source.
//!
//! Each kind has its own file. They look in the order of [`Kind::ALL`], and what one of them has is not
//! looked at by those after it.

mod account;
mod card;
mod digits;
mod email;
mod host;
mod meant;
mod names;
mod nick;
mod numerals;
mod phone;
mod report;
mod said;
mod spoken;
mod street;
mod web;
mod words;

use std::ops::Range;

use digits::Cue;
use names::Cast;
pub use report::{redact, without_text};

/// What a report shows of what was said, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// All of it.
    #[default]
    All,
    /// All but what tells who people are and how to reach them.
    Redacted,
    /// Figures and places alone: no word, and no name.
    Figures,
}

/// What is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A web address.
    Web,
    /// Where a house stands.
    Street,
    /// The number of a payment card.
    Card,
    /// A phone number.
    Phone,
    /// A number or code that an organisation knows someone or something by.
    Account,
    /// The name of someone who speaks.
    Name,
}

impl Kind {
    /// All kinds, in the order in which they are looked for.
    pub const ALL: [Kind; 7] =
        [Kind::Email, Kind::Web, Kind::Street, Kind::Card, Kind::Phone, Kind::Account, Kind::Name];

    /// The identifier, which is also what stands in its place, in brackets.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Web => "link",
            Kind::Street => "address",
            Kind::Card => "card",
            Kind::Phone => "phone",
            Kind::Account => "account",
            Kind::Name => "name",
        }
    }
}

/// Something to take out of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// What stands in its place.
    pub instead: String,
}

impl Found {
    fn new(kind: Kind, bytes: Range<usize>) -> Self {
        Found { kind, bytes, instead: format!("[{}]", kind.id()) }
    }
}

/// Takes people out of the texts of one transcript.
#[derive(Debug)]
pub struct Redactor {
    cast: Cast,
}

impl Redactor {
    /// For a transcript in which these people speak, in the order of their first turns.
    pub fn new<'a>(speakers: impl IntoIterator<Item = &'a str>) -> Self {
        Redactor { cast: Cast::new(speakers) }
    }

    /// What stands for a speaker: `Speaker A` for the first.
    pub fn pseudonym(&self, speaker: &str) -> String {
        self.cast.pseudonym(speaker)
    }

    /// What is to be taken out of words that were said, in order; no two overlap.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Spans::default();
        addresses_and_numbers(text, &mut found);
        self.cast.find(text, &mut found);
        found.settled()
    }

    /// Words that were said, redacted.
    fn redact(&self, text: &str) -> Redacted {
        Redacted::new(text, &self.find(text))
    }

    /// What the program itself says, in which names stand as the source has them.
    fn message(&self, text: &str) -> String {
        let mut found = Spans::default();
        self.cast.find_exactly(text, &mut found);
        addresses_and_numbers(text, &mut found);
        self.cast.find(text, &mut found);
        Redacted::new(text, &found.settled()).text
    }
}

fn addresses_and_numbers(text: &str, found: &mut Spans) {
    let said = said::said(text);
    email::find(text, &said, found);
    found.settle();
    web::find(text, &said, found);
    found.settle();
    street::find(text, found);
    found.settle();
    account::find_codes(text, &said, found);
    found.settle();
    for number in digits::numbers(text, &said) {
        let kind = match &number {
            number if card::is(number) => Kind::Card,
            number if account::is_named(number) => Kind::Account,
            number if phone::is(number) => Kind::Phone,
            number if account::is(number) => Kind::Account,
            _ => continue,
        };
        let mut bytes = number.bytes.clone();
        if kind == Kind::Phone {
            if number.cue.is_none() && digits::is_among_things(text, &bytes) {
                continue;
            }
            bytes.end = phone::extended(text, bytes.end);
            if number.cue == Some(Cue::Extension) {
                bytes.start = phone::extension(text, bytes.start);
            }
        }
        found.add(Found::new(kind, bytes));
    }
    found.settle();
}

/// What was found so far, in order and without overlaps: what was settled before stays.
#[derive(Debug, Default)]
struct Spans {
    kept: Vec<Found>,
    new: Vec<Found>,
}

impl Spans {
    fn add(&mut self, found: Found) {
        self.new.push(found);
    }

    /// Keeps what is new where nothing is yet, of two that overlap the one that begins first.
    fn settle(&mut self) {
        if self.new.is_empty() {
            return;
        }
        self.new.sort_by_key(|found| (found.bytes.start, std::cmp::Reverse(found.bytes.end)));
        let mut merged: Vec<Found> = Vec::with_capacity(self.kept.len() + self.new.len());
        let mut kept = std::mem::take(&mut self.kept).into_iter().peekable();
        for found in self.new.drain(..) {
            while let Some(before) = kept.next_if(|kept| kept.bytes.start < found.bytes.end) {
                merged.push(before);
            }
            let end = merged.last().map_or(0, |last| last.bytes.end);
            if end <= found.bytes.start && !found.bytes.is_empty() {
                merged.push(found);
            }
        }
        merged.extend(kept);
        self.kept = merged;
    }

    fn settled(mut self) -> Vec<Found> {
        self.settle();
        self.kept
    }
}

/// A text with something else in some places.
#[derive(Debug, Default)]
struct Redacted {
    text: String,
    /// What was taken out, and what stands in its place: Unicode scalars of the text before and after.
    cuts: Vec<(Range<usize>, Range<usize>)>,
}

impl Redacted {
    fn new(text: &str, found: &[Found]) -> Self {
        let mut redacted = Redacted::default();
        let (mut byte, mut before, mut after) = (0, 0, 0);
        for Found { bytes, instead, .. } in found {
            let kept = &text[byte..bytes.start];
            redacted.text += kept;
            redacted.text += instead;
            let kept = kept.chars().count();
            let (from, to) = (before + kept, after + kept);
            before = from + text[bytes.clone()].chars().count();
            after = to + instead.chars().count();
            redacted.cuts.push((from..before, to..after));
            byte = bytes.end;
        }
        redacted.text += &text[byte..];
        redacted
    }

    /// Where a span of the text before stands now. One that has a part of what was taken out has all of
    /// what stands in its place.
    fn span(&self, [from, to]: [usize; 2]) -> [usize; 2] {
        let place = |at: usize, is_end: bool| {
            let cuts =
                self.cuts.partition_point(|(before, _)| before.start < at + usize::from(!is_end));
            match cuts.checked_sub(1).map(|last| &self.cuts[last]) {
                None => at,
                Some((before, after)) if at >= before.end => after.end + (at - before.end),
                Some((_, after)) if is_end => after.end,
                Some((_, after)) => after.start,
            }
        };
        [place(from, false), place(to, true)]
    }
}

#[cfg(test)]
mod tests;
