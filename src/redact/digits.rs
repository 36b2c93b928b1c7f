//! Numbers of several groups as people write and say them, and the words that tell what they are.

use std::ops::Range;

use super::said::{Said, is_filler};
use super::spoken;
use super::words::folded;

/// The most groups that one number has.
const GROUPS: usize = 9;

/// How far in front of a number is looked for what it is, in bytes.
pub(super) const REACH: usize = 60;

/// A number, with how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Its digits.
    pub digits: String,
    /// How many digits each of its groups has.
    pub groups: Vec<usize>,
    /// It begins with a plus sign.
    pub plus: bool,
    /// Its first group stands in parentheses.
    pub bracketed: bool,
    /// A dot or a hyphen joins some of its groups.
    pub joined: bool,
    /// It is said in words, or with hesitation.
    pub spoken: bool,
    /// Commas or words that list stand between its groups.
    pub listed: bool,
    /// Whoever says it counts.
    pub counted: bool,
    /// More of it is said in pairs than digit by digit.
    pub paired: bool,
    /// What the words in front say that it is.
    pub cue: Option<Cue>,
}

/// What words in front of a number say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    Phone,
    /// Digits behind a phone's.
    Extension,
    /// Someone rings it, or so many.
    Called,
    /// Some number.
    Number,
    Card,
    Account,
    /// What a number is kept of stands right before it.
    Record,
    /// A few digits that nobody else is to know.
    Secret,
    /// The number of a thing that is made or sold, and of nobody.
    Thing,
}

impl Number {
    /// A number as a quantity is written: it ends in nothing but zeros.
    pub fn is_round(&self, zeros: usize) -> bool {
        self.digits.len() > zeros
            && self.digits.bytes().rev().take(zeros).all(|digit| digit == b'0')
    }

    /// Nothing but years.
    pub fn is_years(&self) -> bool {
        let years = self.digits.as_bytes().chunks(4);
        years.map(|year| &year[..2.min(year.len())]).all(|first| first == b"19" || first == b"20")
    }

    /// A decimal, as a measure is written: `3.14159265`.
    pub fn is_decimal(&self) -> bool {
        let [first, rest] = self.groups.as_slice() else { return false };
        self.joined
            && self.cue.is_none()
            && !self.bracketed
            && *first <= 3
            && *rest > 4
            && (*first == 1 || !self.digits.starts_with('0'))
    }

    /// Groups of three after the first, as thousands are written.
    pub fn is_thousands(&self) -> bool {
        let [first, rest @ ..] = self.groups.as_slice() else { return false };
        !rest.is_empty()
            && *first <= 3
            && rest.iter().all(|group| *group == 3)
            && !self.digits.starts_with('0')
    }
}

/// What stands between two spaces, if it is made of digits and of what joins them.
#[derive(Debug, Clone)]
struct Chunk {
    bytes: Range<usize>,
    digits: String,
    groups: Vec<usize>,
    plus: bool,
    bracketed: bool,
    joined: bool,
    is_date: bool,
}

/// The numbers of a text that are a phone's, a card's or an account's, as far as `is` knows: of each run
/// of groups the longest first, then what is left behind it.
pub(super) fn numbers(text: &str, said: &[Said]) -> Vec<Number> {
    let mut numbers: Vec<Number> = spoken::numbers(said);
    for number in &mut numbers {
        number.cue = cue(text, number.bytes.start);
    }
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return numbers;
    }
    for run in runs(text) {
        let mut from = 0;
        while from < run.len() {
            let longest = (from + GROUPS).min(run.len());
            let told = |to: usize| {
                let number = number(text, &run[from..to])?;
                is_any(&number).then_some((to, number))
            };
            match (from + 1..=longest).rev().find_map(told) {
                Some((to, number)) => {
                    numbers.push(number);
                    from = to;
                }
                None => from += 1,
            }
        }
    }
    numbers
}

fn is_any(number: &Number) -> bool {
    super::card::is(number)
        || super::account::is_named(number)
        || super::phone::is(number)
        || super::account::is(number)
}

