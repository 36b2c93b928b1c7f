//! Amazon Transcribe Call Analytics: `Transcript[]` with a participant's role and milliseconds.
//!
//! The job is told which channel is the agent's, so a role is as right as that was.

use serde::Deserialize;

use super::json::{self, Id, Pieces, from_millis};
use super::{Confidence, Format, Head, ReadError};
use crate::taxonomy::Role;
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "amazon-call-analytics-json",
    about: "Amazon Transcribe Call Analytics output (JSON; the agent sells, the customer buys)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    match head.first {
        Some('{') if has("\"Transcript\"") && has("\"BeginOffsetMillis\"") => 93,
        Some('{') if has("\"ParticipantRole\"") => 80,
        _ => 0,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Root {
    transcript: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    participant_role: Option<Id>,
    content: Option<String>,
    begin_offset_millis: Option<f64>,
    end_offset_millis: Option<f64>,
}

fn role(participant: &Id) -> Option<Role> {
    match participant.text().to_ascii_lowercase().as_str() {
        "agent" => Some(Role::Seller),
        "customer" => Some(Role::Buyer),
        _ => None,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let mut pieces = Pieces::default();
    for said in root.transcript {
        let speaker = said.participant_role.as_ref().and_then(|id| pieces.speaker(id));
        if let (Some(speaker), Some(role)) =
            (speaker, said.participant_role.as_ref().and_then(role))
        {
            pieces.builder.set_role(speaker, role);
        }
        let times = (from_millis(said.begin_offset_millis), from_millis(said.end_offset_millis));
        pieces.say(speaker, times, said.content.as_deref());
    }
    Ok(pieces.finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn participants_have_roles() {
        let text = r#"{"Transcript": [
            {"Content": "Hello.", "Items": [{"Content": "Hello", "BeginOffsetMillis": 40}], "BeginOffsetMillis": 40, "EndOffsetMillis": 900, "ParticipantRole": "AGENT"},
            {"Content": "Hi.", "BeginOffsetMillis": 1200, "EndOffsetMillis": 1500, "ParticipantRole": "CUSTOMER"},
            {"Content": "Me too.", "BeginOffsetMillis": 1600, "EndOffsetMillis": 1900, "ParticipantRole": "SUPERVISOR"}]}"#;
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("AGENT"), Some(40), "Hello."),
            (Some("CUSTOMER"), Some(1_200), "Hi."),
            (Some("SUPERVISOR"), Some(1_600), "Me too."),
        ];
        assert_eq!(said(&read), expected);
        let roles: Vec<_> = read.speakers.iter().map(|speaker| speaker.role).collect();
        assert_eq!(roles, [Some(Role::Seller), Some(Role::Buyer), None]);
        assert_eq!(sniff(&Head::of(text)), 93);
    }
}
