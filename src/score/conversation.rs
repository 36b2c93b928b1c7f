//! The shape of the talk: who speaks how much, how fast, and how they take turns.
//!
//! Other tools publish ranges for such figures without saying how they count, so each figure here
//! carries its definition, its denominator and whether it was measured. No figure is finer than the
//! source's times: pauses cannot be told from stamps of whole seconds, and are then unavailable
//! rather than guessed.

use crate::text::{Document, Mood};
use crate::transcript::{Kind, Millis, SpeakerId, TimeResolution, Transcript};

/// How far a figure can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Counted from what the source states.
    Measured,
    /// Partly inferred: ends of turns from the next start or their words, time from words, questions from form.
    Estimated,
    /// The source does not tell.
    Unavailable,
}

/// A figure about one speaker.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Figure {
    /// The value; null where it is unavailable.
    pub value: Option<f64>,
    /// The unit of the value.
    pub unit: &'static str,
    /// How far it can be trusted.
    pub quality: Quality,
    /// What is counted, and against what.
    pub definition: &'static str,
}

/// Silences of this many milliseconds and more are lapses, not patience.
const LAPSE: i64 = 5_000;

/// Turns under this many words ("yeah", "uh huh") do not count as a switch of speaker.
const SHORT_TURN: u32 = 3;

/// Fewer gaps than this give no median worth showing.
const FEWEST_GAPS: usize = 3;

/// A stamp every five minutes tells nothing of a shorter call.
const COARSE_CALL: i64 = 10 * 60_000;

/// The pace at which the words of a turn without an end are taken where no other turn tells one, and the
/// paces within which that of the others counts, in milliseconds a word: 150, and from 60 to 300 words a minute.
/// Silence until the next start makes a turn seem slower than anyone speaks.
const PACE: f64 = 400.0;
const PACES: (f64, f64) = (200.0, 1_000.0);

/// When the turns of a transcript were said, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
struct Timeline {
    turns: Vec<Timed>,
    quality: Quality,
    /// Whether every piece has both a start and an end of its own.
    complete: bool,
    length: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Timed {
    start: Option<i64>,
    end: Option<i64>,
    speaking: i64,
}

impl Timeline {
    /// Reads the times of a transcript. An end that is missing is the next start; where none follows, the
    /// words take as long as they would at the median pace of the other turns.
    fn new(transcript: &Transcript, document: &Document) -> Self {
        let cues: Vec<_> = transcript.turns.iter().flat_map(|turn| &turn.cues).collect();
        let complete = cues.iter().all(|cue| cue.start.is_some() && cue.end.is_some());
        let mut turns = Vec::with_capacity(transcript.turns.len());
        let mut later = cues.len();
        let mut next_start = None;
        let mut open = None;
        for (at, turn) in transcript.turns.iter().enumerate().rev() {
            let mut timed = Timed::default();
            let first = later - turn.cues.len();
            for cue in cues[first..later].iter().rev() {
                let start = cue.start.map(|start| start.0);
                let end = cue.end.map(|end| end.0).or(next_start);
                match (start, end) {
                    (Some(start), Some(end)) => timed.speaking += (end - start).max(0),
                    (Some(start), None) => open = Some((at, start, cue.text as usize)),
                    (None, _) => {}
                }
                timed.end = timed.end.max(end);
                timed.start = start.or(timed.start);
                next_start = start.or(next_start);
            }
            later = first;
            turns.push(timed);
        }
        turns.reverse();
        let is_coarse = transcript.time_resolution == TimeResolution::FiveMinutes;
        if let Some((at, start, from)) = open.filter(|_| !is_coarse) {
            let text = &transcript.turns[at].text;
            let part = (text.len() - from) as f64 / text.len() as f64;
            let lasted = (part * pace_but_of(at, &turns, document) * words_in(document, at)) as i64;
            let timed = &mut turns[at];
            timed.speaking += lasted;
            timed.end = timed.end.max(Some(start + lasted));
        }
        let starts = turns.iter().filter_map(|turn| turn.start);
        let ends = turns.iter().filter_map(|turn| turn.end).chain(starts.clone());
        let length = starts.min().zip(ends.max()).map(|(start, end)| end - start);
        let known = turns.iter().filter(|turn| turn.start.is_some()).count();
        let quality = match transcript.time_resolution {
            TimeResolution::Millis | TimeResolution::Seconds if complete => Quality::Measured,
            TimeResolution::Millis | TimeResolution::Seconds if 2 * known >= turns.len() => {
                Quality::Estimated
            }
            TimeResolution::FiveMinutes if length >= Some(COARSE_CALL) => Quality::Estimated,
            _ => Quality::Unavailable,
        };
        let length = length.filter(|length| *length > 0 && quality != Quality::Unavailable);
        Timeline { turns, quality, complete, length }
    }