fn number(text: &str, chunks: &[Chunk]) -> Option<Number> {
    let (first, last) = (chunks.first()?, chunks.last()?);
    // A sign that joins groups begins and ends no number, and dates are none.
    if first.digits.is_empty() || last.digits.is_empty() {
        return None;
    }
    let cue = cue(text, first.bytes.start);
    if chunks.iter().any(|chunk| chunk.is_date) && (chunks.len() > 1 || cue != Some(Cue::Account)) {
        return None;
    }
    if chunks[1..].iter().any(|chunk| chunk.plus) {
        return None;
    }
    Some(Number {
        bytes: first.bytes.start..last.bytes.end,
        digits: chunks.iter().map(|chunk| chunk.digits.as_str()).collect(),
        groups: chunks.iter().flat_map(|chunk| chunk.groups.iter().copied()).collect(),
        plus: first.plus,
        bracketed: first.bracketed,
        joined: chunks.iter().any(|chunk| chunk.joined),
        spoken: false,
        listed: false,
        counted: false,
        paired: false,
        cue,
    })
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

fn is_joint(c: char) -> bool {
    matches!(c, '.' | '-' | '/' | '\u{2010}' | '\u{2011}' | '\u{2013}')
}

/// Runs of chunks with one space between.
fn runs(text: &str) -> Vec<Vec<Chunk>> {
    let mut runs = Vec::new();
    let mut run: Vec<Chunk> = Vec::new();
    let mut at = 0;
    let mut end_of_last = usize::MAX;
    for piece in text.split_inclusive(is_space) {
        let word = piece.trim_end_matches(is_space);
        let read = chunk(word, at);
        if at != end_of_last && !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
        at += piece.len();
        end_of_last = usize::MAX;
        match read {
            Some((chunk, whole)) => {
                run.push(chunk);
                if whole {
                    end_of_last = at;
                }
            }
            None if run.is_empty() => {}
            None => runs.push(std::mem::take(&mut run)),
        }
    }
    runs.push(run);
    runs.retain(|run| run.iter().any(|chunk| !chunk.digits.is_empty()));
    runs
}

/// A word as a chunk, and whether the number may go on behind it.
fn chunk(word: &str, at: usize) -> Option<(Chunk, bool)> {
    let opening = ['"', '\'', '“', '‘', '#', ':', '[', '<', '*'];
    let closing = ['"', '\'', '”', '’', ',', ';', ':', '!', '?', '.', ']', '>', '*', '…'];
    let trimmed = word.trim_start_matches(opening);
    let start = word.len() - trimmed.len();
    let mut inner = trimmed.trim_end_matches(closing);
    // A parenthesis around more than this word is none of it.
    let unpaired = |text: &str| text.matches('(').count() < text.matches(')').count();
    let mut whole = inner.len() == trimmed.len();
    while unpaired(inner) && inner.ends_with(')') {
        inner = inner[..inner.len() - 1].trim_end_matches(closing);
        whole = false;
    }
    let opened = inner.strip_prefix('(').filter(|rest| !rest.contains(')'));
    let (start, inner) = opened.map_or((start, inner), |rest| (start + 1, rest));
    let fits = |c: char| c.is_ascii_digit() || is_joint(c) || matches!(c, '(' | ')');
    let body = inner.strip_prefix('+').unwrap_or(inner);
    if inner.is_empty() || !body.chars().all(fits) {
        return None;
    }
    let groups: Vec<&str> =
        body.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let chunk = Chunk {
        bytes: at + start..at + start + inner.len(),
        digits: groups.concat(),
        groups: groups.iter().map(|group| group.len()).collect(),
        plus: body.len() < inner.len(),
        bracketed: body.starts_with('('),
        joined: body.contains(is_joint),
        is_date: is_date(body, &groups),
    };
    Some((chunk, whole))
}

/// A day: two or three groups of the lengths that days have.
fn is_date(body: &str, groups: &[&str]) -> bool {
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    let joints = body.chars().filter(|c| is_joint(*c)).count();
    let number =
        |at: usize| groups.get(at).and_then(|group| group.parse::<u32>().ok()).unwrap_or(99);
    let year = |at: usize| (1900..2100).contains(&number(at));
    match lengths.as_slice() {
        [1..=2, 1..=2, 2] => joints == 2 && number(0) <= 31 && number(1) <= 31,
        [1..=2, 1..=2, 4] => joints == 2 && year(2),
        [4, 1..=2, 1..=2] => joints == 2 && year(0),
        [4, 4] | [4, 2] => year(0) && (number(1) <= 12 || year(1)),
        _ => false,
    }
}

/// What the words before a byte say of the number that begins there: the nearest word that tells, with
/// nothing between but words that lead to a number.
pub(super) fn cue(text: &str, at: usize) -> Option<Cue> {
    let before = &text[text.floor_char_boundary(at.saturating_sub(REACH))..at];
    let (mut leads, mut numbered) = (false, false);
    let mut later = String::new();
    for word in before.split(|c: char| !c.is_alphanumeric() && c != '#').rev() {
        let word = folded(word);
        let word = word.as_str();
        if word.is_empty() {
            continue;
        }
        if word.contains('#') {
            leads = true;
            continue;
        }
        let told = match word {
            "extension" | "ext" | "durchwahl" | "toestel" | "ramal" => Some(Cue::Extension),
            "cvv" | "cvc" | "pin" | "passcode" => Some(Cue::Secret),
            "security" if later == "code" => Some(Cue::Secret),
            _ if PHONES.contains(&word) => Some(Cue::Phone),
            "reach" | "text" | "call" | "ring" | "calling" if is_whom(&later) => Some(Cue::Phone),
            "text" | "call" | "ring" | "calling" if later.is_empty() => Some(Cue::Called),
            _ if CARDS.contains(&word) => Some(Cue::Card),
            _ if ACCOUNTS.contains(&word) => Some(Cue::Account),
            _ if RECORDS.contains(&word) && leads => Some(Cue::Account),
            _ if RECORDS.contains(&word) && later.is_empty() => Some(Cue::Record),
            _ if THINGS.contains(&word) => Some(Cue::Thing),
            "line" if later == "is" => Some(Cue::Phone),
            "my" | "your" | "his" | "her" | "their" if later == "number" => Some(Cue::Phone),
            _ => of_compound(word),
        };
        if told.is_some() {
            return told;
        }
        if !LEADS.contains(&word) && !is_filler(word) {
            break;
        }
        numbered |= NUMBERS.contains(&word);
        leads |=
            matches!(word, "no" | "nr" | "num" | "id" | "code" | "reference" | "ref" | "locator")
                || numbered;
        later = word.to_owned();
    }
    numbered.then_some(Cue::Number)
}

/// What a German or Dutch number is of: `Handynummer`, `klantnummer`.
fn of_compound(word: &str) -> Option<Cue> {
    let of = word.strip_suffix("nummer").or_else(|| word.strip_suffix("nummern"))?;
    let is = |list: &[&str]| list.iter().any(|first| of.starts_with(first));
    match of {
        "" => None,
        _ if is(&["telefon", "handy", "mobil", "ruf", "fax", "tele", "nood"]) => Some(Cue::Phone),
        _ if is(&["karte", "kredit", "kaart", "credit"]) => Some(Cue::Card),
        _ if is(&["teil", "artikel", "modell", "haus", "zimmer", "huis", "kamer"]) => {
            Some(Cue::Thing)
        }
        _ => Some(Cue::Account),
    }
}

/// Whether words around a number speak of parts and their lists.
pub(super) fn is_among_things(text: &str, bytes: &Range<usize>) -> bool {
    let from = text.floor_char_boundary(bytes.start.saturating_sub(REACH));
    let to = text.ceil_char_boundary((bytes.end + REACH).min(text.len()));
    let around = text[from..to].to_lowercase();
    ["catalog", "sku", "part no", "part number", "isbn"].iter().any(|thing| around.contains(thing))
}

/// Whether a word tells or leads to a number, and is no part of one.
pub(super) fn leads(word: &str) -> bool {
    [PHONES, CARDS, ACCOUNTS, RECORDS, THINGS, LEADS].iter().any(|list| list.contains(&word))
}

fn is_whom(word: &str) -> bool {
    ["me", "us", "him", "her", "them", "back", "at", "on", "under", "up", "in"].contains(&word)
}

#[rustfmt::skip]
const PHONES: &[&str] = &[
    "phone", "phones", "telephone", "tel", "mobile", "cell", "cellphone", "fax", "dial", "hotline", "landline", "whatsapp",
    "sms", "handy", "callback", "voicemail", "ph", "telefon", "telefone", "telefono", "movil", "celular", "cellulare",
    "portable", "telemovel", "mobiel", "mobil", "telefoon", "signal", "komorka", "telegram", "pager",
];

#[rustfmt::skip]
const CARDS: &[&str] = &[
    "card", "visa", "mastercard", "amex", "cards", "discover", "maestro", "diners", "karte", "kreditkarte", "kaart",
    "creditcard", "carte", "tarjeta", "carta", "cartao", "karta", "karty", "debit", "credit",
];

#[rustfmt::skip]
const ACCOUNTS: &[&str] = &[
    "account", "acct", "iban", "passport", "ssn", "routing", "policy", "membership", "licence", "license", "serial",
    "security", "sort", "bic", "swift", "konto", "compte", "cuenta", "conto", "rekening", "conta", "reservation", "booking",
    "locator", "pnr", "vin", "plate", "steuer", "verification", "otp", "dossier", "pasaporte", "passeport",
];

/// What numbers are kept of, where a word such as `number` or `#` follows.
#[rustfmt::skip]
const RECORDS: &[&str] = &[
    "order", "invoice", "ticket", "case", "customer", "member", "contract", "confirmation", "tracking",
    "claim", "employee", "patient", "ref", "reference", "registration", "tax", "insurance", "client", "file",
    "student", "transaction", "delivery", "shipment", "vat", "national", "user", "personnel", "loyalty", "meter", "return",
    "rma", "return", "badge", "staff", "subscriber", "medical", "record", "commande", "contrat", "facture", "pedido",
    "factura", "contrato", "cliente", "client", "ordine", "fattura", "pratica", "bestelling", "klant", "loan", "payment",
    "parcel", "device", "tenant", "tenancy", "reservering", "reserva", "prenotazione",
];

/// Things that have a number and are nobody's.
#[rustfmt::skip]
const THINGS: &[&str] =
    &["part", "parts", "model", "sku", "version", "build", "catalog", "catalogue", "item", "article", "isbn", "ean", "upc"];

/// A number, in several languages.
const NUMBERS: [&str; 9] =
    ["number", "numbers", "nummer", "numero", "numeros", "numer", "num", "nr", "digits"];

/// Words that may stand between a number and what it is.
#[rustfmt::skip]
const LEADS: &[&str] = &[
    "number", "numbers", "no", "nr", "num", "id", "code", "is", "was", "it", "its", "on", "at", "the", "my", "your",
    "our", "his", "her", "their", "s", "ending", "ends", "in", "with", "me", "us", "him", "them", "back",
    "direct", "line", "under", "via", "desk", "office", "home", "work", "here", "please", "that", "or",
    "called", "reference", "ref", "up", "as", "digits", "last", "four", "a", "new", "still", "details", "key", "by", "old",
    "nummer", "numero", "numeros", "numer", "ist", "lautet", "die", "der", "meine", "mein", "est", "c", "le", "la", "mon",
    "ma", "mi", "el", "es", "il", "mio", "mia", "e", "het", "mijn", "o", "meu", "minha", "de", "del", "du", "da", "di",
    "area", "this", "reads", "starts", "main", "best", "other", "of", "file", "should", "be", "would", "are", "says",
    "moj", "to", "jest", "van", "long", "full", "whole", "one", "customer", "locator",
];
