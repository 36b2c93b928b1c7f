//! What was said, by whom, when, and where that stands in the source.
//!
//! Format readers build a [`Transcript`] through a [`TranscriptBuilder`]; everything after them
//! works on turns. Offsets into a turn's text are bytes inside the library (they slice strings) and
//! become Unicode scalars only in reports. Every turn keeps [`Anchor`]s, so that any word can be
//! traced to its line and column, also after entities were decoded or lines joined.

use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::taxonomy::Role;

/// A decoded source: the text that a reader sees. Line ends are as in the file; of a document, lines
/// are what it shows as paragraphs, line breaks and rows of tables.
#[derive(Debug, Clone)]
pub struct Source {
    /// What messages and reports call it: a path, or `-`.
    pub name: String,
    /// The text, as UTF-8, without byte order mark.
    pub text: String,
    /// Whether each of its lines is a paragraph, as in a document of a word processor.
    pub is_unwrapped: bool,
    /// SHA-256 of the bytes before decoding, in hex.
    pub sha256: String,
    /// What was odd about the decoding, for the report's warnings.
    pub warnings: Vec<String>,
}

/// A point or a length of time in milliseconds. Points may be negative: some recorders start late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// From seconds; rounds to the nearest millisecond. `None` for what is no plausible time: not a
    /// number, or beyond a thousand hours.
    pub fn from_seconds(seconds: f64) -> Option<Millis> {
        (seconds.abs() < 3_600_000.0).then(|| Millis((seconds * 1000.0).round() as i64))
    }

    /// In seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// How fine the source's times are. No figure finer than this is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeResolution {
    /// Milliseconds (or hundredths).
    Millis,
    /// Whole seconds.
    Seconds,
    /// Minutes at best: a time line every five of them, or times of day without seconds.
    FiveMinutes,
    /// No times.
    None,
}

impl TimeResolution {
    /// The identifier used in reports.
    pub fn id(self) -> &'static str {
        match self {
            TimeResolution::Millis => "ms",
            TimeResolution::Seconds => "s",
            TimeResolution::FiveMinutes => "5min",
            TimeResolution::None => "none",
        }
    }
}

/// Whether the source records speech or is writing of its author's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A transcript of people talking.
    Speech,
    /// Notes, a memo, a draft.
    Notes,
}

/// Index of a speaker within its transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpeakerId(pub u32);

/// Someone who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speaker {
    /// The name to show: what the source calls them.
    pub name: String,
    /// The identifier that the source uses beside the name, if any.
    pub id: Option<String>,
    /// The role, where the format itself tells it.
    pub role: Option<Role>,
}

/// From `text` onwards (bytes in the turn's text), the source runs in step from byte `source`,
/// until the next anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Byte offset in the turn's text.
    pub text: u32,
    /// Byte offset in the source's text.
    pub source: u32,
}

/// A timed piece of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cue {
    /// Byte offset in the turn's text at which it begins.
    pub text: u32,
    /// When it starts, where that is known.
    pub start: Option<Millis>,
    /// When it ends, where that is known.
    pub end: Option<Millis>,
}

/// In speech, a maximal run of one speaker; in notes, a heading, paragraph, list item or table row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks, where that is known.
    pub speaker: Option<SpeakerId>,
    /// What was said, the format's markup undone; cues are joined by one space.
    pub text: String,
    /// The cues that it was made of, in order. At least one, and in most formats no more.
    pub cues: SmallVec<[Cue; 1]>,
    /// Where the text stands in the source; empty where the source has no lines.
    pub anchors: SmallVec<[Anchor; 1]>,
}

impl Turn {
    /// When it starts: the start of the first cue that has one.
    pub fn start(&self) -> Option<Millis> {
        self.cues.iter().find_map(|cue| cue.start)
    }

    /// When it ends: the latest end of its cues.
    pub fn end(&self) -> Option<Millis> {
        self.cues.iter().filter_map(|cue| cue.end).max()
    }

    /// The start of the cue that holds this byte of the text.
    pub fn time_at(&self, at: usize) -> Option<Millis> {
        let cues = self.cues.partition_point(|cue| cue.text as usize <= at);
        self.cues[..cues].iter().rev().find_map(|cue| cue.start)
    }

    /// Where this byte of the text stands in the source.
    pub fn source_offset(&self, at: usize) -> Option<usize> {
        let anchors = self.anchors.partition_point(|anchor| anchor.text as usize <= at);
        let anchor = self.anchors[..anchors].last()?;
        Some(anchor.source as usize + at - anchor.text as usize)
    }
}

