//! Where a house stands: a number and the name of a street, in the order of several countries, with the
//! town and its code where they follow.

use std::sync::LazyLock;

use regex::Regex;

use super::{Found, Kind, Spans};

/// What names of streets end in.
const ENDS: &str = "Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Place|Pl|\
                    Terrace|Way|Highway|Hwy|Parkway|Pkwy|Close|Crescent|Mews|Row|Quay|Alley|Circle|Trail|Plaza|\
                    Gardens|Grove|Walk|Hill|Park";

const NUMBER_WORDS: &str = "(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|\
                            fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|\
                            eighty|ninety|hundred|oh|zero)";

static WRITTEN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let house = r"\d{1,5}(?:[A-Za-z]\b|\b)(?:[-/]\d+[a-z]?)?";
    let before = r"(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room)\.? ?\w{1,5},? )?";
    let name = r"(?:(?:\p{Lu}[\p{L}'’.-]*|\d{1,3}(?:st|nd|rd|th)) ){1,4}";
    let unit = r"(?:\.?,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Flat|#)\.? ?\w+)?";
    let town = r"(?:\.?,? \p{Lu}[\p{L}-]+(?: \p{Lu}[\p{L}-]+)?,? (?:[A-Z]{2,3} \d{4,5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}))?";
    let code_town = r"(?:,? (?:[A-Z]-)?\d{4,5} \p{Lu}[\p{L}-]+)?";
    let patterns = [
        format!(r"\b{before}{house},? {name}(?:{ENDS})\b{unit}{town}"),
        r"\b(?:Am|Im|Zum|Zur|(?:An|Auf|In) de[rmn]) \p{Lu}[\p{L}-]+ \d{1,4}[a-z]?, \d{5} \p{Lu}[\p{L}-]+".to_owned(),
        format!(
            r"\b\p{{Lu}}[\p{{L}}-]*(?:straße|strasse|allee|gasse|platz|damm|ufer|straat|laan|gracht|plein|gatan|vägen|veien) \d{{1,4}}(?: ?[a-z])?\b{code_town}"
        ),
        format!(r"\b\p{{Lu}}[\p{{L}}-]*(?:str\.|weg|ring) \d{{1,4}}[a-z]?\b{code_town}"),
        format!(
            r"\b(?:\d{{1,4}}(?: ?(?:bis|ter))?,? )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Qq]uai|[Cc]hemin) (?:(?:de|du|des|la|le|les|d['’]|l['’]) ?)*\p{{Lu}}[\p{{L}}'’-]+(?: \p{{Lu}}[\p{{L}}-]+)*(?:,? \d{{1,4}}\b)?{code_town}"
        ),
        format!(
            r"\b(?:Calle|Avenida|Av\.|Plaza|Paseo|Rua|Via|Viale|Corso|Piazza|Travessa) (?:(?:de|del|do|da|dos|la|las|los|di) )*\p{{Lu}}[\p{{L}}'’-]+(?: \p{{Lu}}[\p{{L}}-]+)*,? (?:n[.º°]? ?)?\d{{1,4}}\b{code_town}"
        ),
        r"(?i)\bp\.? ?o\.? box \d+\b".to_owned(),
        r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b".to_owned(),
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a valid pattern")).collect()
});

/// What a part of a house is called.
const UNIT: &str = "(?:apartment|apt|flat|unit|suite|room|floor)";

/// Speech as it is heard, without capitals.
static HEARD: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!(r"(?:\d{{1,5}}[a-z]?|{NUMBER_WORDS}(?:[ -]{NUMBER_WORDS})*)");
    Regex::new(&format!(
        r"(?i)\b(?:{UNIT} {number},? )?{number} (?P<name>\p{{L}}[\p{{L}}'’]+(?: \p{{L}}[\p{{L}}'’]+)?) (?:street|avenue|road|boulevard|lane|drive|court|crescent|terrace|parkway|place)\b(?:,? {UNIT} (?:number )?{number}(?: [a-z]\b)?)?"
    ))
    .expect("a valid pattern")
});

/// Words that stand between a number and a street where the number is no house's.
#[rustfmt::skip]
const BETWEEN: &[&str] = &[
    "a", "across", "an", "any", "first", "second", "last", "main", "same", "hour's", "minute's", "along", "and", "at", "away", "bus", "by", "cars", "different", "days", "down",
    "east", "feet", "from", "for", "hour", "hours", "houses", "in", "into", "kilometers", "lane", "lanes", "long",
    "major", "meters", "metres", "miles", "minute", "minutes", "months", "more", "more", "of", "off", "on",
    "one", "other", "our", "out", "over", "people", "per", "percent", "shops", "stores", "that", "the", "this",
    "to", "top", "towards", "up", "way", "weeks", "with", "years", "wide",
];

pub(super) fn find(text: &str, found: &mut Spans) {
    // A house has a number, be it in words, and every pattern asks for one or for a box.
    for pattern in WRITTEN.iter() {
        for address in pattern.find_iter(text).filter(|found| has_digit(found.as_str())) {
            found.add(Found::new(Kind::Street, address.range()));
        }
    }
    for address in HEARD.captures_iter(text) {
        let (Some(all), Some(name)) = (address.get(0), address.name("name")) else { continue };
        let mut words = name.as_str().split(' ');
        if !words.any(|word| BETWEEN.contains(&word.to_lowercase().as_str())) {
            found.add(Found::new(Kind::Street, all.range()));
        }
    }
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}
