//! Times as transcripts write them: `1:29`, `00:01:29.500`, `0:0:13,54`, `-00:00:01.500`.

use crate::transcript::{Millis, TimeResolution};

/// A time of day or of recording.
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
    fn what_is_no_time_is_none() {
        for text in ["", "12", ":", "1:", "1:2:3:4", "1:60", "1:60:00", "a:b", "1:2.", "+1:20"] {
            assert_eq!(Clock::parse(text), None, "{text}");
        }
        assert_eq!(Clock::parse("99999999999999999999:00"), None);
    }
}
