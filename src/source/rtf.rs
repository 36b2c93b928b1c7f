//! Rich Text, unpacked to lines of text: what word processors and the Mac's TextEdit save and paste.
//!
//! A reader of our own, since what there is panics on bad input. It knows what it takes to get at the
//! words: groups, control words, characters of a code page and of Unicode, what is set apart or
//! hidden. The code page is the document's; that of a single font is not looked at.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

use crate::format::ReadError;

/// The deepest that groups may nest. Word stays below twenty.
const DEPTH_LIMIT: usize = 1000;

/// Groups that hold no words of the text.
const SILENT: [&str; 21] = [
    "fonttbl",
    "colortbl",
    "stylesheet",
    "info",
    "pict",
    "object",
    "header",
    "headerl",
    "headerr",
    "headerf",
    "footer",
    "footerl",
    "footerr",
    "footerf",
    "footnote",
    "annotation",
    "fldinst",
    "filetbl",
    "listtable",
    "listoverridetable",
    "nonshppict",
];

/// The text of a document.
///
/// # Errors
///
/// When its groups nest without end or do not close.
pub(super) fn text(bytes: &[u8]) -> Result<String, ReadError> {
    let mut reader = Reader::new(bytes);
    while let Some(&byte) = bytes.get(reader.at) {
        reader.at += 1;
        match byte {
            b'{' if reader.outer.len() == DEPTH_LIMIT => {
                return Err(damaged("its groups nest too deep"));
            }
            b'{' => {
                reader.flush();
                reader.outer.push(reader.group);
            }
            b'}' => {
                reader.flush();
                reader.group = reader.outer.pop().unwrap_or_default();
                if reader.outer.is_empty() {
                    break;
                }
            }
            b'\\' => reader.control(),
            b'\r' | b'\n' => {}
            _ => reader.byte(byte),
        }
    }
    reader.flush();
    if !reader.outer.is_empty() {
        return Err(damaged("it breaks off inside a group"));
    }
    Ok(reader.text)
}

fn damaged(why: &str) -> ReadError {
    ReadError::new(format!("the RTF document is damaged: {why}"))
        .with_help("open it in a word processor and save it again, or as plain text")
}

/// What holds inside a group.
#[derive(Clone, Copy)]
struct Group {
    is_silent: bool,
    is_hidden: bool,
    /// How many characters stand in for one of Unicode that an old reader cannot show.
    stand_ins: usize,
}

impl Default for Group {
    fn default() -> Self {
        Group { is_silent: false, is_hidden: false, stand_ins: 1 }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    text: String,
    group: Group,
    outer: Vec<Group>,
    encoding: &'static Encoding,
    /// Bytes of the code page and units of UTF-16 that are not decoded yet: a character may have two.
    page: Vec<u8>,
    units: Vec<u16>,
    /// How many stand-ins are still to be stepped over.
    skip: usize,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Reader {
            bytes,
            at: 0,
            text: String::new(),
            group: Group::default(),
            outer: Vec::new(),
            encoding: WINDOWS_1252,
            page: Vec::new(),
            units: Vec::new(),
            skip: 0,
        }
    }

