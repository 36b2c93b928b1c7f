//! Transcript formats: one file each, and the registry that recognises them by content.
//!
//! A format is a [`Format`] constant in its own file and one word in [`FORMATS`]; help, sniffing and
//! documentation iterate the registry. Recognition looks at structure, never at a file's name: each
//! format says how sure it is, and the surest reads. What no format claims, or what a format reads
//! to nothing believable, is refused with the reason, since a plausible wrong report is the worst
//! outcome.

mod amazon_call_analytics_json;
mod amazon_transcribe_json;
mod assemblyai_json;
mod aws_bda_json;
mod azure_batch_json;
mod chat_cha;
mod clock;
mod csv;
mod cues;
mod deepgram_json;
mod eaf;
mod fireflies_json;
mod fireflies_text;
mod gong_json;
mod google_stt_json;
mod granola_json;
mod header_time;
mod json;
mod lines;
mod markdown_notes;
mod markup;
mod name_text;
mod names;
mod phrases;
mod prose;
mod reported;
mod rev_ai_json;
mod rolling;
mod sbv;
mod srt;
mod tei;
pub mod turns;
mod webvtt;
mod webvtt_teams;
mod webvtt_zoom;
mod whisper_cpp_json;
mod whisperx_json;
pub(crate) mod xml;
mod zoom_captions;
mod zoom_chat;

use std::cell::OnceCell;

use crate::transcript::{Kind, LineIndex, Millis, Source, Transcript, Turn};

/// How sure a format is that a text is its own: 0 is no, 100 is beyond doubt.
pub type Confidence = u8;

/// An input format.
pub struct Format {
    /// The identifier used in reports and for `--input-format`, such as `webvtt-zoom`.
    pub id: &'static str,
    /// One line for help: whose export it is and what it looks like.
    pub about: &'static str,
    /// Judges from the head of a text.
    pub sniff: fn(&Head) -> Confidence,
    /// Reads a text.
    pub read: fn(&Source) -> Result<Transcript, ReadError>,
}

/// The formats, in the order in which help lists them.
pub static FORMATS: &[&Format] = &[
    &webvtt_zoom::FORMAT,
    &webvtt_teams::FORMAT,
    &webvtt::FORMAT,
    &srt::FORMAT,
    &sbv::FORMAT,
    &zoom_captions::FORMAT,
    &zoom_chat::FORMAT,
    &chat_cha::FORMAT,
    &eaf::FORMAT,
    &tei::FORMAT,
    &header_time::FORMAT,
    &name_text::FORMAT,
    &gong_json::FORMAT,
    &fireflies_json::FORMAT,
    &fireflies_text::FORMAT,
    &granola_json::FORMAT,
    &whisperx_json::FORMAT,
    &whisper_cpp_json::FORMAT,
    &assemblyai_json::FORMAT,
    &deepgram_json::FORMAT,
    &rev_ai_json::FORMAT,
    &amazon_transcribe_json::FORMAT,
    &amazon_call_analytics_json::FORMAT,
    &aws_bda_json::FORMAT,
    &google_stt_json::FORMAT,
    &azure_batch_json::FORMAT,
    &csv::FORMAT,
    &markdown_notes::FORMAT,
    &prose::FORMAT,
];

/// Less sure than this is not sure enough to read.
const FLOOR: Confidence = 20;

/// What a sniffer may look at.
#[derive(Debug)]
pub struct Head<'a> {
    /// The first 64 KiB of the text, cut at a line's end where there is one in the second half.
    pub text: &'a str,
    /// The first character that is not white space.
    pub first: Option<char>,
    /// The ASCII characters with which its lines begin, a bit each.
    openings: u128,
    /// What the formats of captions ask for, worked out for the first of them.
    look: OnceCell<cues::Look>,
}

impl<'a> Head<'a> {
    /// The head of a text.
    pub fn of(text: &'a str) -> Self {
        const LIMIT: usize = 64 * 1024;
        let head = if text.len() > LIMIT {
            let cut = text.floor_char_boundary(LIMIT);
            // In JSON all that was said may stand in one line.
            let line_end = text[..cut].rfind('\n').filter(|end| *end > LIMIT / 2);
            &text[..line_end.unwrap_or(cut)]
        } else {
            text
        };
        let openings = lines::lines(head)
            .filter_map(|line| head.as_bytes().get(lines::trimmed(head, line).start))
            .filter(|byte| byte.is_ascii())
            .fold(0, |all, byte| all | (1 << byte));
        let first = head.trim_start().chars().next();
        Head { text: head, first, openings, look: OnceCell::new() }
    }

