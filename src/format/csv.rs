//! Tables: CSV, TSV and their kin, a row for each cue.
//!
//! Columns go by many names, so each is known by a list of spellings; without a header the order is
//! start, end, speaker, text, or one that every row shows beyond doubt. What is a table but does not tell who
//! speaks where is refused, since it would pass for prose. Fields are read one by one, since only so the place of every word in
//! the file is known. In a report, as Word documents hold them, the table stands among others.

use std::ops::Range;

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use rustc_hash::FxHashMap;

use super::clock::{Clock, resolution};
use super::lines::lines;
use super::{Confidence, FLOOR, Format, Head, ReadError, counted, names};
use crate::taxonomy::Role;
use crate::transcript::{Fragment, Kind, Millis, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "csv",
    about: "CSV, TSV or a table in Word: start, end, speaker and text under any of many names, or in that order",
    sniff,
    read,
};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The spellings of each column, lower-case letters and digits only; the first that a header has counts.
const TEXTS: &[&str] = &[
    "text",
    "transcript",
    "transcription",
    "utterance",
    "content",
    "dialog",
    "dialogue",
    "message",
    "sentence",
    "speech",
    "spokentext",
    "caption",
    "said",
    "words",
    "body",
    "line",
];
const SPEAKERS: &[&str] = &[
    "speaker",
    "speakername",
    "speakerlabel",
    "speakerid",
    "name",
    "participant",
    "participantname",
    "who",
    "author",
    "user",
    "username",
    "person",
    "spk",
];
const STARTS: &[&str] = &[
    "start",
    "starttime",
    "startms",
    "starttimems",
    "startseconds",
    "startsec",
    "starts",
    "begin",
    "begintime",
    "beginoffsetmillis",
    "from",
    "timestamp",
    "time",
    "offset",
    "in",
];
const ENDS: &[&str] = &[
    "end",
    "endtime",
    "endms",
    "endtimems",
    "endseconds",
    "endsec",
    "ends",
    "stop",
    "stoptime",
    "endoffsetmillis",
    "to",
    "out",
];
const DURATIONS: &[&str] = &["duration", "durationms", "dur", "length"];
const ROLES: &[&str] = &["role", "speakerrole", "participantrole", "affiliation", "side"];

/// Where each column stands.
#[derive(Debug, Clone, Copy)]
struct Columns {
    text: usize,
    speaker: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
    duration: Option<usize>,
    role: Option<usize>,
    /// Whether the names of the time columns say that they are in milliseconds.
    are_millis: bool,
}

impl Columns {
    /// The order where there is no header.
    const PLAIN: Columns = Columns::ordered(Some(0), Some(1), 2);

    /// Other orders without a header, those with a time first.
    const OTHERS: [Columns; 4] = [
        Columns::ordered(Some(1), Some(2), 0),
        Columns::ordered(Some(1), None, 0),
        Columns::ordered(Some(0), None, 1),
        Columns::ordered(None, None, 0),
    ];

    /// Columns that stand side by side, the text last.
    const fn ordered(start: Option<usize>, end: Option<usize>, speaker: usize) -> Columns {
        let text = 1 + start.is_some() as usize + end.is_some() as usize;
        let speaker = Some(speaker);
        Columns { text, speaker, start, end, duration: None, role: None, are_millis: false }
    }

