//! How long the lists of a column are, counted before the library sets memory aside for their elements.
//!
//! Of every value a page tells its repetition level: 0 where it begins a row, more where it goes on in a
//! list. Levels are packed as runs of one value, so that a few bytes may stand for a thousand million elements
//! of one row. Here such runs are counted and not written out.

use parquet::basic::Encoding;
use parquet::column::page::Page;

/// The most elements that a row may have in a column: a turn every half second for a day and a half.
const LONGEST: u64 = 1 << 18;

/// The lists of a column, page after page.
pub struct Lists {
    /// Bits of a level; none where the column has no lists.
    width: u32,
    /// Elements of the row so far.
    elements: u64,
}

impl Lists {
    /// For a column whose levels go up to `deepest`.
    pub fn new(deepest: i16) -> Self {
        let width = i16::BITS - deepest.max(0).leading_zeros();
        Lists { width, elements: 0 }
    }

    /// Looks at the levels of a page. An error where a row has too many elements.
    pub fn look(&mut self, page: &Page) -> Result<(), String> {
        if self.width == 0 {
            return Ok(());
        }
        let (levels, values) = match page {
            Page::DictionaryPage { .. } => return Ok(()),
            Page::DataPage { rep_level_encoding: Encoding::RLE, buf, num_values, .. } => {
                let length = buf.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
                (buf.get(4..).and_then(|rest| rest.get(..length as usize)), *num_values)
            }
            Page::DataPage { .. } => {
                return Err("its lists are written in a way that is no longer in use".to_owned());
            }
            Page::DataPageV2 { buf, num_values, rep_levels_byte_len, .. } => {
                (buf.get(..*rep_levels_byte_len as usize), *num_values)
            }
        };
        let levels = levels.ok_or("a page is shorter than it says")?;
        self.count(levels, u64::from(values))
    }

    /// Counts through runs: of a level and how often it stands, or of eight levels at a time one by one.
    fn count(&mut self, mut levels: &[u8], mut left: u64) -> Result<(), String> {
        while left > 0 {
            let (Some(head), Some(rest)) = varint(levels) else { return Ok(()) };
            let bytes = match head & 1 {
                0 => u64::from(self.width.div_ceil(8)),
                _ => (head >> 1).saturating_mul(u64::from(self.width)),
            };
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX).min(rest.len());
            let (run, rest) = rest.split_at(bytes);
            levels = rest;
            if head & 1 == 0 {
                let often = (head >> 1).min(left);
                left -= often;
                if run.iter().all(|byte| *byte == 0) {
                    self.elements = 0;
                } else {
                    self.add(often)?;
                }
            } else {
                let bits = 8 * run.len() as u64;
                let often = (bits / u64::from(self.width)).min(left);
                left -= often;
                for at in 0..often {
                    let first = at * u64::from(self.width);
                    let is_set = |bit: u64| run[(bit / 8) as usize] >> (bit % 8) & 1 == 1;
                    match (first..first + u64::from(self.width)).any(is_set) {
                        true => self.add(1)?,
                        false => self.elements = 0,
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, elements: u64) -> Result<(), String> {
        self.elements = self.elements.saturating_add(elements);
        match self.elements {
            ..LONGEST => Ok(()),
            _ => Err(format!("a row has a list of more than {LONGEST} elements")),
        }
    }
}

/// The number that bytes begin with, and what comes after it.
fn varint(bytes: &[u8]) -> (Option<u64>, Option<&[u8]>) {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (Some(number), bytes.get(at + 1..));
        }
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(width: i16, levels: &[u8], values: u64) -> Result<u64, String> {
        let mut lists = Lists::new(width);
        lists.count(levels, values).map(|()| lists.elements)
    }

    #[test]
    fn runs_of_elements_are_counted_up_to_the_next_row() {
        // A row, then 3 elements more, then a row; as runs of one value.
        assert_eq!(counted(1, &[2, 0, 6, 1, 2, 0], 5), Ok(0));
        assert_eq!(counted(1, &[2, 0, 6, 1], 4), Ok(3));
        // The same one by one: bits 0111 0111.
        assert_eq!(counted(1, &[3, 0b1110_1110], 8), Ok(3));
        assert_eq!(counted(2, &[3, 0b1110_0100, 0b0100_0000], 8), Ok(1));
    }

    #[test]
    fn a_row_of_a_thousand_million_elements_is_refused_from_a_few_bytes() {
        let run = [2, 0, 0x80, 0xa8, 0xd6, 0xb9, 0x07, 1];
        let error = counted(1, &run, u64::from(u32::MAX)).expect_err("is too long");
        assert_eq!(error, "a row has a list of more than 262144 elements");
        let mut lists = Lists::new(1);
        let page = [0x80, 0x80, 0x08, 1];
        let added = (0..9).try_for_each(|_| lists.count(&page, 1 << 16));
        assert!(added.is_err(), "pages add up");
    }

    #[test]
    fn what_is_cut_or_makes_no_sense_ends() {
        for levels in [&[][..], &[0], &[0, 0], &[1], &[0x80], &[0xff; 20], &[3], &[0, 1, 0, 1]] {
            for width in 1..5 {
                let _ = counted(width, levels, u64::from(u32::MAX));
            }
        }
    }
}
