//! Web addresses: with their scheme, by the name of their host, and spelled out.

use std::sync::LazyLock;

use regex::Regex;
use rustc_hash::FxHashSet;

use super::host;
use super::said::{Said, Sign};
use super::{Found, Kind, Spans};

/// What names of hosts end in. Endings that are English words or those of common files are left out:
/// `done.it was` is a space that was forgotten.
pub(super) const ENDINGS: &str = "com|org|net|io|co|ai|app|dev|edu|gov|mil|biz|info|eu|uk|de|fr|es|nl|ch|se|dk|fi|\
                                  pl|cz|pt|ie|ca|au|nz|jp|cn|br|mx|za|sg|kr|example|test|invalid|cloud|tech|online|\
                                  shop|site|store|agency|consulting";

static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    let ending = ENDINGS;
    Regex::new(&format!(
        r#"(?i)\b(?:(?:https?|ftp)://[^\s<>"“”]+|www\.[^\s<>"“”]+|(?:[\p{{L}}\p{{N}}](?:[\p{{L}}\p{{N}}-]*[\p{{L}}\p{{N}}])?\.)+(?:{ending})\b(?:[/?#][^\s<>"“”]*|:\d+[^\s<>"“”]*)?)"#
    ))
    .expect("a valid pattern")
});

/// The endings that are said, and that follow words for a dot in other languages where they are no words.
static SAID: LazyLock<FxHashSet<&str>> = LazyLock::new(|| ENDINGS.split('|').collect());
const NO_WORDS: [&str; 8] = ["com", "org", "net", "fr", "nl", "pl", "eu", "example"];

/// Whether the name of a host may end in a word.
pub(super) fn is_ending(word: &str) -> bool {
    SAID.contains(word)
}

/// The most pieces of a path.
const PATH: usize = 24;

/// Words before `dot com` that name no host.
pub(super) const NO_HOST: [&str; 14] =
    ["a", "an", "at", "any", "by", "in", "of", "on", "or", "our", "the", "their", "this", "whole"];

pub(super) fn find(text: &str, said: &[Said], found: &mut Spans) {
    if memchr::memchr2(b'.', b'/', text.as_bytes()).is_some() {
        for address in WRITTEN.find_iter(text) {
            let link = address.as_str();
            let shown =
                link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '’', '*']);
            found.add(Found::new(Kind::Web, address.start()..address.start() + shown.len()));
        }
    }
    let mut end = 0;
    for (at, piece) in said.iter().enumerate() {
        if at < end || piece.sign != Sign::Dot || piece.text.is_empty() {
            continue;
        }
        let is_plain = piece.text == "dot";
        let Some(start) = host::start(said, at) else { continue };
        let first = said[at - 1].text.as_str();
        let Some(last) = host::end(said, start, false) else { continue };
        let label = said[last].text.as_str();
        // Without a sign of a link, it has to end like one.
        let begins = said[start].text.as_str();
        let is_link = matches!(begins, "www" | "w" | "h" | "https" | "http" | "triple" | "double");
        let ends = is_ending(label) || said[last].sign == Sign::Letter;
        if last <= at
            || (start + 1 == at && NO_HOST.contains(&first))
            || !(is_link || (ends && (is_plain || NO_WORDS.contains(&label))))
        {
            continue;
        }
        let last = path(said, last);
        end = last + 1;
        found.add(Found::new(Kind::Web, said[start].bytes.start..said[last].bytes.end));
    }
}

/// The last piece of the path behind a host: a slash and a word, time and again.
fn path(said: &[Said], host: usize) -> usize {
    let mut last = host;
    for at in host + 1..said.len().min(host + PATH) {
        let is_sign =
            |sign: Sign| matches!(sign, Sign::Slash | Sign::Dash | Sign::Underscore | Sign::Dot);
        let before = &said[at - 1];
        match said[at].sign {
            sign if is_sign(sign) && (sign == Sign::Slash || last > host) => {}
            Sign::Aside | Sign::Comma => {}
            Sign::Letter if before.sign == Sign::Letter => last = at,
            _ if said[at].is_word() && (is_sign(before.sign) || before.is_between()) => last = at,
            _ => break,
        }
    }
    last
}
