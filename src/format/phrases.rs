//! Phrases: what is made of words that come one by one, and of speakers who are only numbered.
//!
//! A phrase is a cue: long enough to be few, short enough to tell when a word was said and to set
//! the channels of a call against each other.

use rustc_hash::FxHashMap;

use super::json::{Id, Pieces};
use crate::transcript::{Millis, SpeakerId};

/// A pause of this many milliseconds ends a phrase.
const PAUSE: i64 = 1_000;
/// So does going on for so long.
const LONG: i64 = 10_000;

/// A word or more, said in one go by one speaker.
#[derive(Debug)]
pub(super) struct Phrase {
    /// The channel of the recording.
    pub channel: Option<Id>,
    /// The speaker; services may count anew in each channel.
    pub speaker: Option<Id>,
    /// Start and end.
    pub times: (Option<Millis>, Option<Millis>),
    /// What was said.
    pub text: String,
}

impl Phrase {
    /// Whether a word still belongs to this phrase.
    fn goes_on_with(&self, word: &Phrase) -> bool {
        let lasts = |from: Option<Millis>, least: i64| {
            from.zip(word.times.0).is_some_and(|(from, start)| start.0 - from.0 >= least)
        };
        let is_sentence = self.text.ends_with(['.', '?', '!', '…']);
        (&self.channel, &self.speaker) == (&word.channel, &word.speaker)
            && !is_sentence
            && !lasts(self.times.1, PAUSE)
            && !lasts(self.times.0, LONG)
    }

    fn join(&mut self, word: &Phrase, between: &str) {
        self.text.push_str(between);
        self.text.push_str(&word.text);
        self.times = (self.times.0.or(word.times.0), self.times.1.max(word.times.1));
    }
}

/// Phrases on their way into a transcript.
#[derive(Default)]
pub(super) struct Phrases(Vec<Phrase>);

impl Phrases {
    /// Adds a whole phrase.
    pub fn add(&mut self, phrase: Phrase) {
        self.0.push(phrase);
    }

    /// Adds a word, to the last phrase if it belongs there.
    pub fn word(&mut self, word: Phrase) {
        match self.0.last_mut() {
            Some(open) if open.goes_on_with(&word) => open.join(&word, " "),
            _ => self.0.push(word),
        }
    }

    /// Adds what goes on the word before without a space, such as a punctuation mark.
    pub fn mark(&mut self, mark: Phrase) {
        match self.0.last_mut() {
            Some(open) => open.join(&mark, ""),
            None => self.0.push(mark),
        }
    }

    /// The phrases as pieces of a transcript: those of several channels in the order of time.
    pub fn into_pieces(mut self) -> Pieces {
        let naming = Naming::of(&self.0);
        if naming != Naming::Speaker {
            self.order();
        }
        let mut pieces = Pieces::default();
        for phrase in self.0 {
            let speaker = naming.speaker(&mut pieces, &phrase);
            pieces.say(speaker, phrase.times, Some(&phrase.text));
        }
        pieces
    }

    /// Orders by time. What has none stays behind what it came after.
    fn order(&mut self) {
        let mut at = None;
        let mut timed: Vec<_> = std::mem::take(&mut self.0)
            .into_iter()
            .map(|phrase| {
                at = phrase.times.0.or(at);
                (at, phrase)
            })
            .collect();
        timed.sort_by_key(|(at, _)| *at);
        self.0.extend(timed.into_iter().map(|(_, phrase)| phrase));
    }
}

/// What tells speakers apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// There is one channel.
    Speaker,
    /// A channel has its own speakers, or one who is not labelled.
    SpeakerElseChannel,
    /// A label is heard in several channels and means someone else in each.
    Both,
}

impl Naming {
    fn of(phrases: &[Phrase]) -> Naming {
        let mut channel_of = FxHashMap::default();
        let (mut channels, mut shared) = (None, false);
        let mut is_one = true;
        for phrase in phrases {
            let channel = phrase.channel.as_ref();
            is_one &= *channels.get_or_insert(channel) == channel;
            if let Some(speaker) = &phrase.speaker {
                shared |= *channel_of.entry(speaker).or_insert(channel) != channel;
            }
        }
        match (is_one, shared) {
            (true, _) => Naming::Speaker,
            (false, false) => Naming::SpeakerElseChannel,
            (false, true) => Naming::Both,
        }
    }

