//! From bytes to text: the one place that knows about encodings and containers.
//!
//! Exports come as UTF-8 with and without a byte order mark, as UTF-16 from Windows tools, and as
//! windows-1252 from old ones. Word and RTF documents and mails are unpacked to the lines that they show, which
//! the readers then know by their structure like any other text. What is no text at all is refused
//! here, so that readers never see it.

mod docx;
mod mail;
mod rtf;

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use sha2::{Digest, Sha256};

use crate::format::ReadError;
use crate::transcript::{LineIndex, Source};

/// The largest source that is read, in bytes: far more than any call, and little enough for memory (a line
/// of 100 MB takes 1.4 GB) and for 32-bit offsets.
pub const SIZE_LIMIT: usize = 128 * 1024 * 1024;

/// What well-known binary files begin with, and what to tell their owner.
const SIGNATURES: [(&[u8], &str); 6] = [
    (b"%PDF-", "a PDF document"),
    (b"\xD0\xCF\x11\xE0", "an old Office document"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"ID3", "an audio recording"),
    (b"RIFF", "an audio or video recording"),
];

impl Source {
    /// Decodes bytes. `name` is what messages and reports call them.
    ///
    /// # Errors
    ///
    /// When there is nothing to read, more than [`SIZE_LIMIT`], or no text.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Source, ReadError> {
        check_size(bytes.len())?;
        let mut warnings = Vec::new();
        let (text, is_unwrapped) = match bytes {
            [b'P', b'K', 3, 4, ..] => (docx::text(bytes)?, true),
            [b'{', b'\\', b'r', b't', b'f', ..] => (rtf::text(bytes)?, true),
            _ => {
                let text = decode(bytes, &mut warnings)?;
                (mail::text(&text, &mut warnings).unwrap_or(Ok(text))?, false)
            }
        };
        if text.trim().is_empty() {
            return Err(ReadError::new("there is nothing in it but white space"));
        }
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Source { name: name.to_owned(), text, is_unwrapped, sha256, warnings })
    }

    /// Reads and decodes a file, which messages and reports call by its path as given.
    ///
    /// # Errors
    ///
    /// When it cannot be read, changes meanwhile, or [`Source::from_bytes`] refuses what is in it.
    pub fn from_file(path: &Path) -> Result<Source, ReadError> {
        let bytes = bytes(path).map_err(|error| ReadError::new(error.to_string()))?;
        Source::from_bytes(&path.display().to_string(), &bytes)
    }
}

/// What is in a file, and no more of it than shows that it is too large.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let before = file.metadata()?;
    let limit = SIZE_LIMIT as u64 + 1;
    let mut bytes = Vec::new();
    bytes.reserve_exact(before.len().min(limit) as usize + 1);
    (&file).take(limit).read_to_end(&mut bytes)?;
    match is_same(&before, &file.metadata()?) {
        true => Ok(bytes),
        false => Err(io::Error::other("it changed while it was read")),
    }
}

/// Whether a file is as it was. Pipes and the like have neither length nor age.
fn is_same(before: &Metadata, after: &Metadata) -> bool {
    let of = |about: &Metadata| (about.len(), about.modified().ok());
    !before.is_file() || of(before) == of(after)
}

fn check_size(size: usize) -> Result<(), ReadError> {
    match size {
        0 => Err(ReadError::new("the file is empty")),
        1..=SIZE_LIMIT => Ok(()),
        _ => Err(ReadError::new(format!(
            "it has {} MiB, and at most {} MiB are read",
            size.div_ceil(1024 * 1024),
            SIZE_LIMIT / 1024 / 1024
        ))
        .with_help("split it: one call or note a file")),
    }
}

fn decode(bytes: &[u8], warnings: &mut Vec<String>) -> Result<String, ReadError> {
    if let Some((_, what)) = SIGNATURES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(not_text(&format!("it is no text but {what}")));
    }
    if bytes.starts_with(b"PAR1") {
        return Err(ReadError::new("it is no text but a Parquet file").with_help(
            "`unsell analyze` reads one that is called *.parquet, or with --input-format parquet",
        ));
    }
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(not_text("it is UTF-32, which is not read"));
    }
    if let Some(encoding) = utf16(bytes) {
        return Ok(decode_utf16(encoding, bytes, warnings));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return Err(not_text(&format!("it is binary: there is a NUL at byte {at}")));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => decode_invalid(bytes, error.valid_up_to(), warnings),
    }
}

fn not_text(message: &str) -> ReadError {
    ReadError::new(message).with_help("save or export it as plain text, WebVTT, SRT, CSV or JSON")
}