    /// Whether some line begins with one of these ASCII characters, white space aside. Where none does, a
    /// format that is known by such lines need not look at any.
    fn has_line_from(&self, openings: &str) -> bool {
        openings.bytes().any(|byte| self.openings & (1 << byte) != 0)
    }

    /// Whether it is JSON and has a key in it, which is given with its quotes.
    fn has(&self, key: &str) -> bool {
        matches!(self.first, Some('{' | '['))
            && memchr::memmem::find(self.text.as_bytes(), key.as_bytes()).is_some()
    }

    /// What its cues tell.
    fn look(&self) -> cues::Look {
        *self.look.get_or_init(|| cues::look(self.text, self.has_line_from("0123456789-")))
    }
}

/// Why a text could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong, as one clause without a full stop.
    pub message: String,
    /// Line, from 1, where that is known.
    pub line: Option<usize>,
    /// Column in Unicode scalars, from 1, where that is known.
    pub column: Option<usize>,
    /// What would be valid, or what to do.
    pub help: Option<String>,
}

impl ReadError {
    /// An error about the text as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        ReadError { message: message.into(), line: None, column: None, help: None }
    }

    /// An error at a place.
    pub fn at(line: usize, column: usize, message: impl Into<String>) -> Self {
        ReadError { message: message.into(), line: Some(line), column: Some(column), help: None }
    }

    /// Adds what would be valid.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The message behind its place, where that is known, in what `name` calls.
    pub fn in_place(&self, name: &str) -> String {
        let message = &self.message;
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{name}:{line}:{column}: {message}"),
            (Some(line), None) => format!("{name}:{line}: {message}"),
            _ => format!("{name}: {message}"),
        }
    }
}

/// The format with this identifier.
pub fn by_id(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.id == id)
}

/// The format that is surest of a text; of two that are equally sure, the one that help lists first.
///
/// # Errors
///
/// When no format is sure enough.
pub fn recognise(source: &Source) -> Result<&'static Format, ReadError> {
    let head = Head::of(&source.text);
    let mut best: (Confidence, Option<&'static Format>) = (FLOOR - 1, None);
    for format in FORMATS.iter().copied() {
        // Prose is any writing that nobody else claims.
        if format.id == prose::FORMAT.id && best.1.is_some() {
            continue;
        }
        let confidence = (format.sniff)(&head);
        if confidence > best.0 {
            best = (confidence, Some(format));
        }
    }
    best.1.ok_or_else(|| {
        let ids: Vec<&str> = FORMATS.iter().map(|format| format.id).collect();
        ReadError::new("this is no transcript or note in a format that is known").with_help(
            format!(
                "known are {}; if it is one of them, name it with --input-format",
                ids.join(", ")
            ),
        )
    })
}

/// Reads a source in the given format, or in the one that it is recognised as.
///
/// # Errors
///
/// When it is not recognised, breaks the format's rules, or reads to nothing believable.
pub fn read(source: &Source, forced: Option<&'static Format>) -> Result<Transcript, ReadError> {
    let format = match forced {
        Some(format) => format,
        None => recognise(source)?,
    };
    if forced.is_none() && format.id == zoom_chat::FORMAT.id {
        return Err(zoom_chat::refusal());
    }
    let mut transcript = (format.read)(source)?;
    check_believable(source, &transcript).map_err(|error| {
        error.with_help("if it is in another format, name that one with --input-format")
    })?;
    transcript.warnings.splice(0..0, source.warnings.iter().cloned());
    let odd = odd_times(source, &transcript);
    transcript.warnings.extend(odd);
    Ok(transcript)
}

/// People who talk at once are written down one after the other; further back than this no time goes for
/// that.
const AT_ONCE: Millis = Millis(3_000);

