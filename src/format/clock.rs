//! Times as transcripts write them: `1:29`, `00:01:29.500`, `0:0:13,54`, `-00:00:01.500`; in words, and by the
//! clock on the wall, `1 minute 29 seconds`, `9:12 AM`.

use crate::transcript::{Millis, TimeResolution};

/// A length of time, be it of a recording or of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    /// Since the start.
    pub at: Millis,
    /// Whether it was written with a fraction of a second.
    pub is_fine: bool,
}

impl Clock {
    /// Whether a text begins like a time. Most lines that are looked at for one do not.
    pub fn may_be(text: &str) -> bool {
        text.strip_prefix('-').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit())
    }

    /// Reads a whole text as a time of two or three parts, the last of which may have a fraction
    /// after a full stop or a comma. Parts need no padding.
    pub fn parse(text: &str) -> Option<Clock> {
        if !Clock::may_be(text) {
            return None;
        }
        let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) =
            text.split_once(['.', ',']).map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let mut parts = whole.split(':');
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        let (hours, minutes, seconds) = match third {
            Some(third) => (number(first, 3)?, number(second, 2)?, number(third, 2)?),
            None => (0, number(first, 3)?, number(second, 2)?),
        };
        if seconds > 59 || (third.is_some() && minutes > 59) {
            return None;
        }
        let millis = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths(fraction)?;
        Some(Clock { at: Millis(sign * millis), is_fine: fraction.is_some() })
    }
}

/// Times of day on their way to times since the first of them. Captions come a little out of order,
/// which stays as it is; only a step of half a day is midnight.
#[derive(Debug, Default)]
pub(super) struct WallClock {
    first: Option<i64>,
    last: i64,
}

impl WallClock {
    const DAY: i64 = 24 * 60 * 60 * 1000;

    /// The time since the first one.
    pub fn since_first(&mut self, time: Clock) -> Millis {
        let first = *self.first.get_or_insert(time.at.0);
        let mut at = time.at.0 - first;
        at += (self.last - at + Self::DAY / 2).div_euclid(Self::DAY) * Self::DAY;
        self.last = at;
        Millis(at)
    }
}

/// How the time beside a turn is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `1:29`: since the recording began.
    Digits,
    /// `1 minute 29 seconds`, as Teams tells it to people who listen to the page.
    Words,
    /// `9:12 AM` or `9:12:30 AM`: a time of day.
    OfDay {
        /// Whether it is finer than a minute.
        has_seconds: bool,
    },
}

/// The time beside a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub clock: Clock,
    pub style: Style,
}

impl Stamp {
    /// Reads a whole text.
    pub fn parse(text: &str) -> Option<Stamp> {
        let digits = || Clock::parse(text).map(|clock| Stamp { clock, style: Style::Digits });
        digits().or_else(|| of_day(text)).or_else(|| in_words(text))
    }

    /// The stamp at the end of a line, and what stands before it.
    pub fn at_end(line: &str) -> Option<(&str, Stamp)> {
        let mut starts =
            line.rmatch_indices(char::is_whitespace).map(|(at, space)| at + space.len());
        // Words apart only by one blank; `1 hour 2 minutes 3 seconds` has six.
        let longest = starts.by_ref().take(6);
        longest.filter_map(|at| Some((&line[..at], Stamp::parse(&line[at..])?))).last()
    }

    /// Whether it is a time of day.
    pub fn is_of_day(self) -> bool {
        matches!(self.style, Style::OfDay { .. })
    }

    /// Whether it is a round number, as times that people plan are: five minutes, or seconds where it has those.
    pub fn is_round(self) -> bool {
        let step = if self.is_of_day() { 5 * 60_000 } else { 5_000 };
        self.clock.at.0 % step == 0
    }
}

/// A time by the clock of twelve hours.
fn of_day(text: &str) -> Option<Stamp> {
    let (time, half) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let afternoon = ["pm", "p.m."].iter().any(|word| half.eq_ignore_ascii_case(word));
    if !afternoon && !["am", "a.m."].iter().any(|word| half.eq_ignore_ascii_case(word)) {
        return None;
    }
    let Clock { at, is_fine: false } = Clock::parse(time.trim_end())? else { return None };
    let has_seconds = time.bytes().filter(|byte| *byte == b':').count() == 2;
    // Without seconds, what stands in their place are minutes.
    let at = if has_seconds { at.0 } else { at.0 * 60 };
    if !(HOUR..13 * HOUR).contains(&at) {
        return None;
    }
    let at = Millis(at % (12 * HOUR) + if afternoon { 12 * HOUR } else { 0 });
    Some(Stamp { clock: Clock { at, is_fine: false }, style: Style::OfDay { has_seconds } })
}

const HOUR: i64 = 60 * 60 * 1000;

/// A time in words; minutes and seconds are always there, also where they are none.
fn in_words(text: &str) -> Option<Stamp> {
    let mut words = text.split_ascii_whitespace().rev();
    let mut part = |unit: &str, most: i64| {
        let word = words.next()?;
        let is_unit = word == unit || word.strip_suffix('s') == Some(unit);
        number(words.next().filter(|_| is_unit)?, 3).filter(|number| *number <= most)
    };
    let (seconds, minutes) = (part("second", 59)?, part("minute", 59)?);
    let hours = part("hour", 999);
    if hours.is_none() && text.split_ascii_whitespace().count() > 4 || words.next().is_some() {
        return None;
    }
    let at = Millis(((hours.unwrap_or(0) * 60 + minutes) * 60 + seconds) * 1000);
    Some(Stamp { clock: Clock { at, is_fine: false }, style: Style::Words })
}

