//! XML as a stream of tags and characters, each with its place in the text.
//!
//! Only characters by number and the five predefined entities are decoded. What a document declares
//! itself stays as it is written, so nothing can grow, and nothing recurses: depth costs no more than
//! the names of the open elements.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::ReadError;
use crate::transcript::LineIndex;

/// A piece of an XML text. An empty element is opened and closed.
pub(crate) enum Piece<'a> {
    /// A start tag.
    Open(Tag<'a>),
    /// An end tag.
    Close(End<'a>),
    /// Characters, and the byte at which what they were read from stands.
    Text(Cow<'a, str>, usize),
}

/// A start tag.
pub(crate) struct Tag<'a> {
    start: BytesStart<'a>,
    /// The byte at which it stands.
    pub at: usize,
}

impl Tag<'_> {
    /// The element's name, without prefix.
    pub fn name(&self) -> &str {
        local(self.start.name().0)
    }

    /// The value of the attribute with this name, whatever its prefix.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(false);
        let found = attributes.flatten().find(|found| local(found.key.0) == name)?;
        Some(unescape(&found.value).unwrap_or(Cow::Borrowed(&*found.value)).trim().to_owned())
    }
}

/// An end tag.
pub(crate) struct End<'a>(BytesEnd<'a>);

impl End<'_> {
    /// The element's name, without prefix.
    pub fn name(&self) -> &str {
        local(self.0.name().0)
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The pieces of an XML text, in order. After an error there is nothing more to ask for.
pub(crate) struct Pieces<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
}

impl<'a> Pieces<'a> {
    /// The pieces of this text.
    pub fn of(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Pieces { text, reader, depth: 0 }
    }

    fn piece(&mut self) -> Result<Option<Piece<'a>>, ReadError> {
        loop {
            let at = self.at();
            let event = self.reader.read_event().map_err(|error| {
                let at = self.reader.error_position() as usize;
                self.fault(at, format!("not well-formed XML: {error}"))
            })?;
            let piece = match event {
                Event::Start(start) => {
                    self.depth += 1;
                    Piece::Open(Tag { start, at })
                }
                Event::End(end) => {
                    self.depth -= 1;
                    Piece::Close(End(end))
                }
                Event::Text(text) => Piece::Text(text.into_inner(), at),
                Event::CData(text) => Piece::Text(text.into_inner(), at + "<![CDATA[".len()),
                Event::GeneralRef(entity) => {
                    let written = self.text.get(at..self.at()).unwrap_or_default();
                    let decoded = entity.resolve_char_ref().ok().flatten();
                    let decoded = decoded.or_else(|| predefined(&entity));
                    let shown = decoded.map_or(Cow::Borrowed(written), |c| c.to_string().into());
                    Piece::Text(shown, at)
                }
                Event::Eof if self.depth > 0 => {
                    return Err(self.fault(self.text.len(), "the XML breaks off inside an element"));
                }
                Event::Eof => return Ok(None),
                _ => continue,
            };
            return Ok(Some(piece));
        }
    }

    fn at(&self) -> usize {
        self.reader.buffer_position() as usize
    }

    /// An error at a byte of the text.
    pub fn fault(&self, at: usize, message: impl Into<String>) -> ReadError {
        let at = self.text.floor_char_boundary(at.min(self.text.len()));
        let (line, column) = LineIndex::new(self.text).locate(at);
        ReadError::at(line, column, message).with_help("export the document again, or mend its XML")
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.piece().transpose()
    }
}

fn predefined(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, ReadError> {
        let mut shown = String::new();
        for piece in Pieces::of(text) {
            match piece? {
                Piece::Open(tag) => {
                    let id = tag.attribute("id").map(|id| format!(" {id}")).unwrap_or_default();
                    shown += &format!("({}{id}@{}", tag.name(), tag.at);
                }
                Piece::Close(end) => shown += &format!("{})", end.name()),
                Piece::Text(words, at) => shown += &format!("[{words}@{at}]"),
            }
        }
        Ok(shown)
    }

    #[test]
    fn every_piece_has_its_place() {
        let text = "<?xml version=\"1.0\"?><!-- x --><a:u xml:id='é &amp; b'>R&amp;D&#65; <p/><![CDATA[<é>]]>!</a:u>";
        let place = |what: &str| text.find(what).unwrap_or_default();
        let expected = format!(
            "(u é & b@{}[R@{}][&@{}][D@{}][A@{}][ @{}](p@{}p)[<é>@{}][!@{}]u)",
            place("<a:u"),
            place("R&"),
            place("&amp;D"),
            place("D&"),
            place("&#65;"),
            place(" <p"),
            place("<p"),
            place("<é"),
            place("!</"),
        );
        assert_eq!(shown(text).as_deref(), Ok(expected.as_str()));
    }

    #[test]
    fn entities_of_the_documents_own_stay_as_they_are_written() {
        let text = "<!DOCTYPE u [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><u>&b; &</u>";
        let shown = shown(text).expect("is well-formed");
        assert!(shown.contains("[&b;@") && !shown.contains("aaaa"), "{shown}");
    }

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_place() {
        let error = shown("<u>\n<é></a></u>").expect_err("ends wrong");
        assert_eq!(error.line, Some(2));
        let error = shown("<u>\n<a>words").expect_err("breaks off");
        assert_eq!((error.line, error.column), (Some(2), Some(9)));
        let deep = "<a>".repeat(100_000);
        assert!(shown(&deep).is_err());
    }
}