/// Says where times cannot all be true.
fn odd_times(source: &Source, transcript: &Transcript) -> Vec<String> {
    if transcript.kind == Kind::Notes {
        return Vec::new();
    }
    let (mut back, mut early, mut latest) = (Vec::new(), Vec::new(), None);
    for turn in &transcript.turns {
        let Some(start) = turn.start() else { continue };
        if start < Millis(0) {
            early.push(turn);
        }
        if latest.is_some_and(|latest: Millis| start.0 < latest.0 - AT_ONCE.0) {
            back.push(turn);
        }
        latest = latest.max(Some(start));
    }
    let first = |turns: &[&Turn]| match turns.first().and_then(|turn| turn.source_offset(0)) {
        Some(at) => format!(", first on line {}", LineIndex::new(&source.text).line(at)),
        None => String::new(),
    };
    let mut odd = Vec::new();
    if !back.is_empty() {
        let turns = counted(back.len(), "turn");
        odd.push(format!(
            "{turns} earlier than what stands above{}; the order is the file's",
            first(&back)
        ));
    }
    if !early.is_empty() {
        odd.push(format!("{} before 0:00{}", counted(early.len(), "turn"), first(&early)));
    }
    odd
}

/// Refuses what a format read to no words, or without times although the text is full of them.
fn check_believable(source: &Source, transcript: &Transcript) -> Result<(), ReadError> {
    let refuse = |why: String| Err(ReadError::new(format!("read as {}, {why}", transcript.format)));
    if !transcript.turns.iter().any(|turn| turn.text.contains(char::is_alphanumeric)) {
        return refuse("it has no words".to_owned());
    }
    if transcript.kind == Kind::Notes || transcript.turns.iter().any(|turn| turn.start().is_some())
    {
        return Ok(());
    }
    let (mut all, mut timed, mut first) = (0, 0, None);
    for (number, line) in lines::lines(&source.text).enumerate() {
        let line = source.text[line].trim();
        if !line.is_empty() {
            all += 1;
            if has_time(line) {
                timed += 1;
                first.get_or_insert(number + 1);
            }
        }
    }
    match first {
        Some(line) if timed > 1 && timed * 8 >= all => refuse(format!(
            "{timed} lines have a time (first line {line}) and none could be set beside what was said"
        )),
        _ => Ok(()),
    }
}

/// Whether a trimmed line has a time where transcripts put it: at its start or end, or about an arrow.
fn has_time(line: &str) -> bool {
    let bare = |word: &str| {
        let word = word.trim_matches(['[', ']', '(', ')', '<', '>']);
        clock::Clock::may_be(word)
            && clock::Clock::parse(word.split_once(",0").map_or(word, |(start, _)| start)).is_some()
    };
    let first = line.split(char::is_whitespace).next();
    let last = line.rsplit(char::is_whitespace).next();
    cues::has_arrow(line) || first.is_some_and(bare) || last.is_some_and(bare)
}

/// A number with the thing it counts: `1 line`, `2 lines`.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

/// Whether a text is a program or its data: people end few lines with a brace or a semicolon.
fn is_code(text: &str) -> bool {
    let (mut all, mut coded) = (0, 0);
    for line in lines::lines(text) {
        let line = text[line].trim_end();
        if !line.is_empty() {
            all += 1;
            coded += usize::from(line.ends_with(['{', '}', ';', '(']));
        }
    }
    coded * 6 > all
}

/// Whether a line is what a service signs its transcripts with.
fn is_footer(line: &str) -> bool {
    let line = line.trim_matches(|c: char| c.is_whitespace() || "#*_".contains(c));
    let starts = [
        "transcribed by ",
        "transcript generated by ",
        "transcription ended after ",
        "this editable transcript was computer generated",
    ];
    line.len() < 160
        && (is_switch(line)
            || starts.iter().any(|start| {
                line.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
            }))
}

/// Whether a line tells who switched Teams' transcription on or off.
fn is_switch(line: &str) -> bool {
    [" started transcription", " stopped transcription"]
        .iter()
        .any(|what| line.strip_suffix(what).is_some_and(names::is_name))
}

#[cfg(test)]
mod testing {
    //! What the formats' own tests share.

    use super::*;

    /// A source with this text.
    pub fn source(text: &str) -> Source {
        Source::from_bytes("test", text.as_bytes()).expect("is text")
    }

