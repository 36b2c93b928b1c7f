//! The shape of the talk: who speaks how much, how fast, and how they take turns.
//!
//! Other tools publish ranges for such figures without saying how they count, so each figure here
//! carries its definition, its denominator and whether it was measured. No figure is finer than the
//! source's times: pauses cannot be told from stamps of whole seconds, and are then unavailable
//! rather than guessed.

use crate::text::{Document, Mood};
use crate::transcript::{Kind, SpeakerId, TimeResolution, Transcript};

/// How far a figure can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Counted from what the source states.
    Measured,
    /// Partly inferred: ends of turns from the next start, time from words, questions from form.
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

/// When the turns of a transcript were said, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
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
    /// Reads the times of a transcript. An end that is missing is the next start.
    pub fn new(transcript: &Transcript) -> Self {
        let cues: Vec<_> = transcript.turns.iter().flat_map(|turn| &turn.cues).collect();
        let complete = cues.iter().all(|cue| cue.start.is_some() && cue.end.is_some());
        let mut turns = Vec::with_capacity(transcript.turns.len());
        let mut later = cues.len();
        let mut next_start = None;
        for turn in transcript.turns.iter().rev() {
            let mut timed = Timed::default();
            let first = later - turn.cues.len();
            for cue in cues[first..later].iter().rev() {
                let start = cue.start.map(|start| start.0);
                let end = cue.end.map(|end| end.0).or(next_start);
                if let (Some(start), Some(end)) = (start, end) {
                    timed.speaking += (end - start).max(0);
                }
                timed.end = timed.end.max(end);
                timed.start = start.or(timed.start);
                next_start = start.or(next_start);
            }
            later = first;
            turns.push(timed);
        }
        turns.reverse();
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

    /// Length of the call in minutes, first start to last end, where times tell it.
    pub fn minutes(&self) -> Option<f64> {
        self.length.map(|length| length as f64 / 60_000.0)
    }
}

/// The figures of one speaker, each with the name by which reports call it, in report order. For
/// notes none is available, and where the words are not `english` none that rests on what words
/// mean.
pub fn figures(
    transcript: &Transcript,
    document: &Document,
    timeline: &Timeline,
    speaker: SpeakerId,
    english: bool,
) -> Vec<(&'static str, Figure)> {
    let view = View::new(transcript, document, timeline, speaker);
    let speech = transcript.kind == Kind::Speech;
    let mut figures = vec![
        ("talk_share", view.talk_share()),
        ("longest_monologue", view.longest_monologue()),
        ("interactivity", view.interactivity()),
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

/// What the figures of one speaker are worked out from.
struct View<'a> {
    transcript: &'a Transcript,
    document: &'a Document,
    timeline: &'a Timeline,
    /// Whether each turn is the speaker's.
    own: Vec<bool>,
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
    fn new(
        transcript: &'a Transcript,
        document: &'a Document,
        timeline: &'a Timeline,
        speaker: SpeakerId,
    ) -> Self {
        let own: Vec<_> = transcript.turns.iter().map(|t| t.speaker == Some(speaker)).collect();
        let mut view = View { transcript, document, timeline, own, words: 0, speaking: 0 };
        view.words = view.own_turns().map(|at| u64::from(view.words_of(at))).sum();
        view.speaking = view.own_turns().map(|at| timeline.turns[at].speaking).sum();
        view
    }

    fn own_turns(&self) -> impl Iterator<Item = usize> {
        self.own.iter().enumerate().filter(|(_, own)| **own).map(|(at, _)| at)
    }

    fn words_of(&self, turn: usize) -> u32 {
        self.document.turns.get(turn).map_or(0, |text| text.words)
    }

    /// Whether times are fine enough to tell how long a turn is.
    fn turn_quality(&self) -> Quality {
        match self.transcript.time_resolution {
            TimeResolution::FiveMinutes => Quality::Unavailable,
            _ => self.timeline.quality,
        }
    }

    fn talk_share(&self) -> Figure {
        let all: i64 = self.timeline.turns.iter().map(|turn| turn.speaking).sum();
        if self.turn_quality() != Quality::Unavailable && all > 0 {
            let share = ratio(100.0 * self.speaking as f64, all as f64);
            return figure(
                share,
                "percent",
                self.turn_quality(),
                "speaking time of this speaker / speaking time of all",
            );
        }
        let all: u64 = self.document.turns.iter().map(|turn| u64::from(turn.words)).sum();
        let share = ratio(100.0 * self.words as f64, all as f64);
        let definition = "words of this speaker / words of all, for want of times";
        figure(share, "percent", Quality::Estimated, definition)
    }

    fn longest_monologue(&self) -> Figure {
        let run = |at: usize| {
            let timed = self.timeline.turns[at];
            timed.start.zip(timed.end).map(|(start, end)| (end - start).max(0))
        };
        let longest = self.own_turns().filter_map(run).max().map(|run| run as f64 / 1000.0);
        let definition = "longest run of this speaker that no one else breaks, pauses included";
        figure(longest, "seconds", self.turn_quality(), definition)
    }

    fn interactivity(&self) -> Figure {
        let spoken = (0..self.own.len()).filter(|at| self.words_of(*at) >= SHORT_TURN);
        let speakers: Vec<_> = spoken.filter_map(|at| self.transcript.turns[at].speaker).collect();
        let switches = speakers.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let rate = self.timeline.minutes().map(|minutes| switches as f64 * 5.0 / minutes);
        let definition = "switches of speaker / 5 minutes of the call; turns end at a change of \
                          speaker, not at a pause, and those under 3 words are left out";
        figure(rate, "per 5 minutes", self.timeline.quality, definition)
    }

    /// Gaps in milliseconds from another's end to this speaker's start; below 0 where they overlap.
    fn gaps(&self) -> Option<Vec<i64>> {
        let fine = self.transcript.time_resolution == TimeResolution::Millis;
        (fine && self.timeline.complete).then(|| {
            let answers = self.own_turns().filter(|at| *at > 0 && !self.own[*at - 1]);
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
            let (low, high) = (gaps.get(gaps.len().wrapping_sub(1) / 2)?, gaps.get(gaps.len() / 2)?);
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
        let asked = self.document.utterances.iter().filter(|utterance| {
            utterance.mood == mood && self.own.get(utterance.turn as usize) == Some(&true)
        });
        let per_hour = self.timeline.minutes().map(|minutes| asked.count() as f64 * 60.0 / minutes);
        let definition = match mood {
            Mood::OpenQuestion => "questions that need words of one's own / hour of the call",
            _ => "questions that yes, no or a choice answers / hour of the call",
        };
        figure(per_hour, "per hour", Quality::Estimated, definition)
    }

    fn pace(&self) -> Figure {
        let rate = ratio(self.words as f64 * 60_000.0, self.speaking as f64);
        let definition = "words of this speaker / minute of their speaking time";
        figure(rate, "words per minute", self.turn_quality(), definition)
    }

    fn fillers(&self) -> Figure {
        let fillers = self.own_turns().filter_map(|at| self.document.turns.get(at));
        let fillers: u64 = fillers.map(|turn| u64::from(turn.fillers)).sum();
        let rate = ratio(100.0 * fillers as f64, self.words as f64);
        let definition = "fillers as transcribed / 100 words of this speaker";
        figure(rate, "per 100 words", Quality::Measured, definition)
    }
}
