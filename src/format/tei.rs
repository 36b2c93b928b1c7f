//! Transcriptions of speech in TEI: `<u who="#ana">`, with the names in `listPerson` and the times in a
//! timeline or beside the words.
//!
//! What is inside an utterance was said, also where it was hard to hear; descriptions of events, notes
//! and the corrector's second readings were not.

use rustc_hash::FxHashMap;

use super::clock::{Clock, resolution};
use super::xml::{Piece, Pieces, Tag};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{
    Fragment, Kind, Millis, Source, SpeakerId, Timing, Transcript, TranscriptBuilder,
};

/// The format.
pub static FORMAT: Format = Format {
    id: "tei",
    about: "TEI transcriptions of speech (XML with `<u who=\u{2026}>`), with or without times",
    sniff,
    read,
};

/// Elements inside an utterance whose text no one said.
const NOT_SAID: [&str; 9] =
    ["desc", "note", "incident", "vocal", "kinesic", "reg", "corr", "expan", "span"];

fn sniff(head: &Head) -> Confidence {
    let has = |what| head.text.contains(what);
    match head.first {
        Some('<') if has("<TEI") || has("<teiCorpus") => 96,
        Some('<') if has("<u ") && has("who=\"") => 85,
        _ => 0,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let index = Index::of(&source.text)?;
    if index.documents > 1 {
        let what = format!("there are {} documents in this file", index.documents);
        return Err(ReadError::new(what).with_help("split it: one `<TEI>` a file"));
    }
    let mut reader = Reader { index, ..Reader::default() };
    for piece in Pieces::of(&source.text) {
        match piece? {
            Piece::Open(tag) => reader.open(&tag),
            Piece::Close(end) => reader.close(end.name()),
            Piece::Text(words, at) => reader.text(&words, at),
        }
    }
    if reader.builder.is_empty() {
        return Err(ReadError::new("there is no utterance (`<u>`) with words in this document")
            .with_help("only transcriptions of speech are read; save writing as plain text"));
    }
    let times = resolution(reader.has_times, reader.is_fine);
    Ok(reader.builder.finish(FORMAT.id, Kind::Speech, times))
}

/// What a document says about its speakers and its points in time.
#[derive(Default)]
struct Index {
    names: FxHashMap<String, String>,
    times: FxHashMap<String, Millis>,
    documents: usize,
}

impl Index {
    fn of(text: &str) -> Result<Self, ReadError> {
        let mut index = Index::default();
        let (mut person, mut name): (Option<String>, Option<String>) = (None, None);
        let mut timeline = Timeline { unit: 1.0, origin: None };
        for piece in Pieces::of(text) {
            match piece? {
                Piece::Open(tag) => match tag.name() {
                    "TEI" => index.documents += 1,
                    "person" | "personGrp" => person = tag.attribute("id"),
                    "persName" if person.is_some() => name = Some(String::new()),
                    "timeline" => timeline = Timeline::of(&tag),
                    "when" => {
                        if let (Some(id), Some(at)) =
                            (tag.attribute("id"), timeline.at(&tag, &index.times))
                        {
                            index.times.insert(id, at);
                        }
                    }
                    _ => {}
                },
                Piece::Text(words, _) => {
                    if let Some(name) = &mut name {
                        name.push_str(&words);
                        name.push(' ');
                    }
                }
                Piece::Close(end) => match end.name() {
                    "person" | "personGrp" => person = None,
                    "persName" => {
                        let words = name.take().unwrap_or_default();
                        let name = words.split_whitespace().collect::<Vec<_>>().join(" ");
                        if let (Some(id), false) = (&person, name.is_empty()) {
                            index.names.entry(id.clone()).or_insert(name);
                        }
                    }
                    _ => {}
                },
            }
        }
        Ok(index)
    }

    /// The time that an attribute names or points to.
    fn time(&self, tag: &Tag, names: &[&str]) -> Option<Millis> {
        let value = names.iter().find_map(|name| tag.attribute(name))?;
        let pointed = value.rsplit('#').next().and_then(|id| self.times.get(id));
        pointed.copied().or_else(|| clock(&value)).or_else(|| seconds(&value, 1.0))
    }
}

fn clock(value: &str) -> Option<Millis> {
    Clock::parse(value).map(|clock| clock.at)
}

fn seconds(value: &str, unit: f64) -> Option<Millis> {
    let number: f64 = value.trim_end_matches('s').parse().ok()?;
    Millis::from_seconds(number * unit)
}

/// How a timeline counts.
struct Timeline {
    /// Seconds in its unit.
    unit: f64,
    /// The first time of day, from which the others count.
    origin: Option<Millis>,
}

impl Timeline {
    fn of(tag: &Tag) -> Self {
        let unit = match tag.attribute("unit").as_deref() {
            Some("ms") => 0.001,
            Some("min") => 60.0,
            Some("h") => 3600.0,
            _ => 1.0,
        };
        Timeline { unit, origin: None }
    }

    /// When a point is: so long after another one, or at a time. The first one may say nothing.
    fn at(&mut self, tag: &Tag, known: &FxHashMap<String, Millis>) -> Option<Millis> {
        let since = tag.attribute("since").map(|id| id.trim_start_matches('#').to_owned());
        if let Some(interval) = tag.attribute("interval") {
            let base = since.and_then(|id| known.get(&id).copied()).unwrap_or_default();
            return seconds(&interval, self.unit).map(|after| Millis(base.0 + after.0));
        }
        match tag.attribute("absolute").as_deref().and_then(clock) {
            Some(time) => Some(Millis(time.0 - self.origin.get_or_insert(time).0)),
            None => known.is_empty().then_some(Millis(0)),
        }
    }
}

/// Collects utterances.
#[derive(Default)]
struct Reader {
    index: Index,
    builder: TranscriptBuilder,
    /// Who and when, as the block around an utterance says.
    block: (Option<String>, Timing),
    utterance: Option<(Option<SpeakerId>, Timing)>,
    said: Fragment,
    /// How many elements are open whose text no one said.
    silent: usize,
    /// White space that is kept back until a word follows it.
    space: Option<usize>,
    has_times: bool,
    is_fine: bool,
}

impl Reader {
    fn open(&mut self, tag: &Tag) {
        if self.silent > 0 {
            self.silent += 1;
            return;
        }
        let start = self.index.time(tag, &["start", "begin"]);
        let timing = Timing::new(start, self.index.time(tag, &["end"]));
        match tag.name() {
            "annotationBlock" => self.block = (tag.attribute("who"), timing),
            "u" => {
                let who = tag.attribute("who").or_else(|| self.block.0.clone());
                let timing = if timing == Timing::default() { self.block.1 } else { timing };
                self.utterance = Some((self.speaker(who.as_deref()), timing));
            }
            _ if self.utterance.is_none() => {}
            name if NOT_SAID.contains(&name) => self.silent = 1,
            "anchor" => {
                if let Some(at) = self.index.time(tag, &["synch"]) {
                    self.go_on(Timing::new(Some(at), None));
                }
            }
            "w" => self.space = Some(tag.at),
            "pc" => self.space = None,
            _ if timing.start.is_some() => self.go_on(timing),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        match name {
            "u" => {
                self.flush();
                self.utterance = None;
            }
            "annotationBlock" => self.block = (None, Timing::default()),
            _ => {}
        }
    }

    fn text(&mut self, words: &str, at: usize) {
        if self.silent > 0 || self.utterance.is_none() {
            return;
        }
        if words.trim().is_empty() {
            self.space.get_or_insert(at);
            return;
        }
        if let Some(space) = self.space.take() {
            self.said.push_decoded(" ", space);
        }
        self.said.push_decoded(words, at);
    }

    /// Begins the next timed piece of the utterance.
    fn go_on(&mut self, timing: Timing) {
        self.flush();
        if let Some((_, open)) = &mut self.utterance {
            *open = timing;
        }
    }

    fn flush(&mut self) {
        let said = std::mem::take(&mut self.said);
        self.space = None;
        if let (Some((speaker, timing)), false) = (&mut self.utterance, said.text().is_empty()) {
            self.has_times |= timing.start.is_some();
            self.is_fine |= timing.start.is_some_and(|start| start.0 % 1000 != 0);
            self.builder.say(*speaker, *timing, &said);
            *timing = Timing::default();
        }
    }

    /// The speaker that `who` points to. Where it points to several, no one alone said it.
    fn speaker(&mut self, who: Option<&str>) -> Option<SpeakerId> {
        let mut all = who?.split_whitespace();
        let (Some(one), None) = (all.next(), all.next()) else { return None };
        let id = one.rsplit('#').next().unwrap_or(one);
        match self.index.names.get(id) {
            Some(name) => self.builder.speaker_with_id(name, Some(id)),
            None => self.builder.speaker(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    #[test]
    fn names_words_and_what_no_one_said() {
        let text = "<TEI><listPerson><person xml:id=\"a\"><persName><forename>Ana</forename>\n<surname>Lima</surname></persName></person>\
                    </listPerson><u who=\"#a\">So <unclear>we&#x2019;ll</unclear> go<pause/>\n<vocal><desc>laughs</desc></vocal> now.</u>\
                    <incident><desc>door</desc></incident><u who=\"x.xml#b\">R&amp;D <choice><orig>gonna</orig><reg>going to</reg></choice>\
                    <note>!</note> wait</u><u who=\"#a #b\">All.</u><p>writing</p></TEI>";
        assert!(sniff(&Head::of(text)) > 90);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), None, "So we\u{2019}ll go now."),
            (Some("b"), None, "R&D gonna wait"),
            (None, None, "All."),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.speakers[0].id.as_deref(), Some("a"));
        let turn = &read.turns[1];
        assert_eq!(
            turn.source_offset(turn.text.find("wait").expect("is there")),
            text.find("wait")
        );
    }

    #[test]
    fn times_come_from_a_timeline_anchors_and_blocks() {
        let text = "<TEI><timeline unit=\"s\"><when xml:id=\"T0\"/><when xml:id=\"T1\" interval=\"1.5\" since=\"#T0\"/>\
                    <when xml:id=\"T2\" interval=\"2\" since=\"#T1\"/><when xml:id=\"T3\" interval=\"4\" since=\"T2\"/></timeline>\
                    <annotationBlock who=\"#A\" start=\"#T0\" end=\"#T2\"><u><seg><w>so</w><w>what</w>\n<pc>?</pc> \
                    <anchor synch=\"#T1\"/><w>go</w></seg></u><spanGrp><span from=\"#T0\">x</span></spanGrp></annotationBlock>\
                    <u who=\"#B\" start=\"#T2\" end=\"#T3\">yes</u></TEI>";
        let read = read_as(&FORMAT, text);
        let expected = [(Some("A"), Some(0), "so what? go"), (Some("B"), Some(3_500), "yes")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].time_at(9), Some(Millis(1_500)));
        assert_eq!(read.turns[1].end(), Some(Millis(7_500)));
        assert_eq!(read.time_resolution.id(), "ms");
    }

    #[test]
    fn times_of_day_count_from_the_first() {
        let text = "<TEI><timeline><when xml:id=\"a\" absolute=\"12:20:01\"/><when xml:id=\"b\" absolute=\"12:20:31\"/>\
                    </timeline><u who=\"#A\" start=\"#b\">hi</u></TEI>";
        assert_eq!(said(&read_as(&FORMAT, text)), [(Some("A"), Some(30_000), "hi")]);
    }

    #[test]
    fn a_document_without_speech_is_refused() {
        let error = (FORMAT.read)(&source("<TEI><p>writing</p></TEI>")).expect_err("no speech");
        assert!(error.message.contains("<u>"), "{error}");
        let corpus = "<teiCorpus><TEI><u>a</u></TEI><TEI><u>b</u></TEI></teiCorpus>";
        let error = (FORMAT.read)(&source(corpus)).expect_err("is a corpus");
        assert!(error.message.contains("2 documents"), "{error}");
        assert_eq!(sniff(&Head::of("<html><u>underlined</u></html>")), 0);
    }
}
