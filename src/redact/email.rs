//! E-mail addresses, written and spelled out: `dana@acme.example`, `dana dot reyes at acme dot com`.

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, Kind, Spans, web};

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}\p{N}._%+'’-]*[\p{L}\p{N}_%+-]@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*")
        .expect("a valid pattern")
});

/// A name, an `at`, and the name of a host. The name may be spelled letter by letter.
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"(?:(?:[a-z][ -]){2,}[a-z]|[\p{L}\p{N}]+)";
    let joined = r"(?:(?: ?[._-] ?| (?:dot|period|point|underscore|dash|hyphen|minus|plus) ))";
    let digits = r"(?: ?\d{1,4}| (?:zero|one|two|three|four|five|six|seven|eight|nine))*";
    let at = r"(?: ?[(\[<{] ?at ?[)\]>}] ?| at (?:sign )?)";
    let host = r"[\p{L}\p{N}-]+(?: (?:dash|hyphen) [\p{L}\p{N}]+)*";
    let dot = r"(?: ?[(\[<{] ?dot ?[)\]>}] ?| dot |\.)";
    let ending = web::ENDINGS;
    Regex::new(&format!(
        r"(?i)\b(?P<local>{part}(?:{joined}{part})*{digits}){at}{host}(?:{dot}[\p{{L}}\p{{N}}-]+)*?{dot}(?:{ending})(?:{dot}[a-z]{{2}})?\b"
    ))
    .expect("a valid pattern")
});

/// What stands before `at` where a page is meant and no one's address.
#[rustfmt::skip]
const PLACES: [&str; 40] = [
    "all", "anything", "are", "available", "be", "book", "check", "everything", "find", "found",
    "go", "here", "hosted", "info's", "is", "it", "live", "look", "looked", "looking", "more",
    "online", "out", "over", "page", "pages", "posted", "read", "register", "see", "site", "sign",
    "start", "that", "there", "up", "us", "was", "website", "work",
];

pub(super) fn find(text: &str, found: &mut Spans) {
    if memchr::memchr(b'@', text.as_bytes()).is_some() {
        for address in WRITTEN.find_iter(text) {
            let start = address.as_str().trim_start_matches(['.', '\'', '’', '-', '%']);
            let from = address.end() - start.len();
            // `@` alone before a host's name is a way to write `at`; one with no dot needs a name in front.
            found.add(Found::new(Kind::Email, from..address.end()));
        }
    }
    for address in SPOKEN.captures_iter(text) {
        let (Some(all), Some(local)) = (address.get(0), address.name("local")) else { continue };
        let folded = local.as_str().to_lowercase();
        if !PLACES.contains(&folded.as_str()) {
            found.add(Found::new(Kind::Email, all.range()));
        }
    }
}