/// The stamps of a text on their way to times since its start, and how fine they are.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    wall: WallClock,
    is_any: bool,
    is_fine: bool,
    is_coarse: bool,
}

impl Stamps {
    /// The time of the next stamp; times of day count from the first of them.
    pub fn time(&mut self, stamp: Stamp) -> Millis {
        self.is_any = true;
        self.is_fine |= stamp.clock.is_fine;
        self.is_coarse |= stamp.style == Style::OfDay { has_seconds: false };
        match stamp.style {
            Style::OfDay { .. } => self.wall.since_first(stamp.clock),
            Style::Digits | Style::Words => stamp.clock.at,
        }
    }

    /// How fine all of them were.
    pub fn resolution(&self) -> TimeResolution {
        match self.is_coarse {
            true => TimeResolution::FiveMinutes,
            false => resolution(self.is_any, self.is_fine),
        }
    }
}

/// A number of at most so many digits.
fn number(digits: &str, most: usize) -> Option<i64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= most;
    if plain { digits.parse().ok() } else { None }
}

/// The first three digits of a fraction, as milliseconds.
fn thousandths(fraction: Option<&str>) -> Option<i64> {
    let Some(digits) = fraction else { return Some(0) };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut millis = 0;
    for place in 0..3 {
        let digit = digits.as_bytes().get(place).map_or(0, |byte| i64::from(byte - b'0'));
        millis = millis * 10 + digit;
    }
    Some(millis)
}

/// The resolution of a file with times, some of which may have fractions.
pub(super) fn resolution(has_times: bool, is_fine: bool) -> TimeResolution {
    match (has_times, is_fine) {
        (false, _) => TimeResolution::None,
        (true, true) => TimeResolution::Millis,
        (true, false) => TimeResolution::Seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_padded_or_not_signed_or_not() {
        let millis = |text| Clock::parse(text).map(|clock| clock.at.0);
        assert_eq!(millis("1:29"), Some(89_000));
        assert_eq!(millis("0:0:13.540"), Some(13_540));
        assert_eq!(millis("00:02:10,625"), Some(130_625));
        assert_eq!(millis("-00:00:01.500"), Some(-1_500));
        assert_eq!(millis("00:14.39"), Some(14_390));
        assert_eq!(millis("1:00:00.0000001"), Some(3_600_000));
        assert_eq!(millis("75:10"), Some(4_510_000));
    }

    #[test]
    fn times_of_day_count_from_the_first_and_over_midnight() {
        let mut wall = WallClock::default();
        let times = ["23:59:50", "23:59:48", "00:00:05", "23:59:59", "00:00:07", "11:00:00"];
        let since: Vec<i64> = times
            .iter()
            .filter_map(|time| Clock::parse(time))
            .map(|clock| wall.since_first(clock).0)
            .collect();
        assert_eq!(since, [0, -2_000, 15_000, 9_000, 17_000, 39_610_000]);
    }

    #[test]
    fn stamps_are_read_in_every_style() {
        let stamp = |text| Stamp::parse(text).map(|stamp| (stamp.clock.at.0 / 1000, stamp.style));
        let of_day = |has_seconds| Style::OfDay { has_seconds };
        assert_eq!(stamp("9:12"), Some((552, Style::Digits)));
        assert_eq!(stamp("9:12 AM"), Some((9 * 3600 + 12 * 60, of_day(false))));
        assert_eq!(stamp("12:01pm"), Some((12 * 3600 + 60, of_day(false))));
        assert_eq!(stamp("12:01:30\u{202F}a.m."), Some((90, of_day(true))));
        assert_eq!(stamp("11:59:59 PM"), Some((86_399, of_day(true))));
        assert_eq!(stamp("0 minutes 3 seconds"), Some((3, Style::Words)));
        assert_eq!(stamp("1 hour 2 minutes 1 second"), Some((3_721, Style::Words)));
        for text in [
            "13:12 AM",
            "0:12 AM",
            "9:60 PM",
            "9:12 AMs",
            "AM",
            "9 AM",
            "9:12.5 AM",
            "3 seconds",
            "5 minutes",
            "x 0 minutes 3 seconds",
            "2 minutes 60 seconds",
            "a 1 hour 2 minutes 3 seconds",
            "2 hours 0 minutes",
            "1 hours 1 hour 2 minutes 3 seconds",
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
        let end =
            |text| Stamp::at_end(text).map(|(before, stamp)| (before, stamp.clock.at.0 / 1000));
        assert_eq!(end("Ana  1:29"), Some(("Ana  ", 89)));
        assert_eq!(end("Ana 9:12 AM"), Some(("Ana ", 33_120)));
        assert_eq!(end("Ana 1 hour 0 minutes 2 seconds"), Some(("Ana ", 3_602)));
        assert_eq!(end("Ana 2 0 minutes 2 seconds"), Some(("Ana 2 ", 2)));
        assert_eq!(end("Ana"), None);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "12", ":", "1:", "1:2:3:4", "1:60", "1:60:00", "a:b", "1:2.", "+1:20"] {
            assert_eq!(Clock::parse(text), None, "{text}");
        }
        assert_eq!(Clock::parse("99999999999999999999:00"), None);
    }
}