    /// Takes a character of the code page.
    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.is_heard() {
            self.flush_units();
            self.page.push(byte);
        }
    }

    fn is_heard(&self) -> bool {
        !self.group.is_silent && !self.group.is_hidden
    }

    fn push(&mut self, c: char) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if self.is_heard() {
            self.flush();
            self.text.push(c);
        }
    }

    fn flush(&mut self) {
        self.flush_units();
        self.flush_page();
        self.skip = 0;
    }

    fn flush_page(&mut self) {
        let (decoded, _) = self.encoding.decode_without_bom_handling(&self.page);
        self.text.push_str(&decoded);
        self.page.clear();
    }

    fn flush_units(&mut self) {
        let decoded = char::decode_utf16(self.units.drain(..));
        self.text.extend(decoded.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    }

    /// Reads what follows a backslash.
    fn control(&mut self) {
        let Some(&byte) = self.bytes.get(self.at) else { return };
        if byte.is_ascii_alphabetic() {
            let (word, number) = self.word();
            self.obey(&word, number);
            return;
        }
        self.at += 1;
        match byte {
            b'\'' => {
                let hex = self.bytes.get(self.at..self.at + 2).unwrap_or_default();
                let code = std::str::from_utf8(hex).ok();
                if let Some(code) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                    self.at += 2;
                    self.byte(code);
                }
            }
            b'*' => self.group.is_silent = true,
            b'\r' | b'\n' => {
                if byte == b'\r' && self.bytes.get(self.at) == Some(&b'\n') {
                    self.at += 1;
                }
                self.push('\n');
            }
            b'~' => self.push('\u{A0}'),
            b'_' => self.push('-'),
            b'\\' | b'{' | b'}' => self.byte(byte),
            _ => {}
        }
    }

    /// A control word with its number, and the blank that ends it.
    fn word(&mut self) -> (Cow<'a, str>, Option<i64>) {
        let rest = &self.bytes[self.at..];
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let sign = usize::from(rest.get(letters) == Some(&b'-'));
        let digits = rest[letters + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = if digits > 0 { letters + sign + digits } else { letters };
        let number = std::str::from_utf8(&rest[letters..end]).ok().and_then(|n| n.parse().ok());
        let blank = usize::from(rest.get(end) == Some(&b' '));
        self.at += end + blank;
        (String::from_utf8_lossy(&rest[..letters]), number)
    }

    fn obey(&mut self, word: &str, number: Option<i64>) {
        match word {
            "par" | "line" | "sect" | "page" | "row" => self.push('\n'),
            "tab" | "cell" => self.push('\t'),
            "emdash" => self.push('\u{2014}'),
            "endash" => self.push('\u{2013}'),
            "bullet" => self.push('\u{2022}'),
            "lquote" => self.push('\u{2018}'),
            "rquote" => self.push('\u{2019}'),
            "ldblquote" => self.push('\u{201C}'),
            "rdblquote" => self.push('\u{201D}'),
            "emspace" | "enspace" | "qmspace" => self.push(' '),
            "u" => self.unit(number.unwrap_or_default()),
            "uc" => self.group.stand_ins = number.map_or(1, |n| n.clamp(0, 16) as usize),
            "ansicpg" => self.encoding = number.and_then(code_page).unwrap_or(WINDOWS_1252),
            "mac" => self.encoding = encoding_rs::MACINTOSH,
            "bin" => {
                let length = number.map_or(0, |length| length.max(0) as usize);
                self.at = self.at.saturating_add(length).min(self.bytes.len());
            }
            "v" | "deleted" => self.group.is_hidden = number != Some(0),
            "plain" => self.group.is_hidden = false,
            _ if SILENT.contains(&word) => self.group.is_silent = true,
            _ => {}
        }
    }

    /// Takes a unit of UTF-16, which is written as a signed number, and steps over its stand-ins.
    fn unit(&mut self, number: i64) {
        if self.is_heard() {
            self.flush_page();
            self.units.push(number.rem_euclid(0x1_0000) as u16);
        }
        self.skip = self.group.stand_ins;
    }
}

fn code_page(number: i64) -> Option<&'static Encoding> {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        10_000 => "macintosh".to_owned(),
        65_001 => "utf-8".to_owned(),
        page => format!("windows-{page}"),
    };
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rtf: &str) -> String {
        text(rtf.as_bytes()).unwrap_or_else(|error| panic!("{rtf}: {error}"))
    }

    #[test]
    fn words_are_taken_and_tables_links_and_styles_are_not() {
        let rtf = "{\\rtf1\\ansi\\ansicpg1252{\\fonttbl\\f0\\froman Times;}\n{\\*\\expandedcolortbl;;}{\\colortbl;\\red255;}\
                   {\\info{\\author x}}\\f0\\b\\fs48 \\cf0 Title\\\n{\\field{\\*\\fldinst{HYPERLINK \"https://x.test\"}}{\\fldrslt \\cf3 @0:23}} -\n\
                   \\f0\\b Ana\r\n\\b0 \\\r\nOne\\par two\\tab three\\line {\\v hidden}{\\b four}\\~five}trailing";
        assert_eq!(shown(rtf), "Title\n@0:23 -Ana\nOne\ntwo\tthree\nfour\u{A0}five");
    }

    #[test]
    fn characters_of_a_code_page_and_of_unicode() {
        assert_eq!(shown("{\\rtf1 caf\\'e9 it\\rquote s \\{a\\} \\\\}"), "café it\u{2019}s {a} \\");
        assert_eq!(shown("{\\rtf1\\ansicpg1251 \\'cf\\'f0}"), "Пр");
        assert_eq!(shown("{\\rtf1\\ansicpg932 \\'82\\'a0}"), "あ");
        assert_eq!(shown("{\\rtf1 \\u8217?s \\u-10179 ?\\u-8704 ?!}"), "\u{2019}s \u{1F600}!");
        assert_eq!(shown("{\\rtf1\\uc2 \\u233\\'65\\'65{\\uc0 \\u233}e}"), "\u{E9}\u{E9}e");
        assert_eq!(shown("{\\rtf1 \\u-10179 ?x}"), "\u{FFFD}x");
    }

    #[test]
    fn what_is_damaged_is_refused() {
        assert!(text(b"{\\rtf1 words").is_err_and(|error| error.message.contains("breaks off")));
        assert!(text(&b"{".repeat(100_000)).is_err_and(|error| error.message.contains("deep")));
        for odd in [
            "{\\rtf1 \\'zz\\'}",
            "{\\rtf1\\bin99999 x}",
            "{\\rtf1\\u}",
            "{\\rtf1\\",
            "}",
            "{\\rtf1\\uc-5\\u99999999999 x}",
        ] {
            let _ = text(odd.as_bytes());
        }
    }
}
