//! Reads lines from a stream in batches, with numbers and a bounded length.
//!
//! A batch is whatever the stream has ready, at most [`BUFFER_BYTES`] and one line. From a file that
//! is enough lines to keep all cores busy; from a pipe that sends one line and waits for the answer
//! it is that line, so nobody waits for a batch to fill.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

/// The longest line that is read unless told otherwise, in bytes; a longer one is an error of that line
/// alone.
pub const MAX_LINE_BYTES: usize = 1 << 20;

const BUFFER_BYTES: usize = 1 << 18;

/// A line that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1, blank lines included.
    pub number: u64,
    /// The line without its ending, or why it cannot be read.
    pub content: Result<String, String>,
}

/// What messages call it.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.number)
    }
}

/// The lines of a stream.
#[derive(Debug)]
pub struct Lines<R> {
    input: BufReader<R>,
    /// The start of a line whose end has not been seen; kept to one byte over the limit.
    pending: Vec<u8>,
    number: u64,
    limit: usize,
}

impl<R: Read> Lines<R> {
    /// The lines of `input`.
    pub fn new(input: R) -> Lines<R> {
        Lines::with_limit(input, MAX_LINE_BYTES)
    }

    /// The lines of `input`, of which none is longer than `limit` bytes.
    pub fn with_limit(input: R, limit: usize) -> Lines<R> {
        let input = BufReader::with_capacity(BUFFER_BYTES, input);
        Lines { input, pending: Vec::new(), number: 0, limit }
    }

    /// The next lines that are ready, blank ones left out; empty only at the end of the stream.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read on.
    pub fn next_batch(&mut self) -> io::Result<Vec<Line>> {
        let mut batch = Vec::new();
        while batch.is_empty() {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if buffer.is_empty() {
                if !self.pending.is_empty() {
                    end_line(&mut self.pending, &mut self.number, self.limit, &mut batch);
                }
                break;
            }
            let read = buffer.len();
            let mut rest = buffer;
            while let Some(end) = memchr::memchr(b'\n', rest) {
                extend(&mut self.pending, &rest[..end], self.limit);
                end_line(&mut self.pending, &mut self.number, self.limit, &mut batch);
                rest = &rest[end + 1..];
            }
            extend(&mut self.pending, rest, self.limit);
            self.input.consume(read);
        }
        Ok(batch)
    }
}

fn extend(pending: &mut Vec<u8>, bytes: &[u8], limit: usize) {
    let room = (limit + 1).saturating_sub(pending.len());
    pending.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

fn end_line(pending: &mut Vec<u8>, number: &mut u64, limit: usize, batch: &mut Vec<Line>) {
    *number += 1;
    let bytes = std::mem::take(pending);
    let content = if bytes.len() > limit {
        Err(format!("the line is longer than {limit} bytes"))
    } else {
        decode(bytes, *number == 1)
    };
    if !matches!(&content, Ok(line) if line.is_empty()) {
        batch.push(Line { number: *number, content });
    }
}

fn decode(bytes: Vec<u8>, first: bool) -> Result<String, String> {
    let line = String::from_utf8(bytes).map_err(|error| {
        format!("not UTF-8 (byte {} of the line)", error.utf8_error().valid_up_to() + 1)
    })?;
    let line = if first { line.trim_start_matches('\u{feff}') } else { &line };
    Ok(line.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: impl Read) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(input);
        let mut all = Vec::new();
        loop {
            let batch = lines.next_batch().unwrap();
            if batch.is_empty() {
                return all;
            }
            all.extend(batch.into_iter().map(|line| (line.number, line.content)));
        }
    }

    #[test]
    fn lines_are_numbered_and_blank_ones_left_out() {
        let lines = all(&b"\xef\xbb\xbfone\r\n\n  \nfour\nfive"[..]);
        let expected = [(1, "one"), (4, "four"), (5, "five")];
        assert_eq!(lines, expected.map(|(n, line)| (n, Ok(line.to_owned()))));
    }

    #[test]
    fn a_line_that_is_too_long_or_not_text_is_an_error_of_its_own() {
        let mut input = vec![b'a'; MAX_LINE_BYTES + 1];
        input.extend_from_slice(b"\nok\nab\xff\n");
        input.extend(vec![b'b'; MAX_LINE_BYTES]);
        let lines = all(&input[..]);
        assert!(lines[0].1.as_ref().unwrap_err().contains("longer than 1048576 bytes"));
        assert_eq!(lines[1], (2, Ok("ok".to_owned())));
        assert!(lines[2].1.as_ref().unwrap_err().contains("not UTF-8 (byte 3"));
        assert_eq!(lines[3].1.as_ref().unwrap().len(), MAX_LINE_BYTES);
    }

    #[test]
    fn a_line_that_has_arrived_is_handed_on_without_waiting_for_more() {
        /// Gives one byte string a call, as a pipe does.
        struct Drip(std::vec::IntoIter<&'static [u8]>);
        impl Read for Drip {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let bytes = self.0.next().unwrap_or_default();
                buffer[..bytes.len()].copy_from_slice(bytes);
                Ok(bytes.len())
            }
        }
        let mut lines = Lines::new(Drip(vec![&b"on"[..], b"e\ntw", b"o\n"].into_iter()));
        assert_eq!(lines.next_batch().unwrap()[0].content.as_deref(), Ok("one"));
        assert_eq!(lines.next_batch().unwrap()[0].content.as_deref(), Ok("two"));
        assert!(lines.next_batch().unwrap().is_empty());
    }
}
