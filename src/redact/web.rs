//! Web addresses: with their scheme, by the name of their host, and spelled out.

use std::sync::LazyLock;

use regex::Regex;

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

static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let ending = ENDINGS;
    Regex::new(&format!(
        r"(?i)\b(?:(?:www|w w w|triple w|double[ -]?u double[ -]?u double[ -]?u) dot )?(?P<host>[\p{{L}}\p{{N}}]+)(?: (?:dash|hyphen) [\p{{L}}\p{{N}}]+)*(?: dot [\p{{L}}\p{{N}}]+)? dot (?:{ending})(?: dot [a-z]{{2}})?\b(?: (?:forward )?slash [\p{{L}}\p{{N}}]+)*"
    ))
    .expect("a valid pattern")
});

/// Words before `dot com` that name no host.
const NO_HOST: [&str; 14] =
    ["a", "an", "at", "any", "by", "in", "of", "on", "or", "our", "the", "their", "this", "whole"];

pub(super) fn find(text: &str, found: &mut Spans) {
    if memchr::memchr2(b'.', b'/', text.as_bytes()).is_some() {
        for address in WRITTEN.find_iter(text) {
            let link = address.as_str();
            let shown =
                link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '’', '*']);
            found.add(Found::new(Kind::Web, address.start()..address.start() + shown.len()));
        }
    }
    for address in SPOKEN.captures_iter(text) {
        let (Some(all), Some(host)) = (address.get(0), address.name("host")) else { continue };
        if !NO_HOST.contains(&host.as_str().to_lowercase().as_str()) {
            found.add(Found::new(Kind::Web, all.range()));
        }
    }
}