    /// From a header; `None` if it has no text, or neither speaker nor time.
    fn named<'a>(header: impl Iterator<Item = &'a str>) -> Option<Columns> {
        let names: Vec<String> = header.map(key).collect();
        let find = |spellings: &[&str]| {
            spellings.iter().find_map(|name| names.iter().position(|found| found == name))
        };
        let start = find(STARTS);
        let columns = Columns {
            text: find(TEXTS)?,
            speaker: find(SPEAKERS),
            start,
            end: find(ENDS),
            duration: find(DURATIONS),
            role: find(ROLES),
            are_millis: start
                .is_some_and(|at| names[at].ends_with("ms") || names[at].ends_with("millis")),
        };
        (columns.speaker.is_some() || columns.start.is_some()).then_some(columns)
    }

    /// Whether a row without a header looks like start, end, speaker, text.
    fn fit(row: &[&str]) -> bool {
        row.len() >= 4
            && is_time(row[0])
            && is_time(row[1])
            && !is_time(row[2])
            && row[3].contains(char::is_alphabetic)
    }

    /// Who speaks in a row in this order, if it is one: times by the clock, a name, and words, each right behind
    /// the delimiter, as in no sentence.
    fn speaker_in<'a>(&self, row: &'a [Field]) -> Option<&'a str> {
        let text = row.get(self.text)?;
        let of = |at: Option<usize>| at.map(|at| row[at].text.as_str());
        let are_clocks = [self.start, self.end].into_iter().filter_map(of).all(is_clock);
        let is_table = row[1..=self.text].iter().all(|field| !field.text.starts_with(' '));
        let name = of(self.speaker).filter(|name| names::is_name(name))?;
        let has_words = text.text.contains(char::is_alphabetic) && !is_clock(&text.text);
        (are_clocks && is_table && has_words).then_some(name)
    }
}

fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_clock(text: &str) -> bool {
    Clock::parse(text).is_some()
}

fn is_time(text: &str) -> bool {
    let text = text.trim();
    is_clock(text) || text.parse::<f64>().is_ok_and(|seconds| seconds.is_finite())
}

/// A field, decoded, and where it stands in the source, quotes and delimiter included.
#[derive(Debug, Default)]
struct Field {
    text: String,
    raw: Range<usize>,
}

impl Field {
    /// Its text with the place of every piece. All that decoding leaves out are quotation marks.
    fn place(&self, source: &str) -> Fragment {
        let mut fragment = Fragment::new();
        let mut rest = self.text.as_str();
        let mut at = self.raw.start;
        while !rest.is_empty() {
            let raw = source.get(at..self.raw.end).unwrap_or_default();
            let same = rest.bytes().zip(raw.bytes()).take_while(|(a, b)| a == b).count();
            let same = rest.floor_char_boundary(same);
            fragment.push_decoded(&rest[..same], at);
            rest = &rest[same..];
            at += same;
            if source.get(at..self.raw.end).is_some_and(|raw| raw.starts_with('"')) {
                at += 1;
            } else {
                fragment.push_decoded(rest, at);
                break;
            }
        }
        fragment
    }
}

/// Reads rows, one at a time, into the same fields.
struct Rows<'a> {
    text: &'a str,
    reader: Reader,
    at: usize,
    fields: Vec<Field>,
    count: usize,
    /// How many fields a row has in a table that ends where another number begins.
    width: Option<usize>,
}

impl<'a> Rows<'a> {
    fn new(text: &'a str, delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Rows { text, reader, at: 0, fields: Vec::new(), count: 0, width: None }
    }

    /// The rows of a table after its header, if it has one.
    fn of(text: &'a str, layout: &Layout) -> Self {
        let mut rows = Rows { at: layout.start, ..Rows::new(text, layout.delimiter) };
        if layout.has_header {
            let width = rows.next().map(<[Field]>::len);
            rows.width = width.filter(|_| layout.is_within);
        }
        rows
    }

    /// The next row, or `None` at the table's end.
    fn next(&mut self) -> Option<&[Field]> {
        let before = self.at;
        self.read();
        if self.count == 0 || self.width.is_some_and(|width| width != self.count) {
            self.at = before;
            return None;
        }
        Some(&self.fields[..self.count])
    }

    /// Reads a row into the fields; there are none at the text's end.
    fn read(&mut self) {
        self.count = 0;
        let mut decoded = Vec::new();
        let mut start = self.at;
        loop {
            let mut buffer = [0; 1024];
            let input = &self.text.as_bytes()[self.at..];
            let (result, read, written) = self.reader.read_field(input, &mut buffer);
            self.at += read;
            decoded.extend_from_slice(&buffer[..written]);
            match result {
                ReadFieldResult::InputEmpty | ReadFieldResult::OutputFull => {}
                ReadFieldResult::End => return,
                ReadFieldResult::Field { record_end } => {
                    self.keep(&mut decoded, start);
                    start = self.at;
                    if record_end {
                        return;
                    }
                }
            }
        }
    }