/// A conversation or a note, as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// The identifier of the format that read it.
    pub format: &'static str,
    /// Speech or notes.
    pub kind: Kind,
    /// How fine its times are.
    pub time_resolution: TimeResolution,
    /// Everyone who speaks, in order of appearance.
    pub speakers: Vec<Speaker>,
    /// What was said, in order.
    pub turns: Vec<Turn>,
    /// What the reader had to guess or leave out.
    pub warnings: Vec<String>,
}

impl Transcript {
    /// The speaker of a turn.
    pub fn speaker_of(&self, turn: &Turn) -> Option<&Speaker> {
        turn.speaker.map(|id| &self.speakers[id.0 as usize])
    }
}

/// Finds line and column of a byte offset. Columns are Unicode scalars; both count from 1.
#[derive(Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Indexes the lines of a text; a line ends at LF, CR LF or CR.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        LineIndex { text, starts }
    }

    /// The line of the character at a byte offset.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|&start| start <= at).max(1)
    }

    /// The byte offset at which a line starts.
    pub fn start(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// Line and column of the character at a byte offset; the end of the text is a valid offset.
    pub fn locate(&self, at: usize) -> (usize, usize) {
        let line = self.line(at);
        let start = self.starts[line - 1];
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }
}

/// A piece of text with the places that it was copied from; what a reader hands to the builder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    text: String,
    anchors: Vec<Anchor>,
}

impl Fragment {
    /// An empty fragment.
    pub fn new() -> Self {
        Fragment::default()
    }

    /// Text with no place in the source's lines, as in JSON.
    pub fn unplaced(text: impl Into<String>) -> Self {
        Fragment { text: text.into(), anchors: Vec::new() }
    }

    /// A slice of the source.
    pub fn slice(source: &str, range: Range<usize>) -> Self {
        let mut fragment = Fragment::new();
        fragment.push_slice(source, range);
        fragment
    }

    /// Appends a slice of the source.
    pub fn push_slice(&mut self, source: &str, range: Range<usize>) {
        let at = range.start;
        self.push_decoded(&source[range], at);
    }

    /// Appends text that stands for what is at byte `at` of the source, such as a decoded entity.
    pub fn push_decoded(&mut self, text: &str, at: usize) {
        if text.is_empty() {
            return;
        }
        let here = Anchor { text: self.text.len() as u32, source: at as u32 };
        let in_step = self.anchors.last().is_some_and(|last| {
            here.source.checked_sub(last.source) == Some(here.text - last.text)
        });
        if !in_step {
            self.anchors.push(here);
        }
        self.text.push_str(text);
    }

    /// Appends another fragment, with its places.
    pub fn append(&mut self, other: &Fragment) {
        let shift = self.text.len() as u32;
        self.anchors.extend(
            other.anchors.iter().map(|at| Anchor { text: at.text + shift, source: at.source }),
        );
        self.text.push_str(&other.text);
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// When a cue was said, as far as the source tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Start.
    pub start: Option<Millis>,
    /// End.
    pub end: Option<Millis>,
}

impl Timing {
    /// Start and end; an end before the start is dropped.
    pub fn new(start: Option<Millis>, end: Option<Millis>) -> Self {
        let end = end.filter(|end| start.is_none_or(|start| *end >= start));
        Timing { start, end }
    }
}

/// Collects cues into turns. The one way to make a [`Transcript`], so that all formats merge,
/// trim and collapse white space alike.
#[derive(Debug, Default)]
pub struct TranscriptBuilder {
    speakers: Vec<Speaker>,
    by_key: FxHashMap<String, SpeakerId>,
    turns: Vec<Turn>,
    warnings: Vec<String>,
    open: bool,
}

impl TranscriptBuilder {
    /// An empty transcript.
    pub fn new() -> Self {
        TranscriptBuilder::default()
    }

    /// The speaker with this name, made on first sight. Inner white space is collapsed; names are
    /// told apart as they are written. `None` for an empty name.
    pub fn speaker(&mut self, name: &str) -> Option<SpeakerId> {
        self.speaker_with_id(name, None)
    }

    /// The speaker with this identifier, shown by `name`. Without an identifier the name is the key.
    pub fn speaker_with_id(&mut self, name: &str, id: Option<&str>) -> Option<SpeakerId> {
        if let (None, Some(found)) = (id, self.by_key.get(name)) {
            return Some(*found);
        }
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let key = id.map_or_else(|| name.clone(), |id| format!("\u{0}{id}"));
        if let Some(found) = self.by_key.get(&key) {
            return Some(*found);
        }
        if name.is_empty() {
            return None;
        }
        let speaker = SpeakerId(self.speakers.len() as u32);
        self.speakers.push(Speaker { name, id: id.map(str::to_owned), role: None });
        self.by_key.insert(key, speaker);
        Some(speaker)
    }

