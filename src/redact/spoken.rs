//! Numbers that are said: `five five five, oh one nine nine`, `double seven`, `forty two forty two`,
//! `6 0 2 5 5 5`, with what is said between their groups.

use super::digits::Number;
use super::numerals::{ANY, FRENCH, JOINED_BY_Y, Numeral, Tongues, numerals};
use super::said::{Said, Sign};

/// The fewest digits of a number that is looked at.
const FEWEST: usize = 3;

/// The most pieces between two groups.
const BETWEEN: usize = 8;

/// Words between amounts as well as between the groups of one number.
const LISTING: [&str; 12] =
    ["and", "then", "to", "for", "too", "so", "like", "well", "now", "next", "no", "et"];

/// A number while it is said.
#[derive(Debug, Default)]
struct Run {
    /// Its first piece and its last.
    first: usize,
    last: usize,
    digits: String,
    /// What was said of it, each number as it was said.
    values: Vec<u32>,
    /// How many digits each of them has.
    groups: Vec<usize>,
    /// How many of them are words.
    words: usize,
    /// How many of them are of one digit.
    single: usize,
    tongues: Tongues,
    /// A ten behind which a digit belongs to it.
    open_ten: bool,
    times: usize,
    plus: bool,
    /// Nothing but a comma stands between two of its groups, or a word that lists.
    listed: bool,
    /// Someone hesitates between two of its groups.
    hesitant: bool,
    /// It stands behind the point of a decimal.
    decimal: bool,
}

/// The numbers of a text that are said and not only written.
pub(super) fn numbers(said: &[Said]) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut run: Option<Run> = None;
    for at in 0..said.len() {
        let piece = &said[at];
        let Some(numeral) = numeral(said, at) else {
            if run.as_ref().is_some_and(|run| !goes_on(run, piece, at)) {
                numbers.extend(run.take().and_then(|run| run.number(said)));
            }
            continue;
        };
        let tongues = tongues(piece, numeral);
        if let Some(current) = &mut run {
            // `um` is a numeral only where another word of its language is.
            let is_aside = piece.sign == Sign::Aside && current.tongues == ANY;
            if current.tongues & tongues != 0 && !is_aside {
                current.between(said, at);
                current.say(said, at, numeral);
                continue;
            }
            // A word of another language may be one that is said between.
            if goes_on(current, piece, at) {
                continue;
            }
            numbers.extend(run.take().and_then(|run| run.number(said)));
        }
        // What is said aside begins no number, though it be a numeral in some language.
        if matches!(piece.sign, Sign::Aside | Sign::Filler) {
            continue;
        }
        let is_point = |last: usize| said[last].text == "point" && last > 0;
        let decimal = at
            .checked_sub(1)
            .is_some_and(|last| is_point(last) && self::numeral(said, last - 1).is_some());
        let plus = at.checked_sub(1).is_some_and(|last| said[last].sign == Sign::Plus);
        let mut new = Run {
            first: at - usize::from(plus),
            tongues: ANY,
            last: at,
            times: 1,
            plus,
            decimal,
            ..Run::default()
        };
        new.say(said, at, numeral);
        run = Some(new);
    }
    numbers.extend(run.and_then(|run| run.number(said)));
    numbers
}

/// What a piece says of a number in any language.
fn numeral(said: &[Said], at: usize) -> Option<&'static [(Tongues, Numeral)]> {
    const FIGURES: &[(Tongues, Numeral)] = &[];
    let piece = &said[at];
    match piece.sign {
        Sign::Figures => (piece.text.len() <= 8 && !is_quantity(said, at)).then_some(FIGURES),
        Sign::Word | Sign::Letter | Sign::Aside | Sign::Filler => {
            Some(numerals(&piece.text)).filter(|all| !all.is_empty())
        }
        _ => None,
    }
}

/// Figures with a sign that a time, a share or an amount has.
pub(super) fn is_quantity(said: &[Said], at: usize) -> bool {
    let joins = |sign: Sign| matches!(sign, Sign::Comma | Sign::Colon | Sign::Slash);
    let glued = |at: usize| said.get(at).filter(|piece| piece.glued);
    let figures = |at: usize| glued(at).is_some_and(|piece| piece.sign == Sign::Figures);
    let before = at.checked_sub(1).filter(|_| said[at].glued).map(|last| said[last].sign);
    let after = glued(at + 1).map(|next| next.sign);
    before == Some(Sign::Measure)
        || after == Some(Sign::Measure)
        || (before.is_some_and(joins) && at > 1 && said[at - 2].sign == Sign::Figures)
        || (after.is_some_and(joins) && figures(at + 2))
}

fn tongues(piece: &Said, numeral: &[(Tongues, Numeral)]) -> Tongues {
    match piece.sign {
        Sign::Figures => ANY,
        _ => numeral.iter().fold(0, |all, (tongue, _)| all | tongue),
    }
}