    fn keep(&mut self, decoded: &mut Vec<u8>, start: usize) {
        if self.count == self.fields.len() {
            self.fields.push(Field::default());
        }
        let field = &mut self.fields[self.count];
        // A carriage return or line feed left over from the row before is no part of this one.
        let raw = &self.text[start..self.at];
        let ends = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
        field.raw = start + ends..self.at;
        field.text.clear();
        field.text.push_str(&String::from_utf8_lossy(decoded));
        decoded.clear();
        self.count += 1;
    }
}

/// How a table is laid out.
struct Layout {
    delimiter: u8,
    columns: Columns,
    has_header: bool,
    /// The byte at which the table begins.
    start: usize,
    /// Whether something else stands above it, and perhaps below.
    is_within: bool,
    /// Whether fractions of seconds are hundredths that were not padded.
    are_hundredths: bool,
}

impl Layout {
    const PLAIN: Layout = Layout {
        delimiter: b',',
        columns: Columns::PLAIN,
        has_header: false,
        start: 0,
        is_within: false,
        are_hundredths: false,
    };
}

/// The layout that the first row shows, or that of a table further down.
fn layout(text: &str) -> Option<Layout> {
    let line = lines(text).find(|line| !line.is_empty())?;
    // Without quotation marks a row is its line; making a reader takes longer than sniffing all else.
    let plain = Some(&text[line]).filter(|line| !line.contains('"'));
    let first = DELIMITERS.iter().find_map(|&delimiter| match plain {
        Some(line) => first_row(&line.split(char::from(delimiter)).collect::<Vec<_>>(), delimiter),
        None => {
            let mut rows = Rows::new(text, delimiter);
            let fields = rows.next()?.iter().map(|field| field.text.as_str());
            first_row(&fields.collect::<Vec<_>>(), delimiter)
        }
    });
    // Without a tab there is no table further down, and no line need be looked at.
    let tabs = || text.contains('\t');
    first.or_else(|| tabs().then(|| lines(text).find_map(|line| table_at(text, line)))?)
}

/// The layout that a first row shows.
fn first_row(fields: &[&str], delimiter: u8) -> Option<Layout> {
    if fields.len() < 2 {
        return None;
    }
    if let Some(columns) = Columns::named(fields.iter().copied()) {
        return Some(Layout { delimiter, columns, has_header: true, ..Layout::PLAIN });
    }
    Columns::fit(fields).then_some(Layout { delimiter, ..Layout::PLAIN })
}

/// The layout of a table whose header is this line: tabs between names of columns for speaker and
/// text.
fn table_at(text: &str, line: Range<usize>) -> Option<Layout> {
    let header = &text[line.clone()];
    if header.len() > 400 || !header.contains('\t') {
        return None;
    }
    let columns = Columns::named(header.split('\t')).filter(|found| found.speaker.is_some())?;
    // Amazon's Word report names it so, and writes 5.04 s as 5.4.
    let are_hundredths = header.split('\t').any(|name| name == "Dur.");
    let delimiter = b'\t';
    let start = line.start;
    Some(Layout { delimiter, columns, has_header: true, start, is_within: true, are_hundredths })
}

/// The layout of a table without a header in which every row has the same order, and whether that makes it a
/// transcript beyond doubt: with times, and with speakers who speak again.
fn unnamed(text: &str) -> Option<(Layout, bool)> {
    let line = lines(text).find(|line| !line.is_empty())?;
    // Most texts show in their first line that they are none.
    let opens = |delimiter: &&u8| {
        let (first, rest) = text[line.clone()].split_once(char::from(**delimiter))?;
        let first = first.trim_matches('"');
        let is_field = !rest.starts_with(' ') && (names::is_name(first) || is_clock(first));
        is_field.then_some(())
    };
    let delimiters = DELIMITERS.iter().filter(|delimiter| opens(delimiter).is_some());
    let orders = delimiters.flat_map(|delimiter| {
        let layout = |columns| Layout { delimiter: *delimiter, columns, ..Layout::PLAIN };
        Columns::OTHERS.into_iter().map(layout)
    });
    for layout in orders {
        let mut rows = Rows::of(text, &layout);
        let (mut count, mut sentences) = (0, 0);
        let mut turns: FxHashMap<String, usize> = FxHashMap::default();
        let is_each = loop {
            let Some(row) = rows.next() else { break true };
            let Some(name) = layout.columns.speaker_in(row) else { break false };
            *turns.entry(name.to_owned()).or_default() += 1;
            count += 1;
            sentences += usize::from(row[layout.columns.text].text.contains(' '));
        };
        // One row proves itself only by its time.
        let is_timed = layout.columns.start.is_some();
        if is_each && count > usize::from(!is_timed) && sentences * 2 >= count {
            let again: usize = turns.values().filter(|turns| **turns > 1).sum();
            return Some((layout, is_timed && again * 2 >= count));
        }
    }
    None
}

