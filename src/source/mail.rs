//! Mails as programs save them (`.eml`): fields, and below them words in one part of many, often in an encoding
//! for the way (MIME).
//!
//! Shown are the subject and the first part in plain text. What stands before it becomes blank lines, so that
//! lines keep their numbers as far as the encoding lets them; of quoted-printable, lines that were broken for the
//! way are whole again.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::{Encoding, UTF_8};

use crate::format::ReadError;

/// Mails come with or without padding at the end of what is encoded.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// More kinds of parts inside each other than any mail has.
const BOUNDARIES: usize = 16;

/// The fields above a mail or one of its parts, as far as they matter.
#[derive(Default)]
struct Fields {
    /// The names, in lower case, and values of those that matter, unfolded.
    values: Vec<(&'static str, String)>,
    /// The line of the subject, from 0, and how many lines there are with the blank one below.
    subject_at: usize,
    lines: usize,
    /// The bytes up to the words.
    length: usize,
}

const FIELDS: [&str; 6] = [
    "from",
    "subject",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
];

impl Fields {
    /// `None` where something else than fields stands above the first blank line.
    fn of(text: &str) -> Option<Fields> {
        let mut fields = Fields::default();
        let mut open = false;
        for line in text.split_inclusive('\n') {
            fields.length += line.len();
            fields.lines += 1;
            let line = line.trim_end();
            if line.is_empty() {
                return Some(fields);
            }
            if line.starts_with([' ', '\t']) {
                let value = fields.values.last_mut().filter(|_| open);
                value.into_iter().for_each(|(_, value)| value.push_str(line));
                continue;
            }
            // Above a mail of a folder that is one file stands `From ` with an address and a date.
            if fields.lines == 1 && line.starts_with("From ") {
                continue;
            }
            let (name, value) = line.split_once(':')?;
            if !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            let known = FIELDS.iter().find(|known| known.eq_ignore_ascii_case(name));
            open = known.is_some_and(|name| fields.get(name).is_none());
            if let Some(name) = known.filter(|_| open) {
                if *name == "subject" {
                    fields.subject_at = fields.lines - 1;
                }
                fields.values.push((name, value.trim().to_owned()));
            }
        }
        Some(fields)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }

    fn is(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|value| {
            value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        })
    }

    /// A parameter of the content's type.
    fn parameter(&self, name: &str) -> Option<&str> {
        let all = self.get("content-type")?.split(';').skip(1);
        let mut pairs = all.filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(found, _)| found.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"'))
    }

    /// Whether below are words in plain text that are no file of their own.
    fn is_plain(&self) -> bool {
        (self.get("content-type").is_none() || self.is("content-type", "text/plain"))
            && !self.is("content-disposition", "attachment")
    }
}

/// What a mail in MIME shows; `None` for any other text.
pub(super) fn text(text: &str, warnings: &mut Vec<String>) -> Option<Result<String, ReadError>> {
    let fields = Fields::of(text)?;
    let is_mime = FIELDS[2..5].iter().any(|name| fields.get(name).is_some());
    (is_mime && fields.get("from").is_some()).then(|| shown(text, fields, warnings))
}

fn shown(text: &str, mail: Fields, warnings: &mut Vec<String>) -> Result<String, ReadError> {
    let line = mail.subject_at;
    let mut shown = "\n".repeat(line);
    if let Some(subject) = mail.get("subject") {
        shown.push_str("Subject: ");
        // No line may come out of the encoding.
        shown.extend(subject_of(subject).chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    let mut boundaries = Vec::new();
    let (mut part, mut at, mut lines) = (mail, 0, 0);
    loop {
        at += part.length;
        lines += part.lines;
        let words = at;
        if part.is("content-type", "multipart/") && boundaries.len() < BOUNDARIES {
            boundaries.extend(part.parameter("boundary").map(|name| format!("--{name}")));
        }
        let is_boundary = |line: &str| boundaries.iter().any(|start| line.starts_with(start));
        let own = text[words..].split_inclusive('\n').take_while(|line| !is_boundary(line));
        let length: usize = own.map(str::len).sum();
        let body = &text[words..words + length];
        if part.is_plain() && !body.trim().is_empty() {
            shown.extend(std::iter::repeat_n('\n', lines - line));
            shown.push_str(&decoded(&part, body, warnings)?);
            return Ok(shown);
        }
        at += length;
        let Some(boundary) = text[at..].split_inclusive('\n').next() else {
            return Err(ReadError::new("the mail has no words in plain text")
                .with_help("save what it says as plain text"));
        };
        at += boundary.len();
        lines += body.matches('\n').count() + 1;
        part = Fields::of(&text[at..]).unwrap_or_default();
    }
}

/// What a part says.
fn decoded(part: &Fields, body: &str, warnings: &mut Vec<String>) -> Result<String, ReadError> {
    let bytes = if part.is("content-transfer-encoding", "quoted-printable") {
        let mut bytes = Vec::with_capacity(body.len());
        for line in body.split_inclusive('\n') {
            let said = line.trim_end();
            // White space at an end came on the way, and a sign of equality there says that the line goes on.
            quoted(said.strip_suffix('=').unwrap_or(said), &mut bytes);
            if !said.ends_with('=') {
                bytes.push(b'\n');
            }
        }
        bytes
    } else if part.is("content-transfer-encoding", "base64") {
        let letters: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        BASE64.decode(letters).map_err(|error| {
            ReadError::new(format!("the words of the mail are damaged: {error}"))
        })?
    } else {
        return Ok(body.to_owned());
    };
    match part.parameter("charset").and_then(|name| Encoding::for_label(name.as_bytes())) {
        Some(encoding) if encoding != UTF_8 => Ok(encoding.decode(&bytes).0.into_owned()),
        _ => super::decode(&bytes, warnings),
    }
}

/// Takes `=C3=A9` for the bytes that it stands for; a sign of equality that stands for none is itself.
fn quoted(text: &str, bytes: &mut Vec<u8>) {
    let mut pieces = text.split('=');
    bytes.extend(pieces.next().unwrap_or_default().bytes());
    for piece in pieces {
        let byte = piece.get(..2).filter(|hex| hex.bytes().all(|c| c.is_ascii_hexdigit()));
        match byte.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(piece[2..].bytes());
            }
            None => {
                bytes.push(b'=');
                bytes.extend(piece.bytes());
            }
        }
    }
}