/// The byte order, from the mark or from where the NULs stand: in UTF-16 text of a Latin script
/// every other byte is one.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(4096) & !1];
    let nuls = |first| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (nuls(0), nuls(1), head.len() / 2);
    if pairs < 2 || even.max(odd) * 10 < pairs * 6 || even.min(odd) * 20 > pairs {
        return None;
    }
    Some(if odd > even { UTF_16LE } else { UTF_16BE })
}

fn decode_utf16(encoding: &'static Encoding, bytes: &[u8], warnings: &mut Vec<String>) -> String {
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    if damaged {
        warnings.push(match text.find('\u{FFFD}') {
            Some(at) => format!("damaged UTF-16, first at {}", place(&text, at)),
            None => "damaged UTF-16".to_owned(),
        });
    }
    text.into_owned()
}

/// Bytes that are not UTF-8. Where well-formed sequences of several bytes came before the first bad
/// one, it is UTF-8 with damage (windows-1252 hardly ever makes such pairs); else windows-1252.
fn decode_invalid(
    bytes: &[u8],
    valid: usize,
    warnings: &mut Vec<String>,
) -> Result<String, ReadError> {
    let controls = bytes.iter().filter(|byte| **byte < 0x20 && !b"\t\n\r\x0C".contains(byte));
    if controls.count() * 100 > bytes.len() {
        return Err(not_text(&format!("it is binary: byte {valid} begins no UTF-8 character")));
    }
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let at = place(&before, before.len());
    if before.is_ascii() {
        warnings.push(format!("not UTF-8 (first at {at}); read as windows-1252"));
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        return Ok(text.into_owned());
    }
    warnings.push(format!("damaged UTF-8, first at {at}; bad bytes are shown as \u{FFFD}"));
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn place(text: &str, at: usize) -> String {
    let (line, column) = LineIndex::new(text).locate(at);
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> (String, Vec<String>) {
        let source = Source::from_bytes("t", bytes).expect("is text");
        (source.text, source.warnings)
    }

    fn refusal(bytes: &[u8]) -> String {
        Source::from_bytes("t", bytes).expect_err("is refused").message
    }

    fn utf16_bytes(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn the_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(text(b"\xEF\xBB\xBFAna: hi"), ("Ana: hi".to_owned(), vec![]));
    }

    #[test]
    fn the_hash_is_of_the_bytes_as_they_came() {
        let hash = |bytes| Source::from_bytes("t", bytes).map(|source| source.sha256);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(b"abc").as_deref(), Ok(abc));
        assert_ne!(hash(b"\xEF\xBB\xBFabc").as_deref(), Ok(abc));
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark_in_both_orders() {
        let said = "Zoë: déjà vu, she said\r\n";
        for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
            let marked = format!("\u{FEFF}{said}");
            assert_eq!(text(&utf16_bytes(&marked, bytes_of)), (said.to_owned(), vec![]));
            assert_eq!(text(&utf16_bytes(said, bytes_of)), (said.to_owned(), vec![]));
        }
    }

    #[test]
    fn old_western_text_is_read_with_a_warning_that_names_the_place() {
        let (read, warnings) = text(b"Ana: hi\r\nZo\xEB: it\x92s on");
        assert_eq!(read, "Ana: hi\r\nZo\u{EB}: it\u{2019}s on");
        assert_eq!(warnings, ["not UTF-8 (first at line 2, column 3); read as windows-1252"]);
    }

    #[test]
    fn utf8_with_one_bad_byte_is_not_garbled_as_a_whole() {
        let (read, warnings) = text("Zoë: caf\u{e9}".as_bytes().split_last().expect("bytes").1);
        assert_eq!(read, "Zoë: caf\u{FFFD}");
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn documents_are_unpacked_to_lines() {
        let source = Source::from_bytes("t", b"{\\rtf1 Ana: hi\\par Bo: yes}").expect("is RTF");
        assert_eq!(source.text, "Ana: hi\nBo: yes");
        assert!(source.is_unwrapped);
    }

    #[test]
    fn what_is_no_text_is_refused_with_the_reason() {
        assert!(refusal(b"").contains("empty"));
        assert!(refusal(b" \r\n\t").contains("white space"));
        assert!(refusal(b"PK\x03\x04 word").contains("Word document is damaged"));
        assert!(refusal(b"Ana: hi\0there you all").contains("NUL at byte 7"));
        assert!(refusal(&[0x81, 1, 2, 3, 4, 5, 0x90, 7]).contains("binary"));
        assert!(check_size(SIZE_LIMIT).is_ok());
        assert!(check_size(SIZE_LIMIT + 1).is_err_and(|error| error.message.contains("129 MiB")));
    }
}