    fn minutes(&self) -> Option<f64> {
        self.length.map(|length| length as f64 / 60_000.0)
    }
}

/// The words of a turn.
fn words_in(document: &Document, turn: usize) -> f64 {
    document.turns.get(turn).map_or(0.0, |text| f64::from(text.words))
}

/// The median pace of all turns but one, in milliseconds a word.
fn pace_but_of(one: usize, turns: &[Timed], document: &Document) -> f64 {
    let paces = turns.iter().enumerate().filter(|(at, _)| *at != one);
    let paces = paces.map(|(at, timed)| timed.speaking as f64 / words_in(document, at));
    let mut paces: Vec<_> = paces.filter(|pace| pace.is_finite() && *pace > 0.0).collect();
    paces.sort_unstable_by(f64::total_cmp);
    paces.get(paces.len() / 2).map_or(PACE, |median| median.clamp(PACES.0, PACES.1))
}

/// The talk as a whole: what the figures of every speaker are worked out from, gathered in one pass.
#[derive(Debug)]
pub struct Talk<'a> {
    transcript: &'a Transcript,
    document: &'a Document,
    timeline: Timeline,
    /// The turns of each speaker.
    turns: Vec<Vec<usize>>,
    /// Open and closed questions in each turn.
    questions: Vec<[u32; 2]>,
    words: u64,
    speaking: i64,
    interactivity: Figure,
}

impl<'a> Talk<'a> {
    /// Gathers what the figures need.
    pub fn new(transcript: &'a Transcript, document: &'a Document) -> Self {
        let timeline = Timeline::new(transcript, document);
        let mut turns = vec![Vec::new(); transcript.speakers.len()];
        for (at, turn) in transcript.turns.iter().enumerate() {
            let own = turn.speaker.and_then(|id| turns.get_mut(id.0 as usize));
            if let Some(own) = own {
                own.push(at);
            }
        }
        let mut questions = vec![[0; 2]; transcript.turns.len()];
        for utterance in &document.utterances {
            let kind = match utterance.mood {
                Mood::Statement => continue,
                Mood::OpenQuestion => 0,
                Mood::ClosedQuestion => 1,
            };
            if let Some(counts) = questions.get_mut(utterance.turn as usize) {
                counts[kind] += 1;
            }
        }
        Talk {
            words: document.turns.iter().map(|turn| u64::from(turn.words)).sum(),
            speaking: timeline.turns.iter().map(|turn| turn.speaking).sum(),
            interactivity: interactivity(transcript, document, &timeline),
            transcript,
            document,
            timeline,
            turns,
            questions,
        }
    }

    /// Length of the call in minutes, first start to last end, where times tell it.
    pub fn minutes(&self) -> Option<f64> {
        self.timeline.minutes()
    }