/// A subject with its encoded words (`=?utf-8?Q?caf=C3=A9?=`) as they read. White space between two is theirs.
fn subject_of(value: &str) -> String {
    let mut subject = String::new();
    let mut is_encoded = false;
    for word in value.split_ascii_whitespace() {
        let found = encoded_word(word);
        if !(subject.is_empty() || is_encoded && found.is_some()) {
            subject.push(' ');
        }
        is_encoded = found.is_some();
        subject.push_str(found.as_deref().unwrap_or(word));
    }
    subject
}

fn encoded_word(word: &str) -> Option<String> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.split('?');
    let (charset, kind, text) = (parts.next()?, parts.next()?, parts.next()?);
    let mut bytes = Vec::new();
    match kind {
        "Q" | "q" => quoted(&text.replace('_', " "), &mut bytes),
        "B" | "b" => bytes = BASE64.decode(text).ok()?,
        _ => return None,
    }
    let encoding = Encoding::for_label(charset.as_bytes()).filter(|_| parts.next().is_none())?;
    Some(encoding.decode(&bytes).0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mail: &str) -> Option<Result<String, String>> {
        text(mail, &mut Vec::new()).map(|shown| shown.map_err(|error| error.message))
    }

    #[test]
    fn quoted_printable_reads_as_it_was_written() {
        let mail = "From: Ana Lima <ana@firm.example>\r\nSubject: =?utf-8?Q?The_caf=C3=A9?=\r\n =?UTF-8?B?IGFuZCBiYXI=?= now\r\n\
                    MIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=\"utf-8\"\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\n\
                    The caf=C3=A9 is yo=\r\nurs, a =3D b = c=2.  \r\n\r\nAna=\r\n";
        let shown =
            "\nSubject: The café and bar now\n\n\n\n\n\n\nThe café is yours, a = b = c=2.\n\nAna";
        assert_eq!(read(mail), Some(Ok(shown.to_owned())));
        let latin = mail.replace("utf-8\"", "iso-8859-1\"").replace("=C3=A9 is", "=E9 is");
        assert_eq!(read(&latin), Some(Ok(shown.to_owned())));
    }

    #[test]
    fn the_plain_part_of_many_is_what_is_said_and_keeps_its_lines() {
        let mail = "From ana@firm.example Tue May  5 09:12:00 2026\nFrom: Ana\nContent-Type: multipart/mixed; boundary=a\n\nFor old programs.\n\
                    --a\nContent-Type: multipart/alternative; boundary=\"b c\"\n\n\
                    --b c\nContent-Type: text/html\n\n<p>no</p>\n\
                    --b c\nContent-Type: text/plain\nContent-Disposition: attachment\n\nno\n\
                    --b c\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nV2Ugc\n2hvdWxkIGdvLg\n\
                    --b c--\n--a--\nno\n";
        let shown = read(mail).expect("is a mail").expect("is readable");
        assert_eq!(shown.trim_start(), "We should go.");
        let line = mail.lines().position(|line| line == "V2Ugc").expect("is there");
        assert_eq!(shown.lines().position(|line| !line.is_empty()), Some(line));
    }

    #[test]
    fn what_is_not_encoded_stands_where_it_stood() {
        let mail = "Subject: Go\nFrom: Ana\nMIME-Version: 1.0\n\nWe go.\n--\nAna\n";
        assert_eq!(read(mail), Some(Ok("Subject: Go\n\n\n\nWe go.\n--\nAna\n".to_owned())));
    }

    #[test]
    fn other_texts_are_no_mails_and_what_says_nothing_is_refused() {
        for text in [
            "From: Ana\nSubject: The move\n\nWe move.\n",
            "MEMO\n\nFrom: Ana\nContent-Type: text/plain\n",
            "Ana Lima: hi\nContent-Type: x\nFrom: y\n\n",
            "Content-Type: text/plain\n\nwords\n",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        let html = "From: Ana\nContent-Type: text/html\n\n<p>Hi</p>\n";
        assert_eq!(read(html), Some(Err("the mail has no words in plain text".to_owned())));
        let damaged = "From: Ana\nContent-Transfer-Encoding: base64\n\n*!\n";
        assert!(read(damaged).is_some_and(|read| read.is_err_and(|why| why.contains("damaged"))));
        let binary = "From: Ana\nContent-Transfer-Encoding: quoted-printable\n\na=00b\n";
        assert!(read(binary).is_some_and(|read| read.is_err_and(|why| why.contains("NUL"))));
    }
}