fn sniff(head: &Head) -> Confidence {
    let has_rows = |layout: &Layout| Rows::of(head.text, layout).next().is_some();
    match layout(head.text) {
        Some(layout) if layout.is_within => 84 * Confidence::from(has_rows(&layout)),
        Some(layout) if layout.has_header => 92,
        Some(_) => 87,
        // Just surer than prose, which would take it for its author's.
        None if unnamed(head.text).is_some() => FLOOR + 1,
        None => 0,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let unnamed = || unnamed(text).filter(|(_, is_certain)| *is_certain).map(|(layout, _)| layout);
    let Some(layout) = layout(text).or_else(unnamed) else {
        return Err(ReadError::at(1, 1, "the first row names no columns of a transcript")
            .with_help(
                "set a row above it with the name of each column, such as `speaker,text` or \
             `start,end,speaker,text`",
            ));
    };
    let unit = Unit::of_table(text, &layout);
    let columns = layout.columns;
    let mut builder = TranscriptBuilder::new();
    let (mut has_times, mut is_fine, mut untimed, mut endless) = (false, false, 0, 0);
    let mut rows = Rows::of(text, &layout);
    while let Some(row) = rows.next() {
        let get = |at: Option<usize>| at.and_then(|at| row.get(at)).map(|field| field.text.trim());
        let speaker = get(columns.speaker).and_then(|name| builder.speaker(name));
        if let (Some(speaker), Some(role)) = (speaker, get(columns.role).and_then(role)) {
            builder.set_role(speaker, role);
        }
        let start = get(columns.start).and_then(|time| unit.read(time));
        has_times |= start.is_some();
        is_fine |= start.is_some_and(|clock| clock.is_fine);
        untimed += usize::from(columns.start.is_some() && start.is_none());
        let start = start.map(|clock| clock.at);
        let time = |at: Option<usize>| {
            get(at).and_then(|time| unit.read(time.trim_end_matches('s'))).map(|clock| clock.at)
        };
        let is_filled = |at: Option<usize>| get(at).is_some_and(|field| !field.is_empty());
        endless += usize::from(is_filled(columns.end) && time(columns.end).is_none());
        let lasted = || start.zip(time(columns.duration)).map(|(at, long)| Millis(at.0 + long.0));
        let timing = Timing::new(start, time(columns.end).or_else(lasted));
        builder.say(speaker, timing, &words(text, row, columns.text, layout.has_header));
    }
    if untimed > 0 {
        builder.warn(format!("no readable start time in {}", counted(untimed, "row")));
    }
    if endless > 0 {
        builder.warn(format!("no readable end time in {}", counted(endless, "row")));
    }
    for name in named_twice(text, &layout) {
        builder.warn(format!("more than one column is called `{name}`; the first is read"));
    }
    let around = [0..layout.start, rows.at..text.len()].into_iter().filter(|_| layout.is_within);
    let left_out: usize = around.map(|range| count_filled(&text[range])).sum();
    if left_out > 0 {
        builder.warn(format!("left out: {} around the table", counted(left_out, "line")));
    }
    if unit == Unit::GuessedMillis {
        builder.warn("times are whole numbers too large for seconds; read as milliseconds");
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(has_times, is_fine)))
}

/// The names that a header gives to more than one column.
fn named_twice(text: &str, layout: &Layout) -> Vec<String> {
    let plain = Layout { has_header: false, ..*layout };
    let mut rows = Rows::of(text, &plain);
    let header = rows.next().filter(|_| layout.has_header).unwrap_or_default();
    let names: Vec<_> = header.iter().map(|field| key(&field.text)).collect();
    let is_again = |at: &usize| {
        let (before, name) = (&names[..*at], &names[*at]);
        !name.is_empty() && before.iter().filter(|other| *other == name).count() == 1
    };
    (0..names.len()).filter(is_again).map(|at| names[at].clone()).collect()
}