    /// The turns of a speaker, in order.
    pub fn turns_of(&self, speaker: SpeakerId) -> &[usize] {
        self.turns.get(speaker.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Start and end of a turn, where times are fine enough to tell how long it is.
    pub fn span(&self, turn: usize) -> Option<(Millis, Millis)> {
        let timed = self.timeline.turns.get(turn)?;
        let (start, end) = timed.start.zip(timed.end)?;
        (self.turn_quality() != Quality::Unavailable)
            .then_some((Millis(start), Millis(end.max(start))))
    }

    /// Open and closed questions in a turn.
    pub fn questions_in(&self, turn: usize) -> [u32; 2] {
        self.questions.get(turn).copied().unwrap_or_default()
    }

    /// Whether times are fine enough to tell how long a turn is.
    fn turn_quality(&self) -> Quality {
        match self.transcript.time_resolution {
            TimeResolution::FiveMinutes => Quality::Unavailable,
            _ => self.timeline.quality,
        }
    }

    /// The figures of one speaker, each with the name by which reports call it, in report order.
    /// For notes none is available, and where the words are not `english` none that rests on what
    /// words mean.
    pub fn figures(&self, speaker: SpeakerId, english: bool) -> Vec<(&'static str, Figure)> {
        let view = View::new(self, self.turns_of(speaker));
        let speech = self.transcript.kind == Kind::Speech;
        let mut figures = vec![
            ("talk_share", view.talk_share()),
            ("longest_monologue", view.longest_monologue()),
            ("interactivity", self.interactivity),
            ("patience", view.patience()),
            ("lapses", view.lapses()),
            ("open_questions", view.questions(Mood::OpenQuestion)),
            ("closed_questions", view.questions(Mood::ClosedQuestion)),
            ("pace", view.pace()),
            ("fillers", view.fillers()),
        ];
        for (name, figure) in &mut figures {
            let by_meaning = matches!(*name, "open_questions" | "closed_questions" | "fillers");
            if !speech || (by_meaning && !english) {
                *figure = Figure { value: None, quality: Quality::Unavailable, ..*figure };
            }
        }
        figures
    }

    fn words_of(&self, turn: usize) -> u32 {
        self.document.turns.get(turn).map_or(0, |text| text.words)
    }
}

fn interactivity(transcript: &Transcript, document: &Document, timeline: &Timeline) -> Figure {
    let turns = transcript.turns.iter().zip(&document.turns);
    let spoken = turns.filter(|(_, text)| text.words >= SHORT_TURN);
    let speakers: Vec<_> = spoken.filter_map(|(turn, _)| turn.speaker).collect();
    let switches = speakers.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let rate = timeline.minutes().map(|minutes| switches as f64 * 5.0 / minutes);
    let definition = "switches of speaker / 5 minutes of the call; turns end at a change of \
                      speaker, not at a pause, and those under 3 words are left out";
    figure(rate, "per 5 minutes", timeline.quality, definition)
}

/// One speaker's part of the talk.
struct View<'a> {
    talk: &'a Talk<'a>,
    timeline: &'a Timeline,
    own: &'a [usize],
    words: u64,
    speaking: i64,
}

fn figure(
    value: Option<f64>,
    unit: &'static str,
    quality: Quality,
    definition: &'static str,
) -> Figure {
    match value.filter(|value| value.is_finite() && quality != Quality::Unavailable) {
        Some(value) => Figure { value: Some(value), unit, quality, definition },
        None => Figure { value: None, unit, quality: Quality::Unavailable, definition },
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

impl<'a> View<'a> {
    fn new(talk: &'a Talk<'a>, own: &'a [usize]) -> Self {
        let words = own.iter().map(|at| u64::from(talk.words_of(*at))).sum();
        let speaking = own.iter().map(|at| talk.timeline.turns[*at].speaking).sum();
        View { talk, timeline: &talk.timeline, own, words, speaking }
    }

    fn talk_share(&self) -> Figure {
        let all = self.talk.speaking;
        if self.talk.turn_quality() != Quality::Unavailable && all > 0 {
            let share = ratio(100.0 * self.speaking as f64, all as f64);
            return figure(
                share,
                "percent",
                self.talk.turn_quality(),
                "speaking time of this speaker / speaking time of all",
            );
        }
        let share = ratio(100.0 * self.words as f64, self.talk.words as f64);
        let definition = "words of this speaker / words of all, for want of times";
        figure(share, "percent", Quality::Estimated, definition)
    }

    fn longest_monologue(&self) -> Figure {
        let run = |at: usize| {
            let timed = self.timeline.turns[at];
            timed.start.zip(timed.end).map(|(start, end)| (end - start).max(0))
        };
        let longest =
            self.own.iter().filter_map(|at| run(*at)).max().map(|run| run as f64 / 1000.0);
        let definition = "longest run of this speaker that no one else breaks, pauses included";
        figure(longest, "seconds", self.talk.turn_quality(), definition)
    }

    /// Gaps in milliseconds from another's end to this speaker's start; below 0 where they overlap.
    fn gaps(&self) -> Option<Vec<i64>> {
        let fine = self.talk.transcript.time_resolution == TimeResolution::Millis;
        (fine && self.timeline.complete).then(|| {
            let answers = self.own.iter().copied().filter(|at| *at > 0);
            let gap = |at: usize| {
                let (before, now) = (self.timeline.turns[at - 1], self.timeline.turns[at]);
                now.start.zip(before.end).map(|(start, end)| start - end)
            };
            answers.filter_map(gap).collect()
        })
    }

    fn patience(&self) -> Figure {
        let median = self.gaps().and_then(|gaps| {
            let mut gaps: Vec<_> = gaps.into_iter().filter(|gap| *gap < LAPSE).collect();
            gaps.sort_unstable();
            let (low, high) =
                (gaps.get(gaps.len().checked_sub(1)? / 2)?, gaps.get(gaps.len() / 2)?);
            (gaps.len() >= FEWEST_GAPS).then(|| (low + high) as f64 / 2000.0)
        });
        let definition = "median gap from another's end to this speaker's start, overlaps below 0; \
                          gaps of 5 seconds and more left out";
        figure(median, "seconds", Quality::Measured, definition)
    }

    fn lapses(&self) -> Figure {
        let count = self.gaps().map(|gaps| gaps.iter().filter(|gap| **gap >= LAPSE).count());
        let definition = "gaps of 5 seconds and more before this speaker's turns";
        figure(count.map(|count| count as f64), "count", Quality::Measured, definition)
    }

    fn questions(&self, mood: Mood) -> Figure {
        let kind = usize::from(mood == Mood::ClosedQuestion);
        let asked: u32 = self.own.iter().map(|at| self.talk.questions[*at][kind]).sum();
        let per_hour = self.timeline.minutes().map(|minutes| f64::from(asked) * 60.0 / minutes);
        let definition = match mood {
            Mood::OpenQuestion => "questions that need words of one's own / hour of the call",
            _ => "questions that yes, no or a choice answers / hour of the call",
        };
        figure(per_hour, "per hour", Quality::Estimated, definition)
    }

    fn pace(&self) -> Figure {
        let rate = ratio(self.words as f64 * 60_000.0, self.speaking as f64);
        let definition = "words of this speaker / minute of their speaking time";
        figure(rate, "words per minute", self.talk.turn_quality(), definition)
    }

    fn fillers(&self) -> Figure {
        let fillers = self.own.iter().filter_map(|at| self.talk.document.turns.get(*at));
        let fillers: u64 = fillers.map(|turn| u64::from(turn.fillers)).sum();
        let rate = ratio(100.0 * fillers as f64, self.words as f64);
        let definition = "fillers as transcribed / 100 words of this speaker";
        figure(rate, "per 100 words", Quality::Measured, definition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{TurnText, Utterance};
    use crate::transcript::{Fragment, Timing, TranscriptBuilder};

    type Line<'a> = (&'a str, Option<i64>, Option<i64>, &'a str);

    fn transcript(resolution: TimeResolution, lines: &[Line<'_>]) -> (Transcript, Document) {
        let mut builder = TranscriptBuilder::new();
        for (name, start, end, text) in lines {
            let speaker = builder.speaker(name);
            let timing = Timing::new(start.map(Millis), end.map(Millis));
            builder.say(speaker, timing, &Fragment::unplaced(*text));
        }
        let transcript = builder.finish("test", Kind::Speech, resolution);
        let mut document = Document::default();
        for (at, turn) in transcript.turns.iter().enumerate() {
            let words = turn.text.split(' ');
            let fillers = words.clone().filter(|word| *word == "um").count() as u32;
            let words = words.count() as u32;
            let asks = [("?!", Mood::OpenQuestion), ("?", Mood::ClosedQuestion)];
            if let Some((_, mood)) = asks.into_iter().find(|(mark, _)| turn.text.ends_with(mark)) {
                let (turn, span) = (at as u32, 0..turn.text.len() as u32);
                document.utterances.push(Utterance { turn, span, tokens: 0..0, mood });
            }
            document.turns.push(TurnText { utterances: 0..0, words, fillers });
        }
        (transcript, document)
    }

    fn of(transcript: &Transcript, document: &Document, speaker: u32, name: &str) -> Figure {
        let figures = Talk::new(transcript, document).figures(SpeakerId(speaker), true);
        figures.into_iter().find(|(found, _)| *found == name).expect("a figure of this name").1
    }

    fn call(resolution: TimeResolution) -> (Transcript, Document) {
        let lines = [
            ("Ana", Some(0), Some(20_000), "one two three four um six seven eight nine ten"),
            ("Bo", Some(21_000), Some(25_000), "yes"),
            ("Ana", Some(25_400), Some(31_400), "what would help you decide?!"),
            ("Bo", Some(32_000), Some(42_000), "a b c d e"),
            ("Ana", Some(42_200), Some(52_200), "is that so?"),
            ("Bo", Some(60_000), Some(60_000 + 30_000), "a b c"),
            ("Ana", Some(91_000), Some(95_000), "f g h"),
            ("Bo", Some(95_500), Some(120_000), "k l m"),
        ];
        transcript(resolution, &lines)
    }

    #[test]
    fn figures_of_a_call_in_milliseconds_are_those_worked_out_by_hand() {
        let (transcript, document) = call(TimeResolution::Millis);
        let ana = |name| of(&transcript, &document, 0, name);
        // Ana speaks for 20 + 6 + 10 + 4 = 40 s, Bo for 4 + 10 + 30 + 24.5 = 68.5 s.
        let share = ana("talk_share");
        assert!((share.value.unwrap_or_default() - 4000.0 / 108.5).abs() < 1e-9);
        assert_eq!(share.quality, Quality::Measured);
        assert_eq!(ana("longest_monologue").value, Some(20.0));
        // Without "yes": Ana, Ana, Bo, Ana, Bo, Ana, Bo is 5 switches in 2 minutes.
        assert_eq!(ana("interactivity").value, Some(12.5));
        // Gaps before Ana: 0.4, 0.2, 1.0. Before Bo: 1.0, 0.6, 7.8 (a lapse), 0.5.
        assert_eq!(ana("patience").value, Some(0.4));
        assert_eq!(of(&transcript, &document, 1, "patience").value, Some(0.6));
        assert_eq!(of(&transcript, &document, 1, "lapses").value, Some(1.0));
        // One of each in two minutes.
        assert_eq!(ana("open_questions").value, Some(30.0));
        assert_eq!(ana("closed_questions").value, Some(30.0));
        assert_eq!(ana("closed_questions").quality, Quality::Estimated);
        // 10 + 5 + 3 + 3 words in 40 s, one of them a filler.
        assert_eq!(ana("pace").value, Some(31.5));
        assert!((ana("fillers").value.unwrap_or_default() - 100.0 / 21.0).abs() < 1e-9);
    }

    #[test]
    fn pauses_are_unavailable_from_stamps_of_whole_seconds() {
        let (transcript, document) = call(TimeResolution::Seconds);
        for name in ["patience", "lapses"] {
            let figure = of(&transcript, &document, 0, name);
            assert_eq!((figure.value, figure.quality), (None, Quality::Unavailable));
        }
        assert_eq!(of(&transcript, &document, 0, "talk_share").quality, Quality::Measured);
    }

    #[test]
    fn ends_that_are_missing_are_the_next_start_and_the_figure_is_an_estimate() {
        let lines = [
            ("Ana", Some(0), None, "a b c d e f"),
            ("Bo", Some(3_000), None, "g h i"),
            ("Ana", Some(5_000), None, "j k l m n o p q r s"),
            ("Bo", Some(9_000), None, "t u v w"),
        ];
        let (transcript, document) = transcript(TimeResolution::Seconds, &lines);
        let figure = |speaker, name| of(&transcript, &document, speaker, name);
        // 500, 667 and 400 ms a word: the last four words are taken at 500.
        let share = figure(1, "talk_share");
        assert_eq!((share.value, share.quality), (Some(400.0 / 11.0), Quality::Estimated));
        assert_eq!(figure(0, "longest_monologue").value, Some(4.0));
        assert_eq!(figure(1, "pace").value, Some(105.0));
        let talk = Talk::new(&transcript, &document);
        assert_eq!(talk.span(3), Some((Millis(9_000), Millis(11_000))));
        assert_eq!(talk.minutes(), Some(11.0 / 60.0));
    }

    #[test]
    fn the_end_of_the_last_turn_keeps_to_paces_at_which_people_speak() {
        let last = |lines: &[Line<'_>]| {
            let (transcript, document) = transcript(TimeResolution::Seconds, lines);
            let (start, end) = Talk::new(&transcript, &document).span(lines.len() - 1)?;
            Some(end.0 - start.0)
        };
        let words = "a b c d e f g h i j";
        assert_eq!(last(&[("Ana", Some(0), None, words)]), Some(4_000));
        // Hardly anyone waits so long after every word, and no one says thousands in a minute.
        let after =
            |before| last(&[("Ana", Some(0), None, before), ("Bo", Some(60_000), None, words)]);
        assert_eq!(after("yes"), Some(10_000));
        assert_eq!(after(&"so ".repeat(3_000)), Some(2_000));
        // What the source states stays.
        assert_eq!(last(&[("Ana", Some(0), Some(700), words)]), Some(700));
    }

    #[test]
    fn only_what_follows_the_last_time_of_a_turn_is_estimated() {
        let lines = [("Ana", Some(0), None, "a b c d"), ("Ana", Some(8_000), None, "e f g h")];
        let (transcript, document) = transcript(TimeResolution::Seconds, &lines);
        assert_eq!(transcript.turns.len(), 1);
        let span = Talk::new(&transcript, &document).span(0);
        assert_eq!(span.map(|(_, end)| end.0), Some(8_000 + 7 * 8 * 400 / 15));
    }

    #[test]
    fn without_times_the_share_is_of_words_and_says_so() {
        let lines = [("Ana", None, None, "a b c"), ("Bo", None, None, "d")];
        let (transcript, document) = transcript(TimeResolution::None, &lines);
        let share = of(&transcript, &document, 0, "talk_share");
        assert_eq!((share.value, share.quality), (Some(75.0), Quality::Estimated));
        assert!(share.definition.starts_with("words of this speaker"));
        for name in ["longest_monologue", "interactivity", "open_questions", "pace"] {
            assert_eq!(of(&transcript, &document, 0, name).value, None, "{name}");
        }
    }

    #[test]
    fn five_minute_stamps_give_rates_of_a_long_call_only() {
        let long = [
            ("Ana", Some(0), None, "a b c"),
            ("Bo", Some(300_000), None, "d e f"),
            ("Ana", Some(600_000), None, "g h i"),
        ];
        let (transcript, document) = transcript(TimeResolution::FiveMinutes, &long);
        let switches = of(&transcript, &document, 0, "interactivity");
        assert_eq!((switches.value, switches.quality), (Some(1.0), Quality::Estimated));
        assert_eq!(of(&transcript, &document, 0, "longest_monologue").value, None);
        assert_eq!(of(&transcript, &document, 0, "pace").value, None);
        let mut short = transcript;
        short.turns.pop();
        assert_eq!(Timeline::new(&short, &document).minutes(), None);
    }

    #[test]
    fn a_file_without_turns_has_no_figures_and_no_panic() {
        let (transcript, document) = transcript(TimeResolution::Millis, &[]);
        assert_eq!(of(&transcript, &document, 0, "talk_share").value, None);
        assert_eq!(of(&transcript, &document, 0, "patience").value, None);
    }
}