    fn speaker(self, pieces: &mut Pieces, phrase: &Phrase) -> Option<SpeakerId> {
        match (self, &phrase.channel, &phrase.speaker) {
            (Naming::Both, Some(channel), Some(speaker)) => {
                let name = format!("{} {}", channel.name("Channel"), speaker.name("Speaker"));
                pieces.builder.speaker(&name)
            }
            (_, _, Some(speaker)) => pieces.speaker(speaker),
            (Naming::Speaker, _, None) | (_, None, None) => None,
            (_, Some(channel), None) => pieces.builder.speaker(&channel.name("Channel")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::said;
    use crate::transcript::Transcript;

    fn phrase(channel: i64, speaker: Option<i64>, start: i64, text: &str) -> Phrase {
        Phrase {
            channel: Some(Id::Number(channel)),
            speaker: speaker.map(Id::Number),
            times: (Some(Millis(start)), Some(Millis(start + 100))),
            text: text.to_owned(),
        }
    }

    fn read(phrases: Vec<Phrase>) -> Transcript {
        Phrases(phrases).into_pieces().finish("test")
    }

    #[test]
    fn a_phrase_ends_at_a_sentence_a_pause_another_speaker_or_for_its_length() {
        let mut phrases = Phrases::default();
        for (speaker, start, text) in [
            (0, 0, "so"),
            (0, 200, "yes"),
            (0, 400, "it"),
            (0, 600, "is"),
            (0, 2_000, "well"),
            (1, 2_200, "no"),
        ] {
            phrases.word(phrase(0, Some(speaker), start, text));
            if text == "yes" {
                let mark = Phrase { times: (None, None), ..phrase(0, None, 0, ".") };
                phrases.mark(mark);
            }
        }
        for step in 0..30 {
            phrases.word(phrase(0, Some(1), 2_400 + step * 400, "ha"));
        }
        let found: Vec<_> = phrases.0.iter().map(|phrase| phrase.text.as_str()).collect();
        assert_eq!(found[..4], ["so yes.", "it is", "well", found[3]]);
        assert_eq!(found.len(), 5, "{found:?}");
        let times = phrases.0[0].times;
        assert_eq!(times, (Some(Millis(0)), Some(Millis(300))));
    }

    #[test]
    fn a_channel_is_a_speaker_where_no_one_is_labelled() {
        let two = read(vec![
            phrase(0, None, 0, "hi"),
            phrase(0, None, 900, "so"),
            phrase(1, None, 500, "yes"),
        ]);
        let expected = [
            (Some("Channel 0"), Some(0), "hi"),
            (Some("Channel 1"), Some(500), "yes"),
            (Some("Channel 0"), Some(900), "so"),
        ];
        assert_eq!(said(&two), expected);
        let one = read(vec![phrase(0, None, 0, "hi"), phrase(0, None, 900, "so")]);
        assert_eq!(said(&one), [(None, Some(0), "hi so")]);
    }

    #[test]
    fn a_label_heard_in_two_channels_is_two_people() {
        let own = read(vec![phrase(0, Some(7), 0, "hi"), phrase(1, Some(8), 500, "yes")]);
        assert_eq!(own.speakers[0].name, "Speaker 7");
        assert_eq!(own.speakers[0].id.as_deref(), Some("7"));
        let shared = read(vec![phrase(0, Some(0), 0, "hi"), phrase(1, Some(0), 500, "yes")]);
        let names: Vec<_> = shared.speakers.iter().map(|speaker| &speaker.name).collect();
        assert_eq!(names, ["Channel 0 Speaker 0", "Channel 1 Speaker 0"]);
    }

    #[test]
    fn what_has_no_time_stays_behind_what_it_came_after() {
        let untimed = Phrase { times: (None, None), ..phrase(0, None, 0, "there") };
        let read = read(vec![phrase(0, None, 0, "hi"), untimed, phrase(1, None, 500, "yes")]);
        assert_eq!(said(&read)[0].2, "hi there");
    }
}
