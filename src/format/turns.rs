//! Turns as other programs hand them over: a list of who said what, and when, in seconds.
//!
//! Nobody exports this, so it is not among those that are recognised; a record of a stream has it.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::json::{self, Id, Pieces, Seconds};
use super::{Format, ReadError};
use crate::taxonomy::{Role, unknown_role};
use crate::transcript::{Kind, Source, SpeakerId, TimeResolution, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "turns",
    about: "A JSON list of turns with `text` and perhaps `speaker`, `role`, `start` and `end`",
    sniff: |_| 0,
    read,
};

#[derive(Deserialize)]
struct Said {
    speaker: Option<Id>,
    role: Option<String>,
    start: Option<Seconds>,
    end: Option<Seconds>,
    text: String,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let turns: Vec<Said> = json::parse(&source.text)?;
    let has_times = turns.iter().any(|said| said.start.is_some());
    let mut pieces = Pieces::default();
    let mut roles = FxHashMap::default();
    for (at, said) in turns.iter().enumerate() {
        let role =
            said.role.as_deref().map(|word| Role::from_id(word).ok_or_else(|| unknown_role(word)));
        let role = role.transpose().map_err(|message| in_turn(at, &message))?;
        let role = role.filter(|role| *role != Role::Unknown);
        // Who has nothing but a role is called by it.
        let speaker = match (&said.speaker, role) {
            (Some(id), _) => pieces.speaker(id),
            (None, Some(role)) => pieces.builder.speaker(role.id()),
            (None, None) => None,
        };
        if let (Some(speaker), Some(role)) = (speaker, role) {
            let first: &mut Role = roles.entry(speaker).or_insert(role);
            if *first != role {
                let (one, other) = (first.id(), role.id());
                return Err(in_turn(at, &format!("its speaker is {other}, and was {one} before")));
            }
        }
        let time = |time: Option<Seconds>| time.and_then(|seconds| seconds.0);
        pieces.say(speaker, (time(said.start), time(said.end)), Some(&said.text));
    }
    let mut set = |(speaker, role): (SpeakerId, Role)| pieces.builder.set_role(speaker, role);
    roles.into_iter().for_each(&mut set);
    Ok(match has_times {
        true => pieces.finish(FORMAT.id),
        false => pieces.builder.finish(FORMAT.id, Kind::Speech, TimeResolution::None),
    })
}

/// An error about a turn, counted from 1.
fn in_turn(at: usize, message: &str) -> ReadError {
    ReadError::new(format!("turn {}: {message}", at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    #[test]
    fn turns_have_speakers_roles_and_times() {
        let read = read_as(
            &FORMAT,
            r#"[{"speaker": "Dana", "role": "Seller", "start": 0.5, "end": 2, "text": "Hello", "words": []},
                {"speaker": "Dana", "start": 2.0, "text": "there."},
                {"speaker": 2, "role": null, "start": null, "text": "Hi."},
                {"role": "buyer", "text": "Yes."}, {"speaker": "Mute", "text": " "}, {"text": "So."}]"#,
        );
        let expected = [
            (Some("Dana"), Some(500), "Hello there."),
            (Some("Speaker 2"), None, "Hi."),
            (Some("buyer"), None, "Yes."),
            (None, None, "So."),
        ];
        assert_eq!(said(&read), expected);
        let roles: Vec<_> = read.speakers.iter().map(|speaker| speaker.role).collect();
        assert_eq!(roles, [Some(Role::Seller), None, Some(Role::Buyer)]);
        assert_eq!(read.time_resolution, TimeResolution::Millis);
    }

    #[test]
    fn without_any_times_nothing_is_missed() {
        let read = read_as(&FORMAT, r#"[{"speaker": "Dana", "text": "Hello"}]"#);
        assert_eq!((read.time_resolution, read.warnings.len()), (TimeResolution::None, 0));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        let refused = |text: &str| (FORMAT.read)(&source(text)).expect_err("is refused");
        let error = refused(r#"[{"text": "a", "role": "selller"}]"#);
        assert_eq!(error.message, "turn 1: no role is called `selller`; did you mean `seller`?");
        let two = r#"[{"speaker": "A", "role": "buyer", "text": "a"}, {"speaker": "A", "role": "seller", "text": "b"}]"#;
        assert_eq!(refused(two).message, "turn 2: its speaker is seller, and was buyer before");
        let error = refused(r#"[{"speaker": "A"}]"#);
        assert!(error.message.ends_with("missing field `text`"), "{error}");
        assert_eq!((error.line, error.column), (Some(1), Some(17)));
        assert!(refused(r#"{"text": "a"}"#).message.starts_with("not the expected JSON"));
    }
}