/// How many lines have something in them.
fn count_filled(text: &str) -> usize {
    lines(text).filter(|line| !text[line.clone()].trim().is_empty()).count()
}

/// The words of a row. Without a header, commas that were not quoted are part of what was said.
fn words(text: &str, row: &[Field], column: usize, has_header: bool) -> Fragment {
    let Some(field) = row.get(column) else { return Fragment::new() };
    match row.last() {
        Some(last) if !has_header && row.len() > column + 1 => {
            Fragment::slice(text, field.raw.start..last.raw.end)
        }
        _ => field.place(text),
    }
}

/// How numbers in the time columns are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Seconds,
    /// Seconds with hundredths that were not padded: `0:01:30.4` is 40 ms past.
    Hundredths,
    Millis,
    /// By their size, not by the column's name.
    GuessedMillis,
}

impl Unit {
    /// Beyond this, whole numbers are no seconds: no call lasts thirty hours.
    const LIMIT: f64 = 108_000.0;

    fn of_table(text: &str, layout: &Layout) -> Unit {
        if layout.columns.are_millis {
            return Unit::Millis;
        }
        if layout.are_hundredths {
            return Unit::Hundredths;
        }
        let mut rows = Rows::of(text, layout);
        let mut largest = 0.0_f64;
        while let Some(row) = rows.next() {
            let start =
                layout.columns.start.and_then(|at| row.get(at)).map(|field| field.text.trim());
            let whole = start.and_then(|start| start.parse::<u64>().ok());
            largest = largest.max(whole.unwrap_or(0) as f64);
        }
        if largest > Unit::LIMIT { Unit::GuessedMillis } else { Unit::Seconds }
    }

    fn read(self, time: &str) -> Option<Clock> {
        if time.contains(':') {
            return match time.rsplit_once('.') {
                Some((whole, digit)) if self == Unit::Hundredths && digit.len() == 1 => {
                    Clock::parse(&format!("{whole}.0{digit}"))
                }
                _ => Clock::parse(time),
            };
        }
        let number: f64 = time.parse().ok()?;
        match self {
            Unit::Seconds | Unit::Hundredths => {
                Some(Clock { at: Millis::from_seconds(number)?, is_fine: time.contains('.') })
            }
            _ => Some(Clock { at: Millis::from_seconds(number / 1000.0)?, is_fine: true }),
        }
    }
}

