//! Names of hosts that are spelled out, and how far what is spelled reaches back.

use super::numerals::numerals;
use super::said::{Said, Sign};
use super::web::{NO_HOST, is_ending};

/// The most pieces of what is spelled, to either side.
const REACH: usize = 48;

/// The most words that stand between two signs.
const WORDS: usize = 4;

/// The last piece of the name of a host that begins at a place. One that is surely meant may end in
/// anything.
pub(super) fn end(said: &[Said], from: usize, is_sure: bool) -> Option<usize> {
    let mut end = None;
    let (mut words, mut articled) = (0, false);
    let mut at = from;
    while at < said.len().min(from + REACH) {
        let piece = &said[at];
        match piece.sign {
            Sign::Aside | Sign::Comma => {}
            Sign::Stop | Sign::Bracket if end.is_none() => {}
            Sign::Dash | Sign::Underscore if at > from => {}
            // `one at a time`
            Sign::Letter if at == from && piece.text == "a" && next_is_word(said, at) => {
                return None;
            }
            Sign::Letter | Sign::Figures => {}
            Sign::Dot if at > from => {
                let label = label(said, at + 1)?;
                let text = spelled(&said[label.0..=label.1]);
                let is_name = piece.text == "dot"
                    && !ends_local(&text)
                    && text.bytes().all(|b| b.is_ascii_alphabetic());
                let ends = is_ending(&text) || is_sure || (is_name && !articled);
                words = 0;
                at = label.1;
                let goes_on = next_dot(said, at, if is_ending(&text) { 0 } else { WORDS - 1 });
                if ends && (goes_on.is_none() || is_ending(&text)) {
                    end = Some(at);
                }
                match goes_on {
                    Some(dot) => {
                        at = dot;
                        continue;
                    }
                    None => break,
                }
            }
            // A scheme stands in front.
            Sign::Colon | Sign::Slash if end.is_none() => {}
            Sign::Filler if at > from => {}
            Sign::Word if words < WORDS => {
                let is_host =
                    next_dot(said, at, 0).is_some() && !NO_HOST.contains(&piece.text.as_str());
                // `dev at the shop dot com`
                let leads = at == from && matches!(piece.text.as_str(), "the" | "my" | "our");
                articled |= leads && next_is_word(said, at) && !ends_local(&said[at + 1].text);
                let is_first = words == 0 && (is_sure || articled);
                if ends_local(&piece.text) && !is_host && !is_first {
                    break;
                }
                words += 1;
            }
            _ => break,
        }
        at += 1;
    }
    end
}

fn next_is_word(said: &[Said], at: usize) -> bool {
    said.get(at + 1).is_some_and(|next| next.sign == Sign::Word && !next.glued)
}

/// The first and last piece of what follows a dot: a word, or letters one by one.
fn label(said: &[Said], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while said.get(at).is_some_and(|p| p.is_between() || p.sign == Sign::Bracket) {
        at += 1;
    }
    let first = at;
    if !said.get(at)?.is_word() {
        return None;
    }
    if said[at].sign == Sign::Letter {
        while said.get(at + 1).is_some_and(|next| next.sign == Sign::Letter) && at < first + 12 {
            at += 1;
        }
    }
    while at + 2 < said.len().min(first + REACH)
        && said[at + 1].sign == Sign::Dash
        && said[at + 2].is_word()
    {
        at += 2;
    }
    Some((first, at))
}

/// The dot that follows a piece, with no more than some words and what is said aside between.
fn next_dot(said: &[Said], at: usize, words: usize) -> Option<usize> {
    let mut left = words;
    for (at, piece) in said.iter().enumerate().skip(at + 1).take(words + 4) {
        match piece.sign {
            Sign::Dot => return Some(at),
            Sign::Aside | Sign::Comma | Sign::Bracket => {}
            Sign::Word if left > 0 && !ends_local(&piece.text) => left -= 1,
            _ => return None,
        }
    }
    None
}