    /// Notes the role that the format itself gives to a speaker.
    pub fn set_role(&mut self, speaker: SpeakerId, role: Role) {
        self.speakers[speaker.0 as usize].role = Some(role);
    }

    /// Adds a timed piece of speech; it continues the current turn if the speaker is the same.
    pub fn say(&mut self, speaker: Option<SpeakerId>, timing: Timing, fragment: &Fragment) {
        let continues = self.open && self.turns.last().is_some_and(|turn| turn.speaker == speaker);
        self.add(speaker, timing, fragment, continues);
        self.open = true;
    }

    /// Adds a block of a note: always a turn of its own.
    pub fn block(&mut self, speaker: Option<SpeakerId>, fragment: &Fragment) {
        self.add(speaker, Timing::default(), fragment, false);
        self.open = false;
    }

    /// Says what was guessed or left out.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Whether nothing was said yet.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn add(
        &mut self,
        speaker: Option<SpeakerId>,
        timing: Timing,
        fragment: &Fragment,
        continues: bool,
    ) {
        if fragment.text.trim().is_empty() {
            return;
        }
        if !continues {
            self.turns.push(Turn {
                speaker,
                text: String::new(),
                cues: SmallVec::new(),
                anchors: SmallVec::new(),
            });
        }
        let Some(turn) = self.turns.last_mut() else { return };
        if continues {
            turn.text.push(' ');
        }
        turn.cues.push(Cue { text: turn.text.len() as u32, start: timing.start, end: timing.end });
        append_collapsed(turn, fragment);
    }

    /// The transcript. Speakers who said nothing are left out.
    pub fn finish(
        self,
        format: &'static str,
        kind: Kind,
        resolution: TimeResolution,
    ) -> Transcript {
        let mut transcript = Transcript {
            format,
            kind,
            time_resolution: resolution,
            speakers: self.speakers,
            turns: self.turns,
            warnings: self.warnings,
        };
        drop_silent_speakers(&mut transcript);
        transcript
    }
}

/// Appends a fragment, trimmed, with every run of white space made one space; keeps the anchors.
fn append_collapsed(turn: &mut Turn, fragment: &Fragment) {
    let text = fragment.text.as_str();
    let mut next_anchor = fragment.anchors.iter().peekable();
    let mut current: Option<Anchor> = None;
    let mut pending_space = false;
    let mut written = false;
    // Whether text and source ran in step up to here since the last anchor that was pushed.
    let mut in_step = false;
    let mut at = 0;
    while at < text.len() {
        while let Some(anchor) = next_anchor.next_if(|anchor| anchor.text as usize <= at) {
            current = Some(*anchor);
            in_step = false;
        }
        let limit = next_anchor.peek().map_or(text.len(), |anchor| anchor.text as usize);
        let words = &text[at..at + plain_run(&text[at..limit])];
        if words.is_empty() {
            let space = text[at..].chars().next();
            in_step &= space == Some(' ') && !pending_space;
            pending_space = true;
            at += space.map_or(1, char::len_utf8);
            continue;
        }
        if pending_space && written {
            turn.text.push(' ');
        } else if pending_space {
            in_step = false;
        }
        pending_space = false;
        if let (Some(anchor), false) = (current, in_step) {
            turn.anchors.push(Anchor {
                text: turn.text.len() as u32,
                source: anchor.source + (at as u32 - anchor.text),
            });
            in_step = true;
        }
        turn.text.push_str(words);
        written = true;
        at += words.len();
    }
}

fn is_visible(byte: &u8) -> bool {
    (b'!'..0x7F).contains(byte)
}

/// Whether all of a text is ASCII words with one blank between. Without a way out in the middle, many
/// bytes are looked at in one step.
fn is_plain(bytes: &[u8]) -> bool {
    let ends_well = bytes.first().is_some_and(is_visible) && bytes.last().is_some_and(is_visible);
    let odd = |odd: bool, byte: &u8| odd | !(is_visible(byte) | (*byte == b' '));
    let two_blanks = |pair: (&u8, &u8)| (*pair.0 == b' ') & (*pair.1 == b' ');
    ends_well
        && !bytes.iter().fold(false, odd)
        && !bytes.iter().zip(&bytes[1..]).fold(false, |two, pair| two | two_blanks(pair))
}

