//! E-mail addresses, written and spelled out: `dana@acme.example`, `dana dot reyes at acme dot com`.

use std::sync::LazyLock;

use regex::Regex;

use super::host::{self, ends_local};
use super::said::{Said, Sign};
use super::{Found, Kind, Spans};

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}._%+'’-]*[\p{L}\p{N}_%+-]@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*")
        .expect("a valid pattern")
});

/// What stands before `at` where a page is meant and no one's address.
#[rustfmt::skip]
const PLACES: [&str; 41] = [
    "all", "anything", "are", "available", "be", "book", "check", "everything", "find", "found",
    "go", "here", "hosted", "is", "live", "look", "looked", "looking", "more",
    "online", "out", "over", "page", "pages", "posted", "read", "register", "see", "site", "sign",
    "start", "that", "there", "up", "was", "website", "work", "works", "shop", "meet", "based",
];

/// Hosts of so many addresses that nobody says how they end.
const PROVIDERS: [&str; 11] = [
    "gmail",
    "googlemail",
    "hotmail",
    "outlook",
    "yahoo",
    "icloud",
    "protonmail",
    "proton",
    "gmx",
    "aol",
    "fastmail",
];

/// Words that tell of an address in front of its half.
const MAILS: [&str; 14] = [
    "email",
    "emails",
    "mail",
    "mails",
    "address",
    "domain",
    "same",
    "adresse",
    "correo",
    "courriel",
    "indirizzo",
    "adres",
    "inbox",
    "mailbox",
];

/// How far in front of half an address is looked for such a word.
const REACH: usize = 8;

pub(super) fn find(text: &str, said: &[Said], found: &mut Spans) {
    if memchr::memchr(b'@', text.as_bytes()).is_some() {
        for address in WRITTEN.find_iter(text) {
            let start = address.as_str().trim_start_matches(['.', '\'', '’', '-', '%']);
            let from = address.end() - start.len();
            // `@` alone before a host's name is a way to write `at`; one with no dot needs a name in front.
            found.add(Found::new(Kind::Email, from..address.end()));
        }
    }
    let ats = said.iter().enumerate().filter(|(_, piece)| piece.sign == Sign::At);
    for (at, piece) in ats {
        let is_sure = !matches!(piece.text.as_str(), "" | "at");
        let end = match host::end(said, at + 1, is_sure) {
            Some(end) => end,
            None => match provider(said, at, is_sure) {
                Some(end) => end,
                None => continue,
            },
        };
        let local = host::start(said, at).or_else(|| {
            // `write to it at …`, `contact at …`: what stands there is the name.
            let word = |back: usize| at.checked_sub(back).map_or("", |at| said[at].text.as_str());
            let is_name =
                matches!(word(1), "contact" | "mail" | "email" | "reply" | "hello" | "hi");
            (!word(1).is_empty() && (is_name || word(2) == "to")).then(|| at - 1)
        });
        let start = match local {
            Some(start) if start + 1 == at && is_place(said, start) => continue,
            Some(start) => start,
            // Only the part behind it is said.
            None if is_half(said, at) || is_sure => at,
            None => continue,
        };
        found.add(Found::new(Kind::Email, said[start].bytes.start..said[end].bytes.end));
    }
}

fn is_place(said: &[Said], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |last| said[last].text.as_str());
    PLACES.contains(&said[at].text.as_str()) && !MAILS.contains(&before)
}

/// Whether what begins with `at` is the second half of an address.
fn is_half(said: &[Said], at: usize) -> bool {
    let before = &said[at.saturating_sub(REACH)..at];
    let is_empty = |piece: &Said| !piece.is_word() || piece.sign == Sign::Filler;
    before.iter().any(|piece| MAILS.contains(&piece.text.as_str()))
        || (at <= REACH && before.iter().all(is_empty))
}

/// The end of the name of a host that is known without its ending, or of any behind a word for `@` alone.
fn provider(said: &[Said], at: usize, is_sure: bool) -> Option<usize> {
    let next = said.get(at + 1).filter(|next| next.is_word())?;
    let is_known = PROVIDERS.contains(&next.text.as_str());
    (is_known || (is_sure && !ends_local(&next.text))).then_some(at + 1)
}