fn spelled(pieces: &[Said]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// The first piece of what is spelled before a place, back to a word that cannot belong to it.
pub(super) fn start(said: &[Said], end: usize) -> Option<usize> {
    let mut start = None;
    let mut words = 0;
    // The piece behind is a sign that joins, or a letter.
    let (mut joined, mut lettered) = (false, false);
    for at in (end.saturating_sub(REACH)..end).rev() {
        let piece = &said[at];
        let before = at.checked_sub(1).map(|last| &said[last]);
        let is_before = |sign: Sign| before.is_some_and(|before| before.sign == sign);
        match piece.sign {
            Sign::Aside => continue,
            Sign::Comma | Sign::Stop | Sign::Bracket | Sign::Filler if start.is_none() => continue,
            Sign::Comma if joined || is_before(Sign::Aside) || is_before(Sign::Letter) => continue,
            Sign::Dot | Sign::Dash | Sign::Underscore | Sign::Plus | Sign::Slash | Sign::Colon
                if start.is_some()
                    && before.is_some_and(|b| {
                        b.is_word()
                            || b.sign == piece.sign
                            || b.is_between()
                            || b.sign == Sign::Colon
                    }) =>
            {
                (joined, lettered, words) = (true, false, 0);
                continue;
            }
            Sign::Letter => {
                // `it's`: the letter ends a word.
                let is_ending = piece.glued && is_before(Sign::Bracket);
                let spelled = said[..at].iter().rev().take(8).find(|piece| !piece.is_between());
                let is_spelled = spelled.is_some_and(|piece| piece.sign == Sign::Letter);
                let is_word = matches!(piece.text.as_str(), "a" | "i" | "e" | "y" | "o");
                if is_ending || (is_word && !joined && !lettered && !is_spelled) {
                    break;
                }
                lettered = true;
            }
            // `o'neill`
            Sign::Bracket if piece.glued && lettered_name(said, at) => {
                joined = true;
                continue;
            }
            Sign::Figures => lettered = false,
            Sign::Word if !numerals(&piece.text).is_empty() => lettered = false,
            Sign::Word | Sign::Filler
                if joined || is_before(Sign::Dot) || is_before(Sign::Underscore) =>
            {
                words = 1;
                lettered = false;
            }
            Sign::Word if words < WORDS - 1 && !ends_local(&piece.text) => {
                words += 1;
                lettered = false;
            }
            _ => break,
        }
        joined = false;
        start = Some(at);
    }
    start.map(|start| word_of_letters(said, start).unwrap_or(start))
}

/// Whether a sign is the apostrophe behind the first letter of a name.
fn lettered_name(said: &[Said], at: usize) -> bool {
    let around = at.checked_sub(1).and_then(|last| Some((&said[last], said.get(at + 1)?)));
    around.is_some_and(|(letter, name)| {
        letter.sign == Sign::Letter && name.glued && name.sign == Sign::Word
    })
}

/// What in front is spelled from a place on: `info, that's i n f o`, `n quinn, n q u i n n`.
fn word_of_letters(said: &[Said], from: usize) -> Option<usize> {
    let letters = said[from..].iter().take_while(|piece| piece.sign == Sign::Letter).take(REACH);
    let spelled: String = letters.map(|piece| piece.text.as_str()).collect();
    let is_whole = |at: &usize| {
        let mut left = spelled.as_str();
        for piece in &said[*at..from] {
            match left.strip_prefix(piece.text.as_str()) {
                Some("") => return true,
                Some(rest) => left = rest,
                None => return false,
            }
        }
        false
    };
    (from.saturating_sub(8)..from).find(|at| spelled.len() > 1 && is_whole(at))
}

/// Whether a word belongs to no address: it leads to one, or to something else.
pub(super) fn ends_local(word: &str) -> bool {
    word.chars().count() == 1 || STOPPERS.contains(&word)
}

#[rustfmt::skip]
const STOPPERS: &[&str] = &[
    "is", "same", "mine", "ours", "domain", "it", "its", "the", "an", "to", "at", "on", "of", "by", "for", "from", "with", "my", "your", "his", "her", "our",
    "their", "me", "us", "him", "them", "you", "he", "she", "we", "they", "that", "this", "these", "those", "and", "but",
    "or", "if", "as", "are", "was", "were", "be", "been", "have", "has", "had", "do", "does", "did", "can", "could", "will",
    "would", "should", "may", "might", "must", "just", "please", "email", "emails", "emailed", "mail", "mailed", "address",
    "mailbox", "inbox", "send", "sent", "sends", "write", "wrote", "contact", "reach", "under", "use", "using", "called", "cc", "bcc",
    "copy", "forward", "forwarded", "ping", "reply", "answer", "try", "about", "into", "onto", "out", "up", "over", "than",
    "there", "here", "what", "which", "who", "where", "when", "how", "not", "yes", "only", "still", "said", "says", "say",
    "think", "guess", "believe", "got", "get", "go", "goes", "going", "went", "put", "see", "visit", "check", "look", "looked",
    "site", "website", "page", "link", "url", "called", "hi", "hello", "hey", "thanks", "any", "whole", "old", "new", "thats",
    "going", "because", "via", "through", "in", "no", "all", "drop", "shoot", "message", "invite", "add", "online", "everything",
    "more", "whats", "heres", "i'm", "im", "ill", "ive", "don't", "spell", "spelled", "registered", "listed", "file", "login",
    "username", "adresse", "mailadresse", "meine", "mein", "unsere", "ist", "lautet", "die", "der", "das", "den", "und", "ich", "sie",
    "bitte", "unter", "schreiben", "schicken", "von", "an", "auf", "mir", "uns", "also", "mon", "mes", "est", "le",
    "la", "les", "mel", "courriel", "envoyez", "ecrivez", "ecrire", "moi", "sur", "sous", "cest", "au", "votre", "notre",
    "mi", "es", "el", "correo", "electronico", "escriba", "escribe", "escribame", "manda", "mande", "mando", "envia", "envie", "envio",
    "direccion", "de", "en", "il", "posta", "indirizzo", "scriva", "scrivi", "mandi", "manda", "per",
    "mijn", "het", "adres", "naar", "stuur", "stuurt", "meu", "minha", "endereco", "para", "escreva", "manda", "moj", "jest", "adres", "prosze",
];