    /// The text, read in this format.
    pub fn read_as(format: &Format, text: &str) -> Transcript {
        (format.read)(&source(text)).expect("is readable")
    }

    /// Speaker, start in milliseconds and words of every turn.
    pub fn said(transcript: &Transcript) -> Vec<(Option<&str>, Option<i64>, &str)> {
        let name = |turn| transcript.speaker_of(turn).map(|speaker| speaker.name.as_str());
        let turns = transcript.turns.iter();
        turns.map(|turn| (name(turn), turn.start().map(|at| at.0), turn.text.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::source;
    use super::*;

    #[test]
    fn identifiers_are_unique_and_found() {
        for format in FORMATS {
            assert_eq!(by_id(format.id).map(|found| found.about), Some(format.about));
        }
    }

    #[test]
    fn what_nothing_claims_is_refused_with_the_formats_that_are_known() {
        let error = recognise(&source("{\"a\": 1}")).err().expect("is refused");
        let help = error.help.unwrap_or_default();
        assert!(help.contains("webvtt-zoom") && help.contains("--input-format"), "{help}");
    }

    #[test]
    fn ordinary_json_is_refused() {
        for text in [
            r#"{"name": "x", "version": "1.0.0", "scripts": {"start": "run", "end": "stop"}}"#,
            r#"{"results": [{"id": 1, "text": "a"}], "items": [], "channels": 2, "segments": []}"#,
            r#"{"messages": [{"role": "user", "content": "hi"}], "source": "system"}"#,
            r#"[{"text": "hi", "user": "a", "ts": "1.2"}, {"text": "so", "user": "b", "ts": "2.2"}]"#,
            r#"{"cache": {"path": "x"}, "transcript": null, "sentences": [], "utterances": 4}"#,
            r#"{"type": "FeatureCollection", "features": [{"properties": {"speaker": "A"}}]}"#,
            "[1, 2, 3]",
            "{}",
        ] {
            let read = read(&source(text), None);
            assert!(read.is_err(), "{text} is read as {}", read.expect("it is").format);
        }
    }

    #[test]
    fn what_reads_to_nothing_is_refused() {
        let empty = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n\n";
        let error = read(&source(empty), None).expect_err("is refused");
        assert!(error.message.contains("no words"), "{error}");
        let header = read(&source("start,end,speaker,text\n"), None).expect_err("is refused");
        assert!(header.message.contains("no words"), "{header}");
    }

    #[test]
    fn times_that_align_with_nothing_are_refused() {
        let text = "Ana: see\n[10:01:02] x\nBo: well\n[10:02:02] y\nAna: so\n";
        let error = read(&source(text), by_id("name-text")).expect_err("is refused");
        assert!(error.message.contains("first line 2"), "{error}");
        let bad = "WEBVTT\n\n99:99 --> 99:99\nhi\n\n99:99 --> 99:99\nyou\n";
        assert!(read(&source(bad), None).is_err());
    }

    #[test]
    fn times_that_go_back_or_stand_before_the_start_are_said() {
        let cue = |at: &str, name: &str| format!("{at} --> 59:00.000\n<v {name}>well then\n\n");
        let warnings = |times: [&str; 3]| {
            let cues: String =
                times.iter().zip(["A", "B", "C"]).map(|(at, who)| cue(at, who)).collect();
            read(&source(&format!("WEBVTT\n\n{cues}")), None).expect("is readable").warnings
        };
        assert!(warnings(["00:01.000", "00:09.000", "00:08.000"]).is_empty());
        let back =
            "1 turn earlier than what stands above, first on line 10; the order is the file's";
        assert_eq!(warnings(["00:01.000", "00:09.000", "00:02.000"]), [back]);
        assert_eq!(
            warnings(["-00:01.000", "00:09.000", "00:09.000"]),
            ["1 turn before 0:00, first on line 4"]
        );
    }

    #[test]
    fn warnings_of_the_decoding_come_first() {
        let bytes = b"Ana: caf\xE9\nBo: yes\nAna: so\n";
        let source = Source::from_bytes("t", bytes).expect("is text");
        let transcript = read(&source, None).expect("is readable");
        assert!(transcript.warnings[0].contains("windows-1252"));
    }
}