/// The role that a table gives to a speaker.
fn role(word: &str) -> Option<Role> {
    let role = match word.to_lowercase().as_str() {
        "rep" | "sales" | "salesperson" | "sales rep" | "agent" | "vendor" | "internal"
        | "host" => Role::Seller,
        "customer" | "client" | "prospect" | "external" => Role::Buyer,
        "manager" | "lead" | "boss" => Role::Leader,
        "team" | "employee" | "report" => Role::Member,
        other => return Role::from_id(other).filter(|role| *role != Role::Unknown),
    };
    Some(role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    #[test]
    fn a_header_names_columns_in_any_order_and_roles() {
        let text = "\"Speaker Name\";Role;Start Time;Utterance\r\nAna;Sales Rep;00:00:01.5;\"Hi; \"\"friend\"\" of\nmine\"\r\n\
                    Bo;customer;00:00:09;Yes\r\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(1_500), "Hi; \"friend\" of mine"),
            (Some("Bo"), Some(9_000), "Yes"),
        ];
        assert_eq!(said(&read), expected);
        let roles: Vec<_> = read.speakers.iter().map(|speaker| speaker.role).collect();
        assert_eq!(roles, [Some(Role::Seller), Some(Role::Buyer)]);
        let turn = &read.turns[0];
        for word in ["Hi;", "friend", "of", "mine"] {
            let at = turn.text.find(word).expect("is there");
            assert_eq!(turn.source_offset(at), text.find(word), "{word}");
        }
    }

    #[test]
    fn without_a_header_the_order_is_start_end_speaker_text() {
        let text = "0.5,1.5,Ana,Well, not quoted, this\n2,3,Bo,\"It, is\"\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(500), "Well, not quoted, this"),
            (Some("Bo"), Some(2_000), "It, is"),
        ];
        assert_eq!(said(&read), expected);
    }

    #[test]
    fn milliseconds_are_known_by_name_or_by_size() {
        let named = read_as(&FORMAT, "start_ms\tend_ms\tspeaker\ttext\n1500\t2000\tAna\thi\n");
        assert_eq!(said(&named), [(Some("Ana"), Some(1_500), "hi")]);
        assert!(named.warnings.is_empty());
        let sized = read_as(&FORMAT, "start,speaker,text\n1500,Ana,hi\n250000,Bo,yes\n");
        assert_eq!(said(&sized)[1], (Some("Bo"), Some(250_000), "yes"));
        assert_eq!(sized.warnings.len(), 1);
    }

    #[test]
    fn a_table_may_stand_among_others_in_a_report() {
        let text = "Call\n\nName\tValue\nLength\t3m\n\nStart\tDur.\tSpeaker\t\tTranscription\n0:00:05.4\t2.5s\tAna\t\tHello there.\n\
                    0:00:08.31\t1.0s\tBo\t\t\"\"\"Hi\"\", he said.\"\n\nWords\tCount\n90%\t12\n";
        assert!(sniff(&Head::of(text)) > 80);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(5_040), "Hello there."),
            (Some("Bo"), Some(8_310), "\"Hi\", he said."),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].end(), Some(Millis(7_540)));
        assert_eq!(read.warnings, ["left out: 5 lines around the table"]);
        assert_eq!(read.turns[0].source_offset(0), text.find("Hello"));
        assert_eq!(sniff(&Head::of("We met.\nName\tText\n")), 0);
    }

    #[test]
    fn other_orders_are_read_where_every_row_shows_them() {
        let expected = [
            (Some("Ana"), Some(3_000), "We should, I think, go."),
            (Some("Bo"), Some(9_000), "No, not yet."),
            (Some("Ana"), Some(12_000), "Why?"),
        ];
        for text in [
            "Ana,0:03,We should, I think, go.\nBo,0:09,\"No, not yet.\"\nAna,0:12,Why?\n",
            "0:03\tAna\tWe should, I think, go.\n0:09\tBo\tNo, not yet.\n0:12\tAna\tWhy?\n",
            "\"Ana\";0:03;0:08;We should, I think, go.\nBo;0:09;0:11;No, not yet.\nAna;0:12;0:13;Why?\n",
        ] {
            assert_eq!(sniff(&Head::of(text)), FLOOR + 1, "{text}");
            assert_eq!(said(&read_as(&FORMAT, text)), expected, "{text}");
        }
    }

    #[test]
    fn a_table_that_does_not_tell_its_columns_is_refused() {
        for text in [
            "Ana,We should go.\nBo,\"No, not yet.\"\nAna,Why not then?\n",
            "Keynote,9:00,In the big hall\nLunch,12:30,Down the stairs\n",
            "Ana,0:03,We should go.\n",
        ] {
            let error = super::super::read(&source(text), None).expect_err("is refused");
            let help = error.help.unwrap_or_default();
            assert!(help.contains("`speaker,text`"), "{text}: {} {help}", error.message);
        }
        // One row that is like no other makes it something else.
        let mixed = "Ana,0:03,We should go.\nBo,0:09,No, not yet.\nAna, well, went at 0:12.\n";
        assert_eq!(sniff(&Head::of(mixed)), 0);
    }

    #[test]
    fn prose_with_commas_is_no_table() {
        assert_eq!(sniff(&Head::of("Ana, we go.\nBo, you stay.\nAna, good luck.\n")), 0);
        assert_eq!(sniff(&Head::of("Ana|Bo\nBo|Cy\n")), 0);
        assert_eq!(sniff(&Head::of("Well,I said so.\nAna,you heard me.\n")), 0);
        assert_eq!(sniff(&Head::of("Well, I said, let us go.\nAnd, so, we went.\n")), 0);
        assert_eq!(sniff(&Head::of("name,price\nbolt,3\n")), 0);
    }
}
