//! Gong's call transcripts: `callTranscripts[].transcript[].sentences[]`, in milliseconds.
//!
//! The transcript itself knows speakers only by number. Names and sides come from `parties`, which
//! people join in from the calls endpoint: beside the transcript, in the call, or under `calls`.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::json::{self, Id, Pieces, from_millis};
use super::{Confidence, Format, Head, ReadError};
use crate::taxonomy::Role;
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "gong-json",
    about: "Gong call transcript (JSON of /v2/calls/transcript, `parties` joined in or not)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    match head.first {
        Some('{') if has("\"callTranscripts\"") => 95,
        Some('{') if has("\"sentences\"") && has("\"speakerId\"") => 90,
        Some('{') if has("\"parties\"") && has("\"affiliation\"") => 60,
        _ => 0,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    call_transcripts: Option<Vec<Call>>,
    transcript: Option<Vec<Monologue>>,
    #[serde(default)]
    parties: Vec<Party>,
    #[serde(default)]
    calls: Vec<CallParties>,
}

#[derive(Deserialize)]
struct Call {
    transcript: Option<Vec<Monologue>>,
    #[serde(default)]
    parties: Vec<Party>,
}

#[derive(Deserialize)]
struct CallParties {
    #[serde(default)]
    parties: Vec<Party>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Party {
    speaker_id: Option<Id>,
    name: Option<String>,
    email_address: Option<String>,
    affiliation: Option<String>,
}

impl Party {
    /// Gong's own customers are the internal side; they sell.
    fn role(&self) -> Option<Role> {
        match self.affiliation.as_deref()?.to_ascii_lowercase().as_str() {
            "internal" => Some(Role::Seller),
            "external" => Some(Role::Buyer),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Monologue {
    speaker_id: Option<Id>,
    sentences: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Sentence {
    start: Option<f64>,
    end: Option<f64>,
    text: Option<String>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let mut parties = root.parties;
    parties.extend(root.calls.into_iter().flat_map(|call| call.parties));
    let monologues = the_one_call(root.call_transcripts, root.transcript, &mut parties)?;
    let mut by_id = FxHashMap::default();
    for party in &parties {
        if let Some(id) = &party.speaker_id {
            by_id.entry(id.text()).or_insert(party);
        }
    }
    let mut pieces = Pieces::default();
    for monologue in monologues {
        let id = monologue.speaker_id.map(|id| id.text());
        let party = id.as_ref().and_then(|id| by_id.get(id));
        let speaker = id.as_deref().and_then(|id| {
            let called = party.and_then(|party| {
                let names = [party.name.as_deref(), party.email_address.as_deref()];
                names.into_iter().flatten().find(|name| !name.trim().is_empty())
            });
            pieces.builder.speaker_with_id(called.unwrap_or(id), Some(id))
        });
        if let (Some(speaker), Some(role)) = (speaker, party.and_then(|party| party.role())) {
            pieces.builder.set_role(speaker, role);
        }
        for sentence in monologue.sentences.unwrap_or_default() {
            let times = (from_millis(sentence.start), from_millis(sentence.end));
            pieces.say(speaker, times, sentence.text.as_deref());
        }
    }
    Ok(pieces.finish(FORMAT.id))
}

/// The call that has something said in it; its parties are added to the others.
fn the_one_call(
    calls: Option<Vec<Call>>,
    bare: Option<Vec<Monologue>>,
    parties: &mut Vec<Party>,
) -> Result<Vec<Monologue>, ReadError> {
    if calls.is_none() && bare.is_none() {
        return Err(ReadError::new("there is no `callTranscripts` in this JSON")
            .with_help("save what Gong's /v2/calls/transcript returns, one call a file"));
    }
    let mut found = bare;
    let mut count = usize::from(found.is_some());
    for call in calls.unwrap_or_default() {
        let Some(transcript) = call.transcript.filter(|transcript| !transcript.is_empty()) else {
            continue;
        };
        count += 1;
        parties.extend(call.parties);
        found = Some(transcript);
    }
    if count > 1 {
        return Err(ReadError::new(format!("there are {count} calls in this file"))
            .with_help("split it: one element of `callTranscripts` a file"));
    }
    Ok(found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    const MONOLOGUES: &str = r#"[{"speakerId": "71", "topic": "Intro", "sentences":
        [{"start": 1000, "end": 2500, "text": "Hi."}, {"start": 2600, "end": 3000, "text": "Welcome."}]},
        {"speakerId": 72, "sentences": [{"start": 4000, "end": 4100, "text": "Thanks."}]}]"#;

    #[test]
    fn without_parties_the_identifier_is_the_name() {
        let text =
            format!(r#"{{"callTranscripts": [{{"callId": "1", "transcript": {MONOLOGUES}}}]}}"#);
        let read = read_as(&FORMAT, &text);
        let expected =
            [(Some("71"), Some(1_000), "Hi. Welcome."), (Some("72"), Some(4_000), "Thanks.")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.speakers[0].role, None);
        assert!(read.turns[0].anchors.is_empty());
    }

    #[test]
    fn parties_give_names_and_roles_wherever_they_stand() {
        let parties = r#""parties": [{"speakerId": "71", "name": "Ana Lima", "affiliation": "Internal"},
            {"speakerId": "72", "name": "", "emailAddress": "bo@example.test", "affiliation": "External"}]"#;
        for text in [
            format!(r#"{{"callTranscripts": [{{"transcript": {MONOLOGUES}}}], {parties}}}"#),
            format!(r#"{{"callTranscripts": [{{"transcript": {MONOLOGUES}, {parties}}}]}}"#),
            format!(
                r#"{{"callTranscripts": [{{"transcript": {MONOLOGUES}}}], "calls": [{{{parties}}}]}}"#
            ),
            format!(r#"{{"transcript": {MONOLOGUES}, {parties}}}"#),
        ] {
            let read = read_as(&FORMAT, &text);
            let speakers: Vec<_> =
                read.speakers.iter().map(|s| (s.name.as_str(), s.role)).collect();
            let expected =
                [("Ana Lima", Some(Role::Seller)), ("bo@example.test", Some(Role::Buyer))];
            assert_eq!(speakers, expected);
            assert_eq!(read.speakers[1].id.as_deref(), Some("72"));
        }
    }

    #[test]
    fn two_calls_in_a_file_are_refused() {
        let text = format!(
            r#"{{"callTranscripts": [{{"transcript": {MONOLOGUES}}}, {{"transcript": {MONOLOGUES}}}]}}"#
        );
        let error = (FORMAT.read)(&source(&text)).expect_err("is two");
        assert!(error.message.contains("2 calls"), "{error}");
    }
}