/// How many bytes can be copied as they stand: up to the first white space that is not one blank
/// between words. Almost all text is ASCII, which is decided by bytes alone.
fn plain_run(text: &str) -> usize {
    let bytes = text.as_bytes();
    if is_plain(bytes) {
        return bytes.len();
    }
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let goes_on = is_visible(byte)
            || (*byte == b' ' && at > 0 && bytes.get(at + 1).is_some_and(is_visible));
        if !goes_on {
            break;
        }
        at += 1;
    }
    let rest = &text[at..];
    at + rest.find(char::is_whitespace).unwrap_or(rest.len())
}

fn drop_silent_speakers(transcript: &mut Transcript) {
    let mut heard = vec![false; transcript.speakers.len()];
    for turn in &transcript.turns {
        if let Some(id) = turn.speaker {
            heard[id.0 as usize] = true;
        }
    }
    let mut renumbered = Vec::with_capacity(heard.len());
    let mut next = 0;
    for &is_heard in &heard {
        renumbered.push(SpeakerId(next));
        next += u32::from(is_heard);
    }
    for turn in &mut transcript.turns {
        turn.speaker = turn.speaker.map(|id| renumbered[id.0 as usize]);
    }
    let mut heard = heard.into_iter();
    transcript.speakers.retain(|_| heard.next().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_of_one_speaker_become_one_turn_with_every_word_traced_to_its_line() {
        let source = "Ana: one\n  two\nAna:  three";
        let mut builder = TranscriptBuilder::new();
        let ana = builder.speaker("Ana");
        let timing = |at| Timing::new(Some(Millis(at)), None);
        builder.say(ana, timing(0), &Fragment::slice(source, 4..14));
        builder.say(ana, timing(900), &Fragment::slice(source, 19..26));
        let transcript = builder.finish("test", Kind::Speech, TimeResolution::Millis);
        let turn = &transcript.turns[0];
        assert_eq!(transcript.turns.len(), 1);
        assert_eq!(turn.text, "one two three");
        let lines = LineIndex::new(source);
        let place = |word: &str| Some(lines.locate(turn.source_offset(turn.text.find(word)?)?));
        assert_eq!(place("one"), Some((1, 6)));
        assert_eq!(place("two"), Some((2, 3)));
        assert_eq!(place("three"), Some((3, 7)));
        assert_eq!(turn.time_at(turn.text.find("three").unwrap_or(0)), Some(Millis(900)));
        assert_eq!(turn.time_at(0), Some(Millis(0)));
    }

    #[test]
    fn decoded_entities_keep_the_places_of_the_words_after_them() {
        let source = "R&amp;D now";
        let mut fragment = Fragment::new();
        fragment.push_slice(source, 0..1);
        fragment.push_decoded("&", 1);
        fragment.push_slice(source, 6..11);
        let mut builder = TranscriptBuilder::new();
        builder.block(None, &fragment);
        let transcript = builder.finish("test", Kind::Notes, TimeResolution::None);
        let turn = &transcript.turns[0];
        assert_eq!(turn.text, "R&D now");
        assert_eq!(turn.source_offset(1), Some(1));
        assert_eq!(turn.source_offset(2), Some(6));
        assert_eq!(turn.source_offset(4), Some(8));
    }

    #[test]
    fn silent_speakers_are_dropped_and_a_run_without_a_name_is_one_turn() {
        let mut builder = TranscriptBuilder::new();
        builder.speaker("Silent");
        let bo = builder.speaker("Bo");
        builder.say(None, Timing::default(), &Fragment::unplaced("a"));
        builder.say(None, Timing::default(), &Fragment::unplaced("b"));
        builder.say(bo, Timing::default(), &Fragment::unplaced("c"));
        let transcript = builder.finish("test", Kind::Speech, TimeResolution::None);
        assert_eq!(transcript.turns.len(), 2);
        assert_eq!(transcript.speakers.len(), 1);
        assert_eq!(transcript.turns[1].speaker, Some(SpeakerId(0)));
    }

    #[test]
    fn line_ends_of_every_kind_are_counted_once() {
        let lines = LineIndex::new("a\r\nb\rc\né d");
        assert_eq!(lines.locate(0), (1, 1));
        assert_eq!(lines.locate(3), (2, 1));
        assert_eq!(lines.locate(5), (3, 1));
        assert_eq!(lines.locate(10), (4, 3));
    }
}