fn goes_on(run: &Run, piece: &Said, at: usize) -> bool {
    at - run.last <= BETWEEN
        && match piece.sign {
            Sign::Aside | Sign::Filler | Sign::Comma | Sign::Stop | Sign::Dash | Sign::Bracket => {
                true
            }
            // Between tens and ones: `treinta y dos`.
            Sign::Letter => {
                run.open_ten
                    && run.tongues & JOINED_BY_Y != 0
                    && matches!(piece.text.as_str(), "y" | "e")
            }
            Sign::Dot => run.values.len() > 1 && piece.text != "point",
            _ => false,
        }
}

impl Run {
    /// Takes note of what stands between the last group and a piece.
    fn between(&mut self, said: &[Said], at: usize) {
        let gap = &said[self.last + 1..at];
        let stops = gap.iter().filter(|piece| piece.sign == Sign::Stop).count();
        let lists = |piece: &Said| LISTING.contains(&piece.text.as_str());
        let waits = |piece: &Said| match piece.sign {
            Sign::Aside => true,
            Sign::Filler => !lists(piece),
            _ => false,
        };
        if gap.iter().any(waits) || stops > 1 {
            self.hesitant = true;
        } else if gap.iter().any(|p| lists(p) || p.sign == Sign::Comma) || stops > 0 {
            self.listed = true;
        }
    }

    fn say(&mut self, said: &[Said], at: usize, numeral: &[(Tongues, Numeral)]) {
        let piece = &said[at];
        let apart = at > self.last + 1
            && said[self.last + 1..at].iter().any(|p| p.is_between() || p.sign == Sign::Stop);
        let open = std::mem::take(&mut self.open_ten) && !apart;
        self.last = at;
        if piece.sign == Sign::Figures {
            self.put(&piece.text);
            return;
        }
        self.tongues &= tongues(piece, numeral);
        let own = numeral.iter().find(|(tongue, _)| self.tongues & tongue != 0);
        let Some((_, own)) = own else { return };
        self.words += 1;
        let last = self.values.last().copied().unwrap_or_default();
        let is_french = self.tongues & FRENCH != 0;
        match *own {
            Numeral::Times(times) => self.times = times,
            Numeral::Hundred => self.digits.push_str("00"),
            // `soixante-dix-huit`
            Numeral::Digit(digit @ 7..=9) if open => self.replace(last + u32::from(digit)),
            Numeral::Digit(digit @ 1..) if open && (last % 20 != 10 || !is_french) => {
                self.replace(last + u32::from(digit));
            }
            Numeral::Pair(pair @ 10..=19) if open && is_french && matches!(last, 60 | 80) => {
                self.replace(last + u32::from(pair));
                self.open_ten = pair == 10;
            }
            Numeral::Pair(10) if is_french => {
                self.put("10");
                self.open_ten = true;
            }
            // `quatre-vingt`
            Numeral::Tens(20) if is_french && last == 4 && !apart && self.digits.ends_with('4') => {
                self.digits.pop();
                self.values.pop();
                self.single -= usize::from(self.groups.pop() == Some(1));
                self.put("80");
                self.open_ten = true;
            }
            Numeral::Digit(value) => self.put(&value.to_string()),
            Numeral::Pair(value) => self.put(&value.to_string()),
            Numeral::Tens(value) => {
                self.put(&value.to_string());
                self.open_ten = true;
            }
        }
    }

    fn put(&mut self, figures: &str) {
        for _ in 0..std::mem::replace(&mut self.times, 1) {
            self.digits.push_str(figures);
            self.values.push(figures.parse().unwrap_or(u32::MAX));
            self.groups.push(figures.len());
            self.single += usize::from(figures.len() == 1);
        }
    }

    /// Puts a number of two digits in the place of the last one.
    fn replace(&mut self, value: u32) {
        self.values.pop();
        self.groups.pop();
        self.digits.truncate(self.digits.len().saturating_sub(2));
        self.put(&value.to_string());
    }

    fn number(self, said: &[Said]) -> Option<Number> {
        let is_spelled = self.single == self.groups.len() && self.groups.len() >= 7;
        let is_said = self.words > 0 || is_spelled || self.hesitant;
        let pairs = self.groups.iter().filter(|group| **group == 2).count();
        // What is only written is read as it is written, elsewhere.
        let told = (is_said || self.listed) && self.digits.len() >= FEWEST && !self.decimal;
        told.then(|| Number {
            bytes: said[self.first].bytes.start..said[self.last].bytes.end,
            plus: self.plus,
            counted: is_counting(&self.values),
            paired: pairs * 2 > self.groups.len(),
            listed: self.words == 0 && self.listed && !is_spelled,
            groups: self.groups,
            digits: self.digits,
            bracketed: false,
            joined: false,
            spoken: is_said,
            cue: None,
        })
    }
}

/// Whoever counts, up or down, in ones or more, says no one's number.
fn is_counting(values: &[u32]) -> bool {
    let steps: Vec<i64> =
        values.windows(2).map(|two| i64::from(two[1]) - i64::from(two[0])).collect();
    let is_same = steps.iter().all(|step| *step == steps[0] || *step == -9);
    steps.len() > 1 && steps[0] != 0 && is_same
}
