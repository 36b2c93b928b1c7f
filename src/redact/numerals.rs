//! Numbers as words, in the languages in which people read them out.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a word says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numeral {
    /// 0 to 9.
    Digit(u8),
    /// 10 to 19, and compounds such as `vierzig` and `zweiundvierzig`: two digits.
    Pair(u8),
    /// 20, 30 … 90, behind which a digit may belong to it.
    Tens(u8),
    /// Two zeros.
    Hundred,
    /// The next digit is said so many times.
    Times(usize),
}

/// The languages in which a word is a numeral, a bit for each: a number is said in one of them.
pub(super) type Tongues = u16;

/// All languages: figures are read in any.
pub(super) const ANY: Tongues = Tongues::MAX;

/// The numerals of a language, folded; `|` parts forms of one number.
struct Tongue {
    /// 0 to 9.
    digits: &'static str,
    /// 10 to 19.
    teens: &'static str,
    /// 20, 30 … 90; `-` where there is none of its own.
    tens: &'static str,
    hundred: &'static str,
    twice: &'static str,
    thrice: &'static str,
    /// How 42 is one word.
    compound: Compound,
}

enum Compound {
    No,
    /// `zweiundvierzig`: the digit, this, the tens.
    Before(&'static str),
    /// `quarantadue`: the tens, the digit.
    Behind,
}

#[rustfmt::skip]
const TONGUES: [Tongue; 8] = [
    Tongue {
        digits: "zero|oh|o|nought|naught|nil one two three four five six seven eight nine|niner",
        teens: "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
        tens: "twenty thirty forty|fourty fifty sixty seventy eighty ninety",
        hundred: "hundred", twice: "double", thrice: "triple|treble", compound: Compound::No,
    },
    Tongue {
        digits: "null eins|ein zwei|zwo drei vier funf|fuenf sechs sieben acht neun",
        teens: "zehn elf zwolf|zwoelf dreizehn vierzehn funfzehn|fuenfzehn sechzehn siebzehn achtzehn neunzehn",
        tens: "zwanzig dreissig vierzig funfzig|fuenfzig sechzig siebzig achtzig neunzig",
        hundred: "hundert", twice: "doppel|zweimal", thrice: "dreimal", compound: Compound::Before("und"),
    },
    Tongue {
        digits: "zero un|une deux trois quatre cinq six sept huit neuf",
        teens: "dix onze douze treize quatorze quinze seize dixsept dixhuit dixneuf",
        tens: "vingt|vingts trente quarante cinquante soixante septante huitante|octante nonante",
        hundred: "cent", twice: "double", thrice: "triple", compound: Compound::No,
    },
    Tongue {
        digits: "cero uno|una|un dos tres cuatro cinco seis siete ocho nueve",
        teens: "diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve",
        tens: "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        hundred: "cien|ciento", twice: "doble", thrice: "triple", compound: Compound::No,
    },
    Tongue {
        digits: "zero uno|una due tre quattro cinque sei sette otto nove",
        teens: "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
        tens: "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        hundred: "cento", twice: "doppio", thrice: "triplo", compound: Compound::Behind,
    },
    Tongue {
        digits: "nul een twee drie vier vijf zes zeven acht negen",
        teens: "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
        tens: "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
        hundred: "honderd", twice: "dubbel|dubbele", thrice: "driemaal", compound: Compound::Before("en"),
    },
    Tongue {
        digits: "zero um|uma dois|duas tres quatro cinco seis|meia sete oito nove",
        teens: "dez onze doze treze catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove",
        tens: "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        hundred: "cem|cento", twice: "dobro", thrice: "triplo", compound: Compound::No,
    },
    Tongue {
        digits: "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
        teens: "dziesiec jedenascie dwanascie trzynascie czternascie pietnascie szesnascie siedemnascie osiemnascie dziewietnascie",
        tens: "dwadziescia trzydziesci czterdziesci piecdziesiat szescdziesiat siedemdziesiat osiemdziesiat dziewiecdziesiat",
        hundred: "sto", twice: "podwojne", thrice: "potrojne", compound: Compound::No,
    },
];

/// The place of French, which says 90 as `quatre-vingt-dix`.
pub(super) const FRENCH: Tongues = 1 << 2;
/// The places of the languages that say `treinta y dos`.
pub(super) const JOINED_BY_Y: Tongues = 1 << 3 | 1 << 6;

static NUMERALS: LazyLock<FxHashMap<String, Vec<(Tongues, Numeral)>>> = LazyLock::new(|| {
    let mut all: FxHashMap<String, Vec<(Tongues, Numeral)>> = FxHashMap::default();
    for (place, tongue) in TONGUES.iter().enumerate() {
        let mut put = |words: &str, numeral| {
            for word in words.split('|') {
                all.entry(word.to_owned()).or_default().push((1 << place, numeral));
            }
        };
        for (digit, words) in (0..).zip(tongue.digits.split(' ')) {
            put(words, Numeral::Digit(digit));
        }
        for (teen, words) in (10..).zip(tongue.teens.split(' ')) {
            put(words, Numeral::Pair(teen));
        }
        for (tens, words) in (2..).zip(tongue.tens.split(' ')) {
            put(words, Numeral::Tens(tens * 10));
            for (digit, digits) in (0..).zip(tongue.digits.split(' ')).skip(1) {
                for (ten, one) in
                    words.split('|').flat_map(|ten| digits.split('|').map(move |one| (ten, one)))
                {
                    let numeral = Numeral::Pair(tens * 10 + digit);
                    match tongue.compound {
                        Compound::No => {}
                        Compound::Before(joint) => put(&format!("{one}{joint}{ten}"), numeral),
                        Compound::Behind => {
                            put(&format!("{ten}{one}"), numeral);
                            // `trentuno`, `trentotto`
                            put(&format!("{}{one}", &ten[..ten.len() - 1]), numeral);
                        }
                    }
                }
            }
        }
        put(tongue.hundred, Numeral::Hundred);
        put(tongue.twice, Numeral::Times(2));
        put(tongue.thrice, Numeral::Times(3));
    }
    for (word, value) in (21..)
        .zip([
            "veintiuno",
            "veintidos",
            "veintitres",
            "veinticuatro",
            "veinticinco",
            "veintiseis",
            "veintisiete",
            "veintiocho",
            "veintinueve",
        ])
        .map(|(value, word)| (word, value))
    {
        all.entry(word.to_owned()).or_default().push((1 << 3, Numeral::Pair(value)));
    }
    all
});

/// What a folded word is in each language in which it is a numeral.
pub(super) fn numerals(word: &str) -> &'static [(Tongues, Numeral)] {
    NUMERALS.get(word).map_or(&[], Vec::as_slice)
}
