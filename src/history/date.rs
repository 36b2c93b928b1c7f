//! The day of a call, where the names of its file and folders tell it.

use jiff::civil::Date;

/// The day that a path names, the file's name before its folders': `2026-03-12 Ortiz.vtt`,
/// `GMT20260312-150000.vtt`, `2026-03-12 14.00.00 Weekly/audio.vtt`.
pub fn date_in(path: &str) -> Option<Date> {
    path.rsplit(['/', '\\']).find_map(date_in_name)
}

fn date_in_name(name: &str) -> Option<Date> {
    let bytes = name.as_bytes();
    let starts = (0..bytes.len())
        .filter(|at| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[at - 1].is_ascii_digit()));
    starts.into_iter().find_map(|at| date_at(&bytes[at..]))
}

/// The date at the start of digits: `20260312` alone or with a time of day, or its parts between
/// the same marks.
fn date_at(bytes: &[u8]) -> Option<Date> {
    let run = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mark = *bytes.get(4)?;
    let digits: Vec<u8> = match run {
        8 | 12 | 14 => bytes[..8].to_vec(),
        4 if matches!(mark, b'-' | b'_' | b'.') && bytes.get(7) == Some(&mark) => {
            if bytes.get(10).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            [bytes.get(..4)?, bytes.get(5..7)?, bytes.get(8..10)?].concat()
        }
        _ => return None,
    };
    let number = |range: std::ops::Range<usize>| {
        std::str::from_utf8(digits.get(range)?).ok()?.parse::<i16>().ok()
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let plausible = (1990..=2100).contains(&year);
    plausible.then(|| Date::new(year, month as i8, day as i8).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_names_as_recorders_write_them() {
        for path in [
            "calls/2026-03-12 Ortiz.vtt",
            "GMT20260312-150000_Recording.transcript.vtt",
            "a/2026-03-12 14.00.00 Weekly/audio.vtt",
            "call_2026_03_12.json",
            "20260312150000.srt",
            "2025-01-01/2026.03.12.md",
        ] {
            assert_eq!(
                date_in(path).map(|d| d.to_string()).as_deref(),
                Some("2026-03-12"),
                "{path}"
            );
        }
    }

    #[test]
    fn numbers_that_are_no_dates_give_none() {
        for path in [
            "call.vtt",
            "2026-13-40.vtt",
            "ticket-123456789.vtt",
            "00001234.vtt",
            "2026-03_12.vtt",
            "2026-03-123.vtt",
            "2026-03",
            "日2026-é3-12",
            "",
        ] {
            assert_eq!(date_in(path), None, "{path}");
        }
    }
}
